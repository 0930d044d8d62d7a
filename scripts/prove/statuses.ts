/**
 * Holds our controllers, scheduler and events against the reference: the same manifests go to a real control plane
 * (kube-apiserver, kube-controller-manager, kube-scheduler; KWOK's nodes) and to an embedded cluster, and what both say of them is
 * compared field by field: metadata, specs, statuses, conditions, events. Pods' own statuses are left out (KWOK is no kubelet).
 *
 *     npm run prove:statuses            # --keep leaves the answers in a folder
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { startCluster } from "../../src/cluster/index.ts";
import { kubelab, kubelabTool } from "../../test/tools/kubelab.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

const kit = kubelab();
const kubectl = kubelabTool("kubectl");
for (const tool of [kit, kubectl]) {
  if (!tool.skip) continue;
  console.log(`skipped: ${tool.skip}`);
  process.exit(0);
}
const kinds =
  "deploy,rs,sts,ds,job,cronjob,svc,endpoints,endpointslices,pdb,hpa,pvc,pods,controllerrevisions,sa,events".split(",");
const manifests = readFileSync(join(import.meta.dirname, "statuses", "manifests.yaml"), "utf8");
const folder = mkdtempSync(join(tmpdir(), "slipway-statuses-"));

function run(kubeconfig: string, args: readonly string[], input = ""): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn((kubectl as { path: string }).path, [...args], {
      env: { ...process.env, KUBECONFIG: kubeconfig },
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => (out += chunk));
    child.stderr.on("data", (chunk) => (err += chunk));
    child.once("error", reject);
    child.once("close", (code) => (code === 0 ? resolve(out) : reject(new Error(`kubectl ${args.join(" ")}: ${err}`))));
    child.stdin.end(input);
  });
}

/** Brings the manifests up, rolls the Deployment once, and answers every object of the namespace. */
async function collect(name: string, kubeconfig: string): Promise<Json[]> {
  const ask = (...args: string[]) => run(kubeconfig, args);
  await run(kubeconfig, ["apply", "-f", "-"], manifests);
  await new Promise((resolve) => setTimeout(resolve, 6000));
  for (const workload of ["deployment/web", "statefulset/db", "daemonset/agent"]) {
    await ask("-n", "proof", "rollout", "status", workload, "--timeout=60s");
  }
  await ask("-n", "proof", "wait", "--for=condition=complete", "job/once", "job/indexed", "--timeout=60s");
  await ask("-n", "proof", "set", "image", "deployment/web", "c=c:2");
  await ask("-n", "proof", "rollout", "status", "deployment/web", "--timeout=60s");
  await ask("-n", "proof", "scale", "statefulset/db", "--replicas=1");
  // An autoscaler is first looked at after fifteen seconds.
  await new Promise((resolve) => setTimeout(resolve, 18_000));
  const text = await ask("-n", "proof", "get", kinds.join(","), "-o", "json");
  writeFileSync(join(folder, `${name}.json`), text);
  return JSON.parse(text).items;
}

/** What differs from run to run is masked: hashes, random names, times, uids, addresses, nodes. */
function mask(text: string): string {
  return text
    .replaceAll(/\b(web|db|agent|once|indexed|held)-[a-z0-9]{7,10}-[a-z0-9]{5}\b/g, "$1-H-R")
    .replaceAll(/\b(web|db|agent|apart|ports)-[bcdfghjklmnpqrstvwxz2456789]{7,10}\b/g, "$1-H")
    .replaceAll(/\b(web|db|agent|once)-[bcdfghjklmnpqrstvwxz2456789]{5}\b/g, "$1-R")
    .replaceAll(/\bindexed-(\d)-[a-z0-9]{5}\b/g, "indexed-$1-R")
    .replaceAll(/"[bcdfghjklmnpqrstvwxz2456789]{8,10}"/g, '"H"')
    .replaceAll(/kube-api-access-[a-z0-9]{5}/g, "kube-api-access-R")
    .replaceAll(/\d{4}-\d\d-\d\dT[\d:.]+Z/g, "T")
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, "U")
    .replaceAll(/"(10|198|127)\.\d+\.\d+\.\d+"/g, '"IP"')
    .replaceAll(/\b(fake|node)-\d\b/g, "NODE")
    .replaceAll("kubelab/local", "PROVISIONER")
    .replaceAll("slipway.dev/simulated", "PROVISIONER");
}

const noise =
  /managedFields|resourceVersion|\.uid$|creationTimestamp|last-applied|last-change-trigger-time|selected-node|nodePort|metadata\.generation$|sim\.slipway|^Endpoints.*(hostname|targetRef\.name)|annotations\.kubelab|annotations\.sim\./;

function flat(value: Json, path: string, into: Map<string, string>): void {
  if (typeof value !== "object" || value === null) into.set(path, JSON.stringify(value));
  else for (const [key, item] of Object.entries(value)) flat(item, `${path}.${key}`, into);
}

function fields(items: readonly Json[]): Map<string, string> {
  const out = new Map<string, string>();
  const seen = new Map<string, number>();
  const masked = items
    .filter((item) => item.kind !== "Event")
    .map((item) => JSON.parse(mask(JSON.stringify(item))))
    .sort((a, b) =>
      JSON.stringify([a.kind, a.metadata.name, a.spec]) < JSON.stringify([b.kind, b.metadata.name, b.spec]) ? -1 : 1,
    );
  for (const item of masked) {
    const name = `${item.kind}/${item.metadata.name}`;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    // Of a pod only what the scheduler says of one that has no node.
    if (item.kind === "Pod") {
      const condition = item.status.conditions?.find((it: Json) => it.type === "PodScheduled" && it.status === "False");
      item.status = condition === undefined ? {} : { reason: condition.reason, message: condition.message };
    }
    flat(item, `${name}#${count} `, out);
  }
  for (const path of out.keys()) if (noise.test(path)) out.delete(path);
  return out;
}

/** Events as one line each; what only a kubelet, a provisioner or a cloud says is left out. */
function events(items: readonly Json[]): Set<string> {
  const foreign =
    /^(Pulled|Created|Started|Killing|EnsuringLoadBalancer|EnsuredLoadBalancer|ExternalProvisioning|Provisioning\w*|WaitForFirstConsumer|ClusterIPNotAllocated)$/;
  return new Set(
    items
      .filter((item) => item.kind === "Event" && !foreign.test(item.reason))
      .filter(
        (item) =>
          !(item.involvedObject.kind === "PersistentVolumeClaim" && item.involvedObject.name.startsWith("data-")),
      )
      .map((item) =>
        mask(
          [
            item.involvedObject.kind,
            item.type,
            item.reason,
            item.message,
            item.source?.component || item.reportingComponent,
          ].join(" | "),
        ),
      ),
  );
}

let differences = 0;
let same = 0;
function differ(text: string): void {
  differences++;
  console.log(text);
}

const up = spawnSync((kit as { path: string }).path, ["up", "--name", "statuses"], { encoding: "utf8" });
const reference = /KUBECONFIG=(\S+)/.exec(up.stdout)?.[1];
if (up.status !== 0 || reference === undefined) throw new Error(`kubelab up failed:\n${up.stdout}${up.stderr}`);
const cluster = await startCluster({ name: "statuses" });
try {
  const own = join(folder, "kubeconfig");
  writeFileSync(own, cluster.kubeconfig(), { mode: 0o600 });
  const [theirs, ours] = await Promise.all([collect("reference", reference), collect("embedded", own)]);
  const [left, right] = [fields(theirs), fields(ours)];
  for (const path of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    if (left.get(path) === right.get(path)) same++;
    else differ(`${path}\n    reference ${left.get(path) ?? "-"}\n    embedded  ${right.get(path) ?? "-"}`);
  }
  const [said, saying] = [events(theirs), events(ours)];
  for (const text of said) {
    if (saying.has(text)) same++;
    else differ(`event only of the reference: ${text}`);
  }
  for (const text of saying) if (!said.has(text)) differ(`event only of the embedded cluster: ${text}`);
} finally {
  await cluster.stop();
  spawnSync((kit as { path: string }).path, ["down", "--name", "statuses", "--purge"]);
  if (process.argv.includes("--keep")) console.log(`answers are in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
console.log(`${same} fields and events are the same, ${differences} differ`);
process.exit(differences === 0 ? 0 : 1);
