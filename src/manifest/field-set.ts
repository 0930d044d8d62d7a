import { compareStrings } from "../base/index.ts";
import type { Shape } from "./shape.ts";

/**
 * A set of paths into an object, as managedFields keep it. Steps are written as there: `f:name`, `k:{"name":"x"}`,
 * `v:"x"`, `i:0`. A node that is a member stands for its own path, its children for longer ones.
 */
export type FieldSet = Map<string, FieldNode>;

export interface FieldNode {
  member: boolean;
  children: FieldSet | undefined;
}

/** The node at a step, made where it is missing. */
export function nodeAt(set: FieldSet, step: string): FieldNode {
  let node = set.get(step);
  if (node === undefined) {
    node = { member: false, children: undefined };
    set.set(step, node);
  }
  return node;
}

/** The set below a step, made where it is missing. */
export function childrenAt(set: FieldSet, step: string): FieldSet {
  const node = nodeAt(set, step);
  return (node.children ??= new Map());
}

export function insertPath(set: FieldSet, path: readonly string[]): void {
  if (path.length === 0) return;
  let at = set;
  for (let i = 0; i < path.length - 1; i++) at = childrenAt(at, path[i] as string);
  nodeAt(at, path.at(-1) as string).member = true;
}

export function isEmptySet(set: FieldSet | undefined): boolean {
  if (set === undefined) return true;
  for (const node of set.values()) if (node.member || !isEmptySet(node.children)) return false;
  return true;
}

/** Combines two sets node by node; nodes without a member or children vanish. */
function combine(
  a: FieldSet | undefined,
  b: FieldSet | undefined,
  keep: (inA: boolean, inB: boolean) => boolean,
): FieldSet {
  const out: FieldSet = new Map();
  const visit = (step: string, left: FieldNode | undefined, right: FieldNode | undefined) => {
    const member = keep(left?.member ?? false, right?.member ?? false);
    const children =
      left?.children === undefined && right?.children === undefined
        ? undefined
        : combine(left?.children, right?.children, keep);
    if (member || (children !== undefined && children.size > 0)) {
      out.set(step, { member, children: children?.size === 0 ? undefined : children });
    }
  };
  for (const [step, node] of a ?? []) visit(step, node, b?.get(step));
  for (const [step, node] of b ?? []) if (a?.has(step) !== true) visit(step, undefined, node);
  return out;
}

export const union = (a: FieldSet | undefined, b: FieldSet | undefined): FieldSet => combine(a, b, (x, y) => x || y);
export const intersection = (a: FieldSet | undefined, b: FieldSet | undefined): FieldSet =>
  combine(a, b, (x, y) => x && y);
export const difference = (a: FieldSet | undefined, b: FieldSet | undefined): FieldSet =>
  combine(a, b, (x, y) => x && !y);

/** Difference that also takes everything below the members of `b`. */
export function recursiveDifference(a: FieldSet, b: FieldSet): FieldSet {
  const out: FieldSet = new Map();
  for (const [step, node] of a) {
    const gone = b.get(step);
    if (gone?.member === true) continue;
    if (gone?.children === undefined || node.children === undefined) {
      out.set(step, node);
      continue;
    }
    const children = recursiveDifference(node.children, gone.children);
    if (node.member || children.size > 0) out.set(step, { member: node.member, children });
  }
  return out;
}

/** Adds the declared fields on the way to members as members themselves. */
export function withNamedFields(set: FieldSet, shape: Shape | undefined): FieldSet {
  const out: FieldSet = new Map();
  for (const [step, node] of set) {
    const below = stepInto(shape, step);
    const children = node.children === undefined ? undefined : withNamedFields(node.children, below);
    const named =
      node.children !== undefined &&
      step.startsWith("f:") &&
      shape?.kind === "map" &&
      shape.field(step.slice(2)) !== undefined;
    out.set(step, { member: node.member || named, children });
  }
  return out;
}

/** The shape below a step. */
export function stepInto(shape: Shape | undefined, step: string): Shape | undefined {
  if (shape === undefined || shape.kind === "untyped") return shape;
  if (shape.kind === "list") return shape.items;
  if (shape.kind === "map" && step.startsWith("f:")) return shape.field(step.slice(2)) ?? shape.values;
  return undefined;
}

/** Every member's path, parents before children, in the order of field names, keys, values, positions. */
export function pathsOf(set: FieldSet, prefix: readonly string[] = []): string[][] {
  const out: string[][] = [];
  for (const step of [...set.keys()].sort(compareSteps)) {
    const node = set.get(step) as FieldNode;
    if (node.member) out.push([...prefix, step]);
  }
  for (const step of [...set.keys()].sort(compareSteps)) {
    const node = set.get(step) as FieldNode;
    if (node.children !== undefined) out.push(...pathsOf(node.children, [...prefix, step]));
  }
  return out;
}

const ranks: Record<string, number> = { f: 0, k: 1, v: 2, i: 3 };

function compareSteps(a: string, b: string): number {
  const rank = (ranks[a[0] as string] ?? 9) - (ranks[b[0] as string] ?? 9);
  return rank !== 0 ? rank : compareStrings(a, b);
}

/** FieldsV1's JSON → set. */
export function setFromJson(json: unknown): FieldSet {
  const out: FieldSet = new Map();
  if (typeof json !== "object" || json === null) return out;
  for (const [step, value] of Object.entries(json as Record<string, unknown>)) {
    if (step === ".") continue;
    const below = typeof value === "object" && value !== null ? (value as Record<string, unknown>) : {};
    const keys = Object.keys(below);
    const children = setFromJson(below);
    out.set(step, {
      member: keys.length === 0 || Object.hasOwn(below, "."),
      children: children.size === 0 ? undefined : children,
    });
  }
  return out;
}

/** Set → FieldsV1's JSON, steps in upstream's order. */
export function setToJson(set: FieldSet): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const step of [...set.keys()].sort(compareSteps)) {
    const node = set.get(step) as FieldNode;
    if (node.children === undefined || node.children.size === 0) {
      if (node.member) out[step] = {};
      continue;
    }
    const below = setToJson(node.children);
    out[step] = node.member ? { ".": {}, ...below } : below;
  }
  return out;
}

/** `.spec.containers[name="app"].image`, as messages of conflicts show a path. */
export function pathText(path: readonly string[]): string {
  let text = "";
  for (const step of path) {
    const rest = step.slice(2);
    if (step.startsWith("f:")) text += `.${rest}`;
    else if (step.startsWith("k:")) {
      const keys = JSON.parse(rest) as Record<string, unknown>;
      text += `[${Object.entries(keys)
        .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
        .join(",")}]`;
    } else if (step.startsWith("v:")) text += `[=${rest}]`;
    else text += `[${rest}]`;
  }
  return text;
}
