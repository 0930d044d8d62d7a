export { allFamilies, familiesOf, loadFamilies, type FamilyName } from "./families.ts";
export { GoTime } from "./go-time.ts";
export { sprigFuncs, type SprigOptions } from "./funcs.ts";
export { defaultLimits, type FunctionLimits } from "./limits.ts";
export type { KeyPort, KeyType } from "./ports.ts";
