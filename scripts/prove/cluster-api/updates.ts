import { apply, get, namespace, patch, post, put } from "./calls.ts";
import type { Scenario } from "./calls.ts";

/** Changes of specs: immutable fields, merges of lists, ownership, scale and status. */

const base = `/apis/apps/v1/namespaces/${namespace}`;
const core = `/api/v1/namespaces/${namespace}`;
const container = (name: string, more: Record<string, unknown> = {}) => ({ name, image: "i:1", ...more });
const workload = (name: string, containers: unknown[] = [container("a")]) => ({
  metadata: { name },
  spec: { selector: { matchLabels: { x: "y" } }, template: { metadata: { labels: { x: "y" } }, spec: { containers } } },
});

export const updateScenarios: Scenario[] = [
  {
    name: "deployment changes",
    *run() {
      const item = `${base}/deployments/up`;
      yield post(`${base}/deployments`, workload("up"));
      yield patch(item, "strategic-merge-patch", { spec: { template: { spec: { containers: [container("b")] } } } });
      yield patch(item, "strategic-merge-patch", {
        spec: { template: { spec: { containers: [{ name: "a", image: "i:2", env: [{ name: "E", value: "1" }] }] } } },
      });
      yield patch(item, "strategic-merge-patch", {
        spec: {
          template: {
            spec: { containers: [{ name: "a", env: [{ name: "F", value: "2" }] }], $setElementOrder: undefined },
          },
        },
      });
      yield patch(item, "strategic-merge-patch", {
        spec: {
          template: {
            spec: {
              "$setElementOrder/containers": [{ name: "b" }, { name: "a" }],
              containers: [{ name: "b", $patch: "delete" }],
            },
          },
        },
      });
      yield patch(item, "strategic-merge-patch", {
        spec: { template: { spec: { containers: [{ $patch: "replace" }, container("z")] } } },
      });
      yield patch(item, "strategic-merge-patch", {
        spec: { template: { spec: { containers: [{ image: "nokey" }] } } },
      });
      yield patch(item, "strategic-merge-patch", { spec: { strategy: { $retainKeys: ["type"], type: "Recreate" } } });
      yield patch(item, "strategic-merge-patch", { spec: { strategy: { type: "RollingUpdate" } } });
      yield patch(item, "strategic-merge-patch", {
        spec: { template: { spec: { volumes: [{ name: "v", emptyDir: {} }] } } },
      });
      yield patch(item, "strategic-merge-patch", {
        spec: {
          template: {
            spec: { volumes: [{ name: "v", $retainKeys: ["name", "secret"], secret: { secretName: "s" } }] },
          },
        },
      });
      yield patch(item, "strategic-merge-patch", {
        spec: { template: { spec: { tolerations: [{ key: "a", operator: "Exists" }] } } },
      });
      yield patch(item, "merge-patch", { spec: { replicas: 5 } });
      yield patch(item, "merge-patch", { spec: { replicas: -1 } });
      yield patch(item, "merge-patch", { spec: { replicas: "x" } });
      yield patch(item, "merge-patch", { spec: { selector: { matchLabels: { other: "y" } } } });
      yield patch(item, "merge-patch", {
        spec: { selector: { matchLabels: { x: "z" } }, template: { metadata: { labels: { x: "z" } } } },
      });
      yield patch(item, "json-patch", [{ op: "replace", path: "/spec/replicas", value: 2 }]);
      yield patch(item, "json-patch", [{ op: "remove", path: "/spec/nothing" }]);
      yield patch(item, "json-patch", [{ op: "add", path: "/spec/template/spec/containers/-", value: container("q") }]);
      yield patch(item, "json-patch", [
        { op: "move", from: "/spec/template/spec/containers/1", path: "/spec/template/spec/containers/0" },
      ]);
      yield patch(item, "json-patch", [{ op: "copy", from: "/metadata/name", path: "/metadata/labels" }]);
      yield patch(item, "json-patch", [{ op: "nothing", path: "/x" }]);
      yield patch(item, "json-patch", { op: "add" });
      yield patch(item, "json-patch", "{");
      yield patch(item, "merge-patch", "[");
      yield patch(item, "strategic-merge-patch", "x");
      yield patch(item, "merge-patch", { metadata: { name: "other" } });
      yield patch(item, "merge-patch", { metadata: { resourceVersion: "1" } });
      yield patch(item, "merge-patch", { metadata: { uid: "00000000-0000-0000-0000-000000000000" } });
      yield get(`${item}/scale`);
      yield patch(`${item}/scale`, "merge-patch", { spec: { replicas: 4 } });
      yield put(`${item}/scale`, { metadata: { name: "up", namespace }, spec: { replicas: 3 } });
      yield put(`${item}/scale`, { metadata: { name: "up", namespace }, spec: { replicas: -3 } });
      yield patch(`${item}/status`, "merge-patch", {
        spec: { replicas: 9 },
        status: { replicas: 1, observedGeneration: 1 },
      });
      yield patch(`${item}/status`, "merge-patch", { status: { replicas: -1 } });
      yield patch(`${item}/status`, "strategic-merge-patch", {
        status: { conditions: [{ type: "Available", status: "True" }] },
      });
      yield patch(`${item}/status`, "strategic-merge-patch", {
        status: { conditions: [{ type: "Progressing", status: "False", reason: "R" }] },
      });
      yield get(item);
    },
  },
  {
    name: "apply and its owners",
    *run() {
      const item = `${base}/deployments/ssa`;
      const head = { apiVersion: "apps/v1", kind: "Deployment" };
      const of = (containers: unknown[], more: Record<string, unknown> = {}) => ({
        ...head,
        ...workload("ssa", containers),
        ...more,
      });
      yield apply(
        item,
        "a",
        of([
          container("a", {
            env: [
              { name: "X", value: "1" },
              { name: "Y", value: "2" },
            ],
            ports: [{ containerPort: 80 }],
          }),
        ]),
      );
      yield apply(
        item,
        "a",
        of([
          container("a", {
            env: [
              { name: "X", value: "1" },
              { name: "Y", value: "2" },
            ],
            ports: [{ containerPort: 80 }],
          }),
        ]),
      );
      yield apply(item, "a", of([container("a", { env: [{ name: "Y", value: "2" }] })]));
      yield apply(item, "b", of([container("a", { image: "i:2" }), container("b")]));
      yield apply(item, "b", of([container("a", { image: "i:2" }), container("b")]), true);
      yield apply(item, "a", { ...head, metadata: { name: "ssa" }, spec: { replicas: 4 } });
      yield patch(`${item}?fieldManager=c`, "merge-patch", { spec: { replicas: 7 } });
      yield apply(item, "a", { ...head, metadata: { name: "ssa" }, spec: { replicas: 4 } });
      yield apply(item, "a", { ...head, metadata: { name: "ssa" }, spec: { replicas: 4 } }, true);
      yield apply(item, "a", { ...head, metadata: { name: "ssa" } });
      yield apply(item, "b", of([container("b"), container("c"), container("a", { image: "i:2" })]));
      yield apply(item, "a", { ...head, metadata: { name: "ssa" }, spec: { nonsense: 1 } });
      yield apply(item, "a", { ...head, metadata: { name: "ssa" }, spec: { replicas: "x" } });
      yield apply(item, "a", of([container("a"), container("a")]));
      yield apply(item, "a", { ...head, metadata: { name: "other" } });
      yield apply(item, "a", { apiVersion: "v1", kind: "Deployment", metadata: { name: "ssa" } });
      yield apply(item, "a", { ...head, metadata: { name: "ssa", managedFields: [] } });
      yield apply(item, "", { ...head, metadata: { name: "ssa" } });
      yield apply(item, "a", "a: [");
      yield apply(item, "a", "metadata: {name: ssa}\nspec: {replicas: 6}\napiVersion: apps/v1\nkind: Deployment\n");
      yield apply(`${item}/status`, "st", { ...head, metadata: { name: "ssa" }, status: { replicas: 2 } });
      const got = JSON.parse((yield get(item)).body);
      got.metadata.managedFields = [{}];
      yield put(item, got);
      yield get(item);
      yield apply(`${base}/deployments/missing`, "a", {
        ...head,
        metadata: { name: "missing" },
        spec: { replicas: 1 },
      });
    },
  },
  {
    name: "services change",
    *run() {
      const item = `${core}/services/up`;
      yield post(`${core}/services`, { metadata: { name: "up" }, spec: { ports: [{ name: "a", port: 80 }] } });
      yield patch(item, "strategic-merge-patch", { spec: { ports: [{ name: "b", port: 81 }] } });
      yield patch(item, "strategic-merge-patch", { spec: { ports: [{ port: 80, targetPort: 8080 }] } });
      yield patch(item, "merge-patch", { spec: { type: "NodePort" } });
      yield patch(item, "merge-patch", { spec: { type: "ExternalName" } });
      yield patch(item, "merge-patch", { spec: { type: "ExternalName", externalName: "a.example.com" } });
      yield patch(item, "merge-patch", { spec: { type: "ClusterIP", externalName: null } });
      yield patch(item, "merge-patch", { spec: { clusterIP: "10.96.200.200", clusterIPs: ["10.96.200.200"] } });
      yield patch(item, "merge-patch", { spec: { ports: [{ port: 70000 }] } });
      yield patch(`${item}/status`, "merge-patch", { status: { loadBalancer: { ingress: [{ ip: "1.2.3.4" }] } } });
    },
  },
  {
    name: "immutable things",
    *run() {
      const st = `${base}/statefulsets`;
      yield post(st, {
        metadata: { name: "im" },
        spec: {
          serviceName: "s",
          selector: { matchLabels: { x: "y" } },
          template: { metadata: { labels: { x: "y" } }, spec: { containers: [container("a")] } },
        },
      });
      yield patch(`${st}/im`, "merge-patch", { spec: { serviceName: "other" } });
      yield patch(`${st}/im`, "merge-patch", { spec: { podManagementPolicy: "Parallel" } });
      yield patch(`${st}/im`, "merge-patch", {
        spec: { replicas: 3, template: { spec: { terminationGracePeriodSeconds: 9 } } },
      });
      yield post(`${base}/daemonsets`, workload("im"));
      yield patch(`${base}/daemonsets/im`, "merge-patch", { spec: { selector: { matchLabels: { q: "y" } } } });
      yield patch(`${base}/daemonsets/im`, "merge-patch", {
        spec: { selector: { matchLabels: { x: "y", q: "y" } }, template: { metadata: { labels: { q: "y" } } } },
      });
      yield post(`${core}/configmaps`, { metadata: { name: "im" }, immutable: true, data: { a: "b" } });
      yield patch(`${core}/configmaps/im`, "merge-patch", { data: { a: "c" } });
      yield patch(`${core}/configmaps/im`, "merge-patch", { immutable: null });
      yield post(`${core}/secrets`, { metadata: { name: "im" }, immutable: true, data: { a: "Yg==" } });
      yield patch(`${core}/secrets/im`, "merge-patch", { data: { a: "Yw==" } });
      yield patch(`${core}/secrets/im`, "merge-patch", { type: "other" });
      const jobs = `/apis/batch/v1/namespaces/${namespace}/jobs`;
      yield post(jobs, {
        metadata: { name: "im" },
        spec: { template: { spec: { restartPolicy: "Never", containers: [container("a")] } } },
      });
      yield patch(`${jobs}/im`, "merge-patch", { spec: { completions: 4 } });
      yield patch(`${jobs}/im`, "merge-patch", {
        spec: { parallelism: 4, backoffLimit: 9, ttlSecondsAfterFinished: 5 },
      });
      yield patch(`${jobs}/im`, "merge-patch", { spec: { template: { spec: { terminationGracePeriodSeconds: 2 } } } });
      yield patch(`${jobs}/im`, "merge-patch", { spec: { completionMode: "Indexed" } });
      yield post(`${core}/pods`, { metadata: { name: "im" }, spec: { containers: [container("a")] } });
      yield patch(`${core}/pods/im`, "strategic-merge-patch", { spec: { containers: [{ name: "a", image: "i:3" }] } });
      yield patch(`${core}/pods/im`, "strategic-merge-patch", {
        spec: { containers: [{ name: "a", command: ["x"] }] },
      });
      yield patch(`${core}/pods/im`, "strategic-merge-patch", { spec: { containers: [{ name: "b", image: "x" }] } });
      yield patch(`${core}/pods/im`, "merge-patch", { spec: { activeDeadlineSeconds: 5 } });
      yield patch(`${core}/pods/im`, "merge-patch", { spec: { activeDeadlineSeconds: 9 } });
      yield patch(`${core}/pods/im`, "merge-patch", { spec: { nodeName: "n" } });
      yield patch(`${core}/pods/im`, "merge-patch", { spec: { terminationGracePeriodSeconds: 2 } });
      yield post(`${core}/pods/im/binding`, { metadata: { name: "im" }, target: { kind: "Node", name: "n1" } });
      yield post(`${core}/pods/im/binding`, { metadata: { name: "im" }, target: { kind: "Node", name: "n2" } });
      yield patch(`${core}/pods/im/status`, "strategic-merge-patch", {
        status: {
          phase: "Running",
          conditions: [{ type: "Ready", status: "True" }],
          podIP: "10.1.1.1",
          podIPs: [{ ip: "10.1.1.1" }],
          startTime: "2024-01-01T00:00:00Z",
          containerStatuses: [
            {
              name: "a",
              ready: true,
              restartCount: 1,
              image: "i:3",
              imageID: "x",
              state: { running: { startedAt: "2024-01-01T00:00:00Z" } },
            },
          ],
        },
      });
      yield get(`${core}/pods/im`);
      const pvc = `${core}/persistentvolumeclaims`;
      yield post(pvc, {
        metadata: { name: "im" },
        spec: { accessModes: ["ReadWriteOnce"], storageClassName: "z", resources: { requests: { storage: "1Gi" } } },
      });
      yield patch(`${pvc}/im`, "merge-patch", { spec: { storageClassName: "y" } });
      yield patch(`${pvc}/im`, "merge-patch", { spec: { accessModes: ["ReadWriteMany"] } });
      yield patch(`${pvc}/im`, "merge-patch", { spec: { resources: { requests: { storage: "2Gi" } } } });
      const rb = `/apis/rbac.authorization.k8s.io/v1/namespaces/${namespace}/rolebindings`;
      yield post(rb, { metadata: { name: "im" }, roleRef: { kind: "Role", name: "a" } });
      yield patch(`${rb}/im`, "merge-patch", { roleRef: { name: "b" } });
      yield post("/apis/storage.k8s.io/v1/storageclasses", { metadata: { name: "im" }, provisioner: "a.b/c" });
      yield patch("/apis/storage.k8s.io/v1/storageclasses/im", "merge-patch", { provisioner: "d.e/f" });
      yield patch("/apis/storage.k8s.io/v1/storageclasses/im", "merge-patch", { reclaimPolicy: "Retain" });
      yield post("/apis/scheduling.k8s.io/v1/priorityclasses", { metadata: { name: "im" }, value: 5 });
      yield patch("/apis/scheduling.k8s.io/v1/priorityclasses/im", "merge-patch", { value: 6 });
      yield patch(`/api/v1/namespaces/${namespace}`, "merge-patch", {
        metadata: { labels: { "kubernetes.io/metadata.name": "other" } },
      });
    },
  },
];
