import { K, type Action } from "../parse/action.ts";
import type { ActionNode, PipeNode, TemplateNode, Tree } from "../parse/ast.ts";
import { R, recordSize, type Body, type Outline } from "../parse/outline.ts";
import { goTruth } from "../truth.ts";
import { callTemplate, printed } from "./compile.ts";
import { ExpressionCompiler } from "./expression.ts";
import { runRange } from "./range.ts";
import { breakSignal, continueSignal, nothing, type Compiled, type Eval, type Exec, type State } from "./state.ts";

/** A body of an outline as something that can run. Nothing is compiled yet: pipelines are when they are first met. */
export function bodyRunner(tree: Tree, outline: Outline, { from, to }: Body): Compiled {
  // Bound, because a function around it would be one more on the stack.
  return { tree, run: run.bind(undefined, outline, from, to) };
}

const compiler = new ExpressionCompiler(undefined);

/** What evaluates an action's pipeline; made once for all actions of the same text. */
function valueOf(action: Action): Eval {
  return (action.value ??= compiler.pipe(action.pipe as PipeNode));
}

/**
 * Runs the records from `from` on, and writes the text before the record `to`, which ends them. Only loops and calls run
 * inside another run: the bodies of `if` and `with` are just what comes next, because charts nest deep and the stack is
 * short.
 */
function run(outline: Outline, from: number, to: number, s: State, dotAtStart: unknown): number {
  const { text, records, actions } = outline;
  let dot = dotAtStart;
  // What to go back to at the end of each open `if` and `with`: the variables, the dot and where it came from.
  let open: unknown[] | undefined;
  for (let i = from; ; i++) {
    const at = i * recordSize;
    const textStart = records[at] as number;
    const textEnd = records[at + 1] as number;
    if (textEnd > textStart) s.out += text.slice(textStart, textEnd);
    if (i === to) return 0;
    const action = actions[i] as Action;
    switch (action.kind) {
      case K.pipe: {
        const value = action.value ?? valueOf(action);
        s.shift = records[at + R.start] as number;
        const v = value(s, dot);
        if (action.shape.silent) break;
        s.out += typeof v === "string" ? v : printed(s, action.node as ActionNode, v);
        break;
      }
      case K.if:
      case K.with: {
        const mark = s.names.length;
        const taken = choose(outline, s, dot, i);
        i = taken;
        if ((actions[taken] as Action).kind === K.end) s.pop(mark);
        else {
          (open ??= []).push(mark, dot, s.dotContainer);
          if (s.chosen !== nothing) {
            dot = s.chosen;
            s.dotContainer = undefined;
          }
        }
        break;
      }
      case K.else:
      case K.elseIf:
      case K.elseWith:
      case K.end: {
        // The branch that was taken is over.
        if (action.kind !== K.end) i = endOf(outline, i);
        const stack = open as unknown[];
        s.dotContainer = stack.pop();
        dot = stack.pop();
        s.pop(stack.pop() as number);
        break;
      }
      case K.range: {
        const signal = range(outline, s, dot, i);
        if (signal !== 0) return signal;
        i = endOf(outline, i);
        break;
      }
      case K.define:
        i = endOf(outline, i);
        break;
      case K.template: {
        s.shift = records[at + R.start] as number;
        const arg = action.pipe === undefined ? undefined : valueOf(action);
        callTemplate(s, dot, action.node as TemplateNode, arg, undefined);
        break;
      }
      case K.break:
        return breakSignal;
      case K.continue:
        return continueSignal;
    }
  }
}

/** The record of the `end` that belongs to a record. */
function endOf({ records, actions }: Outline, from: number): number {
  let i = from;
  do i = records[i * recordSize + R.link] as number;
  while ((actions[i] as Action).kind !== K.end);
  return i;
}

/**
 * Which branch of an `if` or `with` is taken: the record that it follows, or the `end`. What a `with` turns the dot to
 * is left in the state, or `nothing`.
 */
function choose({ records, actions }: Outline, s: State, dot: unknown, from: number): number {
  s.chosen = nothing;
  for (let i = from; ; i = records[i * recordSize + R.link] as number) {
    const action = actions[i] as Action;
    const { kind } = action;
    if (kind === K.end || kind === K.else) return i;
    const value = action.value ?? valueOf(action);
    s.shift = records[i * recordSize + R.start] as number;
    const v = value(s, dot);
    if (!goTruth(v)) continue;
    s.chosen = kind === K.with || kind === K.elseWith ? v : nothing;
    return i;
  }
}

function range(outline: Outline, s: State, dot: unknown, from: number): number {
  const { records, actions } = outline;
  const action = actions[from] as Action;
  const value = action.value ?? valueOf(action);
  const mark = s.names.length;
  s.shift = records[from * recordSize + R.start] as number;
  const over = value(s, dot);
  const link = records[from * recordSize + R.link] as number;
  const body: Exec = (state, element) => run(outline, from + 1, link, state, element);
  let signal = 0;
  if (!runRange(s, action.pipe as PipeNode, over, body) && (actions[link] as Action).kind === K.else) {
    signal = run(outline, link + 1, records[link * recordSize + R.link] as number, s, dot);
  }
  s.pop(mark);
  return signal;
}
