/** What tests of controllers share: a bare in-memory API on a virtual clock that moves only when it is told to. */
import { isSlipwayError, seededRandom } from "../../base/index.ts";
import { forbidden } from "../status.ts";
import { memoryApi } from "../memory-api.ts";
import { createVirtualClock, type VirtualClock } from "../virtual-clock.ts";
import { copy, type Json, type Obj } from "./object.ts";
import { kinds, type ControllerApi, type Resource } from "./port.ts";

export interface TestApi extends ControllerApi {
  /** Makes creates fail: answers why. */
  refuseCreate?: ((resource: Resource, object: Obj) => string | undefined) | undefined;
  /** Changes a stored object as a user would. */
  edit(resource: Resource, namespace: string | undefined, name: string, change: (object: Obj) => void): Obj;
}

export interface Bench {
  readonly clock: VirtualClock;
  readonly api: TestApi;
  /** Passes `seconds`. */
  pass(seconds: number): void;
  /** For `startControllers`: refusals of the API are part of life, anything else is our fault and ends the test. */
  onError(controller: string, key: string, error: unknown): void;
  /** `reason: message` of every event about an object of that kind, oldest first, with ×count where it repeats. */
  events(kind: string): string[];
}

/** A bench whose clock starts at 2026-01-01T00:00:00Z, with the same uids and names every time. */
export function bench(): Bench {
  const clock = createVirtualClock({ automatic: false });
  const inner = memoryApi(clock, seededRandom(1));
  const api: TestApi = {
    ...inner,
    create(resource, object) {
      const why = api.refuseCreate?.(resource, object);
      if (why !== undefined) throw forbidden(resource, object.metadata.name, why);
      if (resource.plural !== "pods") return inner.create(resource, object);
      return inner.create(resource, { ...object, status: { phase: "Pending", ...object.status } });
    },
    edit(resource, namespace, name, change) {
      const object = copy(api.get(resource, namespace, name) as Obj);
      change(object);
      return api.update(resource, object);
    },
  };
  return {
    clock,
    api,
    pass: (seconds) => clock.advance(seconds * 1000),
    onError(controller, key, error) {
      if (!isSlipwayError(error)) throw new Error(`${controller} ${key} failed`, { cause: error });
    },
    events: (kind) =>
      [...api.list(kinds.events)]
        .filter((event) => event["involvedObject"].kind === kind)
        .sort((a, b) => Number(a.metadata.resourceVersion) - Number(b.metadata.resourceVersion))
        .map((event) => `${event["reason"]}: ${event["message"]}${event["count"] > 1 ? ` ×${event["count"]}` : ""}`),
  };
}

/** A pod template with one container. */
export function template(labels: Record<string, string>, image = "app:1", extra: Json = {}): Json {
  const { annotations, ...spec } = extra;
  return {
    metadata: { labels, ...(annotations === undefined ? {} : { annotations }) },
    spec: { restartPolicy: "Always", terminationGracePeriodSeconds: 30, containers: [{ name: "app", image }], ...spec },
  };
}

/** A namespaced object in `default`. */
export function object(apiVersion: string, kind: string, name: string, spec: Json, extra: Json = {}): Obj {
  return { apiVersion, kind, metadata: { name, namespace: "default", ...extra }, spec };
}
