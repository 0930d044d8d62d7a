import assert from "node:assert/strict";
import { relative } from "node:path";
import { describe, test } from "node:test";
import { chartFolders, filesOf } from "./charts.ts";
import { schemaOf } from "./charts/schema.ts";
import { readSettings } from "./charts/settings.ts";
import { withTable } from "./charts/table.ts";

describe("values.schema.json and the README's table say what values.yaml says", () => {
  for (const folder of chartFolders()) {
    test(relative(process.cwd(), folder), () => {
      for (const { file, wanted, found } of filesOf(folder)) {
        assert.equal(found, wanted, `${file} differs from values.yaml: npm run charts`);
      }
    });
  }
});

const text = `
# No description: an ordinary remark.
image:
  # -- Where it is
  # kept.
  # @schema {minLength: 1}
  # @required
  repository: a/b
# -- Sizes.
# @ref sizes
sizes:
  small: 1
# -- Lines.
motto: |
  image: not a key
# -- How many.
count: 2
`;
const definitions = {
  sizes: { type: "object", additionalProperties: { $ref: "#/$defs/size" } },
  size: { type: "integer" },
};

test("settings become a strict schema with the shapes they use", () => {
  const schema: unknown = JSON.parse(JSON.stringify(schemaOf("demo", readSettings(text), definitions, ["sub"])));
  assert.deepEqual(schema, {
    $schema: "https://json-schema.org/draft/2020-12/schema",
    title: "demo values",
    type: "object",
    additionalProperties: false,
    properties: {
      image: {
        type: "object",
        additionalProperties: false,
        properties: {
          repository: { description: "Where it is kept.", type: "string", minLength: 1, default: "a/b" },
        },
        required: ["repository"],
      },
      sizes: { description: "Sizes.", $ref: "#/$defs/sizes", default: { small: 1 } },
      motto: { description: "Lines.", type: "string", default: "image: not a key\n" },
      count: { description: "How many.", type: "integer", default: 2 },
      global: { type: "object" },
      sub: { type: "object", description: "Values of the subchart sub." },
    },
    $defs: { size: definitions.size, sizes: definitions.sizes },
  });
});

test("settings become a table", () => {
  const settings = readSettings(text).filter(({ key }) => key !== "motto");
  const readme = "# Demo\n<!-- values:begin -->\nold\n<!-- values:end -->\nThe end\n";
  assert.equal(
    withTable(readme, settings, definitions),
    `# Demo
<!-- values:begin -->
| setting | type | default | what it is |
|---|---|---|---|
| \`image.repository\` | string | \`"a/b"\` | Where it is kept. |
| \`sizes\` | object | \`{"small":1}\` | Sizes. |
| \`count\` | integer | \`2\` | How many. |
<!-- values:end -->
The end
`,
  );
});

for (const [what, values, message] of [
  ["without a description", "a: 1\n", /^a: say what it is for/],
  ["an empty map without a shape", "# -- A.\na: {}\n", /^a: \{\} does not say what it may hold/],
  ["an unknown mark", "# -- A.\n# @shape x\na: 1\n", /^a: @shape is none of/],
] as const) {
  test(`refused: ${what}`, () => {
    assert.throws(() => readSettings(values), { message });
  });
}

test("refused: a shape that the library does not have", () => {
  assert.throws(() => schemaOf("demo", readSettings("# -- A.\n# @ref nothing\na: 1\n"), definitions, []), {
    message: /^@ref nothing: /,
  });
});
