export { allFamilies, familiesOf, loadFamilies, type FamilyName } from "./families.ts";
export { sprigFuncs, type SprigOptions } from "./funcs.ts";
export { defaultLimits, type FunctionLimits } from "./limits.ts";
export type { KeyPort, KeyType, ZonePort } from "./ports.ts";
