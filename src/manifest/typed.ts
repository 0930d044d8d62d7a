import { insertPath, nodeAt } from "./field-set.ts";
import type { FieldSet } from "./field-set.ts";
import { sameJson } from "./merge-patch.ts";
import type { Shape } from "./shape.ts";
import { scalar, untyped } from "./shape.ts";

/** Values read by their shapes: which fields they set, how two differ, how one merges into another. */

type Map_ = Record<string, unknown>;

const isMap = (value: unknown): value is Map_ => typeof value === "object" && value !== null && !Array.isArray(value);

type ListShape = Extract<Shape, { kind: "list" }>;
type MapShape = Extract<Shape, { kind: "map" }>;

const untypedMap: MapShape = { kind: "map", atomic: false, field: () => undefined, values: untyped };
const untypedList: ListShape = { kind: "list", atomic: true, keys: [], keyDefault: () => undefined, items: untyped };

/** The shape, with "untyped" decided by the values at hand. */
export function resolve(shape: Shape, a: unknown, b?: unknown): Shape {
  if (shape.kind !== "untyped") return shape;
  if (isMap(a) || (a === undefined && isMap(b)) || (a === null && isMap(b)))
    return isMap(b) || b === undefined || b === null ? untypedMap : scalar;
  if (Array.isArray(a) || Array.isArray(b)) return untypedList;
  return scalar;
}

/** The step of a list's item; throws where it has none of its keys. */
export function itemStep(shape: ListShape, item: unknown): string {
  if (shape.keys.length === 0) {
    if (typeof item === "object" && item !== null) {
      throw new Error(
        Array.isArray(item)
          ? "not supporting lists in sets"
          : "associative list without keys has an element that's a map type",
      );
    }
    return `v:${JSON.stringify(item)}`;
  }
  if (!isMap(item)) {
    throw new Error(
      item === null || item === undefined
        ? "associative list with keys may not have a null element"
        : "associative list with keys may not have non-map elements",
    );
  }
  const found: Map_ = {};
  let any = false;
  for (const key of [...shape.keys].sort()) {
    const value = Object.hasOwn(item, key) ? item[key] : shape.keyDefault(key);
    if (value === undefined) continue;
    found[key] = value;
    any = true;
  }
  if (!any) {
    throw new Error(
      `associative list with keys has an element that omits all key fields ${goStrings(shape.keys)}, (and doesn't have default values for any key fields)`,
    );
  }
  return `k:${JSON.stringify(found)}`;
}

const goStrings = (list: readonly string[]): string => `[${list.map((text) => JSON.stringify(text)).join(" ")}]`;

/** The child's shape under a key of a map. */
function below(shape: MapShape, key: string): Shape {
  return shape.field(key) ?? shape.values ?? untyped;
}

/** Every path that a value sets. */
export function fieldSetOf(value: unknown, shape: Shape): FieldSet {
  const out: FieldSet = new Map();
  collect(value, shape, out, () => {});
  return out;
}

/** Collects a value's paths into the set below it; `self` marks the value's own path. */
function collect(value: unknown, given: Shape, out: FieldSet, self: () => void): void {
  const shape = resolve(given, value);
  if (shape.kind === "list") {
    if (shape.atomic) return self();
    if (!Array.isArray(value)) return;
    for (const item of value) {
      const step = itemStep(shape, item);
      const node = nodeAt(out, step);
      node.member = true;
      const children: FieldSet = new Map();
      collect(item, shape.items, children, () => {});
      if (children.size > 0) node.children = children;
    }
    return;
  }
  if (shape.kind === "map") {
    if (shape.atomic) return self();
    if (!isMap(value)) return;
    for (const key of Object.keys(value)) {
      const child = value[key];
      const step = `f:${key}`;
      const children: FieldSet = new Map();
      let member =
        child === null || (isMap(child) && Object.keys(child).length === 0) || shape.field(key) === undefined;
      collect(child, below(shape, key), children, () => {
        member = true;
      });
      if (!member && children.size === 0) continue;
      const node = nodeAt(out, step);
      node.member = node.member || member;
      if (children.size > 0) node.children = children;
    }
    return;
  }
  self();
}

export interface Comparison {
  readonly added: FieldSet;
  readonly modified: FieldSet;
  readonly removed: FieldSet;
}

/** What differs between two values of a shape. */
export function compareTyped(left: unknown, right: unknown, shape: Shape): Comparison {
  const out: Comparison = { added: new Map(), modified: new Map(), removed: new Map() };
  compare(left, right, shape, [], out);
  return out;
}

function compare(left: unknown, right: unknown, given: Shape, path: string[], out: Comparison): void {
  const shape = resolve(given, left === undefined ? right : left, left === undefined ? undefined : right);
  const leaf = () => {
    if (left === undefined) insertPath(out.added, path);
    else if (right === undefined) insertPath(out.removed, path);
    else if (!sameJson(left, right)) insertPath(out.modified, path);
  };
  if (shape.kind === "scalar" || shape.kind === "untyped") return leaf();
  if (shape.kind === "map") {
    const a = isMap(left) ? left : undefined;
    const b = isMap(right) ? right : undefined;
    const none = (a === undefined || isEmptyMap(a)) && (b === undefined || isEmptyMap(b));
    if (shape.atomic || none) return leaf();
    for (const key in a) {
      path.push(`f:${key}`);
      compare(a[key], b !== undefined && Object.hasOwn(b, key) ? b[key] : undefined, below(shape, key), path, out);
      path.pop();
    }
    for (const key in b) {
      if (a !== undefined && Object.hasOwn(a, key)) continue;
      path.push(`f:${key}`);
      compare(undefined, b[key], below(shape, key), path, out);
      path.pop();
    }
  } else {
    const a = Array.isArray(left) ? left : [];
    const b = Array.isArray(right) ? right : [];
    if (shape.atomic || (a.length === 0 && b.length === 0)) return leaf();
    compareItems(a, b, shape, path, out);
  }
  if (left === undefined) insertPath(out.added, path);
  else if (right === undefined) insertPath(out.removed, path);
}

function isEmptyMap(value: Map_): boolean {
  for (const _ in value) return false;
  return true;
}

function group(items: readonly unknown[], shape: ListShape): Map<string, unknown[]> {
  const out = new Map<string, unknown[]>();
  for (const item of items) {
    const step = itemStep(shape, item);
    const list = out.get(step);
    if (list === undefined) out.set(step, [item]);
    else list.push(item);
  }
  return out;
}

function compareItems(
  a: readonly unknown[],
  b: readonly unknown[],
  shape: ListShape,
  path: string[],
  out: Comparison,
): void {
  const left = group(a, shape);
  const right = group(b, shape);
  for (const step of new Set([...left.keys(), ...right.keys()])) {
    const before = left.get(step) ?? [];
    const after = right.get(step) ?? [];
    path.push(step);
    if (before.length <= 1 && after.length <= 1) compare(before[0], after[0], shape.items, path, out);
    else if (before.length >= 2 && after.length >= 2) {
      if (!sameJson(before, after)) insertPath(out.modified, path);
    } else if (before.length >= 2) {
      if (after.length > 0) compare(undefined, after[0], shape.items, path, out);
      insertPath(out.removed, path);
    } else {
      if (before.length > 0) compare(before[0], undefined, shape.items, path, out);
      insertPath(out.added, path);
    }
    path.pop();
  }
}

/** Merges a configuration into a live value: what the configuration says wins, what it leaves out stays. */
export function mergeTyped(left: unknown, right: unknown, given: Shape): unknown {
  const shape = resolve(given, left === undefined ? right : left, left === undefined ? undefined : right);
  const leaf = () => (right === undefined ? left : right);
  if (shape.kind === "scalar" || shape.kind === "untyped") return leaf();
  if (shape.kind === "map") {
    const a = isMap(left) ? left : undefined;
    const b = isMap(right) ? right : undefined;
    const none = (a === undefined || isEmptyMap(a)) && (b === undefined || isEmptyMap(b));
    if (shape.atomic || none) return leaf();
    const out: Map_ = {};
    for (const key of new Set([...Object.keys(a ?? {}), ...Object.keys(b ?? {})])) {
      const merged = mergeTyped(own(a, key), own(b, key), below(shape, key));
      if (merged !== undefined) out[key] = merged;
    }
    return isEmptyMap(out) ? undefined : out;
  }
  const a = Array.isArray(left) ? left : [];
  const b = Array.isArray(right) ? right : [];
  if (shape.atomic || (a.length === 0 && b.length === 0)) return leaf();
  const merged = mergeItems(a, b, shape);
  return merged.length === 0 ? undefined : merged;
}

const own = (map: Map_ | undefined, key: string): unknown =>
  map !== undefined && Object.hasOwn(map, key) ? map[key] : undefined;

/** Items of both lists: the configuration's in its order, the live ones where they stood between them. */
function mergeItems(a: readonly unknown[], b: readonly unknown[], shape: ListShape): unknown[] {
  const leftSteps = a.map((item) => itemStep(shape, item));
  const rightSteps = b.map((item) => itemStep(shape, item));
  const left = new Map<string, unknown>();
  leftSteps.forEach((step, i) => left.set(step, left.has(step) ? undefined : a[i]));
  const right = new Map<string, unknown>();
  rightSteps.forEach((step, i) => right.set(step, b[i]));
  const shared = rightSteps.filter((step) => left.has(step));
  let next = shared.shift();
  const done = new Set<string>();
  const out: unknown[] = [];
  const push = (value: unknown) => {
    if (value !== undefined) out.push(value);
  };
  let i = 0;
  let j = 0;
  while (i < leftSteps.length || j < rightSteps.length) {
    const l = leftSteps[i];
    const r = rightSteps[j];
    if (l !== undefined && r !== undefined) {
      if (l === r) {
        done.add(l);
        push(mergeTyped(left.get(l), right.get(l), shape.items));
        i++;
        j++;
        next = shared.shift();
        continue;
      }
      if (right.has(l) && next !== undefined && next !== l) {
        i++;
        continue;
      }
    }
    if (l !== undefined) {
      if (!right.has(l)) {
        push(mergeTyped(a[i], undefined, shape.items));
        i++;
        continue;
      }
      if (done.has(l)) i++;
    }
    if (r !== undefined) {
      done.add(r);
      push(mergeTyped(left.get(r), right.get(r), shape.items));
      j++;
      if (next === r) next = shared.shift();
    }
  }
  return out;
}

/** The value without the paths of a set. */
export function removeItems(value: unknown, gone: FieldSet, given: Shape): unknown {
  const shape = resolve(given, value);
  if (shape.kind === "list") {
    if (!Array.isArray(value) || value.length === 0 || shape.atomic) return undefined;
    const out: unknown[] = [];
    for (const item of value) {
      const node = gone.get(itemStep(shape, item));
      if (node?.member === true) continue;
      out.push(
        node?.children === undefined || node.children.size === 0 ? item : removeItems(item, node.children, shape.items),
      );
    }
    return out.length === 0 ? undefined : out;
  }
  if (shape.kind === "map") {
    if (!isMap(value) || isEmptyMap(value) || shape.atomic) return undefined;
    const out: Map_ = {};
    for (const key of Object.keys(value)) {
      const node = gone.get(`f:${key}`);
      if (node?.member === true) continue;
      out[key] =
        node?.children === undefined || node.children.size === 0
          ? value[key]
          : (removeItems(value[key], node.children, below(shape, key)) ?? null);
    }
    return isEmptyMap(out) ? undefined : out;
  }
  return value;
}
