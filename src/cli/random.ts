import { closeSync, openSync, readSync } from "node:fs";
import { type Random, pagedRandom, systemRandom } from "../base/index.ts";

const device = "/dev/urandom";

/**
 * The same randomness as Web Crypto's, from where Linux and macOS offer it as a file: a chart that makes one password
 * would wait 4 ms for Node to load Web Crypto. Elsewhere that is what it does.
 */
export const machineRandom: Random = pagedRandom((count) => fromDevice(count) ?? systemRandom.bytes(count));

function fromDevice(count: number): Uint8Array | undefined {
  if (process.platform !== "linux" && process.platform !== "darwin") return undefined;
  try {
    const file = openSync(device, "r");
    try {
      const bytes = new Uint8Array(count);
      return readSync(file, bytes) === count ? bytes : undefined;
    } finally {
      closeSync(file);
    }
  } catch {
    return undefined;
  }
}
