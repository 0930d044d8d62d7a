import type { Context } from "../command.ts";

/** A context that keeps what a command writes; everything can be set. */
export interface MemoryContext extends Context {
  readonly stdout: string;
  readonly stderr: string;
}

/** A context for tests: an empty environment, no terminal, an input, and a signal that `abort()` fires. */
export function memoryContext(options: Partial<Context> & { input?: string } = {}): MemoryContext {
  const { input = "", ...given } = options;
  const written = { out: "", err: "" };
  return {
    env: {},
    cwd: process.cwd(),
    out: (text) => void (written.out += text),
    err: (text) => void (written.err += text),
    stdin: async () => new TextEncoder().encode(input),
    isTTY: false,
    color: false,
    columns: 100,
    signal: new AbortController().signal,
    ...given,
    get stdout() {
      return written.out;
    },
    get stderr() {
      return written.err;
    },
  };
}
