import { execFile } from "node:child_process";
import { tmpdir } from "node:os";
import type { Context } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";

/** Who takes a step. */
export type Tool = "slipway" | "helm3" | "helm4";

/** Paths of the stock tools. */
export interface Tools {
  readonly helm3: string;
  readonly helm4: string;
}

/** How a command went: its exit code and all that it printed. */
export interface Ending {
  readonly code: number;
  readonly text: string;
}

/** One command of one of the tools. */
export async function runTool(tools: Tools, tool: Tool, words: readonly string[]): Promise<Ending> {
  if (tool === "slipway") return await runSlipway(words);
  return await spawnTool(tools[tool], words);
}

/** One Slipway command in this process, with what it printed. */
export async function runSlipway(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Ending & { out: string }> {
  let out = "";
  let text = "";
  const context: Context = {
    env: { HOME: tmpdir(), ...env },
    cwd: process.cwd(),
    out: (line) => {
      out += line;
      text += line;
    },
    err: (line) => {
      text += line;
    },
    stdin: async () => new Uint8Array(),
    isTTY: false,
    color: false,
    columns: 100,
    signal: new AbortController().signal,
  };
  return { code: await run(words, commands, context), text, out };
}

function spawnTool(path: string, words: readonly string[]): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(
      path,
      words,
      { env: { HOME: tmpdir(), PATH: process.env["PATH"] ?? "" }, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, text: stdout + stderr });
      },
    );
  });
}
