import { metadataOrder } from "./metadata-order.ts";
import type { ServedType } from "./served.ts";
import type { Stored } from "./store.ts";

/** The form in which objects are stored, and what converts them to the other versions of their types. */

/** kind, apiVersion, metadata first, as Go prints them; no field that is undefined. */
export function ordered(object: Stored): Stored {
  const metadata: Record<string, unknown> = {};
  for (const key of metadataOrder) {
    const value = object.metadata[key];
    if (value !== undefined && value !== "") metadata[key] = value;
  }
  for (const key of ["labels", "annotations", "ownerReferences", "finalizers"]) {
    const value = metadata[key] as object | undefined;
    if (value !== undefined && Object.keys(value).length === 0) delete metadata[key];
  }
  const { kind, apiVersion, metadata: _, ...rest } = object;
  const out = { kind, apiVersion, metadata } as unknown as Stored;
  for (const key of Object.keys(rest)) if (rest[key] !== undefined) out[key] = rest[key];
  return out;
}

/** What converts a stored object to another version of its type, by `table→version`. */
const conversions = new Map<string, { toVersion(object: Stored): Stored; toStorage(object: Stored): Stored }>();

/** Registers a version that is not the stored one. */
export function registerConversion(
  apiVersion: string,
  plural: string,
  conversion: { toVersion(object: Stored): Stored; toStorage(object: Stored): Stored },
): void {
  conversions.set(`${apiVersion}/${plural}`, conversion);
}

/** A stored object as the type's version shows it. */
export function asVersion(stored: Stored, type: ServedType): Stored {
  if (stored.apiVersion === type.apiVersion) return stored;
  const conversion = conversions.get(`${type.apiVersion}/${type.plural}`);
  if (conversion !== undefined) return conversion.toVersion(stored);
  if (type.custom?.toVersion !== undefined) return type.custom.toVersion(stored);
  return { ...stored, apiVersion: type.apiVersion };
}

/** The object as the version that is stored. */
export function toStorage(object: Stored, type: ServedType): Stored {
  if (type.custom !== undefined) return type.custom.toStorage?.(object) ?? object;
  return conversions.get(`${type.apiVersion}/${type.plural}`)?.toStorage(object) ?? object;
}
