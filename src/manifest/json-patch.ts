/** JSON Patch (RFC 6902), as the API server applies it. */

export interface PatchOperation {
  readonly op: string;
  readonly path: string;
  readonly from?: string;
  readonly value?: unknown;
}

type Container = Record<string, unknown> | unknown[];

/**
 * Applies operations to a document and answers the new one; the given one stays as it was.
 * Throws a plain Error where a path is missing, a test fails or an operation is unknown.
 */
export function jsonPatch(document: unknown, operations: readonly PatchOperation[]): unknown {
  const root = { "": structuredClone(document) } as Record<string, unknown>;
  for (const operation of operations) applyOperation(root, operation);
  return root[""];
}

function applyOperation(root: Record<string, unknown>, operation: PatchOperation): void {
  const { op, path } = operation;
  if (typeof path !== "string") throw new Error("missing path");
  switch (op) {
    case "add":
      add(root, path, structuredClone(operation.value));
      return;
    case "remove":
      remove(root, path);
      return;
    case "replace": {
      const [container, key] = locate(root, path);
      if (!exists(container, key)) throw missing("replace", path);
      set(container, key, structuredClone(operation.value));
      return;
    }
    case "move": {
      const value = read(root, operation.from ?? "", "move");
      remove(root, operation.from ?? "");
      add(root, path, value);
      return;
    }
    case "copy":
      add(root, path, structuredClone(read(root, operation.from ?? "", "copy")));
      return;
    case "test": {
      const [container, key] = locate(root, path);
      const value = exists(container, key) ? get(container, key) : null;
      if (!same(value, operation.value ?? null)) throw new Error(`testing value ${path} failed: test failed`);
      return;
    }
    default:
      throw new Error(`unexpected kind: ${op}`);
  }
}

const missing = (op: string, path: string): Error =>
  new Error(`${op} operation does not apply: doc is missing path: ${path}: missing value`);

/** The container of the last step of a path, and that step. */
function locate(root: Record<string, unknown>, path: string): [Container, string] {
  if (path !== "" && !path.startsWith("/")) throw new Error(`bad path: ${path}`);
  const steps = path.split("/").map((step) => step.replaceAll("~1", "/").replaceAll("~0", "~"));
  let container: Container = root;
  for (let i = 0; i < steps.length - 1; i++) {
    const step = steps[i] as string;
    const next = exists(container, step) ? get(container, step) : undefined;
    if (typeof next !== "object" || next === null) throw missing("patch", path);
    container = next as Container;
  }
  return [container, steps.at(-1) as string];
}

/** An array's index; negative ones count from the end. Undefined when it is not a number. */
function indexOf(key: string, length: number): number | undefined {
  if (!/^-?\d+$/.test(key)) return undefined;
  const index = Number(key);
  return index < 0 ? index + length : index;
}

function exists(container: Container, key: string): boolean {
  if (!Array.isArray(container)) return Object.hasOwn(container, key);
  const index = indexOf(key, container.length);
  return index !== undefined && index >= 0 && index < container.length;
}

function get(container: Container, key: string): unknown {
  return Array.isArray(container) ? container[indexOf(key, container.length) as number] : container[key];
}

function set(container: Container, key: string, value: unknown): void {
  if (Array.isArray(container)) container[indexOf(key, container.length) as number] = value;
  else define(container, key, value);
}

function define(container: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(container, key, { value, enumerable: true, configurable: true, writable: true });
}

function add(root: Record<string, unknown>, path: string, value: unknown): void {
  const [container, key] = locate(root, path);
  if (!Array.isArray(container)) return define(container, key, value);
  if (key === "-") {
    container.push(value);
    return;
  }
  let index = /^-?\d+$/.test(key) ? Number(key) : Number.NaN;
  if (index < 0) index += container.length + 1;
  if (!(index >= 0 && index <= container.length)) throw new Error(`Unable to access invalid index: ${key}`);
  container.splice(index, 0, value);
}

function remove(root: Record<string, unknown>, path: string): void {
  const [container, key] = locate(root, path);
  if (!exists(container, key)) throw missing("remove", path);
  if (Array.isArray(container)) container.splice(indexOf(key, container.length) as number, 1);
  else delete container[key];
}

function read(root: Record<string, unknown>, path: string, op: string): unknown {
  const [container, key] = locate(root, path);
  if (!exists(container, key)) throw missing(op, path);
  return get(container, key);
}

function same(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== "object" || typeof b !== "object" || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const left = a as Record<string, unknown>;
  const right = b as Record<string, unknown>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && same(left[key], right[key]))
  );
}
