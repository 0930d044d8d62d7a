import { closeSync, openSync, readSync } from "node:fs";
import { type Random, systemRandom } from "../base/index.ts";

const device = "/dev/urandom";

/**
 * The same randomness as Web Crypto's, from where Linux and macOS offer it as a file: a chart that makes one password
 * would wait 4 ms for Node to load Web Crypto. Elsewhere that is what it does.
 */
export const machineRandom: Random = {
  bytes(count) {
    const out = new Uint8Array(count);
    for (let at = 0; at < count;) {
      const got = take(out.subarray(at));
      if (got === 0) return systemRandom.bytes(count);
      at += got;
    }
    return out;
  },
};

/** Templates ask for four bytes at a time: a few more are read at once, and each is given away once. */
let pool = new Uint8Array();

function take(into: Uint8Array): number {
  if (pool.length === 0) pool = read(256);
  const given = pool.subarray(0, into.length);
  into.set(given);
  pool = pool.subarray(given.length);
  return given.length;
}

function read(count: number): Uint8Array<ArrayBuffer> {
  if (process.platform !== "linux" && process.platform !== "darwin") return new Uint8Array();
  try {
    const file = openSync(device, "r");
    try {
      const bytes = new Uint8Array(count);
      return bytes.subarray(0, readSync(file, bytes));
    } finally {
      closeSync(file);
    }
  } catch {
    return new Uint8Array();
  }
}
