import assert from "node:assert/strict";
import { test } from "node:test";
import { randomBelow, seededRandom } from "../base/index.ts";
import { startCluster } from "./index.ts";
import type { ApiResponse, Cluster } from "./index.ts";

/** Requests in process, as the admin, for tests. */
async function ask(
  cluster: Cluster,
  method: string,
  path: string,
  body?: unknown,
  headers: Record<string, string> = {},
) {
  const response: ApiResponse = await cluster.handle({
    method,
    path,
    headers: { authorization: `Bearer ${cluster.token}`, "content-type": "application/json", ...headers },
    ...(body === undefined
      ? {}
      : { body: body instanceof Uint8Array ? body : new TextEncoder().encode(JSON.stringify(body)) }),
  });
  const parts: Uint8Array[] = [];
  for await (const part of response.body) parts.push(part);
  const text = Buffer.concat(parts).toString();
  let json: Record<string, any> = {}; // eslint-disable-line typescript/no-explicit-any
  try {
    json = JSON.parse(text);
  } catch {}
  return { status: response.status, json, text };
}

const merge = { "content-type": "application/merge-patch+json" };

async function until(is: () => Promise<boolean>): Promise<void> {
  for (let i = 0; i < 500 && !(await is()); i++) await new Promise((resolve) => setTimeout(resolve, 5));
  assert.ok(await is());
}

const start = () => startCluster({ listen: false, controllers: false });

test("a wrong token is refused, an anonymous caller may only look at health and version", async () => {
  const cluster = await start();
  const as = async (authorization: string | undefined, path: string) =>
    (await cluster.handle({ method: "GET", path, headers: authorization === undefined ? {} : { authorization } }))
      .status;
  assert.equal(await as("Bearer nonsense", "/api"), 401);
  assert.equal(await as(undefined, "/version"), 200);
  assert.equal(await as(undefined, "/api/v1/secrets"), 403);
  assert.equal(await as(`Bearer ${cluster.token}`, "/api/v1/secrets"), 200);
  await cluster.stop();
});

test("custom resources are served at once, pruned, defaulted, validated, and go with their definition", async () => {
  const cluster = await start();
  const schema = {
    type: "object",
    properties: {
      spec: {
        type: "object",
        required: ["size"],
        properties: { size: { type: "integer", minimum: 1 }, color: { type: "string", default: "red" } },
      },
    },
  };
  const definition = {
    metadata: { name: "widgets.example.com" },
    spec: {
      group: "example.com",
      scope: "Namespaced",
      names: { plural: "widgets", kind: "Widget" },
      versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: schema } }],
    },
  };
  const made = await ask(cluster, "POST", "/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition);
  assert.equal(made.status, 201, made.text);
  const path = "/apis/example.com/v1/namespaces/default/widgets";
  const widget = {
    apiVersion: "example.com/v1",
    kind: "Widget",
    metadata: { name: "w" },
    spec: { size: 2, unknown: 1 },
  };
  const created = await ask(cluster, "POST", path, widget);
  assert.equal(created.status, 201, created.text);
  assert.deepEqual(created.json["spec"], { size: 2, color: "red" });
  const refused = await ask(cluster, "POST", path, { ...widget, metadata: { name: "x" }, spec: { size: 0 } });
  assert.equal(refused.status, 422);
  assert.match(refused.json["message"], /spec.size in body should be greater than or equal to 1/);
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const gone = await ask(cluster, "DELETE", `${definitions}/widgets.example.com`);
  assert.equal(gone.json["status"].conditions.at(-1).reason, "InstanceDeletionPending");
  await until(async () => (await ask(cluster, "GET", `${definitions}/widgets.example.com`)).status === 404);
  assert.equal((await ask(cluster, "GET", `${path}/w`)).status, 404);
  await cluster.stop();
});

test("a definition whose names are taken waits for them, and one with objects that are held waits for these", async () => {
  const cluster = await start();
  const definitions = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  const define = (plural: string, kind: string) =>
    ask(cluster, "POST", definitions, {
      metadata: { name: `${plural}.example.com` },
      spec: {
        group: "example.com",
        scope: "Namespaced",
        names: { plural, kind },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      },
    });
  const conditions = async (plural: string): Promise<string[]> => {
    const { json } = await ask(cluster, "GET", `${definitions}/${plural}.example.com`);
    return (json["status"]?.conditions ?? []).map((one: Record<string, string>) => `${one["type"]} ${one["reason"]}`);
  };
  const place = "/apis/example.com/v1/namespaces/default";
  await define("widgets", "Widget");
  await define("others", "Widget");
  assert.deepEqual(await conditions("others"), ["NamesAccepted ListKindConflict", "Established NotAccepted"]);
  assert.equal((await ask(cluster, "GET", `${place}/others`)).status, 404);
  const widget = (name: string, more = {}) =>
    ask(cluster, "POST", `${place}/widgets`, {
      apiVersion: "example.com/v1",
      kind: "Widget",
      metadata: { name, ...more },
    });
  await widget("plain");
  await widget("held", { finalizers: ["example.com/hold"] });
  await ask(cluster, "DELETE", `${definitions}/widgets.example.com`);
  await until(async () => (await conditions("widgets")).includes("Terminating InstanceDeletionInProgress"));
  assert.equal((await ask(cluster, "GET", `${place}/widgets/plain`)).status, 404);
  assert.match((await widget("late")).text, /create not allowed while custom resource definition is terminating/);
  assert.match((await define("widgets", "Widget")).text, /object is being deleted: .* already exists/);
  await ask(cluster, "PATCH", `${place}/widgets/held`, { metadata: { finalizers: null } }, merge);
  await until(async () => (await conditions("widgets")).length === 0);
  await until(async () => (await conditions("others")).includes("Established InitialNamesAccepted"));
  assert.equal((await ask(cluster, "GET", `${place}/others`)).status, 200);
  await cluster.stop();
});

test("metrics count requests and objects; what is not there gets no series of its own", async () => {
  const cluster = await start();
  await ask(cluster, "POST", "/api/v1/namespaces/default/configmaps", { metadata: { name: "a" } });
  await ask(cluster, "GET", "/api/v1/namespaces/default/configmaps/none");
  for (const path of ["/api/v1/namespaces/default/strange", "/apis/a/b/c", "/x"]) await ask(cluster, "GET", path);
  const { status, text } = await ask(cluster, "GET", "/metrics");
  assert.equal(status, 200);
  const of = (code: number, verb: string) =>
    `apiserver_request_total{code="${code}",component="apiserver",dry_run="",group="",resource="configmaps",scope="resource",subresource="",verb="${verb}",version="v1"} 1`;
  for (const line of [of(201, "POST"), of(404, "GET"), "# TYPE apiserver_request_total counter"])
    assert.ok(text.includes(`${line}\n`), text);
  assert.match(text, /^apiserver_resource_objects\{group="",resource="configmaps"\} \d+$/m);
  assert.doesNotMatch(text, /strange/);
  await cluster.stop();
});

test("service accounts act by their roles and cannot give more than they have", async () => {
  const cluster = await start();
  const core = "/api/v1/namespaces/default";
  await ask(cluster, "POST", `${core}/serviceaccounts`, { metadata: { name: "robot" } });
  const token = (await ask(cluster, "POST", `${core}/serviceaccounts/robot/token`, { spec: {} })).json["status"]
    .token as string;
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
  const robot = { authorization: `Bearer ${token}` };
  assert.equal((await ask(cluster, "GET", `${core}/configmaps`, undefined, robot)).status, 403);
  const rules = [
    { apiGroups: [""], resources: ["configmaps"], verbs: ["get", "list"] },
    { apiGroups: ["rbac.authorization.k8s.io"], resources: ["roles"], verbs: ["create"] },
  ];
  await ask(cluster, "POST", `${rbac}/roles`, { metadata: { name: "reader" }, rules });
  await ask(cluster, "POST", `${rbac}/rolebindings`, {
    metadata: { name: "reader" },
    roleRef: { kind: "Role", name: "reader" },
    subjects: [{ kind: "ServiceAccount", name: "robot", namespace: "default" }],
  });
  assert.equal((await ask(cluster, "GET", `${core}/configmaps`, undefined, robot)).status, 200);
  const more = { metadata: { name: "more" }, rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get"] }] };
  const escalation = await ask(cluster, "POST", `${rbac}/roles`, more, robot);
  assert.equal(escalation.status, 403);
  assert.match(escalation.json["message"], /attempting to grant RBAC permissions not currently held/);
  await cluster.stop();
});

test("a Service that becomes inward again loses what only an outward one has", async () => {
  const cluster = await start();
  const path = "/api/v1/namespaces/default/services/a?fieldManager=helm";
  const apply = (type: string) => {
    const spec = { type, selector: { a: "b" }, ports: [{ port: 80, protocol: "TCP" }] };
    const body = { apiVersion: "v1", kind: "Service", metadata: { name: "a", namespace: "default" }, spec };
    return ask(cluster, "PATCH", path, body, { "content-type": "application/apply-patch+yaml" });
  };
  const outward = await apply("NodePort");
  assert.ok(outward.json.spec.ports[0].nodePort >= 30000);
  const inward = await apply("ClusterIP");
  assert.equal(inward.status, 200, inward.text);
  assert.equal(inward.json.spec.ports[0].nodePort, undefined);
  assert.equal(inward.json.spec.externalTrafficPolicy, undefined);
  assert.equal(inward.json.spec.clusterIP, outward.json.spec.clusterIP);
  await cluster.stop();
});

test("no request, however malformed, ends the server", async () => {
  const seed = 7;
  const random = seededRandom(seed);
  const cluster = await start();
  const pick = <T>(list: readonly T[]): T => list[randomBelow(random, list.length)] as T;
  const paths = [
    "/api/v1/namespaces/default/pods",
    "/apis/apps/v1/namespaces/default/deployments/x",
    "/api/v1/namespaces/default/services/x/proxy",
    "//",
    "/apis/%ff/v1/x",
    "/api/v1/nodes?limit=-1&continue=zz",
    "/openapi/v3/zz",
    "/api/v1/namespaces/a/finalize",
    "/api/v1/namespaces/default/pods/x/binding",
    "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
  ];
  const types = [
    "application/json",
    "application/yaml",
    "application/vnd.kubernetes.protobuf",
    "application/json-patch+json",
    "application/apply-patch+yaml",
    "",
  ];
  const bodies = [
    "{",
    "[]",
    "null",
    '{"kind":3}',
    '{"metadata":{"name":{}}}',
    '{"metadata":[],"spec":{"containers":{}}}',
    "k8s\0\x0a\xff",
    '{"__proto__":{"a":1},"metadata":{"name":"__proto__"}}',
    '{"metadata":{"name":"x"},"spec":{"versions":[null],"names":3}}',
    '{"spec":{"template":null,"selector":[]}}',
    "a: &a [*a]",
  ];
  for (let i = 0; i < 2000; i++) {
    const body = new TextEncoder().encode(pick(bodies));
    if (randomBelow(random, 4) === 0) body.set(random.bytes(Math.min(3, body.length)));
    const { status } = await ask(
      cluster,
      pick(["GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "WHAT"]),
      pick(paths),
      body,
      { "content-type": pick(types) },
    );
    assert.ok(status >= 200 && status < 600, `seed ${seed}, request ${i}`);
  }
  assert.equal((await ask(cluster, "GET", "/readyz")).status, 200);
  await cluster.stop();
});
