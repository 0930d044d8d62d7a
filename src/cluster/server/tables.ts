import type { ServedType } from "../served.ts";
import type { Stored } from "../store.ts";
import { toStorage } from "../stored-form.ts";
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

/** The object's metadata alone, without what only its version adds. */
export function partial(type: ServedType, object: Stored): unknown {
  let { metadata } = object;
  const hidden = type.strategy.hiddenAnnotations;
  if (hidden !== undefined && metadata.annotations !== undefined) {
    const annotations = Object.fromEntries(
      Object.entries(metadata.annotations).filter(([key]) => !hidden.includes(key)),
    );
    const { annotations: _, ...rest } = metadata;
    metadata = Object.keys(annotations).length === 0 ? rest : { ...rest, annotations };
  }
  return { kind: "PartialObjectMetadata", apiVersion: metaVersion, metadata };
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
      object: include === "None" ? null : include === "Object" ? object : partial(type, object),
    })),
  };
}
