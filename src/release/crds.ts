import { isAlreadyExists } from "../kube/index.ts";
import { createAll, prefixed } from "./apply.ts";
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
  for (const { source, text } of crds) {
    try {
      const targets = await buildTargets(session.client, text, session.namespace, session.signal);
      const missing: Target[] = [];
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
  if (installed.length === 0) return;
  await waitUntilReady(session, installed, { rules: "kstatus", timeout: patience });
  session.client.invalidate();
}
