import assert from "node:assert/strict";
import { test } from "node:test";
import { typeOfKind } from "../schema/index.ts";
import {
  canonicalQuantity,
  createTwoWayMergePatch,
  jsonMergePatch,
  jsonPatch,
  serverSideApply,
  shapeOf,
  strategicMerge,
  threeWayMerge,
  updateManagedFields,
} from "./index.ts";

const deployment = typeOfKind("apps/v1", "Deployment");
const pod = typeOfKind("v1", "Pod");

test("quantities take their canonical form", () => {
  const cases: [string, string][] = [
    ["1000m", "1"],
    ["0.1", "100m"],
    ["1024Mi", "1Gi"],
    ["1536Mi", "1536Mi"],
    ["1.5Gi", "1536Mi"],
    ["1e3", "1e3"],
    ["1000k", "1M"],
    ["0", "0"],
    ["512Ki", "512Ki"],
    ["1023", "1023"],
    ["-1Gi", "-1Gi"],
  ];
  for (const [given, wanted] of cases) assert.equal(canonicalQuantity(given), wanted, given);
  assert.throws(() => canonicalQuantity("abc"), /must match the regular expression/);
});

test("JSON patch adds, removes, moves and tests", () => {
  const document = { a: [1, 2], b: { c: 1 } };
  assert.deepEqual(jsonPatch(document, [{ op: "add", path: "/a/-", value: 3 }]), { a: [1, 2, 3], b: { c: 1 } });
  assert.deepEqual(jsonPatch(document, [{ op: "move", from: "/b/c", path: "/d" }]), { a: [1, 2], b: {}, d: 1 });
  assert.throws(() => jsonPatch(document, [{ op: "remove", path: "/x" }]));
  assert.throws(() => jsonPatch(document, [{ op: "test", path: "/b/c", value: 2 }]));
  assert.deepEqual(document, { a: [1, 2], b: { c: 1 } });
});

test("a merge patch removes with null", () => {
  assert.deepEqual(jsonMergePatch({ a: 1, b: { c: 1, d: 2 } }, { a: null, b: { d: 3 } }), { b: { c: 1, d: 3 } });
});

test("strategic merge knows merge keys and directives", () => {
  const live = {
    spec: {
      containers: [
        { name: "a", image: "1" },
        { name: "b", image: "1" },
      ],
    },
  };
  const merged = (patch: Record<string, unknown>) => strategicMerge(live, { spec: patch }, pod);
  assert.deepEqual(merged({ containers: [{ name: "b", image: "2" }] }), {
    spec: {
      containers: [
        { name: "a", image: "1" },
        { name: "b", image: "2" },
      ],
    },
  });
  assert.deepEqual(merged({ containers: [{ name: "a", $patch: "delete" }] }), {
    spec: { containers: [{ name: "b", image: "1" }] },
  });
  assert.deepEqual(
    merged({ "$setElementOrder/containers": [{ name: "b" }, { name: "a" }], containers: [{ name: "a", image: "9" }] }),
    {
      spec: {
        containers: [
          { name: "b", image: "1" },
          { name: "a", image: "9" },
        ],
      },
    },
  );
});

test("a three-way merge deletes what was applied before and is gone now", () => {
  const containers = (images: Record<string, string>) => ({
    spec: { template: { spec: { containers: Object.entries(images).map(([name, image]) => ({ name, image })) } } },
  });
  const patch = threeWayMerge(
    containers({ a: "1", b: "1" }),
    containers({ a: "2" }),
    containers({ a: "1", b: "1", c: "1" }),
    deployment,
  );
  assert.deepEqual(
    strategicMerge(containers({ a: "1", b: "1", c: "1" }), patch, deployment),
    containers({ a: "2", c: "1" }),
  );
  assert.deepEqual(createTwoWayMergePatch({ a: 1 }, { a: 1 }, deployment), {});
});

test("a three-way merge that adds after what it takes from: elements stand in the order that it says", () => {
  const pod = (...containers: unknown[]) => ({ spec: { template: { spec: { containers } } } });
  const main = (...names: string[]) => ({ name: "main", env: names.map((name) => ({ name, value: "1" })) });
  const side = { name: "side", image: "busybox" };
  const live = pod(main("A", "B", "D"));
  const patch = threeWayMerge(live, pod(main("A", "B"), side), live, deployment);
  const made = (patch as { spec: { template: { spec: Record<string, { name: string }[]> } } }).spec.template.spec;
  assert.deepEqual(
    made["containers"]?.map(({ name }) => name),
    ["main", "side"],
  );
  assert.deepEqual(strategicMerge(live, patch, deployment), pod(main("A", "B"), side));
});

test("server-side apply: owners, conflicts, force, removal", () => {
  const shape = shapeOf(deployment as never);
  const writer = (manager: string) => ({ manager, apiVersion: "apps/v1", time: "2024-01-01T00:00:00Z" });
  const config = (spec: Record<string, unknown>) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "x" },
    spec,
  });
  const first = serverSideApply(
    { metadata: {}, spec: {} },
    config({ replicas: 1, paused: true }),
    shape,
    writer("one"),
  );
  const live = { ...first.object, metadata: { name: "x", managedFields: first.managedFields } };
  const second = serverSideApply(live, config({ replicas: 2 }), shape, writer("two"));
  assert.deepEqual(
    second.conflicts.map((one) => one.path),
    [".spec.replicas"],
  );
  const forced = serverSideApply(live, config({ replicas: 2 }), shape, { ...writer("two"), force: true });
  assert.equal((forced.object?.["spec"] as { replicas: number } | undefined)?.replicas, 2);
  assert.deepEqual(
    forced.managedFields.map((entry) => entry.manager),
    ["one", "two"],
  );
  const less = serverSideApply(live, config({ replicas: 1 }), shape, writer("one"));
  assert.equal((less.object?.["spec"] as { paused?: boolean } | undefined)?.paused, undefined);
  const updated = updateManagedFields(live, { ...live, spec: { replicas: 5, paused: true } }, shape, writer("three"));
  assert.deepEqual(
    updated.map((entry) => [entry.manager, entry.operation, JSON.stringify(entry.fieldsV1)]),
    [
      ["one", "Apply", '{"f:spec":{"f:paused":{}}}'],
      ["three", "Update", '{"f:spec":{"f:replicas":{}}}'],
    ],
  );
});
