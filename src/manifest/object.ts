/** A Kubernetes object as plain JSON. */
export interface KubeObject {
  apiVersion: string;
  kind: string;
  metadata: {
    name: string;
    generateName?: string;
    namespace?: string;
    labels?: Record<string, string>;
    annotations?: Record<string, string>;
    [field: string]: unknown;
  };
  [field: string]: unknown;
}

export interface GroupVersionKind {
  readonly group: string;
  readonly version: string;
  readonly kind: string;
}

/** The group, version and kind of an object: `apps/v1` → group `apps`, `v1` → group "". */
export function gvkOf(object: { apiVersion?: unknown; kind?: unknown }): GroupVersionKind {
  const apiVersion = typeof object.apiVersion === "string" ? object.apiVersion : "";
  const slash = apiVersion.indexOf("/");
  return {
    group: slash < 0 ? "" : apiVersion.slice(0, slash),
    version: slash < 0 ? apiVersion : apiVersion.slice(slash + 1),
    kind: typeof object.kind === "string" ? object.kind : "",
  };
}

/** Two objects with this key are the same one in the cluster, whatever version each is written in. */
export function identityOf(object: KubeObject, namespace = object.metadata.namespace ?? ""): string {
  const { group, kind } = gvkOf(object);
  return `${group}/${kind}/${namespace}/${object.metadata.name}`;
}

/** The value at a path of keys and indexes, or undefined. */
export function at(value: unknown, ...path: (string | number)[]): unknown {
  let current = value;
  for (const key of path) {
    if (typeof current !== "object" || current === null) return undefined;
    current = (current as Record<string | number, unknown>)[key];
  }
  return current;
}

/** A whole number at a path, or the fallback (what kstatus' GetIntField does). */
export function intAt(value: unknown, fallback: number, ...path: (string | number)[]): number {
  const found = at(value, ...path);
  return typeof found === "number" ? found : fallback;
}

/** A string at a path, or the fallback. */
export function stringAt(value: unknown, fallback: string, ...path: (string | number)[]): string {
  const found = at(value, ...path);
  return typeof found === "string" ? found : fallback;
}

export interface Condition {
  readonly type: string;
  readonly status: string;
  readonly reason: string;
  readonly message: string;
}

/** `status.conditions`, with missing texts as "". */
export function conditionsOf(object: unknown): Condition[] {
  const list = at(object, "status", "conditions");
  if (!Array.isArray(list)) return [];
  return list.map((entry: unknown) => ({
    type: stringAt(entry, "", "type"),
    status: stringAt(entry, "", "status"),
    reason: stringAt(entry, "", "reason"),
    message: stringAt(entry, "", "message"),
  }));
}
