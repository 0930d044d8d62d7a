import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/base/index.ts";
import { wellKnown, type ApiObject, type ApiRequest } from "../../src/kube/index.ts";
import { install, type ReleaseSite } from "../../src/release/index.ts";
import { job, quota, sim, standing, testBroken, type Case } from "./broken-cases.ts";
import { chartOf, configMap, deployment, openLab, withoutRight, type Lab } from "./lab.ts";

/** A Deployment `d` whose container, and what comes after it in the pod, is as said. */
const pod = (container: string, annotations: Record<string, string> = {}, replicas = 1) => ({
  "d.yaml": deployment("d", { container, annotations, replicas }),
});
const merge = (path: string, body: object) => async (lab: Lab) => {
  await lab.client.json({ method: "PATCH", path, body, contentType: "application/merge-patch+json" });
};
const statefulSet = (annotations: Record<string, string>, more = "") => ({
  "s.yaml":
    deployment("s", { replicas: 3, annotations })
      .replace("kind: Deployment", "kind: StatefulSet")
      .replace("  selector", "  serviceName: none\n  selector") + more,
});
const claim = (name: string, storageClass: string) =>
  `{apiVersion: v1, kind: PersistentVolumeClaim, metadata: {name: ${name}}, spec: {accessModes: [ReadWriteOnce], storageClassName: ${storageClass}, resources: {requests: {storage: 1Gi}}}}\n`;
const hook = (spec: string, template: string) => ({
  "c.yaml": configMap("c"),
  "h.yaml": `apiVersion: batch/v1\nkind: Job\nmetadata: {name: migrate, annotations: {helm.sh/hook: pre-install}}\nspec:\n  backoffLimit: 0\n${spec}  template: ${template}\n`,
});
/** A cluster whose webhook refuses Deployments. */
const denied = async (lab: Lab): Promise<ReleaseSite> => {
  const message = `admission webhook "policy.example.com" denied the request: image tag "1" is not pinned`;
  const isRefused = ({ method, path }: ApiRequest) => method !== "GET" && path.includes("/deployments");
  return { ...lab.site, client: lab.connect(withoutRight(lab, isRefused, message)) };
};
const injector = standing("/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations", {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "MutatingWebhookConfiguration",
  metadata: { name: "injector" },
  webhooks: [
    {
      name: "inject.example.com",
      clientConfig: { service: { name: "injector", namespace: "mesh", path: "/inject" } },
      rules: [{ apiGroups: [""], apiVersions: ["*"], operations: ["CREATE"], resources: ["pods"] }],
      failurePolicy: "Fail",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
    },
  ],
});
const tainted = async (lab: Lab) => {
  const { items } = (await lab.client.json({ method: "GET", path: "/api/v1/nodes" })) as { items: ApiObject[] };
  for (const node of items)
    await merge(`/api/v1/nodes/${node.metadata.name}`, {
      spec: { taints: [{ key: "nvidia.com/gpu", effect: "NoSchedule" }] },
    })(lab);
};
const unschedulable = (why: string) =>
  new RegExp(`^Deployment d: pod d-\\S+: cannot be scheduled: 0/2 nodes are available: ${why}$`);

const cases: Case[] = [
  {
    name: "a key that its Secret does not have",
    templates: {
      "s.yaml": "{apiVersion: v1, kind: Secret, metadata: {name: creds}, stringData: {user: a}}\n",
      ...pod("          env: [{name: A, valueFrom: {secretKeyRef: {name: creds, key: password}}}]\n"),
    },
    says: /^Deployment d: pod d-\S+: container main: CreateContainerConfigError: couldn't find key password in Secret default\/creds$/,
  },
  {
    name: "a ConfigMap that is missing from a volume",
    templates: pod(
      "          volumeMounts: [{name: v, mountPath: /v}]\n      volumes: [{name: v, configMap: {name: nosuch}}]\n",
    ),
    says: /^Deployment d: pod d-\S+: FailedMount: .*configmap "nosuch" not found$/,
  },
  {
    name: "a registry that wants to know who asks",
    templates: pod(
      "      imagePullSecrets: [{name: regcred}]\n",
      sim("image-error", "failed to authorize: 401 Unauthorized"),
    ),
    says: /^Deployment d: pod d-\S+: container main: cannot pull image "nginx:1": failed to authorize: 401 Unauthorized$/,
    within: 30,
  },
  {
    name: "a registry that does not answer: it may be back soon",
    templates: pod("", sim("image-error", "dial tcp 10.0.0.1:443: i/o timeout")),
    says: /^Deployment d: pod d-\S+: container main: cannot pull image "nginx:1": dial tcp 10\.0\.0\.1:443: i\/o timeout$/,
    notBefore: 120,
    within: 200,
  },
  {
    name: "an image whose name is none",
    templates: { "d.yaml": deployment("d").replace("nginx:1", "Not A Name") },
    says: /^Deployment d: pod d-\S+: container main: InvalidImageName: .*"Not A Name"/,
    within: 5,
  },
  {
    name: "a GPU that no node has",
    templates: pod("          resources: {limits: {nvidia.com/gpu: 1}}\n"),
    says: unschedulable("2 Insufficient nvidia\\.com/gpu"),
    notBefore: 300,
  },
  {
    name: "nodes that want no such pods",
    before: tainted,
    templates: pod(""),
    says: unschedulable("2 node\\(s\\) had untolerated taint\\(s\\)"),
  },
  {
    name: "more pods with one host port than nodes",
    templates: pod("          ports: [{containerPort: 80, hostPort: 80}]\n", {}, 3),
    says: unschedulable("2 node\\(s\\) didn't have free ports for the requested pod ports"),
  },
  {
    name: "more pods that shun each other than nodes",
    templates: pod(
      "      affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: d}}}]}}\n",
      {},
      3,
    ),
    says: unschedulable("2 node\\(s\\) didn't match pod anti-affinity rules"),
  },
  {
    name: "pods to be spread over zones that do not exist",
    templates: pod(
      "      topologySpreadConstraints: [{maxSkew: 1, topologyKey: zone, whenUnsatisfiable: DoNotSchedule, labelSelector: {matchLabels: {app: d}}}]\n",
    ),
    says: unschedulable("2 node\\(s\\) didn't match pod topology spread constraints \\(missing required label\\)"),
  },
  {
    name: "a claim that nobody has made",
    templates: pod(
      "          volumeMounts: [{name: v, mountPath: /v}]\n      volumes: [{name: v, persistentVolumeClaim: {claimName: models}}]\n",
    ),
    says: unschedulable('persistentvolumeclaim "models" not found'),
  },
  {
    name: "a claim of a StatefulSet in a class that is missing",
    templates: statefulSet(
      {},
      "  volumeClaimTemplates:\n    - metadata: {name: data}\n      spec: {accessModes: [ReadWriteOnce], storageClassName: fast, resources: {requests: {storage: 1Gi}}}\n",
    ),
    says: /^StatefulSet s: persistentvolumeclaim data-s-0: ProvisioningFailed: storageclass\.storage\.k8s\.io "fast" not found$/,
  },
  {
    name: "a claim that no pod asks for, in a class that waits for one",
    before: standing("/apis/storage.k8s.io/v1/storageclasses", {
      apiVersion: "storage.k8s.io/v1",
      kind: "StorageClass",
      metadata: { name: "late" },
      provisioner: "example.com/disks",
      volumeBindingMode: "WaitForFirstConsumer",
    }),
    templates: { "p.yaml": claim("data", "late") },
    says: /^PersistentVolumeClaim data: persistentvolumeclaim data: WaitForFirstConsumer: waiting for first consumer to be created before binding$/,
  },
  {
    name: "more memory than a LimitRange lets a container have",
    before: standing("/api/v1/namespaces/default/limitranges", {
      apiVersion: "v1",
      kind: "LimitRange",
      metadata: { name: "l" },
      spec: { limits: [{ type: "Container", max: { memory: "1Gi" } }] },
    }),
    templates: pod("          resources: {limits: {memory: 8Gi}}\n"),
    says: /^Deployment d: pods "d-\S+" is forbidden: maximum memory usage per Container is 1Gi, but limit is 8Gi$/,
  },
  {
    name: "a namespace that takes restricted pods only",
    before: merge("/api/v1/namespaces/default", {
      metadata: { labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
    }),
    templates: pod("          securityContext: {privileged: true}\n"),
    says: /^Deployment d: pods "d-\S+" is forbidden: violates PodSecurity "restricted:latest": privileged \(container "main" must not set /,
  },
  {
    name: "a quota that wants requests to be said",
    before: quota({ "requests.cpu": "2" }),
    templates: pod(""),
    says: /^Deployment d: pods "d-\S+" is forbidden: failed quota: q: must specify requests\.cpu for: main$/,
  },
  {
    name: "a ServiceAccount that is missing",
    templates: pod("      serviceAccountName: trainer\n"),
    says: /^Deployment d: pods .*is forbidden: error looking up service account default\/trainer: serviceaccount "trainer" not found$/,
  },
  {
    name: "a PriorityClass that is missing",
    templates: pod("      priorityClassName: high\n"),
    says: /^Deployment d: pods .*is forbidden: no PriorityClass with name high was found$/,
  },
  {
    name: "a RuntimeClass that is missing",
    templates: pod("      runtimeClassName: nvidia\n"),
    says: /^Deployment d: pods .*is forbidden: pod rejected: RuntimeClass "nvidia" not found$/,
  },
  {
    name: "a sidecar's webhook without a backend",
    lab: { strictWebhooks: true },
    before: injector,
    templates: pod(""),
    says: /^Deployment d: Internal error occurred: failed calling webhook "inject\.example\.com": .*service "injector" not found$/,
  },
  {
    name: "a webhook that denies",
    as: denied,
    templates: pod(""),
    says: /^server-side apply failed for object default\/d apps\/v1, Kind=Deployment: admission webhook "policy\.example\.com" denied the request: image tag "1" is not pinned$/,
    within: 1,
  },
  {
    name: "a readiness gate that nobody opens",
    templates: pod("      readinessGates: [{conditionType: example.com/in-rotation}]\n"),
    says: /^Deployment d: pod d-\S+: corresponding condition of pod readiness gate "example\.com\/in-rotation" does not exist\.$/,
  },
  {
    name: "a container that its startup probe kills",
    templates: pod(
      "          startupProbe: {httpGet: {path: /healthz, port: 80}, periodSeconds: 2, failureThreshold: 3}\n",
      sim("startup-fails", "true"),
    ),
    says: /^Deployment d: pod d-\S+: container main: keeps crashing \(3 restarts\), last: exit code 137 after Startup probe failed: /,
    notBefore: 30,
    within: 120,
  },
  {
    name: "a StatefulSet whose first pod crashes",
    templates: statefulSet({ ...sim("fail", "true"), ...sim("log", "cannot open /models/llm.gguf") }),
    says: /^StatefulSet s: pod s-0: container main: keeps crashing \(3 restarts\), last: exit code 1$/,
    notBefore: 25,
    within: 60,
  },
  {
    name: "a DaemonSet that is ready nowhere",
    templates: {
      "a.yaml": deployment("a", {
        annotations: sim("never-ready", "true"),
        container: "          readinessProbe: {tcpSocket: {port: 80}}\n",
      })
        .replace("kind: Deployment", "kind: DaemonSet")
        .replace("  replicas: 1\n", ""),
    },
    says: /^DaemonSet a: pod a-\S+: Unhealthy: Readiness probe failed: /,
  },
  {
    name: "a Job that uses up its tries",
    templates: { "j.yaml": job(`"sim.slipway.dev/exit-code": "7"`).replace("backoffLimit: 0", "backoffLimit: 2") },
    options: { waitForJobs: true },
    says: /^Job j: pod j-\S+: container c: exit code 7$/,
    notBefore: 20,
    within: 60,
  },
  {
    name: "a hook past its deadline",
    templates: hook(
      "  activeDeadlineSeconds: 20\n",
      `{metadata: {annotations: {"sim.slipway.dev/run-for": "10m"}}, spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}`,
    ),
    says: /^failed pre-install: Job migrate: DeadlineExceeded: Job was active longer than specified deadline$/,
    within: 30,
  },
  {
    name: "a hook that fits on no node",
    templates: hook(
      "",
      `{spec: {restartPolicy: Never, nodeSelector: {gpu: a100}, containers: [{name: c, image: busybox}]}}`,
    ),
    says: /^failed pre-install: Job migrate: pod migrate-\S+: cannot be scheduled: 0\/2 nodes are available: 2 node\(s\) didn't match Pod's node affinity\/selector$/,
  },
  {
    name: "an API version that is gone",
    templates: {
      "h.yaml":
        "{apiVersion: autoscaling/v2beta2, kind: HorizontalPodAutoscaler, metadata: {name: h}, spec: {maxReplicas: 3}}\n",
    },
    says: /^unable to build kubernetes objects from release manifest: .*no matches for kind "HorizontalPodAutoscaler" in version "autoscaling\/v2beta2"$/,
    within: 1,
  },
];

testBroken(cases);

const crashing = { ...sim("fail", "true"), ...sim("never-ready", "true") };

/** After a while the pods stop crashing. */
async function mendPods(lab: Lab, after: number, labelSelector: string): Promise<void> {
  await sleep(lab.clock, after);
  const annotations = { "sim.slipway.dev/fail": null, "sim.slipway.dev/never-ready": null };
  for (const { metadata } of await lab.client.list(wellKnown.pods, "default", { labelSelector }))
    await merge(`/api/v1/namespaces/default/pods/${metadata.name}`, { metadata: { annotations } })(lab);
}

test("a crash loop says what the container printed last", async () => {
  await using lab = await openLab();
  const templates = pod("", { ...crashing, ...sim("log", "no such table: models") });
  await assert.rejects(install(lab.site, { name: "r", chart: chartOf(templates), wait: "watcher" }).result, {
    message: /\nlast lines of pod d-\S+:\n[^]*\n {2}main: no such table: models\n/,
  });
});

test("a container that crashes until its database is there is waited for", async () => {
  await using lab = await openLab();
  const templates = {
    "db.yaml": deployment("db", { annotations: sim("ready-after", "100s") }),
    ...pod("", crashing),
  };
  const operation = install(lab.site, { name: "r", chart: chartOf(templates), wait: "watcher" });
  void mendPods(lab, 101_000, "app=d");
  assert.equal((await operation.result).status, "deployed");
});

test("a hook whose container crashes goes on as long as its Job lets it", async () => {
  await using lab = await openLab();
  const templates = hook(
    "",
    `{metadata: {annotations: {"sim.slipway.dev/fail": "true"}}, spec: {restartPolicy: OnFailure, containers: [{name: c, image: busybox}]}}`,
  );
  const patient = { ...templates, "h.yaml": templates["h.yaml"].replace("backoffLimit: 0", "backoffLimit: 6") };
  const began = lab.clock.now();
  const operation = install(lab.site, { name: "r", chart: chartOf(patient) });
  void mendPods(lab, 60_000, "job-name=migrate");
  assert.equal((await operation.result).status, "deployed");
  assert.ok(lab.clock.now() - began >= 60_000);
});
