import { formatFloat } from "../../base/index.ts";
import { goJson } from "../causes.ts";
import { age } from "../printers/text.ts";
import type { Loose } from "../strategy.ts";

/** Printer columns of custom resources: JSON paths and how what they find is shown. */

export const columnAge = { name: "Age", type: "date", jsonPath: ".metadata.creationTimestamp" };

/** The values a simple JSON path finds (`.spec.x`, `.status.conditions[?(@.type=="Ready")].status`). */
function jsonPath(object: unknown, path: string): unknown[] {
  let found: unknown[] = [object];
  const step = /\.?([A-Za-z_][\w-]*)|\[\?\(@\.([\w.-]+)\s*==\s*["']([^"']*)["']\)\]|\[(\d+|\*)\]|\['([^']+)'\]|\.\*/gy;
  const text = path.replace(/\\\./g, "\u0001").replace(/^\$/, "");
  for (let match = step.exec(text); match !== null; match = step.exec(text)) {
    const [, name, filterPath, filterValue, index, quoted] = match;
    found = found.flatMap((value) => {
      if (typeof value !== "object" || value === null) return [];
      if (filterPath !== undefined)
        return Array.isArray(value)
          ? value.filter((one) => String(jsonPath(one, `.${filterPath}`)[0]) === filterValue)
          : [];
      if (index !== undefined)
        return Array.isArray(value) ? (index === "*" ? value : value.slice(Number(index), Number(index) + 1)) : [];
      const key = (name ?? quoted ?? "").replaceAll("\u0001", ".");
      const child = (value as Record<string, unknown>)[key];
      return child === undefined ? [] : [child];
    });
  }
  return found;
}

/** A cell of a column of a type; null where there is nothing, or something of another kind. */
function cellOf(value: unknown, type: string, now: number): unknown {
  if (value === undefined || value === null) return null;
  switch (type) {
    case "string":
      if (typeof value === "number") return formatFloat(value, "f");
      return typeof value === "object" ? goJson(value) : String(value);
    case "date":
      return typeof value === "string" ? age(value, now) : null;
    case "integer":
      return typeof value === "number" ? Math.trunc(value) : null;
    case "number":
      return typeof value === "number" ? value : null;
    case "boolean":
      return typeof value === "boolean" ? value : null;
    default:
      return null;
  }
}

/** The cells of an object's row after its name. */
export function cellsOf(object: Loose, columns: readonly Loose[], now: number): unknown[] {
  return columns.map((column) => cellOf(jsonPath(object, column.jsonPath)[0], column.type, now));
}
