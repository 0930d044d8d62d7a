import type { ServedType } from "../served.ts";
import type { Stored } from "../store.ts";
import { toStorage } from "../core.ts";
import { cellsOf } from "../printers/index.ts";

/** metav1.Table and PartialObjectMetadata: objects as kubectl prints them. */

export function columnsOf(type: ServedType): unknown[] {
  return type.columns.map(({ name, type: kind, format, priority }) => ({
    name,
    type: kind,
    format,
    description: "",
    priority,
  }));
}

const metaVersion = "meta.k8s.io/v1";

export function partial(object: Stored): unknown {
  return { kind: "PartialObjectMetadata", apiVersion: metaVersion, metadata: object.metadata };
}

/** `include` is what rows carry: `None`, `Metadata` (default) or `Object`. */
export function tableOf(
  type: ServedType,
  objects: readonly Stored[],
  metadata: Record<string, unknown>,
  include: string,
  now: number,
  withColumns = true,
): unknown {
  return {
    kind: "Table",
    apiVersion: metaVersion,
    metadata,
    columnDefinitions: withColumns ? columnsOf(type) : null,
    rows: objects.map((object) => ({
      cells: cellsOf(type, toStorage(object, type), now),
      object: include === "None" ? null : include === "Object" ? object : partial(object),
    })),
  };
}
