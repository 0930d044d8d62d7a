import type { NodeOptions } from "../nodes/node-objects.ts";
import { quick, type Timing } from "../nodes/behaviour.ts";
import { startKubelets } from "../nodes/kubelet.ts";
import { startNodes } from "../nodes/nodes.ts";
import { startScheduler } from "../nodes/scheduler.ts";
import { startDeployments } from "./deployment.ts";
import { createMachinery, type Machinery } from "./machinery.ts";
import type { ControllerApi } from "./port.ts";
import { startReplicaSets, startReplicationControllers } from "./replicaset.ts";

export interface ControllerOptions extends NodeOptions {
  /** How long the simulation's own steps take. */
  readonly timing?: Partial<Timing>;
  /** Told of every reconcile that failed and will be tried again. */
  readonly onError?: (controller: string, key: string, error: unknown) => void;
}

export interface Controllers {
  /** Ends every watch, timer and queue. */
  stop(): void;
}

const parts: ((machinery: Machinery) => void)[] = [
  startReplicaSets,
  startReplicationControllers,
  startDeployments,
  startScheduler,
];

/** Starts every controller, the scheduler and the simulated nodes over an API. */
export function startControllers(api: ControllerApi, options: ControllerOptions = {}): Controllers {
  const machinery = createMachinery(api, options.onError);
  startNodes(machinery, options);
  startKubelets(machinery, { ...quick, ...options.timing });
  for (const start of parts) start(machinery);
  return { stop: () => machinery.stop() };
}
