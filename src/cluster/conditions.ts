import type { Loose } from "./strategy.ts";

/** A condition as the API server itself writes it. */
export interface OwnCondition {
  readonly type: string;
  readonly status: "True" | "False";
  readonly reason: string;
  readonly message: string;
}

/**
 * The conditions with this one in them: where it stood before, else at the end. The time of its transition (`now`, else
 * what it was) stays while its status does.
 */
export function withCondition(conditions: readonly Loose[], condition: OwnCondition, now: string): Loose[] {
  const { type, status, reason, message } = condition;
  const at = conditions.findIndex((one) => one.type === type);
  const lastTransitionTime = conditions[at]?.status === status ? conditions[at].lastTransitionTime : now;
  const next = { type, status, lastTransitionTime, reason, message };
  return at < 0 ? [...conditions, next] : conditions.with(at, next);
}
