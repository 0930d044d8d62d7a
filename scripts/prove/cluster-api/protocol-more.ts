import { builtinResources } from "../../../src/schema/index.ts";
import { apply, del, get, namespace, partial, partialList, patch, post, put, root, table } from "./calls.ts";
import type { Scenario } from "./calls.ts";
import type { Answer, Call } from "./reference.ts";

/** Impersonation, quotas, subresources, odd paths and methods, and what a cluster holds before anybody wrote to it. */

const core = `/api/v1/namespaces/${namespace}`;
const pod = (name: string, more: Record<string, unknown> = {}, container: Record<string, unknown> = {}) => ({
  metadata: { name },
  spec: { containers: [{ name: "c", image: "i", ...container }], ...more },
});

const as = (call: Call, headers: Record<string, string>): Call => ({
  ...call,
  headers: { ...call.headers, ...headers },
});

/** Before anything else is asked: what every cluster starts with. */
export const atFirst: Scenario = {
  name: "at first",
  *run() {
    for (const info of builtinResources()) {
      // addresses are allocated by chance, events and leases tell of the server itself
      const skipped = ["events", "leases", "componentstatuses", "ipaddresses", "configmaps"].includes(info.plural);
      if (!info.verbs.includes("list") || skipped) continue;
      yield get(
        `${root(info.group === "" ? info.version : `${info.group}/${info.version}`)}/${info.plural}`,
        partialList,
      );
    }
    yield get("/api/v1/namespaces", partial);
    yield get("/api/v1/namespaces/default", partialList);
    for (const plural of ["clusterroles", "clusterrolebindings", "roles", "rolebindings"])
      yield get(`/apis/rbac.authorization.k8s.io/v1/${plural}`);
    for (const plural of ["flowschemas", "prioritylevelconfigurations"])
      yield get(`/apis/flowcontrol.apiserver.k8s.io/v1/${plural}`);
    yield get("/apis/scheduling.k8s.io/v1/priorityclasses");
    yield get("/api/v1/namespaces/default/services");
    yield get("/apis/networking.k8s.io/v1/servicecidrs");
    yield get("/apis/apiregistration.k8s.io/v1/apiservices");
  },
};

export const moreProtocol: readonly Scenario[] = [
  {
    name: "impersonation",
    *run() {
      const alice = { "impersonate-user": "alice" };
      const review = post("/apis/authentication.k8s.io/v1/selfsubjectreviews", {});
      yield as(review, alice);
      yield as(review, { ...alice, "impersonate-group": "people" });
      yield as(review, { ...alice, "impersonate-uid": "u-1", "impersonate-extra-scopes": "all" });
      yield as(review, { ...alice, "impersonate-extra-acme.com%2Fproject": "some" });
      yield as(review, { "impersonate-group": "people" });
      yield as(review, { "impersonate-user": "system:serviceaccount:diff:default" });
      yield as(review, { "impersonate-user": "system:anonymous" });
      yield as(review, { "impersonate-user": "system:node:n1", "impersonate-group": "system:nodes" });
      for (const call of [
        get(`${core}/pods`),
        get(`${core}/pods/x`),
        get(`${core}/pods/x/log`),
        get("/api/v1/nodes"),
        get("/api/v1/nodes/n"),
        get("/api/v1/namespaces/diff"),
        get("/api/v1/namespaces"),
        get("/apis/apps/v1/deployments"),
        get("/apis/apps/v1/namespaces/diff/deployments?watch=1"),
        get("/api"),
        get("/version"),
        get("/healthz"),
        get("/metrics"),
        get("/nothing"),
        post(`${core}/configmaps`, { metadata: { name: "c" } }),
        put(`${core}/configmaps/c`, { metadata: { name: "c" } }),
        patch(`${core}/configmaps/c`, "merge-patch", {}),
        del(`${core}/configmaps/c`),
        del(`${core}/configmaps`),
        get("/apis/none.example.com/v1/x"),
        get(`${core}/nothings`),
        post(`${core}/pods/x/exec?command=ls`, {}),
        post(`${core}/serviceaccounts/default/token`, {}),
      ])
        yield as(call, alice);
      // who may impersonate whom
      const rbac = "/apis/rbac.authorization.k8s.io/v1";
      yield post(`${rbac}/clusterroles`, {
        metadata: { name: "imp" },
        rules: [
          { apiGroups: [""], resources: ["users"], verbs: ["impersonate"], resourceNames: ["bob"] },
          { apiGroups: [""], resources: ["groups"], verbs: ["impersonate"], resourceNames: ["people"] },
          { apiGroups: ["authentication.k8s.io"], resources: ["userextras/scopes"], verbs: ["impersonate"] },
        ],
      });
      yield post(`${rbac}/clusterrolebindings`, {
        metadata: { name: "imp" },
        roleRef: { kind: "ClusterRole", name: "imp" },
        subjects: [{ kind: "ServiceAccount", name: "default", namespace }],
      });
      const answer = yield post(`${core}/serviceaccounts/default/token`, { spec: { expirationSeconds: 3600 } });
      const token = (JSON.parse(answer.body) as { status?: { token?: string } }).status?.token ?? "";
      const account = { authorization: `Bearer ${token}` };
      yield as(review, account);
      yield as(review, { ...account, "impersonate-user": "bob" });
      yield as(review, { ...account, "impersonate-user": "carol" });
      yield as(review, { ...account, "impersonate-user": "bob", "impersonate-group": "people" });
      yield as(review, { ...account, "impersonate-user": "bob", "impersonate-group": "system:masters" });
      yield as(review, { ...account, "impersonate-user": "bob", "impersonate-extra-scopes": "a" });
      yield as(review, { ...account, "impersonate-user": "bob", "impersonate-extra-other": "a" });
      yield as(review, { ...account, "impersonate-user": "bob", "impersonate-uid": "7" });
      yield as(review, { ...account, "impersonate-user": "system:serviceaccount:diff:other" });
      // nobody gives what they do not have
      const dave = { "impersonate-user": "dave" };
      yield post(`${rbac}/namespaces/${namespace}/roles`, {
        metadata: { name: "rbac-writer" },
        rules: [
          { apiGroups: ["rbac.authorization.k8s.io"], resources: ["*"], verbs: ["create", "update", "patch", "get"] },
          { apiGroups: [""], resources: ["configmaps"], verbs: ["get"] },
        ],
      });
      yield post(`${rbac}/namespaces/${namespace}/rolebindings`, {
        metadata: { name: "rbac-writer" },
        roleRef: { kind: "Role", name: "rbac-writer" },
        subjects: [{ kind: "User", name: "dave" }],
      });
      const roles = `${rbac}/namespaces/${namespace}/roles?dryRun=All`;
      yield as(
        post(roles, {
          metadata: { name: "r" },
          rules: [{ apiGroups: [""], resources: ["configmaps"], verbs: ["get"] }],
        }),
        dave,
      );
      yield as(
        post(roles, {
          metadata: { name: "r" },
          rules: [{ apiGroups: [""], resources: ["secrets"], verbs: ["get", "list"] }],
        }),
        dave,
      );
      yield as(
        post(`${rbac}/namespaces/${namespace}/rolebindings?dryRun=All`, {
          metadata: { name: "r" },
          roleRef: { kind: "ClusterRole", name: "system:node" },
          subjects: [{ kind: "User", name: "dave" }],
        }),
        dave,
      );
    },
  },
  {
    name: "quotas",
    *run() {
      const ns = "/api/v1/namespaces/quota";
      yield post("/api/v1/namespaces", { metadata: { name: "quota" } });
      yield post(`${ns}/serviceaccounts`, { metadata: { name: "default" } });
      const quota = function* (
        name: string,
        spec: Record<string, unknown>,
        used: Record<string, string>,
      ): Generator<Call, void, Answer> {
        const made = JSON.parse((yield post(`${ns}/resourcequotas`, { metadata: { name }, spec })).body) as Record<
          string,
          unknown
        >;
        yield put(`${ns}/resourcequotas/${name}/status`, { ...made, status: { hard: spec["hard"], used } });
      };
      yield* quota(
        "pods",
        { hard: { pods: "2", "requests.cpu": "1", "limits.memory": "1Gi" } },
        { pods: "0", "requests.cpu": "0", "limits.memory": "0" },
      );
      yield post(`${ns}/pods`, pod("none"));
      yield post(
        `${ns}/pods`,
        pod("one", {}, { resources: { requests: { cpu: "600m" }, limits: { memory: "512Mi" } } }),
      );
      yield get(`${ns}/resourcequotas/pods`);
      yield post(
        `${ns}/pods`,
        pod("two", {}, { resources: { requests: { cpu: "600m" }, limits: { memory: "768Mi" } } }),
      );
      yield post(
        `${ns}/pods?dryRun=All`,
        pod("two", {}, { resources: { requests: { cpu: "100m" }, limits: { memory: "1Mi" } } }),
      );
      yield post(`${ns}/pods`, pod("two", {}, { resources: { requests: { cpu: "100m" }, limits: { memory: "1Mi" } } }));
      yield get(`${ns}/resourcequotas/pods`);
      yield post(`${ns}/pods`, pod("three", {}, { resources: { requests: { cpu: "1m" }, limits: { memory: "1Mi" } } }));
      yield del(`${ns}/pods/two`);
      yield get(`${ns}/resourcequotas/pods`, table);
      yield* quota(
        "objects",
        {
          hard: {
            configmaps: "1",
            secrets: "0",
            services: "1",
            "services.nodeports": "0",
            "services.loadbalancers": "0",
            "count/deployments.apps": "1",
            persistentvolumeclaims: "1",
            "requests.storage": "1Gi",
            "gold.storageclass.storage.k8s.io/requests.storage": "1Gi",
          },
        },
        {
          configmaps: "0",
          secrets: "0",
          services: "0",
          "services.nodeports": "0",
          "services.loadbalancers": "0",
          "count/deployments.apps": "0",
          persistentvolumeclaims: "0",
          "requests.storage": "0",
          "gold.storageclass.storage.k8s.io/requests.storage": "0",
        },
      );
      yield post(`${ns}/configmaps`, { metadata: { name: "a" } });
      yield post(`${ns}/configmaps`, { metadata: { name: "b" } });
      yield post(`${ns}/secrets`, { metadata: { name: "b" } });
      yield post(`${ns}/services`, { metadata: { name: "np" }, spec: { type: "NodePort", ports: [{ port: 80 }] } });
      yield post(`${ns}/services`, { metadata: { name: "lb" }, spec: { type: "LoadBalancer", ports: [{ port: 80 }] } });
      yield post(`${ns}/services`, { metadata: { name: "a" }, spec: { ports: [{ port: 80 }] } });
      yield patch(`${ns}/services/a`, "merge-patch", { spec: { type: "NodePort" } });
      yield post(`${ns}/services`, { metadata: { name: "b" }, spec: { ports: [{ port: 80 }] } });
      const claim = (storage: string, more = {}) => ({
        accessModes: ["ReadWriteOnce"],
        resources: { requests: { storage } },
        ...more,
      });
      yield post(`${ns}/persistentvolumeclaims`, {
        metadata: { name: "big" },
        spec: claim("2Gi", { storageClassName: "gold" }),
      });
      yield post(`${ns}/persistentvolumeclaims`, {
        metadata: { name: "ok" },
        spec: claim("512Mi", { storageClassName: "gold" }),
      });
      yield post(`${ns}/persistentvolumeclaims`, { metadata: { name: "next" }, spec: claim("512Mi") });
      const deployment = (name: string) => ({
        metadata: { name },
        spec: {
          selector: { matchLabels: { a: "b" } },
          template: { metadata: { labels: { a: "b" } }, spec: { containers: [{ name: "c", image: "i" }] } },
        },
      });
      yield post(`/apis/apps/v1/namespaces/quota/deployments`, deployment("a"));
      yield post(`/apis/apps/v1/namespaces/quota/deployments`, deployment("b"));
      yield get(`${ns}/resourcequotas/objects`);
      // scopes
      yield post("/api/v1/namespaces", { metadata: { name: "scopes" } });
      const sc = "/api/v1/namespaces/scopes";
      yield post(`${sc}/serviceaccounts`, { metadata: { name: "default" } });
      for (const [name, spec, used] of [
        ["best", { hard: { pods: "1" }, scopes: ["BestEffort"] }, { pods: "0" }],
        ["not-best", { hard: { pods: "1" }, scopes: ["NotBestEffort"] }, { pods: "0" }],
        ["ending", { hard: { pods: "0" }, scopes: ["Terminating"] }, { pods: "0" }],
        [
          "high",
          {
            hard: { pods: "0" },
            scopeSelector: {
              matchExpressions: [{ scopeName: "PriorityClass", operator: "In", values: ["system-node-critical"] }],
            },
          },
          { pods: "0" },
        ],
      ] as const) {
        const made = JSON.parse((yield post(`${sc}/resourcequotas`, { metadata: { name }, spec })).body) as Record<
          string,
          unknown
        >;
        yield put(`${sc}/resourcequotas/${name}/status`, { ...made, status: { hard: spec.hard, used } });
      }
      yield post(`${sc}/pods`, pod("b1"));
      yield post(`${sc}/pods`, pod("b2"));
      yield post(`${sc}/pods`, pod("n1", {}, { resources: { requests: { cpu: "1" } } }));
      yield post(`${sc}/pods`, pod("n2", {}, { resources: { requests: { cpu: "1" } } }));
      yield post(`${sc}/pods`, pod("e1", { activeDeadlineSeconds: 5 }, { resources: { requests: { memory: "1" } } }));
      yield get(`${sc}/resourcequotas`);
      yield post(`${sc}/resourcequotas`, { metadata: { name: "unknown" }, spec: { hard: { configmaps: "1" } } });
      yield post(`${sc}/configmaps`, { metadata: { name: "c" } });
    },
  },
  {
    name: "limits",
    *run() {
      const ns = "/api/v1/namespaces/limits";
      yield post("/api/v1/namespaces", { metadata: { name: "limits" } });
      yield post(`${ns}/serviceaccounts`, { metadata: { name: "default" } });
      yield post(`${ns}/limitranges`, {
        metadata: { name: "l" },
        spec: {
          limits: [
            {
              type: "Container",
              default: { cpu: "500m", memory: "256Mi" },
              defaultRequest: { cpu: "100m" },
              max: { cpu: "1", memory: "1Gi" },
              min: { cpu: "50m" },
              maxLimitRequestRatio: { cpu: "10" },
            },
            { type: "Pod", max: { cpu: "2" }, min: { memory: "16Mi" } },
            { type: "PersistentVolumeClaim", min: { storage: "1Gi" }, max: { storage: "5Gi" } },
          ],
        },
      });
      yield post(`${ns}/pods?dryRun=All`, pod("p"));
      yield post(
        `${ns}/pods?dryRun=All`,
        pod("p", { initContainers: [{ name: "i", image: "i" }] }, { resources: { requests: { cpu: "200m" } } }),
      );
      yield post(`${ns}/pods?dryRun=All`, pod("p", {}, { resources: { limits: { cpu: "4", memory: "2Gi" } } }));
      yield post(
        `${ns}/pods?dryRun=All`,
        pod("p", {}, { resources: { requests: { cpu: "1m" }, limits: { cpu: "1" } } }),
      );
      yield post(
        `${ns}/pods?dryRun=All`,
        pod("p", {}, { resources: { requests: { cpu: "60m", memory: "1Mi" }, limits: { cpu: "1" } } }),
      );
      yield post(`${ns}/pods?dryRun=All`, {
        metadata: { name: "p" },
        spec: { containers: ["a", "b", "c", "d", "e"].map((name) => ({ name, image: "i" })) },
      });
      const claim = (storage: string) => ({
        metadata: { name: "c" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage } } },
      });
      for (const size of ["500Mi", "2Gi", "10Gi"]) yield post(`${ns}/persistentvolumeclaims?dryRun=All`, claim(size));
    },
  },
  {
    name: "pod subresources",
    *run() {
      const item = `${core}/pods/sub`;
      yield post(`${core}/pods`, pod("sub", {}, { resources: { requests: { cpu: "1" }, limits: { cpu: "2" } } }));
      yield get(`${item}/ephemeralcontainers`);
      yield patch(`${item}/ephemeralcontainers`, "strategic-merge-patch", {
        spec: { ephemeralContainers: [{ name: "d", image: "i", targetContainerName: "c" }] },
      });
      yield patch(`${item}/ephemeralcontainers`, "strategic-merge-patch", {
        spec: { ephemeralContainers: [{ name: "c", image: "i" }] },
      });
      yield patch(`${item}/ephemeralcontainers`, "strategic-merge-patch", {
        spec: {
          ephemeralContainers: [
            { name: "e", image: "i", ports: [{ containerPort: 1 }], livenessProbe: { tcpSocket: { port: 1 } } },
          ],
        },
      });
      yield patch(`${item}/ephemeralcontainers`, "merge-patch", { spec: { ephemeralContainers: [] } });
      yield patch(item, "strategic-merge-patch", { spec: { ephemeralContainers: [{ name: "z", image: "i" }] } });
      yield get(`${item}/resize`);
      yield patch(`${item}/resize`, "strategic-merge-patch", {
        spec: { containers: [{ name: "c", resources: { requests: { cpu: "1500m" } } }] },
      });
      yield patch(`${item}/resize`, "strategic-merge-patch", {
        spec: { containers: [{ name: "c", resources: { requests: { cpu: "5" } } }] },
      });
      yield patch(`${item}/resize`, "strategic-merge-patch", { spec: { containers: [{ name: "c", image: "other" }] } });
      yield patch(`${item}/resize`, "strategic-merge-patch", {
        spec: { containers: [{ name: "c", resources: { limits: { cpu: null } } }] },
      });
      yield get(`${item}/status`);
      yield post(`${item}/eviction`, { metadata: { name: "other" } });
      yield post(`${item}/eviction?dryRun=All`, { metadata: { name: "sub" } });
      yield post(`${item}/eviction`, { metadata: { name: "sub" }, deleteOptions: { preconditions: { uid: "wrong" } } });
      yield post(`${core}/pods/nobody/eviction`, { metadata: { name: "nobody" } });
      yield post(`${item}/binding`, { metadata: { name: "sub" }, target: { kind: "Pod", name: "n" } });
      yield post(`${item}/binding`, { metadata: { name: "sub" }, target: {} });
      yield post(`${core}/bindings`, { metadata: { name: "sub" }, target: { kind: "Node", name: "n" } });
      yield post(`${core}/bindings`, { metadata: { name: "sub" }, target: { kind: "Node", name: "n" } });
      yield del(`${item}?gracePeriodSeconds=0`);
    },
  },
  {
    name: "scales",
    *run() {
      const template = { metadata: { labels: { x: "y" } }, spec: { containers: [{ name: "c", image: "i" }] } };
      const kinds: [string, unknown][] = [
        ["/apis/apps/v1/namespaces/diff/deployments", { selector: { matchLabels: { x: "y" } }, template }],
        ["/apis/apps/v1/namespaces/diff/replicasets", { selector: { matchLabels: { x: "y" } }, template }],
        [
          "/apis/apps/v1/namespaces/diff/statefulsets",
          { selector: { matchLabels: { x: "y" } }, serviceName: "s", template },
        ],
        [`${core}/replicationcontrollers`, { selector: { x: "y" }, template }],
      ];
      for (const [path, spec] of kinds) {
        yield post(path, { metadata: { name: "scale" }, spec });
        const item = `${path}/scale/scale`;
        yield get(item);
        yield get(item, table);
        yield put(item, { metadata: { name: "scale", namespace }, spec: { replicas: 3 } });
        yield put(item, { metadata: { name: "scale", namespace, resourceVersion: "1" }, spec: { replicas: 3 } });
        yield put(item, { metadata: { name: "other", namespace }, spec: { replicas: 3 } });
        yield put(`${item}?dryRun=All`, { metadata: { name: "scale", namespace }, spec: { replicas: 7 } });
        yield patch(item, "merge-patch", { spec: { replicas: 4 } });
        yield patch(item, "json-patch", [{ op: "replace", path: "/spec/replicas", value: 5 }]);
        yield patch(item, "strategic-merge-patch", { spec: { replicas: 6 } });
        yield patch(item, "merge-patch", { spec: { replicas: -4 } });
        yield patch(item, "merge-patch", { spec: { replicas: "x" } });
        yield apply(
          item,
          "ap",
          { apiVersion: "autoscaling/v1", kind: "Scale", metadata: { name: "scale" }, spec: { replicas: 8 } },
          true,
        );
        yield get(`${path}/missing/scale`);
        yield get(`${path}/scale`);
        yield del(`${path}/scale`, { propagationPolicy: "Background" });
      }
    },
  },
  {
    name: "dry runs",
    *run() {
      const item = `${core}/configmaps/dry`;
      yield post(`${core}/configmaps`, { metadata: { name: "dry", labels: { dry: "1" } } });
      yield put(`${item}?dryRun=All`, { metadata: { name: "dry" }, data: { a: "b" } });
      yield patch(`${item}?dryRun=All`, "merge-patch", { data: { a: "b" } });
      yield apply(`${core}/configmaps/dry-new`, "a&dryRun=All", {
        apiVersion: "v1",
        kind: "ConfigMap",
        metadata: { name: "dry-new" },
      });
      yield get(`${core}/configmaps/dry-new`);
      yield del(`${core}/configmaps?dryRun=All&labelSelector=dry`);
      yield del(item, { dryRun: ["All"] });
      yield del(item, { dryRun: ["Some"] });
      yield del(item, { propagationPolicy: "Sideways" });
      yield del(item, { gracePeriodSeconds: -1 });
      yield del(item, { kind: "Pod" });
      yield del(item, { apiVersion: "v1", kind: "DeleteOptions", preconditions: { resourceVersion: "1" } });
      yield del(`${item}?propagationPolicy=Orphan`);
      yield get(item);
      yield patch(item, "merge-patch", { metadata: { finalizers: null } });
      yield get(item);
      yield patch(`${core}/configmaps/nobody`, "merge-patch", { data: { a: 1 } });
      yield {
        method: "PUT",
        path: `${core}/configmaps/x?fieldValidation=Strict`,
        headers: { "content-type": "application/json" },
        body: '{"metadata":{"name":"x"},"dat":{}}',
      };
      yield {
        method: "PATCH",
        path: `${core}/configmaps/dry?fieldManager=${"m".repeat(200)}`,
        headers: { "content-type": "application/merge-patch+json" },
        body: "{}",
      };
      yield {
        method: "PATCH",
        path: `${core}/configmaps/dry?force=true`,
        headers: { "content-type": "application/merge-patch+json" },
        body: "{}",
      };
    },
  },
  {
    name: "odd paths",
    *run() {
      for (const path of [
        "/api/",
        "/apis/",
        "/api/v1/",
        "/apis/apps/",
        "/apis/apps/v1/",
        "/api/v2",
        "/apis/apps/v2",
        "/apis/none",
        "/api/v1/pods/x",
        "/api/v1/namespaces/diff/nodes",
        "/api/v1/namespaces/diff/nodes/x",
        "/api/v1/namespaces/none/pods",
        "/apis/apps/v1/deployments/x",
        `${core}/pods/x/nothing`,
        `${core}/pods/x/status/more`,
        `${core}/configmaps/x/status`,
        `${core}/configmaps?limit=-1`,
        `${core}/configmaps?timeoutSeconds=x`,
        `${core}/configmaps?watch=maybe&timeoutSeconds=1`,
        `${core}/configmaps?resourceVersion=x`,
        `${core}/configmaps?resourceVersionMatch=Sometimes&resourceVersion=1`,
        `${core}/configmaps?sendInitialEvents=true`,
        "/readyz/ping",
        "/livez/nothing",
        "/openapi/v3/nothing",
        "/openapi/v4",
      ])
        yield get(path);
      for (const [method, path] of [
        ["POST", "/api"],
        ["DELETE", "/apis"],
        ["POST", "/version"],
        ["POST", "/nothing"],
        ["DELETE", `${core}/namespaces`],
        ["DELETE", "/api/v1/namespaces"],
        ["POST", `${core}/pods/x/log`],
        ["PUT", `${core}/pods/x/binding`],
        ["DELETE", `${core}/pods/x/status`],
        ["POST", `/apis/authorization.k8s.io/v1/selfsubjectaccessreviews/x`],
        ["GET", `/apis/authorization.k8s.io/v1/selfsubjectaccessreviews`],
        ["POST", "/apis/apps/v1/deployments"],
        ["DELETE", "/apis/apps/v1/deployments"],
        ["OPTIONS", `${core}/configmaps`],
      ] as const)
        yield {
          method,
          path,
          headers: { "content-type": "application/json", accept: "application/json" },
          ...(method === "POST" || method === "PUT" ? { body: "{}" } : {}),
        };
      for (const accept of [
        "text/html",
        "application/xml",
        "application/json;as=Table;g=meta.k8s.io;v=v2",
        "application/json;as=Nothing;g=meta.k8s.io;v=v1",
        "application/json;q=0.5, application/yaml;q=0.1",
        "*/*;q=0.8",
        "application/json;stream=watch",
      ])
        yield get(`${core}/serviceaccounts/default`, accept);
    },
  },
  {
    name: "service accounts",
    *run() {
      yield post(`${core}/pods?dryRun=All`, pod("p", { serviceAccountName: "nobody" }));
      yield post(
        `${core}/pods?dryRun=All`,
        pod("p", { serviceAccountName: "default", automountServiceAccountToken: false }),
      );
      yield post(`${core}/pods?dryRun=All`, pod("p", { priorityClassName: "nothing" }));
      yield post(`${core}/pods?dryRun=All`, pod("p", { priorityClassName: "system-node-critical" }));
      yield post(`${core}/pods?dryRun=All`, pod("p", { priority: 5 }));
      yield post(`${core}/pods?dryRun=All`, pod("p", { runtimeClassName: "nothing" }));
      yield post("/apis/node.k8s.io/v1/runtimeclasses", {
        metadata: { name: "heavy" },
        handler: "h",
        overhead: { podFixed: { cpu: "100m", memory: "10Mi" } },
        scheduling: { nodeSelector: { a: "b" }, tolerations: [{ key: "t", operator: "Exists" }] },
      });
      yield post(`${core}/pods?dryRun=All`, pod("p", { runtimeClassName: "heavy" }));
      yield post(`${core}/pods?dryRun=All`, pod("p", { runtimeClassName: "heavy", nodeSelector: { a: "c" } }));
      yield post(`${core}/pods?dryRun=All`, pod("p", { runtimeClassName: "heavy", overhead: { cpu: "1" } }));
      yield post(
        `${core}/pods?dryRun=All`,
        pod("p", { runtimeClassName: "heavy", tolerations: [{ key: "t", operator: "Exists" }] }),
      );
      yield del("/apis/node.k8s.io/v1/runtimeclasses/heavy");
      yield post("/apis/storage.k8s.io/v1/storageclasses", {
        metadata: { name: "dflt", annotations: { "storageclass.kubernetes.io/is-default-class": "true" } },
        provisioner: "a.b/c",
      });
      yield post(`${core}/persistentvolumeclaims?dryRun=All`, {
        metadata: { name: "c" },
        spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
      });
      yield del("/apis/storage.k8s.io/v1/storageclasses/dflt");
      yield post("/apis/networking.k8s.io/v1/ingressclasses", {
        metadata: { name: "dflt", annotations: { "ingressclass.kubernetes.io/is-default-class": "true" } },
        spec: { controller: "a.b/c" },
      });
      yield post(`/apis/networking.k8s.io/v1/namespaces/diff/ingresses?dryRun=All`, {
        metadata: { name: "i" },
        spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } },
      });
      yield del("/apis/networking.k8s.io/v1/ingressclasses/dflt");
      for (const name of ["default", "kube-system", "kube-public"]) yield del(`/api/v1/namespaces/${name}?dryRun=All`);
    },
  },
];
