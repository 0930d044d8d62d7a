import { isSlipwayError } from "../../base/index.ts";
import { quick, type Timing } from "../nodes/behaviour.ts";
import { startKubelets } from "../nodes/kubelet.ts";
import type { NodeOptions } from "../nodes/node-objects.ts";
import { startNodes } from "../nodes/nodes.ts";
import { startScheduler } from "../nodes/scheduler.ts";
import { startCronJobs } from "./cronjob.ts";
import { startDaemonSets } from "./daemonset.ts";
import { startDeployments } from "./deployment.ts";
import { startDisruptionBudgets } from "./disruption.ts";
import { startNodeEviction } from "./eviction.ts";
import { startEndpointsMirroring } from "./endpoints-mirror.ts";
import { startEndpoints } from "./endpoints.ts";
import { startEventExpiry } from "./events-expiry.ts";
import { startGarbageCollector } from "./garbage.ts";
import { startAutoscalers } from "./hpa.ts";
import { startJobExpiry } from "./job-finished.ts";
import { startJobs } from "./job.ts";
import { startLoadBalancers } from "./load-balancer.ts";
import { createMachinery, type Machinery } from "./machinery.ts";
import { startNamespaces } from "./namespaces.ts";
import { startPlaceholders } from "./placeholders.ts";
import type { ControllerApi } from "./port.ts";
import { startQuotas } from "./quota.ts";
import { startReplicaSets, startReplicationControllers } from "./replicaset.ts";
import { startNamespaceBasics } from "./service-accounts.ts";
import { startRoleAggregation } from "./role-aggregation.ts";
import { startStatefulSets } from "./statefulset.ts";
import { startTokens, type IssueToken } from "./tokens.ts";
import { startVolumes } from "./volumes.ts";

export interface ControllerOptions extends NodeOptions {
  /** The authority's certificate (PEM), for `kube-root-ca.crt`; without it no such ConfigMap is published. */
  readonly caBundle?: string;
  /** Makes the tokens of service account Secrets; without it they stay empty. */
  readonly issueToken?: IssueToken;
  /** False: nodes, scheduler and volumes only, for a controller manager from elsewhere. */
  readonly workloads?: boolean;
  /** How long the simulation's own steps take. */
  readonly timing?: Partial<Timing>;
  /** Honour initialDelaySeconds of every pod's probes. */
  readonly honourProbeDelays?: boolean;
  /** Told of every reconcile that failed and will be tried again, refusals of the API among them. */
  readonly onError?: (controller: string, key: string, error: unknown) => void;
  /** Told of those only that failed by a fault of ours, not by a refusal. */
  readonly onFault?: (controller: string, key: string, error: unknown) => void;
}

export interface Controllers {
  /** Ends every watch, timer and queue. */
  stop(): void;
}

type Part = (machinery: Machinery) => void;

/** What a cluster has beside its controller manager. */
const beside: readonly Part[] = [startScheduler, startLoadBalancers, startEventExpiry];

const workloads: readonly Part[] = [
  startVolumes,
  startNamespaces,
  startReplicaSets,
  startReplicationControllers,
  startDeployments,
  startStatefulSets,
  startDaemonSets,
  startJobs,
  startJobExpiry,
  startCronJobs,
  startEndpoints,
  startEndpointsMirroring,
  startDisruptionBudgets,
  startAutoscalers,
  startGarbageCollector,
  startNodeEviction,
  startRoleAggregation,
  startQuotas,
  startPlaceholders,
];

/** Starts every controller, the scheduler and the simulated nodes over an API. */
export function startControllers(api: ControllerApi, options: ControllerOptions = {}): Controllers {
  const machinery = createMachinery(api, (controller, key, error) => {
    options.onError?.(controller, key, error);
    if (!isSlipwayError(error)) options.onFault?.(controller, key, error);
  });
  const all = options.workloads !== false;
  if (all && options.caBundle !== undefined) {
    startNamespaceBasics(machinery, options.caBundle);
    if (options.issueToken !== undefined) startTokens(machinery, options.caBundle, options.issueToken);
  }
  startNodes(machinery, options);
  const honourProbeDelays = options.honourProbeDelays ?? quick.honourProbeDelays;
  startKubelets(machinery, { ...quick, honourProbeDelays, ...options.timing });
  for (const start of all ? [...beside, ...workloads] : beside) start(machinery);
  return { stop: () => machinery.stop() };
}
