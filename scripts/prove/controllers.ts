/**
 * Proves that kube-controller-manager of the reference version works against the embedded API: our own controllers are off
 * (nodes and scheduler stay), and a Deployment, a StatefulSet, a DaemonSet, a Job and a CronJob must come to their pods, a
 * rollout must finish, deletion must leave nothing behind.
 *
 *     npm run prove:controllers
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, openSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "../../src/cluster/index.ts";
import { kubelabTool } from "../../test/tools/kubelab.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

const tool = kubelabTool("kube-controller-manager");
if (tool.skip) {
  console.log(`skipped: ${tool.skip}`);
  process.exit(0);
}
const folder = mkdtempSync(join(tmpdir(), "slipway-kcm-"));
const cluster = await startCluster({ name: "kcm", workloads: false });
let manager: ChildProcess | undefined;
let passed = 0;
let failed = 0;

async function call(method: string, path: string, body?: Json): Promise<Json> {
  const response = await cluster.handle({
    method,
    path,
    headers: {
      authorization: `Bearer ${cluster.token}`,
      "content-type": method === "PATCH" ? "application/merge-patch+json" : "application/json",
    },
    ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
  });
  let text = "";
  for await (const chunk of response.body) text += new TextDecoder().decode(chunk);
  const data = JSON.parse(text);
  if (response.status >= 400) throw Object.assign(new Error(`${method} ${path}: ${text}`), { status: response.status });
  return data;
}

async function until(what: string, holds: () => Promise<boolean>, seconds = 60): Promise<void> {
  const began = performance.now();
  for (;;) {
    if (await holds().catch(() => false)) {
      passed++;
      console.log(`ok    ${what} (${((performance.now() - began) / 1000).toFixed(1)} s)`);
      return;
    }
    if (performance.now() - began > seconds * 1000) {
      failed++;
      console.log(`FAIL  ${what} (waited ${seconds} s)`);
      return;
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

const template = (app: string, extra: Json = {}) => ({
  metadata: { labels: { app } },
  spec: { containers: [{ name: "c", image: "c:1", volumeMounts: extra.volumeMounts }], ...extra.spec },
});
const apps = "/apis/apps/v1/namespaces/proof";
const batch = "/apis/batch/v1/namespaces/proof";
const pods = async (selector: string): Promise<Json[]> =>
  (await call("GET", `/api/v1/namespaces/proof/pods?labelSelector=${encodeURIComponent(selector)}`)).items;
const isReady = (pod: Json) =>
  (pod.status?.conditions ?? []).some((item: Json) => item.type === "Ready" && item.status === "True");

try {
  writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig(), { mode: 0o600 });
  writeFileSync(join(folder, "ca.crt"), cluster.ca);
  const log = openSync(join(folder, "log"), "w");
  manager = spawn(
    tool.path,
    [
      `--kubeconfig=${join(folder, "kubeconfig")}`,
      `--authentication-kubeconfig=${join(folder, "kubeconfig")}`,
      `--authorization-kubeconfig=${join(folder, "kubeconfig")}`,
      `--root-ca-file=${join(folder, "ca.crt")}`,
      "--kube-api-content-type=application/json",
      "--leader-elect=false",
      "--use-service-account-credentials=false",
      "--secure-port=0",
      "--kube-api-qps=1000",
      "--kube-api-burst=2000",
      "--v=2",
    ],
    { stdio: ["ignore", log, log] },
  );
  let ended = false;
  manager.once("exit", () => (ended = true));
  await call("POST", "/api/v1/namespaces", { metadata: { name: "proof" } });
  await until("the namespace has its service account and root certificates", async () => {
    await call("GET", "/api/v1/namespaces/proof/serviceaccounts/default");
    await call("GET", "/api/v1/namespaces/proof/configmaps/kube-root-ca.crt");
    return true;
  });
  await call("POST", `${apps}/deployments`, {
    metadata: { name: "web" },
    spec: { replicas: 3, selector: { matchLabels: { app: "web" } }, template: template("web") },
  });
  await call("POST", `${apps}/statefulsets`, {
    metadata: { name: "db" },
    spec: { replicas: 2, serviceName: "db", selector: { matchLabels: { app: "db" } }, template: template("db") },
  });
  await call("POST", `${apps}/daemonsets`, {
    metadata: { name: "agent" },
    spec: { selector: { matchLabels: { app: "agent" } }, template: template("agent") },
  });
  await call("POST", `${batch}/jobs`, {
    metadata: { name: "once" },
    spec: { completions: 2, template: template("once", { spec: { restartPolicy: "Never" } }) },
  });
  await call("POST", `${batch}/cronjobs`, {
    metadata: { name: "tick" },
    spec: {
      schedule: "* * * * *",
      jobTemplate: { spec: { template: template("tick", { spec: { restartPolicy: "Never" } }) } },
    },
  });
  await call("POST", "/api/v1/namespaces/proof/services", {
    metadata: { name: "web" },
    spec: { selector: { app: "web" }, ports: [{ port: 80 }] },
  });
  await until("Deployment: 3 pods ready, and its status says so", async () => {
    const { status } = await call("GET", `${apps}/deployments/web`);
    return (await pods("app=web")).filter(isReady).length === 3 && status.availableReplicas === 3;
  });
  await until("StatefulSet: 2 pods ready in order", async () => (await pods("app=db")).filter(isReady).length === 2);
  await until("DaemonSet: a pod on each node", async () => (await pods("app=agent")).filter(isReady).length === 2);
  await until("Job: complete", async () =>
    ((await call("GET", `${batch}/jobs/once`)).status.conditions ?? []).some((item: Json) => item.type === "Complete"),
  );
  await until("Service: a slice with 3 endpoints", async () => {
    const slices = await call("GET", "/apis/discovery.k8s.io/v1/namespaces/proof/endpointslices");
    return slices.items.some((slice: Json) => slice.endpoints?.length === 3);
  });
  await call("PATCH", `${apps}/deployments/web`, { spec: { template: { metadata: { annotations: { v: "2" } } } } });
  await until("Deployment: rolled to a second revision", async () => {
    const { status, metadata } = await call("GET", `${apps}/deployments/web`);
    return (
      status.updatedReplicas === 3 &&
      status.replicas === 3 &&
      metadata.annotations["deployment.kubernetes.io/revision"] === "2"
    );
  });
  await until(
    "CronJob: its job has run",
    async () => (await pods("app=tick")).some((pod) => pod.status.phase === "Succeeded"),
    75,
  );
  await call("DELETE", `${apps}/deployments/web`);
  await until(
    "garbage collection: nothing of the Deployment is left",
    async () => (await pods("app=web")).length === 0,
  );
  await call("DELETE", "/api/v1/namespaces/proof");
  await until("the namespace goes", async () => {
    const left = await call("GET", "/api/v1/namespaces/proof").catch((error: Json) => error.status);
    return left === 404;
  });
  if (ended) {
    failed++;
    console.log("FAIL  kube-controller-manager ended before its time");
  }
} finally {
  manager?.kill("SIGTERM");
  await cluster.stop();
  if (failed === 0 && !process.argv.includes("--keep")) rmSync(folder, { recursive: true, force: true });
  else console.log(`kube-controller-manager's log: ${join(folder, "log")}`);
}
console.log(`${passed} passed, ${failed} failed`);
process.exit(failed === 0 ? 0 : 1);
