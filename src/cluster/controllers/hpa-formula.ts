/** The arithmetic of horizontal pod autoscaling: replica proposals, stabilisation, rate limits. Pure. */

export interface Tolerances {
  readonly up: number;
  readonly down: number;
}

/** What one pod contributes: its usage (undefined: no figure yet), its request, and whether it is taken as ready. */
export interface PodSample {
  readonly usage?: number | undefined;
  readonly request: number;
  readonly state: "ready" | "unready" | "ignored";
}

export interface Proposal {
  readonly replicas: number;
  /** Average utilisation in percent of requests; only for utilisation targets. */
  readonly utilization?: number;
  /** Average usage per pod, in the metric's unit. */
  readonly average: number;
}

const within = (ratio: number, tolerances: Tolerances) => 1 - tolerances.down <= ratio && ratio <= 1 + tolerances.up;

interface Sum {
  ratio: number;
  utilization: number;
  average: number;
}

/**
 * GetResourceReplicas and calcPlainMetricReplicas: the proposal for a target in percent of requests or in plain usage per
 * pod. Pods without figures are taken as using all they may when that keeps pods alive, and nothing when it would make more.
 * Throws an Error with upstream's words when there is nothing to go by.
 */
export function propose(
  samples: readonly PodSample[],
  current: number,
  target: { readonly utilization: number } | { readonly average: number },
  tolerances: Tolerances,
): Proposal {
  if (samples.length === 0) throw new Error("no pods returned by selector while calculating replica count");
  const counted = samples.filter((sample) => sample.state !== "ignored");
  const measured = counted.filter((sample) => sample.state === "ready" && sample.usage !== undefined);
  const missing = counted.filter((sample) => sample.state === "ready" && sample.usage === undefined);
  const unready = counted.filter((sample) => sample.state === "unready");
  if (measured.length === 0) throw new Error("did not receive metrics for targeted pods (pods might be unready)");
  const add = (list: readonly { usage: number; request: number }[]): Sum => {
    const usage = list.reduce((sum, it) => sum + it.usage, 0);
    const request = list.reduce((sum, it) => sum + it.request, 0);
    if ("average" in target) {
      const average = usage / list.length;
      return { ratio: average / target.average, utilization: 0, average: Math.floor(average) };
    }
    if (request === 0) throw new Error("no metrics returned matched known pods");
    const utilization = Math.trunc((usage * 100) / request);
    return { ratio: utilization / target.utilization, utilization, average: Math.trunc(usage / list.length) };
  };
  const base = measured.map((it) => ({ usage: it.usage as number, request: it.request }));
  const first = add(base);
  const answer = (replicas: number): Proposal =>
    "utilization" in target
      ? { replicas, utilization: first.utilization, average: first.average }
      : { replicas, average: first.average };
  const upWithUnready = unready.length > 0 && first.ratio > 1;
  if (!upWithUnready && missing.length === 0) {
    return answer(within(first.ratio, tolerances) ? current : Math.ceil(first.ratio * measured.length));
  }
  const full = (request: number) =>
    "utilization" in target ? (request * Math.max(100, target.utilization)) / 100 : target.average;
  const filled = [...base];
  for (const it of missing) {
    if (first.ratio < 1) filled.push({ usage: full(it.request), request: it.request });
    else if (first.ratio > 1) filled.push({ usage: 0, request: it.request });
  }
  if (upWithUnready) for (const it of unready) filled.push({ usage: 0, request: it.request });
  const second = add(filled);
  const turned = (first.ratio < 1 && second.ratio > 1) || (first.ratio > 1 && second.ratio < 1);
  if (within(second.ratio, tolerances) || turned) return answer(current);
  const replicas = Math.ceil(second.ratio * filled.length);
  const against = (second.ratio < 1 && replicas > current) || (second.ratio > 1 && replicas < current);
  return answer(against ? current : replicas);
}

export interface ScalingPolicy {
  readonly type: string;
  readonly value: number;
  readonly periodSeconds: number;
}

export interface ScalingRules {
  readonly stabilizationWindowSeconds?: number | undefined;
  readonly selectPolicy?: string | undefined;
  readonly policies?: readonly ScalingPolicy[] | undefined;
  readonly tolerance?: number | string | undefined;
}

export interface Recommendation {
  readonly at: number;
  readonly replicas: number;
}

export interface Stabilized {
  readonly replicas: number;
  readonly reason: string;
  readonly message: string;
}

/** stabilizeRecommendationWithBehaviors: up by the lowest recommendation of the up window, down by the highest of the down one. */
export function stabilize(
  desired: number,
  current: number,
  past: readonly Recommendation[],
  now: number,
  windows: { readonly up: number; readonly down: number },
): Stabilized {
  let up = desired;
  let down = desired;
  for (const { at, replicas } of past) {
    if (at > now - windows.up * 1000) up = Math.min(up, replicas);
    if (at > now - windows.down * 1000) down = Math.max(down, replicas);
  }
  let replicas = current;
  if (replicas < up) replicas = up;
  if (replicas > down) replicas = down;
  if (replicas === desired) {
    return { replicas, reason: "ReadyForNewScale", message: "recommended size matches current size" };
  }
  return desired >= current
    ? {
        replicas,
        reason: "ScaleUpStabilized",
        message: "recent recommendations were lower than current one, applying the lowest recent recommendation",
      }
    : {
        replicas,
        reason: "ScaleDownStabilized",
        message: "recent recommendations were higher than current one, applying the highest recent recommendation",
      };
}

/** One change of size that was made: positive for up, negative for down. */
export interface ScaleEvent {
  readonly at: number;
  readonly change: number;
}

export interface Limited extends Stabilized {
  readonly limited: boolean;
}

const inRange = { reason: "DesiredWithinRange", message: "the desired count is within the acceptable range" };
const tooMany = {
  reason: "TooManyReplicas",
  message: "the desired replica count is more than the maximum replica count",
};
const tooFew = {
  reason: "TooFewReplicas",
  message: "the desired replica count is less than the minimum replica count",
};

/** convertDesiredReplicasWithRules: without behaviour, at most twice as many (or four), and the bounds. */
export function limitPlain(desired: number, current: number, least: number, most: number): Limited {
  const rate = Math.max(2 * current, 4);
  const top = Math.min(most, rate);
  const upReason =
    most > rate
      ? {
          reason: "ScaleUpLimit",
          message: "the desired replica count is increasing faster than the maximum scale rate",
        }
      : tooMany;
  if (desired < least) return { replicas: least, limited: true, ...tooFew };
  if (desired > top) return { replicas: top, limited: true, ...upReason };
  return { replicas: desired, limited: false, ...inRange };
}

/** convertDesiredReplicasWithBehaviorRate: the policies' rates over their periods, and the bounds. */
export function limitByBehaviour(
  desired: number,
  current: number,
  least: number,
  most: number,
  rules: { readonly up: ScalingRules; readonly down: ScalingRules },
  events: readonly ScaleEvent[],
  now: number,
): Limited {
  if (desired > current) {
    const rate = Math.max(current, policyLimit(current, rules.up, events, now, 1));
    const top = Math.min(most, rate);
    const why =
      most > rate
        ? {
            reason: "ScaleUpLimit",
            message: "the desired replica count is increasing faster than the maximum scale rate",
          }
        : tooMany;
    if (desired > top) return { replicas: top, limited: true, ...why };
  } else if (desired < current) {
    const rate = Math.min(current, policyLimit(current, rules.down, events, now, -1));
    const floor = Math.max(least, rate);
    const why =
      least < rate
        ? {
            reason: "ScaleDownLimit",
            message: "the desired replica count is decreasing faster than the maximum scale rate",
          }
        : tooFew;
    if (desired < floor) return { replicas: floor, limited: true, ...why };
  }
  return { replicas: desired, limited: false, ...inRange };
}

/** How far the policies let the count go from where each period began. */
function policyLimit(
  current: number,
  rules: ScalingRules,
  events: readonly ScaleEvent[],
  now: number,
  sign: 1 | -1,
): number {
  if (rules.selectPolicy === "Disabled") return current;
  const limits = (rules.policies ?? []).map((policy) => {
    const recent = events.filter((event) => event.at > now - policy.periodSeconds * 1000);
    const start = current - recent.reduce((sum, event) => sum + event.change, 0);
    if (policy.type === "Pods") return start + sign * policy.value;
    const share = start * (1 + (sign * policy.value) / 100);
    return sign === 1 ? Math.ceil(share) : Math.trunc(share);
  });
  if (limits.length === 0) return current;
  // "Max" is the biggest change: upwards the highest count, downwards the lowest.
  const biggest = rules.selectPolicy !== "Min";
  return biggest === (sign === 1) ? Math.max(...limits) : Math.min(...limits);
}

/** The rules a behaviour has where it says nothing (GenerateHPAScaleUpRules and -DownRules). */
export const defaultUp: ScalingRules = {
  stabilizationWindowSeconds: 0,
  selectPolicy: "Max",
  policies: [
    { type: "Pods", value: 4, periodSeconds: 15 },
    { type: "Percent", value: 100, periodSeconds: 15 },
  ],
};
export const defaultDown: ScalingRules = {
  stabilizationWindowSeconds: 300,
  selectPolicy: "Max",
  policies: [{ type: "Percent", value: 100, periodSeconds: 15 }],
};
