/** Renders every chart that is named, one after the other in this process, as `template` does; prints how many. */
import { platformPorts } from "../src/cli/platform-ports.ts";
import { loadChart } from "../src/chart/index.ts";
import { render } from "../src/render/index.ts";

const loadPorts = () => platformPorts({ env: process.env });
let units = 0;
for (const path of process.argv.slice(2)) {
  const rendered = await render(
    await loadChart(path),
    {},
    {
      loadPorts,
      release: { name: "r", namespace: "default", revision: 1, isInstall: true, isUpgrade: false },
    },
  );
  units += rendered.manifest.length;
}
process.stdout.write(`${process.argv.length - 2} charts, ${units} characters\n`);
