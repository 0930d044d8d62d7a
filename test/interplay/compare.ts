import type { ApiResource, KubeClient } from "../../src/kube/index.ts";
import { openStore, systemLabels, type Release } from "../../src/release/index.ts";
import { settled } from "./live.ts";
import type { Ending, Tool } from "./run.ts";
import type { Action } from "./steps.ts";

/** A step as it was taken: by the tool whose turn it was in one namespace, by stock Helm in the other. */
export interface Step {
  /** Seed, number and command line. */
  readonly label: string;
  readonly action: Action;
  readonly tool: Tool;
  readonly words: readonly string[];
  readonly mixed: Ending;
  readonly stock: Ending;
}

/** What one namespace holds after a step. */
export interface Sight {
  readonly namespace: string;
  /** Objects and the fields' managers, by kind and name, as comparable texts. */
  readonly objects: ReadonlyMap<string, string>;
  /** The release's revisions, oldest first. */
  readonly revisions: readonly Release[];
}

/** What both namespaces hold, and in what they differ. */
export interface Comparison {
  readonly mixed: Sight;
  readonly stock: Sight;
  /** Keys of the objects that differ. */
  readonly objects: readonly string[];
  /** Numbers of the revisions that differ. */
  readonly revisions: readonly number[];
}

/** Looks at both namespaces once they have settled. */
export async function look(
  client: KubeClient,
  spaces: { readonly mixed: string; readonly stock: string },
  kinds: readonly ApiResource[],
): Promise<Comparison> {
  const [mixed, stock] = await Promise.all([sight(client, spaces.mixed, kinds), sight(client, spaces.stock, kinds)]);
  const keys = [...new Set([...mixed.objects.keys(), ...stock.objects.keys()])];
  const texts = (side: Sight) =>
    new Map(side.revisions.map((entry) => [entry.version, factsOf(entry, side.namespace)]));
  const [left, right] = [texts(mixed), texts(stock)];
  return {
    mixed,
    stock,
    objects: keys.filter((key) => mixed.objects.get(key) !== stock.objects.get(key)),
    revisions: [...new Set([...left.keys(), ...right.keys()])].filter((key) => left.get(key) !== right.get(key)),
  };
}

async function sight(client: KubeClient, namespace: string, kinds: readonly ApiResource[]): Promise<Sight> {
  const objects = await settled(client, namespace, kinds);
  const store = await openStore("", client, namespace);
  const revisions = (await store.query("name=rel")).toSorted((a, b) => a.version - b.version);
  return { namespace, objects, revisions };
}

/** Whether the step ended alike, with the same objects and the same history. */
export function isAlike(step: Step, { objects, revisions }: Comparison): boolean {
  return step.mixed.code === step.stock.code && objects.length === 0 && revisions.length === 0;
}

/** What differs, for people. */
export function tellOf(step: Step, { mixed, stock, objects, revisions }: Comparison): string {
  const lines: string[] = [];
  if (step.mixed.code !== step.stock.code) lines.push(`exit ${step.mixed.code} beside ${step.stock.code}`);
  const tell = (what: string, left: string | undefined, right: string | undefined) =>
    lines.push(`${what} differs`, `mixed: ${excerpt(left, right)}`, `stock: ${excerpt(right, left)}`);
  for (const key of objects.slice(0, 3)) tell(key, mixed.objects.get(key), stock.objects.get(key));
  for (const version of revisions.slice(0, 3)) {
    const factsAt = (side: Sight) => {
      const found = side.revisions.find((entry) => entry.version === version);
      return found === undefined ? undefined : factsOf(found, side.namespace);
    };
    tell(`revision ${version}`, factsAt(mixed), factsAt(stock));
  }
  lines.push("--- stock said", step.stock.text.slice(0, 800), "--- mixed said", step.mixed.text.slice(0, 800));
  return `${step.label}: ${lines.join("\n")}`;
}

/** What has to be equal of a recorded revision. */
export function factsOf(release: Release, namespace: string): string {
  const labels = Object.entries(release.labels).filter(([key]) => !systemLabels.includes(key));
  return [
    release.version,
    release.status,
    // The failing step's own words differ between the tools; that it failed must not.
    / failed: /.test(release.description) ? release.description.split(":")[0] : release.description,
    release.rollbackRevision,
    release.applyMethod,
    JSON.stringify(Object.fromEntries(labels.toSorted(([a], [b]) => (a < b ? -1 : 1)))),
    JSON.stringify(release.chart?.metadata),
    JSON.stringify(release.config),
    release.notes,
    release.manifest.replaceAll(namespace, "NS"),
    release.hooks.map((hook) => `${hook.name}:${hook.lastRun.phase}:${hook.deletePolicies.join(",")}`).join(" "),
  ].join(" | ");
}

/** The part of a text where it differs from another. */
function excerpt(text: string | undefined, other: string | undefined): string {
  if (text === undefined || other === undefined) return text ?? "missing";
  let from = 0;
  while (from < text.length && text[from] === other[from]) from++;
  return `…${text.slice(Math.max(0, from - 150), from + 250)}…`;
}
