import { SlipwayError } from "../base/index.ts";
import { isForbidden, isNotFound, statusOf } from "./errors.ts";
import { apiVersionOf, splitApiVersion, type ApiResource } from "./types.ts";

/** What a server serves. Made by {@link discover}; also the place where kinds become paths. */
export interface Discovery {
  readonly groups: readonly {
    readonly name: string;
    readonly versions: readonly string[];
    readonly preferred: string;
  }[];
  /** Every kind of every served version, without subresources. */
  readonly resources: readonly ApiResource[];
  /** API groups that are registered but do not answer (an APIService without a backend). */
  readonly failed: readonly string[];
}

/** Asks for JSON at a path; how {@link discover} reaches the server. */
export type GetJson = (path: string, accept?: string) => Promise<unknown>;

const aggregated =
  "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json;g=apidiscovery.k8s.io;v=v2beta1;as=APIGroupDiscoveryList,application/json";

interface AggregatedResource {
  resource: string;
  responseKind?: { group?: string; version?: string; kind?: string };
  scope?: string;
  verbs?: string[];
  shortNames?: string[];
  singularResource?: string;
  categories?: string[];
}
interface AggregatedGroup {
  metadata?: { name?: string };
  versions?: { version: string; freshness?: string; resources?: AggregatedResource[] }[];
}
interface GroupList {
  kind?: string;
  items?: AggregatedGroup[];
  versions?: string[];
  groups?: {
    name: string;
    versions: { groupVersion: string; version: string }[];
    preferredVersion?: { version: string };
  }[];
}
interface ListedResource {
  name: string;
  kind: string;
  namespaced: boolean;
  verbs?: string[];
  shortNames?: string[];
  singularName?: string;
  categories?: string[];
}
interface ResourceList {
  resources?: ListedResource[];
}

/**
 * Reads what the server serves: aggregated discovery (two requests), or one request a version from older servers. Groups
 * that do not answer, and lists that this account may not see, are done without, as in client-go.
 */
export async function discover(get: GetJson): Promise<Discovery> {
  const groups: { name: string; versions: string[]; preferred: string }[] = [];
  const resources: ApiResource[] = [];
  const failed: string[] = [];
  const legacy: { group: string; version: string }[] = [];
  // One after the other, on the connection that is there: another one takes longer to make.
  const [core, named] = [await groupsAt(get, "/api"), await groupsAt(get, "/apis")];
  for (const list of [core, named]) {
    if (list.items !== undefined && list.kind === "APIGroupDiscoveryList") {
      for (const item of list.items) readAggregated(item, groups, resources, failed);
      continue;
    }
    for (const version of list.versions ?? []) legacy.push({ group: "", version });
    if (list.versions !== undefined && list.versions[0] !== undefined) {
      groups.push({ name: "", versions: list.versions, preferred: list.versions[0] });
    }
    for (const group of list.groups ?? []) {
      const versions = group.versions.map((entry) => entry.version);
      groups.push({ name: group.name, versions, preferred: group.preferredVersion?.version ?? versions[0] ?? "" });
      for (const version of versions) legacy.push({ group: group.name, version });
    }
  }
  const lists = await Promise.all(
    legacy.map(async ({ group, version }) => {
      try {
        return (await get(group === "" ? `/api/${version}` : `/apis/${group}/${version}`)) as ResourceList;
      } catch (error) {
        // A server that cannot be reached is not one that lacks a group.
        if (statusOf(error) === undefined) throw error;
        failed.push(apiVersionOf({ group, version }));
        return {};
      }
    }),
  );
  for (const [index, list] of lists.entries()) {
    const { group, version } = legacy[index] as { group: string; version: string };
    for (const entry of list.resources ?? []) {
      if (entry.name.includes("/")) continue;
      resources.push(resourceOf(group, version, entry));
    }
  }
  return { groups, resources, failed };
}

async function groupsAt(get: GetJson, path: string): Promise<GroupList> {
  try {
    return (await get(path, aggregated)) as GroupList;
  } catch (error) {
    if (isForbidden(error) || isNotFound(error)) return {};
    throw error;
  }
}

function readAggregated(
  item: AggregatedGroup,
  groups: { name: string; versions: string[]; preferred: string }[],
  resources: ApiResource[],
  failed: string[],
): void {
  const group = item.metadata?.name ?? "";
  const versions: string[] = [];
  for (const served of item.versions ?? []) {
    versions.push(served.version);
    if (served.freshness === "Stale") failed.push(apiVersionOf({ group, version: served.version }));
    for (const entry of served.resources ?? []) {
      const kind = entry.responseKind?.kind ?? "";
      if (kind === "") continue;
      const { resource: name, singularResource: singularName = "", scope } = entry;
      const listed = { ...entry, name, kind, singularName, namespaced: scope === "Namespaced" };
      resources.push(resourceOf(group, served.version, listed));
    }
  }
  groups.push({ name: group, versions, preferred: versions[0] ?? "" });
}

/** A resource as older servers list it; what is not told of it is left out. */
function resourceOf(group: string, version: string, listed: ListedResource): ApiResource {
  const { kind, name, namespaced, verbs, singularName, shortNames, categories } = listed;
  return {
    group,
    version,
    kind,
    plural: name,
    namespaced,
    verbs: verbs ?? [],
    ...(singularName ? { singular: singularName } : {}),
    ...(shortNames ? { shortNames } : {}),
    ...(categories ? { categories } : {}),
  };
}

/** The resource of an apiVersion and kind; undefined when it is not served. */
export function findResource(discovery: Discovery, apiVersion: string, kind: string): ApiResource | undefined {
  const { group, version } = splitApiVersion(apiVersion);
  return discovery.resources.find((entry) => entry.kind === kind && entry.version === version && entry.group === group);
}

/** What clientcmd's mapper says of a kind that is not served (kubectl and Helm print it the same way). */
export function noMatchError(apiVersion: string, kind: string, name: string, namespace: string): SlipwayError {
  return new SlipwayError(
    `resource mapping not found for name: "${name}" namespace: "${namespace}" from "": no matches for kind "${kind}" in version "${apiVersion}"\nensure CRDs are installed first`,
    { code: "kube.no-match", path: `${apiVersion}/${kind}` },
  );
}

/** Helm's `.Capabilities.APIVersions`: every group/version and every group/version/Kind, each once. */
export function apiVersionSet(discovery: Discovery): string[] {
  const out = new Set<string>();
  for (const group of discovery.groups)
    for (const version of group.versions) out.add(apiVersionOf({ group: group.name, version }));
  for (const resource of discovery.resources) out.add(`${apiVersionOf(resource)}/${resource.kind}`);
  return [...out];
}
