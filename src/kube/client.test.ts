import assert from "node:assert/strict";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { test } from "node:test";
import { gzipSync } from "node:zlib";
import { SlipwayError } from "../base/index.ts";
import { KubeClient } from "./client.ts";
import { connect } from "./connect.ts";
import { statusOf } from "./errors.ts";
import { upgradeFieldManagerPatch } from "./managed-fields.ts";
import { answer, instantClock, pod, scripted } from "./testing/scripted.ts";
import { clientSidePatch, clientSidePatchAfter } from "./three-way.ts";
import type { ApiObject, ApiResponse } from "./types.ts";
import { configMaps, pods } from "./well-known.ts";

test("answers with Retry-After are tried again; others are client-go's errors", async () => {
  const clock = instantClock();
  const busy = () =>
    answer(429, { kind: "Status", message: "slow down", reason: "TooManyRequests", code: 429 }, { "retry-after": "2" });
  const { transport } = scripted([busy, busy, () => answer(200, pod("p", "1"))]);
  const client = new KubeClient(transport, { clock });
  assert.equal((await client.get({ resource: pods, namespace: "a", name: "p" })).metadata.name, "p");
  assert.equal(clock.waited, 4000);
  const plain = new KubeClient(
    scripted([() => answer(404, "404 page not found"), () => answer(500, "boom")]).transport,
    { clock },
  );
  await assert.rejects(plain.get({ resource: pods, namespace: "a", name: "p" }), {
    message: "the server could not find the requested resource (get pods p)",
  });
  await assert.rejects(plain.get({ resource: pods, namespace: "a", name: "p" }), {
    message: 'an error on the server ("boom") has prevented the request from succeeding (get pods p)',
  });
});

test("a server never heard of is told at once; one that answered before is waited for", async () => {
  const clock = instantClock();
  const away = (): never => {
    throw new SlipwayError("connection refused", { code: "kube.unreachable" });
  };
  const never = new KubeClient(scripted([away]).transport, { clock });
  await assert.rejects(never.version(), { message: "connection refused" });
  const { transport, seen } = scripted([
    () => answer(200, { gitVersion: "v1" }),
    away,
    away,
    away,
    () => answer(200, pod("p", "1")),
  ]);
  const client = new KubeClient(transport, { clock });
  await client.version();
  await client.get({ resource: pods, namespace: "a", name: "p" });
  assert.equal(seen.length, 5);
  // Away for longer than it is waited for: from then on told at once, until it answers again.
  const gone = scripted([() => answer(200, {}), ...Array.from({ length: 40 }, () => away)]);
  const patient = new KubeClient(gone.transport, { clock, patience: 1000 });
  await patient.version();
  await assert.rejects(patient.version(), { message: "connection refused" });
  const tried = gone.seen.length;
  assert.ok(tried > 3);
  await assert.rejects(patient.version(), { message: "connection refused" });
  assert.equal(gone.seen.length, tried + 1);
});

test("a create whose answer was lost is found out", async () => {
  const clock = instantClock();
  const lost = (): never => {
    throw new SlipwayError("EOF", { code: "kube.connection-lost" });
  };
  const exists = () => answer(409, { kind: "Status", message: "exists", reason: "AlreadyExists", code: 409 });
  const mine = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "c" }, data: { a: "1" } };
  const live = { ...mine, metadata: { name: "c", uid: "u", resourceVersion: "5" } };
  const first = new KubeClient(
    scripted([() => answer(200, { gitVersion: "v1" }), lost, exists, () => answer(200, live)]).transport,
    { clock },
  );
  await first.version();
  assert.equal((await first.create(configMaps, "a", mine)).metadata.uid, "u");
  const other = { ...live, data: { a: "2" } };
  const second = new KubeClient(
    scripted([() => answer(200, { gitVersion: "v1" }), lost, exists, () => answer(200, other)]).transport,
    { clock },
  );
  await second.version();
  await assert.rejects(second.create(configMaps, "a", mine), { message: "exists" });
});

test("a create whose name the server makes up is not sent again where it may have been done", async () => {
  const lost = (): never => {
    throw new SlipwayError("EOF", { code: "kube.connection-lost" });
  };
  const refused = (): never => {
    throw new SlipwayError("connection refused", { code: "kube.unreachable" });
  };
  const away = (code: number) => () => answer(code, "<html>bad gateway</html>", { "retry-after": "1" });
  const job = { apiVersion: "v1", kind: "Pod", metadata: { generateName: "hook-" } };
  const sent = async (first: () => ApiResponse, options = {}) => {
    const script = [() => answer(200, { gitVersion: "v1" }), first, () => answer(201, pod("hook-x", "1"))];
    const { transport, seen } = scripted(script);
    const client = new KubeClient(transport, { clock: instantClock() });
    await client.version();
    const name = await client.create(pods, "a", job, options).then(({ metadata }) => metadata.name, String);
    return [seen.length - 1, name === "hook-x"];
  };
  for (const doubtful of [lost, away(502), away(503), away(504)]) assert.deepEqual(await sent(doubtful), [1, false]);
  // Nothing was done by a try that did not arrive, was held back, or is only for show.
  assert.deepEqual(await sent(refused), [2, true]);
  assert.deepEqual(await sent(away(429)), [2, true]);
  assert.deepEqual(await sent(lost, { dryRun: true }), [2, true]);
});

test("lists are read page by page, and anew when a page expired", async () => {
  const page = (names: string[], token?: string) =>
    answer(200, {
      metadata: { resourceVersion: "9", ...(token ? { continue: token } : {}) },
      items: names.map((name) => ({ metadata: { name } })),
    });
  const gone = () => answer(410, { kind: "Status", message: "expired", reason: "Expired", code: 410 });
  const { transport, seen } = scripted([() => page(["a"], "t"), gone, () => page(["a", "b"], "u"), () => page(["c"])]);
  const items = await new KubeClient(transport, { clock: instantClock() }).list(pods, "x", { pageSize: 2 });
  assert.deepEqual(
    items.map((item) => [item.kind, item.apiVersion, item.metadata.name]),
    ["a", "b", "c"].map((name) => ["Pod", "v1", name]),
  );
  assert.match(seen[1]?.path ?? "", /limit=2&continue=t/);
});

test("a watch resumes where it broke, and lists anew when its place is gone", async () => {
  const list = (version: string, items: ApiObject[]) => answer(200, { metadata: { resourceVersion: version }, items });
  const stream = (...events: unknown[]) => answer(200, events.map((event) => `${JSON.stringify(event)}\n`).join(""));
  const broken = (...events: unknown[]): ApiResponse => ({
    status: 200,
    headers: {},
    body: (async function* () {
      yield new TextEncoder().encode(events.map((event) => `${JSON.stringify(event)}\n`).join(""));
      throw new SlipwayError("unexpected EOF", { code: "kube.connection-lost" });
    })(),
  });
  const stop = new AbortController();
  const { transport, seen } = scripted([
    () => list("10", [pod("a", "9")]),
    () => broken({ type: "ADDED", object: pod("b", "11") }, { type: "BOOKMARK", object: pod("", "15") }),
    () =>
      stream(
        { type: "MODIFIED", object: pod("b", "16") },
        { type: "ERROR", object: { kind: "Status", code: 410, reason: "Expired", message: "too old" } },
      ),
    () => list("30", [pod("a", "29"), pod("c", "28")]),
    () => stream({ type: "DELETED", object: pod("c", "31") }),
  ]);
  const told: string[] = [];
  for await (const event of new KubeClient(transport, { clock: instantClock() }).watch(pods, "a", {
    signal: stop.signal,
  })) {
    told.push(event.type === "SYNC" ? "SYNC" : `${event.type} ${event.object.metadata.name}`);
    if (told.at(-1) === "DELETED c") stop.abort();
  }
  assert.deepEqual(told, [
    "ADDED a",
    "SYNC",
    "ADDED b",
    "MODIFIED b",
    "MODIFIED a",
    "ADDED c",
    "DELETED b",
    "DELETED c",
  ]);
  assert.match(seen[2]?.path ?? "", /resourceVersion=15/);
});

test("over HTTP: gzip, headers of identity, and Go's words for a dead server", async () => {
  const requests: Record<string, string | string[] | undefined>[] = [];
  const server = createServer((request, response) => {
    requests.push(request.headers);
    response.setHeader("content-encoding", "gzip");
    response.setHeader("warning", '299 - "old API"');
    response.end(gzipSync(JSON.stringify({ gitVersion: "v1.36.3" })));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  const warnings: string[] = [];
  const connection = connect({
    cluster: { server: `http://127.0.0.1:${port}/base/` },
    user: { token: "t", as: "bob", "as-groups": ["x", "y"], "as-user-extra": { "a/b": ["c"] } },
    namespace: "n",
  });
  const client = new KubeClient(connection.transport, { onWarning: (text) => warnings.push(text) });
  assert.equal((await client.version()).gitVersion, "v1.36.3");
  await client.version();
  assert.deepEqual(warnings, ["old API"]);
  // As in client-go, nobody's token goes over a line that anybody can read.
  assert.equal(requests[0]?.authorization, undefined);
  assert.equal(requests[0]?.["impersonate-user"], "bob");
  assert.equal(requests[0]?.["impersonate-group"], "x, y");
  assert.equal(requests[0]?.["impersonate-extra-a%2fb"], "c");
  connection.close();
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(new KubeClient(connection.transport).version(), {
    message: `Get "http://127.0.0.1:${port}/base/version": dial tcp 127.0.0.1:${port}: connect: connection refused`,
  });
  connection.close();
});

test("an HTTP proxy is asked for a plain server's whole addresses", async () => {
  const asked: string[] = [];
  const proxy = createServer((request, response) => {
    asked.push(`${request.url} ${request.headers.host} ${request.headers["proxy-authorization"]}`);
    response.end('{"gitVersion":"v2"}');
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const { port } = proxy.address() as AddressInfo;
  const connection = connect({
    cluster: { server: "http://cluster.internal:8001", "proxy-url": `http://u:p@127.0.0.1:${port}` },
    user: {},
    namespace: "n",
  });
  assert.equal((await new KubeClient(connection.transport).version()).gitVersion, "v2");
  assert.deepEqual(asked, ["http://cluster.internal:8001/version cluster.internal:8001 Basic dTpw"]);
  connection.close();
  proxy.closeAllConnections();
  proxy.close();
});

test("what client-side apply owned is handed to server-side apply", () => {
  const entry = (operation: string, fields: Record<string, unknown>, more = {}) => ({
    manager: "helm",
    operation,
    apiVersion: "v1",
    fieldsType: "FieldsV1",
    fieldsV1: fields,
    ...more,
  });
  const object = (entries: ReturnType<typeof entry>[]): ApiObject => ({
    apiVersion: "v1",
    kind: "X",
    metadata: { name: "x", resourceVersion: "7", managedFields: entries },
  });
  assert.equal(upgradeFieldManagerPatch(object([entry("Apply", {})]), "helm"), undefined);
  const patch = upgradeFieldManagerPatch(
    object([entry("Update", { "f:a": {} }), entry("Update", { "f:s": {} }, { subresource: "status" })]),
    "helm",
  );
  assert.deepEqual(patch, [
    {
      op: "replace",
      path: "/metadata/managedFields",
      value: [entry("Apply", { "f:a": {} }), entry("Update", { "f:s": {} }, { subresource: "status" })],
    },
    { op: "replace", path: "/metadata/resourceVersion", value: "7" },
  ]);
  const both = upgradeFieldManagerPatch(
    object([entry("Update", { "f:a": { "f:b": {} } }), entry("Apply", { "f:a": { "f:c": {} } })]),
    "helm",
  ) as { value: unknown }[];
  assert.deepEqual(both[0]?.value, [entry("Apply", { "f:a": { "f:c": {}, "f:b": {} } })]);
});

test("client-side patches: strategic for built-in types, old against new for custom ones", () => {
  const service = (port: number) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: { ports: [{ name: "http", port }] },
  });
  const live = {
    ...service(80),
    spec: { clusterIP: "10.0.0.1", ports: [{ name: "http", port: 80, protocol: "TCP" }] },
  } as unknown as ApiObject;
  assert.equal(clientSidePatch(service(80), service(80), live), undefined);
  assert.equal(clientSidePatch(service(80), service(81), live)?.type, "strategic");
  const thing = (size: number) => ({
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "t" },
    spec: { size },
  });
  const drifted = thing(9) as unknown as ApiObject;
  assert.equal(clientSidePatch(thing(1), thing(1), drifted), undefined);
  assert.deepEqual(clientSidePatch(thing(1), thing(1), drifted, { threeWayForCustom: true }), {
    type: "merge",
    patch: { spec: { size: 1 } },
  });
});

test("client-side patches after attempts that did not end take away what those brought", () => {
  const service = (...ports: number[]) => ({
    apiVersion: "v1",
    kind: "Service",
    metadata: { name: "s" },
    spec: { ports: ports.map((port) => ({ port })) },
  });
  const live = service(81) as unknown as ApiObject;
  // Helm's own patch adds the wanted port to the one of the attempt.
  const helms = clientSidePatch(service(80), service(80), live)?.patch as { spec: { ports: unknown[] } };
  assert.deepEqual(helms.spec.ports, [{ port: 80 }]);
  const ours = clientSidePatchAfter([service(81)], service(80), service(80), live)?.patch as typeof helms;
  assert.deepEqual(ours.spec.ports, [{ port: 80 }, { $patch: "delete", port: 81 }]);
  assert.equal(clientSidePatchAfter([service(81)], service(80), service(81), live), undefined);
  const thing = (spec: Record<string, number>) => ({
    apiVersion: "example.com/v1",
    kind: "Thing",
    metadata: { name: "t" },
    spec,
  });
  assert.deepEqual(
    clientSidePatchAfter([thing({ a: 1, b: 2 })], thing({ a: 1 }), thing({ a: 1 }), thing({ a: 1, b: 2 }) as never),
    { type: "merge", patch: { spec: { b: null } } },
  );
});

test("an error keeps the server's Status", async () => {
  const body = {
    kind: "Status",
    message: "no",
    reason: "Conflict",
    code: 409,
    details: { causes: [{ reason: "FieldManagerConflict", field: ".a" }] },
  };
  const client = new KubeClient(scripted([() => answer(409, body)]).transport, { clock: instantClock() });
  await assert.rejects(client.version(), (error) => {
    assert.equal(statusOf(error)?.details?.causes?.[0]?.field, ".a");
    return true;
  });
});

test("one object without a name is no request for all of them", async () => {
  const client = new KubeClient(scripted([]).transport, { clock: instantClock() });
  const ref = { resource: configMaps, namespace: "a", name: "" };
  const refused = { message: "resource name may not be empty" };
  await assert.rejects(client.find(ref), refused);
  await assert.rejects(client.apply(ref, {}), refused);
  await assert.rejects(client.delete(ref), refused);
});
