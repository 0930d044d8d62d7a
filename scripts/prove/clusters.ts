/**
 * What only a whole cluster can show. `rbac`: a service account that has nothing but what `slipway rbac CHART` prints
 * installs, upgrades, waits, rolls back, tests and uninstalls that chart. `drivers`: releases in ConfigMaps, and records
 * too large for one object, are kept, listed, taken over by stock Helm and taken away, parts and all.
 *
 *     npm run prove:clusters -- --n 20 --seed 1        on an embedded cluster
 *     npm run prove:clusters -- --reference            on kubelab's control plane
 */
import { execFile } from "node:child_process";
import { randomBytes } from "node:crypto";
import { globSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { parseArgs } from "node:util";
import { sleep, systemClock } from "../../src/base/index.ts";
import { startCluster } from "../../src/cluster/index.ts";
import { KubeClient, connect, loadKubeconfig, wellKnown, type ApiObject } from "../../src/kube/index.ts";
import { parseManifest } from "../../src/manifest/index.ts";
import { makeChart, writeChart } from "../../test/interplay/chart.ts";
import { runSlipway } from "../../test/interplay/run.ts";
import { tool } from "../../test/tools/tools.ts";
import { referenceServer } from "../../test/tools/reference-server.ts";

const { values } = parseArgs({
  options: {
    n: { type: "string", default: "20" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: "rbac,drivers" },
    reference: { type: "boolean", default: false },
  },
});

const folder = mkdtempSync(join(tmpdir(), "slipway-clusters-"));
const reference = values.reference ? await referenceServer() : undefined;
const embedded = reference === undefined ? await startCluster({ name: "clusters" }) : undefined;
const kubeconfig = reference?.kubeconfig ?? join(folder, "kubeconfig");
if (embedded !== undefined) writeFileSync(kubeconfig, embedded.kubeconfig());
const config = await loadKubeconfig({ kubeconfig, env: {} });
const connection = connect(config, { env: {} });
const client = new KubeClient(connection.transport);
let passed = 0;
let failed = 0;

function report(what: string, trouble: string | undefined): void {
  if (trouble === undefined) passed++;
  else {
    failed++;
    console.log(`${what}: ${trouble}`);
  }
}

async function namespace(name: string): Promise<void> {
  await client.create(wellKnown.namespaces, undefined, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  // A service account "default" comes with each.
  for (let i = 0; i < 100; i++) {
    const there = await client
      .json({ method: "GET", path: `/api/v1/namespaces/${name}/serviceaccounts/default` })
      .catch(() => undefined);
    if (there !== undefined) return;
    await sleep(systemClock, 50);
  }
}

async function slipway(file: string, space: string, words: readonly string[], env: Record<string, string> = {}) {
  return await runSlipway([...words, "-n", space, "--kubeconfig", file], { HOME: folder, ...env });
}

function helm(name: "helm3" | "helm4", space: string, words: readonly string[], env: Record<string, string> = {}) {
  return new Promise<{ code: number; text: string }>((resolve) => {
    const options = { env: { HOME: folder, PATH: "", ...env }, maxBuffer: 1 << 26 };
    execFile(tool(name).path, [...words, "-n", space, "--kubeconfig", kubeconfig], options, (error, out, err) =>
      resolve({ code: error === null ? 0 : 1, text: out + err }),
    );
  });
}

/** A kubeconfig of a service account that holds only these objects' rights. */
async function accountWith(space: string, roles: string): Promise<string> {
  await client.json({
    method: "POST",
    path: `/api/v1/namespaces/${space}/serviceaccounts`,
    body: { apiVersion: "v1", kind: "ServiceAccount", metadata: { name: "deployer" } },
  });
  for (const { object } of parseManifest(roles)) {
    const resource = await client.resourceFor(object);
    await client.create(resource, resource.namespaced ? (object.metadata.namespace ?? space) : undefined, object);
  }
  const { status } = (await client.json({
    method: "POST",
    path: `/api/v1/namespaces/${space}/serviceaccounts/deployer/token`,
    body: { apiVersion: "authentication.k8s.io/v1", kind: "TokenRequest", spec: {} },
  })) as { status: { token: string } };
  const file = join(folder, `${space}.kubeconfig`);
  const cluster = JSON.stringify(config.cluster);
  writeFileSync(
    file,
    `apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: ${cluster}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {token: ${status.token}}}]\n`,
  );
  return file;
}

/** The whole life of a release, by an account that may do only what `slipway rbac` printed. */
async function rbac(label: string, chart: string, more: readonly string[], tests: boolean): Promise<void> {
  const space = `rbac-${randomBytes(4).toString("hex")}`;
  await namespace(space);
  const cleanUp: ApiObject[] = [];
  try {
    const printed = await slipway(kubeconfig, space, [
      "rbac",
      chart,
      "--name",
      "rel",
      "--account",
      `${space}:deployer`,
      ...more,
    ]);
    if (printed.code !== 0) return report(label, printed.text);
    // Cluster-wide roles of two runs would have one name.
    const roles = printed.out.replaceAll("slipway-deploy-rel", `slipway-deploy-${space}`);
    for (const { object } of parseManifest(roles)) if (object.kind.startsWith("ClusterRole")) cleanUp.push(object);
    const account = await accountWith(space, roles);
    const steps = [
      ["install", "rel", chart, "--wait", "--timeout", "30s", ...more],
      ["upgrade", "rel", chart, "--wait", "--timeout", "30s", ...more],
      ["upgrade", "rel", chart, "--server-side=false", "--wait=legacy", "--timeout", "30s", ...more],
      ...(tests ? [["test", "rel", "--logs"]] : []),
      ["rollback", "rel", "1", "--wait", "--timeout", "30s"],
      ["status", "rel"],
      ["history", "rel"],
      ["diff", "upgrade", "rel", chart, ...more],
      ["uninstall", "rel", "--wait", "--timeout", "30s"],
    ];
    for (const words of steps) {
      const { code, text } = await slipway(account, space, words);
      // Simulated pods of the reference cluster write no logs.
      if (code !== 0 && !(words[0] === "test" && reference !== undefined))
        return report(`${label}: ${words.join(" ")}`, text);
      if (/is forbidden/.test(text)) return report(`${label}: ${words.join(" ")}`, text);
    }
    report(label, undefined);
  } finally {
    for (const object of cleanUp) {
      const resource = await client.resourceFor(object);
      await client.delete({ resource, name: object.metadata.name }).catch(() => {});
    }
    await client.delete({ resource: wellKnown.namespaces, name: space }).catch(() => {});
  }
}

/** A chart whose record is far above 1 MiB, in files that do not compress; or whose manifest alone is. */
function bigChart(name: string, kind: "files" | "manifest"): string {
  const path = join(folder, name);
  const files: Record<string, string> = {
    "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n`,
    "templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: small}\ndata: {v: '{{ .Values.v }}'}\n",
  };
  for (let i = 0; i < 4; i++) {
    const noise = randomBytes(450_000).toString("base64");
    if (kind === "files") files[`files/noise-${i}`] = noise;
    else
      files[`templates/noise-${i}.yaml`] =
        `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: noise-${i}}\ndata: {v: "${noise}"}\n`;
  }
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(path, file)), { recursive: true });
    writeFileSync(join(path, file), text);
  }
  return path;
}

async function objects(space: string, driver: string): Promise<string[]> {
  const resource = driver === "configmap" ? wellKnown.configMaps : wellKnown.secrets;
  return (await client.list(resource, space))
    .map((object) => object.metadata.name)
    .filter((name) => name.startsWith("sh.helm."));
}

async function drivers(driver: "secret" | "configmap"): Promise<void> {
  const space = `drivers-${randomBytes(4).toString("hex")}`;
  await namespace(space);
  const env = { HELM_DRIVER: driver };
  const must = (label: string, { code, text }: { code: number; text: string }, wanted: RegExp = /(?:)/) =>
    report(`${driver}, ${label}`, code === 0 && wanted.test(text) ? undefined : text);
  try {
    const small = join(folder, `small-${driver}`);
    writeChart(makeChart(5, { controllers: false, lists: false }), small);
    must("install", await slipway(kubeconfig, space, ["install", "a", small], env));
    must("helm 4 upgrades", await helm("helm4", space, ["upgrade", "a", small, "--set", "replicas=2"], env));
    must("helm 3 lists", await helm("helm3", space, ["list"], env), /^a\s+\S+\s+2\s/m);
    must("rollback", await slipway(kubeconfig, space, ["rollback", "a", "1"], env));
    must("list", await slipway(kubeconfig, space, ["list"], env), /^a\s+\S+\s+3\s/m);
    for (const kind of ["files", "manifest"] as const) {
      const big = bigChart(`big-${kind}-${driver}`, kind);
      const name = `big-${kind}`;
      must(`${name}: install`, await slipway(kubeconfig, space, ["install", name, big, "--set", "v=1"], env));
      const stored = (await objects(space, driver)).filter((object) => object.includes(name));
      report(`${driver}, ${name}: in parts`, stored.length > 2 ? undefined : stored.join(" "));
      must(`${name}: upgrade`, await slipway(kubeconfig, space, ["upgrade", name, big, "--set", "v=2"], env));
      must(`${name}: helm 4 reads history`, await helm("helm4", space, ["history", name], env), /Upgrade complete/);
      must(`${name}: helm 3 reads history`, await helm("helm3", space, ["history", name], env), /Upgrade complete/);
      const manifest = await slipway(kubeconfig, space, ["get", "manifest", name, "--revision", "1"], env);
      must(`${name}: the whole manifest`, manifest, /v: '1'/);
      if (kind === "files") {
        must(`${name}: helm 4 rolls back`, await helm("helm4", space, ["rollback", name, "1"], env));
        must(`${name}: helm 3 rolls back`, await helm("helm3", space, ["rollback", name, "2"], env));
      } else {
        const told = await helm("helm4", space, ["get", "manifest", name], env);
        must(`${name}: helm is told`, told, /kind: ReleaseTooLargeForHelm/);
        const { code, text } = await helm("helm4", space, ["rollback", name, "1"], env);
        const refused = code !== 0 && text.includes('no matches for kind "ReleaseTooLargeForHelm"');
        report(`${driver}, ${name}: helm refuses to roll it back`, refused ? undefined : text);
      }
      must(`${name}: rollback`, await slipway(kubeconfig, space, ["rollback", name, "1"], env));
      must(`${name}: status`, await slipway(kubeconfig, space, ["history", name], env), /Rollback to 1/);
      must(`${name}: uninstall`, await slipway(kubeconfig, space, ["uninstall", name], env));
    }
    must("helm 4 uninstalls", await helm("helm4", space, ["uninstall", "a"], env));
    let left: string[] = [];
    // Parts belong to their record; the garbage collector takes them.
    for (let i = 0; i < 100; i++) {
      left = await objects(space, driver);
      if (left.length === 0) break;
      await sleep(systemClock, 200);
    }
    report(`${driver}, nothing is left`, left.length === 0 ? undefined : left.join(" "));
  } finally {
    await client.delete({ resource: wellKnown.namespaces, name: space }).catch(() => {});
  }
}

const started = Date.now();
try {
  if (values.only.includes("drivers")) for (const driver of ["secret", "configmap"] as const) await drivers(driver);
  if (values.only.includes("rbac")) {
    for (let i = 0; i < Number(values.n); i++) {
      const seed = Number(values.seed) + i;
      const chart = makeChart(seed, { controllers: true, lists: true });
      const path = join(folder, `made-${seed}`);
      writeChart(chart, path);
      // Claims of a class that does not exist are never bound: nothing to wait for.
      rmSync(join(path, "templates", "claim.yaml"), { force: true });
      if (chart.customGroup !== undefined) {
        // Definitions are installed by whoever may: here by the admin, as they are cluster-wide and for all.
        await slipway(kubeconfig, "default", ["install", `crds-${seed}`, path, "--no-hooks"]);
        await slipway(kubeconfig, "default", ["uninstall", `crds-${seed}`, "--no-hooks"]);
      }
      await rbac(`rbac, made chart ${seed}`, path, [], chart.hasTests);
    }
    const root = join(import.meta.dirname, "..", "..");
    for (const file of globSync("platforms/ml-services/charts/*/Chart.yaml", { cwd: root }))
      await rbac(
        `rbac, ${file}`,
        join(root, dirname(file)),
        ["--set", "image.repository=registry.example/x,image.tag=v1"],
        false,
      );
  }
} finally {
  connection.close();
  await embedded?.stop();
  await reference?.stop();
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed, ${((Date.now() - started) / 1000).toFixed(1)} s`);
process.exitCode = failed === 0 ? 0 : 1;
