import { at, intAt, stringAt, type KubeObject } from "../manifest/index.ts";
import type { Evidence, Found } from "./reasons.ts";

/** When a container's trouble was first seen in this wait, and the server's words for it, which a back-off may leave out. */
export interface FirstSight {
  readonly since: number;
  words: string;
}

/** A container that ends again and again. */
export interface CrashLoop {
  readonly text: string;
  readonly restarts: number;
  /** When it ended last, in milliseconds; 0 when that is not told. */
  readonly ended: number;
  readonly pod: string;
  readonly container: string;
}

/** Container states that no amount of waiting mends. */
const hopelessWaits = new Set(["InvalidImageName", "ErrImageNeverPull"]);
/** Registries' words for what trying again does not change: no such image, no right to it. */
const lastingRefusal =
  /not found|(manifest|name) unknown|unknown authority|unauthorized|denied|forbidden|authentication required|no basic auth|does not exist|no match for platform|no matching manifest|invalid reference/i;
/** How long an image is tried before a back-off counts as final: long enough for a second try, in milliseconds. */
const imagePatience = 8_000;
/** The same where the registry did not refuse it but was away, busy or slow: four tries. */
const registryPatience = 120_000;

/** What one container's status says of why its pod is not ready. */
export function containerReasons(
  pod: KubeObject,
  status: unknown,
  evidence: Evidence,
  now: number,
  seen: Map<string, FirstSight>,
): Found[] {
  const name = stringAt(status, "", "name");
  const container = `pod ${pod.metadata.name}: container ${name}`;
  const reason = stringAt(status, "", "state", "waiting", "reason");
  const message = stringAt(status, "", "state", "waiting", "message");
  const restarts = intAt(status, 0, "restartCount");
  switch (reason) {
    case "":
    case "ContainerCreating":
    case "PodInitializing":
      break;
    case "CrashLoopBackOff": {
      const text = `${container}: keeps crashing (${times(restarts, "restart")})${lastEnd(pod, status, evidence)}`;
      const ended = Date.parse(stringAt(status, "", "lastState", "terminated", "finishedAt"));
      const loop = { text, restarts, ended: Number.isNaN(ended) ? 0 : ended, pod: pod.metadata.name, container: name };
      return [{ rank: 0, text, loop }];
    }
    case "ErrImagePull":
    case "ImagePullBackOff":
    case "RegistryUnavailable":
      return [pullTrouble(pod, status, container, evidence, now, seen)];
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
    return [{ rank: 4, text: `${container}: restarted ${times(restarts, "time")}${lastEnd(pod, status, evidence)}` }];
  return [];
}

/**
 * An image that does not come. A back-off is final once there was time for a second try, unless the registry may only be
 * away for a while: an upgrade must not be lost to its hiccup.
 */
function pullTrouble(
  pod: KubeObject,
  status: unknown,
  container: string,
  evidence: Evidence,
  now: number,
  seen: Map<string, FirstSight>,
): Found {
  const waiting = stringAt(status, "", "state", "waiting", "reason");
  const key = `${pod.metadata.namespace ?? ""}/${pod.metadata.name}/${stringAt(status, "", "name")}`;
  const sight = seen.get(key) ?? { since: now, words: "" };
  seen.set(key, sight);
  const image = stringAt(status, "", "image");
  sight.words =
    pullError(stringAt(status, "", "state", "waiting", "message")) ||
    sight.words ||
    pullError(latestEvent(evidence, pod, `Failed to pull image "${image}": `));
  const patience = lastingRefusal.test(sight.words) ? imagePatience : registryPatience;
  const [secret = ""] = latestEvent(evidence, pod, "Unable to retrieve some image pull secrets").split(";");
  return {
    rank: 1,
    text: `${container}: cannot pull image ${JSON.stringify(image)}: ${sight.words || waiting}${secret === "" ? "" : ` (${secret})`}`,
    hopeless: waiting === "ImagePullBackOff" && now - sight.since >= patience,
  };
}

/** What a registry said, without the words that the runtime and the kubelet put before it. */
function pullError(message: string): string {
  return message
    .trim()
    .replace(/^Back-off pulling image "[^"]*"(: ErrImagePull)?(: )?/, "")
    .replace(/^Failed to pull image "[^"]*": /, "")
    .replace(/^rpc error: code = \w+ desc = /, "")
    .replace(/^failed to pull and unpack image "[^"]*": /, "");
}

/** The message of the pod's latest event that begins with one of these words, or "". */
function latestEvent({ events }: Evidence, pod: KubeObject, ...beginnings: string[]): string {
  const told = events.filter(
    ({ kind, name, message }) =>
      kind === "Pod" && name === pod.metadata.name && beginnings.some((words) => message.startsWith(words)),
  );
  return told.toSorted((a, b) => a.seen - b.seen).at(-1)?.message ?? "";
}

function lastEnd(pod: KubeObject, status: unknown, evidence: Evidence): string {
  const last = at(status, "lastState", "terminated");
  if (last === undefined) return "";
  // Killed from outside, and not for its memory: a probe's doing, if one failed.
  const killed = stringAt(last, "", "reason") !== "OOMKilled" && [137, 143].includes(intAt(last, 0, "exitCode"));
  const probe = killed ? latestEvent(evidence, pod, "Liveness probe failed", "Startup probe failed") : "";
  return `, last: ${endOf(last)}${probe === "" ? "" : ` after ${probe.trim()}`}`;
}

function endOf(terminated: unknown): string {
  const reason = stringAt(terminated, "", "reason");
  const message = stringAt(terminated, "", "message").trim();
  const code = `exit code ${intAt(terminated, 0, "exitCode")}`;
  return `${reason === "" || reason === "Error" ? code : `${reason} (${code})`}${message === "" ? "" : `: ${message}`}`;
}

function times(count: number, word: string): string {
  return `${count} ${word}${count === 1 ? "" : "s"}`;
}
