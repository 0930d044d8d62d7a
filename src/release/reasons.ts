import { at, conditionsOf, intAt, stringAt, type KubeObject } from "../manifest/index.ts";

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
}

interface Found {
  /** Smaller is more telling. */
  readonly rank: number;
  readonly text: string;
  readonly hopeless?: boolean;
  /** What this says, of which pod: `state web-x` of its containers, `place web-x` of its scheduling. */
  readonly tells?: string;
  /** What an event says once more, in other words: left out where the pod itself has told it. */
  readonly repeats?: string;
}

/** Container states that no amount of waiting mends. */
const hopelessWaits = new Set(["InvalidImageName", "ErrImageNeverPull"]);
/** How often a container may crash before its loop is taken for what it is. */
const crashesAllowed = 3;
/** How long an image is tried before a back-off counts as final, in milliseconds. */
const imagePatience = 10_000;

/** Reads pods, conditions and events for the reason why an object is not ready. `now` is the server's time. */
export function diagnose(evidence: Evidence, now: number): Diagnosis {
  const found: Found[] = [];
  for (const pod of evidence.pods) found.push(...podReasons(pod, now));
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
  return { reasons: reasons.slice(0, 5), ...(hopeless === undefined ? {} : { hopeless }) };
}

/** Two pods with the same trouble are told once. */
function sameButPod(a: string, b: string): boolean {
  const bare = (text: string) => text.replace(/^pod \S+: /, "");
  return a.startsWith("pod ") && b.startsWith("pod ") && bare(a) === bare(b);
}

function podReasons(pod: KubeObject, now: number): Found[] {
  const out: Found[] = [];
  const name = `pod ${pod.metadata.name}`;
  if (typeof pod.metadata.deletionTimestamp === "string") return out;
  for (const condition of conditionsOf(pod)) {
    if (condition.type === "PodScheduled" && condition.status === "False") {
      out.push({
        rank: 20,
        tells: `place ${pod.metadata.name}`,
        text: `${name}: ${condition.reason === "Unschedulable" ? "cannot be scheduled" : condition.reason}: ${condition.message}`,
      });
    }
  }
  const statuses: unknown[] = [
    ...((at(pod, "status", "initContainerStatuses") as unknown[] | undefined) ?? []),
    ...((at(pod, "status", "containerStatuses") as unknown[] | undefined) ?? []),
  ];
  for (const status of statuses)
    for (const reason of containerReasons(pod, name, status, now))
      out.push({ ...reason, tells: `state ${pod.metadata.name}` });
  if (out.length === 0) {
    const ready = conditionsOf(pod).find((condition) => condition.type === "Ready" && condition.status === "False");
    if (ready !== undefined && ready.message !== "") out.push({ rank: 55, text: `${name}: ${ready.message}` });
  }
  if (stringAt(pod, "", "status", "phase") === "Failed") {
    const reason = stringAt(pod, "", "status", "reason");
    const message = stringAt(pod, "", "status", "message");
    if (reason !== "" || message !== "")
      out.push({ rank: 15, text: `${name}: ${[reason, message].filter((part) => part !== "").join(": ")}` });
  }
  return out;
}

function containerReasons(pod: KubeObject, name: string, status: unknown, now: number): Found[] {
  const container = `${name}: container ${stringAt(status, "", "name")}`;
  const reason = stringAt(status, "", "state", "waiting", "reason");
  const message = stringAt(status, "", "state", "waiting", "message");
  const restarts = intAt(status, 0, "restartCount");
  const image = stringAt(status, "", "image");
  switch (reason) {
    case "":
    case "ContainerCreating":
    case "PodInitializing":
      break;
    case "CrashLoopBackOff":
      return [
        {
          rank: 0,
          text: `${container}: keeps crashing (${restarts} restarts)${lastEnd(status)}`,
          hopeless: restarts >= crashesAllowed,
        },
      ];
    case "ErrImagePull":
    case "ImagePullBackOff": {
      const created = Date.parse(stringAt(pod, "", "metadata", "creationTimestamp"));
      const old = reason === "ImagePullBackOff" && !Number.isNaN(created) && now - created >= imagePatience;
      return [
        {
          rank: 1,
          text: `${container}: cannot pull image ${JSON.stringify(image)}: ${message || reason}`,
          hopeless: old,
        },
      ];
    }
    default:
      return [
        {
          rank: 2,
          text: `${container}: ${reason}${message === "" ? "" : `: ${message}`}`,
          hopeless: hopelessWaits.has(reason),
        },
      ];
  }
  const ended = at(status, "state", "terminated");
  if (ended !== undefined && intAt(ended, 0, "exitCode") !== 0)
    return [{ rank: 3, text: `${container}: ${endOf(ended)}` }];
  if (restarts > 0 && at(status, "ready") !== true)
    return [{ rank: 4, text: `${container}: restarted ${restarts} times${lastEnd(status)}` }];
  return [];
}

function lastEnd(status: unknown): string {
  const last = at(status, "lastState", "terminated");
  return last === undefined ? "" : `, last: ${endOf(last)}`;
}

function endOf(terminated: unknown): string {
  const reason = stringAt(terminated, "", "reason");
  const message = stringAt(terminated, "", "message").trim();
  const code = `exit code ${intAt(terminated, 0, "exitCode")}`;
  return `${reason === "" || reason === "Error" ? code : `${reason} (${code})`}${message === "" ? "" : `: ${message}`}`;
}

function conditionReasons(object: KubeObject): Found[] {
  const out: Found[] = [];
  for (const condition of conditionsOf(object)) {
    if (condition.type === "ReplicaFailure" && condition.status === "True")
      out.push({ rank: 5, text: condition.message });
    if (condition.type === "Progressing" && condition.reason === "ProgressDeadlineExceeded")
      out.push({ rank: 60, text: condition.message });
    if (condition.type === "Failed" && condition.status === "True")
      out.push({ rank: 10, text: [condition.reason, condition.message].filter((part) => part !== "").join(": ") });
    if (condition.type === "Ready" && condition.status !== "True" && object.kind !== "Pod" && condition.message !== "")
      out.push({ rank: 30, text: condition.message });
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
    text: `${event.kind.toLowerCase()} ${event.name}: ${event.reason}: ${event.message.trim()}`,
    ...(event.reason in repeated ? { repeats: `${repeated[event.reason]} ${event.name}` } : {}),
  }));
}
