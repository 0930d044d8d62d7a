/** The arithmetic of rolling updates, as upstream's deployment controller does it; numbers only, no objects. */
import { scaledValue } from "./object.ts";

export interface Strategy {
  readonly type?: string;
  readonly rollingUpdate?: { readonly maxSurge?: number | string; readonly maxUnavailable?: number | string };
}

/** ResolveFenceposts: surge rounds up, unavailable rounds down, and both zero makes unavailable one. */
export function fenceposts(strategy: Strategy, desired: number): { surge: number; unavailable: number } {
  const surge = scaledValue(strategy.rollingUpdate?.maxSurge, desired, true);
  const unavailable = scaledValue(strategy.rollingUpdate?.maxUnavailable, desired, false);
  return { surge, unavailable: surge === 0 && unavailable === 0 ? 1 : unavailable };
}

const isRolling = (strategy: Strategy) => (strategy.type ?? "RollingUpdate") === "RollingUpdate";

/** How many pods there may be above the desired number. */
export function maxSurge(strategy: Strategy, desired: number): number {
  return isRolling(strategy) ? fenceposts(strategy, desired).surge : 0;
}

/** How many of the desired pods may be unavailable; at most all of them. */
export function maxUnavailable(strategy: Strategy, desired: number): number {
  if (!isRolling(strategy) || desired === 0) return 0;
  return Math.min(fenceposts(strategy, desired).unavailable, desired);
}

/** What the arithmetic knows of a ReplicaSet. */
export interface Sizes {
  /** spec.replicas */
  readonly replicas: number;
  /** status.availableReplicas */
  readonly available: number;
}

const sum = (sets: readonly Sizes[], field: keyof Sizes) => sets.reduce((total, set) => total + set[field], 0);

/** NewRSNewReplicas: the size of the new ReplicaSet now; `total` counts the replicas of all, the new one included. */
export function newReplicas(strategy: Strategy, desired: number, current: number, total: number): number {
  if (!isRolling(strategy)) return desired;
  const most = desired + scaledValue(strategy.rollingUpdate?.maxSurge, desired, true);
  if (total >= most) return current;
  return current + Math.min(most - total, desired - current);
}

/**
 * reconcileOldReplicaSets: the new sizes of the old ReplicaSets, oldest first. Unhealthy pods go first, since they add
 * nothing; then as many available ones as minAvailable leaves. Answers undefined when nothing may shrink.
 */
export function shrinkOld(
  strategy: Strategy,
  desired: number,
  old: readonly Sizes[],
  next: Sizes,
): number[] | undefined {
  const oldTotal = sum(old, "replicas");
  if (oldTotal === 0) return undefined;
  const minAvailable = desired - maxUnavailable(strategy, desired);
  const room = oldTotal + next.replicas - minAvailable - (next.replicas - next.available);
  if (room <= 0) return undefined;
  const sizes = old.map((set) => set.replicas);
  let removed = 0;
  for (const [i, set] of old.entries()) {
    if (removed >= room) break;
    const size = sizes[i] as number;
    const unhealthy = size - set.available;
    if (size === 0 || unhealthy <= 0) continue;
    const cut = Math.min(room - removed, unhealthy);
    sizes[i] = size - cut;
    removed += cut;
  }
  let spare = sum(old, "available") + next.available - minAvailable;
  for (let i = 0; i < sizes.length && spare > 0; i++) {
    const cut = Math.min(sizes[i] as number, spare);
    sizes[i] = (sizes[i] as number) - cut;
    spare -= cut;
    removed += cut;
  }
  return removed > 0 ? sizes : undefined;
}

/** One active ReplicaSet when a deployment is scaled in the middle of a rollout. */
export interface ScaledSet {
  readonly name: string;
  readonly replicas: number;
  /** The annotation deployment.kubernetes.io/max-replicas, if it can be read. */
  readonly maxReplicas?: number | undefined;
}

/**
 * Proportional scaling: the active ReplicaSets share what the deployment gains or loses by their size; what rounding leaves
 * goes to the first, so `sets` come in upstream's order (growing: largest, newer first; shrinking: largest, older first).
 */
export function proportionalSizes(
  sets: readonly ScaledSet[],
  desired: number,
  surge: number,
  statusReplicas: number,
): Map<string, number> {
  const total = sets.reduce((all, set) => all + set.replicas, 0);
  const allowed = desired > 0 ? desired + surge : 0;
  const toAdd = allowed - total;
  let added = 0;
  const sizes = new Map<string, number>();
  for (const set of sets) {
    const share = toAdd === 0 ? 0 : proportion(set, desired, surge, statusReplicas, toAdd, added);
    sizes.set(set.name, set.replicas + share);
    added += share;
  }
  const first = sets[0];
  if (first !== undefined && toAdd !== 0) {
    sizes.set(first.name, Math.max((sizes.get(first.name) as number) + toAdd - added, 0));
  }
  return sizes;
}

function proportion(
  set: ScaledSet,
  desired: number,
  surge: number,
  statusReplicas: number,
  toAdd: number,
  added: number,
): number {
  if (set.replicas === 0 || toAdd === added) return 0;
  const fraction = shareOf(set, desired, surge, statusReplicas);
  const left = toAdd - added;
  return toAdd > 0 ? Math.min(fraction, left) : Math.max(fraction, left);
}

function shareOf(set: ScaledSet, desired: number, surge: number, statusReplicas: number): number {
  if (desired === 0) return -set.replicas;
  const before = set.maxReplicas === undefined || set.maxReplicas === 0 ? statusReplicas : set.maxReplicas;
  if (before === 0) return 0;
  const size = (set.replicas * (desired + surge)) / before;
  // integer.RoundToInt32 rounds halves away from zero; sizes are never negative.
  return Math.floor(size + 0.5) - set.replicas;
}
