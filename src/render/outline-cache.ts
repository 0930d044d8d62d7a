import type { Chart } from "../chart/index.ts";
import { type KeptEntry, KeptOutlines, keepOutlines, type SameBytes } from "../gotemplate/index.ts";
import type { ParsedChart } from "./engine.ts";

/**
 * A place where what was found in the templates of charts outlives a process: a port, on Node a folder. It holds texts of
 * charts and nothing of values.
 */
export interface OutlineCache {
  /** What is kept under a name; undefined where there is nothing. */
  read(name: string): Uint8Array | undefined;
  /** Something to keep under a name; made whenever there is time for it. */
  keep(name: string, make: () => Promise<Uint8Array>): void;
  readonly same: SameBytes;
}

/** Actions that ran for the first time: fewer are sooner parsed than kept. */
const worthKeeping = 40;

/** The outlines of a chart's templates from earlier runs, and those that this run adds. */
export class ChartOutlines {
  readonly known: KeptOutlines | undefined;
  readonly #cache: OutlineCache;
  readonly #name: string;

  constructor(cache: OutlineCache, chart: Chart) {
    const { name, version } = chart.metadata;
    this.#cache = cache;
    this.#name = `${name}-${version}`;
    this.known = readKept(cache, this.#name);
  }

  /** Keeps what is new after a rendering, beside what was known of templates that this one left out. */
  keep(parsed: ParsedChart): void {
    const { known } = this;
    if (parsed.found === 0 && (known?.unknown ?? 0) < worthKeeping) return;
    this.#cache.keep(this.#name, () => {
      const entries = new Map<string, KeptEntry>();
      for (const entry of known?.entries((name) => parsed.set.hasFunction(name)) ?? []) entries.set(entry[0], entry);
      for (const entry of parsed.outlines) entries.set(entry[0], entry);
      return keepOutlines([...entries.values()]);
    });
  }
}

function readKept(cache: OutlineCache, name: string): KeptOutlines | undefined {
  const bytes = cache.read(name);
  try {
    return bytes === undefined ? undefined : KeptOutlines.read(bytes, cache.same);
  } catch {
    // Whatever it is, it is nothing of ours.
    return undefined;
  }
}
