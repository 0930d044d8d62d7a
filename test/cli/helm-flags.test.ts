/** Every flag that Helm 3 or Helm 4 has on the verbs of releases is taken, long and short. */
import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { tmpdir } from "node:os";
import { test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { tool } from "../tools/tools.ts";

const verbs =
  "install, upgrade, rollback, uninstall, list, status, history, test, " +
  "get all, get hooks, get manifest, get metadata, get notes, get values";

/** Taken by Helm 3, but not shown. */
const hidden: Readonly<Record<string, readonly string[]>> = {
  upgrade: ["--recreate-pods"],
  rollback: ["--recreate-pods"],
};

/** A value that a flag of this type takes; none where the type is left out. */
function valueFor(type: string | undefined): string {
  switch (type) {
    case undefined:
      return "";
    case "int":
      return "=1";
    case "float32":
      return "=1.5";
    case "duration":
      return "=1s";
    case "format":
      return "=json";
    case "stringToString":
      return "=a=b";
    case "WaitStrategy":
      return "=watcher";
    default:
      return "=auto";
  }
}

/** The flags that a help text shows, each as it can be given. */
function flagsOf(help: string): string[] {
  const shown = help.matchAll(/^ +(?:-(\w), )?(--[\w-]+)(?: (\w+)(?:\[=[^\]]*\])?)? {2,}/gm);
  return [...shown].flatMap(([, short, long = "", type]) => {
    const value = valueFor(type);
    return [`${long}${value}`, ...(short === undefined ? [] : [`-${short}${value.slice(1)}`])];
  });
}

for (const name of ["helm3", "helm4"] as const) {
  const helm = tool(name);
  test(`the flags of ${name}`, { skip: helm.skip }, async () => {
    let count = 0;
    for (const verb of verbs.split(", ")) {
      const words = verb.split(" ");
      const help = execFileSync(helm.path, [...words, "--help"], { env: { HOME: tmpdir() }, encoding: "utf8" });
      for (const flag of [...flagsOf(help), ...(hidden[verb] ?? [])]) {
        const context = memoryContext({ env: { HOME: tmpdir() } });
        assert.equal(await run([...words, flag, "--help"], commands, context), 0, `${verb} ${flag}: ${context.stderr}`);
        count++;
      }
    }
    assert.ok(count > 400, `${count} flags`);
  });
}
