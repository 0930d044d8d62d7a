/** Records too large for one object: what stock Helm finds of them, and that nothing is lost, whatever happens between two requests. */
import assert from "node:assert/strict";
import { test } from "node:test";
import type { SlipwayError } from "../base/index.ts";
import { KubeClient, type ApiObject, type ApiRequest, type Transport } from "../kube/index.ts";
import { decodeRelease } from "./codec.ts";
import { objectStore } from "./object-store.ts";
import type { Release } from "./record.ts";

/** As much of an API server as a store needs: objects by path, lists by labels, what a deleted object owned goes with it. */
function server(): { transport: Transport; objects: Map<string, ApiObject> } {
  const objects = new Map<string, ApiObject>();
  let uids = 0;
  const answer = (status: number, body: unknown) => ({
    status,
    headers: { "content-type": "application/json" },
    body: (async function* () {
      yield new TextEncoder().encode(JSON.stringify(body));
    })(),
  });
  const failure = (code: number, reason: string) =>
    answer(code, { kind: "Status", status: "Failure", code, reason, message: reason });
  const transport = async ({ method, path, body }: ApiRequest) => {
    const url = new URL(path, "http://server");
    const sent = body === undefined ? undefined : (JSON.parse(new TextDecoder().decode(body)) as ApiObject);
    if (method === "GET" && url.searchParams.has("limit")) {
      const wanted = (url.searchParams.get("labelSelector") ?? "").split(",").map((term) => term.split("="));
      const items = [...objects.values()].filter(({ metadata }) =>
        wanted.every(([key, value]) => metadata.labels?.[key ?? ""] === value),
      );
      return answer(200, { metadata: {}, items });
    }
    const key = method === "POST" ? `${url.pathname}/${sent?.metadata.name}` : url.pathname;
    const there = objects.get(key);
    if (method === "POST" ? there !== undefined : there === undefined)
      return method === "POST" ? failure(409, "AlreadyExists") : failure(404, "NotFound");
    if (method === "DELETE") {
      objects.delete(key);
      for (const [other, { metadata }] of objects)
        if (metadata.ownerReferences?.some(({ uid }) => uid === there?.metadata.uid)) objects.delete(other);
    } else if (sent !== undefined) {
      sent.metadata.uid = there?.metadata.uid ?? `uid${String(++uids).padStart(8, "0")}`;
      objects.set(key, sent);
    }
    return answer(200, objects.get(key) ?? there);
  };
  return { transport, objects };
}

/** Text that gzip cannot make much smaller. */
function noise(length: number, seed = 1): string {
  let text = "";
  for (let at = seed * 7919; text.length < length; at++) text += ((at * 2654435761) >>> 0).toString(36);
  return text.slice(0, length);
}

const room = 8000;
const chart = {
  metadata: { name: "app", version: "1.0.0" },
  lock: null,
  templates: [{ name: "templates/a.yaml", data: "YQ==" }],
  values: { a: 1 },
  schema: null,
  schemamodtime: "0001-01-01T00:00:00Z",
  files: null,
};
const small: Release = {
  name: "r",
  namespace: "default",
  version: 1,
  status: "pending-install",
  description: "Initial install underway",
  rollbackRevision: 0,
  notes: "notes",
  chart,
  config: { b: 2 },
  manifest: "---\nkind: ConfigMap\n",
  hooks: [],
  labels: {},
  applyMethod: "ssa",
};
const files: Release = { ...small, chart: { ...chart, files: [{ name: "big", data: noise(60_000) }] } };
const manifest: Release = { ...small, manifest: `# ${noise(30_000)}\n` };
const values: Release = { ...small, config: { b: noise(30_000) } };

for (const kind of ["Secret", "ConfigMap"] as const) {
  test(`a ${kind} too small for a record: parts beside it, and in it what stock Helm can read`, async () => {
    for (const release of [files, manifest, values]) {
      const { transport, objects } = server();
      const owned = (owner: string) =>
        [...objects.values()].filter(({ metadata }) => metadata.labels?.["owner"] === owner);
      const client = new KubeClient(transport);
      const store = objectStore(kind, client, "default", room);
      // Stock Helm writes what it has read, and knows nothing of parts.
      const helm = objectStore(kind, client, "default");
      await store.create(release);
      assert.deepEqual(await store.get("r", 1), release);
      assert.deepEqual((await store.query("name=r"))[0]?.manifest, release.manifest);
      assert.ok(owned("slipway").length > 1);
      const data = (owned("helm")[0]?.data as Record<string, string> | undefined)?.["release"] ?? "";
      const text = kind === "Secret" ? Buffer.from(data, "base64").toString("latin1") : data;
      assert.ok(text.length <= room);
      const seen = await decodeRelease(text, {});
      if (release === files) assert.equal(seen.manifest, release.manifest);
      else assert.match(seen.manifest, /too large for one Secret.*\n.*\n.*\nkind: ReleaseTooLargeForHelm\n/);
      if (release !== values) assert.deepEqual(seen.config, release.config);
      seen.status = "superseded";
      await helm.update(seen);
      assert.deepEqual(await store.get("r", 1), { ...release, status: "superseded" });
      // A rollback of Helm's: the chart it has read stands in another revision.
      await helm.create({ ...seen, version: 2 });
      assert.deepEqual(await store.get("r", 2), { ...release, status: "superseded", version: 2 });
      // Something else that is large: the parts of before go.
      await store.update({ ...release, notes: noise(30_000, 2) });
      assert.equal((await store.get("r", 1)).notes, noise(30_000, 2));
      assert.equal(new Set(owned("slipway").map(({ metadata }) => metadata.labels?.["slipway.dev/parts"])).size, 1);
      // What Helm copied is what Helm knows once the parts are gone.
      await store.delete("r", 1);
      assert.deepEqual(owned("slipway"), []);
      const left = await store.get("r", 2);
      assert.deepEqual(left.chart?.files, null);
      assert.equal(left.manifest, release === files ? files.manifest : "");
    }
  });
}

test("a record in parts is whole after any request; a new one that was cut off has nothing applied", async () => {
  const after: Release = { ...manifest, status: "deployed", manifest: `# ${noise(30_000, 3)}\n` };
  for (const [wanted, before] of [
    [manifest, undefined],
    [after, manifest],
  ] as const) {
    for (let most = 0, done = false; !done; most++) {
      const { transport } = server();
      const whole = objectStore("Secret", new KubeClient(transport), "default", room);
      if (before !== undefined) await whole.create(before);
      let sent = 0;
      const cut = new KubeClient(async (request) => {
        if (sent++ >= most) throw new Error("cut");
        return await transport(request);
      });
      const store = objectStore("Secret", cut, "default", room);
      await (before === undefined ? store.create(wanted) : store.update(wanted)).catch(() => {});
      done = sent <= most;
      const found = (await whole.get("r", 1).catch(() => undefined))?.manifest;
      const allowed = before === undefined ? [undefined, "", wanted.manifest] : [before.manifest, wanted.manifest];
      assert.ok(allowed.includes(found), `after ${most} requests`);
      if (done) assert.equal(found, wanted.manifest);
      assert.ok(most < 40);
    }
  }
});

test("parts that somebody deleted are told of, not passed over", async () => {
  const { transport, objects } = server();
  const store = objectStore("Secret", new KubeClient(transport), "default", room);
  await store.create({ ...manifest, status: "deployed" });
  const second = [...objects].find(([, { metadata }]) => metadata.annotations?.["slipway.dev/part"] === "2");
  objects.delete(second?.[0] ?? "");
  await assert.rejects(store.get("r", 1), (error: SlipwayError) => {
    assert.match(error.message, /part 2 of \d+ of release record sh\.helm\.release\.v1\.r\.v1 is missing/);
    assert.match(error.facts.fix ?? "", /^Secret sh\.helm\.release\.v1\.r\.v1 in namespace default is damaged/);
    return true;
  });
});
