/** The alternative approach: overlays that helmify turns into a chart's templates while a helmfile is worked on. */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { parseDocuments } from "../../src/goyaml/index.ts";
import { conform, schemas } from "../platforms/conform.ts";
import { tool } from "../tools/tools.ts";
import { openLab, platform } from "./lab.ts";

const kustomize = tool("kustomize");
const kubeconform = tool("kubeconform");
const skip = process.platform === "win32" ? "a POSIX shell script" : kustomize.skip;
const scratch = mkdtempSync(join(tmpdir(), "slipway-kustomize-"));
// helmify writes into the chart: a copy of the platform, so that no other test meets it.
const copy = join(scratch, "ml-services");
cpSync(platform, copy, { recursive: true, dereference: true });
after(() => rmSync(scratch, { recursive: true, force: true }));

const namespaces = { default: "dev", staging: "staging", production: "prod" };
const built = join(copy, "ml-api", "templates", "all.yaml");

function helmify(...words: string[]) {
  const env = { PATH: process.env["PATH"] ?? "", KUSTOMIZE: `${kustomize.path} build` };
  return spawnSync(join(copy, "helmify"), words, { cwd: copy, env, encoding: "utf8" });
}

interface Built {
  kind: string;
  metadata: { name: string; namespace?: string };
  data?: Record<string, string>;
  spec?: any;
}

for (const [environment, namespace] of Object.entries(namespaces)) {
  test(`the overlay ${environment}, built by stock kustomize`, { skip }, async () => {
    const overlay = join(copy, "ml-api-kustomize", "overlays", environment);
    const ran = spawnSync(kustomize.path, ["build", overlay], { encoding: "utf8" });
    assert.equal(ran.status, 0, ran.stderr);
    const objects = parseDocuments(ran.stdout) as unknown as Built[];
    assert.deepEqual(
      objects.map(({ kind, metadata }) => [kind, metadata.namespace, metadata.name]),
      ["ConfigMap", "Service", "Deployment"].map((kind) => [kind, namespace, "ml-api"]),
    );
    const [map, service, deployment] = objects;
    assert.equal(map?.data?.["ENVIRONMENT"], namespace);
    const { template, replicas, selector } = deployment?.spec ?? {};
    assert.equal(replicas, environment === "production" ? 3 : 1);
    assert.deepEqual(service?.spec.selector, selector.matchLabels);
    assert.deepEqual(
      { ...template.metadata.annotations },
      {
        "settings/environment": namespace,
        "settings/log-level": environment === "default" ? "debug" : "info",
      },
    );
    if (kubeconform.skip === false) {
      const { versions } = schemas();
      for (const version of versions) assert.deepEqual(await conform(kubeconform.path, version, ran.stdout), []);
    }
    const helmified = helmify("build", "ml-api", environment);
    assert.equal(helmified.status, 0, helmified.stderr);
    assert.equal(readFileSync(built, "utf8"), ran.stdout);
    assert.equal(helmify("clean", "ml-api", environment).status, 0);
    assert.ok(!existsSync(built));
  });
}

test("helmify says what is wrong and leaves nothing half-built", { skip }, () => {
  for (const [words, status, message] of [
    [[], 2, /^usage: helmify build\|clean CHART ENVIRONMENT/],
    [["make", "ml-api", "staging"], 2, /^usage: /],
    [["build", "ml-api", "nowhere"], 1, /there is no overlay for environment nowhere/],
  ] as const) {
    const ran = helmify(...words);
    assert.equal(ran.status, status);
    assert.match(ran.stderr, message);
    assert.ok(!existsSync(built));
  }
  const broken = spawnSync(join(copy, "helmify"), ["build", "ml-api", "staging"], {
    cwd: copy,
    env: { PATH: process.env["PATH"] ?? "", KUSTOMIZE: "false" },
  });
  assert.equal(broken.status, 1);
  assert.ok(!existsSync(built) && !existsSync(`${built}.tmp`));
});

test("slipway fleet builds, releases and cleans up", { skip }, async () => {
  await using lab = await openLab();
  const env = { ...lab.env, KUSTOMIZE: `${kustomize.path} build` };
  const slipway = async (...words: string[]) => {
    const context = memoryContext({ env, cwd: copy });
    const code = await run(words, commands, context);
    assert.equal(code, 0, context.stderr);
    assert.ok(!existsSync(built));
    return context.stdout;
  };
  const rendered = await slipway("fleet", "--environment", "production", "template");
  assert.match(rendered, /^# Source: ml-api-kustomize\/templates\/all\.yaml$/m);
  assert.match(rendered, /^ {2}replicas: 3$/m);
  await slipway("fleet", "--environment", "staging", "sync");
  const manifest = await slipway("get", "manifest", "ml-api-kustomize", "-n", "staging");
  assert.match(manifest, /^ {2}ENVIRONMENT: staging$/m);
  assert.equal(await slipway("fleet", "--environment", "staging", "apply"), "");
  await slipway("fleet", "--environment", "staging", "destroy");
  assert.equal(await slipway("list", "-A", "-q"), "");
});

test("the Argo CD Applications and the stores for a whole cluster are valid", { skip: kubeconform.skip }, async () => {
  const { versions } = schemas();
  for (const file of globSync(["argocd/*.yaml", "deployments/published/stores/*.yaml"], { cwd: platform })) {
    const text = readFileSync(join(platform, file), "utf8");
    assert.deepEqual(await conform(kubeconform.path, versions.at(-1) ?? "", text), [], file);
    const [object] = parseDocuments(text) as [Built];
    if (object.kind !== "Application") continue;
    // It follows the branch and the folder that the workflow "render" fills.
    const environment = object.metadata.name.replace("ml-api-", "") as keyof typeof namespaces;
    assert.equal(object.spec.source.targetRevision, `rendered/${environment}`);
    assert.equal(object.spec.source.path, "platforms/ml-services/ml-api/templates");
    assert.equal(object.spec.destination.namespace, namespaces[environment]);
  }
});
