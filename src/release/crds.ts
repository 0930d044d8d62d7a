import { sleep } from "../base/index.ts";
import { at, parseManifest, stringAt, type KubeObject } from "../manifest/index.ts";
import { isAlreadyExists, type ApiResource } from "../kube/index.ts";
import { inParallel } from "./parallel.ts";
import { createAll } from "./apply.ts";
import { prefixed } from "./failure-text.ts";
import { callOf, type Session } from "./session.ts";
import { buildTargets, refOf, type Target } from "./targets.ts";
import { waitUntilReady } from "./wait.ts";

/** How long CRDs may take to become established, as in Helm. */
const patience = 60_000;

/**
 * Installs the files of `crds/`, one after the other, and waits until the API server knows the new kinds. CRDs that
 * exist are left as they are, and told of where they differ: Helm never changes them, and neither does this. `path` is
 * where the chart was read from.
 */
export async function installCrds(
  session: Session,
  crds: readonly { readonly name: string; readonly text: string }[],
  serverSide: boolean,
  path: string | undefined,
): Promise<void> {
  if (crds.length === 0) return;
  session.emit({ type: "phase", phase: "crds" });
  const installed: Target[] = [];
  const kinds: ApiResource[] = [];
  const differing: string[] = [];
  for (const { name, text } of crds) {
    try {
      const targets = await buildTargets(session.client, text, session.namespace, session.signal);
      const missing: Target[] = [];
      for (const target of targets) {
        // Applying over somebody else's CRD would change it: look first.
        const there = await session.client.find(refOf(target), callOf(session));
        // A definition that is there stays as it is, versions and all.
        kinds.push(...resourcesOf(there ?? target.object));
        if (there === undefined) missing.push(target);
        else differing.push(...differenceLine(target.object, there));
      }
      if (missing.length > 0)
        await createAll(session, missing, serverSide).catch((error: unknown) =>
          isAlreadyExists(error) ? undefined : Promise.reject(error),
        );
      installed.push(...missing);
    } catch (error) {
      session.signal?.throwIfAborted();
      throw prefixed(`failed to install CRD ${name}`, error);
    }
  }
  tell(session, differing, path);
  if (installed.length > 0) {
    await waitUntilReady(session, installed, { rules: "kstatus", timeout: patience });
    session.client.invalidate();
  }
  await waitUntilServed(session, kinds);
}

/** The resources that a definition brings, a version each; none of anything else. */
export function resourcesOf(definition: KubeObject): ApiResource[] {
  if (definition.kind !== "CustomResourceDefinition") return [];
  const text = (...path: string[]) => stringAt(definition, "", "spec", ...path);
  const versions = (at(definition, "spec", "versions") as { name?: string; served?: boolean }[] | undefined) ?? [];
  return versions
    .filter((version) => version.served !== false)
    .map((version) => ({
      group: text("group"),
      version: version.name ?? "",
      kind: text("names", "kind"),
      plural: text("names", "plural"),
      namespaced: text("scope") === "Namespaced",
      verbs: [],
    }));
}

/** How `.Capabilities.APIVersions` names a resource. */
export function apiVersionsOf({ group, version, kind }: ApiResource): string[] {
  return [`${group}/${version}`, `${group}/${version}/${kind}`];
}

/** How long an established definition may take until discovery tells of it, in milliseconds. */
const discoveryPatience = 10_000;

/**
 * A busy API server establishes a definition some time before its discovery documents name the new kinds: objects of them
 * could not be built yet.
 */
async function waitUntilServed(session: Session, kinds: readonly ApiResource[]): Promise<void> {
  const served = async () => {
    for (const { group, version, kind } of kinds)
      if (
        (await session.client.resourceFor({ apiVersion: `${group}/${version}`, kind }).catch(() => undefined)) ===
        undefined
      )
        return false;
    return true;
  };
  for (let waited = 0; waited < discoveryPatience && !(await served()); waited += 200) {
    await sleep(session.clock, 200, session.signal);
    session.client.invalidate();
  }
}

/**
 * Tells, on an upgrade, of CRDs in `crds/` that the cluster lacks or has otherwise, field by field: they are never changed,
 * so whoever wants them to be is told how. What the server added by itself is no difference; what cannot be read is passed
 * over. `path` is where the chart was read from. With `which` "there" only those are told of that are there already: an
 * installation brings the others.
 */
export async function tellCrdDifferences(
  session: Session,
  crds: readonly { readonly text: string }[],
  path: string | undefined,
  which: "all" | "there" = "all",
): Promise<void> {
  const lines = await inParallel(crds, async ({ text }) => {
    const found: string[] = [];
    try {
      for (const { object } of parseManifest(text)) {
        const resource = await session.client.resourceFor(object);
        const live = await session.client.find({ resource, namespace: undefined, name: object.metadata.name });
        if (live !== undefined || which === "all") found.push(...differenceLine(object, live));
      }
    } catch {
      session.signal?.throwIfAborted();
    }
    return found;
  });
  tell(session, lines.flat(), path);
}

function tell(session: Session, differing: readonly string[], path: string | undefined): void {
  if (differing.length === 0) return;
  // The fields belong to whoever installed the definition, so that an apply has to take them over.
  const command = `slipway show crds ${inShell(path ?? "CHART")} | kubectl apply --server-side --force-conflicts -f -`;
  const head = "CRDs are never changed here, and the cluster's are not the chart's:";
  session.emit({ type: "notice", text: [head, ...differing, `To apply the chart's: ${command}`].join("\n") });
}

/** The line that names a definition and where the cluster's lacks something of it; none where it does not, or of anything else. */
function differenceLine({ kind, metadata, spec }: KubeObject, live: KubeObject | undefined): string[] {
  if (kind !== "CustomResourceDefinition") return [];
  const where = live === undefined ? ["missing"] : differences(live.spec, spec, "spec");
  return where.length === 0 ? [] : [`  ${metadata.name}: ${few(where)}`];
}

/** Where `live` lacks something that `wanted` says, or says something else: `spec.versions[0].served`. */
function differences(live: unknown, wanted: unknown, path: string): string[] {
  if (typeof wanted !== "object" || wanted === null) return live === wanted ? [] : [path];
  if (Array.isArray(wanted)) {
    if (!Array.isArray(live) || live.length !== wanted.length) return [path];
    return wanted.flatMap((item, index) => differences(live[index], item, `${path}[${index}]`));
  }
  if (typeof live !== "object" || live === null) return [path];
  return Object.entries(wanted).flatMap(([key, value]) =>
    differences((live as Record<string, unknown>)[key], value, `${path}.${key}`),
  );
}

/** The first few, and how many more there are. */
function few(texts: readonly string[], most = 3): string {
  const rest = texts.length - most;
  return texts.slice(0, most).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}

/** A word as a shell takes it. */
function inShell(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", String.raw`'\''`)}'`;
}
