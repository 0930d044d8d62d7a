import { parseManifest, type HookEvent, type KubeObject } from "../manifest/index.ts";
import type { DiffOptions, PlannedChange } from "./diff.ts";
import { inParallel } from "./parallel.ts";
import type { Release } from "./record.ts";
import { callOf, type Session } from "./session.ts";
import type { nameOf } from "./targets.ts";

/** An object before and after. */
export interface Pair extends Pick<PlannedChange, "refused" | "replaced" | "hook"> {
  readonly before: KubeObject | undefined;
  readonly after: KubeObject | undefined;
  /** As it was asked for: its secrets are hidden too. */
  readonly wanted?: KubeObject;
  readonly name: ReturnType<typeof nameOf>;
}

/** An object on record. */
interface Recorded {
  readonly object: KubeObject;
  readonly name: ReturnType<typeof nameOf>;
  /** The template that it comes from. */
  readonly source: string;
  readonly hook?: readonly HookEvent[];
}

/** The objects of two revisions, as recorded. */
export async function objectPairs(session: Session, from: Release, to: Release): Promise<Pair[]> {
  const objectsOf = async (release: Release) =>
    await inParallel(parseManifest(release.manifest), async ({ object, source }) => ({
      object,
      source: source ?? "",
      name: await placed(session, object, release),
    }));
  return pairsOf(await objectsOf(from), await objectsOf(to), from.name !== to.name);
}

/** The hooks of two revisions, as recorded; of none and one where there is no `from`. */
export async function hookPairs(
  session: Session,
  from: Release | undefined,
  to: Release,
  { noHooks, tests }: DiffOptions,
): Promise<Pair[]> {
  if (noHooks) return [];
  const hooksOf = async (release: Release | undefined): Promise<Recorded[]> => {
    if (release === undefined) return [];
    const shown = release.hooks.filter(({ events }) => tests || events.some((event) => event !== "test"));
    const objects = shown.flatMap(({ manifest, events, path }) =>
      parseManifest(manifest).map(({ object }) => ({ object, hook: events, source: path })),
    );
    return await inParallel(objects, async (one) => ({ ...one, name: await placed(session, one.object, release) }));
  };
  return pairsOf(await hooksOf(from), await hooksOf(to), from !== undefined && from.name !== to.name);
}

/** An object's name and the namespace that it goes to. Of a kind that is not served it is taken to go to one. */
async function placed(session: Session, { kind, ...object }: KubeObject, release: Release): Promise<Recorded["name"]> {
  const resource = await session.client.resourceFor({ ...object, kind }, callOf(session)).catch(() => undefined);
  session.signal?.throwIfAborted();
  const namespace = object.metadata.namespace || release.namespace;
  return { kind, name: object.metadata.name, namespace: resource?.namespaced === false ? "" : namespace };
}

/**
 * Objects on record, the old beside the new: of one name, and between releases, whose objects have the releases' names in
 * theirs, also those of one kind that come from one template, in their order there.
 */
function pairsOf(before: readonly Recorded[], after: readonly Recorded[], ofTwoReleases: boolean): Pair[] {
  const byName = ({ name: { kind, namespace, name } }: Recorded) => `${kind}/${namespace}/${name}`;
  const [old, fresh] = [
    new Map(before.map((one) => [byName(one), one])),
    new Map(after.map((one) => [byName(one), one])),
  ];
  const successor = new Map<Recorded, Recorded>();
  const waiting = new Map<string, Recorded[]>();
  const byTemplate = ({ name: { kind }, source }: Recorded) => `${kind}/${source}`;
  for (const [key, one] of fresh)
    if (!old.has(key)) waiting.set(byTemplate(one), [...(waiting.get(byTemplate(one)) ?? []), one]);
  for (const [key, one] of old) {
    const next = fresh.get(key) ?? (ofTwoReleases ? waiting.get(byTemplate(one))?.shift() : undefined);
    if (next !== undefined) successor.set(one, next);
  }
  const pair = (one: Recorded | undefined, next: Recorded | undefined): Pair => {
    const { name, hook } = (next ?? one) as Recorded;
    return { before: one?.object, after: next?.object, name, ...(hook === undefined ? {} : { hook }) };
  };
  const succeeding = new Set(successor.values());
  return [
    ...[...old.values()].map((one) => pair(one, successor.get(one))),
    ...[...fresh.values()].filter((one) => !succeeding.has(one)).map((one) => pair(undefined, one)),
  ];
}
