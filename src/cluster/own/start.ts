import type { Core } from "../core.ts";
import { newUid } from "../objects.ts";
import type { Stored } from "../store.ts";
import { localStatus, watchApiServices } from "./api-services.ts";
import { watchFlowSchemas } from "./flow-schemas.ts";
import { flowSchemas, groupPriorities, priorityLevels } from "./initial.ts";
import type { Loose } from "../strategy.ts";

/**
 * What an API server itself holds and writes, whatever controllers run beside it: its own APIServices, the suggested
 * flow schemas and priority levels, the range of service addresses, and conditions of the first two.
 * @param simulated there are simulated nodes: what stands behind Services is passed over, or (strict) cannot be reached
 */
export function startOwn(core: Core, simulated?: { readonly strict: boolean }): void {
  holdInitial(core);
  watchFlowSchemas(core);
  watchApiServices(core, simulated);
}

function holdInitial(core: Core): void {
  const now = core.now();
  const put = (table: string, apiVersion: string, kind: string, name: string, rest: Loose, more: Loose = {}) => {
    if (core.store.get(table, name) !== undefined) return;
    const metadata = { name, uid: newUid(core.random), ...more, creationTimestamp: now };
    core.store.put(table, name, { kind, apiVersion, metadata, ...rest } as Stored);
  };
  const flow = "flowcontrol.apiserver.k8s.io";
  const suggested = { generation: 1, annotations: { "apf.kubernetes.io/autoupdate-spec": "true" } };
  for (const [name, spec] of priorityLevels()) {
    put(
      `${flow}/prioritylevelconfigurations`,
      `${flow}/v1`,
      "PriorityLevelConfiguration",
      name,
      { spec, status: {} },
      suggested,
    );
  }
  for (const [name, spec] of flowSchemas()) {
    put(`${flow}/flowschemas`, `${flow}/v1`, "FlowSchema", name, { spec, status: {} }, suggested);
  }
  put("networking.k8s.io/servicecidrs", "networking.k8s.io/v1", "ServiceCIDR", "kubernetes", {
    spec: { cidrs: ["10.96.0.0/16"] },
    status: {
      conditions: [
        {
          type: "Ready",
          status: "True",
          lastTransitionTime: now,
          reason: "",
          message: "Kubernetes default Service CIDR is ready",
        },
      ],
    },
  });
  for (const { name: group, versions } of core.types.groups()) {
    for (const { version, types } of versions) {
      if (group === "apiregistration.k8s.io" || types.every((type) => type.custom !== undefined)) continue;
      const [groupPriorityMinimum, versionPriority] = groupPriorities(group, version);
      put(
        "apiregistration.k8s.io/apiservices",
        "apiregistration.k8s.io/v1",
        "APIService",
        `${version}.${group}`,
        {
          spec: { ...(group === "" ? {} : { group }), version, groupPriorityMinimum, versionPriority },
          status: localStatus(now),
        },
        { labels: { "kube-aggregator.kubernetes.io/automanaged": "onstart" } },
      );
    }
  }
}
