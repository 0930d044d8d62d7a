import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { systemRandom } from "../../src/base/index.ts";
import { KubeClient, connect, loadKubeconfig, wellKnown, type ApiResource } from "../../src/kube/index.ts";
import { Dice, makeChart, writeChart } from "./chart.ts";
import { isAlike, look, tellOf, type Step } from "./compare.ts";
import { builtIn, releaseKinds } from "./kinds.ts";
import { onPurpose } from "./on-purpose.ts";
import { runTool, type Tool, type Tools } from "./run.ts";
import { actionWords, chooseAction, remember, type State } from "./steps.ts";

export interface WalkOptions {
  readonly kubeconfig: string;
  readonly seed: number;
  readonly steps: number;
  readonly tools: Tools;
  /** Whether Jobs and Pods come to an end there. */
  readonly controllers: boolean;
  /** Whether objects of kind List may be used there. */
  readonly lists: boolean;
  readonly say?: (line: string) => void;
}

/** Where a walk left the straight path. */
export class Difference extends Error {}

/** How a walk went that ended well. */
export interface Walked {
  readonly steps: number;
  /** The differences that are meant, by name, as often as they were met. */
  readonly onPurpose: readonly string[];
}

/**
 * A random walk over install, upgrade, rollback, uninstall and test, done twice: in one namespace by Slipway, Helm 3
 * and Helm 4 in turn, in another by stock Helm alone (Helm 4 in Slipway's place). After each step both must have ended
 * alike, and live objects, their field managers and the history must be equal, but for what is on purpose
 * (on-purpose.ts). Throws {@link Difference}.
 */
export async function walk(options: WalkOptions): Promise<Walked> {
  const dice = new Dice(options.seed);
  const chart = makeChart(dice.below(1 << 30), { controllers: options.controllers, lists: options.lists });
  const folder = mkdtempSync(join(tmpdir(), "slipway-walk-"));
  const path = join(folder, chart.name);
  const config = await loadKubeconfig({ kubeconfig: options.kubeconfig, env: {} });
  const connection = connect(config, { env: {} });
  const client = new KubeClient(connection.transport);
  const custom = chart.customGroup === undefined ? [] : [customKind(chart.customGroup)];
  const kinds = [...releaseKinds(), wellKnown.pods, ...custom];
  const names: string[] = [];
  const met: string[] = [];
  const begin = async (): Promise<{ spaces: Record<"mixed" | "stock", string>; state: State }> => {
    const id = Buffer.from(systemRandom.bytes(4)).toString("hex");
    const spaces = { mixed: `mixed-${id}`, stock: `stock-${id}` };
    for (const name of Object.values(spaces)) {
      names.push(name);
      await client.create(wellKnown.namespaces, undefined, { apiVersion: "v1", kind: "Namespace", metadata: { name } });
    }
    return { spaces, state: { installed: false, kept: false, revisions: 0 } };
  };
  try {
    writeChart(chart, path);
    let { spaces, state } = await begin();
    for (let number = 1; number <= options.steps; number++) {
      const action = chooseAction(dice, state, chart.hasTests);
      const tool = dice.pick<Tool>(["slipway", "slipway", "helm3", "helm4"]);
      const stock: Tool = tool === "slipway" ? "helm4" : tool;
      const words = actionWords(dice, action, path, folder, number, stock, state);
      const act = (by: Tool, namespace: string) =>
        runTool(options.tools, by, [...words, "-n", namespace, "--kubeconfig", options.kubeconfig]);
      const step: Step = {
        label: `seed ${options.seed} step ${number}: ${tool} ${words.join(" ")}`,
        action,
        tool,
        words,
        mixed: await act(tool, spaces.mixed),
        stock: await act(stock, spaces.stock),
      };
      options.say?.(`${step.label} → ${step.mixed.code}`);
      let seen = await look(client, spaces, kinds);
      let goesOn = true;
      while (goesOn && !isAlike(step, seen)) {
        const meant = await onPurpose(step, seen, { client, again: (space) => act(stock, space) });
        if (meant === undefined || met.length > options.steps) throw new Difference(tellOf(step, seen));
        met.push(meant.name);
        options.say?.(`  on purpose: ${meant.name}`);
        goesOn = meant.goesOn === "here";
        if (goesOn) seen = await look(client, spaces, kinds);
      }
      if (!goesOn) {
        ({ spaces, state } = await begin());
        continue;
      }
      remember(state, action, step.mixed.code === 0, words);
      state.revisions = seen.stock.revisions.at(-1)?.version ?? 0;
      state.exists = seen.stock.revisions.length > 0;
    }
    return { steps: options.steps, onPurpose: met };
  } finally {
    for (const name of names)
      await client.delete({ resource: wellKnown.namespaces, name }, { propagation: "Background" }).catch(() => {});
    for (const { group } of custom)
      await client
        .delete({ resource: definitions, name: `things.${group}` }, { propagation: "Background" })
        .catch(() => {});
    connection.close();
    rmSync(folder, { recursive: true, force: true });
  }
}

const definitions = builtIn("apiextensions.k8s.io/v1", "CustomResourceDefinition");

function customKind(group: string): ApiResource {
  return { group, version: "v1", kind: "Thing", plural: "things", namespaced: true, verbs: [] };
}
