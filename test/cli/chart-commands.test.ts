/** What `show --jsonpath`, `template --lookup-from` and `package --destination` do with what a user gives them. */
import assert from "node:assert/strict";
import { createServer } from "node:http";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { parse } from "../../src/goyaml/index.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";

const cwd = mkdtempSync(join(tmpdir(), "slipway-commands-"));
after(() => rmSync(cwd, { recursive: true, force: true }));

const object = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: z, namespace: default}\ndata: {k: found}\n";
mkdirSync(join(cwd, "chart/templates"), { recursive: true });
mkdirSync(join(cwd, "objects"));
writeFileSync(join(cwd, "chart/Chart.yaml"), "apiVersion: v2\nname: app\nversion: 1.2.3\n");
writeFileSync(join(cwd, "chart/values.yaml"), "image: {tag: v1}\nports: [80, 443]\n");
writeFileSync(
  join(cwd, "chart/templates/a.yaml"),
  'k: {{ dig "data" "k" "none" (lookup "v1" "ConfigMap" "default" "z") }}\n',
);
writeFileSync(join(cwd, "objects/z.yaml"), object);
writeFileSync(join(cwd, "objects/README.md"), "no manifest\n");

async function slipway(...words: string[]) {
  const context = memoryContext({ cwd, input: object });
  const code = await run(words, commands, context);
  return { code, out: context.stdout, err: context.stderr };
}

test("a JSONPath that leads to nothing prints nothing, as in Helm, and is told of", async () => {
  const cases: [path: string, code: number, out: string, err: RegExp][] = [
    ["{.image.tag}-{.ports[-1]}", 0, "v1-443", /^$/],
    ["{.image.tagg}", 0, "", /^WARNING: \{\.image\.tagg\}: tagg is not found\n$/],
    ["x{.ports[5]}y", 0, "", /array index out of bounds: index 5, length 2/],
    ["{.image", 1, "", /^Error: error parsing jsonpath \{\.image: unclosed action/],
    ["{range .ports[*]}{@}{end}", 1, "", /unrecognized character in action/],
  ];
  for (const [path, code, out, err] of cases) {
    const ran = await slipway("show", "values", "chart", "--jsonpath", path);
    assert.deepEqual([ran.code, ran.out], [code, out], path);
    assert.match(ran.err, err);
  }
});

test("--lookup-from takes a file, a folder, stdin", async () => {
  for (const name of ["objects/z.yaml", "objects", "-"]) {
    const { out, err } = await slipway("template", "chart", "--lookup-from", name);
    assert.match(out, /^k: found$/m, `${name}: ${err}`);
  }
  const missing = await slipway("template", "chart", "--lookup-from", "nowhere");
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^Error: open nowhere: no such file or directory/);
});

test("lint prints text, json or yaml, and refuses any other format", async () => {
  const [json, yaml] = [await slipway("lint", "chart", "-o", "json"), await slipway("lint", "chart", "-o", "yaml")];
  assert.deepEqual(parse(yaml.out), parse(json.out));
  assert.equal(JSON.parse(json.out).linted, 1);
  const wrong = await slipway("lint", "chart", "-o", "table");
  assert.equal(wrong.code, 1);
  assert.match(wrong.err, /^Error: invalid argument "table" for "-o, --output" flag: invalid format type/);
});

test("package names the archive by the folder that was asked for", async () => {
  const { out } = await slipway("package", "chart", "--destination", "a/b/");
  assert.equal(out, "Successfully packaged chart and saved it to: a/b/app-1.2.3.tgz\n");
  assert.ok(existsSync(join(cwd, "a/b/app-1.2.3.tgz")));
  assert.match((await slipway("package", "chart")).out, new RegExp(`saved it to: ${cwd}/app-1\\.2\\.3\\.tgz\n$`));
});

test("schemas from outside are fetched where that is allowed, by every command that holds values against them", async () => {
  const server = createServer((_request, answer) => answer.end('{"properties":{"a":{"type":"integer"}}}'));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as { port: number };
    mkdirSync(join(cwd, "remote/templates"), { recursive: true });
    writeFileSync(join(cwd, "remote/Chart.yaml"), "apiVersion: v2\nname: remote\nversion: 1.0.0\n");
    writeFileSync(join(cwd, "remote/values.yaml"), "a: 1\n");
    writeFileSync(join(cwd, "remote/values.schema.json"), `{"$ref":"http://127.0.0.1:${port}/s.json"}`);
    writeFileSync(join(cwd, "helmfile.yaml"), "releases:\n  - {name: web, chart: ./remote}\n");
    const allowed = "--allow-remote-schemas";
    for (const words of [
      ["template", "remote"],
      ["lint", "remote"],
      ["fleet", "template"],
      ["install", "web", "remote", "--dry-run=client"],
    ]) {
      const refused = await slipway(...words);
      assert.equal(refused.code, 1, words.join(" "));
      if (words[0] !== "lint") assert.match(refused.err, /Allow it with --allow-remote-schemas/);
      assert.equal((await slipway(...words, allowed)).code, 0, words.join(" "));
      const wrong = await slipway(...words, allowed, "--set", "a=x");
      assert.match(wrong.out + wrong.err, /at '\/a': got string, want integer/);
    }
  } finally {
    server.close();
  }
});
