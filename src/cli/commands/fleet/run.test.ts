import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { SlipwayError } from "../../../base/index.ts";
import type { Outcome } from "../../../fleet/index.ts";
import { flagTable, parseFlags } from "../../flags.ts";
import { globalFlags } from "../../globals.ts";
import { memoryContext } from "../../testing/memory-context.ts";
import { valuesFlags, workFlags } from "./flags.ts";
import { runFleet } from "./run.ts";

const cwd = mkdtempSync(join(tmpdir(), "slipway-run-fleet-"));
after(() => rmSync(cwd, { recursive: true, force: true }));

const releases = ["a", "b", "c", "d"].map((name) => `  - {name: ${name}, chart: ./${name}}\n`).join("");
writeFileSync(join(cwd, "helmfile.yaml"), `releases:\n${releases}`);

/** Runs a fleet of four whose releases end as told; the others do not get their turn. */
async function end(how: Record<string, string>) {
  const context = memoryContext({ cwd });
  const { flags } = parseFlags([], flagTable(workFlags, valuesFlags, globalFlags({})));
  const outcome = runFleet(
    context,
    flags,
    async (fleet) =>
      fleet.selected
        .filter(({ name }) => name in how)
        .map((release): Outcome => {
          const message = how[release.name] ?? "";
          const error = new SlipwayError(`release "${release.name}": ${message}`, {
            code: "x.y",
            fix: `Mend ${message}.`,
          });
          return { release, action: "install", took: 1, ...(message === "" ? {} : { error }) };
        }),
    "Do it?",
  );
  const code = await outcome.catch((error: Error) => error.message);
  return { code, err: context.stderr, out: context.stdout };
}

test("every failure is told with what explains it, and what was not tried", async () => {
  const { code, err, out } = await end({ a: "", b: "one", c: "two" });
  assert.match(out, /UPDATED RELEASES:\nNAME.*\na .*\n\nFAILED RELEASES:\nNAME.*\nb .*\nc /);
  assert.equal(err, 'Not tried, because of what failed before: d\nError: release "b": one\n  Mend one.\n');
  assert.equal(code, 'release "c": two');
  assert.deepEqual(await end({ a: "", b: "", c: "", d: "" }).then((ended) => [ended.code, ended.err]), [0, ""]);
});
