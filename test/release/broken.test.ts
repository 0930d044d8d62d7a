import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/base/index.ts";
import { install, rollback, upgrade, type ReleaseSite } from "../../src/release/index.ts";
import { hookJob, job, quota, sim, standing, testBroken, type Case } from "./broken-cases.ts";
import { chartOf, configMap, deployment, openLab, type Lab } from "./lab.ts";

const claim =
  "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], storageClassName: nowhere, resources: {requests: {storage: 1Gi}}}\n";
const webhook = standing("/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations", {
  apiVersion: "admissionregistration.k8s.io/v1",
  kind: "ValidatingWebhookConfiguration",
  metadata: { name: "policy" },
  webhooks: [
    {
      name: "policy.example.com",
      clientConfig: { service: { name: "policy", namespace: "policy", path: "/check" } },
      rules: [{ apiGroups: ["apps"], apiVersions: ["*"], operations: ["CREATE", "UPDATE"], resources: ["*"] }],
      failurePolicy: "Fail",
      sideEffects: "None",
      admissionReviewVersions: ["v1"],
    },
  ],
});
/** An account that may keep records and ConfigMaps, and nothing else. */
const weak = async (lab: Lab): Promise<ReleaseSite> => {
  const post = async (path: string, body: object) => await lab.client.json({ method: "POST", path, body });
  const metadata = { name: "weak" };
  await post("/api/v1/namespaces/default/serviceaccounts", { apiVersion: "v1", kind: "ServiceAccount", metadata });
  const rbac = "/apis/rbac.authorization.k8s.io/v1/namespaces/default";
  const rules = [
    { apiGroups: [""], resources: ["secrets", "configmaps"], verbs: ["*"] },
    { apiGroups: ["coordination.k8s.io"], resources: ["leases"], verbs: ["*"] },
  ];
  const apiVersion = "rbac.authorization.k8s.io/v1";
  await post(`${rbac}/roles`, { apiVersion, kind: "Role", metadata, rules });
  await post(`${rbac}/rolebindings`, {
    apiVersion,
    kind: "RoleBinding",
    metadata,
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "weak" },
    subjects: [{ kind: "ServiceAccount", name: "weak", namespace: "default" }],
  });
  const { status } = (await post("/api/v1/namespaces/default/serviceaccounts/weak/token", {
    apiVersion: "authentication.k8s.io/v1",
    kind: "TokenRequest",
    spec: {},
  })) as { status: { token: string } };
  const client = lab.connect((request) =>
    lab.cluster.handle({ ...request, headers: { ...request.headers, authorization: `Bearer ${status.token}` } }),
  );
  return { ...lab.site, client };
};

const cases: Case[] = [
  {
    name: "an image that does not exist",
    templates: { "d.yaml": deployment("d", { annotations: sim("image-error", "not found") }) },
    says: /^Deployment d: pod d-\S+: container main: cannot pull image "nginx:1": .*not found/,
    within: 60,
  },
  {
    name: "a container that crashes",
    templates: {
      "d.yaml": deployment("d", {
        annotations: { ...sim("crash-after", "1s"), ...sim("exit-code", "3"), ...sim("never-ready", "true") },
      }),
    },
    says: /^Deployment d: pod d-\S+: container main: keeps crashing \(\d restarts\), last: exit code 3/,
    within: 120,
  },
  {
    name: "a container that is out of memory",
    templates: {
      "d.yaml": deployment("d", {
        annotations: { ...sim("oom", "true"), ...sim("crash-after", "1s"), ...sim("never-ready", "true") },
      }),
    },
    says: /^Deployment d: pod d-\S+: container main: keeps crashing .*OOMKilled \(exit code 137\)/,
    within: 120,
  },
  {
    name: "a Secret that is missing from the environment",
    templates: { "d.yaml": deployment("d", { container: "          envFrom: [{secretRef: {name: nosuch}}]\n" }) },
    says: /^Deployment d: pod d-\S+: container main: CreateContainerConfigError: secret "nosuch" not found/,
  },
  {
    name: "a ConfigMap key that is missing",
    templates: {
      "c.yaml": configMap("settings"),
      "d.yaml": deployment("d", {
        container: "          env: [{name: A, valueFrom: {configMapKeyRef: {name: settings, key: absent}}}]\n",
      }),
    },
    says: /^Deployment d: pod d-\S+: container main: CreateContainerConfigError: couldn't find key absent in ConfigMap default\/settings/,
  },
  {
    name: "a volume whose Secret is missing",
    templates: {
      "d.yaml": deployment("d", {
        container:
          "          volumeMounts: [{name: v, mountPath: /v}]\n      volumes: [{name: v, secret: {secretName: nosuch}}]\n",
      }),
    },
    says: /^Deployment d: pod d-\S+: FailedMount: .*secret "nosuch" not found/,
  },
  {
    name: "more CPU than any node has",
    templates: { "d.yaml": deployment("d", { container: "          resources: {requests: {cpu: 500}}\n" }) },
    says: /^Deployment d: pod d-\S+: cannot be scheduled: 0\/2 nodes are available: .*Insufficient cpu/,
  },
  {
    name: "a node selector that no node has",
    templates: { "d.yaml": deployment("d", { container: "      nodeSelector: {disk: golden}\n" }) },
    says: /^Deployment d: pod d-\S+: cannot be scheduled: .*node affinity\/selector/,
  },
  {
    name: "a readiness probe that fails",
    templates: {
      "d.yaml": deployment("d", {
        annotations: sim("never-ready", "true"),
        container: "          readinessProbe: {httpGet: {path: /, port: 80}}\n",
      }),
    },
    says: /^Deployment d: pod d-\S+: Unhealthy: Readiness probe failed/,
  },
  {
    name: "a liveness probe that fails",
    templates: {
      "d.yaml": deployment("d", {
        annotations: { ...sim("liveness-fails", "true"), ...sim("never-ready", "true") },
        container: "          livenessProbe: {httpGet: {path: /, port: 80}, periodSeconds: 2, failureThreshold: 1}\n",
      }),
    },
    says: /^Deployment d: pod d-\S+: .*(Liveness probe failed|keeps crashing|restarted)/,
  },
  {
    name: "an init container that fails",
    templates: {
      "d.yaml": deployment("d", {
        annotations: { "sim.slipway.dev/fail.prepare": "true" },
        container: "      initContainers: [{name: prepare, image: busybox}]\n",
      }),
    },
    says: /^Deployment d: pod d-\S+: container prepare: (keeps crashing|exit code 1)/,
    within: 120,
  },
  {
    name: "a quota that leaves no room",
    before: quota({ pods: "0" }),
    templates: { "d.yaml": deployment("d") },
    says: /^Deployment d: pods "d-\S+" is forbidden: exceeded quota: q/,
  },
  {
    name: "a progress deadline that is exceeded",
    templates: {
      "d.yaml": deployment("d", { annotations: sim("never-ready", "true"), spec: "  progressDeadlineSeconds: 20\n" }),
    },
    says: /^Deployment d: .*/,
    within: 60,
  },
  {
    name: "a Job that fails",
    templates: { "j.yaml": job(`"sim.slipway.dev/fail": "true"`) },
    options: { waitForJobs: true },
    says: /^Job j: (pod j-\S+: container c: exit code 1|BackoffLimitExceeded)/,
    within: 60,
  },
  {
    name: "a Job past its deadline",
    templates: { "j.yaml": job(`"sim.slipway.dev/run-for": "10m"`, "  activeDeadlineSeconds: 5\n") },
    options: { waitForJobs: true },
    says: /^Job j: DeadlineExceeded: /,
    within: 60,
  },
  {
    name: "a claim that nothing provides",
    templates: { "p.yaml": claim },
    says: /^PersistentVolumeClaim data: persistentvolumeclaim data: ProvisioningFailed: .*nowhere/,
  },
  {
    name: "a hook that fails before the installation",
    templates: { "h.yaml": hookJob("pre-install"), "c.yaml": configMap("c") },
    says: /^failed pre-install: Job migrate: (pod migrate-\S+: container c: exit code 1|BackoffLimitExceeded)/,
    within: 60,
  },
  {
    name: "a hook that fails before an upgrade",
    first: { "c.yaml": configMap("c") },
    templates: { "h.yaml": hookJob("pre-upgrade"), "c.yaml": configMap("c") },
    says: /^pre-upgrade hooks failed: Job migrate: /,
    within: 60,
  },
  {
    name: "a name that the server refuses",
    templates: { "c.yaml": configMap("UPPER") },
    says: /^server-side apply failed for object default\/UPPER \/v1, Kind=ConfigMap: ConfigMap "UPPER" is invalid: metadata\.name: /,
    within: 1,
  },
  {
    name: "a field that the schema does not have",
    templates: { "d.yaml": deployment("d", { spec: "  replica: 2\n" }) },
    says: /^server-side apply failed for object default\/d apps\/v1, Kind=Deployment: .*\.spec\.replica: field not declared in schema/,
    within: 1,
  },
  {
    name: "a kind that is not served",
    templates: { "x.yaml": "apiVersion: example.com/v1\nkind: Nothing\nmetadata: {name: x}\n" },
    says: /^unable to build kubernetes objects from release manifest: resource mapping not found for name: "x" namespace: "" from "": no matches for kind "Nothing" in version "example\.com\/v1"/,
    within: 1,
  },
  {
    name: "a selector that cannot change",
    first: { "d.yaml": deployment("d") },
    templates: { "d.yaml": deployment("d").replaceAll("{app: d}", "{app: d, tier: web}") },
    says: /^Deployment d: spec\.selector\.matchLabels\.tier cannot change from nothing to "web"$/,
    within: 1,
  },
  {
    name: "a Job whose template cannot change",
    first: { "j.yaml": job("") },
    templates: { "j.yaml": job("").replace("busybox", "busybox:2") },
    says: /^Job j: spec\.template\.spec\.containers\.0\.image cannot change from "busybox" to "busybox:2"$/,
    within: 1,
  },
  {
    name: "a StatefulSet that never gets its second pod",
    templates: {
      "s.yaml": deployment("s", { replicas: 2, annotations: sim("never-ready", "true") })
        .replace("kind: Deployment", "kind: StatefulSet")
        .replace("  selector", "  serviceName: none\n  selector"),
    },
    says: /^(StatefulSet s: |resource StatefulSet\/default\/s not ready\. status: InProgress, message: )/,
  },
  {
    name: "a webhook that cannot be reached",
    lab: { strictWebhooks: true },
    before: webhook,
    templates: { "c.yaml": configMap("c"), "d.yaml": deployment("d") },
    says: /^server-side apply failed for object default\/d apps\/v1, Kind=Deployment: Internal error occurred: failed calling webhook "policy\.example\.com": /,
  },
  {
    name: "an account without the right",
    as: weak,
    templates: { "c.yaml": configMap("c"), "d.yaml": deployment("d") },
    says: /^unable to continue with install: could not get information about the resource Deployment "d" in namespace "default": deployments\.apps "d" is forbidden: User "system:serviceaccount:default:weak" cannot get resource "deployments" in API group "apps" in the namespace "default"$/,
  },
  {
    name: "a namespace that is missing",
    templates: { "c.yaml": configMap("c").replace("  name: c\n", "  name: c\n  namespace: nosuch\n") },
    says: /^server-side apply failed for object nosuch\/c \/v1, Kind=ConfigMap: namespaces "nosuch" not found/,
    within: 1,
  },
];

testBroken(cases);

test("pods of the revision before say nothing about the new one", async () => {
  await using lab = await openLab();
  const good = chartOf({ "d.yaml": deployment("web") });
  const bad = chartOf({ "d.yaml": deployment("web", { annotations: sim("fail", "true") }) });
  await install(lab.site, { name: "r", chart: good, wait: "watcher" }).result;
  await upgrade(lab.site, { name: "r", chart: bad }).result;
  await sleep(lab.clock, 60_000);
  const mended = await upgrade(lab.site, { name: "r", chart: good, wait: "watcher" }).result;
  assert.equal(mended.status, "deployed");
  await upgrade(lab.site, { name: "r", chart: bad }).result;
  await sleep(lab.clock, 60_000);
  const back = await rollback(lab.site, { name: "r", wait: "watcher" }).result;
  assert.equal(back.status, "deployed");
});
