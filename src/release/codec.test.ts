import assert from "node:assert/strict";
import { test } from "node:test";
import { int64 } from "../base/index.ts";
import {
  decodeRelease,
  decodeSummary,
  encodeRelease,
  releaseFromJson,
  releaseJson,
  summaryOf,
  type RawRelease,
} from "./codec.ts";
import { goJson } from "./go-json.ts";
import { goTimestamp } from "./go-time.ts";
import type { Release } from "./record.ts";
import { matchesSelector } from "./read.ts";

const helm4 = `{"name":"web","info":{"first_deployed":"2026-11-21T11:21:43.276182867Z","last_deployed":"2026-11-21T11:21:43.276182867Z","description":"Install complete","status":"deployed","notes":"a \\u003c b \\u0026 c"},"chart":{"metadata":{"name":"demo","version":"0.1.0","apiVersion":"v2"},"lock":null,"templates":[{"name":"templates/a.yaml","data":"YQ==","modtime":"2026-11-21T11:21:43.21Z"}],"values":{"a":1,"b":{"c":1.5}},"schema":null,"schemamodtime":"0001-01-01T00:00:00Z","files":[],"modtime":"2026-11-21T11:21:43.2Z"},"config":{"replicas":2},"manifest":"---\\n","hooks":[{"name":"t","kind":"Pod","path":"demo/templates/t.yaml","manifest":"x","events":["test"],"last_run":{"phase":""},"weight":-3,"delete_policies":["before-hook-creation"]}],"version":1,"namespace":"default","apply_method":"ssa"}`;
const helm3 = `{"name":"web","info":{"first_deployed":"2026-11-21T11:21:43Z","last_deployed":"2026-11-21T11:21:43Z","deleted":"","description":"Install complete","status":"deployed"},"chart":{"metadata":{"name":"demo","version":"0.1.0"},"lock":null,"templates":[],"values":{},"schema":null,"files":null},"manifest":"","hooks":[{"name":"t","last_run":{"started_at":"","completed_at":"","phase":""}}],"version":3,"namespace":"default"}`;

test("Helm 4's record comes back byte for byte", () => {
  const release = releaseFromJson(JSON.parse(helm4) as RawRelease, {});
  assert.equal(goJson(releaseJson(release)), helm4);
});

test("Helm 3's record is read: empty times are none, no apply method is client-side", () => {
  const release = releaseFromJson(JSON.parse(helm3) as RawRelease, {});
  assert.equal(release.deleted, undefined);
  assert.deepEqual(release.hooks[0]?.lastRun, { phase: "" });
  assert.equal(release.applyMethod, "");
  assert.equal("deleted" in (releaseJson(release).info as object), false);
  // Written again it is as Helm 4 writes it.
  assert.match(goJson(releaseJson(release)), /"schema":null,"schemamodtime":"0001-01-01T00:00:00Z","files":null/);
});

test("records are packed as Helm packs them, and plain ones are read too", async () => {
  const release = releaseFromJson(JSON.parse(helm4) as RawRelease, {});
  const encoded = await encodeRelease(release);
  assert.equal(Buffer.from(encoded, "base64").subarray(0, 10).toString("hex"), "1f8b08000000000002ff");
  assert.deepEqual(await decodeRelease(encoded, { a: "b" }), { ...release, labels: { a: "b" } });
  assert.equal((await decodeRelease(Buffer.from(helm3).toString("base64"), {})).version, 3);
  await assert.rejects(decodeRelease("bm90IGpzb24=", {}));
});

test("a summary is read from the beginning of a record, whatever stands in it, as from the whole", async () => {
  const base = releaseFromJson(JSON.parse(helm4) as RawRelease, {});
  let noise = "";
  for (let i = 0; noise.length < 100_000; i++) noise += ((i * 2654435761) >>> 0).toString(36);
  const metadata = { ...base.chart?.metadata, annotations: { a: "b", lock: '"}},"lock":null', z: "é" } };
  const chart = base.chart === null ? null : { ...base.chart, metadata, files: [{ name: "big", data: noise }] };
  const object = { namespace: "default", version: 1, labels: { team: "ml" } };
  const revisions: Release[] = [
    base,
    { ...base, chart },
    // Notes that reach beyond the first look, and records without a chart.
    { ...base, chart, notes: noise.slice(0, 50_000) },
    { ...base, chart: null, manifest: noise },
  ];
  for (const release of revisions) {
    const encoded = await encodeRelease(release);
    let most = 0;
    const start = (length: number) => {
      most = length;
      return encoded.slice(0, length);
    };
    assert.deepEqual(await decodeSummary(start, object), summaryOf({ ...release, labels: object.labels }));
    if (release === revisions[1]) assert.equal(most, 4096);
  }
  const plain = Buffer.from(helm3).toString("base64");
  assert.equal((await decodeSummary((length) => plain.slice(0, length), { ...object, version: 3 })).version, 3);
  await assert.rejects(decodeSummary(() => "bm90IGpzb24=", object));
});

test("numbers of values keep their digits, and maps are sorted as Go sorts them", () => {
  const release: Release = {
    ...releaseFromJson(JSON.parse(helm3) as RawRelease, {}),
    config: { b: int64(2n ** 60n), a: 1e21, é: 1, z: [int64(3)], "10": -0, "2": { "9": 1e-7, "-1": null } },
    // Bytes that are no UTF-8, and what Go escapes.
    notes: "\udcff<\u2028",
  };
  const json = goJson(releaseJson(release));
  assert.ok(
    json.includes('"config":{"10":-0,"2":{"-1":null,"9":1e-7},"a":1e+21,"b":1152921504606846976,"z":[3],"é":1}'),
    json,
  );
  assert.ok(json.includes(String.raw`"notes":"\ufffd\u003c\u2028"`), json);
});

test("times are written as Go writes them", () => {
  assert.match(goTimestamp(Date.UTC(2026, 0, 2, 3, 4, 5, 60)), /^2026-01-0\dT\d\d:04:05\.06(Z|[+-]\d\d:\d\d)$/);
});

test("label selectors", () => {
  const labels = { a: "1", b: "2" };
  for (const [selector, wanted] of [
    ["a=1", true],
    ["a==1,b=2", true],
    ["a!=1", false],
    ["c!=1", true],
    ["a in (1, 3)", true],
    ["a notin (1),b=2", false],
    ["!c,a", true],
    ["c", false],
    ["a>0,b<3", true],
    ["a>1", false],
    ["c<1", false],
    ["a in(1)", true],
    ["", true],
  ] as const) {
    assert.equal(matchesSelector(labels, selector), wanted, selector);
  }
  for (const selector of ["a = = b", "a=(", "a,,b", "a,", "a in b", "a in (b", "!a=b", "a>x", "!", "a b"])
    assert.throws(() => matchesSelector(labels, selector), /unable to parse requirement/, selector);
});
