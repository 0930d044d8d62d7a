import { at, conditionsOf, stringAt, type KubeObject } from "../manifest/index.ts";
import { containerReasons, type CrashLoop, type FirstSight } from "./container-trouble.ts";

/** A core/v1 Event, as far as it tells why. */
export interface EventNote {
  readonly kind: string;
  readonly name: string;
  readonly type: string;
  readonly reason: string;
  readonly message: string;
  /** Milliseconds; the last time it was seen. */
  readonly seen: number;
}

/** What there is to know about an awaited object. */
export interface Evidence {
  readonly object: KubeObject;
  /** The pods behind it (a pod's own is itself). */
  readonly pods: readonly KubeObject[];
  /** Names of what it owns, for its events: ReplicaSets, pods, claims. */
  readonly events: readonly EventNote[];
}

/** Why something is not ready: most telling first. `hopeless` is set when waiting longer cannot help. */
export interface Diagnosis {
  readonly reasons: string[];
  /** The reason why it cannot become ready any more. */
  readonly hopeless?: string;
  /** Containers that keep crashing: whether that is final is for who sees the whole release to say. */
  readonly loops?: readonly CrashLoop[];
}

/** One thing that was found. */
export interface Found {
  /** Smaller is more telling. */
  readonly rank: number;
  readonly text: string;
  readonly hopeless?: boolean;
  readonly loop?: CrashLoop;
  /** What this says, of which pod: `state web-x` of its containers, `place web-x` of its scheduling, `trouble web-x` at all. */
  readonly tells?: string;
  /** What an event says once more, in other words: left out where the pod itself has told it. */
  readonly repeats?: string;
}

/**
 * Reads pods, conditions and events for the reason why an object is not ready. `now` is the server's time; `seen` keeps,
 * for one wait, since when containers have been in trouble.
 */
export function diagnose(evidence: Evidence, now: number, seen = new Map<string, FirstSight>()): Diagnosis {
  const found: Found[] = [];
  for (const pod of evidence.pods) found.push(...podReasons(pod, evidence, now, seen));
  found.push(...conditionReasons(evidence.object));
  found.push(...eventReasons(evidence));
  found.sort((a, b) => a.rank - b.rank);
  const known = new Set(found.flatMap((entry) => entry.tells ?? []));
  const reasons: string[] = [];
  for (const { text, repeats } of found) {
    if (repeats !== undefined && known.has(repeats)) continue;
    // An event of the object often says what its condition says.
    if (!reasons.some((seen) => seen === text || text.endsWith(`: ${seen}`) || sameButPod(seen, text)))
      reasons.push(text);
  }
  const hopeless = found.find((entry) => entry.hopeless)?.text;
  const loops = found.flatMap((entry) => entry.loop ?? []);
  return {
    reasons: reasons.slice(0, 5),
    ...(hopeless === undefined ? {} : { hopeless }),
    ...(loops.length === 0 ? {} : { loops }),
  };
}

/** Two pods with the same trouble are told once. */
function sameButPod(a: string, b: string): boolean {
  const bare = (text: string) => text.replace(/^pod \S+: /, "");
  return a.startsWith("pod ") && b.startsWith("pod ") && bare(a) === bare(b);
}

function podReasons(pod: KubeObject, evidence: Evidence, now: number, seen: Map<string, FirstSight>): Found[] {
  const out: Found[] = [];
  const name = `pod ${pod.metadata.name}`;
  if (typeof pod.metadata.deletionTimestamp === "string") return out;
  for (const condition of conditionsOf(pod)) {
    if (condition.type === "PodScheduled" && condition.status === "False") {
      out.push({
        rank: 20,
        tells: `place ${pod.metadata.name}`,
        text: `${name}: ${condition.reason === "Unschedulable" ? "cannot be scheduled" : condition.reason}: ${placement(condition.message)}`,
      });
    }
  }
  const statuses: unknown[] = [
    ...((at(pod, "status", "initContainerStatuses") as unknown[] | undefined) ?? []),
    ...((at(pod, "status", "containerStatuses") as unknown[] | undefined) ?? []),
  ];
  for (const status of statuses)
    for (const reason of containerReasons(pod, status, evidence, now, seen))
      out.push({ ...reason, tells: `state ${pod.metadata.name}` });
  if (out.length === 0) {
    const ready = conditionsOf(pod).find((condition) => condition.type === "Ready" && condition.status === "False");
    if (ready !== undefined && ready.message !== "")
      out.push({ rank: 55, repeats: `trouble ${pod.metadata.name}`, text: `${name}: ${ready.message}` });
  }
  if (stringAt(pod, "", "status", "phase") === "Failed") {
    const reason = stringAt(pod, "", "status", "reason");
    const message = stringAt(pod, "", "status", "message");
    if (reason !== "" || message !== "")
      out.push({ rank: 15, text: `${name}: ${[reason, message].filter((part) => part !== "").join(": ")}` });
  }
  return out;
}

/** A scheduler's words without its thoughts about preemption, which say nothing more and take as much room. */
function placement(message: string): string {
  return message.replace(/[.,]? *(no new claims to deallocate, *)?preemption: .*$/s, "").replace(/\. not found$/, "");
}

function conditionReasons(object: KubeObject): Found[] {
  const out: Found[] = [];
  const finalizers = at(object, "metadata", "finalizers");
  if (object.metadata["deletionTimestamp"] !== undefined && Array.isArray(finalizers) && finalizers.length > 0)
    out.push({ rank: 12, text: `is being deleted, and kept by ${finalizers.join(", ")}` });
  for (const condition of conditionsOf(object)) {
    if (condition.type === "ReplicaFailure" && condition.status === "True")
      out.push({ rank: 5, text: condition.message });
    if (condition.type === "Progressing" && condition.reason === "ProgressDeadlineExceeded")
      out.push({ rank: 60, text: condition.message });
    if (condition.type === "Failed" && condition.status === "True")
      out.push({ rank: 10, text: [condition.reason, condition.message].filter((part) => part !== "").join(": ") });
    const words = condition.message === "" ? condition.reason : condition.message;
    if (condition.type === "Ready" && condition.status !== "True" && object.kind !== "Pod" && words !== "")
      out.push({ rank: 30, text: words });
  }
  return out;
}

/** Events by reason: the ones that name a cause, and how telling each is. Others of type Warning come last. */
const telling: Readonly<Record<string, number>> = {
  FailedCreate: 6,
  FailedMount: 7,
  FailedAttachVolume: 7,
  Unhealthy: 8,
  ProvisioningFailed: 9,
  FailedBinding: 9,
  FailedScheduling: 21,
  WaitForFirstConsumer: 22,
  BackOff: 40,
  Failed: 41,
};

/** Events that say what the pod's own status says as well. */
const repeated: Readonly<Record<string, string>> = { FailedScheduling: "place", BackOff: "state", Failed: "state" };

function eventReasons(evidence: Evidence): Found[] {
  const latest = new Map<string, EventNote>();
  for (const event of evidence.events) {
    if (event.type !== "Warning" && !(event.reason in telling)) continue;
    const key = `${event.kind}/${event.name}/${event.reason}`;
    const before = latest.get(key);
    if (before === undefined || before.seen < event.seen) latest.set(key, event);
  }
  return [...latest.values()].map((event) => ({
    rank: telling[event.reason] ?? 50,
    text: `${event.kind.toLowerCase()} ${event.name}: ${event.reason}: ${event.reason === "FailedScheduling" ? placement(event.message) : event.message.trim()}`,
    ...(event.kind === "Pod" ? { tells: `trouble ${event.name}` } : {}),
    ...(event.reason in repeated ? { repeats: `${repeated[event.reason]} ${event.name}` } : {}),
  }));
}
