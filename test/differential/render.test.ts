/** The same bytes as stock Helm 3 and 4 for charts that reach into the corners, and for the ml-services platform. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { fromBytes } from "../../src/base/index.ts";
import { commands } from "../../src/cli/commands/index.ts";
import type { Context } from "../../src/cli/command.ts";
import { run } from "../../src/cli/run.ts";
import { tool } from "../tools/tools.ts";
import { charts } from "./charts.ts";

const top = mkdtempSync(join(tmpdir(), "slipway-differential-"));
after(() => rmSync(top, { recursive: true, force: true }));
const env = { HOME: top, PATH: process.env["PATH"] };

for (const version of [4, 3] as const) {
  const helm = tool(`helm${version}`);
  for (const { name, files, runs } of charts) {
    test(`Helm ${version}: ${name}`, { skip: helm.skip }, async () => {
      const cwd = join(top, `${name}-${version}`);
      for (const [file, text] of Object.entries(files)) {
        mkdirSync(dirname(join(cwd, "chart", file)), { recursive: true });
        writeFileSync(join(cwd, "chart", file), text);
      }
      for (const args of runs ?? [[]]) await compare(helm.path, version, cwd, ["template", "chart", ...args]);
    });
  }

  test(`Helm ${version}: the chart of helm create`, { skip: helm.skip }, async () => {
    const cwd = join(top, `create-${version}`);
    mkdirSync(cwd, { recursive: true });
    execFileSync(helm.path, ["create", "demo"], { cwd, env });
    await compare(helm.path, version, cwd, ["template", "demo"]);
    const more = ["--set", "ingress.enabled=true,autoscaling.enabled=true,httpRoute.enabled=true", "-n", "x"];
    await compare(helm.path, version, cwd, ["template", "web", "demo", ...more]);
  });

  const platform = join(import.meta.dirname, "../../platforms/ml-services");
  const skip = helm.skip || (existsSync(platform) ? false : "platforms/ml-services is not there");
  test(`Helm ${version}: the charts of ml-services`, { skip }, async () => {
    for (const name of ["ml-api", "ml-batch"]) {
      for (const stage of ["dev", "staging", "prod"]) {
        const values = join(platform, "values", stage, "values.yaml");
        await compare(helm.path, version, platform, ["template", name, `charts/${name}`, "-f", values]);
      }
    }
  });
}

async function compare(helm: string, version: 3 | 4, cwd: string, args: readonly string[]): Promise<void> {
  const theirs = stock(helm, cwd, args);
  let out = "";
  let err = "";
  const context: Context = {
    env,
    cwd,
    out: (text) => (out += text),
    err: (text) => (err += text),
    stdin: async () => new Uint8Array(),
    isTTY: false,
    color: false,
    columns: 100,
    signal: new AbortController().signal,
  };
  await run([...args, "--helm-version", String(version)], commands, context);
  const what = `${args.join(" ")} (Helm ${version})`;
  if (theirs.error === undefined) assert.equal(out, theirs.out, `${what}\n${err}`);
  else assert.ok(err.includes(theirs.error), `${what}\nhelm: ${theirs.error}\nours: ${err}`);
}

function stock(helm: string, cwd: string, args: readonly string[]): { out: string; error?: string } {
  try {
    return { out: fromBytes(execFileSync(helm, args, { cwd, env, stdio: "pipe" })) };
  } catch (error) {
    const text = fromBytes((error as { stderr: Buffer }).stderr);
    const from = text.slice(text.startsWith("Error: ") ? 0 : text.indexOf("\nError: ") + 1);
    return { out: "", error: from.replace(/\n\nUse --debug flag[^\n]*\n$/, "").trimEnd() };
  }
}
