import type { ServedType, TypeTable } from "../served.ts";

/** Discovery: which groups, versions and resources there are, in the aggregated and the legacy form. */

export const aggregatedType = "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList";

function gvk(group: string, version: string, kind: string): Record<string, string> {
  return { group, version, kind };
}

/** apidiscovery.k8s.io/v2: everything of the core group (`/api`) or of the others (`/apis`). */
export function aggregated(types: TypeTable, core: boolean): unknown {
  const items = types
    .groups()
    .filter((group) => (group.name === "") === core)
    .map((group) => ({
      metadata: group.name === "" ? {} : { name: group.name },
      versions: group.versions.map(({ version, types: list }) => ({
        version,
        resources: list.map(aggregatedResource),
        freshness: "Current",
      })),
    }));
  return { kind: "APIGroupDiscoveryList", apiVersion: "apidiscovery.k8s.io/v2", metadata: {}, items };
}

function aggregatedResource(type: ServedType): unknown {
  const group = type.group;
  return {
    resource: type.plural,
    responseKind: gvk(type.custom === undefined ? "" : group, type.custom === undefined ? "" : type.version, type.kind),
    scope: type.namespaced ? "Namespaced" : "Cluster",
    singularResource: type.singular,
    verbs: type.verbs,
    ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
    ...(type.categories.length > 0 ? { categories: type.categories } : {}),
    ...(type.subresources.length > 0
      ? {
          subresources: type.subresources.map((sub) => ({
            subresource: sub.name,
            responseKind: gvk(sub.group, sub.version, sub.kind),
            verbs: sub.verbs,
          })),
        }
      : {}),
  };
}

export function legacyVersions(address: string): unknown {
  return {
    kind: "APIVersions",
    versions: ["v1"],
    serverAddressByClientCIDRs: [{ clientCIDR: "0.0.0.0/0", serverAddress: address }],
  };
}

function groupEntry(name: string, versions: readonly string[]): Record<string, unknown> {
  const list = versions.map((version) => ({ groupVersion: `${name}/${version}`, version }));
  return { name, versions: list, preferredVersion: list[0] };
}

export function legacyGroups(types: TypeTable): unknown {
  return {
    kind: "APIGroupList",
    apiVersion: "v1",
    groups: types
      .groups()
      .filter((group) => group.name !== "")
      .map((group) =>
        groupEntry(
          group.name,
          group.versions.map((v) => v.version),
        ),
      ),
  };
}

export function legacyGroup(types: TypeTable, name: string): unknown {
  const group = types.groups().find((one) => one.name === name);
  if (group === undefined) return undefined;
  return {
    kind: "APIGroup",
    apiVersion: "v1",
    ...groupEntry(
      name,
      group.versions.map((v) => v.version),
    ),
  };
}

export function legacyResources(types: TypeTable, apiVersion: string): unknown {
  const slash = apiVersion.indexOf("/");
  const group = slash < 0 ? "" : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  const list = types
    .groups()
    .find((one) => one.name === group)
    ?.versions.find((one) => one.version === version)?.types;
  if (list === undefined) return undefined;
  const resources: Record<string, unknown>[] = [];
  for (const type of list) {
    resources.push({
      name: type.plural,
      singularName: type.singular,
      namespaced: type.namespaced,
      kind: type.kind,
      verbs: type.verbs,
      ...(type.shortNames.length > 0 ? { shortNames: type.shortNames } : {}),
      ...(type.categories.length > 0 ? { categories: type.categories } : {}),
      ...(type.storageHash === "" ? {} : { storageVersionHash: type.storageHash }),
    });
    for (const sub of type.subresources) {
      resources.push({
        name: `${type.plural}/${sub.name}`,
        singularName: "",
        namespaced: type.namespaced,
        ...(sub.group !== "" && sub.group !== type.group ? { group: sub.group } : {}),
        ...(sub.version !== "" && (sub.group !== type.group || sub.version !== type.version)
          ? { version: sub.version }
          : {}),
        kind: sub.kind,
        verbs: sub.verbs,
      });
    }
  }
  // legacy discovery sorts by name; custom versions list the status after its resource
  resources.sort((a, b) => ((a["name"] as string) < (b["name"] as string) ? -1 : 1));
  return {
    kind: "APIResourceList",
    ...(group === "" ? {} : { apiVersion: "v1" }),
    groupVersion: apiVersion,
    resources,
  };
}
