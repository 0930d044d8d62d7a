import type { Core } from "../core.ts";
import { newUid } from "../objects.ts";
import type { Loose } from "../strategy.ts";
import { follow, setCondition, soon } from "./conditions.ts";

const table = "apiregistration.k8s.io/apiservices";
const owner = { manager: "kube-apiserver", operation: "Update" } as const;
const managed = "kube-aggregator.kubernetes.io/automanaged";

const local = {
  type: "Available",
  status: "True",
  reason: "Local",
  message: "Local APIServices are always available",
} as const;

/** The status that an APIService of the server's own groups has from the first moment on. */
export function localStatus(now: string): Loose {
  const { type, status, reason, message } = local;
  return { conditions: [{ type, status, lastTransitionTime: now, reason, message }] };
}

/**
 * Says of every APIService whether it can be asked: local ones always, others not while their Service or its port is
 * missing. What becomes of those whose backend is there is decided where requests are passed on.
 */
export function watchApiServices(core: Core, simulated?: { readonly strict: boolean }): void {
  const sync = (name: string) => {
    const object: Loose = core.store.get(table, name);
    if (object === undefined) return;
    const { service } = object.spec;
    if (service === undefined) {
      setCondition(core, table, object, local, owner);
      return;
    }
    const found: Loose = core.store.get("/services", `${service.namespace}/${service.name}`);
    const what = `service/${service.name} in ${JSON.stringify(service.namespace)}`;
    const no = (reason: string, message: string) =>
      setCondition(core, table, object, { type: "Available", status: "False", reason, message }, owner);
    if (found === undefined) no("ServiceNotFound", `${what} is not present`);
    else if (!(found.spec.ports ?? []).some((port: Loose) => port.port === service.port)) {
      no("ServicePortError", `${what} is not listening on port ${service.port}`);
    } else if (simulated?.strict === true) {
      no("FailedDiscoveryCheck", `${what} is simulated, and nothing answers there`);
    } else if (simulated !== undefined) {
      // what waits for it goes on; its group is not served
      const message = `${what} is simulated: requests are not passed on to it`;
      setCondition(core, table, object, { type: "Available", status: "True", reason: "Simulated", message }, owner);
    }
  };
  follow(core, table, sync);
  core.store.table("/services").listeners.add((event) => {
    const { name, namespace } = event.object.metadata;
    for (const [key, object] of core.store.table(table).objects as Map<string, Loose>) {
      const { service } = object.spec;
      if (service?.name === name && service?.namespace === namespace) soon(() => sync(key));
    }
  });
  followDefinitions(core);
}

/** Groups and versions of CustomResourceDefinitions have APIServices of their own, as long as they are served. */
function followDefinitions(core: Core): void {
  const sync = () => {
    const wanted = new Map<string, Loose>();
    for (const { name: group, versions } of core.types.groups()) {
      for (const { version, types } of versions) {
        if (!types.some((type) => type.custom !== undefined)) continue;
        wanted.set(`${version}.${group}`, { group, version, groupPriorityMinimum: 1000, versionPriority: 100 });
      }
    }
    const all = core.store.table(table).objects as Map<string, Loose>;
    for (const [name, object] of all) {
      const kept = object.metadata.labels?.[managed] === "true" && !wanted.has(name);
      if (kept) core.store.remove(table, name, object);
    }
    for (const [name, spec] of wanted) {
      if (all.has(name)) continue;
      const metadata = { name, uid: newUid(core.random), creationTimestamp: core.now(), labels: { [managed]: "true" } };
      core.store.put(table, name, {
        kind: "APIService",
        apiVersion: "apiregistration.k8s.io/v1",
        metadata,
        spec,
        status: localStatus(core.now()),
      });
    }
  };
  core.types.onChange(() => soon(sync));
}
