/**
 * Holds our controllers, scheduler and events against the reference: the same manifests go to a real control plane
 * (kube-apiserver, kube-controller-manager, kube-scheduler; KWOK's nodes) and to an embedded cluster, and what both say of them is
 * compared field by field: metadata, specs, statuses, conditions, events. Pods' own statuses are left out (KWOK is no kubelet).
 *
 *     npm run prove:statuses                  # --keep leaves the answers in a folder
 *     npm run prove:statuses -- --record      # and keeps what the reference said, for test/cluster/statuses.test.ts
 */
import { spawn } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync } from "node:zlib";
import { startCluster } from "../../src/cluster/index.ts";
import { kubelab, kubelabTool } from "../../test/tools/kubelab.ts";
import { referenceServer } from "../../test/tools/reference-server.ts";
import { events, fields, type Json } from "./statuses/compare.ts";

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

let differences = 0;
let same = 0;
function differ(text: string): void {
  differences++;
  console.log(text);
}

const reference = await referenceServer({ metrics: true });
const cluster = await startCluster({ name: "statuses" });
try {
  const own = join(folder, "kubeconfig");
  writeFileSync(own, cluster.kubeconfig(), { mode: 0o600 });
  const [theirs, ours] = await Promise.all([collect("reference", reference.kubeconfig), collect("embedded", own)]);
  const [left, right] = [fields(theirs), fields(ours)];
  for (const path of [...new Set([...left.keys(), ...right.keys()])].sort()) {
    if (left.get(path) === right.get(path)) same++;
    else differ(`${path}\n    reference ${left.get(path) ?? "-"}\n    embedded  ${right.get(path) ?? "-"}`);
  }
  const [said, saying] = [events(theirs), events(ours)];
  if (process.argv.includes("--record")) {
    const text = JSON.stringify({ fields: [...left].sort(), events: [...said].sort() });
    writeFileSync(
      join(import.meta.dirname, "..", "..", "test", "recordings", "statuses.json.br"),
      brotliCompressSync(text),
    );
  }
  for (const text of said) {
    if (saying.has(text)) same++;
    else differ(`event only of the reference: ${text}`);
  }
  for (const text of saying) if (!said.has(text)) differ(`event only of the embedded cluster: ${text}`);
} finally {
  await cluster.stop();
  await reference.stop();
  if (process.argv.includes("--keep")) console.log(`answers are in ${folder}`);
  else rmSync(folder, { recursive: true, force: true });
}
console.log(`${same} fields and events are the same, ${differences} differ`);
process.exit(differences === 0 ? 0 : 1);
