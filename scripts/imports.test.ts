import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { countsOf } from "./ci-counts.ts";
import { checkFile, circle, importsOf, readRules } from "./imports.ts";

const document = readFileSync(join(import.meta.dirname, "..", "docs", "architecture.md"), "utf8");
const rules = readRules(document);

test("the table is read out of the document", () => {
  assert.deepEqual([...(rules.mayImport.get("kube") ?? [])], ["manifest", "schema", "goyaml"]);
  assert.deepEqual([...(rules.mayImport.get("base") ?? ["?"])], []);
  assert.equal(rules.mayImport.get("cli"), undefined);
  assert.ok(rules.pure.has("gotemplate") && rules.pure.has("schedule") && !rules.pure.has("kube"));
  assert.equal(circle(rules), undefined);
  const round = readRules(document.replace("– |\n| `semver`", "render |\n| `semver`"));
  assert.match(circle(round)?.join(" ") ?? "", /goyaml render/);
});

test("every form of import is found", () => {
  const source = `import a from "./a.ts";\nimport {\n  b,\n} from "./b.ts";\nexport * from "./c.ts";\nimport "./d.ts";
// import e from "./e.ts";\nconst f = await import("./f.ts");\nimport type { G } from "../g/index.ts";`;
  assert.deepEqual(
    importsOf(source).map(({ specifier, line }) => `${specifier}:${line}`),
    ["./a.ts:1", "./b.ts:4", "./c.ts:5", "./d.ts:6", "./f.ts:8", "../g/index.ts:9"],
  );
});

test("what the table does not allow is refused", () => {
  const cases: [file: string, source: string, wrong: RegExp | undefined][] = [
    ["src/kube/a.ts", 'import { x } from "../manifest/index.ts";', undefined],
    ["src/kube/a.ts", 'import { x } from "../base/index.ts";', undefined],
    ["src/kube/a.ts", 'import { x } from "../render/index.ts";', /kube may not import render/],
    ["src/kube/a.ts", 'import { x } from "../manifest/split.ts";', /entered by src\/manifest\/index\.ts/],
    ["src/render/a.ts", 'import { readFileSync } from "node:fs";', /runs in browsers too/],
    ["src/render/a.ts", "const t = Date.now();", /comes in as a port/],
    ["src/render/a.test.ts", 'import { test } from "node:test";', undefined],
    ["src/sprig/node.ts", 'import { sign } from "node:crypto";', undefined],
    ["src/kube/a.ts", 'import { x } from "./b";', /ending/],
    ["src/kube/a.ts", 'import { x } from "../../test/tools/tools.ts";', /sources import sources only/],
    ["src/nowhere/a.ts", 'import { x } from "../goyaml/index.ts";', /not a room/],
    ["test/a.ts", 'import { x } from "../src/kube/connect.ts";', /entered by/],
    ["test/a.ts", 'import { x } from "../src/cli/run.ts";', undefined],
  ];
  for (const [file, source, wrong] of cases) {
    const found = checkFile(file, source, rules).join("\n");
    if (wrong === undefined) assert.equal(found, "", file);
    else assert.match(found, wrong, file);
  }
});

test("counts come from a step's own line, from node:test, or from how it ended", () => {
  assert.deepEqual(countsOf("x\n3 passed, 1 failed, 2 skipped\n", false), { passed: 3, failed: 1, skipped: 2 });
  assert.deepEqual(countsOf("3 passed, 0 failed, 0 skipped\n", false), { passed: 3, failed: 1, skipped: 0 });
  assert.deepEqual(countsOf("ℹ tests 4\nℹ pass 2\nℹ fail 0\nℹ cancelled 1\nℹ skipped 1\nℹ todo 0\n", false), {
    passed: 2,
    failed: 1,
    skipped: 1,
  });
  assert.deepEqual(countsOf("", true), { passed: 1, failed: 0, skipped: 0 });
});
