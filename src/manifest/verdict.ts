import type { KubeObject } from "./object.ts";

/** kstatus' words for where an object stands. */
export type ObjectStatus = "Current" | "InProgress" | "Failed" | "Terminating" | "NotFound" | "Unknown";

/** Whether an object is ready, and if not, why. */
export interface Readiness {
  readonly state: "ready" | "waiting" | "failed";
  readonly status: ObjectStatus;
  /** One word for programs: `LessReady`, `ProgressDeadlineExceeded`. */
  readonly reason: string;
  /** kstatus' own words: `Ready: 0/2`. */
  readonly message: string;
}

export interface ReadinessOptions {
  /** Jobs count as ready only when they are complete (`--wait-for-jobs`, hooks). */
  readonly jobs?: boolean;
  /** Pods and Jobs must end, and end well; every other kind is ready at once (Helm's rules for hooks). */
  readonly hook?: boolean;
  /** The time on the server, for kstatus' 15 seconds of grace before an unschedulable pod counts as failed. */
  readonly now?: number;
  /** For `legacy` Deployments: the newest ReplicaSet. */
  readonly replicaSet?: KubeObject | undefined;
  /** For `legacy` ReplicaSets and ReplicationControllers: the pods of the namespace; undefined while they are not known. */
  readonly pods?: readonly KubeObject[] | undefined;
}

/** Nothing more to wait for. */
export function ready(message: string): Readiness {
  return { state: "ready", status: "Current", reason: "Ready", message };
}

/** Not yet. */
export function waiting(reason: string, message: string): Readiness {
  return { state: "waiting", status: "InProgress", reason, message };
}

/** It cannot become ready any more. */
export function failed(reason: string, message: string): Readiness {
  return { state: "failed", status: "Failed", reason, message };
}
