/** Stock Helm and Slipway give the same bytes for the charts, and read and take over each other's releases. */
import assert from "node:assert/strict";
import { execFileSync, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { kubelabTool } from "../tools/kubelab.ts";
import { tool } from "../tools/tools.ts";
import { openLab, platform } from "./lab.ts";

const stock = { 4: tool("helm4"), 3: tool("helm3") };
const kubectl = kubelabTool("kubectl");
const scratch = mkdtempSync(join(tmpdir(), "slipway-charts-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

async function slipwayTemplate(version: 3 | 4, ...words: string[]): Promise<string> {
  const context = memoryContext({ cwd: platform });
  const code = await run(["template", ...words, "--helm-version", String(version)], commands, context);
  assert.equal(code, 0, context.stderr);
  return context.stdout;
}

for (const version of [4, 3] as const) {
  const helm = stock[version];
  const both = async (...words: string[]) => {
    const expected = execFileSync(helm.path, ["template", ...words], { cwd: platform, encoding: "utf8" });
    assert.equal(await slipwayTemplate(version, ...words), expected, words.join(" "));
  };
  test(`both charts with every environment's values: the bytes of Helm ${version}`, { skip: helm.skip }, async () => {
    for (const chart of ["ml-api", "ml-batch"]) {
      for (const environment of ["dev", "staging", "prod"]) {
        await both(
          `${environment}-${chart}`,
          `charts/${chart}`,
          "-f",
          `values/${environment}/values.yaml`,
          "-n",
          environment,
        );
      }
    }
    await both("once", "charts/ml-batch", "--set", "kind=job");
    await both("open", "charts/ml-api", "--set", "ingress.enabled=true,autoscaling.enabled=false,replicaCount=2");
    await both(
      "kept",
      "charts/ml-api",
      "--set",
      "externalSecrets.enabled=true,externalSecrets.remoteKey=k,externalSecrets.secretStoreRef.name=s",
    );
  });
  test(`helm create's chart: the bytes of Helm ${version}`, { skip: helm.skip }, async () => {
    const chart = join(scratch, `created-${version}`);
    execFileSync(helm.path, ["create", chart], { stdio: "ignore" });
    await both("web", chart);
    await both("web", chart, "--set", "ingress.enabled=true,autoscaling.enabled=true");
  });
}

test(
  "stock Helm 4 and 3 read Slipway's releases and install the charts themselves",
  { skip: stock[4].skip || stock[3].skip },
  async () => {
    await using lab = await openLab();
    const dev = await lab.slipway("fleet", "--file", "deployments/dev/helmfile.yaml", "apply");
    assert.equal(dev.code, 0, dev.err);
    for (const version of [4, 3] as const) {
      const helm = stock[version].path;
      const list = await lab.run(helm, "list", "-A", "-o", "json");
      assert.deepEqual(
        JSON.parse(list.out).map((r: Record<string, string>) => [r["name"], r["status"], r["chart"]]),
        [
          ["dev-ml-api", "deployed", "ml-api-2.0.0"],
          ["dev-ml-batch", "deployed", "ml-batch-2.0.0"],
        ],
      );
      const history = await lab.run(helm, "history", "dev-ml-api", "-n", "dev", "-o", "json");
      assert.equal(JSON.parse(history.out)[0].description, "Install complete");
      const manifest = await lab.run(helm, "get", "manifest", "dev-ml-api", "-n", "dev");
      const ours = await lab.slipway("get", "manifest", "dev-ml-api", "-n", "dev");
      assert.equal(manifest.out, ours.out);
      for (const chart of ["ml-api", "ml-batch"]) {
        const name = `stock${version}-${chart}`;
        const install = await lab.run(
          helm,
          "install",
          name,
          `charts/${chart}`,
          "-n",
          name,
          "--create-namespace",
          "--wait",
        );
        assert.equal(install.code, 0, install.err);
        assert.equal((await lab.slipway("upgrade", name, `charts/${chart}`, "-n", name)).code, 0);
        assert.equal((await lab.run(helm, "rollback", name, "1", "-n", name)).code, 0);
        assert.equal((await lab.slipway("uninstall", name, "-n", name)).code, 0);
      }
    }
  },
);

/** What `kubectl get pods -w` prints until it is ended. */
function watchedFor(kubectl: string, env: NodeJS.ProcessEnv, ms: number): Promise<string> {
  const child = spawn(kubectl, ["get", "pods", "-A", "-w"], { env, stdio: ["ignore", "pipe", "ignore"] });
  let printed = "";
  child.stdout.setEncoding("utf8").on("data", (text: string) => (printed += text));
  setTimeout(() => child.kill(), ms);
  return new Promise((resolve) => child.on("close", () => resolve(printed)));
}

test("kubectl: get, apply, wait, delete, watch", { skip: kubectl.skip }, async () => {
  await using lab = await openLab();
  const ok = async (...args: string[]) => {
    const ran = await lab.run(kubectl.path, ...args);
    assert.equal(ran.code, 0, `kubectl ${args.join(" ")}\n${ran.err}`);
    return ran.out;
  };
  await ok("create", "namespace", "shop");
  await ok("create", "deployment", "web", "--image=web:1", "--replicas=2", "-n", "shop");
  await ok("wait", "--for=condition=Available", "deployment/web", "-n", "shop", "--timeout=30s");
  const pods = await ok("get", "pods", "-A");
  assert.match(pods, /^shop +web-\S+ +1\/1 +Running +0 /m);
  assert.match(await watchedFor(kubectl.path, lab.env, 2000), /web-/);
  await ok("delete", "deployment", "web", "-n", "shop");
  await ok("delete", "namespace", "shop", "--timeout=30s");
  assert.doesNotMatch(await ok("get", "namespaces", "-o", "name"), /shop/);
});
