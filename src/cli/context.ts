import { fstatSync, readFileSync, writeSync } from "node:fs";
import { SlipwayError, toBytes } from "../base/index.ts";
import type { Context } from "./command.ts";
import { signals } from "./signals.ts";

/**
 * The process as a {@link Context}. Output is written straight to the file descriptors (process.stdout costs
 * milliseconds to set up); signals are listened to only once a command asks for `signal`, so that Ctrl-C simply ends
 * the ones that do not.
 */
export function processContext(): Context {
  // Made when somebody asks for the signal, or there is nobody left to ask: AbortController is not free either.
  let made: AbortController | undefined;
  const aborting = () => (made ??= new AbortController());
  let listening = false;
  const listen = (abort: AbortController) => {
    if (listening) return;
    listening = true;
    // A terminal that is closed hangs up. Without one, under nohup say, hanging up is not to be heard of.
    const heard =
      isTerminal(1) || isTerminal(2) ? (["SIGINT", "SIGTERM", "SIGHUP"] as const) : (["SIGINT", "SIGTERM"] as const);
    for (const name of heard) {
      process.on(name, () => {
        const { words, code } = signals[name];
        if (abort.signal.aborted) process.exit(code);
        abort.abort(new SlipwayError(words, { code: "cli.interrupted", cause: name }));
      });
    }
  };
  const write = (fd: 1 | 2, text: string) => {
    if (!writeAll(fd, text))
      aborting().abort(new SlipwayError("nobody reads the output any more", { code: "cli.closed" }));
  };
  return {
    env: process.env,
    get cwd() {
      return process.cwd();
    },
    out: (text) => write(1, text),
    err: (text) => write(2, text),
    stdin: async () => readFileSync(0),
    get isTTY() {
      return isTerminal(1);
    },
    get color() {
      return isTerminal(1);
    },
    get columns() {
      return isTerminal(1) ? Math.max(60, process.stdout.columns ?? 100) : 100;
    },
    get screen() {
      if (!isTerminal(2)) return undefined;
      // A terminal that does not know its size says 0, or nothing.
      const { columns, rows } = process.stderr;
      return { columns: columns || 100, rows: rows || 24 };
    },
    get signal() {
      const abort = aborting();
      listen(abort);
      return abort.signal;
    },
  };
}

/** node:tty brings in node:net, which is slow to load: most output that is no terminal is told apart without it. */
function isTerminal(fd: number): boolean {
  return fstatSync(fd).isCharacterDevice() && process.getBuiltinModule("node:tty").isatty(fd);
}

/** Writes everything; false when the reader (EPIPE) or the terminal (EIO) has gone, which is no error. */
function writeAll(fd: 1 | 2, text: string): boolean {
  const bytes = toBytes(text);
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(fd, bytes, at);
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code;
      if (code === "EPIPE" || code === "EIO") return false;
      if (code !== "EAGAIN") throw error;
      // A pipe that another process made non-blocking, and that is full: wait for its reader.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);
    }
  }
  return true;
}
