import type { Func, FuncMap } from "./func.ts";
import type { Trace } from "./exec/trace.ts";

/** What `missingkey` may be: `default` and `zero` differ only for maps whose elements are not interfaces. */
export type MissingKey = "default" | "zero" | "error";

/** The methods of named map types (`common.Values`), by type and name: bound to the map when they are called. */
// oxlint-disable-next-line no-explicit-any -- each type knows what its receivers are
export type MethodTable = Readonly<Record<string, Readonly<Record<string, (receiver: any) => Func>>>>;

/** How a template set is made. */
export interface TemplateSetOptions {
  /** Go's name of the root template (`gotpl` for Helm). */
  readonly name: string;
  readonly funcs: FuncMap;
  readonly missingKey?: MissingKey;
  readonly leftDelim?: string;
  readonly rightDelim?: string;
  /** Hears once of every function that a text mentions. */
  readonly mentions?: (name: string) => void;
  /** Methods of maps tagged with a named type; looked up before the keys, as Go does. */
  readonly methods?: MethodTable;
}

/** Bounds of a run; a bound that is passed ends it with a SlipwayError of the code `template.limit`. */
export interface Limits {
  /** Loop turns and executions of templates together. */
  readonly steps?: number;
  /** Nested template calls; Go's own bound is 100,000. */
  readonly depth?: number;
  /** The output of one template, in UTF-16 units. */
  readonly output?: number;
  /** Called every few hundred steps; throw from it to end the run (a deadline, a cancelled request). */
  readonly check?: () => void;
}

/** What one execution may be given. */
export interface ExecuteOptions {
  /** The bounds; give the same {@link Meter} to every execution of one run, so that nested ones count together. */
  readonly meter?: Meter;
  /** What functions that ask for it are given of this run. */
  readonly host?: unknown;
  /** Hooks that see what is read and written; the template is compiled a second time for it. */
  readonly trace?: Trace;
}

/** Counts the steps of a run against its limits. */
export class Meter {
  readonly limits: Limits;
  steps = 0;
  /** Nested executions of templates, through `template` and through functions. */
  depth = 0;
  constructor(limits: Limits = {}) {
    this.limits = limits;
  }
}
