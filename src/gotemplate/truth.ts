import { GoInt, GoObject } from "../base/index.ts";
import { underlying } from "./kinds.ts";

/** text/template's truth: false are false, 0, "", nil, nil pointers and empty maps, slices and byte slices. */
export function goTruth(value: unknown): boolean {
  switch (typeof value) {
    case "string":
      return value !== "";
    case "boolean":
      return value;
    case "number":
      return value !== 0;
    case "undefined":
      return false;
    default:
  }
  if (value === null) return false;
  if (value instanceof GoInt) return value.value !== 0n;
  if (Array.isArray(value) || value instanceof Uint8Array) return value.length > 0;
  if (value instanceof GoObject) {
    const inner = underlying(value);
    return inner === value ? value.truth : goTruth(inner);
  }
  for (const _key in value as object) return true;
  return false;
}
