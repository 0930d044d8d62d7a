import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";
import { goJson, invalidValue, shown } from "../causes.ts";

/** Lists that are sets or maps by x-kubernetes-list-type: nothing may be there twice. */

type Schema = Loose;

/** What is there twice, and items of list maps that are no objects. */
export function checkLists(value: unknown, schema: Schema | undefined, path: string, out: Cause[]): void {
  if (schema === undefined || typeof value !== "object" || value === null) return;
  if (Array.isArray(value)) {
    const type = schema["x-kubernetes-list-type"];
    if (type === "set") repeated(value, (i) => value[i], path, out);
    else if (type === "map") checkListMap(value, schema["x-kubernetes-list-map-keys"] ?? [], path, out);
    value.forEach((item, i) => checkLists(item, schema.items, `${path}[${i}]`, out));
    return;
  }
  const object = value as Record<string, unknown>;
  const { properties, additionalProperties } = schema;
  for (const key of Object.keys(object)) {
    if (typeof additionalProperties === "object" && additionalProperties !== null) {
      checkLists(object[key], additionalProperties, `${path}[${key}]`, out);
    }
    if (properties !== undefined && Object.hasOwn(properties, key)) {
      checkLists(object[key], properties[key], path === "" ? key : `${path}.${key}`, out);
    }
  }
}

function checkListMap(list: readonly unknown[], keys: readonly string[], path: string, out: Cause[]): void {
  for (const [i, item] of list.entries()) {
    if (item !== null && (typeof item !== "object" || Array.isArray(item))) {
      out.push(invalidValue(`${path}[${i}]`, item, "must be an object for an array of list-type map"));
      return;
    }
  }
  const identities = list.map((item) => {
    const object = (item ?? {}) as Record<string, unknown>;
    return Object.fromEntries(
      keys.toSorted().flatMap((key) => (object[key] === undefined ? [] : [[key, object[key]]])),
    );
  });
  repeated(identities, (i) => identities[i], path, out);
}

/** Tells of each value that is there more than once, where it comes for the second time. */
function repeated(list: readonly unknown[], show: (index: number) => unknown, path: string, out: Cause[]): void {
  const seen = new Map<string, number>();
  list.forEach((item, i) => {
    const text = goJson(item);
    const times = seen.get(text) ?? 0;
    seen.set(text, times + 1);
    if (times === 1)
      out.push({ type: "FieldValueDuplicate", field: `${path}[${i}]`, value: shown(show(i) ?? "null"), detail: "" });
  });
}
