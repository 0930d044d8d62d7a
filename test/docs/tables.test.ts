/**
 * The platforms' READMEs say in tables which wish or box of the requirement documents is shown by which test, and which
 * waits for running services. What such a table names is there.
 */
import assert from "node:assert/strict";
import { existsSync, globSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { commandsOf, documents } from "../platforms/documents.ts";
import { root } from "../platforms/charts.ts";
import { objects } from "../platforms/flts.ts";

const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8")) as { scripts: object };
const tests = globSync("{test,src,scripts}/**/*.test.ts", { cwd: root });
const commands = documents.flatMap(({ file }) => commandsOf(file));

/** Rows of the tables whose second column names what shows the first. */
function rowsOf(readme: string): (readonly [string, string])[] {
  return [...readme.matchAll(/^\|[^|\n]*\| (?:shown|ticked) by \|\n\|[-| ]*\|\n((?:\|.*\|\n)+)/gm)].flatMap(
    ([, body = ""]) =>
      [...body.matchAll(/^\| (.*?) \| (.*) \|$/gm)].map(([, wish = "", shown = ""]) => [wish, shown] as const),
  );
}

const hooks = (await objects()).filter(({ kind }) => kind === "Pod").map(({ metadata }) => metadata.name as string);

/** Whether what stands in backticks is there; undefined for what is no name of a test. */
function found(name: string, platform: string): boolean | undefined {
  if (name.endsWith(".test.ts")) return tests.some((file) => file === name || file.endsWith(`/${name}`));
  if (/^(kubectl|describe) /.test(name)) return commands.some((command) => command.includes(name));
  if (name.startsWith("npm run ")) return (name.split(" ")[2] ?? "") in scripts;
  if (name.includes(" ")) return undefined;
  if (name.startsWith(".") || name.includes("/")) return existsSync(join(platform, name));
  if (name.endsWith("_test.yaml")) return globSync(`**/tests/${name}`, { cwd: platform }).length > 0;
  if (name.startsWith("test-")) return hooks.some((hook) => hook.endsWith(`-${name}`));
  return undefined;
}

const files = globSync("platforms/*/README.md", { cwd: root }).toSorted();
const tables = files.map((file) => ({ file, rows: rowsOf(readFileSync(join(root, file), "utf8")) }));

for (const { file, rows } of tables.filter(({ file: of }) => !of.includes("/library/"))) {
  test(`what the table of ${file} names is there`, () => {
    assert.ok(rows.length > 5, "there is no such table");
    for (const [wish, shown] of rows) {
      const names = [...shown.matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name);
      const known = names.filter((name) => found(name, join(root, dirname(file))) !== undefined);
      for (const name of known) assert.ok(found(name, join(root, dirname(file))), `${wish}: ${name} is not there`);
      assert.ok(known.length > 0 || /suites|waits|: real containers/.test(shown), `${wish}: shown by nothing`);
    }
  });
}

test("every box of the documents' checklists stands in a table", () => {
  for (const { file, platform } of documents) {
    const document = join(root, "..", "shared", "requirements", file);
    if (!existsSync(document)) continue;
    const boxes = [...readFileSync(document, "utf8").matchAll(/^- \[ \] (.*)$/gm)].map(([, box]) => box);
    const wishes = tables.find((table) => table.file.startsWith(platform))?.rows.map(([wish]) => wish) ?? [];
    assert.deepEqual(
      boxes.filter((box) => !wishes.includes(box as string)),
      [],
      file,
    );
  }
});
