/** Paired runs of two commands: A B A B …, the least of each, so that a busy machine spoils both alike or neither. */
import { execFileSync } from "node:child_process";
import { tool } from "../test/tools/tools.ts";

/** What the kernel counted for one run. */
export interface Run {
  readonly cpuMs: number;
  readonly wallMs: number;
  readonly memoryMb: number;
}

/** The least of all runs of both sides, and how ours compares: below 1 is better than stock. */
export interface Comparison {
  readonly ours: Run;
  readonly stock: Run;
  readonly ratio: Run;
  readonly pairs: number;
}

/** A command line and where it runs. */
export interface CommandLine {
  readonly program: string;
  readonly args: readonly string[];
  readonly cwd?: string;
}

/**
 * Compares two commands by `pairs` paired runs after `warmUp` runs of each that do not count (they fill file caches
 * and our code cache). Throws when a run does not exit with 0.
 */
export function compare(ours: CommandLine, stock: CommandLine, pairs = 11, warmUp = 5): Comparison {
  const runs: { ours: Run[]; stock: Run[] } = { ours: [], stock: [] };
  for (let i = 0; i < warmUp + pairs; i++) {
    const pair = { ours: measure(ours), stock: measure(stock) };
    if (i < warmUp) continue;
    runs.ours.push(pair.ours);
    runs.stock.push(pair.stock);
  }
  const [a, b] = [least(runs.ours), least(runs.stock)];
  const ratio = { cpuMs: a.cpuMs / b.cpuMs, wallMs: a.wallMs / b.wallMs, memoryMb: a.memoryMb / b.memoryMb };
  return { ours: a, stock: b, ratio, pairs };
}

/** One run, measured by a small program of ours (Node cannot tell what a child has used). */
export function measure(line: CommandLine): Run {
  // Extra certificates cost older Nodes 30 ms a start; colours and pagers are not what is compared.
  const { NODE_EXTRA_CA_CERTS: _certificates, NODE_OPTIONS: _options, ...env } = process.env;
  const text = execFileSync(tool("measure").path, [line.program, ...line.args], {
    cwd: line.cwd,
    encoding: "utf8",
    env,
  });
  const { exit, ...run } = JSON.parse(text) as Run & { exit: number };
  if (exit !== 0) throw new Error(`${line.program} ${line.args.slice(0, 5).join(" ")} exited with ${exit}`);
  return run;
}

function least(runs: readonly Run[]): Run {
  return {
    cpuMs: Math.min(...runs.map((run) => run.cpuMs)),
    wallMs: Math.min(...runs.map((run) => run.wallMs)),
    memoryMb: Math.min(...runs.map((run) => run.memoryMb)),
  };
}
