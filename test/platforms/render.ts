/** Rendering and linting charts with stock Helm and with Slipway. */
import { spawn } from "node:child_process";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { parseDocuments } from "../../src/goyaml/index.ts";
import type { Case, PlatformChart } from "./charts.ts";

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end; `input` is its standard input. */
export function runProgram(
  program: string,
  args: readonly string[],
  options: {
    readonly input?: string;
    readonly cwd?: string;
    readonly env?: NodeJS.ProcessEnv;
    readonly seconds?: number;
  } = {},
): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      stdio: ["pipe", "pipe", "pipe"],
      timeout: (options.seconds ?? 120) * 1000,
      killSignal: "SIGKILL",
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(options.env === undefined ? {} : { env: options.env }),
    });
    const texts = { out: "", err: "" };
    child.stdout.setEncoding("utf8").on("data", (text: string) => (texts.out += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (texts.err += text));
    // A program that ends without reading all of its input is no error of ours.
    child.stdin.on("error", () => {});
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (code, signal) =>
      resolve({
        code: code ?? -1,
        out: texts.out,
        err: signal === null ? texts.err : `${texts.err}\nstopped by ${signal}`,
      }),
    );
  });
}

/** What follows `helm template` for a chart and a case. */
export function templateWords(chart: string, release: string, namespace: string, values: Case): string[] {
  return [release, chart, "--namespace", namespace, ...values.files.flatMap((file) => ["-f", file])];
}

/** What stock Helm renders. */
export function stockTemplate(helm: string, words: readonly string[]): Promise<Ran> {
  return runProgram(helm, ["template", ...words]);
}

/** What Slipway renders as that version of Helm. */
export async function slipwayTemplate(version: 3 | 4, words: readonly string[]): Promise<Ran> {
  const context = memoryContext({});
  const code = await run(["template", ...words, "--helm-version", String(version)], commands, context);
  return { code, out: context.stdout, err: context.stderr };
}

/** Findings of `helm lint --strict`; empty when it is content. */
export async function lint(helm: string, chart: string, namespace: string, values: Case): Promise<string[]> {
  const words = ["lint", chart, "--strict", "--namespace", namespace, ...values.files.flatMap((file) => ["-f", file])];
  const ran = await runProgram(helm, words);
  return ran.code === 0 ? [] : [`${ran.out}${ran.err}`.trim()];
}

/**
 * Where our own templates render a null: a value that is not there, which the API server would pass over. Documents of
 * other charts are not looked at.
 */
export function nulls(manifests: string, chart: PlatformChart): string[] {
  const found: string[] = [];
  const visit = (value: unknown, path: string): void => {
    if (value === null) found.push(`${path} is null`);
    else if (typeof value === "object" && value !== undefined)
      for (const [key, inner] of Object.entries(value)) visit(inner, `${path}.${key}`);
  };
  for (const text of manifests.split(/^---\n/m)) {
    const source = /^# Source: [^/]+\/(charts\/([^/]+)\/)?/m.exec(text);
    if (source?.[2] !== undefined && source[2] !== "slipway-common") continue;
    for (const object of parseDocuments(text) as any[])
      if (object !== null) visit(object, `${chart.name}: ${object.kind} ${object.metadata?.name}`);
  }
  return found;
}
