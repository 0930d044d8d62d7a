import type { OutlineCache } from "../../src/render/index.ts";

/** Outlines in memory, for proofs that what is kept gives the same as what is found anew. */
export class MemoryOutlines implements OutlineCache {
  readonly kept = new Map<string, Uint8Array>();
  readonly #pending = new Map<string, () => Promise<Uint8Array>>();

  read(name: string): Uint8Array | undefined {
    return this.kept.get(name);
  }

  keep(name: string, make: () => Promise<Uint8Array>): void {
    this.#pending.set(name, make);
  }

  same = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;

  /** Makes what was to be kept; answers how many files of outlines there are now. */
  async flush(): Promise<number> {
    for (const [name, make] of this.#pending) this.kept.set(name, await make());
    this.#pending.clear();
    return this.kept.size;
  }
}
