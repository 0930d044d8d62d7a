import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/base/index.ts";
import { install, rollback, upgrade, type InstallOptions, type ReleaseSite } from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab, type Lab } from "./lab.ts";

/** A release that cannot become ready, and the first line of what is said of it. */
interface Case {
  readonly name: string;
  readonly templates: Record<string, string>;
  /** What stands in the cluster before. */
  readonly before?: (lab: Lab) => Promise<void>;
  /** Installed first, so that the failing step is an upgrade. */
  readonly first?: Record<string, string>;
  readonly options?: Partial<InstallOptions>;
  /** As whom and how it is deployed; the admin otherwise. */
  readonly as?: (lab: Lab) => Promise<ReleaseSite>;
  readonly lab?: { readonly strictWebhooks: boolean };
  readonly says: RegExp;
  /** What the embedded cluster must enforce for this; the case is skipped, by name, while it does not. */
  readonly needs?: "quota" | "immutability";
  /** Fails before the timeout of five minutes, after at most so many seconds. */
  readonly within?: number;
}

const sim = (key: string, value: string) => ({ [`sim.slipway.dev/${key}`]: value });
const job = (annotations: string, spec = "") =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  backoffLimit: 0\n${spec}  template:\n    metadata: {annotations: {${annotations}}}\n    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;
const hookJob = (event: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {helm.sh/hook: ${event}}\nspec:\n  backoffLimit: 0\n  template:\n    metadata: {annotations: {"sim.slipway.dev/fail": "true"}}\n    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;
const claim =
  "apiVersion: v1\nkind: PersistentVolumeClaim\nmetadata: {name: data}\nspec: {accessModes: [ReadWriteOnce], storageClassName: nowhere, resources: {requests: {storage: 1Gi}}}\n";
const quota = async (lab: Lab) => {
  const body = { apiVersion: "v1", kind: "ResourceQuota", metadata: { name: "q" }, spec: { hard: { pods: "0" } } };
  await lab.client.json({ method: "POST", path: "/api/v1/namespaces/default/resourcequotas", body });
};

const webhook = async (lab: Lab) => {
  await lab.client.json({
    method: "POST",
    path: "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    body: {
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
    },
  });
};
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
    needs: "quota",
    before: quota,
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
    needs: "immutability",
    first: { "d.yaml": deployment("d") },
    templates: { "d.yaml": deployment("d").replaceAll("{app: d}", "{app: d, tier: web}") },
    says: /^.*spec\.selector: Invalid value: .*field is immutable/,
    within: 1,
  },
  {
    name: "a Job whose template cannot change",
    needs: "immutability",
    first: { "j.yaml": job("") },
    templates: { "j.yaml": job("").replace("busybox", "busybox:2") },
    says: /^.*spec\.template: Invalid value: .*field is immutable/,
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
    name: "a webhook that denies",
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

/** Whether the embedded cluster refuses what a real one does. */
async function enforces(what: "quota" | "immutability"): Promise<boolean> {
  await using lab = await openLab();
  const path = what === "quota" ? "/api/v1/namespaces/default/pods" : "/apis/apps/v1/namespaces/default/deployments";
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "probe" },
    spec: { containers: [{ name: "c", image: "c" }] },
  };
  const made = (label: string) => ({
    apiVersion: "apps/v1",
    kind: "Deployment",
    metadata: { name: "probe" },
    spec: { selector: { matchLabels: { label } }, template: { metadata: { labels: { label } }, spec: pod.spec } },
  });
  if (what === "quota") await quota(lab);
  else await lab.client.json({ method: "POST", path, body: made("a") });
  const attempt =
    what === "quota" ? { method: "POST", path, body: pod } : { method: "PUT", path: `${path}/probe`, body: made("b") };
  return await lab.client.json(attempt).then(
    () => false,
    () => true,
  );
}

for (const entry of cases) {
  test(`broken release: ${entry.name}`, async (t) => {
    if (entry.needs !== undefined && !(await enforces(entry.needs)))
      return t.skip(`the embedded cluster does not enforce ${entry.needs} yet`);
    await using lab = await openLab(entry.lab);
    await entry.before?.(lab);
    const site = entry.as === undefined ? lab.site : await entry.as(lab);
    const options = { name: "r", chart: chartOf(entry.templates), wait: "watcher" as const, ...entry.options };
    if (entry.first !== undefined)
      await install(lab.site, { name: "r", chart: chartOf(entry.first), wait: "watcher" }).result;
    const began = { cpu: process.cpuUsage(), clock: lab.clock.now() };
    const operation = entry.first === undefined ? install(site, options) : upgrade(site, options);
    await assert.rejects(operation.result, (error: Error) => {
      assert.match(error.message.split("\n")[0] as string, entry.says);
      assert.ok(error.message.split("\n").length <= 24, error.message);
      return true;
    });
    const seconds = (lab.clock.now() - began.clock) / 1000;
    assert.ok(seconds <= (entry.within ?? 300), `told after ${seconds} s`);
    // Under two seconds of work, however busy the machine.
    assert.ok(process.cpuUsage(began.cpu).user < 2_000_000);
  });
}

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
