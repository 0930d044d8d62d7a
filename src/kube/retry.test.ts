import assert from "node:assert/strict";
import { test } from "node:test";
import { SlipwayError } from "../base/index.ts";
import { KubeClient } from "./client.ts";
import { answer, instantClock, pod, scripted } from "./testing/scripted.ts";
import type { ApiObject } from "./types.ts";
import { pods } from "./well-known.ts";

test("Retry-After may be a date, by the server's clock; etcd's change of leaders and a proxy's 502 pass", async () => {
  const status = (code: number, message: string) => ({ kind: "Status", message, reason: "InternalError", code });
  const clock = instantClock();
  const ahead = 3_600_000;
  const date = (ms: number) => new Date(clock.now() + ahead + ms).toUTCString();
  const made = { ...pod("p", "1"), metadata: { name: "p" } };
  const exists = { kind: "Status", message: "exists", reason: "AlreadyExists", code: 409 };
  const { transport, seen } = scripted([
    () => answer(429, status(429, "slow down"), { date: date(0), "retry-after": date(10_000) }),
    () => answer(500, status(500, "etcdserver: leader changed")),
    () => answer(502, "<html>bad gateway</html>"),
    // The one behind the proxy had done it.
    () => answer(409, exists),
    () => answer(200, pod("p", "1")),
  ]);
  const client = new KubeClient(transport, { clock });
  assert.equal((await client.create(pods, "a", made)).metadata.resourceVersion, "1");
  assert.equal(seen.length, 5);
  assert.ok(clock.waited > 8_000 && clock.waited < 12_000, `${clock.waited}`);
  // A proxy with nobody behind it is told at once, and so is an error of the server's own.
  for (const [code, body] of [
    [502, "<html>bad gateway</html>"],
    [500, status(500, "admission failed")],
  ] as const) {
    const once = scripted([() => answer(code, body)]);
    await assert.rejects(new KubeClient(once.transport, { clock: instantClock() }).version());
    assert.equal(once.seen.length, 1);
  }
});

test("waiting before another try is no skew of clocks, and ends with the signal", async () => {
  const clock = instantClock();
  const now = () => ({ date: new Date(clock.now()).toUTCString() });
  const busy = () =>
    answer(
      429,
      { kind: "Status", message: "later", reason: "TooManyRequests", code: 429 },
      { "retry-after": "20", ...now() },
    );
  const client = new KubeClient(scripted([busy, () => answer(200, pod("p", "1"), now())]).transport, { clock });
  await client.get({ resource: pods, namespace: "a", name: "p" });
  assert.equal(client.serverNow(), clock.now());
  const stop = new AbortController();
  const endless = new KubeClient(scripted([busy]).transport);
  const waiting = endless.get({ resource: pods, namespace: "a", name: "p" }, { signal: stop.signal });
  setImmediate(() => stop.abort(new Error("enough")));
  await assert.rejects(waiting, /enough/);
});

test("a watch outlives trouble inside the server, and a body that ends in the middle of a line", async () => {
  const list = (version: string, items: ApiObject[]) => answer(200, { metadata: { resourceVersion: version }, items });
  const line = (type: string, object: object) => `${JSON.stringify({ type, object })}\n`;
  const trouble = { kind: "Status", code: 500, reason: "InternalError", message: "etcdserver: no leader" };
  const stop = new AbortController();
  const clock = instantClock();
  const { transport, seen } = scripted([
    () => list("10", [pod("a", "9")]),
    () => answer(200, line("ADDED", pod("b", "11")) + line("ERROR", trouble)),
    () => list("20", [pod("a", "9"), pod("b", "11"), pod("c", "15")]),
    () => answer(200, line("MODIFIED", pod("a", "21")) + line("MODIFIED", pod("b", "22")).slice(0, 30)),
    () => answer(200, line("MODIFIED", pod("b", "22"))),
  ]);
  const told: string[] = [];
  for await (const event of new KubeClient(transport, { clock }).watch(pods, "a", { signal: stop.signal })) {
    told.push(event.type === "SYNC" ? "SYNC" : `${event.type} ${event.object.metadata.name}`);
    if (told.at(-1) === "MODIFIED b") stop.abort();
  }
  assert.deepEqual(told, ["ADDED a", "SYNC", "ADDED b", "ADDED c", "MODIFIED a", "MODIFIED b"]);
  assert.match(seen[4]?.path ?? "", /resourceVersion=21/);
});

test("a watch whose place is always gone does not list without end", async () => {
  const gone = { kind: "Status", code: 410, reason: "Expired", message: "too old" };
  const stop = new AbortController();
  const clock = instantClock();
  let lists = 0;
  const script = Array.from({ length: 20 }, (_, i) => () => {
    if (i % 2 === 1) return answer(200, `${JSON.stringify({ type: "ERROR", object: gone })}\n`);
    if (++lists === 10) stop.abort();
    return answer(200, { metadata: { resourceVersion: String(i) }, items: [] });
  });
  const told: string[] = [];
  for await (const event of new KubeClient(scripted(script).transport, { clock }).watch(pods, "a", {
    signal: stop.signal,
  }))
    told.push(event.type);
  assert.deepEqual([lists, told], [10, ["SYNC"]]);
  assert.ok(clock.waited > 20_000, `${clock.waited}`);
});

test("what this account may not see of discovery is done without; a lost connection is no missing group", async () => {
  const status = (code: number, reason: string) => answer(code, { kind: "Status", message: reason, reason, code });
  const versions = [{ groupVersion: "apps/v1", version: "v1" }];
  const groups = [
    { name: "apps", versions },
    { name: "metrics.k8s.io", versions: [{ groupVersion: "metrics.k8s.io/v1", version: "v1" }] },
  ];
  const apps = { resources: [{ name: "deployments", kind: "Deployment", namespaced: true, verbs: ["get"] }] };
  const clock = instantClock();
  const lacking = scripted([
    () => status(403, "Forbidden"),
    () => answer(200, { groups }),
    () => answer(200, apps),
    () => status(503, "ServiceUnavailable"),
    ...Array.from({ length: 40 }, () => () => status(503, "ServiceUnavailable")),
  ]);
  const discovery = await new KubeClient(lacking.transport, { clock, patience: 0 }).discovery();
  assert.deepEqual(
    discovery.resources.map(({ plural }) => plural),
    ["deployments"],
  );
  assert.deepEqual(discovery.failed, ["metrics.k8s.io/v1"]);
  const lost = (): never => {
    throw new SlipwayError("EOF", { code: "kube.connection-lost" });
  };
  const cut = scripted([() => answer(200, {}), () => answer(200, { groups }), lost, lost]);
  await assert.rejects(new KubeClient(cut.transport, { clock, patience: 0 }).discovery(), { message: "EOF" });
});
