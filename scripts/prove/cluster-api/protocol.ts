import type { Call } from "./reference.ts";
import { builtinResources } from "../../../src/schema/index.ts";
import { del, get, namespace, partialList, post, put, table } from "./calls.ts";
import type { Scenario } from "./calls.ts";

/** Discovery, selectors, paging, watches, deletion, errors of the protocol. */

const core = `/api/v1/namespaces/${namespace}`;
const map = (name: string, labels: Record<string, string>) =>
  post(`${core}/configmaps`, { metadata: { name, labels }, data: { n: name } });
const watchOf = (query: string, accept = "application/json"): Call => ({
  ...get(`${core}/configmaps?watch=1&timeoutSeconds=1&labelSelector=w${query}`, accept),
  listen: 2500,
});

const versions = [
  ...new Set(builtinResources().map((r) => (r.group === "" ? `/api/${r.version}` : `/apis/${r.group}/${r.version}`))),
];

export const protocolScenarios: Scenario[] = [
  {
    name: "discovery",
    *run() {
      yield get("/api");
      yield get("/apis");
      for (const path of versions) yield get(path);
      for (const path of versions) if (path.startsWith("/apis/")) yield get(path.slice(0, path.lastIndexOf("/")));
      yield get("/api", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
      yield get("/apis", "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList");
      for (const path of [
        "/healthz",
        "/readyz",
        "/livez",
        "/nothing",
        "/api/v1/nothings",
        "/apis/none.example.com/v1",
        "/apis/none.example.com/v1/x",
        "/apis/apps/v9/deployments",
      ])
        yield get(path);
    },
  },
  {
    name: "selectors",
    *run() {
      yield map("s1", { t: "a", n: "1" });
      yield map("s2", { t: "b", n: "2" });
      yield map("s3", { t: "a", n: "30" });
      for (const selector of [
        "t=a",
        "t==a",
        "t!=a,n",
        "t in (a,b),n notin (2)",
        "!t",
        "t",
        "n>1",
        "n<3,t=a",
        "t=",
        "t in ()",
        "a b",
        "=x",
        "t=a,",
        "t in (a",
        "Bad Key!=1",
        "t=bad value!",
        "n>x",
        "-x",
        "t notin(a)",
      ]) {
        yield get(`${core}/configmaps?labelSelector=${encodeURIComponent(selector)}`, partialList);
      }
      for (const selector of [
        "metadata.name=s1",
        "metadata.name!=s1",
        "metadata.namespace=diff,metadata.name=s2",
        "data.x=1",
        "metadata.name",
        "metadata.name=a,metadata.name=b",
      ]) {
        yield get(`${core}/configmaps?fieldSelector=${encodeURIComponent(selector)}&labelSelector=t`, partialList);
      }
      for (const selector of [
        "status.phase=Pending",
        "spec.nodeName=",
        "spec.restartPolicy=Always",
        "nothing=1",
        "status.phase!=Running",
      ]) {
        yield get(`${core}/pods?fieldSelector=${encodeURIComponent(selector)}&labelSelector=nobody`);
      }
      yield get(`/api/v1/nodes?fieldSelector=spec.unschedulable%3Dtrue&labelSelector=nobody`);
      yield get(`${core}/secrets?fieldSelector=type%3DOpaque&labelSelector=nobody`);
      yield get(`${core}/events?fieldSelector=involvedObject.name%3Dx`);
      yield get(
        `/api/v1/namespaces?fieldSelector=status.phase%3DActive&labelSelector=kubernetes.io/metadata.name=diff`,
      );
      yield get(`${core}/services?fieldSelector=spec.type%3DClusterIP&labelSelector=nobody`);
      yield get(`/apis/batch/v1/namespaces/${namespace}/jobs?fieldSelector=status.successful%3D0&labelSelector=nobody`);
    },
  },
  {
    name: "paging",
    *run() {
      for (let i = 0; i < 5; i++) yield map(`p${i}`, { page: "1" });
      let answer = JSON.parse((yield get(`${core}/configmaps?limit=2&labelSelector=page`, partialList)).body);
      answer = JSON.parse(
        (yield get(`${core}/configmaps?limit=2&labelSelector=page&continue=${answer.metadata?.continue}`, partialList))
          .body,
      );
      yield del(`${core}/configmaps/p4`);
      yield get(`${core}/configmaps?limit=2&labelSelector=page&continue=${answer.metadata?.continue}`, partialList);
      yield get(`${core}/configmaps?limit=2&continue=nonsense`);
      yield get(`${core}/configmaps?limit=x`);
      yield get(`${core}/configmaps?resourceVersionMatch=Exact`);
      yield get(`${core}/configmaps?resourceVersionMatch=Exact&resourceVersion=0`);
      yield get(`${core}/configmaps?resourceVersionMatch=Nothing&resourceVersion=5`);
      yield get(`${core}/configmaps?resourceVersion=0&labelSelector=page`, partialList);
      yield get(`${core}/configmaps?limit=1&labelSelector=page`, table);
    },
  },
  {
    name: "watches",
    *run() {
      yield map("w1", { w: "1" });
      yield map("w2", { w: "1" });
      yield watchOf("");
      yield watchOf("&resourceVersion=0");
      yield watchOf("&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true");
      yield watchOf("&sendInitialEvents=true");
      yield watchOf("&resourceVersionMatch=NotOlderThan");
      yield watchOf("", table);
      yield watchOf("", "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io");
      const list = JSON.parse((yield get(`${core}/configmaps?labelSelector=w`)).body);
      const version = list.metadata?.resourceVersion;
      yield put(`${core}/configmaps/w1`, { metadata: { name: "w1", labels: { w: "2" } } });
      yield put(`${core}/configmaps/w2`, { metadata: { name: "w2" } });
      yield map("w3", { w: "1" });
      yield del(`${core}/configmaps/w3`);
      yield watchOf(`&resourceVersion=${version}`);
      yield watchOf("&resourceVersion=x");
    },
  },
  {
    name: "deletion",
    *run() {
      yield post(`${core}/configmaps`, { metadata: { name: "f", finalizers: ["example.com/hold"] } });
      yield del(`${core}/configmaps/f`);
      yield del(`${core}/configmaps/f`);
      yield put(`${core}/configmaps/f`, {
        metadata: { name: "f", finalizers: ["example.com/hold", "example.com/more"] },
      });
      yield put(`${core}/configmaps/f`, { metadata: { name: "f" } });
      yield get(`${core}/configmaps/f`);
      yield post(`${core}/configmaps`, { metadata: { name: "g" } });
      yield del(`${core}/configmaps/g`, { preconditions: { uid: "00000000-0000-0000-0000-000000000000" } });
      yield del(`${core}/configmaps/g`, { preconditions: { resourceVersion: "1" } });
      yield del(`${core}/configmaps/g`, { propagationPolicy: "Nothing" });
      yield del(`${core}/configmaps/g`, { propagationPolicy: "Foreground", orphanDependents: true });
      yield del(`${core}/configmaps/g`, { propagationPolicy: "Foreground" });
      yield get(`${core}/configmaps/g`);
      yield post(`${core}/configmaps`, { metadata: { name: "h" } });
      yield del(`${core}/configmaps/h`, { propagationPolicy: "Orphan" });
      yield post(`${core}/configmaps`, { metadata: { name: "k" } });
      yield del(`${core}/configmaps/k`, { kind: "DeleteOptions", apiVersion: "v1", gracePeriodSeconds: 5 });
      yield post(`${core}/configmaps`, { metadata: { name: "c1", labels: { coll: "1" } } });
      yield post(`${core}/configmaps`, { metadata: { name: "c2", labels: { coll: "1" } } });
      yield del(`${core}/configmaps?labelSelector=coll`);
      yield get(`${core}/configmaps?labelSelector=coll`);
      yield post("/api/v1/namespaces", { metadata: { name: "gone" } });
      yield del("/api/v1/namespaces/gone");
      yield post("/api/v1/namespaces/gone/configmaps", { metadata: { name: "x" } });
      yield put("/api/v1/namespaces/gone/finalize", { metadata: { name: "gone" }, spec: {} });
      yield get("/api/v1/namespaces/gone");
      yield del("/api/v1/namespaces/default");
      yield post(`${core}/pods`, {
        metadata: { name: "grace" },
        spec: { containers: [{ name: "a", image: "b" }], nodeName: "n1" },
      });
      yield del(`${core}/pods/grace`);
      yield del(`${core}/pods/grace`, { gracePeriodSeconds: 3 });
      yield del(`${core}/pods/grace`, { gracePeriodSeconds: 0 });
      yield get(`${core}/pods/grace`);
      yield post(`${core}/pods`, {
        metadata: { generateName: "gen-" },
        spec: { containers: [{ name: "a", image: "b" }] },
      });
    },
  },
  {
    name: "forms of requests",
    *run() {
      const json = { "content-type": "application/json" };
      yield { method: "POST", path: `${core}/configmaps`, headers: json, body: "{" };
      yield { method: "POST", path: `${core}/configmaps`, headers: json, body: "" };
      yield { method: "POST", path: `${core}/configmaps`, headers: json, body: "[]" };
      yield { method: "POST", path: `${core}/configmaps`, headers: json, body: "null" };
      yield {
        method: "POST",
        path: `${core}/configmaps`,
        headers: json,
        body: '{"metadata":{"name":"a"},"metadata":{"name":"b"}}',
      };
      yield {
        method: "POST",
        path: `${core}/configmaps?fieldValidation=Strict`,
        headers: json,
        body: '{"metadata":{"name":"dup","name":"dup2"},"data":{"a":"1","a":"2"}}',
      };
      yield {
        method: "POST",
        path: `${core}/configmaps?fieldValidation=Nothing`,
        headers: json,
        body: '{"metadata":{"name":"a"}}',
      };
      yield {
        method: "POST",
        path: `${core}/configmaps?dryRun=Some`,
        headers: json,
        body: '{"metadata":{"name":"a"}}',
      };
      yield {
        method: "POST",
        path: `${core}/configmaps`,
        headers: { "content-type": "application/yaml" },
        body: "metadata:\n  name: yaml\ndata: {a: b}\n",
      };
      yield { method: "POST", path: `${core}/configmaps`, headers: { "content-type": "foo/bar" }, body: "{}" };
      yield {
        method: "POST",
        path: `${core}/configmaps`,
        headers: json,
        body: '{"kind":"Secret","apiVersion":"v1","metadata":{"name":"a"}}',
      };
      yield {
        method: "POST",
        path: `${core}/configmaps`,
        headers: json,
        body: '{"kind":"ConfigMap","apiVersion":"apps/v1","metadata":{"name":"a"}}',
      };
      yield { method: "POST", path: `${core}/configmaps`, headers: json, body: '{"kind":3,"metadata":{"name":"a"}}' };
      yield {
        method: "POST",
        path: `${core}/configmaps`,
        headers: json,
        body: '{"metadata":{"name":"a"},"data":{"a":1}}',
      };
      yield { method: "POST", path: `${core}/configmaps/x`, headers: json, body: '{"metadata":{"name":"a"}}' };
      yield { method: "PUT", path: `${core}/configmaps`, headers: json, body: '{"metadata":{"name":"a"}}' };
      yield { method: "PATCH", path: `${core}/configmaps/yaml`, headers: { "content-type": "text/plain" }, body: "{}" };
      yield { method: "PATCH", path: `${core}/configmaps/yaml`, headers: {}, body: "{}" };
      yield {
        method: "POST",
        path: `/api/v1/namespaces/nonono/configmaps`,
        headers: json,
        body: '{"metadata":{"name":"a"}}',
      };
      yield { method: "POST", path: `/api/v1/configmaps`, headers: json, body: '{"metadata":{"name":"a"}}' };
      yield { method: "GET", path: `${core}/configmaps/yaml`, headers: { accept: "application/yaml" } };
      yield { method: "GET", path: `${core}/configmaps/yaml`, headers: { authorization: "Bearer wrong" } };
      yield post(`${core}/configmaps`, { metadata: { name: "big", annotations: { a: "x".repeat(270_000) } } });
      yield post(`${core}/configmaps`, {
        metadata: {
          name: "owned",
          ownerReferences: [
            { apiVersion: "v1", kind: "Pod", name: "p", uid: "u", controller: true },
            { apiVersion: "v1", kind: "Pod", name: "q", uid: "v", controller: true },
          ],
        },
      });
      yield post(`${core}/configmaps`, {
        metadata: { name: "owned2", ownerReferences: [{ apiVersion: "", kind: "", name: "", uid: "" }] },
      });
      yield post(`${core}/configmaps`, { metadata: { name: "fin", finalizers: ["nope"] } });
      yield post(`${core}/configmaps`, { metadata: { name: "gen2", generateName: "Bad_" } });
    },
  },
  {
    name: "reviews",
    *run() {
      const path = "/apis/authorization.k8s.io/v1";
      yield post(`${path}/selfsubjectaccessreviews`, {
        spec: { resourceAttributes: { verb: "get", resource: "pods" } },
      });
      yield post(`${path}/selfsubjectaccessreviews`, { spec: {} });
      yield post(`${path}/subjectaccessreviews`, {
        spec: { user: "nobody", resourceAttributes: { verb: "get", resource: "pods", namespace } },
      });
      yield post(`${path}/subjectaccessreviews`, {
        spec: { resourceAttributes: { verb: "get", resource: "pods", namespace } },
      });
      yield post(`/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`, {
        metadata: { name: "rv" },
        roleRef: { kind: "ClusterRole", name: "view" },
        subjects: [{ kind: "User", name: "alice" }],
      });
      yield post(`${path}/subjectaccessreviews`, {
        spec: { user: "alice", resourceAttributes: { verb: "list", resource: "configmaps", namespace } },
      });
      yield post(`${path}/subjectaccessreviews`, {
        spec: { user: "alice", resourceAttributes: { verb: "delete", resource: "configmaps", namespace } },
      });
      yield post(`${path}/subjectaccessreviews`, {
        spec: { user: "alice", resourceAttributes: { verb: "list", resource: "secrets", namespace } },
      });
      yield post(`${path}/subjectaccessreviews`, {
        spec: { user: "u", groups: ["system:masters"], nonResourceAttributes: { verb: "get", path: "/x" } },
      });
      yield post(`${path}/namespaces/${namespace}/localsubjectaccessreviews`, {
        metadata: { namespace },
        spec: { user: "alice", resourceAttributes: { verb: "list", resource: "pods", namespace } },
      });
      yield post(`${path}/selfsubjectrulesreviews`, { spec: { namespace } });
      yield post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: { token: "wrong" } });
      yield post("/apis/authentication.k8s.io/v1/tokenreviews", { spec: {} });
      yield post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
      yield post(`${core}/serviceaccounts/default/token`, { spec: { expirationSeconds: 700 } });
      yield post(`${core}/serviceaccounts/default/token`, { spec: { expirationSeconds: 7 } });
      yield post(`${core}/serviceaccounts/nobody/token`, { spec: {} });
      yield get(`${core}/configmaps/owned2`);
    },
  },
  {
    name: "pod security",
    *run() {
      const labels = (level: string) => ({
        "pod-security.kubernetes.io/enforce": level,
        "pod-security.kubernetes.io/warn": "restricted",
      });
      for (const level of ["baseline", "restricted"]) {
        yield post("/api/v1/namespaces", { metadata: { name: `ps-${level}`, labels: labels(level) } });
        yield post(`/api/v1/namespaces/ps-${level}/serviceaccounts`, { metadata: { name: "default" } });
        const path = `/api/v1/namespaces/ps-${level}/pods?dryRun=All`;
        const container = (more: Record<string, unknown> = {}) => ({ name: "c", image: "i", ...more });
        const specs: Record<string, unknown>[] = [
          { containers: [container()] },
          {
            containers: [container({ securityContext: { privileged: true } })],
            hostNetwork: true,
            hostPID: true,
            volumes: [{ name: "h", hostPath: { path: "/" } }],
          },
          {
            containers: [
              container({
                ports: [{ containerPort: 1, hostPort: 1 }],
                securityContext: {
                  capabilities: { add: ["NET_ADMIN", "KILL"] },
                  seccompProfile: { type: "Unconfined" },
                },
              }),
            ],
          },
          {
            containers: [
              container({
                securityContext: {
                  allowPrivilegeEscalation: false,
                  runAsNonRoot: true,
                  seccompProfile: { type: "RuntimeDefault" },
                  capabilities: { drop: ["ALL"] },
                },
              }),
            ],
          },
          {
            securityContext: {
              runAsUser: 0,
              runAsNonRoot: false,
              seLinuxOptions: { type: "bad", user: "u" },
              sysctls: [{ name: "kernel.msgmax", value: "1" }],
            },
            containers: [
              container(),
              { name: "d", image: "i", securityContext: { runAsUser: 0, procMount: "Unmasked" } },
            ],
          },
          { containers: [container()], volumes: [{ name: "n", nfs: { server: "s", path: "/" } }] },
        ];
        for (const spec of specs) yield post(path, { metadata: { name: "p" }, spec });
        yield post(`/apis/apps/v1/namespaces/ps-${level}/deployments?dryRun=All`, {
          metadata: { name: "d" },
          spec: {
            selector: { matchLabels: { a: "b" } },
            template: { metadata: { labels: { a: "b" } }, spec: { containers: [container()] } },
          },
        });
      }
    },
  },
];
