import { GoInt, GoObject, goTypeTag, int } from "../../base/index.ts";
import { formatValue } from "../fmt/index.ts";
import { GoPointer, extras, keyType, keyValue, sortedKeys, underlying } from "../kinds.ts";
import { printText } from "./builtins.ts";
import type { BranchNode, VariableNode } from "../parse/ast.ts";
import type { Compiler } from "./compile.ts";
import { breakSignal, type Exec, type State } from "./state.ts";

/** One turn of a loop: sets the variables and runs the body. Answers true when the loop ends. */
type Turn = (s: State, container: unknown, key: unknown, element: unknown) => boolean;

/** `{{range}}` over lists, maps in the order of their keys, integers and iterators, with `break` and `continue`. */
export function compileRange(compiler: Compiler, node: BranchNode): Exec {
  const { decl, isAssign } = node.pipe;
  const mark = compiler.scope.length;
  // Only errors look into these slots: they hold what is ranged over, for the static type of its elements.
  const dotSlot = compiler.newSlot();
  const varSlot = decl.length > 0 && !isAssign ? compiler.newSlot() : undefined;
  const value = compiler.pipe(node.pipe, varSlot);
  const inner = compiler.scope.length;
  const [first, second] = isAssign ? [] : decl.map((_, i) => compiler.scope[inner - decl.length + i]?.slot as number);
  const elementSlot = decl.length === 2 ? second : first;
  const keySlot = decl.length === 2 ? first : undefined;
  const stores = isAssign ? decl.map((variable) => compiler.assignment(variable)) : undefined;
  const assigned = isAssign ? compiler.containerOf(decl[decl.length - 1] as VariableNode) : undefined;
  const { dotContainer } = compiler;
  compiler.dotContainer = dotSlot;
  const body = compiler.later(node.list);
  compiler.dotContainer = dotContainer;
  compiler.scope.length = inner;
  const otherwise = node.elseList === undefined ? undefined : compiler.later(node.elseList);
  compiler.scope.length = mark;
  const { traced, tree } = compiler;

  const turn: Turn = (s, container, key, element) => {
    s.step();
    if (elementSlot !== undefined) {
      s.vars[elementSlot] = element;
      s.vars[varSlot as number] = container;
      if (keySlot !== undefined) s.vars[keySlot] = key;
    } else if (stores !== undefined) {
      if (stores.length === 2) {
        stores[0]?.(s, key);
        stores[1]?.(s, element);
      } else stores[0]?.(s, element);
      if (assigned !== undefined) s.vars[assigned] = container;
    }
    if (traced) s.trace?.element?.(container, key, element, node, tree);
    return body(s, element) === breakSignal;
  };

  return (s, dot) => {
    let over = value(s, dot);
    while (over instanceof GoPointer && !over.isNil) over = over.elem;
    const item = underlying(over);
    if (Array.isArray(item)) {
      if (item.length > 0) {
        s.vars[dotSlot] = item;
        // Go reads the length once and sees elements that the body changes.
        const { length } = item;
        for (let i = 0; i < length; i++) {
          const element = item[i];
          if (turn(s, item, int(i), element === undefined ? null : element)) break;
        }
        return 0;
      }
    } else if (item !== undefined && item !== null) {
      s.vars[dotSlot] = undefined;
      if (rangeOver(s, over, item, decl.length, dotSlot, turn)) return 0;
    }
    return otherwise === undefined ? 0 : otherwise(s, dot);
  };
}

/** Ranges over what is not a list. Answers whether there was anything to range over. */
function rangeOver(s: State, over: unknown, item: unknown, vars: number, dotSlot: number, turn: Turn): boolean {
  if (item instanceof GoInt) {
    if (vars > 1) s.fail(`can't use ${formatValue(over)} to iterate over more than one variable`);
    const named = over instanceof GoObject ? extras(over) : undefined;
    for (let i = 0n; i < item.value; i++) {
      const n = new GoInt(item.kind, i);
      if (turn(s, undefined, undefined, named?.like?.(n) ?? n)) break;
    }
    return item.value > 0n;
  }
  if (item instanceof Uint8Array) {
    for (let i = 0; i < item.length; i++) {
      if (turn(s, undefined, int(i), new GoInt("uint8", BigInt(item[i] as number)))) break;
    }
    return item.length > 0;
  }
  if (item instanceof GoObject) return rangeObject(s, item, vars, turn);
  if (typeof item !== "object") return s.fail(`range can't iterate over ${formatValue(over)}`);
  const map = item as Record<string, unknown>;
  const keys = sortedKeys(map);
  const tag = goTypeTag(map);
  const type = tag === undefined ? "string" : keyType(tag);
  s.vars[dotSlot] = map;
  for (const key of keys) {
    const element = map[key];
    if (turn(s, map, type === "string" ? key : keyValue(key, type), element === undefined ? null : element)) break;
  }
  return keys.length > 0;
}

function rangeObject(s: State, object: GoObject, vars: number, turn: Turn): boolean {
  const iterate = extras(object).iterate;
  if (iterate === undefined) return s.fail(`range can't iterate over ${printText(object)}`);
  const isSeq = object.goKind === "func" && !/,|Seq2/.test(object.goType);
  if (isSeq && vars > 1) s.fail(`can't use ${formatValue(object)} iterate over more than one variable`);
  const isChan = object.goKind === "chan";
  let ran = false;
  let i = 0;
  for (const [a, b] of iterate.call(object)) {
    ran = true;
    // A channel counts its elements; a Seq2 gives pairs, of which a single variable gets the first.
    const stop = isChan
      ? turn(s, undefined, int(i++), a)
      : isSeq || vars < 2
        ? turn(s, undefined, undefined, a)
        : turn(s, undefined, a, b);
    if (stop) break;
  }
  return ran;
}
