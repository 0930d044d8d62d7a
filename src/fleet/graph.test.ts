import assert from "node:assert/strict";
import { test } from "node:test";
import { needId, plan, releaseId, withNeeds } from "./graph.ts";

test("a release is known by context, namespace and name", () => {
  assert.equal(releaseId(undefined, undefined, "web"), "web");
  assert.equal(releaseId(undefined, "prod", "web"), "prod/web");
  assert.equal(releaseId("east", undefined, "web"), "east//web");
  assert.equal(releaseId("east", "prod", "web"), "east/prod/web");
});

test("a need takes what it leaves out from the release that needs it", () => {
  const cases: [need: string, context: string | undefined, namespace: string | undefined, id: string][] = [
    ["db", undefined, "prod", "prod/db"],
    ["data/db", undefined, "prod", "data/db"],
    ["db", "east", "prod", "east/prod/db"],
    ["west/data/db", "east", "prod", "west/data/db"],
    ["arn:aws/cluster/data/db", undefined, undefined, "arn:aws/cluster/data/db"],
  ];
  for (const [need, context, namespace, id] of cases) assert.equal(needId(need, context, namespace), id);
});

const node = (id: string, ...needs: string[]) => ({ id, needs });
const ids = (groups: { id: string }[][]) => groups.map((group) => group.map(({ id }) => id).join(" "));

test("releases run in groups: what is needed first, then by the file's order", () => {
  assert.deepEqual(ids(plan([node("a"), node("b")])), ["a b"]);
  assert.deepEqual(ids(plan([node("web", "db"), node("db"), node("cache")])), ["db cache", "web"]);
  assert.deepEqual(ids(plan([node("c", "b"), node("b", "a"), node("a")])), ["a", "b", "c"]);
});

test("needs outside the selection are taken to be there", () => {
  const all = [node("db"), node("web", "db")];
  assert.deepEqual(ids(plan([all[1] as never], { known: all })), ["web"]);
  assert.deepEqual(withNeeds([all[1] as never], all), all);
});

test("an unknown need and a circle are refused", () => {
  assert.throws(() => plan([node("web", "dbb"), node("db")]), {
    message: 'release(s) "web" depend(s) on an undefined release "dbb"',
  });
  assert.throws(() => plan([node("a", "b"), node("b", "a")]), /these releases need each other in a circle: a, b/);
});
