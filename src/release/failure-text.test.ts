import assert from "node:assert/strict";
import { test } from "node:test";
import { withoutLongValues } from "./failure-text.ts";

test("values that fill a screen are cut, what is wrong with them stays", () => {
  const long = `{"labels":{"app":"web"},"Spec":{${Array.from({ length: 40 }, (_, i) => `"Field${i}":null`).join(",")}}}`;
  const head = 'Job.batch "web" is invalid: spec.template: Invalid value: ';
  assert.equal(
    withoutLongValues(`${head}${long}: field is immutable`),
    `${head}{"labels":{"app":"web"},"Spec":{"Field0"…}: field is immutable`,
  );
  const short = `${head}{"app":"web"}: field is immutable`;
  assert.equal(withoutLongValues(short), short);
  assert.equal(
    withoutLongValues("spec.replicas: Invalid value: -1: must be 0 or more"),
    "spec.replicas: Invalid value: -1: must be 0 or more",
  );
});
