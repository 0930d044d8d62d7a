import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { loadFiles } from "../chart/index.ts";
import { render } from "../render/index.ts";
import { outlineFolder } from "./outline-cache.ts";

const build = { build: "b1" };
const release = { name: "r", namespace: "default", revision: 1, isInstall: true, isUpgrade: false };

function chart(template: string) {
  const files = {
    "Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n",
    "values.yaml": "secret: of-the-chart\n",
    "templates/a.yaml": template,
  };
  return loadFiles(Object.entries(files).map(([name, text]) => ({ name, data: Buffer.from(text) })));
}

async function rendered(home: string, template: string): Promise<string> {
  const outlines = outlineFolder({ env: { XDG_CACHE_HOME: home } }, build);
  assert.ok(outlines !== undefined);
  const { manifest } = await render(chart(template), { user: "of-the-user" }, { release, outlines });
  await outlines.flush();
  return manifest;
}

test("what a chart's templates hold is kept for the next run, and nothing of values", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "slipway-outlines-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const folder = join(home, "slipway", "outlines");
  const template = "a: {{ .Values.user }}\nb: {{ .Values.secret | quote }}\n";
  const first = await rendered(home, template);
  const [name = ""] = readdirSync(folder);
  assert.equal(name, "app-1.0.0-b1");
  const bytes = readFileSync(join(folder, name));
  assert.ok(!bytes.includes("of-the-user") && !bytes.includes("of-the-chart"));
  if (process.platform !== "win32") assert.equal(statSync(join(folder, name)).mode & 0o077, 0);
  const { mtimeMs } = statSync(join(folder, name));
  assert.equal(await rendered(home, template), first);
  assert.equal(statSync(join(folder, name)).mtimeMs, mtimeMs, "nothing new, nothing written");
  // Another text under the same name is another template.
  assert.match(await rendered(home, "a: {{ .Values.secret }}\n"), /a: of-the-chart/);
  writeFileSync(join(folder, name), "broken");
  assert.equal(await rendered(home, template), first);
  assert.notEqual(readFileSync(join(folder, name), "latin1"), "broken");
});

test("runs side by side", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "slipway-outlines-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const all = await Promise.all(Array.from({ length: 8 }, () => rendered(home, "a: {{ .Values.user }}\n")));
  assert.equal(new Set(all).size, 1);
  assert.deepEqual(readdirSync(join(home, "slipway", "outlines")), ["app-1.0.0-b1"]);
});

test("a home that cannot be written to, none, off, or no build: nothing is kept, and nothing fails", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "slipway-outlines-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  const file = join(home, "file");
  writeFileSync(file, "");
  assert.match(await rendered(file, "a: {{ .Values.user }}\n"), /a: of-the-user/);
  assert.equal(outlineFolder({ env: { XDG_CACHE_HOME: home, SLIPWAY_OUTLINE_CACHE: "off" } }, build), undefined);
  assert.equal(outlineFolder({ env: {} }, build), undefined);
  assert.equal(outlineFolder({ env: { XDG_CACHE_HOME: home } }), undefined);
});

test("the oldest go when there are too many", async (t) => {
  const home = mkdtempSync(join(tmpdir(), "slipway-outlines-"));
  t.after(() => rmSync(home, { recursive: true, force: true }));
  for (let i = 0; i < 130; i++) {
    const outlines = outlineFolder({ env: { XDG_CACHE_HOME: home } }, build);
    outlines?.keep(`chart-${i}`, async () => new Uint8Array(1));
    await outlines?.flush();
  }
  assert.equal(readdirSync(join(home, "slipway", "outlines")).length, 100);
  assert.ok(readdirSync(join(home, "slipway", "outlines")).includes("chart-129-b1"));
});
