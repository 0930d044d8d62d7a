export { type DependencyContext, buildDependencies, updateDependencies } from "./manage.ts";
export { type DependencyStatus, dependencyStatus } from "./status.ts";
