/**
 * Installs public charts with stock Helm on the embedded cluster, a fresh one for each: `install --wait`, `upgrade --wait`,
 * `rollback --wait`, `uninstall --wait`; then nothing may be left but what Helm itself, CRDs, claims and keep policies leave.
 *
 *     npm run prove:charts -- --charts FOLDER [--n N] [--seed S] [--only TEXT] [--helm 3|4] [--clock 5] [--list]
 *
 * A chart that does not render without values of its own is tried with files of its ci/ folder, else passed over; so is one
 * that waits for a Secret which its user has to make, or makes objects of kinds that neither it nor scripts/vendor-crds.ts defines.
 */
import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { parseArgs } from "node:util";
import { systemClock } from "../../src/base/index.ts";
import { scaledClock, startCluster, type Cluster } from "../../src/cluster/index.ts";
import { tool } from "../../test/tools/tools.ts";
import { vendorCrds } from "../vendor-crds.ts";
import { Chance } from "./chance.ts";

// eslint-disable-next-line typescript/no-explicit-any
type Json = any;

const { values: flags } = parseArgs({
  options: {
    charts: { type: "string" },
    n: { type: "string", default: "0" },
    seed: { type: "string", default: "7" },
    only: { type: "string", default: "" },
    helm: { type: "string", default: "4" },
    clock: { type: "string", default: "5" },
    timeout: { type: "string", default: "40" },
    list: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
if (flags.charts === undefined) {
  console.error("usage: npm run prove:charts -- --charts FOLDER [--n N --seed S --only TEXT --helm 3|4]");
  process.exit(2);
}
const helm = tool(flags.helm === "3" ? "helm3" : "helm4");
if (helm.skip !== false) {
  console.log(`skipped: ${helm.skip}`);
  process.exit(process.env["CI"] === "true" ? 1 : 0);
}

/** Folders with a Chart.yaml, not those below another chart. */
function findCharts(folder: string): string[] {
  if (existsSync(join(folder, "Chart.yaml"))) return [folder];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && entry.name !== "node_modules" && !entry.name.startsWith("."))
    .flatMap((entry) => findCharts(join(folder, entry.name)));
}

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

const home = mkdtempSync(join(tmpdir(), "slipway-charts-"));
const env = {
  ...process.env,
  HELM_CACHE_HOME: join(home, "cache"),
  HELM_CONFIG_HOME: join(home, "config"),
  HELM_DATA_HOME: join(home, "data"),
  KUBECACHEDIR: join(home, "kube"),
};

function run(args: readonly string[], kubeconfig?: string): Promise<Ran> {
  const own = kubeconfig === undefined ? [] : ["--kubeconfig", kubeconfig];
  return new Promise((resolve) => {
    execFile(
      helm.path,
      [...args, ...own],
      { env, maxBuffer: 2 ** 28, timeout: 120_000, killSignal: "SIGKILL" },
      (error, out, err) =>
        resolve({ code: error === null ? 0 : 1, out, err: err === "" ? (error?.message ?? "") : err }),
    );
  });
}

/** Every object by its place, but for what the cluster's own life brings and takes. */
function inventory(cluster: Cluster): Map<string, Json> {
  const out = new Map<string, Json>();
  for (const resource of cluster.api.resources()) {
    if (["events", "leases", "nodes"].includes(resource.plural)) continue;
    for (const object of cluster.api.list(resource)) {
      const { namespace = "", name } = object.metadata;
      out.set(`${resource.plural}.${resource.group} ${namespace}/${name}`, object);
    }
  }
  return out;
}

/** May this stay behind? */
function mayStay(place: string, object: Json): boolean {
  const annotations = object.metadata.annotations ?? {};
  const policy: string = annotations["helm.sh/resource-policy"] ?? "";
  return (
    /^(customresourcedefinitions|persistentvolumeclaims|persistentvolumes|namespaces)\./.test(place) ||
    // those of CRDs' groups
    object.metadata.labels?.["kube-aggregator.kubernetes.io/automanaged"] !== undefined ||
    /^(serviceaccounts\.|configmaps\.) \S+\/(default|kube-root-ca\.crt)$/.test(place) ||
    policy.trim().toLowerCase() === "keep" ||
    // hooks without a deletion policy are Helm's to leave, and with them what belongs to them
    annotations["helm.sh/hook"] !== undefined ||
    annotations["sim.slipway.dev/placeholder"] !== undefined
  );
}

/** What is left that should not be, without what an object that may stay owns. */
function leftBehind(before: Map<string, Json>, after: Map<string, Json>): string[] {
  const stays = new Set<string>();
  for (const [place, object] of after) if (before.has(place) || mayStay(place, object)) stays.add(object.metadata.uid);
  for (let grown = true; grown;) {
    grown = false;
    for (const object of after.values()) {
      const owners: Json[] = object.metadata.ownerReferences ?? [];
      if (stays.has(object.metadata.uid) || !owners.some((owner) => stays.has(owner.uid))) continue;
      stays.add(object.metadata.uid);
      grown = true;
    }
  }
  return [...after].filter(([, object]) => !stays.has(object.metadata.uid)).map(([place]) => place);
}

/** The first Secret or ConfigMap that a pod needs and that is not there: on a real cluster, too, it would wait for its user. */
function missing(cluster: Cluster, pod: Json): string | undefined {
  const there = (plural: string, kind: string, name: string) =>
    cluster.api.get({ group: "", version: "v1", plural, kind, namespaced: true }, pod.metadata.namespace, name) !==
    undefined;
  const secret = (name: string | undefined, optional: unknown) =>
    name !== undefined && optional !== true && !there("secrets", "Secret", name) ? `secret ${name}` : undefined;
  const map = (name: string | undefined, optional: unknown) =>
    name !== undefined && optional !== true && !there("configmaps", "ConfigMap", name)
      ? `config map ${name}`
      : undefined;
  const found: (string | undefined)[] = [];
  for (const volume of pod.spec.volumes ?? []) {
    found.push(
      secret(volume.secret?.secretName, volume.secret?.optional),
      map(volume.configMap?.name, volume.configMap?.optional),
    );
    for (const one of volume.projected?.sources ?? []) {
      found.push(secret(one.secret?.name, one.secret?.optional), map(one.configMap?.name, one.configMap?.optional));
    }
  }
  for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
    for (const { valueFrom: from } of container.env ?? []) {
      found.push(
        secret(from?.secretKeyRef?.name, from?.secretKeyRef?.optional),
        map(from?.configMapKeyRef?.name, from?.configMapKeyRef?.optional),
      );
    }
    for (const one of container.envFrom ?? []) {
      found.push(
        secret(one.secretRef?.name, one.secretRef?.optional),
        map(one.configMapRef?.name, one.configMapRef?.optional),
      );
    }
  }
  return found.find((one) => one !== undefined);
}

/** Why pods are not ready, in a few words. */
function trouble(cluster: Cluster): string {
  const pods = cluster.api.list({ group: "", version: "v1", plural: "pods", kind: "Pod", namespaced: true }) as Json[];
  const out: string[] = [];
  for (const pod of pods) {
    const ready = (pod.status?.conditions ?? []).some((one: Json) => one.type === "Ready" && one.status === "True");
    if (ready || pod.status?.phase === "Succeeded") continue;
    const lacks = missing(cluster, pod);
    if (lacks !== undefined) return `${needsUser} ${lacks}`;
    const statuses: Json[] = [...(pod.status?.initContainerStatuses ?? []), ...(pod.status?.containerStatuses ?? [])];
    const waiting = statuses.map((one) => one.state?.waiting?.message ?? one.state?.waiting?.reason).find(Boolean);
    const unplaced = (pod.status?.conditions ?? []).find(
      (one: Json) => one.type === "PodScheduled" && one.status === "False",
    );
    out.push(`${pod.metadata.name}: ${unplaced?.message ?? waiting ?? pod.status?.phase}`);
  }
  return out.slice(0, 3).join("; ");
}

const needsUser = "waits for what its user has to make:";

async function define(cluster: Cluster, file: string): Promise<void> {
  const response = await cluster.handle({
    method: "POST",
    path: "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
    headers: { authorization: `Bearer ${cluster.token}`, "content-type": "application/yaml" },
    body: readFileSync(file),
  });
  if (response.status !== 201) throw new Error(`${file}: status ${response.status}`);
}

/** The first thing that goes wrong with a chart, or undefined. */
async function proveChart(
  chart: string,
  values: readonly string[],
  crds: readonly string[],
): Promise<string | undefined> {
  const cluster = await startCluster({
    name: "charts",
    nodes: 3,
    clock: scaledClock(systemClock, Number(flags.clock), systemClock.now()),
  });
  const kubeconfig = join(home, `kubeconfig-${Math.random().toString(36).slice(2)}`);
  writeFileSync(kubeconfig, cluster.kubeconfig());
  try {
    const ns = ["-n", "proof"];
    const wait = ["--wait", "--timeout", `${flags.timeout}s`];
    const step = async (name: string, args: string[]): Promise<string | undefined> => {
      const { code, err } = await run(args, kubeconfig);
      if (flags.verbose && err !== "") console.log(err);
      const words = err.split("\n").filter((line) => !/^(W\d|level=WARN|WARNING)/.test(line) && line !== "");
      return code === 0 ? undefined : `${name}: ${words.slice(-2).join(" ").slice(0, 600)}  [${trouble(cluster)}]`;
    };
    for (const file of crds) await define(cluster, file);
    const before = inventory(cluster);
    let problem = await step("install", ["install", "demo", chart, ...ns, "--create-namespace", ...wait, ...values]);
    if (problem === undefined) {
      problem = await step("upgrade", ["upgrade", "demo", chart, ...ns, ...wait, ...values]);
      // Bitnami's charts want their passwords said again, on any cluster: there is no second revision to go back from
      const asks = problem?.includes("must not be empty, please add '--set ") === true;
      if (asks) problem = undefined;
      else problem ??= await step("rollback", ["rollback", "demo", "1", ...ns, ...wait]);
    }
    problem ??= await step("uninstall", ["uninstall", "demo", ...ns, ...wait]);
    if (problem !== undefined) return problem;
    let left: string[] = [];
    for (let i = 0; i < 40; i++) {
      left = leftBehind(before, inventory(cluster));
      if (left.length === 0) return undefined;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
    return `left behind: ${left.slice(0, 6).join(", ")}`;
  } finally {
    await cluster.stop();
    rmSync(kubeconfig, { force: true });
  }
}

/** The values a chart renders with: none, or a file of its ci/ folder; undefined where it does not render. */
async function valuesOf(chart: string): Promise<string[] | undefined> {
  const ci = join(chart, "ci");
  const files = existsSync(ci) ? readdirSync(ci).filter((name) => name.endsWith("values.yaml")) : [];
  for (const values of [[], ...files.slice(0, 2).map((name) => ["-f", join(ci, name)])]) {
    const { code, out } = await run(["template", "demo", chart, "-n", "proof", "--kube-version", "v1.36.3", ...values]);
    if (code === 0 && /^kind:/m.test(out)) return values;
  }
  return undefined;
}

const folder = flags.charts;
let all = findCharts(folder).filter(
  (chart) => chart.includes(flags.only) && !/^type:\s*library/m.test(readFileSync(join(chart, "Chart.yaml"), "utf8")),
);
if (Number(flags.n) > 0) {
  const chance = new Chance(Number(flags.seed));
  const drawn: string[] = [];
  while (drawn.length < Number(flags.n) && all.length > 0) drawn.push(...all.splice(chance.below(all.length), 1));
  all = drawn;
}
/** The definitions of well-known operators, for charts that make objects of their kinds and bring none. */
const definitions = vendorCrds({ offline: true }).flatMap((set) => set.files);

let [passed, failed, skipped] = [0, 0, 0];
for (const chart of all) {
  const name = relative(folder, chart) || chart;
  const values = await valuesOf(chart);
  if (values === undefined) {
    skipped++;
    if (flags.list) console.log(`skip  ${name}: does not render`);
    continue;
  }
  const began = performance.now();
  let problem = await proveChart(chart, values, []);
  if (problem?.includes("no matches for kind") === true) {
    const again = await proveChart(chart, values, definitions);
    if (again?.includes("no matches for kind") === true) {
      skipped++;
      if (flags.list)
        console.log(`skip  ${name}: needs definitions of others: ${/no matches for kind "\w+"/.exec(again)?.[0]}`);
      continue;
    }
    problem = again;
  }
  if (problem?.includes(needsUser) === true) {
    skipped++;
    if (flags.list) console.log(`skip  ${name}: ${problem.slice(problem.indexOf(needsUser), -1)}`);
    continue;
  }
  const seconds = ((performance.now() - began) / 1000).toFixed(1);
  if (problem === undefined) {
    passed++;
    if (flags.list) console.log(`ok    ${name} (${seconds} s)`);
  } else {
    failed++;
    console.log(`FAIL  ${name} (${seconds} s): ${problem}`);
  }
}
rmSync(home, { recursive: true, force: true });
console.log(`${passed} passed, ${failed} failed, ${skipped} skipped`);
process.exitCode = failed === 0 ? 0 : 1;
