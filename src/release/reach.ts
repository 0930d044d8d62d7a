import { SlipwayError, messageOf } from "../base/index.ts";
import type { KubeClient } from "../kube/index.ts";

/** Asks the server for its version, as every Helm command does first. Throws `kube.unreachable` in Helm 4's words. */
export async function checkReachable(
  client: KubeClient,
  signal: AbortSignal | undefined,
): Promise<{ gitVersion: string; major: string; minor: string }> {
  try {
    return await client.version(signal === undefined ? {} : { signal });
  } catch (error) {
    signal?.throwIfAborted();
    throw unreachable(error);
  }
}

/** The error of a cluster that cannot be reached, whatever stands in the way. */
export function unreachable(error: unknown): SlipwayError {
  return new SlipwayError(`kubernetes cluster unreachable: ${messageOf(error)}`, {
    ...(error instanceof SlipwayError ? error.facts : { cause: error }),
    code: "kube.unreachable",
  });
}
