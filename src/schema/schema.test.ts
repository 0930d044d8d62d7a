import assert from "node:assert/strict";
import { test } from "node:test";
import { allTypes, builtinResources, fieldAt, resourceOfKind, typeOfKind } from "./index.ts";

test("every packed type can be read", () => {
  let fields = 0;
  for (const type of allTypes()) fields += type.fields.length;
  assert.ok(fields > 2000, String(fields));
});

test("facts of well-known fields", () => {
  const pod = typeOfKind("v1", "Pod");
  assert.ok(pod);
  const containers = fieldAt(pod, ["spec", "containers"]);
  assert.equal(containers?.listType, "map");
  assert.deepEqual(containers?.mapKeys, ["name"]);
  assert.equal(containers?.mergeKey, "name");
  assert.deepEqual(fieldAt(pod, ["spec", "volumes"])?.patchStrategy, ["merge", "retainKeys"]);
  assert.equal(fieldAt(pod, ["spec", "containers", 0, "ports", 0, "protocol"])?.default, "TCP");
  assert.equal(fieldAt(pod, ["spec", "nodeSelector"])?.atomic, true);
  assert.equal(fieldAt(pod, ["spec", "nothing"]), undefined);
  assert.equal(fieldAt(pod, ["spec", "containers", 0, "resources", "limits"])?.type.goType, "v1.ResourceList");
  assert.equal(fieldAt(pod, ["spec", "restartPolicy"])?.type.goType, "v1.RestartPolicy");
});

test("resources carry scope, short names, subresources and columns", () => {
  const deployment = resourceOfKind("apps/v1", "Deployment");
  assert.equal(deployment?.plural, "deployments");
  assert.deepEqual(deployment?.shortNames, ["deploy"]);
  assert.deepEqual(
    deployment?.subresources.map((s) => s.name),
    ["scale", "status"],
  );
  assert.equal(deployment?.columns[1]?.name, "Ready");
  assert.equal(resourceOfKind("v1", "Node")?.namespaced, false);
  assert.ok(builtinResources().length >= 65);
});
