import assert from "node:assert/strict";
import { test } from "node:test";
import { isSlipwayError } from "../base/index.ts";
import { familiesOf, loadFamilies, sprigFuncs } from "./index.ts";
import { render } from "./testing.ts";

const ports = { clock: { now: () => 0 }, random: { bytes: (count: number) => new Uint8Array(count) } };

/** The whole cause chain of an error. */
function* causes(error: unknown): Generator {
  for (let at = error; at instanceof Error; at = at.cause) yield at;
}

test("a family that is not loaded says so, and works once it is", async () => {
  const template = `{{ semver "1.2.3" }}`;
  assert.throws(
    () => render(template),
    (error) => [...causes(error)].some((one) => isSlipwayError(one, "sprig.load") && one.facts.path === "versions"),
  );
  await loadFamilies(["versions"]);
  assert.equal(render(template), "1.2.3");
});

test("families are found by the names of functions", () => {
  assert.deepEqual(familiesOf(["genCA", "upper", "htpasswd"]), ["keys", "passwords"]);
  assert.deepEqual(familiesOf(["now", "mustRegexMatch", "fromToml"]).toSorted(), ["dates", "regex", "toml"]);
  assert.deepEqual(familiesOf(["upper"]), []);
});

test("Helm 3 lacks what came with Helm 4", () => {
  const names = (helmVersion: 3 | 4) => Object.keys(sprigFuncs({ ...ports, helmVersion }));
  assert.equal(names(4).length, 227);
  assert.equal(names(3).length, 214);
  const only4 = names(4).filter((name) => !names(3).includes(name));
  assert.deepEqual(only4.filter((name) => !name.startsWith("duration")).toSorted(), [
    "mustToDuration",
    "mustToToml",
    "mustToYaml",
  ]);
});
