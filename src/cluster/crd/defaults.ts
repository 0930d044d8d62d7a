import { invalidValue } from "../causes.ts";
import { copyJson, sameJson } from "../objects.ts";
import type { Cause } from "../status.ts";
import type { Loose } from "../strategy.ts";
import { checkEmbedded, coerceEmbedded } from "./embedded.ts";
import { prune } from "./prune.ts";
import { checkValue } from "./values.ts";

type Schema = Loose;

/** Defaults must be valid by their own schemas, and hold nothing that would be pruned (structural defaulting's ValidateDefaults). */
export function checkDefaults(schema: Schema, path: string, out: Cause[], root = true, inMeta = false): void {
  const embedded = root || schema["x-kubernetes-embedded-resource"] === true;
  const meta = embedded ? false : inMeta;
  const value = schema.default;
  const at = `${path}.default`;
  if (value !== undefined && value !== null) {
    const pruned = copyJson(value);
    const isResource = schema["x-kubernetes-embedded-resource"] === true;
    if (!meta) {
      prune(pruned, schema, undefined, isResource);
      if (!sameJson(pruned, value)) out.push(invalidValue(at, value, "must not have unknown fields"));
    }
    const problems: Cause[] = [];
    const coerced = copyJson(value);
    coerceEmbedded(coerced, schema, at, undefined);
    checkEmbedded(coerced, schema, at, problems);
    if (problems.length === 0) checkValue(value, schema, at, problems);
    out.push(...problems);
  }
  if (schema.items !== undefined) checkDefaults(schema.items, `${path}.items`, out, false, meta);
  for (const key of Object.keys(schema.properties ?? {})) {
    const below = meta || (embedded && ["metadata", "apiVersion", "kind"].includes(key));
    checkDefaults(schema.properties[key], `${path}.properties[${key}]`, out, false, below);
  }
}
