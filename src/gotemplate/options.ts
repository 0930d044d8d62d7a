import type { FuncMap } from "./func.ts";

/** What `missingkey` may be: `default` and `zero` differ only for maps whose elements are not interfaces. */
export type MissingKey = "default" | "zero" | "error";

/** How a template set is made. */
export interface TemplateSetOptions {
  /** Go's name of the root template (`gotpl` for Helm). */
  readonly name: string;
  readonly funcs: FuncMap;
  readonly missingKey?: MissingKey;
  readonly leftDelim?: string;
  readonly rightDelim?: string;
}

/** Bounds of one execution; a bound that is passed ends it with a SlipwayError of the code `template.limit`. */
export interface Limits {
  /** Loop turns and template and function calls together. */
  readonly steps?: number;
  /** Nested template calls; Go's own bound is 100,000. */
  readonly depth?: number;
  /** UTF-16 units of output. */
  readonly output?: number;
  /** Called every few hundred steps; throw from it to end the run (a deadline, a cancelled request). */
  readonly check?: () => void;
}
