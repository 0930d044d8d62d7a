/**
 * `npm run vendor-charts`: fetches the charts of repositories that our charts depend on into a cache folder outside the
 * clone, once. Tests take them from there; where they cannot be fetched, stand-ins take their place.
 */
import { existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { platformCharts } from "../test/platforms/charts.ts";
import { remoteDependencies, vendoredCharts } from "../test/platforms/prepare.ts";
import { runProgram } from "../test/platforms/render.ts";
import { build } from "../test/tools/tools.ts";

mkdirSync(vendoredCharts, { recursive: true });
for (const { folder } of platformCharts()) {
  for (const { name, version, repository = "" } of remoteDependencies(folder)) {
    if (existsSync(join(vendoredCharts, `${name}-${version}.tgz`))) continue;
    const words = ["pull", name, "--repo", repository, "--version", version, "--destination", vendoredCharts];
    const ran = await runProgram(build("helm4"), words, { seconds: 60 });
    console.log(ran.code === 0 ? `${name} ${version}: fetched` : `${name} ${version}: ${ran.err.trim()}`);
    if (ran.code !== 0) process.exitCode = 1;
  }
}
