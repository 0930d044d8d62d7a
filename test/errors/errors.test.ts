/**
 * What Slipway says when things go wrong, for every kind of error. `UPDATE=1` writes the golden files anew. Where stock
 * Helm 4 is there, the first thing said must be what it says.
 */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import type { Context } from "../../src/cli/command.ts";
import { run } from "../../src/cli/run.ts";
import { tool } from "../tools/tools.ts";
import { type ErrorCase, cases } from "./cases.ts";

const top = mkdtempSync(join(tmpdir(), "slipway-errors-"));
after(() => rmSync(top, { recursive: true, force: true }));

function lay(item: ErrorCase): string {
  const folder = join(top, item.name);
  mkdirSync(folder, { recursive: true });
  for (const [name, text] of Object.entries(item.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

const argsOf = (item: ErrorCase) => item.args ?? ["template", "chart"];

async function ours(item: ErrorCase, cwd: string): Promise<{ code: number; err: string }> {
  let err = "";
  const context: Context = {
    env: { HOME: cwd, PATH: process.env["PATH"] },
    cwd,
    out: () => {},
    err: (text) => (err += text),
    stdin: async () => new Uint8Array(),
    isTTY: false,
    color: false,
    columns: 100,
    signal: new AbortController().signal,
  };
  const code = await run(argsOf(item), commands, context);
  return { code, err: err.replaceAll(cwd, "$PWD") };
}

for (const item of cases) {
  test(`error: ${item.name}`, async () => {
    const { code, err } = await ours(item, lay(item));
    assert.equal(code, item.code ?? 1);
    assert.match(err, /^Error: |\nError: /);
    assert.doesNotMatch(err, /\n {4}at .*\.ts/, "a stack trace");
    const golden = join(import.meta.dirname, "golden", `${item.name}.txt`);
    if (process.env["UPDATE"] === "1") writeFileSync(golden, err);
    assert.equal(err, readFileSync(golden, "utf8"));
  });
}

const helm4 = tool("helm4");
test("errors begin with what Helm 4 says", { skip: helm4.skip }, async () => {
  const wrong: string[] = [];
  for (const item of cases) {
    if (item.differs !== undefined) continue;
    const cwd = lay(item);
    const theirs = stock(helm4.path, item, cwd);
    const { err } = await ours(item, cwd);
    const start = err.indexOf("Error: ");
    // Go tells the failures of a schema in the random order of its maps.
    const sorted = (text: string) => text.split("\n").toSorted().join("\n");
    const same =
      err.slice(start).startsWith(theirs) || sorted(err.slice(start, start + theirs.length)) === sorted(theirs);
    if (!same) {
      wrong.push(
        `${item.name}\n  helm: ${JSON.stringify(theirs.slice(0, 600))}\n  ours: ${JSON.stringify(err.slice(start, start + Math.min(theirs.length, 600) + 40))}`,
      );
    }
  }
  assert.deepEqual(wrong, []);
});

/** Stock Helm's error, without the hint at --debug. */
function stock(helm: string, item: ErrorCase, cwd: string): string {
  try {
    execFileSync(helm, argsOf(item), {
      cwd,
      env: { HOME: cwd, PATH: process.env["PATH"] },
      stdio: "pipe",
      timeout: 60_000,
    });
  } catch (error) {
    const text = String((error as { stderr: Buffer }).stderr).replaceAll(cwd, "$PWD");
    const from = text.slice(text.startsWith("Error: ") ? 0 : text.indexOf("\nError: ") + 1);
    return from.replace(/\n\nUse --debug flag[^\n]*\n$/, "").trimEnd();
  }
  throw new Error(`stock Helm has no error for ${item.name}`);
}
