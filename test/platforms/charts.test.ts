/**
 * The charts of the platforms, rendered and linted by the stock tools, and their suites: the fast part. All their values,
 * those of ci/ too, under both Helms and every Kubernetes: `npm run prove:platforms`.
 */
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
    `${chart.name}: linted and valid in each environment, alike by Helm 4 and Slipway`,
    { skip: helm.skip },
    async () => {
      using prepared = prepare(chart.folder);
      const newest = kubeconform.skip === false ? schemas().versions.at(-1) : undefined;
      for (const values of chart.environments) {
        const words = templateWords(prepared.path, chart.release, chart.platform, values);
        const linted = lint(helm.path, prepared.path, chart.platform, values);
        const stock = await stockTemplate(helm.path, words);
        assert.equal(stock.code, 0, `${values.name}: ${stock.err}`);
        assert.deepEqual(nulls(stock.out, chart), [], values.name);
        const valid = newest === undefined ? [] : conform(kubeconform.path, newest, stock.out);
        const ours = await slipwayTemplate(4, words);
        assert.equal(ours.out, stock.out, `${values.name}: ${ours.err}`);
        assert.deepEqual([...(await linted), ...(await valid)], [], values.name);
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
