/** `dependency update|build|list` beside stock Helm: what is printed, what lies in charts/, what Chart.lock says. */
import assert from "node:assert/strict";
import { execFile, execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { promisify } from "node:util";
import { gunzipSync } from "node:zlib";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { tool } from "../tools/tools.ts";

const helm = tool("helm4");
const scratch = mkdtempSync(join(tmpdir(), "slipway-dependency-"));
const repository = createServer((request, response) => {
  const file = join(scratch, "repository", String(request.url));
  if (existsSync(file)) response.end(readFileSync(file));
  else response.writeHead(404).end();
});
let address = "";

before(async () => {
  await new Promise<void>((done) => repository.listen(0, "127.0.0.1", done));
  address = `http://127.0.0.1:${(repository.address() as AddressInfo).port}`;
  if (helm.skip) return;
  mkdirSync(join(scratch, "repository"));
  for (const version of ["1.0.0", "1.4.2", "2.0.0-rc.1", "2.1.0"]) {
    const chart = writeChart(join(scratch, "sources", version), { name: "cache", version });
    execFileSync(helm.path, ["package", chart, "-d", join(scratch, "repository")], { stdio: "ignore" });
  }
  execFileSync(helm.path, ["repo", "index", join(scratch, "repository")]);
});
after(() => {
  repository.close();
  rmSync(scratch, { recursive: true, force: true });
});

interface Facts {
  readonly name: string;
  readonly version: string;
  readonly apiVersion?: string;
  readonly dependencies?: readonly Record<string, unknown>[];
}

function writeChart(folder: string, { apiVersion = "v2", ...facts }: Facts): string {
  mkdirSync(join(folder, "templates"), { recursive: true });
  // JSON is YAML.
  writeFileSync(join(folder, "Chart.yaml"), JSON.stringify({ apiVersion, ...facts }));
  writeFileSync(join(folder, "templates", "it.yaml"), "kind: ConfigMap\napiVersion: v1\nmetadata: {name: it}\n");
  return folder;
}

/** A chart's state: Chart.lock without its time, and the files of charts/ by content. */
function stateOf(folder: string): Record<string, string> {
  const state: Record<string, string> = {};
  for (const file of readdirSync(folder)) {
    if (file.endsWith(".lock")) {
      state[file] = readFileSync(join(folder, file), "utf8").replace(/^generated: .*$/m, "generated: masked");
    }
  }
  const charts = join(folder, "charts");
  for (const file of existsSync(charts) ? readdirSync(charts) : []) {
    const path = join(charts, file);
    state[`charts/${file}`] = file.endsWith(".tgz") ? gunzipSync(readFileSync(path)).toString("latin1") : "folder";
  }
  return state;
}

type Prepare = (folder: string) => void;
interface Row {
  readonly name: string;
  readonly prepare: Prepare;
  /** Commands after one another; each is compared. */
  readonly runs: readonly (readonly string[])[];
}

const app = (dependencies: () => readonly Record<string, unknown>[], more: Prepare = () => {}): Prepare => {
  return (folder) => {
    writeChart(join(folder, "app"), { name: "app", version: "0.1.0", dependencies: dependencies() });
    more(folder);
  };
};
const cache = (version: string, more: Record<string, unknown> = {}) => ({
  name: "cache",
  version,
  repository: address,
  ...more,
});
const sibling: Prepare = (folder) => {
  writeChart(join(folder, "lib"), { name: "lib", version: "0.3.1" });
};

const rows: readonly Row[] = [
  {
    name: "a range of a repository that nobody added, twice, then build and list",
    prepare: app(() => [cache("^1.0.0", { condition: "cache.enabled", tags: ["a&b"], "import-values": ["data"] })]),
    runs: [
      ["dependency", "list", "app"],
      ["dependency", "update", "app"],
      ["dependency", "update", "app"],
      ["dependency", "build", "app"],
      ["dependency", "list", "app"],
    ],
  },
  {
    name: "an added repository by its alias, then build",
    prepare: app(() => [cache(">=1", { repository: "@shop" })]),
    runs: [
      ["repo", "add", "shop", "ADDRESS"],
      ["dep", "up", "app"],
      ["dep", "build", "app"],
      ["dep", "ls", "app"],
    ],
  },
  {
    name: "skip-refresh with a cached index",
    prepare: app(() => [cache("1.0.0")]),
    runs: [
      ["dependency", "update", "app"],
      ["dependency", "update", "app", "--skip-refresh"],
    ],
  },
  {
    name: "no version that fits",
    prepare: app(() => [cache("^7")]),
    runs: [["dependency", "update", "app"]],
  },
  {
    name: "no such chart in the repository",
    prepare: app(() => [cache("1.0.0", { name: "queue" })]),
    runs: [["dependency", "update", "app"]],
  },
  {
    name: "a name that is no repository",
    prepare: app(() => [cache("1.0.0", { repository: "stable" })]),
    runs: [["dependency", "update", "app"]],
  },
  {
    name: "a folder beside the chart, twice under two names",
    prepare: app(
      () => [
        { name: "lib", version: "0.x", repository: "file://../lib" },
        { name: "lib", alias: "second", version: ">0.3", repository: "file://../lib" },
      ],
      sibling,
    ),
    runs: [
      ["dependency", "update", "app"],
      ["dependency", "list", "app"],
      ["dependency", "build", "app"],
    ],
  },
  {
    name: "a folder that is not there",
    prepare: app(() => [{ name: "lib", version: "0.x", repository: "file://../gone" }]),
    runs: [["dependency", "update", "app"]],
  },
  {
    name: "a folder of a version that does not fit",
    prepare: app(() => [{ name: "lib", version: "^1", repository: "file://../lib" }], sibling),
    runs: [["dependency", "update", "app"]],
  },
  {
    name: "a chart that lies in charts/, and another that is no dependency",
    prepare: app(
      () => [{ name: "lib", version: "0.x.x" }],
      (folder) => {
        writeChart(join(folder, "app", "charts", "lib"), { name: "lib", version: "0.3.1" });
        writeChart(join(folder, "app", "charts", "other"), { name: "other", version: "0.3.1" });
      },
    ),
    runs: [
      ["dependency", "update", "app"],
      ["dependency", "list", "app"],
    ],
  },
  {
    name: "an outdated archive goes, and a file that is no chart is reported",
    prepare: app(
      () => [cache("1.4.2")],
      (folder) => {
        mkdirSync(join(folder, "app", "charts"));
        cpSync(join(scratch, "repository", "cache-1.0.0.tgz"), join(folder, "app", "charts", "cache-1.0.0.tgz"));
      },
    ),
    runs: [
      ["dependency", "list", "app"],
      ["dependency", "update", "app"],
    ],
  },
  {
    name: "a lock that is out of step",
    prepare: app(
      () => [cache("1.4.2")],
      (folder) => {
        writeFileSync(
          join(folder, "app", "Chart.lock"),
          `dependencies:\n- name: cache\n  repository: ${address}\n  version: 1.0.0\ndigest: sha256:00\ngenerated: "2026-01-01T00:00:00Z"\n`,
        );
      },
    ),
    runs: [["dependency", "build", "app"]],
  },
  {
    name: "no dependencies at all",
    prepare: app(() => []),
    runs: [
      ["dependency", "update", "app"],
      ["dependency", "list", "app"],
    ],
  },
  {
    name: "template, and install's order of things, with --dependency-update",
    prepare: app(() => [cache("1.4.2")]),
    runs: [["template", "x", "app"]],
  },
];

for (const { name, prepare, runs } of rows) {
  test(name, { skip: helm.skip }, async () => {
    const prepared = (who: string) => {
      const folder = join(scratch, name.replace(/\W+/g, "-"), who);
      mkdirSync(folder, { recursive: true });
      prepare(folder);
      const home = join(folder, "home");
      const env = { HELM_REPOSITORY_CONFIG: join(home, "r.yaml"), HELM_REPOSITORY_CACHE: join(home, "cache") };
      return { folder, env };
    };
    const stock = prepared("stock");
    const ours = prepared("ours");
    for (const words of runs.map((run) => run.map((word) => (word === "ADDRESS" ? address : word)))) {
      const told = `${name}: ${words.join(" ")}`;
      const expected = await promisify(execFile)(helm.path, words, {
        cwd: stock.folder,
        env: { ...process.env, ...stock.env },
      }).then(
        ({ stdout, stderr }) => ({ code: 0, stdout, stderr }),
        (error: { code: number; stdout: string; stderr: string }) => error,
      );
      const context = memoryContext({ cwd: ours.folder, env: ours.env });
      const code = await run(words, commands, context);
      const masked = (text: string) =>
        text
          .replaceAll(`${ours.folder}/`, "")
          .replaceAll(`${stock.folder}/`, "")
          .replace(/tmpcharts-\d+/g, "tmpcharts")
          .replace(/^(\S+ *\t.*?) +$/gm, "$1");
      assert.equal(masked(context.stdout), masked(expected.stdout), told);
      assert.equal(code, expected.code, `${told}\n${context.stderr}`);
      if (code !== 0) assert.equal(masked(context.stderr).split("\n")[0], masked(expected.stderr).split("\n")[0], told);
      assert.deepEqual(stateOf(join(ours.folder, "app")), stateOf(join(stock.folder, "app")), told);
    }
  });
}

test("--dependency-update fetches what is missing, and says so on stderr alone", { skip: helm.skip }, async () => {
  const folder = join(scratch, "fetching");
  app(() => [cache("1.4.2")])(folder);
  const env = { HELM_REPOSITORY_CONFIG: join(folder, "r.yaml"), HELM_REPOSITORY_CACHE: join(folder, "cache") };
  const context = memoryContext({ cwd: folder, env });
  assert.equal(await run(["template", "x", "app", "--dependency-update"], commands, context), 0, context.stderr);
  assert.match(context.stdout, /# Source: app\/charts\/cache\/templates\/it.yaml/);
  assert.match(context.stderr, /Downloading cache from repo/);
});

test("package -u brings a folder's charts in, and a fleet does so for a chart that lacks them", async () => {
  const folder = join(scratch, "packing");
  app(() => [{ name: "lib", version: "0.x", repository: "file://../lib" }], sibling)(folder);
  const env = { HELM_REPOSITORY_CONFIG: join(folder, "r.yaml"), HELM_REPOSITORY_CACHE: join(folder, "cache") };
  writeFileSync(join(folder, "helmfile.yaml"), "releases:\n- name: it\n  chart: ./app\n");
  const fleet = memoryContext({ cwd: folder, env });
  assert.equal(await run(["fleet", "template"], commands, fleet), 0, fleet.stderr);
  assert.match(fleet.stdout, /# Source: app\/charts\/lib\/templates\/it.yaml/);
  rmSync(join(folder, "app", "charts"), { recursive: true });
  const packing = memoryContext({ cwd: folder, env });
  assert.equal(await run(["package", "app", "-u"], commands, packing), 0, packing.stderr);
  assert.deepEqual(readdirSync(join(folder, "app", "charts")), ["lib-0.3.1.tgz"]);
});

test("--verify is refused, not passed over", async () => {
  const folder = join(scratch, "verifying");
  app(() => [])(folder);
  const context = memoryContext({ cwd: folder });
  assert.equal(await run(["template", "x", "app", "--verify"], commands, context), 1);
  assert.match(context.stderr, /--verify: charts cannot be verified against signatures yet/);
});
