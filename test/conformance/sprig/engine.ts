import { fromBytes, nilOf, seededRandom, systemClock, type Clock } from "../../../src/base/index.ts";
import { TemplateSet, type FuncMap } from "../../../src/gotemplate/index.ts";
import { allFamilies, loadFamilies, sprigFuncs } from "../../../src/sprig/index.ts";
import { nodeZones } from "../../../src/gotime/node.ts";
import { nodeKeys } from "../../../src/sprig/node.ts";

/** One template run through the functions: what it prints, or Go's error. */
export interface Case {
  readonly template: string;
  readonly values?: Record<string, unknown>;
  /** Go's Local; UTC unless given. */
  readonly zone?: string;
}

export interface Answer {
  readonly out?: string;
  readonly error?: string;
}

/** An answer as the oracle writes it: text that is not UTF-8 in base64. */
export function fromOracle(answer: { out?: string; out64?: string; error?: string }): Answer {
  const decode = (text: string) => fromBytes(new Uint8Array(Buffer.from(text, "base64")));
  if (answer.error !== undefined) {
    return { error: answer.error.startsWith("64:") ? decode(answer.error.slice(3)) : answer.error };
  }
  return { out: answer.out64 === undefined ? (answer.out ?? "") : decode(answer.out64) };
}

await loadFamilies(allFamilies);

const functions = new Map<string, FuncMap>();

function funcsFor(zone: string, helmVersion: 3 | 4, clock: Clock): FuncMap {
  const key = `${zone} ${helmVersion}`;
  let found = functions.get(key);
  if (found === undefined) {
    found = sprigFuncs({
      clock,
      random: seededRandom(1),
      zones: nodeZones({}),
      timeZone: zone,
      keys: nodeKeys,
      helmVersion,
    });
    functions.set(key, found);
  }
  return found;
}

/** Runs a case with our engine and functions, as the oracle runs it with Go's. */
export function run(one: Case, helmVersion: 3 | 4 = 4): Answer {
  try {
    const funcs = funcsFor(one.zone ?? "UTC", helmVersion, systemClock);
    const set = new TemplateSet({ name: "t", funcs, missingKey: "zero" });
    set.parse("t", one.template);
    return {
      out: set.execute("t", one.values === undefined ? nilOf("map[string]interface {}") : structuredClone(one.values)),
    };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}
