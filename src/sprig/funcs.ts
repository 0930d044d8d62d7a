import type { Clock, Random } from "../base/index.ts";
import type { Func, FuncMap } from "../gotemplate/index.ts";
import { dataFuncs } from "./data.ts";
import { defaultFuncs } from "./defaults.ts";
import { dictFuncs } from "./dicts.ts";
import { encodingFuncs } from "./encoding.ts";
import { familyFuncs, onlyHelm4 } from "./families.ts";
import { defaultLimits, type FunctionLimits } from "./limits.ts";
import { listFuncs } from "./lists.ts";
import { mathFuncs } from "./math.ts";
import { pathFuncs } from "./paths.ts";
import type { ZonePort } from "../gotime/index.ts";
import type { KeyPort } from "./ports.ts";
import { randomFuncs } from "./random.ts";
import { reflectionFuncs } from "./reflection.ts";
import { regexQuoteMeta } from "./quote-meta.ts";
import { stringFuncs } from "./strings.ts";
import { urlFuncs } from "./urls.ts";

/** What the functions need of the world, and which Helm's they are. */
export interface SprigOptions {
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
  /** True where `random` is reproducible: then keys are derived from it too, instead of asking the platform. */
  readonly seeded?: boolean;
  /** Go's Local by name, as TZ has it. Without it the machine's zone file (`Local` at `zones`), else UTC. */
  readonly timeZone?: string;
  /** The machine's time zone files; without them zones come from Intl. */
  readonly zones?: ZonePort;
  /** Keys and signatures; without them genCA and its kin say that they cannot work here. */
  readonly keys?: KeyPort;
  /** Bounds of what one call may make. */
  readonly limits?: Partial<FunctionLimits>;
  /** Helm 3 lacks a few functions of Helm 4. Default 4. */
  readonly helmVersion?: 3 | 4;
}

/**
 * All functions that Helm offers to templates, but for those that need a rendering around them (include, tpl, required,
 * fail, lookup, getHostByName). Making them loads nothing heavy: the families of {@link FamilyName} are stand-ins until
 * {@link loadFamilies} has brought their code; a call before that throws a SlipwayError of code `sprig.load`.
 *
 * So: ask {@link familiesOf} the names that the parsed templates use, await loadFamilies, render; where a text given to
 * `tpl` turns out to need one more, the error says which, and rendering starts again.
 */
export function sprigFuncs(options: SprigOptions): FuncMap {
  const limits = { ...defaultLimits, ...options.limits };
  const ports = {
    clock: options.clock,
    random: options.random,
    seeded: options.seeded ?? false,
    timeZone: options.timeZone,
    zones: options.zones,
    keys: options.keys,
    limits,
  };
  const all: FuncMap = {
    ...stringFuncs(limits),
    ...mathFuncs(ports),
    ...listFuncs(limits),
    ...dictFuncs(limits),
    ...defaultFuncs(),
    ...reflectionFuncs(limits),
    ...pathFuncs(),
    ...encodingFuncs(),
    ...randomFuncs(ports),
    ...urlFuncs(),
    ...dataFuncs(limits),
    regexQuoteMeta,
    ...familyFuncs(ports),
  };
  const out: Record<string, Func> = {};
  for (const name in all) {
    // Texts of more characters than the limit are refused: all that a function does with them takes its time.
    if (options.helmVersion !== 3 || !onlyHelm4.has(name)) out[name] = { ...(all[name] as Func), longest: limits.text };
  }
  return out;
}
