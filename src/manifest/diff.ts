import { structuredPatch } from "diff";
import { stringify } from "../goyaml/index.ts";
import type { Mask } from "./mask.ts";
import { gvkOf, type KubeObject } from "./object.ts";

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
 * mask.ts); whether something changed is judged before masking.
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
