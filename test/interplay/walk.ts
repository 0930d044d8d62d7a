import { execFile } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "../../src/base/index.ts";
import type { Context } from "../../src/cli/command.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import {
  KubeClient,
  apiVersionOf,
  connect,
  isNotFound,
  loadKubeconfig,
  wellKnown,
  type ApiObject,
  type ApiResource,
} from "../../src/kube/index.ts";
import { history, openStore } from "../../src/release/index.ts";
import { Dice, makeChart, writeChart } from "./chart.ts";

/** Who takes a step. */
export type Tool = "slipway" | "helm3" | "helm4";

export interface WalkOptions {
  readonly kubeconfig: string;
  readonly seed: number;
  readonly steps: number;
  /** Paths of the stock tools. */
  readonly helm3: string;
  readonly helm4: string;
  /** Whether Jobs and Pods come to an end there. */
  readonly controllers: boolean;
  /** Whether objects of kind List may be used there. */
  readonly lists: boolean;
  readonly say?: (line: string) => void;
}

/** Where a walk left the straight path. */
export class Difference extends Error {}

/**
 * A random walk over install, upgrade, rollback, uninstall and test, done twice: in one namespace by Slipway, Helm 3
 * and Helm 4 in turn, in another by stock Helm alone (Helm 4 in Slipway's place). After each step both must have ended
 * alike, and live objects, their field managers and the history must be equal. Throws {@link Difference}.
 */
export async function walk(options: WalkOptions): Promise<number> {
  const dice = new Dice(options.seed);
  const chart = makeChart(dice.below(1 << 30), { controllers: options.controllers, lists: options.lists });
  const folder = mkdtempSync(join(tmpdir(), "slipway-walk-"));
  const config = await loadKubeconfig({ kubeconfig: options.kubeconfig, env: {} });
  const connection = connect(config, { env: {} });
  const client = new KubeClient(connection.transport);
  const id = Buffer.from(systemRandom.bytes(4)).toString("hex");
  const spaces = { mixed: `mixed-${id}`, stock: `stock-${id}` };
  const names = [spaces.mixed, spaces.stock];
  try {
    writeChart(chart, join(folder, chart.name));
    for (const name of names) {
      await client.create(wellKnown.namespaces, undefined, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    const custom = chart.customGroup === undefined ? [] : [customKind(chart.customGroup)];
    const state: State = { installed: false, kept: false, revisions: 0 };
    for (let step = 1; step <= options.steps; step++) {
      const action = chooseAction(dice, state, chart.hasTests);
      const tool = dice.pick<Tool>(["slipway", "slipway", "helm3", "helm4"]);
      const stock: Tool = tool === "slipway" ? "helm4" : tool;
      const words = actionWords(dice, action, join(folder, chart.name), folder, step, stock, state);
      const [mixed, alone] = [
        await act(options, tool, words, spaces.mixed),
        await act(options, stock, words, spaces.stock),
      ];
      const label = `seed ${options.seed} step ${step}: ${tool} ${words.join(" ")}`;
      options.say?.(`${label} → ${mixed.code}`);
      if (mixed.code !== alone.code) {
        throw new Difference(
          `${label}: exit ${mixed.code} beside ${alone.code}\n--- ${tool}\n${mixed.text}\n--- ${stock}\n${alone.text}`,
        );
      }
      await compare(client, spaces, label, alone.text, mixed.text, custom);
      remember(state, action, mixed.code === 0, words);
      const revisions = await history({ client, namespace: spaces.stock }, "rel").catch(() => []);
      state.revisions = revisions.at(-1)?.version ?? 0;
      state.exists = revisions.length > 0;
    }
    return options.steps;
  } finally {
    for (const name of names)
      await client.delete({ resource: wellKnown.namespaces, name }, { propagation: "Background" }).catch(() => {});
    if (chart.customGroup !== undefined)
      await client
        .delete({ resource: definitions, name: `things.${chart.customGroup}` }, { propagation: "Background" })
        .catch(() => {});
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

interface State {
  installed: boolean;
  kept: boolean;
  revisions: number;
  exists?: boolean;
}

type Action = "install" | "upgrade" | "rollback" | "uninstall" | "test";

function chooseAction(dice: Dice, state: State, hasTests: boolean): Action {
  if (!state.exists) return dice.pick(["install", "install", "upgrade"]);
  // From ten revisions on stock Helm takes v9 for the last one where it looks whether a release is uninstalled.
  if (state.revisions >= 9) return "uninstall";
  const actions: Action[] = ["upgrade", "upgrade", "upgrade", "rollback", "rollback", "uninstall"];
  if (state.kept) actions.push("install", "upgrade");
  if (hasTests) actions.push("test");
  if (dice.chance(5)) actions.push("install");
  return dice.pick(actions);
}

function remember(state: State, action: Action, done: boolean, words: readonly string[]): void {
  if (!done) return;
  if (action === "uninstall") {
    state.installed = false;
    state.kept = words.includes("--keep-history");
  } else state.installed = true;
}

function actionWords(
  dice: Dice,
  action: Action,
  chart: string,
  folder: string,
  step: number,
  stock: Tool,
  state: State,
): string[] {
  switch (action) {
    case "install":
      return [
        "install",
        "rel",
        chart,
        ...valueWords(dice, folder, step, false),
        ...(dice.chance(15) ? ["--no-hooks"] : []),
        ...(dice.chance(6) ? ["--atomic", "--timeout", "8s"] : []),
        ...(dice.chance(5) ? ["--skip-crds"] : []),
        ...(state.kept || dice.chance(10) ? ["--replace"] : []),
      ];
    case "upgrade": {
      const more = dice.pick([
        [],
        [],
        [],
        ["--reuse-values"],
        ["--reset-then-reuse-values"],
        ["--reset-values"],
        ["--no-hooks"],
        ["--description", "by hand"],
        ["--history-max", "3"],
        ["--cleanup-on-fail"],
        ["--labels", "team=a"],
        ["--take-ownership"],
        ["--atomic", "--timeout", "8s"],
      ]);
      const install = !state.exists || dice.chance(40) ? ["--install"] : [];
      const server = stock === "helm4" && dice.chance(15) ? [`--server-side=${dice.pick(["true", "false"])}`] : [];
      return [
        "upgrade",
        "rel",
        chart,
        ...install,
        ...valueWords(dice, folder, step, state.exists === true),
        ...more,
        ...server,
      ];
    }
    case "rollback":
      return [
        "rollback",
        "rel",
        ...(dice.chance(60) && state.revisions > 0 ? [String(1 + dice.below(state.revisions))] : []),
        ...dice.pick([[], [], [], [], ["--no-hooks"], ["--cleanup-on-fail"], ["--history-max", "4"]]),
      ];
    case "uninstall":
      return [
        "uninstall",
        "rel",
        ...(dice.chance(40) && state.revisions < 9 ? ["--keep-history"] : []),
        ...(dice.chance(20) ? ["--no-hooks"] : []),
      ];
    case "test":
      return ["test", "rel"];
  }
}

function valueWords(dice: Dice, folder: string, step: number, exists: boolean): string[] {
  const words: string[] = [];
  if (dice.chance(60)) words.push("--set", `replicas=${1 + dice.below(3)}`);
  if (dice.chance(40))
    words.push(
      "--set",
      `data.${dice.pick(["a", "c", "d"])}=${dice.pick(exists ? ["uno", "due", "null", "true", "12"] : ["uno", "due", "null"])}`,
    );
  if (dice.chance(30)) words.push("--set", `extra=${dice.chance(60)}`);
  if (dice.chance(25)) words.push("--set", `kept=${dice.chance(50)}`);
  if (dice.chance(8)) words.push("--set", "broken=true");
  if (dice.chance(10)) words.push("--set", "invalid=true");
  if (dice.chance(6)) words.push("--set", "badhook=true");
  if (dice.chance(6)) words.push("--set", "hookfail=true");
  if (dice.chance(20)) words.push("--set-string", `image=nginx:${dice.below(3)}`);
  if (dice.chance(15)) words.push("--set", `port=${dice.pick([80, 81, 8000])}`);
  if (dice.chance(25)) {
    const file = join(folder, `values-${step}.yaml`);
    writeFileSync(file, `data:\n  b: "from file ${step}"\n  e: null\nlist: [${dice.below(9)}]\n`);
    words.push("-f", file);
  }
  return words;
}

interface Ending {
  readonly code: number;
  readonly text: string;
}

async function act(options: WalkOptions, tool: Tool, words: readonly string[], namespace: string): Promise<Ending> {
  const all = [...words, "-n", namespace, "--kubeconfig", options.kubeconfig];
  if (tool !== "slipway") return await spawnTool(tool === "helm3" ? options.helm3 : options.helm4, all);
  return await runSlipway(all);
}

/** One Slipway command in this process, with what it printed. */
export async function runSlipway(
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<Ending & { out: string }> {
  let out = "";
  let text = "";
  const context: Context = {
    env: { HOME: tmpdir(), ...env },
    cwd: process.cwd(),
    out: (line) => {
      out += line;
      text += line;
    },
    err: (line) => {
      text += line;
    },
    stdin: async () => new Uint8Array(),
    isTTY: false,
    color: false,
    columns: 100,
    signal: new AbortController().signal,
  };
  return { code: await run(words, commands, context), text, out };
}

function spawnTool(path: string, words: readonly string[]): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(
      path,
      words,
      { env: { HOME: tmpdir(), PATH: process.env["PATH"] ?? "" }, maxBuffer: 1 << 26 },
      (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : typeof error.code === "number" ? error.code : 1, text: stdout + stderr });
      },
    );
  });
}

function kind(group: string, version: string, name: string, plural: string, namespaced = true): ApiResource {
  return { group, version, kind: name, plural, namespaced, verbs: [] };
}

const definitions = kind("apiextensions.k8s.io", "v1", "CustomResourceDefinition", "customresourcedefinitions", false);

function customKind(group: string): ApiResource {
  return kind(group, "v1", "Thing", "things");
}

/** What a release may consist of. */
function kinds(): ApiResource[] {
  return [
    wellKnown.configMaps,
    wellKnown.secrets,
    kind("", "v1", "Service", "services"),
    kind("", "v1", "ServiceAccount", "serviceaccounts"),
    kind("apps", "v1", "Deployment", "deployments"),
    kind("apps", "v1", "StatefulSet", "statefulsets"),
    kind("apps", "v1", "DaemonSet", "daemonsets"),
    kind("", "v1", "PersistentVolumeClaim", "persistentvolumeclaims"),
    kind("autoscaling", "v2", "HorizontalPodAutoscaler", "horizontalpodautoscalers"),
    kind("networking.k8s.io", "v1", "Ingress", "ingresses"),
    kind("networking.k8s.io", "v1", "NetworkPolicy", "networkpolicies"),
    kind("policy", "v1", "PodDisruptionBudget", "poddisruptionbudgets"),
    kind("batch", "v1", "CronJob", "cronjobs"),
    wellKnown.jobs,
    kind("rbac.authorization.k8s.io", "v1", "Role", "roles"),
    kind("rbac.authorization.k8s.io", "v1", "RoleBinding", "rolebindings"),
    kind("rbac.authorization.k8s.io", "v1", "ClusterRole", "clusterroles", false),
  ];
}

async function compare(
  client: KubeClient,
  spaces: { mixed: string; stock: string },
  label: string,
  stockText: string,
  mixedText: string,
  custom: readonly ApiResource[],
): Promise<void> {
  const all = [...kinds(), ...custom];
  const [mixed, stock] = await Promise.all([settled(client, spaces.mixed, all), settled(client, spaces.stock, all)]);
  const tell = (what: string) => {
    throw new Difference(
      `${label}: ${what}\n--- stock said\n${stockText.slice(0, 800)}\n--- mixed said\n${mixedText.slice(0, 800)}`,
    );
  };
  for (const key of new Set([...mixed.keys(), ...stock.keys()])) {
    const [a, b] = [mixed.get(key), stock.get(key)];
    if (a !== b) tell(`${key} differs\nmixed: ${excerpt(a, b)}\nstock: ${excerpt(b, a)}`);
  }
  const [left, right] = [await historyOf(client, spaces.mixed), await historyOf(client, spaces.stock)];
  if (left !== right) tell(`history differs\nmixed: ${excerpt(left, right)}\nstock: ${excerpt(right, left)}`);
}

async function historyOf(client: KubeClient, namespace: string): Promise<string> {
  const store = await openStore("", client, namespace);
  const revisions = (await store.query("name=rel")).toSorted((a, b) => a.version - b.version);
  return revisions
    .map((release) =>
      [
        release.version,
        release.status,
        // The failing step's own words differ between the tools; that it failed must not.
        / failed: /.test(release.description) ? release.description.split(":")[0] : release.description,
        release.rollbackRevision,
        release.chart?.metadata?.version,
        JSON.stringify(release.config, (_, value: unknown) => value ?? undefined),
        release.manifest.replaceAll(namespace, "NS"),
        release.hooks.map((hook) => `${hook.name}:${hook.lastRun.phase}:${hook.deletePolicies.join(",")}`).join(" "),
      ].join(" | "),
    )
    .join("\n");
}

/** The live objects once background deletions and controllers are through, made comparable. */
async function settled(
  client: KubeClient,
  namespace: string,
  all: readonly ApiResource[],
): Promise<Map<string, string>> {
  let before = "";
  for (let attempt = 0; ; attempt++) {
    const objects = await snapshot(client, namespace, all);
    const text = JSON.stringify([...objects]);
    if ((text === before && !text.includes('"deleting":true')) || attempt > 50) return objects;
    before = text;
    await new Promise((resolve) => setTimeout(resolve, attempt === 0 ? 20 : 100));
  }
}

async function snapshot(
  client: KubeClient,
  namespace: string,
  all: readonly ApiResource[],
): Promise<Map<string, string>> {
  const out = new Map<string, string>();
  await Promise.all(
    all.map(async (resource) => {
      // A custom kind is not served before its definition was installed.
      const listing = client.list(resource, resource.namespaced ? namespace : undefined);
      const objects = await listing.catch((error: unknown) => {
        if (isNotFound(error)) return [];
        throw error;
      });
      for (const object of objects) {
        if (!resource.namespaced && !object.metadata.name.startsWith(namespace)) continue;
        if (object.metadata.name.startsWith("sh.helm.release.") || object.metadata.name === "kube-root-ca.crt")
          continue;
        // Jobs of CronJobs and the like are not the release's doing.
        if (object.metadata.ownerReferences !== undefined) continue;
        out.set(
          `${apiVersionOf(resource)}/${resource.kind}/${object.metadata.name.replaceAll(namespace, "NS")}`,
          comparable(object, namespace),
        );
      }
    }),
  );
  return new Map([...out].toSorted(([a], [b]) => (a < b ? -1 : 1)));
}

function comparable(object: ApiObject, namespace: string): string {
  const {
    uid: _uid,
    resourceVersion: _version,
    creationTimestamp: _created,
    generation: _generation,
    managedFields,
    namespace: _namespace,
    ...metadata
  } = object.metadata;
  const managers = (managedFields ?? [])
    .filter((entry) => entry.subresource !== "status" && /^(helm|Helm|slipway)/.test(entry.manager))
    .map(
      (entry) => `${entry.manager} ${entry.operation} ${entry.apiVersion} ${JSON.stringify(sortDeep(entry.fieldsV1))}`,
    )
    .toSorted();
  // How many templates the Deployment controller happened to see is a matter of timing.
  if (metadata.annotations !== undefined)
    metadata.annotations = Object.fromEntries(
      Object.entries(metadata.annotations).filter(([key]) => !key.startsWith("deployment.kubernetes.io/")),
    );
  const spec = { ...(object.spec as Record<string, unknown> | undefined) };
  for (const field of ["clusterIP", "clusterIPs", "selector", "template"]) {
    if (field === "selector" || field === "template") {
      // A Job's selector and labels hold its uid.
      if (object.kind === "Job") delete spec[field];
    } else delete spec[field];
  }
  // Jobs carry their uid in labels of their own.
  if (object.kind === "Job" && metadata.labels !== undefined)
    metadata.labels = Object.fromEntries(
      Object.entries(metadata.labels).filter(([key]) => !/controller-uid|job-name/.test(key)),
    );
  const { status: _status, metadata: _metadata, spec: _spec, ...rest } = object;
  return JSON.stringify(
    sortDeep({
      ...rest,
      metadata: {
        ...metadata,
        labels: metadata.labels,
        deleting: metadata.deletionTimestamp !== undefined || undefined,
      },
      spec,
      managers,
    }),
  ).replaceAll(namespace, "NS");
}

function sortDeep(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortDeep);
  if (typeof value !== "object" || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, inner]) => [key, sortDeep(inner)]),
  );
}

/** The part of a text where it differs from another. */
function excerpt(text: string | undefined, other: string | undefined): string {
  if (text === undefined || other === undefined) return text ?? "missing";
  let from = 0;
  while (from < text.length && text[from] === other[from]) from++;
  return `…${text.slice(Math.max(0, from - 150), from + 250)}…`;
}
