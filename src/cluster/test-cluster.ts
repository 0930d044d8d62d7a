import { seededRandom } from "../base/index.ts";
import { startCluster, type Cluster, type ClusterOptions } from "./index.ts";
import { createVirtualClock, type VirtualClock } from "./virtual-clock.ts";

export interface TestCluster extends Cluster {
  /** Time as the cluster has it; `sleep(clock, ms)` of a test takes no time at all. */
  readonly clock: VirtualClock;
  /**
   * One request as the cluster's admin; `body` goes and comes as JSON. `type` is its media type, for PATCH a merge patch's
   * unless told.
   */
  ask(
    method: string,
    path: string,
    body?: unknown,
    type?: string,
  ): Promise<{ readonly status: number; readonly body: unknown }>;
}

/**
 * A cluster for one test or suite of node:test: in process, on a virtual clock, from a seed, stopped when the test ends.
 *
 *     test("my chart comes up", async (t) => {
 *       const cluster = await testCluster(t, { nodes: 3 });
 *       …
 *     });
 *
 * @param context what node:test hands to a test (or anything that can say when it is over)
 * @param options as for startCluster, and `seed`, 1 when not given
 */
export async function testCluster(
  context: { after(stop: () => Promise<void>): void },
  options: Omit<ClusterOptions, "clock" | "random" | "listen"> & { readonly seed?: number } = {},
): Promise<TestCluster> {
  const clock = createVirtualClock();
  const { seed = 1, ...rest } = options;
  const cluster = await startCluster({ ...rest, clock, random: seededRandom(seed), listen: false });
  context.after(() => cluster.stop());
  return {
    ...cluster,
    clock,
    async ask(method, path, body, type = method === "PATCH" ? "application/merge-patch+json" : "application/json") {
      const response = await cluster.handle({
        method,
        path,
        headers: { authorization: `Bearer ${cluster.token}`, "content-type": type },
        ...(body === undefined ? {} : { body: new TextEncoder().encode(JSON.stringify(body)) }),
      });
      const chunks: Uint8Array[] = [];
      for await (const chunk of response.body) chunks.push(chunk);
      const text = Buffer.concat(chunks).toString("utf8");
      return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
    },
  };
}
