import type { Shape } from "./shape.ts";
import { goMap } from "./strategic.ts";
import { itemStep, resolve } from "./typed.ts";

type Map_ = Record<string, unknown>;

const isMap = (value: unknown): value is Map_ => typeof value === "object" && value !== null && !Array.isArray(value);

/** What a configuration has that its shape does not allow: `.spec.foo: field not declared in schema`. */
export function checkTyped(value: unknown, given: Shape, path = ""): string[] {
  const shape = resolve(given, value);
  if (value === null || value === undefined) return [];
  if (shape.kind === "map") {
    if (!isMap(value)) return [`${path}: expected map, got &{${goMap(value)}}`];
    const out: string[] = [];
    for (const key of Object.keys(value)) {
      const child = shape.field(key) ?? shape.values;
      if (child === undefined) out.push(`${path}.${key}: field not declared in schema`);
      else out.push(...checkTyped(value[key], child, `${path}.${key}`));
    }
    return out;
  }
  if (shape.kind === "list") {
    if (!Array.isArray(value)) return [`${path}: expected list, got &{${goMap(value)}}`];
    return checkItems(value, shape, path);
  }
  return shape.kind === "scalar" ? checkScalar(value, shape.of, path) : [];
}

function checkItems(value: readonly unknown[], shape: Extract<Shape, { kind: "list" }>, path: string): string[] {
  const out: string[] = [];
  const seen = new Set<string>();
  for (const [i, item] of value.entries()) {
    if (shape.atomic) {
      out.push(...checkTyped(item, shape.items, `${path}[${i}]`));
      continue;
    }
    let step: string;
    try {
      step = itemStep(shape, item);
    } catch (error) {
      // upstream looks no further into the list
      return [...out, `${path}: element ${i}: ${(error as Error).message}`];
    }
    if (seen.has(step)) out.push(`${path}: duplicate entries for key ${stepText(step)}`);
    seen.add(step);
    out.push(...checkTyped(item, shape.items, `${path}${stepText(step)}`));
  }
  return out;
}

function checkScalar(value: unknown, of: Extract<Shape, { kind: "scalar" }>["of"], path: string): string[] {
  if (of === undefined)
    return typeof value === "object" ? [`${path}: expected any scalar, got &{${goMap(value)}}`] : [];
  if (typeof value === of) return [];
  if (of === "string") return [`${path}: expected string, got &value.valueUnstructured{Value:${goSyntax(value)}}`];
  if (of === "boolean") return [`${path}: expected boolean, got &{${goMap(value)}}`];
  return [`${path}: expected numeric (int or float), got ${goTypeName(value)}`];
}

/** fmt's %T of JSON data. */
function goTypeName(value: unknown): string {
  if (typeof value === "string") return "string";
  if (typeof value === "boolean") return "bool";
  return Array.isArray(value) ? "[]interface {}" : "map[string]interface {}";
}

/** fmt's %#v of JSON data. */
function goSyntax(value: unknown): string {
  if (value === null) return "interface {}(nil)";
  if (Array.isArray(value)) return `[]interface {}{${value.map(goSyntax).join(", ")}}`;
  if (!isMap(value)) return JSON.stringify(value);
  const fields = Object.keys(value)
    .sort()
    .map((key) => `${JSON.stringify(key)}:${goSyntax(value[key])}`);
  return `map[string]interface {}{${fields.join(", ")}}`;
}

function stepText(step: string): string {
  const rest = step.slice(2);
  if (step.startsWith("v:")) return `[=${rest}]`;
  const keys = JSON.parse(rest) as Map_;
  return `[${Object.entries(keys)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(",")}]`;
}
