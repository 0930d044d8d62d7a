/** Small helpers on Kubernetes objects as plain JSON, shared by every controller. Objects read are never changed: copy first. */

/** JSON of an API object's inside, whose shape the API has validated. */
// eslint-disable-next-line @typescript-eslint/no-explicit-any
export type Json = any;

export interface OwnerReference {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly uid: string;
  readonly controller?: boolean;
  readonly blockOwnerDeletion?: boolean;
}

export interface Meta {
  name: string;
  namespace?: string;
  uid?: string;
  generateName?: string;
  resourceVersion?: string;
  generation?: number;
  creationTimestamp?: string;
  deletionTimestamp?: string;
  deletionGracePeriodSeconds?: number;
  labels?: Record<string, string>;
  annotations?: Record<string, string>;
  ownerReferences?: OwnerReference[];
  finalizers?: string[];
  [field: string]: unknown;
}

/** Any object: `spec`, `status` and `data` are what the API has validated. */
export interface Obj {
  apiVersion: string;
  kind: string;
  metadata: Meta;
  spec?: Json;
  status?: Json;
  data?: Json;
  [field: string]: Json;
}

/** `namespace/name`, or `name` of a cluster-wide object: the key of work queues, as client-go's KeyFunc. */
export function keyOf(object: { metadata: { name: string; namespace?: string } }): string {
  const { name, namespace } = object.metadata;
  return namespace === undefined || namespace === "" ? name : `${namespace}/${name}`;
}

/** The inverse of {@link keyOf}. */
export function splitKey(key: string): { namespace: string | undefined; name: string } {
  const slash = key.indexOf("/");
  return slash < 0
    ? { namespace: undefined, name: key }
    : { namespace: key.slice(0, slash), name: key.slice(slash + 1) };
}

/** The uid of an object that the API has stored. */
export function uidOf(object: Obj): string {
  return object.metadata.uid ?? "";
}

/** The owner that controls the object, if any. */
export function controllerOf(object: Obj): OwnerReference | undefined {
  return object.metadata.ownerReferences?.find((owner) => owner.controller === true);
}

/** metav1.NewControllerRef. */
export function controllerReference(owner: Obj): OwnerReference {
  return {
    apiVersion: owner.apiVersion,
    kind: owner.kind,
    name: owner.metadata.name,
    uid: uidOf(owner),
    controller: true,
    blockOwnerDeletion: true,
  };
}

/** Deep copy of JSON. */
export function copy<T>(value: T): T {
  if (typeof value !== "object" || value === null) return value;
  if (Array.isArray(value)) return value.map(copy) as T;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value)) out[key] = copy((value as Record<string, unknown>)[key]);
  return out as T;
}

/** Deep equality of JSON; a field that is undefined is a field that is not there. */
export function equal(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  if (Array.isArray(a)) {
    const list = b as unknown[];
    return a.length === list.length && a.every((item, i) => equal(item, list[i]));
  }
  const x = a as Record<string, unknown>;
  const y = b as Record<string, unknown>;
  for (const key of Object.keys(x)) if (!equal(x[key], y[key])) return false;
  for (const key of Object.keys(y)) if (y[key] !== undefined && x[key] === undefined) return false;
  return true;
}

/** A time as metav1.Time prints it: whole seconds, UTC. */
export function timestamp(ms: number): string {
  const second = Math.floor(ms / 1000);
  if (second !== lastSecond) {
    lastSecond = second;
    lastText = `${new Date(second * 1000).toISOString().slice(0, 19)}Z`;
  }
  return lastText;
}

// Thousands of conditions are stamped with the same second.
let lastSecond = Number.NaN;
let lastText = "";

/** A time as metav1.MicroTime prints it. */
export function microTimestamp(ms: number): string {
  return `${new Date(ms).toISOString().slice(0, 23)}000Z`;
}

/** Milliseconds of a timestamp; undefined when there is none. */
export function millis(text: string | undefined | null): number | undefined {
  if (text === undefined || text === null || text === "") return undefined;
  const value = Date.parse(text);
  return Number.isNaN(value) ? undefined : value;
}

/** intstr.GetScaledValueFromIntOrPercent: 25% of `total`, rounded up or down; an absolute number as it is. */
export function scaledValue(value: number | string | undefined, total: number, roundUp: boolean): number {
  if (value === undefined || value === null) return 0;
  if (typeof value === "number") return value;
  const match = /^(-?\d+)%$/.exec(value);
  if (match === null) return Number.parseInt(value, 10) || 0;
  const share = (Number(match[1]) * total) / 100;
  return roundUp ? Math.ceil(share) : Math.floor(share);
}

/** Go's %q for names and plain messages. */
export function quote(text: string): string {
  return JSON.stringify(text);
}

/** Older first, then by name: upstream's ByCreationTimestamp orders. */
export function byCreation(a: Obj, b: Obj): number {
  const x = a.metadata.creationTimestamp ?? "";
  const y = b.metadata.creationTimestamp ?? "";
  if (x !== y) return x < y ? -1 : 1;
  return a.metadata.name < b.metadata.name ? -1 : a.metadata.name > b.metadata.name ? 1 : 0;
}

/** The object with another status, for updateStatus; the rest is shared. */
export function withStatus(object: Obj, status: Json): Obj {
  return { ...object, status };
}

/** The object with its metadata changed; the rest is shared. */
export function withMeta(object: Obj, metadata: Partial<Meta>): Obj {
  return { ...object, metadata: { ...object.metadata, ...metadata } };
}
