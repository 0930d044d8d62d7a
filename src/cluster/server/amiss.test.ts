import assert from "node:assert/strict";
import { test } from "node:test";
import { testCluster } from "../test-cluster.ts";

/**
 * Requests that something is wrong with, in form or in type: each was answered with 500, or as if nothing were wrong, once.
 * What is asked stands in scripts/prove/cluster-api/amiss.ts, too, where a real API server answers it.
 */
const merge = "application/strategic-merge-patch+json";
const apply = "application/apply-patch+yaml";
const json = "application/json";
const pod = "/api/v1/namespaces/default/pods/a";
const token = "/api/v1/namespaces/default/serviceaccounts/default/token";
const map = "/api/v1/namespaces/default/configmaps/x?fieldManager=x";
const head = { apiVersion: "v1", kind: "ConfigMap" };

const cases: readonly [string, string, string, unknown, number, string][] = [
  // tokens
  ["POST", token, json, { spec: "x" }, 400, "TokenRequest.spec of type v1.TokenRequestSpec"],
  ["POST", token, json, { spec: { expirationSeconds: 1.5 } }, 400, "number 1.5 into Go struct field"],
  ["POST", token, json, { spec: { boundObjectRef: {} } }, 400, "cannot bind token to object of type /, Kind="],
  ["POST", token, json, { metadata: { name: "other" } }, 422, "must match the service account name if specified"],
  // bindings and evictions
  [
    "POST",
    `${pod}/binding`,
    json,
    { target: { name: 1 } },
    400,
    "number into Go struct field ObjectReference.target.name",
  ],
  [
    "POST",
    `${pod}/binding`,
    json,
    { apiVersion: "v1", kind: "Pod" },
    400,
    "(v1.Pod) to (core.Binding): unknown conversion",
  ],
  ["POST", `${pod}/binding`, json, {}, 400, "name in URL does not match name in Binding object"],
  ["POST", `${pod}/binding`, json, { metadata: { name: "a" }, target: {} }, 500, "target.name: Required value"],
  ["POST", `${pod}/eviction`, json, { metadata: 1 }, 400, "Eviction.metadata of type v1.ObjectMeta"],
  ["POST", `${pod}/eviction`, json, { deleteOptions: "x" }, 400, "Eviction.deleteOptions of type v1.DeleteOptions"],
  // options
  [
    "DELETE",
    pod,
    json,
    { gracePeriodSeconds: "x" },
    400,
    "json: cannot unmarshal string into Go struct field DeleteOptions.gracePeriodSeconds",
  ],
  ["DELETE", `${pod}?gracePeriodSeconds=x`, json, undefined, 400, 'strconv.ParseInt: parsing "x": invalid syntax'],
  ["DELETE", pod, json, [], 400, "couldn't get version/kind; json parse error"],
  ["DELETE", `${pod}?dryRun=x`, json, undefined, 422, "DeleteOptions.meta.k8s.io"],
  ["GET", `${pod}?resourceVersion=x`, json, undefined, 500, 'resourceVersion: Invalid value: "x"'],
  ["GET", `${pod}?resourceVersion=99999999`, json, undefined, 504, "Too large resource version"],
  // applied configurations
  [
    "PATCH",
    map,
    apply,
    { ...head, metadata: { name: { toString: 1 } } },
    500,
    'expected string, got &value.valueUnstructured{Value:map[string]interface {}{"toString":1}}',
  ],
  ["PATCH", map, apply, { ...head, metadata: { name: null } }, 400, "name must be provided"],
  [
    "PATCH",
    map,
    apply,
    { ...head, metadata: { name: "x" }, immutable: 1 },
    500,
    "immutable: expected boolean, got &{1}",
  ],
  [
    "PATCH",
    map,
    apply,
    { ...head, metadata: { name: "x", generation: "a" } },
    500,
    "expected numeric (int or float), got string",
  ],
  ["PATCH", map, apply, { ...head, a: 1 }, 500, "(/; /v1, Kind=ConfigMap): .a: field not declared in schema"],
  // strategic merge patches
  ["PATCH", pod, merge, { spec: { containers: [[]] } }, 500, "list element types are not identical: [[map["],
  [
    "PATCH",
    pod,
    merge,
    { spec: { containers: [{ name: "c", env: [{ value: "b" }] }] } },
    500,
    "map: map[value:b] does not contain declared merge key: name",
  ],
  ["PATCH", pod, merge, { spec: { containers: "a" } }, 422, "cannot restore slice from string"],
  ["PATCH", pod, merge, { spec: { tolerations: ["a"] } }, 422, "cannot restore struct from: string"],
  [
    "PATCH",
    pod,
    merge,
    { spec: { containers: [{ $patch: "odd", name: "c" }] } },
    500,
    "unknown patch type: odd in map: map[$patch:odd name:c]",
  ],
  ["PATCH", pod, merge, { spec: { $retainKeys: "a" } }, 400, "invalid patch format of retainKeys"],
  [
    "PATCH",
    pod,
    merge,
    { spec: { "$setElementOrder/containers": "x" } },
    500,
    "expected a []interface {}, but received a string",
  ],
  [
    "PATCH",
    pod,
    merge,
    { spec: { "$setElementOrder/containers": [{ name: "z" }], containers: [{ name: "c" }] } },
    500,
    "doesn't match $setElementOrder list",
  ],
  // kinds that belong elsewhere
  [
    "POST",
    "/apis/apps/v1/namespaces/default/deployments",
    json,
    { apiVersion: "v1", kind: "Pod" },
    400,
    "(v1.Pod) to (apps.Deployment): unknown conversion",
  ],
  [
    "POST",
    "/apis/apps/v1/namespaces/default/deployments",
    json,
    { apiVersion: "extensions/v1beta1", kind: "Deployment" },
    400,
    "does not match the expected API version (apps/v1)",
  ],
];

test("what is sent amiss is refused in upstream's words", async (t) => {
  const cluster = await testCluster(t, { controllers: false });
  const namespace = "/api/v1/namespaces/default";
  await cluster.ask("POST", `${namespace}/serviceaccounts`, { metadata: { name: "default" } });
  const spec = { containers: [{ name: "c", image: "c:1", env: [{ name: "A", value: "b" }] }] };
  await cluster.ask("POST", `${namespace}/pods`, { metadata: { name: "a" }, spec });
  for (const [method, path, type, body, status, words] of cases) {
    const answer = await cluster.ask(method, path, body, type);
    const message = String((answer.body as { message?: string }).message);
    const asked = `${method} ${path} ${JSON.stringify(body)}`;
    assert.equal(answer.status, status, `${asked}: ${message}`);
    assert.ok(message.includes(words), `${asked}: ${message}`);
  }
});
