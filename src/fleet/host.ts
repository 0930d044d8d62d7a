import { execFileSync, spawn } from "node:child_process";
import { globSync, readdirSync, readFileSync, statSync } from "node:fs";
import { basename, isAbsolute, join } from "node:path";

/** The machine, as a fleet sees it: files, the environment, and commands (hooks, `exec`). */
export interface Host {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Throws Node's error when the file cannot be read. */
  readText(path: string): string;
  isFile(path: string): boolean;
  isDir(path: string): boolean;
  /** Names in a folder, sorted; folders end in `/`. */
  list(path: string): string[];
  /** Paths that match, sorted; a path without wildcards gives itself when it is there. */
  glob(pattern: string): string[];
  /** `_*.tpl` files of a folder: path and text. */
  helpers(dir: string): [path: string, text: string][];
  /** Runs a command to its end and gives what it printed; for templates' `exec`. */
  runSync(
    command: string,
    args: readonly string[],
    options: { cwd: string; env?: Record<string, string>; input?: string },
  ): string;
  /** Runs a hook's command; `output` gets both streams as they come. */
  run(
    command: string,
    args: readonly string[],
    options: { cwd: string; env: Record<string, string>; signal: AbortSignal; output(text: string): void },
  ): Promise<{ code: number | null; error?: string }>;
}

const wildcard = /[*?[\]{}]/;

/** The machine this process runs on. */
export function nodeHost(env: Readonly<Record<string, string | undefined>>): Host {
  const stat = (path: string) => statSync(path, { throwIfNoEntry: false });
  return {
    env,
    readText: (path) => readFileSync(path, "utf8"),
    isFile: (path) => stat(path)?.isFile() ?? false,
    isDir: (path) => stat(path)?.isDirectory() ?? false,
    list: (path) =>
      readdirSync(path, { withFileTypes: true })
        .map((entry) => (entry.isDirectory() ? `${entry.name}/` : entry.name))
        .sort(),
    glob: (pattern) => {
      if (!wildcard.test(pattern)) return stat(pattern) ? [pattern] : [];
      return globSync(pattern).sort();
    },
    helpers: (dir) =>
      (stat(dir)?.isDirectory() ? readdirSync(dir) : [])
        .filter((name) => name.startsWith("_") && name.endsWith(".tpl"))
        .sort()
        .map((name) => [join(dir, name), readFileSync(join(dir, name), "utf8")]),
    runSync: (command, args, { cwd, env: extra, input }) =>
      execFileSync(command, args, {
        cwd,
        env: { ...env, ...extra },
        encoding: "utf8",
        maxBuffer: 64 << 20,
        ...(input !== undefined && { input }),
      }),
    run: (command, args, { cwd, env: extra, signal, output }) =>
      new Promise((resolve) => {
        const path = command.includes("/") && !isAbsolute(command) ? join(cwd, command) : command;
        const child = spawn(path, args, { cwd, env: { ...env, ...extra }, stdio: ["ignore", "pipe", "pipe"], signal });
        child.stdout.setEncoding("utf8").on("data", output);
        child.stderr.setEncoding("utf8").on("data", output);
        child.on("error", (error) => resolve({ code: null, error: error.message.replace(path, basename(command)) }));
        child.on("close", (code) => resolve({ code }));
      }),
  };
}
