import { structuredPatch } from "diff";
import { isMap } from "../base/index.ts";
import { stringify } from "../goyaml/index.ts";
import { at, gvkOf, type KubeObject } from "./object.ts";

/** How one object changes. */
export interface ObjectChange {
  readonly kind: string;
  readonly apiVersion: string;
  readonly name: string;
  readonly namespace: string;
  readonly change: "create" | "update" | "delete" | "none";
  /** As YAML, masked, without what only the server keeps. "" where there is no object. */
  readonly before: string;
  readonly after: string;
}

/** Server-kept fields, which say nothing of what was asked for. */
const serverFields = new Set([
  "managedFields",
  "resourceVersion",
  "uid",
  "generation",
  "creationTimestamp",
  "selfLink",
]);

/** An object without its status and what else only the server keeps. */
export function withoutServerFields(object: KubeObject): KubeObject {
  const { status: _status, ...rest } = object;
  const metadata = Object.fromEntries(Object.entries(object.metadata).filter(([key]) => !serverFields.has(key)));
  const annotations = object.metadata.annotations;
  if (annotations !== undefined) {
    const kept = Object.entries(annotations).filter(
      ([key]) =>
        key !== "deployment.kubernetes.io/revision" && key !== "kubectl.kubernetes.io/last-applied-configuration",
    );
    if (kept.length === 0) delete metadata.annotations;
    else metadata.annotations = Object.fromEntries(kept);
  }
  return { ...rest, metadata } as KubeObject;
}

/**
 * The change from one state of an object to another. `mask` takes secrets out of what is shown (see
 * {@link secretMask}); whether something changed is judged before masking.
 */
export function changeOf(before: KubeObject | undefined, after: KubeObject | undefined, mask: Mask): ObjectChange {
  const some = (after ?? before) as KubeObject;
  const old = before === undefined ? "" : stringify(withoutServerFields(before));
  const wanted = after === undefined ? "" : stringify(withoutServerFields(after));
  const change = before === undefined ? "create" : after === undefined ? "delete" : old === wanted ? "none" : "update";
  const { kind } = gvkOf(some);
  const shown = mask.pair(
    before === undefined ? undefined : withoutServerFields(before),
    after === undefined ? undefined : withoutServerFields(after),
  );
  return {
    kind,
    apiVersion: some.apiVersion,
    name: some.metadata.name,
    namespace: some.metadata.namespace ?? "",
    change,
    before: shown.before === undefined ? "" : stringify(shown.before),
    after: shown.after === undefined ? "" : stringify(shown.after),
  };
}

/** Takes secrets out of objects before they are shown. */
export interface Mask {
  pair(
    before: KubeObject | undefined,
    after: KubeObject | undefined,
  ): { before: KubeObject | undefined; after: KubeObject | undefined };
}

/** Shows everything. */
export const noMask: Mask = { pair: (before, after) => ({ before, after }) };

/** Shorter texts stand for themselves too often ("true", "8080") to be hidden wherever they turn up. */
const shortestSecret = 6;

/**
 * Hides the values of Secrets, and every text elsewhere that holds one of them (ConfigMaps, arguments, environments).
 * A value that changes is shown as changed: the masks differ.
 */
export function secretMask(objects: readonly (KubeObject | undefined)[]): Mask {
  const secrets = new Set<string>();
  for (const object of objects) {
    if (object === undefined || gvkOf(object).kind !== "Secret") continue;
    for (const value of Object.values((object.data as Record<string, unknown> | undefined) ?? {})) {
      if (typeof value !== "string") continue;
      secrets.add(value);
      secrets.add(decodeBase64(value));
    }
    for (const value of Object.values((object.stringData as Record<string, unknown> | undefined) ?? {}))
      if (typeof value === "string") secrets.add(value);
  }
  const hidden = [...secrets].filter((value) => value.length >= shortestSecret).toSorted((a, b) => b.length - a.length);
  const hide = (text: string): string => {
    let out = text;
    for (const secret of hidden) if (out.includes(secret)) out = out.replaceAll(secret, "(secret)");
    return out;
  };
  const walk = (value: unknown, other: unknown, side: "before" | "after"): unknown => {
    if (typeof value === "string") {
      const hidden = hide(value);
      if (typeof other !== "string" || other === value || hide(other) !== hidden) return hidden;
      return hidden.replaceAll("(secret)", `(secret, ${side === "before" ? "old" : "new"} value)`);
    }
    if (Array.isArray(value))
      return value.map((inner, index) => walk(inner, Array.isArray(other) ? other[index] : undefined, side));
    if (!isMap(value)) return value;
    const entries = Object.entries(value).map(([key, inner]) => [key, walk(inner, at(other, key), side)] as const);
    return Object.fromEntries(entries);
  };
  const maskSecret = (object: KubeObject, other: KubeObject | undefined, side: "before" | "after"): KubeObject => {
    const out = { ...(walk(object, other, side) as KubeObject) };
    for (const field of ["data", "stringData"]) {
      const map = object[field];
      if (!isMap(map)) continue;
      out[field] = Object.fromEntries(
        Object.entries(map).map(([key, value]) => {
          const same = other === undefined || at(other, field, key) === value;
          const length = typeof value === "string" ? (field === "data" ? decodeBase64(value).length : value.length) : 0;
          return [
            key,
            same
              ? `(secret, ${length} bytes)`
              : `(secret, ${length} bytes, ${side === "before" ? "old" : "new"} value)`,
          ];
        }),
      );
    }
    return out;
  };
  const mask = (object: KubeObject | undefined, other: KubeObject | undefined, side: "before" | "after") => {
    if (object === undefined) return undefined;
    return gvkOf(object).kind === "Secret"
      ? maskSecret(object, other, side)
      : (walk(object, other, side) as KubeObject);
  };
  return { pair: (before, after) => ({ before: mask(before, after, "before"), after: mask(after, before, "after") }) };
}

function decodeBase64(text: string): string {
  try {
    return new TextDecoder().decode(Uint8Array.from(atob(text), (char) => char.charCodeAt(0)));
  } catch {
    return text;
  }
}

/** A change as a unified diff, with `context` lines around; "" for none. */
export function unifiedDiff(change: Pick<ObjectChange, "change" | "before" | "after">, context = 3): string {
  if (change.change === "none") return "";
  const patch = structuredPatch("", "", change.before, change.after, "", "", { context });
  const lines: string[] = [];
  for (const hunk of patch.hunks) {
    lines.push(
      `@@ -${range(hunk.oldStart, hunk.oldLines)} +${range(hunk.newStart, hunk.newLines)} @@`,
      ...hunk.lines.filter((line) => !line.startsWith("\\")),
    );
  }
  return lines.map((line) => `${line}\n`).join("");
}

/** A range of no lines starts before the first. */
const range = (start: number, lines: number) => `${lines === 0 ? Math.max(0, start - 1) : start},${lines}`;
