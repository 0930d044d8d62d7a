import assert from "node:assert/strict";
import { test } from "node:test";
import type { ReleaseEvent, WaitState } from "../release/index.ts";
import { LiveBlock } from "./live-block.ts";
import { ReleaseProgress, waitTree } from "./release-progress.ts";
import { memoryContext } from "./testing/memory-context.ts";

const web = (state: WaitState["state"], message: string, reasons: string[] = []): WaitState => ({
  kind: "Deployment",
  name: "web",
  namespace: "a",
  state,
  message,
  reasons,
});

async function* told(...events: (ReleaseEvent | number)[]): AsyncGenerator<ReleaseEvent> {
  for (const event of events)
    if (typeof event === "number") await new Promise((resolve) => setTimeout(resolve, event));
    else yield event;
}

test("a wait as a tree: what is not ready, and why", () => {
  assert.deepEqual(
    waitTree([
      web("waiting", "Available: 0/2", ["pod web-1: container main: restarted 1 times", "second\nline"]),
      web("ready", ""),
    ]),
    [
      "Waiting: 1 of 2 ready",
      "  … Deployment/web  Available: 0/2",
      "      ├ pod web-1: container main: restarted 1 times",
      "      └ second",
    ],
  );
});

test("on a terminal the tree is drawn anew in place, lines go above it, and it goes away at the end", async () => {
  const context = memoryContext({ screen: { columns: 40, rows: 24 }, env: { TERM: "xterm" } });
  await new ReleaseProgress(context).follow(
    told(
      { type: "waiting", objects: [web("waiting", "Available: 0/2")] },
      400,
      { type: "log", namespace: "a", pod: "p", container: "c", line: "hello" },
      { type: "waiting", objects: [web("waiting", "Available: 1/2 and then more than fits into a line")] },
    ),
  );
  const up = "\u001b[2A\r";
  const tree = "Waiting: 0 of 1 ready\u001b[K\n  … Deployment/web  Available: 0/2\u001b[K\n";
  const longer = "Waiting: 0 of 1 ready\u001b[K\n  … Deployment/web  Available: 1/2 and…\u001b[K\n";
  const below = "\u001b[J";
  const away = "\u001b[K\u001b[B\u001b[J\u001b[A";
  assert.equal(context.stderr, `${tree}${up}${away}p/c: hello\n${tree}${up}${longer}${below}${up}${away}`);
});

test("that a release was cancelled stands above the tree, which goes away as ever", async () => {
  const abort = new AbortController();
  const screen = { columns: 40, rows: 24 };
  const context = memoryContext({ screen, env: { TERM: "xterm" }, signal: abort.signal });
  const events = async function* () {
    yield* told({ type: "waiting", objects: [web("waiting", "Available: 0/2")] }, 400);
    abort.abort();
  };
  await new ReleaseProgress(context).follow(events(), "r");
  const tree = "Waiting: 0 of 1 ready\u001b[K\n  … Deployment/web  Available: 0/2\u001b[K\n";
  const away = "\u001b[2A\r\u001b[K\u001b[B\u001b[J\u001b[A";
  assert.equal(context.stderr, `${tree}${away}Release r has been cancelled.\n${tree}${away}`);
});

test("a tree fits into a low window: what failed first, a reason each, and the rest is counted", () => {
  const many = Array.from({ length: 20 }, (_, i) => ({
    ...web("waiting", "Available: 0/1", ["why", "more"]),
    name: `m${i}`,
  }));
  const lines = waitTree([...many, { ...web("failed", "gone", ["for good"]), name: "bad" }], 8);
  assert.deepEqual(lines, [
    "Waiting: 0 of 21 ready",
    "  ✗ Deployment/bad  gone",
    "      └ for good",
    "  … Deployment/m0  Available: 0/1",
    "      └ why",
    "  … Deployment/m1  Available: 0/1",
    "      └ why",
    "  and 18 more",
  ]);
});

test("a window made narrower has wrapped the lines: as many are drawn over", () => {
  const screen = { columns: 40, rows: 24 };
  const context = memoryContext({ screen, env: { TERM: "xterm" } });
  const block = new LiveBlock(context);
  block.show(["x".repeat(30), "y"]);
  screen.columns = 16;
  block.show(["z"]);
  assert.equal(context.stderr.slice(-"\u001b[3A\rz\u001b[K\n\u001b[J".length), "\u001b[3A\rz\u001b[K\n\u001b[J");
});

test("elsewhere each object has a line when it changes, once a wait takes a while", async () => {
  const context = memoryContext({ isTTY: false });
  await new ReleaseProgress(context).follow(
    told({ type: "waiting", objects: [web("waiting", "Available: 0/2", ["why"])] }, 1600, {
      type: "waiting",
      objects: [web("ready", "Available: 2/2")],
    }),
  );
  assert.equal(context.stderr, "Deployment/web: Available: 0/2 (why)\nDeployment/web: ready\n");
});

test("where several releases are at work, each line says which one it is of", async () => {
  const context = memoryContext();
  const events = told({ type: "notice", text: "two\nlines" }, { type: "warning", text: "warning: $& once" });
  await new ReleaseProgress(context, { label: "web" }).follow(events);
  assert.equal(context.stderr, "web: two\nweb: lines\nweb: WARNING: $& once\n");
});
