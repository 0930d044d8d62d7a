import assert from "node:assert/strict";
import { test } from "node:test";
import { wellKnown } from "../../src/kube/index.ts";
import { diffUpgrade, install, upgrade } from "../../src/release/index.ts";
import { chartOf, configMap, openLab } from "./lab.ts";

test("a field that somebody else changed: the diff says what the upgrade will say", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf({ "c.yaml": configMap("c", '"1"') }) }).result;
  const body = { data: { value: "by hand" } };
  await lab.client.patch({ resource: wellKnown.configMaps, namespace: "default", name: "c" }, "merge", body, {
    fieldManager: "kubectl-edit",
  });
  const options = { name: "r", chart: chartOf({ "c.yaml": configMap("c", '"2"') }) };
  const [change] = (await diffUpgrade(lab.site, options)).changes;
  assert.equal(change?.change, "update");
  assert.match(change?.refused ?? "", /conflict with "kubectl-edit"/);
  await assert.rejects(upgrade(lab.site, options).result, /conflict with "kubectl-edit"/);
  const [taken] = (await diffUpgrade(lab.site, { ...options, forceConflicts: true })).changes;
  assert.equal(taken?.refused, undefined);
});
