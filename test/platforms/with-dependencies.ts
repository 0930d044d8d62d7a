/**
 * Runs a command beside a chart repository on loopback that has the charts which a chart depends on:
 *
 *     node with-dependencies.ts helm/mlops-sentiment helm dependency update ./helm/mlops-sentiment
 *
 * The repositories in the chart's Chart.yaml are replaced by it while the command runs. The charts are the real ones
 * where `npm run vendor-charts` could fetch them, else stand-ins.
 */
import { spawn, spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fillCharts, remoteDependencies } from "./prepare.ts";

const [chart = "", program = "", ...words] = process.argv.slice(2);
const file = join(chart, "Chart.yaml");
const written = readFileSync(file, "utf8");
const scratch = mkdtempSync(join(tmpdir(), "slipway-repository-"));
try {
  writeFileSync(join(scratch, "Chart.yaml"), written);
  for (const name of fillCharts(scratch)) {
    const packed = spawnSync(program, ["package", join(scratch, "charts", name), "-d", join(scratch, "charts")]);
    if (packed.status !== 0) throw new Error(String(packed.stderr));
  }
  const archives = readdirSync(join(scratch, "charts")).filter((name) => name.endsWith(".tgz"));
  const entries = remoteDependencies(scratch).map(
    ({ name, version }) =>
      `  ${name}:\n  - {apiVersion: v2, name: ${name}, version: ${version}, urls: [${name}-${version}.tgz]}\n`,
  );
  const server = createServer((request, response) => {
    const asked = (request.url ?? "").slice(1);
    if (asked === "index.yaml") response.end(`apiVersion: v1\nentries:\n${entries.join("")}`);
    else if (archives.includes(asked)) response.end(readFileSync(join(scratch, "charts", asked)));
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(file, written.replaceAll(/repository: "https?:[^"]+"/g, `repository: "${url}"`));
  const child = spawn(program, words, { stdio: "inherit" });
  process.exitCode = await new Promise<number>((resolve) => child.on("close", (code) => resolve(code ?? 1)));
  server.close();
} finally {
  writeFileSync(file, written);
  rmSync(scratch, { recursive: true, force: true });
}
