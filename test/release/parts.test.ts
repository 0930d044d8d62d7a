import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/base/index.ts";
import { wellKnown } from "../../src/kube/index.ts";
import { get, install, rollback, uninstall, upgrade } from "../../src/release/index.ts";
import { chartOf, configMap, openLab } from "./lab.ts";

test("a release of more than a megabyte: upgraded to a small one and back, rolled back, pruned, uninstalled", async () => {
  await using lab = await openLab();
  const values = { big: noise(700_000) };
  const large = chartOf({ "b.yaml": configMap("b", "{{ .Values.big | quote }}") });
  const little = chartOf({ "a.yaml": configMap("a") });
  /** The revisions that there are parts of. */
  const owned = async () => {
    const parts = await lab.client.list(wellKnown.secrets, "default", { labelSelector: "owner=slipway" });
    return [...new Set(parts.map(({ metadata }) => metadata.labels?.["version"]))];
  };
  await install(lab.site, { name: "r", chart: large, values }).result;
  assert.deepEqual(await owned(), ["1"]);
  await upgrade(lab.site, { name: "r", chart: little, maxHistory: 3 }).result;
  assert.equal(await lab.configMap("b"), undefined);
  await rollback(lab.site, { name: "r", revision: 1 }).result;
  assert.deepEqual(await lab.configMap("b"), { value: values.big });
  assert.deepEqual((await get(lab.site, "r")).config, values);
  await upgrade(lab.site, { name: "r", chart: little, maxHistory: 2, resetValues: true }).result;
  await sleep(lab.clock, 2000);
  assert.deepEqual(await owned(), ["3"]);
  assert.deepEqual((await get(lab.site, "r", { revision: 3 })).config, values);
  await uninstall(lab.site, { name: "r" }).result;
  await sleep(lab.clock, 2000);
  assert.deepEqual(await owned(), []);
});

/** Text that gzip cannot make much smaller. */
function noise(length: number): string {
  let text = "";
  for (let at = 1; text.length < length; at++) text += ((at * 2654435761) >>> 0).toString(36);
  return text;
}
