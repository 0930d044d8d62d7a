/** Objects of custom resources, made from their schemas: valid ones of several sizes, and ones with a thing that is wrong. */
import { RE2JS } from "re2js";
import type { Chance } from "../chance.ts";

// eslint-disable-next-line typescript/no-explicit-any
type Json = any;

const words = [
  "a",
  "abc-def",
  "1s",
  "30s",
  "1h",
  "10",
  "1Gi",
  "100m",
  "https://a.example/b",
  "http://a.example",
  "a.example",
  "*.a.example",
  "/path",
  "A",
  "Abc",
  "abc_def",
  "a/b",
  "HTTPRoute",
  "example.com/name",
  "0.5",
  "2030-01-01T00:00:00Z",
  "v1.2.3",
  "10.0.0.1",
  "info",
  "",
  "arn:aws:iam::123456789012:role/x",
  "us-east-1",
  "sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef",
];

const formats: Readonly<Record<string, string>> = {
  "date-time": "2030-01-01T00:00:00Z",
  date: "2030-01-01",
  duration: "5s",
  uri: "https://a.example/b",
  ipv4: "10.0.0.1",
  ipv6: "fd00::1",
  cidr: "10.0.0.0/8",
  byte: "YWJj",
  uuid: "01234567-89ab-cdef-0123-456789abcdef",
  email: "a@b.example",
  hostname: "a.example",
};

function matches(pattern: string, text: string): boolean {
  try {
    return RE2JS.compile(pattern).matcher(text).find();
  } catch {
    return false;
  }
}

function stringOf(schema: Json, chance: Chance): string {
  if (schema.format !== undefined && formats[schema.format] !== undefined) return formats[schema.format] as string;
  const patterns = [schema.pattern, ...(schema.allOf ?? []).map((one: Json) => one.pattern)].filter(Boolean);
  const fits = words.filter(
    (word) =>
      patterns.every((pattern: string) => matches(pattern, word)) &&
      word.length >= (schema.minLength ?? 0) &&
      word.length <= (schema.maxLength ?? Infinity),
  );
  if (fits.length > 0) return patterns.length > 0 ? (fits[0] as string) : chance.pick(fits);
  return "a".repeat(Math.max(1, schema.minLength ?? 1));
}

function numberOf(schema: Json, chance: Chance): number {
  const low = schema.minimum ?? 0;
  const high = schema.maximum ?? low + 100;
  const value = low + (schema.exclusiveMinimum === true ? 1 : 0) + chance.below(Math.max(1, Math.min(100, high - low)));
  return schema.multipleOf === undefined ? value : Math.ceil(value / schema.multipleOf) * schema.multipleOf;
}

/** A value that a schema is likely to accept; `fill` is how likely an optional field is there. */
export function valueOf(schema: Json, chance: Chance, fill: number, depth = 0): Json {
  if (schema.enum !== undefined) return chance.pick(schema.enum);
  if (schema["x-kubernetes-int-or-string"] === true) {
    return chance.chance(0.5) ? chance.below(100) : stringOf({ ...schema, minLength: 0 }, chance);
  }
  switch (schema.type) {
    case "string":
      return stringOf(schema, chance);
    case "integer":
      return numberOf(schema, chance);
    case "number":
      return numberOf(schema, chance) + 0.5;
    case "boolean":
      return chance.chance(0.5);
    case "array": {
      const most = Math.min(schema.maxItems ?? 2, 2);
      const count = Math.max(schema.minItems ?? 0, depth > 8 ? 0 : Math.min(most, 1 + chance.below(2)));
      return Array.from({ length: count }, () => valueOf(schema.items ?? {}, chance, fill, depth + 1));
    }
    case "object":
    case undefined: {
      const out: Json = {};
      if (schema["x-kubernetes-embedded-resource"] === true)
        Object.assign(out, { apiVersion: "v1", kind: "ConfigMap" });
      const required: string[] = schema.required ?? [];
      const either = (schema.oneOf ?? schema.anyOf)?.[0]?.required ?? [];
      for (const [key, child] of Object.entries(schema.properties ?? {})) {
        const needed = required.includes(key) || either.includes(key);
        const wanted = depth < 6 && chance.chance(depth < 2 ? Math.max(fill, 0.3) : fill / (depth / 2));
        if (needed || wanted) out[key] = valueOf(child, chance, fill, depth + 1);
      }
      if (typeof schema.additionalProperties === "object" && (chance.chance(fill) || schema.minProperties > 0)) {
        out["key"] = valueOf(schema.additionalProperties, chance, fill, depth + 1);
      }
      return out;
    }
    default:
      return null;
  }
}

/** Every place in a value, with its schema. */
function places(
  value: Json,
  schema: Json,
  path: (string | number)[],
  out: { path: (string | number)[]; schema: Json }[],
): void {
  if (schema === undefined) return;
  if (path.length > 0) out.push({ path, schema });
  if (Array.isArray(value)) value.forEach((item, i) => places(item, schema.items, [...path, i], out));
  else if (typeof value === "object" && value !== null) {
    for (const key of Object.keys(value)) {
      const child =
        schema.properties?.[key] ??
        (typeof schema.additionalProperties === "object" ? schema.additionalProperties : undefined);
      places(value[key], child, [...path, key], out);
    }
  }
}

const wrong: readonly Json[] = [
  null,
  "",
  "wrong value!",
  0,
  -1,
  1.5,
  1e12,
  true,
  [],
  {},
  ["x", "x"],
  { wrong: { deeper: 1 } },
  "x".repeat(300),
  [null],
  [{}],
  [{}, {}],
];

/** A copy with one thing changed: a value of another kind, a field too many or too few, an item twice. */
export function spoil(object: Json, schema: Json, chance: Chance): Json {
  const copy = structuredClone(object);
  const all: { path: (string | number)[]; schema: Json }[] = [];
  for (const key of Object.keys(copy)) {
    if (["apiVersion", "kind", "metadata"].includes(key)) continue;
    places(copy[key], schema.properties?.[key], [key], all);
  }
  if (all.length === 0) return { ...copy, wrong: chance.pick(wrong) };
  // upstream takes a list for a string with a format, and then cannot say who owns it
  const fair = all.filter(({ schema: one }) => one.type !== "string" || one.format === undefined);
  const { path } = chance.pick(fair.length > 0 ? fair : all);
  let holder = copy;
  for (const step of path.slice(0, -1)) holder = holder[step];
  const last = path.at(-1) as string | number;
  const value = holder[last];
  switch (chance.below(6)) {
    case 0:
      if (Array.isArray(holder)) holder.splice(last as number, 1);
      else delete holder[last];
      break;
    case 1:
      if (Array.isArray(value) && value.length > 0) value.push(structuredClone(value[0]));
      else holder[last] = chance.pick(wrong);
      break;
    case 2:
      if (typeof value === "object" && value !== null && !Array.isArray(value)) value.wrong = chance.pick(wrong);
      else holder[last] = chance.pick(wrong);
      break;
    default:
      holder[last] = chance.pick(wrong);
  }
  return copy;
}
