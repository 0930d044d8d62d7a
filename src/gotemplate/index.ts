export { func } from "./func.ts";
export type { Func, FuncMap } from "./func.ts";
export type { Limits, MissingKey, TemplateSetOptions } from "./options.ts";

/** fmt.Sprintf: the arguments are values as base/go.ts has them (a plain number is a float64). */
export declare function sprintf(format: string, args: readonly unknown[]): string;
/** fmt.Sprint. */
export declare function sprint(args: readonly unknown[]): string;
/** fmt.Sprintln. */
export declare function sprintln(args: readonly unknown[]): string;
/** What fmt prints with %v. */
export declare function formatValue(value: unknown): string;
/** strconv.Quote, fmt's %q. */
export declare function quote(text: string): string;
/** text/template's truth. */
export declare function goTruth(value: unknown): boolean;
