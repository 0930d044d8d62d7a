import assert from "node:assert/strict";
import { test } from "node:test";
import { seededRandom, systemRandom } from "../base/index.ts";
import { loadFamilies } from "./index.ts";
import { render } from "./testing.ts";

test("random texts have their length and letters", async () => {
  await loadFamilies(["passwords"]);
  const shapes: [string, RegExp][] = [
    [`randAlphaNum 200`, /^[0-9A-Za-z]{200}$/],
    [`randAlpha 200`, /^[A-Za-z]{200}$/],
    [`randNumeric 200`, /^[0-9]{200}$/],
    [`randAscii 500`, /^[ -~]{500}$/],
    [`randBytes 30`, /^[0-9A-Za-z+/]{40}$/],
    [`uuidv4`, /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/],
    [`htpasswd "u" "p"`, /^u:\$2a\$10\$[./0-9A-Za-z]{53}$/],
  ];
  for (const [call, shape] of shapes) {
    assert.match(render(`{{ ${call} }}`, { random: systemRandom }), shape, call);
    assert.notEqual(
      render(`{{ ${call} }}`, { random: systemRandom }),
      render(`{{ ${call} }}`, { random: systemRandom }),
      call,
    );
  }
});

test("every value of a range comes up, none beyond it", () => {
  const seen = new Set(render(`{{ range until 500 }}{{ randInt -3 4 }} {{ end }}`).trim().split(" "));
  assert.deepEqual(
    [...seen].map(Number).toSorted((a, b) => a - b),
    [-3, -2, -1, 0, 1, 2, 3],
  );
});

test("the same seed gives the same results, another seed others", () => {
  const template = `{{ randAlphaNum 8 }} {{ uuidv4 }} {{ shuffle "abcdefgh" }} {{ randInt 0 1000000 }} {{ randBytes 9 }}`;
  const withSeed = (seed: number) => render(template, { random: seededRandom(seed) });
  assert.equal(withSeed(7), withSeed(7));
  assert.notEqual(withSeed(7), withSeed(8));
});
