import { readFileSync } from "node:fs";
import { parse } from "../../src/goyaml/index.ts";
import type { KubeClient } from "../../src/kube/index.ts";
import { openStore, type Release } from "../../src/release/index.ts";
import { factsOf, type Comparison, type Step } from "./compare.ts";

/** A difference from stock Helm that is meant, and told in docs/releases.md. */
export interface OnPurpose {
  readonly name: string;
  /** How the walk goes on: from records that are made alike here, or with a new release in new namespaces. */
  readonly goesOn: "here" | "afresh";
}

/** What it takes to tell a difference that is meant from a fault. */
export interface Witness {
  readonly client: KubeClient;
  /** Takes the step again, by stock Helm, in one of the namespaces. */
  again(namespace: string): Promise<{ readonly code: number; readonly text: string }>;
}

/**
 * The difference that is meant, when all of what differs is that one: each is known by its whole evidence, so that a
 * fault that merely looks alike is not taken for it. Those that lie in a record are undone in stock Helm's namespace or
 * ours, so that the walk goes on.
 */
export async function onPurpose(step: Step, seen: Comparison, witness: Witness): Promise<OnPurpose | undefined> {
  // Two stock Helms have nothing to differ in.
  if (step.tool !== "slipway") return undefined;
  return (
    (await failedRollback(step, seen, witness)) ??
    (await nullInOldRecord(step, seen, witness)) ??
    (await wayOutOfFailure(step, seen, witness))
  );
}

/**
 * A rollback whose hooks failed: Helm leaves the new revision `pending-rollback` for ever, where it refuses every upgrade
 * after; ours is marked failed. Evidence: the last revision alone differs, in status, description and in one hook of the
 * rollback, which for Helm still runs and for us failed; both say that the rollback failed; no object differs.
 */
async function failedRollback(step: Step, seen: Comparison, { client }: Witness): Promise<OnPurpose | undefined> {
  const [ours, theirs] = [seen.mixed.revisions.at(-1), seen.stock.revisions.at(-1)];
  if (ours === undefined || theirs === undefined || step.mixed.code === 0 || step.stock.code === 0) return undefined;
  if (seen.objects.length > 0 || seen.revisions.length !== 1 || seen.revisions[0] !== ours.version) return undefined;
  if (theirs.status !== "pending-rollback" || ours.status !== "failed") return undefined;
  if (!ours.description.startsWith('Rollback "rel" failed: ')) return undefined;
  const ran = theirs.hooks.map((hook, index) => ({ hook, lastRun: ours.hooks[index]?.lastRun ?? hook.lastRun }));
  const failed = ran.filter(
    ({ hook, lastRun }) =>
      hook.events.some((event) => event.endsWith("-rollback")) &&
      hook.lastRun.phase === "Running" &&
      lastRun.phase === "Failed",
  );
  if (failed.length !== 1) return undefined;
  const mended: Release = {
    ...theirs,
    status: ours.status,
    description: ours.description,
    hooks: ran.map((run) => (run === failed[0] ? { ...run.hook, lastRun: run.lastRun } : run.hook)),
  };
  if (factsOf(mended, seen.stock.namespace) !== factsOf(ours, seen.mixed.namespace)) return undefined;
  await (await openStore("", client, seen.stock.namespace)).update(mended);
  return { name: "a rollback whose hooks fail is marked failed, not left pending", goesOn: "here" };
}

/**
 * `--reuse-values` with a null: Helm writes the null into the record of the revision whose values are reused, too.
 * Evidence: an earlier revision alone differs, in its values alone, and there only in nulls of the command line.
 */
async function nullInOldRecord(step: Step, seen: Comparison, { client }: Witness): Promise<OnPurpose | undefined> {
  if (!step.words.includes("--reuse-values") && !step.words.includes("--reset-then-reuse-values")) return undefined;
  if (step.mixed.code !== step.stock.code || seen.objects.length > 0 || seen.revisions.length !== 1) return undefined;
  const at = <T extends Release>(all: readonly T[]) => all.find((entry) => entry.version === seen.revisions[0]);
  const [ours, theirs] = [at(seen.mixed.revisions), at(seen.stock.revisions)];
  if (ours === undefined || theirs === undefined || ours === seen.mixed.revisions.at(-1)) return undefined;
  const config = structuredClone(ours.config);
  for (const path of nullsOf(step.words)) {
    const parent = path.slice(0, -1).reduce<unknown>(inside, config);
    const name = path.at(-1) as string;
    if (path.reduce<unknown>(inside, theirs.config) === null && isTable(parent)) parent[name] = null;
  }
  const spoilt: Release = { ...ours, config };
  if (factsOf(spoilt, seen.mixed.namespace) !== factsOf(theirs, seen.stock.namespace)) return undefined;
  await (await openStore("", client, seen.mixed.namespace)).update(spoilt);
  return { name: "an old record keeps its values where Helm writes a null into it", goesOn: "here" };
}

/** Paths that a command line sets to null, by --set and by files of values. */
function nullsOf(words: readonly string[]): string[][] {
  const out: string[][] = [];
  const walk = (value: unknown, path: readonly string[]) => {
    if (value === null) out.push([...path]);
    if (isTable(value)) for (const [key, inner] of Object.entries(value)) walk(inner, [...path, key]);
  };
  for (const [index, word] of words.entries()) {
    if (word.endsWith("=null")) out.push(word.slice(0, -"=null".length).split("."));
    if (words[index - 1] === "-f") walk(parse(readFileSync(word, "utf8"), { file: word }), []);
  }
  return out;
}

function inside(value: unknown, key: string): unknown {
  return isTable(value) ? value[key] : undefined;
}

function isTable(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * A client-side upgrade after one that failed: where the failed one left fields that exclude each other, Helm is refused
 * by the server from then on; ours takes away what the failed one had set. Evidence: stock Helm cannot patch objects
 * because they would be invalid, now and when it tries again; an attempt before failed in both; both rendered the same;
 * ours patches these objects, and stock Helm afterwards patches what ours has made of them. Where something else made ours
 * fail as well, nothing but these objects differs.
 */
async function wayOutOfFailure(step: Step, seen: Comparison, witness: Witness): Promise<OnPurpose | undefined> {
  const [ours, theirs] = [seen.mixed.revisions, seen.stock.revisions];
  const [last, refused] = [ours.at(-1), theirs.at(-1)];
  if (step.action !== "upgrade" || step.stock.code === 0) return undefined;
  if (last === undefined || refused === undefined || last.version !== refused.version) return undefined;
  if (last.applyMethod !== "csa" || refused.status !== "failed") return undefined;
  if (ours.at(-2)?.status !== "failed" || theirs.at(-2)?.status !== "failed") return undefined;
  const manifest = (release: Release, namespace: string) => release.manifest.replaceAll(namespace, "NS");
  if (manifest(last, seen.mixed.namespace) !== manifest(refused, seen.stock.namespace)) return undefined;
  const stuck = unpatchable(step.stock.text);
  if (stuck.length === 0 || unpatchable(step.mixed.text).some((name) => stuck.includes(name))) return undefined;
  const afterwards = async (namespace: string) => unpatchable((await witness.again(namespace)).text);
  const still = await afterwards(seen.stock.namespace);
  if (!stuck.every((name) => still.includes(name))) return undefined;
  if ((await afterwards(seen.mixed.namespace)).some((name) => stuck.includes(name))) return undefined;
  if (step.mixed.code === 0) {
    if (last.status !== "deployed") return undefined;
  } else {
    const isOfThem = (key: string) => stuck.some((name) => key.endsWith(`/${name}`));
    if (seen.revisions.length > 0 || !seen.objects.every(isOfThem)) return undefined;
  }
  return { name: "an upgrade gets past a failed client-side one that Helm stays stuck behind", goesOn: "afresh" };
}

/** `Kind/name` of the objects that stock Helm could not patch because they would be invalid. */
function unpatchable(text: string): string[] {
  const found = text.matchAll(/cannot patch "([^"]+)" with kind (\w+): \2[.\w]* "[^"]+" is invalid: /g);
  return [...found].map(([, name, kind]) => `${kind}/${name}`);
}
