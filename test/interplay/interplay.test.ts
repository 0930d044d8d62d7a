import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { startCluster, type Cluster } from "../../src/cluster/index.ts";
import { tool } from "../tools/tools.ts";
import { makeChart, writeChart } from "./chart.ts";
import { runSlipway } from "./run.ts";
import { walk } from "./walk.ts";

const helm3 = tool("helm3");
const helm4 = tool("helm4");
const skip = helm3.skip || helm4.skip;

let cluster: Cluster;
let folder: string;
let kubeconfig: string;

before(async () => {
  cluster = await startCluster({ name: "interplay" });
  folder = mkdtempSync(join(tmpdir(), "slipway-interplay-"));
  kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, cluster.kubeconfig());
});
after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

test("random walks between Slipway, Helm 3 and Helm 4 go as with stock Helm alone", { skip }, async (t) => {
  const seed = Number(process.env["SLIPWAY_SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`seed ${seed} (SLIPWAY_SEED)`);
  for (let i = 0; i < 2; i++)
    await walk({
      kubeconfig,
      seed: seed + i,
      steps: 6,
      tools: { helm3: helm3.path, helm4: helm4.path },
      controllers: true,
      lists: false,
    });
});

test("what Slipway prints of its own and Helm's releases is what Helm prints, to the byte", { skip }, async () => {
  const chart = makeChart(5, { controllers: true, lists: false });
  writeChart(chart, join(folder, chart.name));
  // Never synchronously: the cluster lives in this process.
  const helm = (...words: string[]) =>
    new Promise<{ code: number; out: string }>((resolve) => {
      const options = { env: { HOME: folder, PATH: "" }, maxBuffer: 1 << 26 };
      execFile(helm4.path, [...words, "--kubeconfig", kubeconfig], options, (error, out) => {
        resolve({ code: error === null ? 0 : 1, out });
      });
    });
  const slipway = async (...words: string[]) => {
    const { code, out } = await runSlipway([...words, "--kubeconfig", kubeconfig]);
    return { code, out };
  };
  assert.equal(
    (await slipway("install", "ours", join(folder, chart.name), "--set", "replicas=2", "--labels", "team=ml")).code,
    0,
  );
  assert.equal(
    (await slipway("upgrade", "ours", join(folder, chart.name), "--set", "image=nginx:2", "--reuse-values")).code,
    0,
  );
  assert.equal((await slipway("rollback", "ours")).code, 0);
  assert.equal((await helm("install", "theirs", join(folder, chart.name))).code, 0);
  for (const words of [
    ["list"],
    ["list", "-A", "-o", "json"],
    ["list", "-o", "yaml"],
    ["list", "-q", "-r"],
    ["list", "-l", "team=ml", "--no-headers"],
    ["list", "--failed"],
    ["history", "ours"],
    ["history", "ours", "--show-rollback-revision"],
    ["history", "ours", "--max", "2", "-o", "json"],
    ["history", "nope"],
    ["get", "values", "ours"],
    ["get", "values", "ours", "--all", "-o", "json"],
    ["get", "values", "ours", "--revision", "2", "-o", "yaml"],
    ["get", "manifest", "ours"],
    ["get", "hooks", "ours"],
    ["get", "notes", "theirs"],
    ["get", "metadata", "ours"],
    ["get", "metadata", "theirs", "-o", "json"],
    ["get", "metadata", "ours", "--revision", "1", "-o", "yaml"],
    [
      "get",
      "all",
      "theirs",
      "--template",
      "{{.Release.Name}} {{.Release.Chart.Metadata.Version}} {{.Release.Info.Status}}",
    ],
    ["get", "all", "ours", "--revision", "2"],
    ["status", "nope"],
  ]) {
    const [ours, theirs] = [await slipway(...words), await helm(...words)];
    assert.deepEqual(ours, theirs, words.join(" "));
  }
});
