/**
 * `npm run bench:releases -- --reference|--kubeconfig FILE [--pairs N] [--sizes 50,200,500]`: install, upgrade, upgrade that changes
 * nothing, and uninstall of many objects, `list` and `history` of few and many releases and revisions, beside stock Helm 4
 * on the same API server, in pairs, the least of all.
 */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { KubeClient, connect, loadKubeconfig, wellKnown } from "../src/kube/index.ts";
import { table } from "../src/cli/table.ts";
import { referenceServer } from "../test/tools/reference-server.ts";
import { tool } from "../test/tools/tools.ts";
import { measure, type Run } from "./paired.ts";

const { values } = parseArgs({
  options: {
    kubeconfig: { type: "string" },
    reference: { type: "boolean", default: false },
    pairs: { type: "string", default: "3" },
    sizes: { type: "string", default: "50,200,500" },
    // As many releases are listed, and as many revisions shown, by turns.
    releases: { type: "string", default: "20,200" },
    // How many objects each of them has: with the records' size Helm's time grows.
    record: { type: "string", default: "100" },
  },
});
const reference = values.reference ? await referenceServer() : undefined;
const kubeconfig = reference?.kubeconfig ?? values.kubeconfig ?? "";
if (kubeconfig === "")
  throw new Error("--reference: kubelab's control plane, or --kubeconfig FILE: a cluster that may be written to");
const slipway = join(import.meta.dirname, "..", "bin", "slipway");
const programs = { ours: slipway, stock: tool("helm4").path };
const folder = mkdtempSync(join(tmpdir(), "slipway-bench-"));
const config = await loadKubeconfig({ kubeconfig, env: {} });
const client = new KubeClient(connect(config).transport);
const spaces = { ours: `bench-ours-${Date.now()}`, stock: `bench-stock-${Date.now()}` };
const rows: string[][] = [["what", "ours ms (CPU)", "Helm 4 ms (CPU)", "wall ratio", "CPU ratio", "MB ours / Helm 4"]];

function chart(size: number): string {
  const path = join(folder, `many-${size}`);
  mkdirSync(join(path, "templates"), { recursive: true });
  writeFileSync(join(path, "Chart.yaml"), "apiVersion: v2\nname: many\nversion: 1.0.0\n");
  const object = `---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: "{{ $.Release.Name }}-{{ $i }}"}\ndata: {i: "{{ $i }}", v: "{{ $.Values.v }}"}\n`;
  writeFileSync(join(path, "templates", "all.yaml"), `{{- range $i := until ${size} }}\n${object}{{- end }}\n`);
  return path;
}

type Side = keyof typeof programs;

function run(side: Side, words: readonly string[]): Run {
  return measure({ program: programs[side], args: [...words, "-n", spaces[side], "--kubeconfig", kubeconfig] });
}

function least(runs: readonly Run[]): Run {
  const by = (key: keyof Run) => Math.min(...runs.map((entry) => entry[key]));
  return { cpuMs: by("cpuMs"), wallMs: by("wallMs"), memoryMb: by("memoryMb") };
}

function tell(what: string, runs: Readonly<Record<Side, readonly Run[]>>): void {
  const [ours, stock] = [least(runs.ours), least(runs.stock)];
  const side = (entry: Run) => `${entry.wallMs.toFixed(0)} (${entry.cpuMs.toFixed(0)})`;
  const ratio = (key: keyof Run) => (ours[key] / stock[key]).toFixed(2);
  rows.push([
    what,
    side(ours),
    side(stock),
    ratio("wallMs"),
    ratio("cpuMs"),
    `${ours.memoryMb.toFixed(0)} / ${stock.memoryMb.toFixed(0)}`,
  ]);
  console.log(rows.at(-1)?.join("  "));
}

function compare(what: string, steps: Readonly<Record<string, readonly string[]>>): void {
  const runs = new Map<string, Record<Side, Run[]>>(Object.keys(steps).map((step) => [step, { ours: [], stock: [] }]));
  for (let pair = 0; pair < Number(values.pairs); pair++) {
    for (const side of ["ours", "stock"] as const) {
      for (const [step, words] of Object.entries(steps)) runs.get(step)?.[side].push(run(side, words));
    }
  }
  for (const [step, both] of runs) tell(`${step} ${what}`, both);
}

try {
  for (const name of Object.values(spaces)) {
    await client.create(wellKnown.namespaces, undefined, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
  }
  for (const size of values.sizes.split(",").map(Number)) {
    const path = chart(size);
    compare(`of ${size} objects`, {
      install: ["install", "many", path],
      "no-op upgrade": ["upgrade", "many", path],
      upgrade: ["upgrade", "many", path, "--set", "v=2"],
      uninstall: ["uninstall", "many"],
    });
  }
  // Many releases and many revisions, made from one record; both tools read the same ones.
  run("stock", ["install", "seed", chart(Number(values.record))]);
  const { openStore } = await import("../src/release/index.ts");
  const store = await openStore("", client, spaces.stock);
  const seed = await store.get("seed", 1);
  spaces.ours = spaces.stock;
  let made = 0;
  for (const count of values.releases.split(",").map(Number)) {
    for (; made < count; made++) await store.create({ ...seed, name: `rel-${made}` });
    compare(`with ${count} releases`, { list: ["list", "-o", "json"] });
    const name = `long-${count}`;
    for (let version = 1; version <= count; version++)
      await store.create({ ...seed, name, version, status: version === count ? "deployed" : "superseded" });
    compare(`with ${count} revisions`, { history: ["history", name] });
  }
  console.log(`\n${table(rows)}`);
} finally {
  for (const name of new Set(Object.values(spaces)))
    await client.delete({ resource: wellKnown.namespaces, name }).catch(() => {});
  await reference?.stop();
  rmSync(folder, { recursive: true, force: true });
}
