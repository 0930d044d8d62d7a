/** The charts of the platforms, rendered and linted with all their values by the stock tools: the fast part. */
import assert from "node:assert/strict";
import { test } from "node:test";
import { tool } from "../tools/tools.ts";
import { librarySuites, platformCharts } from "./charts.ts";
import { conform, schemas } from "./conform.ts";
import { prepare } from "./prepare.ts";
import { lint, nulls, slipwayTemplate, stockTemplate, templateWords } from "./render.ts";
import { hasSuites, unittest } from "./unittest.ts";

const helm = tool("helm4");
const helmUnittest = tool("helm-unittest");
const kubeconform = tool("kubeconform");

for (const chart of platformCharts()) {
  test(
    `${chart.name}: all values are linted, and rendered alike by Helm 4 and Slipway`,
    { skip: helm.skip },
    async () => {
      using prepared = prepare(chart.folder);
      const { versions } = kubeconform.skip === false ? schemas() : { versions: [] };
      const ends = [...new Set([versions[0], versions.at(-1)])].filter((version) => version !== undefined);
      for (const values of chart.cases) {
        const words = templateWords(prepared.path, chart.release, chart.platform, values);
        const stock = await stockTemplate(helm.path, words);
        assert.equal(stock.code, 0, `${values.name}: ${stock.err}`);
        assert.deepEqual(nulls(stock.out, chart), [], values.name);
        const ours = await slipwayTemplate(4, words);
        assert.equal(ours.out, stock.out, `${values.name}: ${ours.err}`);
        assert.deepEqual(await lint(helm.path, prepared.path, chart.platform, values), [], values.name);
        for (const version of ends) {
          const label = `${values.name} on Kubernetes ${version}`;
          assert.deepEqual(await conform(kubeconform.path, version, stock.out), [], label);
        }
      }
    },
  );

  const skip = hasSuites(chart.folder) ? helmUnittest.skip : "has no helm-unittest suites";
  test(`${chart.name}: its helm-unittest suites`, { skip }, async () => {
    using prepared = prepare(chart.folder, { standIns: true });
    assert.deepEqual(await unittest(helmUnittest.path, prepared.path), []);
  });
}

test("the library: its helm-unittest suites", { skip: helmUnittest.skip }, async () => {
  assert.deepEqual(await unittest(helmUnittest.path, librarySuites().folder), []);
});
