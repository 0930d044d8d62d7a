import { messageOf } from "../../base/index.ts";
import { quote, timestamp, type Obj } from "./object.ts";
import { kinds, type ControllerApi } from "./port.ts";

export interface EventSource {
  readonly component: string;
  readonly host?: string;
}

/**
 * Records core/v1 Events as client-go's recorder does: the same involved object, reason and message again within the hour
 * raises `count` and `lastTimestamp` of the event that is there. Recording never fails the caller: an event that the API
 * refuses (a namespace that is going away) is dropped.
 */
export class EventRecorder {
  readonly #api: ControllerApi;
  readonly #recent = new Map<string, { namespace: string; name: string; at: number }>();
  #serial = 0;

  constructor(api: ControllerApi) {
    this.#api = api;
  }

  normal(source: EventSource | string, involved: Obj, reason: string, message: string, fieldPath?: string): void {
    this.record(source, involved, "Normal", reason, message, fieldPath);
  }

  warning(source: EventSource | string, involved: Obj, reason: string, message: string, fieldPath?: string): void {
    this.record(source, involved, "Warning", reason, message, fieldPath);
  }

  record(
    source: EventSource | string,
    involved: Obj,
    type: "Normal" | "Warning",
    reason: string,
    message: string,
    fieldPath?: string,
  ): void {
    const from = typeof source === "string" ? { component: source } : source;
    const namespace = involved.metadata.namespace ?? "default";
    const now = this.#api.clock.now();
    const key = `${from.component}\0${from.host ?? ""}\0${involved.metadata.uid ?? involved.metadata.name}\0${fieldPath ?? ""}\0${type}\0${reason}\0${message}`;
    const seen = this.#recent.get(key);
    if (seen !== undefined && now - seen.at < 3_600_000) {
      const event = this.#api.get(kinds.events, seen.namespace, seen.name);
      if (event !== undefined) {
        seen.at = now;
        this.#try(() =>
          this.#api.update(kinds.events, {
            ...event,
            count: (event["count"] as number) + 1,
            lastTimestamp: timestamp(now),
          }),
        );
        return;
      }
    }
    // client-go names events NAME.HEX-OF-NANOSECONDS; the serial keeps names apart within one millisecond.
    this.#serial = (this.#serial + 1) % 1_000_000;
    const nanos = BigInt(Math.floor(now)) * 1_000_000n + BigInt(this.#serial);
    const name = `${involved.metadata.name}.${nanos.toString(16)}`;
    const event: Obj = {
      apiVersion: "v1",
      kind: "Event",
      metadata: { name, namespace },
      involvedObject: {
        kind: involved.kind,
        ...(involved.metadata.namespace === undefined ? {} : { namespace }),
        name: involved.metadata.name,
        uid: involved.metadata.uid ?? "",
        apiVersion: involved.apiVersion,
        ...(involved.metadata.resourceVersion === undefined
          ? {}
          : { resourceVersion: involved.metadata.resourceVersion }),
        ...(fieldPath === undefined ? {} : { fieldPath }),
      },
      reason,
      message: message.length > 1024 ? `${message.slice(0, 1021)}...` : message,
      source: { component: from.component, ...(from.host === undefined ? {} : { host: from.host }) },
      firstTimestamp: timestamp(now),
      lastTimestamp: timestamp(now),
      count: 1,
      type,
      eventTime: null,
      reportingComponent: from.component,
      reportingInstance: from.host ?? "",
    };
    this.#try(() => {
      this.#api.create(kinds.events, event);
      if (this.#recent.size > 4096) {
        for (const old of [...this.#recent.keys()].slice(0, 1024)) this.#recent.delete(old);
      }
      this.#recent.set(key, { namespace, name, at: now });
    });
  }

  /** The last error of a dropped event, for tests and logs. */
  dropped: string | undefined;

  #try(write: () => void): void {
    try {
      write();
    } catch (error) {
      this.dropped = quote(messageOf(error));
    }
  }
}
