/** Wrong use says what stock Helm says, word for word, apart from the program's name. */
import assert from "node:assert/strict";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { tool } from "../tools/tools.ts";

const helm4 = tool("helm4");
const home = mkdtempSync(join(tmpdir(), "slipway-usage-"));
after(() => rmSync(home, { recursive: true, force: true }));
const env = { HOME: home, PATH: process.env["PATH"] ?? "", KUBECONFIG: join(home, "none") };

/** Command lines that never reach a cluster or a chart, because their flags or arguments are wrong. */
const lines: readonly string[][] = [
  ["template", "--frob"],
  ["template", "--help=foo"],
  ["template", "-n"],
  ["template", "--namespace"],
  ["template", "--kube-version"],
  ["template", "--=x"],
  ["template", "---x"],
  ["template", "--timeout", "5x", "a", "b"],
  ["template", "--timeout=", "a", "b"],
  ["template", "--labels", "a", "a", "b"],
  ["template", "-f", '"a', "a", "b"],
  ["template", "-f", 'a b"c', "a", "b"],
  ["template", "--include-crds=perhaps", "a", "b"],
  ["install", "-x"],
  ["install", "--wait=maybe", "a", "b"],
  ["install", "--create-namespace=2", "a", "b"],
  ["install", "a", "b", "--set-string"],
  ["install"],
  ["install", "a", "b", "--dry-run=maybe"],
  ["install", "a", "b", "--force-conflicts", "--force-replace"],
  ["install", "a", "b", "c"],
  ["list", "--max", "a"],
  ["list", "-qy"],
  ["list", "-o", "xml"],
  ["list", "extra"],
  ["history"],
  ["history", "a", "b"],
  ["history", "--max=1.5", "a"],
  ["status"],
  ["status", "a", "--revision", "99999999999999999999"],
  ["rollback"],
  ["uninstall"],
  ["upgrade"],
  ["upgrade", "--history-max=x", "a", "b"],
  ["get", "values"],
  ["get", "values", "a", "--revision=x"],
  ["get", "manifest", "a", "b"],
  ["repo", "add", "x"],
  ["pull"],
  ["env", "a", "b"],
  ["version", "x"],
  ["completion", "bash", "x"],
  ["templat"],
  ["frob"],
  ["--frob"],
  ["--namespace"],
  ["--kube-as-group"],
  ["version", "--qps", "x"],
  ["version", "--burst-limit=x"],
  ["version", "--debug=x"],
];

for (const line of lines) {
  test(`helm ${line.join(" ")}`, { skip: helm4.skip }, async () => {
    const stock = spawnSync(helm4.path, line, { encoding: "utf8", env });
    const context = memoryContext({ env });
    const code = await run(line, commands, context);
    assert.equal(code, stock.status, context.stderr);
    // Ours adds where help is to be found; Helm says so for unknown commands only.
    const words = (text: string) =>
      text
        .replaceAll("slipway", "helm")
        .replace(/Run 'helm.*--help' for usage\.\n/, "")
        .replace(/^Usage: .*\n/m, "")
        .trimEnd();
    assert.equal(words(context.stderr), words(stock.stderr));
    assert.equal(context.stdout, stock.stdout);
  });
}

test("the same folders and settings as Helm", { skip: helm4.skip }, async () => {
  const kubeconfig = join(home, "config");
  const contexts = ["one", "two"].map((name) => ({
    name,
    context: { cluster: "c", user: "u", namespace: `of-${name}` },
  }));
  const clusters = [{ name: "c", cluster: { server: "https://127.0.0.1:1" } }];
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "one",
    contexts,
    clusters,
    users: [{ name: "u", user: {} }],
  };
  writeFileSync(kubeconfig, JSON.stringify(config));
  const lines = [
    [],
    ["-n", "here"],
    ["--kube-context", "two"],
    ["--kubeconfig", kubeconfig],
    ["--kubeconfig", kubeconfig, "--kube-context=two"],
  ];
  for (const settings of [
    {},
    { HELM_KUBEASUSER: "me", HELM_KUBEASGROUPS: " a,b,", XDG_CACHE_HOME: "/c", XDG_DATA_HOME: "/d" },
    { HELM_CONFIG_HOME: "/x", HELM_QPS: "2.5", HELM_BURST_LIMIT: "no", HELM_DEBUG: "1" },
  ]) {
    const all = { ...env, ...settings };
    for (const flags of lines) {
      const names = (text: string) =>
        text.split("\n").filter((line) => !/^(HELM_BIN|KUBECONFIG|SLIPWAY_HOME)=/.test(line));
      const context = memoryContext({ env: all });
      await run(["env", ...flags], commands, context);
      const stock = execFileSync(helm4.path, ["env", ...flags], {
        encoding: "utf8",
        env: all,
      });
      assert.deepEqual(names(context.stdout), names(stock), flags.join(" "));
    }
  }
});
