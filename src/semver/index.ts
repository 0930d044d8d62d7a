export { type Constraint, type ConstraintOptions, parseConstraint } from "./constraint.ts";
export {
  compareVersions,
  formatVersion,
  incMajor,
  incMinor,
  incPatch,
  parseStrict,
  parseVersion,
  setMetadata,
  setPrerelease,
  type Version,
} from "./version.ts";
