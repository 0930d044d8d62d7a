/** How much all pods of rendered manifests request together: what an environment costs before anything scales. */
import { parseDocuments } from "../../src/goyaml/index.ts";

/** CPUs and bytes. */
export interface Requests {
  readonly cpu: number;
  readonly memory: number;
}

type Json = Record<string, any>;

const units: Readonly<Record<string, number>> = {
  "": 1,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
};

/** A quantity as a number. */
export function quantity(text: string | number): number {
  const match = /^([0-9.]+)([a-zA-Z]*)$/.exec(String(text));
  const unit = units[match?.[2] ?? ""];
  if (match === null || unit === undefined) throw new Error(`not a quantity: ${text}`);
  return Number(match[1]) * unit;
}

/**
 * The sum over all workloads: replicas, or the autoscaler's lowest number, times what a pod requests. An init container
 * counts where it asks for more than the containers beside it, as for the scheduler. CronJobs and hooks do not count:
 * they are not there all the time.
 */
export function sumOfRequests(manifests: string): Requests {
  const objects = (parseDocuments(manifests) as (Json | null)[]).filter((object) => object !== null);
  const floors = new Map<string, number>();
  for (const { kind, spec } of objects) {
    if (kind !== "HorizontalPodAutoscaler" && kind !== "ScaledObject") continue;
    const target = `${spec.scaleTargetRef.kind ?? "Deployment"}/${spec.scaleTargetRef.name}`;
    floors.set(target, spec.minReplicas ?? spec.minReplicaCount ?? 1);
  }
  const total = { cpu: 0, memory: 0 };
  for (const { kind, metadata, spec } of objects) {
    if (!["Deployment", "StatefulSet", "Job"].includes(kind)) continue;
    if (metadata.annotations?.["helm.sh/hook"] !== undefined) continue;
    const pods =
      kind === "Job" ? (spec.parallelism ?? 1) : (spec.replicas ?? floors.get(`${kind}/${metadata.name}`) ?? 1);
    const pod = spec.template.spec;
    for (const resource of ["cpu", "memory"] as const) {
      const of = (container: Json) => quantity(container["resources"]?.requests?.[resource] ?? 0);
      const sidecars = (pod.initContainers ?? []).filter((container: Json) => container["restartPolicy"] === "Always");
      const beside = [...pod.containers, ...sidecars].reduce((sum: number, container: Json) => sum + of(container), 0);
      total[resource] += pods * Math.max(beside, ...(pod.initContainers ?? []).map(of));
    }
  }
  return total;
}
