import type { ServedType } from "../served.ts";
import type { Stored } from "../store.ts";
import { printers } from "./kinds.ts";
import { age } from "./text.ts";

/** The cells of an object's row, in the order of its type's columns. */
export function cellsOf(type: ServedType, object: Stored, now: number): unknown[] {
  if (type.custom !== undefined) return [object.metadata.name, ...type.custom.cells(object, now)];
  const print = printers[type.table];
  if (print !== undefined) return print(object, now);
  return type.columns.map((column) => {
    if (column.name === "Name") return object.metadata.name;
    return column.name === "Age"
      ? age(object.metadata.creationTimestamp, now)
      : (object.metadata.creationTimestamp ?? "");
  });
}
