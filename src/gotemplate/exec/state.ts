import { byteLength, isSlipwayError, messageOf } from "../../base/index.ts";
import { TemplateError, limitCode, spanAt, type TemplateFrame } from "../errors.ts";
import type { Func, FuncMap } from "../func.ts";
import { quote } from "../fmt/index.ts";
import type { Meter, MethodTable, MissingKey } from "../options.ts";
import { nodeText, type Node, type Tree } from "../parse/ast.ts";
import type { Trace } from "./trace.ts";

/** A compiled expression. `undefined` is Go's zero reflect.Value (nothing there), `null` a nil interface. */
export type Eval = (s: State, dot: unknown) => unknown;
/** A compiled node: writes to `s.out` and answers {@link breakSignal} or {@link continueSignal} to leave a loop turn. */
export type Exec = (s: State, dot: unknown) => number;

export const breakSignal = 1;
export const continueSignal = 2;

/** Stands where there is no value, not even an undefined one. */
export const nothing: unique symbol = Symbol("nothing");

/** A template that can run. */
export interface Compiled {
  readonly tree: Tree;
  readonly run: Exec;
}

/** Where a state finds the other templates and functions of its set. */
export interface Scope {
  readonly missingKey: MissingKey;
  readonly methods: MethodTable | undefined;
  findFunc(name: string): { readonly func: Func; readonly builtin: boolean } | undefined;
  findTemplate(name: string, traced: boolean): Compiled | undefined;
}

/** One execution. Closures share it: the hot parts are plain fields. */
export class State {
  out = "";
  /** The node that Go would name in an error right now. */
  node: Node | undefined = undefined;
  /** Where the positions of nodes count from: the start of the action, where nodes are shared by all of its text. */
  shift = 0;
  /** The variables, the latest last; the first is `$`. Blocks cut off what was declared in them, as in Go. */
  names: string[] = ["$"];
  values: unknown[];
  /** What a range took a variable's element from, by the variable's index; only errors look into it. */
  containers: unknown[] = [];
  /** What a range took the dot from; undefined where the dot's static type is its own. Only errors look into it. */
  dotContainer: unknown = undefined;
  /** What the `with` that was met last turns the dot to. */
  chosen: unknown = nothing;
  template: Compiled;
  /** The innermost template call and the template it is in: where Go would notice that templates nest too deep. */
  callNode: Node | undefined = undefined;
  callTemplate: Compiled | undefined = undefined;
  callShift = 0;
  readonly scope: Scope;
  readonly meter: Meter;
  readonly trace: Trace | undefined;
  /** The functions of the set: every place that calls one looks it up once in each table. */
  readonly funcs: FuncMap;
  /** What functions of the run's own are given. */
  readonly host: unknown;

  constructor(
    template: Compiled,
    scope: Scope,
    funcs: FuncMap,
    meter: Meter,
    trace: Trace | undefined,
    host: unknown,
    dot: unknown,
  ) {
    this.template = template;
    this.values = [dot];
    this.scope = scope;
    this.funcs = funcs;
    this.meter = meter;
    this.trace = trace;
    this.host = host;
  }

  /** Declares a variable. */
  declare(name: string, value: unknown): void {
    this.names.push(name);
    this.values.push(value);
  }

  /** Forgets the variables declared since there were so many. */
  pop(count: number): void {
    if (this.names.length === count) return;
    this.names.length = count;
    this.values.length = count;
    if (this.containers.length > count) this.containers.length = count;
  }

  /** The index of the latest variable of the name; ends the execution where there is none. */
  find(name: string): number {
    const { names } = this;
    for (let i = names.length - 1; i >= 0; i--) if (names[i] === name) return i;
    return this.fail(`undefined variable: ${name}`);
  }

  /** Stores into the latest variable of the name. */
  assign(name: string, value: unknown, container: unknown): void {
    const i = this.find(name);
    this.values[i] = value;
    if (container !== undefined || this.containers.length > i) this.containers[i] = container;
  }

  /** Counts one loop turn or template call against the limits. */
  step(): void {
    if ((++this.meter.steps & 63) === 0) this.checkLimits();
  }

  /** Looks at the limits, every 64 steps and at the end of a run. */
  private checkLimits(): void {
    const { steps, limits } = this.meter;
    if (limits.steps !== undefined && steps > limits.steps) {
      this.limit(`exceeded the maximum of ${limits.steps} steps`);
    }
    if (limits.output !== undefined && this.out.length > limits.output) {
      this.limit(`the output exceeded the maximum of ${limits.output} characters`);
    }
    limits.check?.();
  }

  private frame(node: Node): TemplateFrame {
    const { tree } = this.template;
    const { parseName, text } = tree;
    const pos = node.pos + this.shift;
    const lineStart = text.lastIndexOf("\n", pos - 1) + 1;
    const span = spanAt(parseName, text, node.start + this.shift, node.end + this.shift);
    const line = spanAt(parseName, text, pos).line;
    const column = byteLength(text.slice(lineStart, pos));
    return { location: `${parseName}:${line}:${column}`, template: tree.name, context: nodeText(node), span };
  }

  /** The error that Go's errorf makes: the place, the node, the words. */
  error(message: string, cause?: unknown, code = "template.exec"): TemplateError {
    const { node } = this;
    const inner = cause instanceof TemplateError ? cause : undefined;
    const reason = inner?.reason ?? (cause === undefined ? message : messageOf(cause));
    if (node === undefined) {
      return new TemplateError(
        `template: ${this.template.tree.name}: ${message}`,
        code,
        inner?.frames ?? [],
        reason,
        cause,
      );
    }
    const frame = this.frame(node);
    const head = `template: ${frame.location}: executing ${quote(frame.template)} at <${frame.context}>: `;
    return new TemplateError(head + message, code, [frame, ...(inner?.frames ?? [])], reason, cause);
  }

  /** Ends the execution with Go's words. */
  fail(message: string): never {
    throw this.error(message);
  }

  /** Ends the run: a limit was passed. */
  limit(message: string): never {
    throw this.error(message, undefined, limitCode);
  }

  /** What a function threw, as the error of the call: interrupts pass through as they are. */
  callError(node: Node, name: string, error: unknown): unknown {
    if (isInterrupt(error)) return error;
    this.node = node;
    if (error instanceof RangeError && error.message.startsWith("Invalid string length")) {
      return this.error(`error calling ${name}: the result is too long`, error, limitCode);
    }
    return this.error(`error calling ${name}: ${messageOf(error)}`, error);
  }
}

/** V8's stack ran out. */
export function isStackOverflow(error: unknown): boolean {
  return error instanceof RangeError && error.message.startsWith("Maximum call stack");
}

/** Errors that are not the template's: they end the run and are not told as errors of a call. */
function isInterrupt(error: unknown): boolean {
  return isSlipwayError(error, limitCode) || isSlipwayError(error, "sprig.load") || isStackOverflow(error);
}
