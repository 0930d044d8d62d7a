/** Stock kubectl against a cluster with its controllers: workloads up, rolled, watched, drained, asked and deleted. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startCluster, type Cluster } from "../../src/cluster/index.ts";
import { kubelabTool } from "../tools/kubelab.ts";

const tool = kubelabTool("kubectl");
const options = { skip: tool.skip };
const folder = mkdtempSync(join(tmpdir(), "slipway-kubectl-"));
const kubeconfig = join(folder, "kubeconfig");
const env = { ...process.env, KUBECONFIG: kubeconfig, HOME: folder };
let cluster: Cluster | undefined;

before(async () => {
  if (tool.skip) return;
  cluster = await startCluster({ name: "workloads", nodes: 3, zones: ["a", "b", "c"] });
  writeFileSync(kubeconfig, cluster.kubeconfig(), { mode: 0o600 });
});
after(async () => {
  await cluster?.stop();
  rmSync(folder, { recursive: true, force: true });
});

interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** Runs kubectl without holding up this process, which serves the cluster. */
function kubectl(args: readonly string[], input?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const child = spawn((tool as { path: string }).path, [...args], { env });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.once("error", reject);
    child.once("close", (code) => resolve({ code: code ?? 1, out, err }));
    child.stdin.end(input ?? "");
  });
}

async function ok(...args: string[]): Promise<string> {
  const { code, out, err } = await kubectl(args);
  assert.equal(code, 0, `kubectl ${args.join(" ")}: ${err}`);
  return out;
}

const manifest = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web}
spec:
  replicas: 3
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
      - {name: c, image: "web:1", ports: [{containerPort: 8080}], readinessProbe: {httpGet: {port: 8080}, initialDelaySeconds: 60}}
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80, targetPort: 8080}]}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: web}
spec: {minAvailable: 3, selector: {matchLabels: {app: web}}}
---
apiVersion: batch/v1
kind: Job
metadata: {name: once}
spec: {template: {spec: {restartPolicy: Never, containers: [{name: j, image: "j:1"}]}}}
`;

test("apply, wait, rollout, undo", options, async () => {
  assert.equal((await kubectl(["apply", "-f", "-"], manifest)).code, 0);
  await ok("rollout", "status", "deployment/web", "--timeout=20s");
  await ok("wait", "--for=condition=complete", "job/once", "--timeout=20s");
  await ok("wait", "--for=condition=Ready", "pod", "-l", "app=web", "--timeout=20s");
  await ok("set", "image", "deployment/web", "c=web:2");
  await ok("rollout", "status", "deployment/web", "--timeout=20s");
  assert.match(await ok("rollout", "history", "deployment/web"), /^1 .*\n2 /m);
  await ok("rollout", "undo", "deployment/web");
  await ok("rollout", "status", "deployment/web", "--timeout=20s");
  assert.equal(
    await ok("get", "deployment", "web", "-o", "jsonpath={.spec.template.spec.containers[0].image}"),
    "web:1",
  );
  const slices = await ok(
    "get",
    "endpointslices",
    "-l",
    "kubernetes.io/service-name=web",
    "-o",
    "jsonpath={.items[*].endpoints[*].addresses[0]}",
  );
  assert.equal(slices.split(" ").length, 3);
});

test("get pods -w shows a pod on its way", options, async () => {
  const child = spawn((tool as { path: string }).path, ["get", "pods", "-A", "-w", "--output-watch-events"], { env });
  let seen = "";
  child.stdout.on("data", (chunk) => (seen += chunk));
  for (let i = 0; i < 200 && !seen.includes("EVENT"); i++) await new Promise((resolve) => setTimeout(resolve, 50));
  await ok("run", "walker", "--image=w:1");
  await ok("wait", "--for=condition=Ready", "pod/walker", "--timeout=20s");
  await ok("delete", "pod", "walker", "--timeout=20s");
  for (let i = 0; i < 100 && !/DELETED .*walker/.test(seen); i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  child.kill();
  const steps = seen.split("\n").filter((line) => line.includes("walker"));
  assert.match(steps[0] ?? "", /^ADDED .* 0\/1 +Pending/);
  for (const step of [/ContainerCreating/, /0\/1 +Running/, /1\/1 +Running/, /Terminating/, /^DELETED/]) {
    assert.ok(
      steps.some((line) => step.test(line)),
      `${step} in\n${steps.join("\n")}`,
    );
  }
});

test("logs, exec, port-forward say that nothing runs", options, async () => {
  assert.match(await ok("logs", "deployment/web"), /^This is a simulated container of Slipway's embedded cluster/);
  const exec = await kubectl(["exec", "deployment/web", "--", "ls"]);
  assert.deepEqual([exec.code, exec.out], [127, ""]);
  assert.match(exec.err, /is simulated: "ls" was not run/);
  assert.equal((await kubectl(["exec", "deployment/web", "--", "false"])).code, 1);
  const child = spawn((tool as { path: string }).path, ["port-forward", "service/web", ":80"], { env });
  let said = "";
  child.stdout.on("data", (chunk) => (said += chunk));
  for (let i = 0; i < 200 && !/127\.0\.0\.1:\d+/.test(said); i++)
    await new Promise((resolve) => setTimeout(resolve, 50));
  const address = /127\.0\.0\.1:\d+/.exec(said)?.[0];
  try {
    const text = await (await fetch(`http://${address}/`)).text();
    assert.match(text, /^This is port 8080 of the simulated pod default\/web-/);
  } finally {
    child.kill();
  }
});

test("drain waits for the budget; cordoned nodes take nothing", options, async () => {
  const node = await ok("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[0].spec.nodeName}");
  const held = await kubectl(["drain", node, "--ignore-daemonsets", "--force", "--timeout=2s"]);
  assert.equal(held.code, 1);
  assert.match(held.err, /Cannot evict pod as it would violate the pod's disruption budget|global timeout reached/);
  await ok("delete", "pdb", "web");
  await ok("drain", node, "--ignore-daemonsets", "--force", "--timeout=20s");
  await ok("rollout", "status", "deployment/web", "--timeout=20s");
  const nodes = await ok("get", "pods", "-l", "app=web", "-o", "jsonpath={.items[*].spec.nodeName}");
  assert.ok(!nodes.split(" ").includes(node));
  await ok("uncordon", node);
});

test("describe shows why a pod does not start", options, async () => {
  const pod = {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "big" },
    spec: { containers: [{ name: "c", image: "c", resources: { requests: { cpu: "99" } } }] },
  };
  assert.equal((await kubectl(["create", "-f", "-"], JSON.stringify(pod))).code, 0);
  await ok("wait", "--for=condition=PodScheduled=false", "pod/big", "--timeout=20s");
  assert.match(
    await ok("describe", "pod", "big"),
    /FailedScheduling .*default-scheduler +0\/3 nodes are available: 3 Insufficient cpu\./,
  );
});

test("delete takes everything along", options, async () => {
  await ok("delete", "deployment", "web", "--timeout=20s");
  await ok("wait", "--for=delete", "pod", "-l", "app=web", "--timeout=20s");
  await ok("create", "namespace", "gone");
  await ok("create", "deployment", "x", "-n", "gone", "--image=x", "--replicas=3");
  await ok("delete", "namespace", "gone", "--timeout=30s");
  assert.equal((await ok("get", "pods", "-n", "gone", "-o", "name")).trim(), "");
});
