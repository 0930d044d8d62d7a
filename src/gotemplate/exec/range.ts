import { GoInt, GoObject, goTypeTag, int } from "../../base/index.ts";
import { formatValue } from "../fmt/index.ts";
import { GoPointer, extras, keyType, keyValue, sortedKeys, underlying } from "../kinds.ts";
import { printText } from "./builtins.ts";
import type { BranchNode, PipeNode } from "../parse/ast.ts";
import type { Compiler } from "./compile.ts";
import { breakSignal, type Exec, type State } from "./state.ts";

/** One turn of a loop: sets the variables and runs the body. Answers true when the loop ends. */
type Turn = (s: State, container: unknown, key: unknown, element: unknown) => boolean;

/** What a loop hears of each element before its body runs. */
type OnElement = (container: unknown, key: unknown, element: unknown) => void;

/**
 * Runs the body of a `{{range}}` for each element of `over`, what its pipeline gave: lists, maps in the order of their
 * keys, integers and iterators, with `break` and `continue`. Answers whether there was anything to range over. The
 * caller cuts off the variables of the pipeline.
 */
export function runRange(s: State, pipe: PipeNode, over: unknown, body: Exec, onElement?: OnElement): boolean {
  let target = over;
  while (target instanceof GoPointer && !target.isNil) target = target.elem;
  const item = underlying(target);
  if (item === undefined || item === null) return false;
  const { decl, isAssign } = pipe;
  const vars = decl.length;
  const mark = s.names.length;
  const { dotContainer } = s;
  const turn: Turn = (state, container, key, element) => {
    state.step();
    if (vars > 0) {
      if (isAssign) {
        if (vars === 2) state.assign(decl[0]?.ident[0] as string, key, undefined);
        state.assign(decl[vars - 1]?.ident[0] as string, element, container);
      } else {
        // The variables that the pipeline has declared last.
        state.values[mark - 1] = element;
        state.containers[mark - 1] = container;
        if (vars === 2) state.values[mark - 2] = key;
      }
    }
    state.dotContainer = container;
    onElement?.(container, key, element);
    const signal = body(state, element);
    state.pop(mark);
    return signal === breakSignal;
  };
  let ran: boolean;
  if (Array.isArray(item)) {
    // Go reads the length once and sees elements that the body changes.
    const { length } = item;
    for (let i = 0; i < length; i++) {
      const element: unknown = item[i];
      if (turn(s, item, int(i), element === undefined ? null : element)) break;
    }
    ran = length > 0;
  } else ran = rangeOver(s, target, item, vars, turn);
  s.dotContainer = dotContainer;
  return ran;
}

/** Compiles a `{{range}}`. */
export function compileRange(compiler: Compiler, node: BranchNode): Exec {
  const value = compiler.pipe(node.pipe);
  const body = compiler.list(node.list);
  const otherwise = node.elseList === undefined ? undefined : compiler.list(node.elseList);
  const { traced } = compiler;
  return (s, dot) => {
    const mark = s.names.length;
    const over = value(s, dot);
    const onElement: OnElement | undefined =
      traced === undefined
        ? undefined
        : (container, key, element) => s.trace?.element?.(container, key, element, node, traced);
    let signal = 0;
    if (!runRange(s, node.pipe, over, body, onElement) && otherwise !== undefined) signal = otherwise(s, dot);
    s.pop(mark);
    return signal;
  };
}

/** Ranges over what is not a list. Answers whether there was anything to range over. */
function rangeOver(s: State, over: unknown, item: unknown, vars: number, turn: Turn): boolean {
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
