/**
 * The platforms' charts on a real node: kubelet, containers, probes, policies; in the place of each HTTP service a small
 * server of ours that answers as the service's contract says.
 *
 *     npm run prove:node                    all of them
 *     npm run prove:node -- --chart ml-api  those whose name matches
 *     npm run prove:node -- --keep          leaves the node and the releases as they are at the end; with --name N the
 *                                           next run takes the same node
 */
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { root } from "../../test/platforms/charts.ts";
import { prepare } from "../../test/platforms/prepare.ts";
import { tool } from "../../test/tools/tools.ts";
import { vendorCrds } from "../vendor-crds.ts";
import { checks } from "./node/checks.ts";
import { apply, kubectl, makeNamespace, monitoring, strangers } from "./node/cluster.ts";
import { type Contract, makeImages } from "./node/images.ts";
import { type NodeLab, noNode, openNode } from "./node/lab.ts";
import { type Service, services } from "./node/services.ts";

const { values: flags } = parseArgs({
  options: {
    chart: { type: "string", default: "" },
    only: { type: "string", default: "" },
    keep: { type: "boolean", default: false },
    name: { type: "string", default: `proof-${process.pid}` },
  },
});

const counts = { passed: 0, failed: 0 };
const wanted = services.filter(({ name }) => new RegExp(flags.chart).test(name));
const reason = noNode();
if (reason !== undefined || wanted.length === 0) {
  console.log(reason ?? `no chart is called ${flags.chart}`);
  console.log(`0 passed, 0 failed, ${wanted.length} skipped`);
  process.exit(reason === undefined ? 1 : 0);
}

const scratch = mkdtempSync(join(tmpdir(), "slipway-node-"));
try {
  await using lab = await openNode(flags.name, { keep: flags.keep });
  await begin(lab);
  for (const service of wanted) await prove(lab, service);
} finally {
  rmSync(scratch, { recursive: true, force: true });
}
console.log(`${counts.passed} passed, ${counts.failed} failed, 0 skipped`);
process.exitCode = counts.failed === 0 && counts.passed > 0 ? 0 : 1;

/** Images under all references that the charts name, the operators' CRDs, and the namespaces of others. */
async function begin(lab: NodeLab): Promise<void> {
  const references = new Map<string, Contract | undefined>();
  for (const service of wanted) {
    using prepared = prepare(join(root, service.chart), { standIns: true });
    const rendered = execFileSync(
      tool("helm4").path,
      ["template", service.name, prepared.path, "-f", valuesFile(service)],
      { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] },
    );
    for (const [, reference = ""] of rendered.matchAll(/^\s*(?:- )?image: "?([^"\s]+)"?$/gm)) {
      references.set(reference, service.contracts[reference.replace(/:[^:/]+$/, "")] ?? references.get(reference));
    }
  }
  await makeImages(lab, references, scratch);
  const monitors = vendorCrds().filter(({ name }) => name.includes("prometheus"));
  for (const file of monitors
    .flatMap(({ files }) => files)
    .filter((path) => /servicemonitor|prometheusrule/.test(path)))
    await kubectl(lab, "apply", "--server-side", "-f", file);
  for (const namespace of [strangers, monitoring]) await makeNamespace(lab, namespace);
}

function valuesFile(service: Service): string {
  const folder = join(scratch, "values");
  mkdirSync(folder, { recursive: true });
  const file = join(folder, `${service.name}.json`);
  writeFileSync(file, JSON.stringify(service.values));
  return file;
}

async function prove(lab: NodeLab, service: Service): Promise<void> {
  using prepared = prepare(join(root, service.chart), { standIns: true });
  const namespace = `proof-${service.name}`;
  const helm = (...words: string[]) => lab.run([tool("helm4").path, ...words]);
  const values = ["-f", valuesFile(service)];
  const installed = await claim(`${service.name} becomes ready in a restricted namespace`, async () => {
    await makeNamespace(lab, namespace);
    await apply(lab, namespace, service.before ?? []);
    const words = ["install", service.name, prepared.path, "-n", namespace, ...values, "--wait", "--timeout", "3m"];
    const ran = await helm(...words);
    if (ran.code !== 0) throw new Error(`${ran.err}\n${await kubectl(lab, "get", "pods,events", "-n", namespace)}`);
  });
  if (!installed) return;
  const scene = { lab, service, namespace, helm, values, chart: prepared.path };
  for (const [what, check] of Object.entries(checks)) {
    if (!what.includes(flags.only) || (what.includes("metrics") && service.series === undefined)) continue;
    await claim(`${service.name}: ${what}`, () => check(scene));
  }
  if (flags.keep) return;
  await claim(`${service.name} goes away`, async () => {
    const ran = await helm("uninstall", service.name, "-n", namespace, "--wait", "--timeout", "2m");
    if (ran.code !== 0) throw new Error(ran.err);
  });
  await kubectl(lab, "delete", "namespace", namespace, "--wait=false");
}

async function claim(what: string, show: () => Promise<void>): Promise<boolean> {
  const begin = Date.now();
  try {
    await show();
    counts.passed += 1;
    console.log(`ok      ${what} (${((Date.now() - begin) / 1000).toFixed(1)} s)`);
    return true;
  } catch (error) {
    counts.failed += 1;
    console.log(`FAILED  ${what}\n        ${(error as Error).message.trim().replaceAll("\n", "\n        ")}`);
    return false;
  }
}
