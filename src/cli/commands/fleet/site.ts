import type { FleetRelease } from "../../../fleet/index.ts";
import type { ReleaseSite } from "../../../release/index.ts";
import type { Context, Flags } from "../../command.ts";
import { siteOf } from "../../site.ts";

/** Where each release of a fleet lives: its own namespace and context over what the flags say. */
export function releaseSite(context: Context, flags: Flags): (release: FleetRelease) => Promise<ReleaseSite> {
  return ({ namespace, kubeContext }) =>
    siteOf(context, flags, { ...(namespace && { namespace }), ...(kubeContext && { kubeContext }) });
}
