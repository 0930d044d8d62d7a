/**
 * The commands of the requirement documents run from the platforms' folders, with stock Helm and helmfile and with
 * Slipway; what is released afterwards must be the same.
 */
import assert from "node:assert/strict";
import { chmodSync, cpSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, test } from "node:test";
import { compareStrings, systemClock } from "../../src/base/index.ts";
import { scaledClock, startCluster } from "../../src/cluster/index.ts";
import { KubeClient } from "../../src/kube/index.ts";
import { vendorCrds } from "../../scripts/vendor-crds.ts";
import { kubelabTool } from "../tools/kubelab.ts";
import { hasGo, tool } from "../tools/tools.ts";
import { platformCharts, root } from "./charts.ts";
import { commandsIn, commandsOf, documents, filled, type RequirementDocument } from "./documents.ts";
import { installCrds } from "./journey.ts";
import { fillCharts } from "./prepare.ts";
import { runProgram, type Ran } from "./render.ts";

const kubectl = kubelabTool("kubectl");
const helmfile = tool("helmfile");
const crds = vendorCrds({ offline: process.env["CI"] !== "true" || !hasGo() }).flatMap(({ files }) => files);

type Who = "stock" | "slipway";

const slipway = join(root, "bin", "slipway");

/** Writes a program of one line. */
function script(path: string, line: string): void {
  writeFileSync(path, `#!/bin/sh\n${line}\n`);
  chmodSync(path, 0o755);
}

/** A folder whose programs are called helm, helmfile and kubectl. */
function programs(folder: string, who: Who): string {
  const bin = join(folder, "bin");
  mkdirSync(bin);
  if (who === "stock") symlinkSync(tool("helm4").path, join(bin, "helm"));
  else script(join(bin, "helm"), `exec "${slipway}" "$@"`);
  // Without a stock helmfile, what is to be done before other commands is done all the same.
  if (who === "stock" && helmfile.skip === false) symlinkSync(helmfile.path, join(bin, "helmfile"));
  else script(join(bin, "helmfile"), `exec "${slipway}" fleet "$@"`);
  if (kubectl.skip === false) symlinkSync(kubectl.path, join(bin, "kubectl"));
  // What a kustomization's or a release's hook may call.
  script(join(bin, "slipway"), `exec "${slipway}" "$@"`);
  return bin;
}

/**
 * A folder of Helm plugins with the one that `helmfile apply` asks whether there is something to do. The plugin that is
 * usual there comes by download alone; Slipway's `diff` answers in its place.
 */
function plugins(folder: string): string {
  const diff = join(folder, "plugins", "diff");
  mkdirSync(diff, { recursive: true });
  writeFileSync(
    join(diff, "plugin.yaml"),
    "name: diff\nversion: 3.15.13\nusage: what would change\ndescription: what would change\ncommand: $HELM_PLUGIN_DIR/diff\n",
  );
  // The cluster's own version is taken: the flag that says it again is left out.
  const keep = 'case "$last $word" in *--kube-version*) ;; *) set -- "$@" "$word" ;; esac';
  const words = `for word; do shift; ${keep}; last=$word; done`;
  script(join(diff, "diff"), `${words}\nexec "${slipway}" diff "$@"`);
  return dirname(diff);
}

/** Why a command has no program to run it here. */
function unavailable(command: string, who: Who): string | false {
  if (command.startsWith("kubectl ")) return kubectl.skip;
  if (command.startsWith("helmfile ") && who === "stock") return helmfile.skip;
  return false;
}

/**
 * Nothing runs in the pods of an embedded cluster, so what would talk to one asks instead whether what it would talk to
 * is there and ready; what goes on until it is ended is ended after two seconds.
 */
function onEmbedded(command: string): string {
  const forward = /^kubectl port-forward svc\/(\S+)(.*?) \d+:(\d+)(.*)$/.exec(command);
  if (forward !== null) {
    const [, name, before, port, after] = forward;
    const get = `kubectl get endpoints ${name}${before}${after} -o jsonpath={.subsets[0].addresses[0].ip}`;
    const ports = `kubectl get service ${name}${before}${after} -o jsonpath='{.spec.ports[*].port}'`;
    return `${ports} | grep -qw ${port} || exit 1; for i in $(seq 60); do test -n "$(${get})" && exit 0; sleep 0.5; done; exit 1`;
  }
  const inside = /^kubectl exec (?:-it )?(\w+)\/(\S+)(.*?) -- /.exec(command);
  if (inside !== null) return `kubectl rollout status ${inside[1]}/${inside[2]}${inside[3]} --timeout 60s`;
  if (/^kubectl (get .*-w|logs .*-f)\b/.test(command)) return `timeout 2 ${command}; test $? -eq 0 -o $? -eq 124`;
  return command;
}

interface Released {
  readonly name: string;
  readonly namespace: string;
  readonly [field: string]: unknown;
}

/** Every release, as stock Helm lists it, with its values and manifests. */
async function released(env: NodeJS.ProcessEnv): Promise<unknown[]> {
  const helm = async (...words: string[]): Promise<string> => {
    const ran = await runProgram(tool("helm4").path, words, { env });
    assert.equal(ran.code, 0, ran.err);
    return ran.out;
  };
  const list = JSON.parse(await helm("list", "--all-namespaces", "--output", "json")) as Released[];
  // Helm puts releases of the same name in no order.
  const place = ({ namespace, name }: Released) => `${namespace}/${name}`;
  return await Promise.all(
    list
      .toSorted((a, b) => compareStrings(place(a), place(b)))
      .map(async ({ updated: _, ...release }) => {
        const where = [release.name, "--namespace", release.namespace] as const;
        const [manifest, values] = await Promise.all([
          helm("get", "manifest", ...where),
          helm("get", "values", ...where, "--output", "json"),
        ]);
        return { ...release, manifest, values: JSON.parse(values) };
      }),
  );
}

/** Runs a document's commands on a cluster of its own; gives the releases after each command of helmfile's, and at the end. */
async function runDocument(
  document: RequirementDocument,
  who: Who,
  t: { test(name: string, options: { skip: false | string }, run: () => Promise<void>): Promise<unknown> },
): Promise<Readonly<Record<string, unknown>>> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-document-"));
  const cluster = await startCluster({ listen: { port: 0 }, clock: scaledClock(systemClock, 20) });
  try {
    const cwd = join(folder, "platform");
    cpSync(join(root, document.platform), cwd, { recursive: true, dereference: true });
    for (const chart of platformCharts()) {
      if (!chart.folder.startsWith(join(root, document.platform))) continue;
      fillCharts(join(cwd, chart.folder.slice(join(root, document.platform).length)));
    }
    writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig());
    const path = [programs(folder, who), dirname(process.execPath), process.env["PATH"]].join(delimiter);
    const env = {
      PATH: path,
      HOME: folder,
      KUBECONFIG: join(folder, "kubeconfig"),
      CHART_DIST: join(folder, "dist"),
      HELM_PLUGINS: plugins(folder),
    };
    const authorization = `Bearer ${cluster.token}`;
    const client = new KubeClient((request) =>
      cluster.handle({ ...request, headers: { ...request.headers, authorization } }),
    );
    await installCrds(client, crds);
    const sh = async (line: string): Promise<Ran> => {
      const ran = await runProgram("sh", ["-c", line], { cwd, env, seconds: 120 });
      assert.equal(ran.code, 0, `${line}\n${ran.out}\n${ran.err}`);
      return ran;
    };
    const states: Record<string, unknown> = {};
    for (const line of document.before ?? []) await sh(line);
    for (const command of commandsOf(document.file)) {
      const rule = document.rules.find(({ match }) => match.test(command));
      const line = onEmbedded(filled(rule?.as === undefined ? command : command.replace(rule.match, rule.as)));
      const skip = rule?.skip ?? unavailable(command, who);
      await t.test(command, { skip }, async () => {
        for (const first of rule?.before ?? []) await sh(first);
        await sh(line);
      });
      if (command.startsWith("helmfile ") && helmfile.skip === false) states[command] = await released(env);
    }
    return { ...states, "in the end": await released(env) };
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
}

// They take minutes, most of them waiting: `npm run prove:platforms` runs them.
const skip =
  process.env["PROVE_PLATFORMS"] !== "1"
    ? "run by npm run prove:platforms"
    : process.platform === "win32"
      ? "POSIX shell lines"
      : crds.length === 0
        ? "the CRDs of operators are not fetched: npm run vendor-crds"
        : tool("helm4").skip;
describe("documents", { concurrency: 2 }, () => {
  for (const document of documents) {
    test(`the commands of ${document.file}`, { skip }, async (t) => {
      const states: Partial<Record<Who, Readonly<Record<string, unknown>>>> = {};
      for (const who of ["stock", "slipway"] as const) {
        await t.test(`by ${who === "stock" ? "stock tools" : "Slipway"}`, async (inner) => {
          states[who] = await runDocument(document, who, inner);
        });
      }
      await t.test("release the same by stock tools and by Slipway", () => {
        assert.deepEqual(states.slipway, states.stock);
      });
    });
  }
});

test("what is kept of the documents is what they say", () => {
  for (const { file, rules } of documents) {
    const commands = commandsOf(file);
    for (const { match } of rules)
      assert.ok(
        commands.some((command) => match.test(command)),
        `${file}: no command is like ${match}`,
      );
  }
});

test("commands are found in shell blocks, in steps of workflows, and where a block shows what was typed", () => {
  const text =
    "```bash\n# why\nhelm install a ./b \\\n  --wait  # so\n```\n```yaml\n- name: x\n  run: |\n    helm list \\\n      -A\n```\n" +
    "```\nhelm lint .helm/\n\n==> Linting\n```\n```yaml\na: 1\n```\n";
  assert.deepEqual(commandsIn(text), ["helm install a ./b --wait", "helm list -A", "helm lint .helm/"]);
  assert.equal(filled("a=<strong-key> ${{ github.sha }}"), "a=a-strong-key a1b2c3d");
});
