/**
 * Sends malformed and random requests to an embedded cluster in a process of its own: it must not end, must go on
 * answering, and must blame the client: whatever answers 500 and above counts as a failure, but for what upstream
 * answers so, too.
 *
 *     npm run prove:malformed -- [--n 100000] [--seed 7] [--show 20]
 *
 * Nine of ten are HTTP requests of random methods, paths, queries, headers and bodies (valid objects with something
 * changed, torn JSON, deep nests, strange bytes, patches); the tenth is bytes on the TLS connection itself.
 */
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { connect } from "node:tls";
import { parseArgs } from "node:util";
import { Chance } from "./chance.ts";

// eslint-disable-next-line typescript/no-explicit-any
type Json = any;

const { values: flags } = parseArgs({
  options: {
    n: { type: "string", default: "100000" },
    seed: { type: "string", default: "7" },
    show: { type: "string", default: "20" },
  },
});
const chance = new Chance(Number(flags.seed));
const folder = mkdtempSync(join(tmpdir(), "slipway-malformed-"));
const child = spawn(process.execPath, [join(import.meta.dirname, "crash.ts"), "serve", join(folder, "state")], {
  stdio: ["ignore", "pipe", "pipe"],
});
let err = "";
child.stderr.on("data", (chunk) => (err += chunk));
const { url, ca, token } = await new Promise<{ url: string; ca: string; token: string }>((resolve, reject) => {
  child.stdout.once("data", (chunk) => resolve(JSON.parse(String(chunk))));
  child.once("exit", () => reject(new Error(err)));
});
const address = new URL(url);
const agent = new Agent({ keepAlive: true, maxSockets: 8 });

const resources = [
  ["/api/v1", "pods", "Pod"],
  ["/api/v1", "services", "Service"],
  ["/api/v1", "configmaps", "ConfigMap"],
  ["/api/v1", "secrets", "Secret"],
  ["/api/v1", "persistentvolumeclaims", "PersistentVolumeClaim"],
  ["/api/v1", "serviceaccounts", "ServiceAccount"],
  ["/apis/apps/v1", "deployments", "Deployment"],
  ["/apis/apps/v1", "statefulsets", "StatefulSet"],
  ["/apis/batch/v1", "jobs", "Job"],
  ["/apis/batch/v1", "cronjobs", "CronJob"],
  ["/apis/autoscaling/v2", "horizontalpodautoscalers", "HorizontalPodAutoscaler"],
  ["/apis/networking.k8s.io/v1", "ingresses", "Ingress"],
  ["/apis/networking.k8s.io/v1", "networkpolicies", "NetworkPolicy"],
  ["/apis/policy/v1", "poddisruptionbudgets", "PodDisruptionBudget"],
  ["/apis/rbac.authorization.k8s.io/v1", "roles", "Role"],
  ["/apis/discovery.k8s.io/v1", "endpointslices", "EndpointSlice"],
  ["/apis/apiextensions.k8s.io/v1", "customresourcedefinitions", "CustomResourceDefinition"],
  ["/apis/admissionregistration.k8s.io/v1", "validatingwebhookconfigurations", "ValidatingWebhookConfiguration"],
  ["/apis/flowcontrol.apiserver.k8s.io/v1", "flowschemas", "FlowSchema"],
  ["/apis/resource.k8s.io/v1", "resourceclaims", "ResourceClaim"],
  ["/apis/strange.example.com/v1", "things", "Thing"],
] as const;
const subresources = [
  "",
  "",
  "",
  "",
  "/status",
  "/scale",
  "/log",
  "/exec",
  "/eviction",
  "/token",
  "/binding",
  "/portforward",
  "/nothing",
  "/finalize",
  "/proxy/x",
];
const names = ["a", "b", "x-1", "A", "%00", "..", "a%2fb", "ü", "a".repeat(300), "", "kube-root-ca.crt", "default"];
const namespaces = ["default", "default", "default", "kube-system", "nowhere", "", "%", "A B"];
const methods = [
  "GET",
  "GET",
  "POST",
  "POST",
  "POST",
  "PUT",
  "PATCH",
  "PATCH",
  "DELETE",
  "HEAD",
  "OPTIONS",
  "TRACE",
  "STRANGE",
];
const types = [
  "application/json",
  "application/json",
  "application/yaml",
  "application/merge-patch+json",
  "application/json-patch+json",
  "application/strategic-merge-patch+json",
  "application/apply-patch+yaml",
  "application/vnd.kubernetes.protobuf",
  "text/plain",
  "",
  "application/json; charset=x",
  "\u00e4",
];
const accepts = [
  "application/json",
  "application/json",
  "application/json;as=Table;v=v1;g=meta.k8s.io",
  "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io",
  "application/yaml",
  "application/vnd.kubernetes.protobuf",
  "*/*",
  "text/html",
  "application/json;as=Strange",
  ";;;,,,",
  "application/cbor",
];
const queries = [
  "watch=true&timeoutSeconds=1",
  "limit=1",
  "limit=-1",
  "limit=x",
  "continue=abc",
  "continue=eyJ2IjoibWV0YS5rOHMuaW8vdjEiLCJydiI6MSwic3RhcnQiOiJhIn0",
  "resourceVersion=0",
  "resourceVersion=999999999",
  "resourceVersion=x",
  "resourceVersionMatch=Exact",
  "labelSelector=a%3Db",
  "labelSelector=((",
  "labelSelector=a+in+(b",
  "fieldSelector=metadata.name%3Da",
  "fieldSelector=a.b.c%3D%3D",
  "fieldManager=",
  "fieldManager=x",
  "force=true",
  "dryRun=All",
  "dryRun=Some",
  "fieldValidation=Strict",
  "fieldValidation=Odd",
  "pretty=true",
  "allowWatchBookmarks=true",
  "sendInitialEvents=true",
  "gracePeriodSeconds=x",
  "propagationPolicy=Odd",
  "timeoutSeconds=-5",
  "container=%00",
  "%",
  "&&=&",
  "a=".padEnd(3000, "b"),
];
const keys = [
  "metadata",
  "name",
  "namespace",
  "spec",
  "status",
  "labels",
  "annotations",
  "template",
  "containers",
  "replicas",
  "selector",
  "matchLabels",
  "ports",
  "volumes",
  "rules",
  "versions",
  "schema",
  "openAPIV3Schema",
  "properties",
  "items",
  "type",
  "pattern",
  "kind",
  "apiVersion",
  "ownerReferences",
  "finalizers",
  "managedFields",
  "uid",
  "resourceVersion",
  "data",
  "env",
  "resources",
  "requests",
  "cpu",
  "schedule",
  "strategy",
  "rollingUpdate",
  "__proto__",
  "constructor",
  "toString",
  "$ref",
  "",
  "a.b",
  "webhooks",
  "subjects",
  "endpoints",
  "metrics",
  "behavior",
  "group",
  "names",
  "scope",
  "path",
  "op",
  "value",
];
const scalars: readonly Json[] = [
  null,
  true,
  false,
  0,
  1,
  -1,
  1.5,
  2 ** 31,
  2 ** 53,
  1e300,
  "",
  "a",
  "A b",
  "1Gi",
  "100m",
  "*/5 * * * *",
  "2024-01-01T00:00:00Z",
  "x".repeat(5000),
  "\u0000",
  "\ud800",
  "(a+)+$",
  "😀",
  "v1",
  "Always",
  "50%",
  "metadata.name",
  "..",
  "/spec/replicas",
  "replace",
];

function value(depth: number): Json {
  if (depth <= 0 || chance.chance(0.35)) return chance.pick(scalars);
  if (chance.chance(0.3)) return Array.from({ length: chance.below(4) }, () => value(depth - 1));
  return Object.fromEntries(Array.from({ length: chance.below(6) }, () => [chance.pick(keys), value(depth - 1)]));
}

const container = {
  name: "c",
  image: "c:1",
  ports: [{ containerPort: 80 }],
  env: [{ name: "A", value: "b" }],
  resources: { requests: { cpu: "100m", memory: "1Gi" } },
};
const template = {
  metadata: { labels: { a: "b" } },
  spec: { containers: [container], volumes: [{ name: "v", emptyDir: {} }] },
};

/** An object that would be accepted. */
function sound(kind: string): Json {
  const specs: Record<string, Json> = {
    Pod: template.spec,
    Service: { selector: { a: "b" }, ports: [{ port: 80 }] },
    Deployment: { replicas: 1, selector: { matchLabels: { a: "b" } }, template },
    StatefulSet: { serviceName: "a", selector: { matchLabels: { a: "b" } }, template },
    Job: { template: { ...template, spec: { ...template.spec, restartPolicy: "Never" } } },
    CronJob: { schedule: "* * * * *", jobTemplate: { spec: { template } } },
    HorizontalPodAutoscaler: {
      maxReplicas: 3,
      scaleTargetRef: { kind: "Deployment", name: "a", apiVersion: "apps/v1" },
    },
    Ingress: {
      rules: [
        {
          http: {
            paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "a", port: { number: 80 } } } }],
          },
        },
      ],
    },
    NetworkPolicy: { podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] },
    PodDisruptionBudget: { minAvailable: 1, selector: {} },
    CustomResourceDefinition: {
      group: "strange.example.com",
      scope: "Namespaced",
      names: { plural: "things", kind: "Thing" },
      versions: [
        {
          name: "v1",
          served: true,
          storage: true,
          schema: {
            openAPIV3Schema: {
              type: "object",
              properties: { spec: { type: "object", "x-kubernetes-preserve-unknown-fields": true } },
            },
          },
        },
      ],
    },
  };
  const name = kind === "CustomResourceDefinition" ? "things.strange.example.com" : chance.pick(["a", "b", "x-1"]);
  return { metadata: { name }, ...(specs[kind] === undefined ? {} : { spec: structuredClone(specs[kind]) }) };
}

/** Changes some things anywhere in a value. */
function spoil(object: Json): Json {
  const places: [Json, string | number][] = [];
  const walk = (one: Json) => {
    if (typeof one !== "object" || one === null) return;
    for (const key of Object.keys(one)) {
      places.push([one, key]);
      walk(one[key]);
    }
  };
  walk(object);
  for (let i = chance.below(3); i >= 0 && places.length > 0; i--) {
    const [holder, key] = chance.pick(places);
    const how = chance.below(5);
    if (how === 0) delete holder[key];
    else if (how === 1) holder[chance.pick(keys)] = value(3);
    else holder[key] = value(3);
  }
  return object;
}

function body(apiVersion: string, kind: string, type: string): Buffer {
  const head = { apiVersion, kind };
  switch (type.includes("json-patch") && chance.chance(0.7) ? 5 : chance.below(16)) {
    case 0:
      return Buffer.alloc(0);
    case 1:
      return Buffer.from(Array.from({ length: chance.below(200) }, () => chance.below(256)));
    case 2: {
      const text = JSON.stringify({ ...head, ...sound(kind) });
      return Buffer.from(text.slice(0, chance.below(text.length)));
    }
    case 3: {
      const depth = chance.pick([50, 5000, 120_000]);
      return Buffer.from(
        chance.chance(0.5) ? "[".repeat(depth) : `{"spec":${'{"a":'.repeat(depth)}1${"}".repeat(depth)}}`,
      );
    }
    case 4:
      return Buffer.from(JSON.stringify(value(6)));
    case 5:
      return Buffer.from(
        JSON.stringify(
          Array.from({ length: chance.below(4) }, () => ({
            op: chance.pick(["add", "remove", "replace", "move", "copy", "test", "odd"]),
            path:
              chance.pick(["/metadata", "/spec", "/spec/template/spec", "", "/spec/containers/0", "/status"]) +
              `/${chance.pick(keys)}`,
            from: chance.pick(["/metadata", "/spec", "/metadata/name", "", "x"]),
            value: value(2),
          })),
        ),
      );
    case 6:
      return Buffer.from(`a: &a [*a]\nb: {<<: *a}\n${chance.pick(keys)}: !!binary x\n- ${chance.pick(scalars)}`);
    case 7:
      return Buffer.concat([
        Buffer.from("k8s\0"),
        Buffer.from(Array.from({ length: chance.below(100) }, () => chance.below(256))),
      ]);
    default:
      return Buffer.from(JSON.stringify({ ...head, ...spoil(sound(kind)) }));
  }
}

interface Answered {
  readonly status: number;
  readonly text: string;
}

function ask(
  method: string,
  path: string,
  headers: Record<string, string>,
  content: Buffer | undefined,
): Promise<Answered> {
  return new Promise((resolve) => {
    const done = (status: number, text: string) => resolve({ status, text });
    let outgoing;
    try {
      outgoing = request(
        { host: address.hostname, port: address.port, path, method, ca, agent, headers, timeout: 20_000 },
        (response) => {
          let out = "";
          response.setEncoding("utf8");
          response.on("data", (chunk: string) => (out.length < 100_000 ? (out += chunk) : undefined));
          response.on("error", () => done(0, "broken"));
          response.on("end", () => done(response.statusCode ?? 0, out));
        },
      );
    } catch (error) {
      // Node's own client refuses to send it
      done(-1, String(error));
      return;
    }
    outgoing.on("timeout", () => {
      outgoing.destroy();
      done(-2, "no answer within 20 s");
    });
    outgoing.on("error", (error) => done(0, error.message));
    outgoing.end(content);
  });
}

/**
 * What upstream blames itself for, in the same words: prove:cluster-api asks a real API server the same ("… amiss").
 * A fault of our own would be an InternalError, or have other words.
 */
const explained = [
  /^Timeout: Too large resource version: \d+/,
  /^resourceVersion: Invalid value: "x": strconv\.ParseUint/,
  /^failed to (create typed patch object|convert new object) /,
  /^list element types are not identical: /,
  /^map: map\[.* does not contain declared merge key: \w+$/s,
  /^unknown patch type: /,
  /^target\.name: Required value$/,
];

function isExplained(method: string, target: string, text: string): boolean {
  if (method === "HEAD") return target.includes("resourceVersion=");
  try {
    const { message, reason } = JSON.parse(text);
    return reason !== "InternalError" && explained.some((words) => words.test(message));
  } catch {
    return false;
  }
}

/** Mostly the first of a list, so that one thing wrong does not hide the others. */
function mostly<T>(list: readonly T[]): T {
  return chance.chance(0.7) ? (list[0] as T) : chance.pick(list);
}

/** Bytes that are no HTTP, or half of it. */
function raw(): Promise<void> {
  const text = chance.pick([
    "GET / HTTP/9.9\r\n\r\n",
    "GET /api HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n",
    `POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nTransfer-Encoding: chunked\r\n\r\nZZ\r\n`,
    `POST /api/v1/namespaces HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nContent-Length: 100\r\n\r\n{`,
    `GET /api/v1/namespaces/default/pods/a/exec?command=x HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Key: x\r\n\r\n\x81\xff`,
    `GET /api/v1/namespaces/default/pods/a/exec HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer ${token}\r\nConnection: Upgrade\r\nUpgrade: SPDY/3.1\r\n\r\n\x80\x03\x00\x01\xff\xff\xff\xff`,
    "\u0016\u0003\u0001\u0000\u0000",
    "A".repeat(100_000),
    `GET /${"a".repeat(20_000)} HTTP/1.1\r\n\r\n`,
    `GET / HTTP/1.1\r\n${"X: y\r\n".repeat(3000)}\r\n`,
  ]);
  return new Promise((resolve) => {
    const socket = connect({ host: address.hostname, port: Number(address.port), ca }, () => {
      socket.write(text, "latin1");
      setTimeout(() => socket.destroy(), 20);
    });
    socket.on("error", () => {});
    socket.on("close", () => resolve());
  });
}

const total = Number(flags.n);
const statuses = new Map<number, number>();
let [failed, shown, sent] = [0, 0, 0];
const complain = (what: string) => {
  failed++;
  if (shown++ < Number(flags.show)) console.log(`FAIL  ${what}`);
};

async function one(): Promise<void> {
  if (chance.one(10)) return raw();
  const [root, plural, kind] = chance.pick(resources);
  const apiVersion = root.replace(/^\/apis?\//, "");
  const namespace = mostly(namespaces);
  const place = namespace === "" ? "" : `/namespaces/${namespace}`;
  const method = chance.pick(methods);
  // creations go to collections, most others to objects
  const named = chance.chance(method === "POST" ? 0.3 : method === "GET" ? 0.6 : 0.9);
  const name = named ? `/${chance.chance(0.7) ? chance.pick(names.slice(0, 3)) : chance.pick(names)}` : "";
  const path = chance.one(20)
    ? chance.pick([
        "/",
        "/api",
        "/apis",
        "/openapi/v2",
        "/openapi/v3",
        "/openapi/v3/apis/x/y",
        "/healthz/x",
        "/metrics",
        "//",
        "/api/v1/",
        "/apis/%zz",
        "/api/v1/namespaces/%2e%2e/pods",
      ])
    : `${root}${place}/${plural}${name}${name === "" ? "" : mostly(subresources)}`;
  const query = Array.from({ length: chance.below(3) }, () => chance.pick(queries)).join("&");
  const headers: Record<string, string> = {
    authorization: chance.one(30) ? chance.pick(["", "Bearer", "Bearer x", "Basic eA=="]) : `Bearer ${token}`,
    accept: mostly(accepts),
  };
  const fitting = method === "PATCH" ? types.slice(3, 7) : types.slice(0, 3);
  const type = chance.chance(0.7) ? chance.pick(fitting) : chance.pick(types);
  if (type !== "") headers["content-type"] = type;
  if (chance.one(20))
    headers[
      chance.pick(["accept-encoding", "impersonate-user", "impersonate-group", "user-agent", "if-none-match", "expect"])
    ] = chance.pick(["gzip", "system:admin", "x".repeat(200), "100-continue"]);
  const content = ["GET", "HEAD"].includes(method) ? undefined : body(apiVersion, kind, type);
  if (content !== undefined) headers["content-length"] = String(content.length);
  const target = `${path}${query === "" ? "" : `?${query}`}`.replace(/[^\x21-\x7e]/g, "%C3");
  // something has to be there that can be changed
  if (chance.one(5)) {
    const made = Buffer.from(JSON.stringify({ apiVersion, kind, ...sound(kind) }));
    const plainly = { authorization: `Bearer ${token}`, "content-type": "application/json" };
    await ask("POST", `${root}/namespaces/default/${plural}`, plainly, made);
  }
  const { status, text } = await ask(method, target, headers, content);
  statuses.set(status, (statuses.get(status) ?? 0) + 1);
  const where = `${method} ${target.slice(0, 200)} ${headers["content-type"] ?? ""} ${content?.toString("latin1").slice(0, 300) ?? ""}`;
  // a watch may be silent for longer than that
  if (status === -2 && !query.includes("watch=true")) complain(`${where}: ${text}`);
  else if (status >= 500 && !isExplained(method, target, text)) complain(`${where}: ${text.slice(0, 300)}`);
}

const began = performance.now();
try {
  const lane = async () => {
    while (sent < total && child.exitCode === null) {
      sent++;
      await one();
      if (sent % 1000 === 0) {
        const asked = performance.now();
        const { status } = await ask("GET", "/version", { authorization: `Bearer ${token}` }, undefined);
        if (status !== 200) complain(`after ${sent} requests /version answers ${status}`);
        else if (performance.now() - asked > 10_000)
          complain(`after ${sent} requests /version took ${Math.round(performance.now() - asked)} ms`);
      }
    }
  };
  await Promise.all(Array.from({ length: 6 }, lane));
  if (child.exitCode !== null || child.signalCode !== null) complain(`the process ended: ${err.slice(-2000)}`);
  const list = await ask("GET", "/api/v1/namespaces", { authorization: `Bearer ${token}` }, undefined);
  if (list.status !== 200) complain(`in the end the namespaces answer ${list.status}`);
} finally {
  agent.destroy();
  child.kill("SIGKILL");
  rmSync(folder, { recursive: true, force: true });
}
const table = [...statuses].sort(([a], [b]) => a - b).map(([status, count]) => `${status}: ${count}`);
console.log(
  `${sent} requests (seed ${flags.seed}) in ${((performance.now() - began) / 1000).toFixed(0)} s; answers by status: ${table.join(", ")}`,
);
console.log(`${failed === 0 ? 1 : 0} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
