/**
 * The charts of the platforms, all of them with all their values, under everything stock that judges charts.
 *
 *     npm run prove:platforms                                  all parts on an embedded cluster
 *     npm run prove:platforms -- --chart ml-api --part files   one chart (a regular expression), one part
 *     npm run prove:platforms -- --reference                   releases on kubelab's control plane, brought up for it
 *     npm run prove:platforms -- --part releases --by slipway  releases by some of helm4, helm3 and slipway (a regular expression)
 *
 * Part `files`: `helm lint --strict`, the same rendering by Helm and Slipway (3 and 4), kubeconform -strict with the
 * schemas of five Kubernetes versions, kube-score, and what an environment requests. Part `releases`: every chart with
 * every values file is installed and taken away by Helm 4 and by Slipway, and goes dev → prod → dev → rollback → test →
 * uninstall with each of Helm 4, Helm 3 and Slipway, in namespaces that enforce the restricted standard. Part
 * `documents`: the commands of the requirement documents, by stock tools and by Slipway.
 */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { messageOf, systemClock } from "../../src/base/index.ts";
import { scaledClock, startCluster } from "../../src/cluster/index.ts";
import { KubeClient, connect, loadKubeconfig } from "../../src/kube/index.ts";
import { platformCharts, type PlatformChart } from "../../test/platforms/charts.ts";
import { conform, schemas } from "../../test/platforms/conform.ts";
import {
  comeAndGo,
  installCrds,
  letVolumesGrow,
  slipwayHelm,
  stockHelm,
  Trouble,
  travel,
} from "../../test/platforms/journey.ts";
import { prepare } from "../../test/platforms/prepare.ts";
import { lint, nulls, slipwayTemplate, stockTemplate, templateWords } from "../../test/platforms/render.ts";
import { sumOfRequests } from "../../test/platforms/requests.ts";
import { exceptions, type Exception } from "../../test/platforms/score-exceptions.ts";
import { score } from "../../test/platforms/score.ts";
import { referenceServer } from "../../test/tools/reference-server.ts";
import { tool } from "../../test/tools/tools.ts";
import { countsOf } from "../ci-counts.ts";
import { vendorCrds } from "../vendor-crds.ts";

const { values: flags } = parseArgs({
  options: {
    chart: { type: "string", default: "" },
    part: { type: "string", default: "all" },
    by: { type: "string", default: "" },
    reference: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const charts = platformCharts().filter(({ folder }) => new RegExp(flags.chart).test(folder));
const counts = { passed: 0, failed: 0 };
const used = new Set<Exception>();

function report(label: string, findings: readonly string[]): void {
  if (findings.length === 0) counts.passed++;
  else {
    counts.failed++;
    console.log(`FAILED ${label}\n  ${findings.join("\n").replaceAll("\n", "\n  ")}`);
  }
}

/** What can be said of a chart without a cluster. */
async function judgeFiles(chart: PlatformChart): Promise<void> {
  using prepared = prepare(chart.folder);
  for (const values of chart.cases) {
    const where = `${chart.name}/${values.name}`;
    const words = templateWords(prepared.path, chart.release, chart.platform, values);
    for (const version of [4, 3] as const) {
      const helm = tool(`helm${version}`).path;
      report(`${where}: lint by Helm ${version}`, await lint(helm, prepared.path, chart.platform, values));
      const stock = await stockTemplate(helm, words);
      report(`${where}: rendered by Helm ${version}`, stock.code === 0 ? [] : [stock.err]);
      const ours = await slipwayTemplate(version, words);
      report(`${where}: no nulls`, nulls(stock.out, chart));
      report(`${where}: Slipway renders as Helm ${version}`, ours.out === stock.out ? [] : ["differs", ours.err]);
      if (version === 3) continue;
      for (const kubernetes of schemas().versions) {
        report(`${where}: Kubernetes ${kubernetes}`, await conform(tool("kubeconform").path, kubernetes, stock.out));
      }
      const scored = await score(tool("kube-score").path, where, chart.platform, stock.out);
      for (const exception of scored.used) used.add(exception);
      report(`${where}: kube-score`, scored.findings);
      const budget = chart.budgets[values.name];
      if (budget === undefined) continue;
      const sum = sumOfRequests(stock.out);
      const within = sum.cpu <= budget.cpu && sum.memory <= budget.memory;
      console.log(`${where}: requests ${sum.cpu.toFixed(2)} CPUs, ${(sum.memory / 2 ** 30).toFixed(2)} GiB`);
      report(`${where}: requests`, within ? [] : [`more than ${budget.cpu} CPUs or ${budget.memory / 2 ** 30} GiB`]);
    }
  }
}

/** Installs and upgrades for real. */
async function judgeReleases(kubeconfig: string): Promise<void> {
  const env = { HOME: folder, PATH: process.env["PATH"] ?? "", KUBECONFIG: kubeconfig };
  const connection = connect(await loadKubeconfig({ kubeconfig, env: {} }), { env: {} });
  const client = new KubeClient(connection.transport);
  await installCrds(
    client,
    vendorCrds().flatMap(({ files }) => files),
  );
  await letVolumesGrow(client);
  const helms = [stockHelm("helm4", tool("helm4").path, env), slipwayHelm(env)];
  if (!flags.reference) helms.push(stockHelm("helm3", tool("helm3").path, env));
  const travellers = helms.filter(({ name }) => new RegExp(flags.by).test(name));
  let spaces = 0;
  const attempt = async (label: string, work: (namespace: string) => Promise<void>) => {
    const started = Date.now();
    try {
      await work(`proof-${++spaces}`);
      report(label, []);
      if (flags.verbose) console.log(`${label}: ${((Date.now() - started) / 1000).toFixed(1)} s`);
    } catch (error) {
      report(label, [error instanceof Trouble ? error.message : messageOf(error)]);
    }
  };
  const say = flags.verbose ? { say: (line: string) => console.log(line) } : {};
  const judge = async (chart: PlatformChart) => {
    using prepared = prepare(chart.folder);
    for (const helm of travellers) {
      const options = { client, helm, chart, path: prepared.path, ...say };
      if (chart.environments.length > 0)
        await attempt(`${chart.name}: through its environments by ${helm.name}`, (space) => travel(options, space));
      if (helm.name === "helm3") continue;
      for (const values of chart.cases) {
        await attempt(`${chart.name}/${values.name}: installed by ${helm.name}`, (space) =>
          comeAndGo(options, values, space),
        );
      }
    }
  };
  // Charts beside each other, for most of the time is waiting; a chart's releases one by one, for some make objects of
  // the cluster.
  const left = [...charts];
  const worker = async () => {
    for (let chart = left.shift(); chart !== undefined; chart = left.shift()) await judge(chart);
  };
  await Promise.all(Array.from({ length: flags.reference ? 4 : 2 }, worker));
  connection.close();
}

/** The test of the documents, with its stock part. */
function proveDocuments(): void {
  const test = join(import.meta.dirname, "..", "..", "test", "platforms", "documents.test.ts");
  const ran = spawnSync(process.execPath, ["--test", "--test-reporter=spec", test], {
    encoding: "utf8",
    env: { ...process.env, PROVE_PLATFORMS: "1" },
    maxBuffer: 1 << 26,
  });
  const { passed, failed } = countsOf(ran.stdout, ran.status === 0);
  counts.passed += passed;
  counts.failed += failed;
  if (failed > 0) console.log(ran.stdout);
}

const folder = mkdtempSync(join(tmpdir(), "slipway-platforms-"));
const kubeconfig = join(folder, "kubeconfig");
try {
  if ((flags.part === "documents" || flags.part === "all") && !flags.reference && flags.chart === "") proveDocuments();
  if ((flags.part === "files" || flags.part === "all") && !flags.reference) {
    for (const chart of charts) await judgeFiles(chart);
    if (flags.chart === "") {
      for (const { check, reason } of exceptions.filter((item) => !used.has(item)))
        report(`kube-score: the exception for ${check} covers nothing any more`, [reason]);
    }
  }
  if (flags.reference) {
    const server = await referenceServer();
    try {
      await judgeReleases(server.kubeconfig);
    } finally {
      await server.stop();
    }
  } else if (flags.part === "releases" || flags.part === "all") {
    const cluster = await startCluster({ listen: { port: 0 }, clock: scaledClock(systemClock, 20) });
    try {
      writeFileSync(kubeconfig, cluster.kubeconfig());
      await judgeReleases(kubeconfig);
    } finally {
      await cluster.stop();
    }
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;
