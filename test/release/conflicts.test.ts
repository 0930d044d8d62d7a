import assert from "node:assert/strict";
import { test } from "node:test";
import type { SlipwayError } from "../../src/base/index.ts";
import { wellKnown } from "../../src/kube/index.ts";
import { install, upgrade } from "../../src/release/index.ts";
import { chartOf, configMap, openLab } from "./lab.ts";

test("conflicts are told by object, field and owner, of all objects at once; --force-conflicts takes the fields over", async () => {
  await using lab = await openLab();
  const both = (value: string) =>
    chartOf({ "a.yaml": configMap("one", `"${value}"`), "b.yaml": configMap("two", `"${value}"`) });
  await install(lab.site, { name: "r", chart: both("1") }).result;
  for (const name of ["one", "two"])
    await lab.client.patch(
      { resource: wellKnown.configMaps, namespace: "default", name },
      "merge",
      { data: { value: "9" } },
      { fieldManager: `editor-of-${name}` },
    );
  await assert.rejects(upgrade(lab.site, { name: "r", chart: both("2") }).result, (error: SlipwayError) => {
    assert.deepEqual(
      error.facts.details?.map(({ message }) => message),
      ["ConfigMap one: .data.value belongs to editor-of-one", "ConfigMap two: .data.value belongs to editor-of-two"],
    );
    assert.match(error.facts.fix ?? "", /--force-conflicts/);
    return true;
  });
  assert.deepEqual(await lab.configMap("one"), { value: "9" });
  await upgrade(lab.site, { name: "r", chart: both("2"), forceConflicts: true }).result;
  assert.deepEqual(await lab.configMap("two"), { value: "2" });
});
