import { SlipwayError, messageOf } from "../base/index.ts";
import { type ApiObject, type KubeClient } from "../kube/index.ts";
import { inParallel } from "./parallel.ts";
import { describeTarget, refOf, type Target } from "./targets.ts";

const managedBy = "app.kubernetes.io/managed-by";
const releaseName = "meta.helm.sh/release-name";
const releaseNamespace = "meta.helm.sh/release-namespace";

/** Marks objects as the release's own, over whatever the chart says: a label and two annotations. */
export function markOwned(targets: readonly Target[], name: string, namespace: string): void {
  for (const { object } of targets) {
    object.metadata.labels = { ...object.metadata.labels, [managedBy]: "Helm" };
    object.metadata.annotations = {
      ...object.metadata.annotations,
      [releaseName]: name,
      [releaseNamespace]: namespace,
    };
  }
}

/** What keeps a live object from belonging to the release, in Helm's words; undefined when it does belong. */
export function ownershipProblem(live: ApiObject, name: string, namespace: string): string | undefined {
  const problems: string[] = [];
  const need = (map: Record<string, string> | undefined, kind: string, key: string, wanted: string) => {
    const actual = map?.[key];
    if (actual === undefined)
      problems.push(`${kind} validation error: missing key "${key}": must be set to "${wanted}"`);
    else if (actual !== wanted)
      problems.push(`${kind} validation error: key "${key}" must equal "${wanted}": current value is "${actual}"`);
  };
  need(live.metadata.labels, "label", managedBy, "Helm");
  need(live.metadata.annotations, "annotation", releaseName, name);
  need(live.metadata.annotations, "annotation", releaseNamespace, namespace);
  return problems.length === 0 ? undefined : `invalid ownership metadata; ${problems.join("; ")}`;
}

/** True when a live object is marked as another release's. */
export function ownedByAnother(live: ApiObject, name: string, namespace: string): boolean {
  const annotations = live.metadata.annotations ?? {};
  const owner = annotations[releaseName];
  return owner !== undefined && (owner !== name || (annotations[releaseNamespace] ?? namespace) !== namespace);
}

/**
 * Which of the objects exist already. Ones that do not belong to the release are refused (`release.ownership`) unless
 * `take`. Objects with `generateName` never exist.
 */
export async function findExisting(
  client: KubeClient,
  targets: readonly Target[],
  release: { name: string; namespace: string },
  options: { take: boolean; signal?: AbortSignal | undefined },
): Promise<Target[]> {
  const found = await inParallel(targets, async (target): Promise<ApiObject | undefined> => {
    const generateName = target.object.metadata.generateName;
    if (generateName !== undefined && generateName !== "") {
      if (target.name !== "") {
        throw new SlipwayError("metadata.name and metadata.generateName cannot both be set", { code: "release.build" });
      }
      return undefined;
    }
    try {
      return await client.find(refOf(target), options.signal === undefined ? {} : { signal: options.signal });
    } catch (error) {
      if (options.signal?.aborted) throw error;
      throw new SlipwayError(
        `could not get information about the resource ${describeTarget(target)}: ${messageOf(error)}`,
        {
          ...(error instanceof SlipwayError ? error.facts : { code: "kube.unknown" }),
        },
      );
    }
  });
  const out: Target[] = [];
  for (const [index, live] of found.entries()) {
    const target = targets[index] as Target;
    if (live === undefined) continue;
    const problem = options.take ? undefined : ownershipProblem(live, release.name, release.namespace);
    if (problem !== undefined) {
      throw new SlipwayError(
        `${describeTarget(target)} exists and cannot be imported into the current release: ${problem}`,
        {
          code: "release.ownership",
          path: `${target.object.kind}/${target.name}`,
          fix: "Give the object another name, delete it, or use --take-ownership to make it this release's.",
        },
      );
    }
    out.push(target);
  }
  return out;
}

/** The objects of a release sorted by whether they may be deleted with it. Ones that are gone are in none of the lists. */
export async function sortByOwnership(
  client: KubeClient,
  targets: readonly Target[],
  release: { name: string; namespace: string },
  signal: AbortSignal | undefined,
): Promise<{ owned: Target[]; unowned: Target[]; unverifiable: { target: Target; error: unknown }[] }> {
  const owned: Target[] = [];
  const unowned: Target[] = [];
  const unverifiable: { target: Target; error: unknown }[] = [];
  const lives = await inParallel(
    targets,
    async (target): Promise<{ live?: ApiObject | undefined; error?: unknown }> => {
      try {
        return { live: await client.find(refOf(target), signal === undefined ? {} : { signal }) };
      } catch (error) {
        if (signal?.aborted) throw error;
        return { error };
      }
    },
  );
  for (const [index, { live, error }] of lives.entries()) {
    const target = targets[index] as Target;
    if (error !== undefined) unverifiable.push({ target, error });
    else if (live === undefined) continue;
    else if (ownershipProblem(live, release.name, release.namespace) === undefined) owned.push(target);
    else unowned.push(target);
  }
  return { owned, unowned, unverifiable };
}
