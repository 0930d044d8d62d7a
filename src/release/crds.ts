import { sleep } from "../base/index.ts";
import { at, parseManifest, stringAt } from "../manifest/index.ts";
import { isAlreadyExists } from "../kube/index.ts";
import { inParallel } from "./parallel.ts";
import { createAll } from "./apply.ts";
import { prefixed } from "./failure-text.ts";
import type { Session } from "./session.ts";
import { buildTargets, type Target } from "./targets.ts";
import { waitUntilReady } from "./wait.ts";

/** How long CRDs may take to become established, as in Helm. */
const patience = 60_000;

/**
 * Installs the files of `crds/`, one after the other, and waits until the API server knows the new kinds. CRDs that
 * exist are left as they are: Helm never changes them, and neither does this.
 */
export async function installCrds(
  session: Session,
  crds: readonly { readonly source: string; readonly text: string }[],
  serverSide: boolean,
): Promise<void> {
  if (crds.length === 0) return;
  session.emit({ type: "phase", phase: "crds" });
  const installed: Target[] = [];
  const all: Target[] = [];
  for (const { source, text } of crds) {
    try {
      const targets = await buildTargets(session.client, text, session.namespace, session.signal);
      const missing: Target[] = [];
      all.push(...targets);
      for (const target of targets) {
        // Applying over somebody else's CRD would change it: look first.
        const there = await session.client.find(
          { resource: target.resource, namespace: undefined, name: target.name },
          session.signal === undefined ? {} : { signal: session.signal },
        );
        if (there === undefined) missing.push(target);
      }
      if (missing.length > 0)
        await createAll(session, missing, serverSide).catch((error: unknown) =>
          isAlreadyExists(error) ? undefined : Promise.reject(error),
        );
      installed.push(...missing);
    } catch (error) {
      session.signal?.throwIfAborted();
      throw prefixed(`failed to install CRD ${source}`, error);
    }
  }
  if (installed.length > 0) {
    await waitUntilReady(session, installed, { rules: "kstatus", timeout: patience });
    session.client.invalidate();
  }
  await waitUntilServed(session, all);
}

/** How long an established definition may take until discovery tells of it, in milliseconds. */
const discoveryPatience = 10_000;

/**
 * A busy API server establishes a definition some time before its discovery documents name the new kinds: objects of them
 * could not be built yet.
 */
async function waitUntilServed(session: Session, definitions: readonly Target[]): Promise<void> {
  const kinds = definitions.flatMap(({ object }) =>
    object.kind !== "CustomResourceDefinition"
      ? []
      : ((at(object, "spec", "versions") as { name?: string; served?: boolean }[] | undefined) ?? [])
          .filter((version) => version.served !== false)
          .map((version) => ({
            apiVersion: `${stringAt(object, "", "spec", "group")}/${version.name ?? ""}`,
            kind: stringAt(object, "", "spec", "names", "kind"),
          })),
  );
  const served = async () => {
    for (const kind of kinds)
      if ((await session.client.resourceFor(kind).catch(() => undefined)) === undefined) return false;
    return true;
  };
  for (let waited = 0; waited < discoveryPatience && !(await served()); waited += 200) {
    await sleep(session.clock, 200, session.signal);
    session.client.invalidate();
  }
}

/**
 * Tells, on an upgrade, of CRDs in `crds/` that the cluster lacks or has otherwise: they are never changed, so whoever
 * wants them to be is told how. What the server added by itself is no difference; what cannot be read is passed over.
 */
export async function tellCrdDifferences(
  session: Session,
  crds: readonly { readonly source: string; readonly text: string }[],
): Promise<void> {
  await inParallel(crds, async ({ source, text }) => {
    try {
      for (const { object } of parseManifest(text)) {
        const resource = await session.client.resourceFor(object);
        const live = await session.client.find({ resource, namespace: undefined, name: object.metadata.name });
        if (live !== undefined && holds(live.spec, object.spec)) continue;
        const what = live === undefined ? "is not in the cluster" : "differs from the cluster's";
        session.emit({
          type: "notice",
          text: `CRD ${object.metadata.name} ${what}; an upgrade leaves CRDs alone. To apply it: kubectl apply --server-side -f ${source.slice(source.indexOf("/") + 1)} (in the chart's folder)`,
        });
      }
    } catch {
      session.signal?.throwIfAborted();
    }
  });
}

/** Whether `live` has everything that `wanted` says. */
function holds(live: unknown, wanted: unknown): boolean {
  if (typeof wanted !== "object" || wanted === null) return live === wanted;
  if (Array.isArray(wanted)) {
    return Array.isArray(live) && live.length === wanted.length && wanted.every((item, i) => holds(live[i], item));
  }
  if (typeof live !== "object" || live === null) return false;
  return Object.entries(wanted).every(([key, value]) => holds((live as Record<string, unknown>)[key], value));
}
