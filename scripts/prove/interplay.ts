/**
 * Random walks that alternate between Slipway and stock Helm 3 and 4, compared after each step with stock Helm alone.
 *
 *     npm run prove:interplay -- --n 40 --steps 20 --seed 1              on an embedded cluster
 *     npm run prove:interplay -- --n 10 --steps 20 --reference           on kubelab's control plane
 *     npm run prove:interplay -- --n 10 --kubeconfig FILE                on any other cluster
 *
 * Differences that are on purpose (test/interplay/on-purpose.ts) are counted and printed by name.
 */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startCluster } from "../../src/cluster/index.ts";
import { walk } from "../../test/interplay/walk.ts";
import { tool } from "../../test/tools/tools.ts";
import { referenceServer } from "../../test/tools/reference-server.ts";

const { values } = parseArgs({
  options: {
    n: { type: "string", default: "10" },
    steps: { type: "string", default: "20" },
    seed: { type: "string", default: String(Date.now() % 1_000_000) },
    kubeconfig: { type: "string" },
    reference: { type: "boolean", default: false },
    "no-controllers": { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});
const folder = mkdtempSync(join(tmpdir(), "slipway-interplay-"));
const reference = values.reference ? await referenceServer() : undefined;
const elsewhere = values.kubeconfig ?? reference?.kubeconfig;
const cluster = elsewhere === undefined ? await startCluster() : undefined;
const kubeconfig = elsewhere ?? join(folder, "kubeconfig");
if (cluster !== undefined) writeFileSync(kubeconfig, cluster.kubeconfig());
let steps = 0;
let failed = 0;
const onPurpose = new Map<string, number>();
const started = Date.now();
for (let i = 0; i < Number(values.n); i++) {
  const seed = Number(values.seed) + i;
  try {
    const walked = await walk({
      kubeconfig,
      seed,
      steps: Number(values.steps),
      tools: { helm3: tool("helm3").path, helm4: tool("helm4").path },
      controllers: !values["no-controllers"],
      lists: elsewhere !== undefined,
      ...(values.verbose ? { say: (line: string) => console.log(line) } : {}),
    });
    steps += walked.steps;
    for (const name of walked.onPurpose) onPurpose.set(name, (onPurpose.get(name) ?? 0) + 1);
    const meant = walked.onPurpose.length === 0 ? "" : `, on purpose: ${walked.onPurpose.join("; ")}`;
    console.log(`seed ${seed}: ${walked.steps} steps alike${meant}`);
  } catch (error) {
    failed++;
    console.log(
      error instanceof Error ? `${error.message}\n${error.name === "Error" ? "" : (error.stack ?? "")}` : error,
    );
  }
}
await cluster?.stop();
await reference?.stop();
rmSync(folder, { recursive: true, force: true });
for (const [name, count] of onPurpose) console.log(`on purpose, ${count} times: ${name}`);
console.log(
  `${values.n} walks from seed ${values.seed}: ${steps} steps alike, ${failed} walks differ unexplained, ${((Date.now() - started) / 1000).toFixed(1)} s`,
);
process.exitCode = failed === 0 ? 0 : 1;
