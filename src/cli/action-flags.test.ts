import assert from "node:assert/strict";
import { test } from "node:test";
import { historyMax, historyMaxFlag } from "./action-flags.ts";
import { flagTable, parseFlags } from "./flags.ts";
import { memoryContext } from "./testing/memory-context.ts";

test("how many revisions are kept: the flag, else HELM_MAX_HISTORY where that is a number, else ten", () => {
  for (const [env, words, most] of [
    [undefined, [], 10],
    ["3", [], 3],
    ["0", [], 0],
    ["", [], 10],
    ["few", [], 10],
    ["3", ["--history-max", "5"], 5],
  ] as const) {
    const { flags } = parseFlags(words, flagTable([historyMaxFlag], []));
    assert.equal(historyMax(memoryContext({ env: { HELM_MAX_HISTORY: env } }), flags), most, `${env} ${words}`);
  }
});
