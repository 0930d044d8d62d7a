import { GoInt, nilOf, typeName, withGoType } from "../base/index.ts";
import { checkLimit, func, type FuncMap } from "../gotemplate/index.ts";
import { toIndex, truncate } from "./cast.ts";
import { type FunctionLimits } from "./limits.ts";
import { deepEqual, elements, isEmpty, kindOrPanic, underlying } from "./values.ts";

/** The elements of a list, or the error in sprig's words: `Cannot push on type string`. */
function listFor(words: string, list: unknown): readonly unknown[] {
  const kind = kindOrPanic(list);
  const items = elements(list);
  if (items === undefined) throw new Error(`${words} ${kind}`);
  return items;
}

const nilList = () => nilOf("[]interface {}") as unknown[];
const inList = (list: readonly unknown[], item: unknown) => list.some((other) => deepEqual(item, other));

/** The items met so far, by DeepEqual: scalars by their type and text, so that long lists take no longer than they must. */
class Seen {
  private readonly scalars = new Set<unknown>();
  private readonly others: unknown[] = [];

  has(item: unknown): boolean {
    const key = scalarKey(item);
    return key === undefined ? inList(this.others, item) : this.scalars.has(key);
  }
  add(item: unknown): void {
    const key = scalarKey(item);
    if (key === undefined) this.others.push(item);
    else this.scalars.add(key);
  }
}

/** Something by which equal scalars are the same; undefined for NaN, which equals nothing, and for all else. */
function scalarKey(item: unknown): unknown {
  if (item instanceof GoInt) return `${item.kind} ${item.value}`;
  switch (typeof item) {
    case "string":
      return `string ${item}`;
    case "number":
      return Number.isNaN(item) ? undefined : item + 0;
    case "boolean":
      return item;
    default:
      return item === null ? null : undefined;
  }
}

function uniq(list: unknown): unknown[] {
  const out: unknown[] = [];
  const seen = new Seen();
  for (const item of listFor("Cannot find uniq on type", list)) {
    if (seen.has(item)) continue;
    seen.add(item);
    out.push(item);
  }
  return out;
}

function without(list: unknown, omit: readonly unknown[]): unknown[] {
  const gone = new Seen();
  for (const item of omit) gone.add(item);
  return listFor("Cannot find without on type", list).filter((item) => !gone.has(item));
}

function has(needle: unknown, list: unknown): boolean {
  if (list === null || list === undefined) return false;
  return inList(listFor("Cannot find has on type", list), needle);
}

/** chunk, with sprig's float arithmetic, of which the panics for sizes below 1 are a part. */
function chunk(size: number, list: unknown): unknown[] {
  const items = listFor("Cannot chunk type", list);
  const tooLong = () => new Error("runtime error: makeslice: len out of range");
  const count = Number(truncate(Math.floor((items.length - 1) / size) + 1));
  if (count < 0) throw tooLong();
  const chunks: unknown[][] = [];
  for (let i = 0; i < count; i++) {
    let length = size;
    if (i === count - 1) length = Math.floor(items.length % size) || size;
    if (length < 0) throw tooLong();
    chunks.push(items.slice(i * size, i * size + length));
  }
  return withGoType(chunks, "[][]interface {}");
}

/** slice: the result has the type of the list, and shares nothing that templates could change. */
function slice(list: unknown, indices: readonly unknown[]): unknown {
  const items = listFor("list should be type of slice or array but", list);
  if (items.length === 0) return null;
  const start = indices.length > 0 ? toIndex(indices[0]) : 0;
  const end = indices.length > 1 ? toIndex(indices[1]) : items.length;
  if (start < 0 || start > end || end > items.length) {
    throw new Error("reflect.Value.Slice: slice index out of bounds");
  }
  const plain = underlying(list) as unknown[] | Uint8Array;
  if (plain instanceof Uint8Array) return plain.slice(start, end);
  return retype(plain.slice(start, end), plain);
}

function retype(fresh: unknown[], like: unknown[]): unknown[] {
  const type = typeName(like);
  return type === "[]interface {}" ? fresh : withGoType(fresh, type);
}

function concat(lists: readonly unknown[], limits: FunctionLimits): unknown[] {
  const out: unknown[] = [];
  for (const list of lists) {
    const kind = kindOrPanic(list);
    const items = elements(list);
    if (items === undefined) throw new Error(`Cannot concat type ${kind} as list`);
    checkLimit(out.length + items.length, limits.items, "elements");
    for (const item of items) out.push(item);
  }
  return out.length === 0 ? nilList() : out;
}

/** The functions on lists; each `must…` twin differs in Go only in how it fails, and the words are the same. */
export function listFuncs(limits: FunctionLimits): FuncMap {
  const any = "interface {}";
  const list = { result: "[]interface {}" };
  const each = { variadic: any };
  const twins = (names: Record<string, ReturnType<typeof func>>): FuncMap =>
    Object.fromEntries(
      Object.entries(names).flatMap(([name, fn]) => [
        [name, fn],
        [`must${name[0]?.toUpperCase()}${name.slice(1)}`, fn],
      ]),
    );
  const roomFor = (items: readonly unknown[], more: number) => {
    checkLimit(items.length + more, limits.items, "elements");
    return items;
  };
  const push = func([any, any], (items, item) => [...roomFor(listFor("Cannot push on type", items), 1), item], list);
  const make = func([], (...items) => items, { ...each, ...list });
  return {
    list: make,
    tuple: make,
    concat: func([], (...lists) => concat(lists, limits), each),
    ...twins({
      append: push,
      push,
      prepend: func([any, any], (items, item) => [item, ...listFor("Cannot prepend on type", items)], list),
      first: func([any], (items) => listFor("Cannot find first on type", items)[0] ?? null),
      last: func([any], (items) => listFor("Cannot find last on type", items).at(-1) ?? null),
      rest: func([any], (items) => tail(listFor("Cannot find rest on type", items)), list),
      initial: func([any], (items) => head(listFor("Cannot find initial on type", items)), list),
      reverse: func([any], (items) => listFor("Cannot find reverse on type", items).toReversed(), list),
      uniq: func([any], uniq, list),
      compact: func([any], (items) => listFor("Cannot compact on type", items).filter((item) => !isEmpty(item)), list),
      without: func([any], (items, ...omit) => without(items, omit), { ...each, ...list }),
      has: func([any, any], has, { result: "bool" }),
      slice: func([any], (items, ...indices) => slice(items, indices), each),
      chunk: func(["int", any], chunk, { result: "[][]interface {}" }),
    }),
  };
}

function tail(items: readonly unknown[]): unknown[] {
  return items.length === 0 ? nilList() : items.slice(1);
}

function head(items: readonly unknown[]): unknown[] {
  return items.length === 0 ? nilList() : items.slice(0, -1);
}
