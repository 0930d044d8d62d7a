export { func } from "./func.ts";
export type { Func, FuncMap } from "./func.ts";
export type { Limits, MissingKey, TemplateSetOptions } from "./options.ts";
export { formatFloatAs, formatValue, quote, sprint, sprintf, sprintln, unquote } from "./fmt/index.ts";
export { GoComplex, GoFloat32, GoPointer, isNilValue, kindOf, nilOf, sortedKeys, underlying } from "./kinds.ts";
export type { GoObjectExtras } from "./kinds.ts";
export { goTruth } from "./truth.ts";
