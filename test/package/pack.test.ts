/** What npm publishes works in an empty folder: the program, the library, its types; and holds nothing else. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { startCluster } from "../../src/cluster/index.ts";

const root = join(import.meta.dirname, "..", "..");
const windows = process.platform === "win32";
let folder: string;
let installed: string;

function npm(args: readonly string[], cwd: string): string {
  // The Node that runs this test runs npm's scripts and the installed program, too.
  const env = { ...process.env, PATH: `${dirname(process.execPath)}${windows ? ";" : ":"}${process.env["PATH"]}` };
  return execFileSync("npm", [...args], {
    cwd,
    encoding: "utf8",
    shell: windows,
    stdio: ["ignore", "pipe", "pipe"],
    env,
  });
}

before(() => {
  folder = mkdtempSync(join(tmpdir(), "slipway-pack-"));
  npm(["pack", "--silent", "--pack-destination", folder], root);
  const archive = readdirSync(folder).find((name) => name.endsWith(".tgz")) as string;
  const app = join(folder, "app");
  mkdirSync(app);
  writeFileSync(join(app, "package.json"), '{"name":"app","version":"1.0.0","private":true,"type":"module"}');
  npm(["install", "--silent", "--offline", "--no-audit", "--no-fund", join("..", archive)], app);
  installed = join(app, "node_modules", "slipway");
});

after(() => rmSync(folder, { recursive: true, force: true }));

test("the package holds what it needs and brings nothing with it", () => {
  assert.deepEqual(
    readdirSync(join(folder, "app", "node_modules")).filter((name) => !name.startsWith(".")),
    ["slipway"],
  );
  const files = readdirSync(installed, { recursive: true, encoding: "utf8" }).map((name) => name.replaceAll("\\", "/"));
  for (const name of [
    "LICENSE",
    "README.md",
    "CHANGELOG.md",
    "dist/slipway.cjs",
    "dist/main.cjs",
    "dist/lib/index.js",
    "dist/types/index.d.ts",
    "dist/THIRD-PARTY-LICENSES.txt",
  ]) {
    assert.ok(files.includes(name), `${name} is not in the package`);
  }
  const sources = files.filter((name) => /(^|\/)(src|test|scripts|node_modules)\/|\.test\.|[^d]\.ts$/.test(name));
  assert.deepEqual(sources, []);
  const size = files
    .map((name) => statSync(join(installed, name)))
    .reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
  assert.ok(size < 12_000_000, `${size} bytes`);
  assert.match(readFileSync(join(installed, "dist", "THIRD-PARTY-LICENSES.txt"), "utf8"), /^re2js .*MIT/m);
});

test("the program runs, and renders what the clone renders", () => {
  const { version } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const program = join(folder, "app", "node_modules", ".bin", windows ? "slipway.cmd" : "slipway");
  const env = {
    ...process.env,
    PATH: `${dirname(process.execPath)}:/usr/bin:/bin`,
    XDG_CACHE_HOME: join(folder, "cache"),
  };
  const slipway = (...args: string[]) =>
    execFileSync(program, args, { cwd: folder, encoding: "utf8", shell: windows, env });
  // Twice: without and with the code cache that the first run leaves.
  for (let i = 0; i < 2; i++) assert.equal(slipway("version", "--short"), `v${version}\n`);
  const chart = join(root, "platforms", "ml-services", "charts", "ml-api");
  const source = join(root, "src", "cli", "main.ts");
  const fromSource = execFileSync(process.execPath, [source, "template", "demo", chart], { encoding: "utf8" });
  for (let i = 0; i < 2; i++) assert.equal(slipway("template", "demo", chart), fromSource);
  assert.ok(readdirSync(join(folder, "cache", "slipway", "compile")).some((name) => name.startsWith("render-")));
});

test("a command loads what it needs, and no more", async (t) => {
  const cluster = await startCluster({ name: "packs", dir: join(folder, "cluster") });
  t.after(() => cluster.stop());
  const authority = join(folder, "ca.crt");
  writeFileSync(authority, cluster.ca);
  const there = ["--kube-apiserver", cluster.url as string, "--kube-ca-file", authority, "--kube-token", cluster.token];
  const chart = join(folder, "plain");
  mkdirSync(join(chart, "templates"), { recursive: true });
  writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: plain\nversion: 1.0.0\n");
  writeFileSync(
    join(chart, "templates", "map.yaml"),
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n",
  );
  // Each pack that was loaded leaves its code cache.
  const packsOf = async (...words: string[]) => {
    const cache = mkdtempSync(join(folder, "cache-"));
    const env = { ...process.env, HOME: folder, XDG_CACHE_HOME: cache, SLIPWAY_OUTLINE_CACHE: "off", KUBECONFIG: "" };
    await promisify(execFile)(process.execPath, [join(installed, "dist", "slipway.cjs"), ...words], { env });
    return readdirSync(join(cache, "slipway", "compile"))
      .map((name) => name.replace(/-.*/, ""))
      .sort();
  };
  assert.deepEqual(await packsOf("template", "demo", chart), ["data", "main", "render"]);
  const all = ["data", "main", "reading", "release", "render"];
  const installing = await packsOf("install", "demo", chart, ...there);
  assert.deepEqual(
    installing.filter((name) => all.includes(name)),
    all,
  );
  for (const words of [["list"], ["history", "demo"], ["get", "values", "demo"], ["status", "demo"]])
    assert.deepEqual(await packsOf(...words, ...there), ["data", "main", "reading"], words[0]);
});

test("the library can be imported, with types", async () => {
  const code = `import { semver } from "slipway/rooms";
const constraint: { check(version: ReturnType<typeof semver.parseVersion>): boolean } = semver.parseConstraint("^1.2");
console.log(constraint.check(semver.parseVersion("1.3.0")));
`;
  assert.equal(await ran("use.ts", code), "true\n");
});

test("the example of docs/releases.md does what it says, and ends by itself", async () => {
  const app = join(folder, "app");
  const cluster = await startCluster({ name: "library" });
  try {
    writeFileSync(join(app, "kubeconfig"), cluster.kubeconfig());
    mkdirSync(join(app, "chart", "templates"), { recursive: true });
    writeFileSync(join(app, "chart", "Chart.yaml"), "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    writeFileSync(
      join(app, "chart", "templates", "c.yaml"),
      "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {replicas: '{{ .Values.replicas }}'}\n",
    );
    const [, example = ""] = /```ts\n(.*?)```/s.exec(readFileSync(join(root, "docs", "releases.md"), "utf8")) ?? [];
    assert.equal(await ran("example.ts", example), "create ConfigMap web\ncreated ConfigMap web\n1 deployed\n");
  } finally {
    await cluster.stop();
  }
});

/** What a program prints that uses the package; its types are checked first. */
async function ran(name: string, code: string): Promise<string> {
  const app = join(folder, "app");
  writeFileSync(join(app, name), code);
  const tsc = join(root, "node_modules", ".bin", windows ? "tsc.cmd" : "tsc");
  const flags = "--noEmit --strict --module nodenext --target es2024 --lib es2024,esnext --types node --typeRoots";
  const run = promisify(execFile);
  await run(tsc, [...flags.split(" "), join(root, "node_modules", "@types"), name], { cwd: app, shell: windows });
  const env = { ...process.env, KUBECONFIG: join(app, "kubeconfig") };
  return (await run(process.execPath, [name], { cwd: app, env })).stdout;
}
