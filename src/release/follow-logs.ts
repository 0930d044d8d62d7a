import { sleep } from "../base/index.ts";
import { at, stringAt } from "../manifest/index.ts";
import { lines, wellKnown, type ApiObject } from "../kube/index.ts";
import type { Session } from "./session.ts";
import type { Target } from "./targets.ts";

/** Logs being followed while a hook runs. */
export interface LogFollower {
  /** `pod/container` of everything whose lines were told to the end. */
  readonly told: ReadonlySet<string>;
  /** Ends it: what the containers still have to say is waited for, a moment at most. */
  stop(): Promise<void>;
}

/** How long a log that was followed may take to end once its hook has ended, in milliseconds. */
const lastWords = 1000;

/**
 * Tells the lines of every container behind a hook's Jobs and Pods as they are written, as `log` events. Nothing that
 * goes wrong here is anybody's concern: the logs can still be read afterwards.
 */
export function followLogs(session: Session, targets: readonly Target[]): LogFollower {
  const stop = new AbortController();
  const told = new Set<string>();
  const begun = new Set<string>();
  const streams: Promise<void>[] = [];

  const stream = async (namespace: string, pod: string, container: string) => {
    const body = await session.client.logs(namespace, pod, { container, follow: true, signal: stop.signal });
    for await (const line of lines(body)) session.emit({ type: "log", namespace, pod, container, line });
    told.add(`${pod}/${container}`);
  };
  const look = (pod: ApiObject) => {
    for (const list of ["initContainerStatuses", "containerStatuses"]) {
      for (const status of (at(pod, "status", list) as unknown[] | undefined) ?? []) {
        const name = stringAt(status, "", "name");
        const key = `${pod.metadata.name}/${name}`;
        const started = at(status, "state", "running") !== undefined || at(status, "state", "terminated") !== undefined;
        if (!started || begun.has(key)) continue;
        begun.add(key);
        streams.push(stream(pod.metadata.namespace ?? session.namespace, pod.metadata.name, name).catch(() => {}));
      }
    }
  };
  const watch = async (target: Target) => {
    const selector =
      target.object.kind === "Pod"
        ? { fieldSelector: `metadata.name=${target.name}` }
        : { labelSelector: `job-name=${target.name}` };
    const events = session.client.watch(wellKnown.pods, target.namespace, { signal: stop.signal, ...selector });
    for await (const event of events) if (event.type === "ADDED" || event.type === "MODIFIED") look(event.object);
  };
  for (const target of targets) if (["Job", "Pod"].includes(target.object.kind)) watch(target).catch(() => {});

  return {
    told,
    async stop() {
      await Promise.race([Promise.all(streams), sleep(session.clock, lastWords)]);
      stop.abort();
    },
  };
}
