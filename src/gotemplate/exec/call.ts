import { typeName } from "../../base/index.ts";
import { checkLimit } from "../errors.ts";
import type { Func, FuncMap } from "../func.ts";
import { quote } from "../fmt/index.ts";
import { nodeText, type IdentifierNode, type Node, type Operand } from "../parse/ast.ts";
import { goTruth } from "../truth.ts";
import { constantEval, toArg, toResult } from "./args.ts";
import { callValue, hiddenIndex, slice } from "./builtins.ts";
import type { ExpressionCompiler } from "./expression.ts";
import type { Eval, State } from "./state.ts";

/** A call: `final` is the value that the pipeline brings as the last argument. */
export type CallClosure = (s: State, dot: unknown, final: unknown) => unknown;

/** How one function is called from one place: made once for each function that is found there. */
interface Plan {
  readonly func: Func;
  readonly call: Func["call"];
  readonly hosted: boolean;
  /** The most UTF-16 units that a text among the arguments may have. */
  readonly longest: number;
  readonly evals: readonly Eval[];
  /** The types of the arguments; `reflect.Value` also for constants, which are converted already. */
  readonly types: readonly string[];
  /** The type of the parameter that takes the final value. */
  readonly finalType: string;
  readonly result: string;
  /** Why it cannot be called like this. */
  readonly refusal: string | undefined;
}

const raw = "reflect.Value";
const any = "interface {}";

function makePlan(
  func: Func,
  name: string,
  args: readonly Operand[],
  evals: readonly (Eval | undefined)[],
  hasFinal: boolean,
): Plan {
  const { params, variadic } = func;
  const count = args.length + (hasFinal ? 1 : 0);
  let refusal: string | undefined;
  if (variadic !== undefined) {
    if (count < params.length) {
      refusal = `wrong number of args for ${name}: want at least ${params.length} got ${args.length}`;
    }
  } else if (count !== params.length) {
    refusal = `wrong number of args for ${name}: want ${params.length} got ${count}`;
  }
  const type = (i: number) => params[i] ?? variadic ?? any;
  return {
    func,
    call: func.call,
    hosted: func.hosted === true,
    longest: func.longest ?? Infinity,
    evals: args.map((arg, i) => evals[i] ?? constantEval(arg, type(i))),
    types: args.map((_, i) => (evals[i] === undefined ? raw : type(i))),
    finalType: type(args.length),
    result: func.result ?? any,
    refusal,
  };
}

/** One argument of a call, evaluated and converted. */
function argument(s: State, dot: unknown, plan: Plan, i: number): unknown {
  const value = (plan.evals[i] as Eval)(s, dot);
  const type = plan.types[i] as string;
  if (type === any) return value === undefined ? null : value;
  return type === raw ? value : toArg(s, value, type);
}

/** Evaluates the arguments, calls, and tells what the function throws as Go tells it; `at` is the node of the call. */
function invoke(
  plan: Plan,
  s: State,
  dot: unknown,
  final: unknown,
  hasFinal: boolean,
  at: Node,
  name: string,
): unknown {
  const { call, longest } = plan;
  const count = plan.evals.length;
  const total = hasFinal ? count + 1 : count;
  let result: unknown;
  // One path for each of the usual numbers of arguments: no list of them is made.
  if (total <= 2) {
    const a = count > 0 ? argument(s, dot, plan, 0) : hasFinal ? toArg(s, final, plan.finalType) : undefined;
    const b = total < 2 ? undefined : count > 1 ? argument(s, dot, plan, 1) : toArg(s, final, plan.finalType);
    if (typeof a === "string" && a.length > longest) checkLimit(a.length, longest, "characters");
    if (typeof b === "string" && b.length > longest) checkLimit(b.length, longest, "characters");
    try {
      if (plan.hosted) result = call(s.host, a, b);
      else if (total === 1) result = call(a);
      else result = total === 0 ? call() : call(a, b);
    } catch (error) {
      throw s.callError(at, name, error);
    }
  } else {
    const argv: unknown[] = plan.hosted ? [s.host] : [];
    for (let i = 0; i < count; i++) argv.push(argument(s, dot, plan, i));
    if (hasFinal) argv.push(toArg(s, final, plan.finalType));
    for (const arg of argv) if (typeof arg === "string") checkLimit(arg.length, longest, "characters");
    try {
      result = call(...argv);
    } catch (error) {
      throw s.callError(at, name, error);
    }
  }
  if (plan.result === "string" && typeof result === "string") return result;
  if (plan.result === any) return result === undefined ? null : result;
  return toResult(result, plan.result);
}

/**
 * A call of a function by its name. `at` is the command, or, for a bare argument, the name itself; with `dig`, a
 * nil interface that it gives is nothing at all.
 */
export function compileCall(
  compiler: ExpressionCompiler,
  ident: IdentifierNode,
  at: Node,
  args: readonly Operand[],
  hasFinal: boolean,
  dig: boolean,
): CallClosure {
  const { name } = ident;
  if (name === "and" || name === "or") return compileShortCircuit(compiler, ident, at, args, hasFinal, dig);
  const evals = args.map((arg) => compiler.operand(arg));
  const { traced } = compiler;
  const hidden = name === "slice" ? args.map((arg) => compiler.isInterface(arg)) : undefined;
  let table: FuncMap | undefined;
  let plan: Plan | undefined;
  let builtinCall = false;
  let builtinSlice = false;
  return (s, dot, final) => {
    s.node = ident;
    if (table !== s.funcs || plan === undefined) {
      const found = s.scope.findFunc(name);
      if (found === undefined) return s.fail(`${quote(name)} is not a defined function`);
      if (plan?.func !== found.func) plan = makePlan(found.func, name, args, evals, hasFinal);
      builtinCall = found.builtin && name === "call";
      builtinSlice = found.builtin && name === "slice";
      table = s.funcs;
    }
    if (plan.refusal !== undefined) s.fail(plan.refusal);
    if (builtinCall) {
      const result = callBuiltin(plan, s, dot, final, hasFinal, at, args);
      return dig && result === null ? undefined : result;
    }
    if (builtinSlice) return callSlice(plan, s, dot, final, hasFinal, at, hidden as InterfaceCheck[]);
    if (traced !== undefined) {
      s.trace?.call?.(name, at, traced);
      const result = invoke(plan, s, dot, final, hasFinal, at, name);
      s.trace?.returned?.(name);
      return dig && result === null ? undefined : result;
    }
    const result = invoke(plan, s, dot, final, hasFinal, at, name);
    return dig && result === null ? undefined : result;
  };
}

function callBuiltin(
  plan: Plan,
  s: State,
  dot: unknown,
  final: unknown,
  hasFinal: boolean,
  at: Node,
  args: readonly Operand[],
): unknown {
  const argv = plan.evals.map((_, i) => argument(s, dot, plan, i));
  if (hasFinal) argv.push(final);
  const callee = args[0] === undefined ? valueText(final) : nodeText(args[0]);
  try {
    return callValue(callee, argv[0], argv.slice(1));
  } catch (error) {
    throw s.callError(at, "call", error);
  }
}

/** Whether the static type of an argument is an interface. */
type InterfaceCheck = (s: State, dot: unknown) => boolean;

/** Go's slice, unlike its index, does not look inside interfaces for its indexes. */
function callSlice(
  plan: Plan,
  s: State,
  dot: unknown,
  final: unknown,
  hasFinal: boolean,
  at: Node,
  hidden: readonly InterfaceCheck[],
): unknown {
  const argv = plan.evals.map((evaluate, i) => {
    const value = evaluate(s, dot);
    return i > 0 && value !== undefined && hidden[i]?.(s, dot) === true ? hiddenIndex : value;
  });
  if (hasFinal) argv.push(final);
  try {
    return slice(argv[0], ...argv.slice(1));
  } catch (error) {
    throw s.callError(at, "slice", error);
  }
}

/** reflect.Value.String. */
function valueText(value: unknown): string {
  if (typeof value === "string") return value;
  return value === undefined ? "<invalid Value>" : `<${typeName(value)} Value>`;
}

/** and/or: the arguments are evaluated until one decides. Where a set has functions of these names, those are called. */
function compileShortCircuit(
  compiler: ExpressionCompiler,
  ident: IdentifierNode,
  at: Node,
  args: readonly Operand[],
  hasFinal: boolean,
  dig: boolean,
): CallClosure {
  const { name } = ident;
  const evals = args.map((arg) => compiler.operand(arg));
  const decides = name === "or";
  const values = args.map((arg, i) => evals[i] ?? constantEval(arg, raw));
  let table: FuncMap | undefined;
  let plan: Plan | undefined;
  return (s, dot, final) => {
    s.node = ident;
    if (table !== s.funcs) {
      const found = s.scope.findFunc(name);
      plan = found === undefined || found.builtin ? undefined : makePlan(found.func, name, args, evals, hasFinal);
      table = s.funcs;
    }
    if (plan !== undefined) {
      if (plan.refusal !== undefined) s.fail(plan.refusal);
      const result = invoke(plan, s, dot, final, hasFinal, at, name);
      return dig && result === null ? undefined : result;
    }
    if (values.length === 0 && !hasFinal) s.fail(`wrong number of args for ${name}: want at least 1 got 0`);
    let value: unknown;
    for (let i = 0; i < values.length; i++) {
      value = (values[i] as Eval)(s, dot);
      if (goTruth(value) === decides) return dig && value === null ? undefined : value;
    }
    if (hasFinal) value = final;
    return dig && value === null ? undefined : value;
  };
}

/** A call of a method that a field chain ended in. */
export type MethodClosure = (s: State, dot: unknown, final: unknown, method: Func, name: string) => unknown;

/** A call of whatever method is found at `node`, with these arguments. */
export function methodCall(
  compiler: ExpressionCompiler,
  node: Operand,
  args: readonly Operand[],
  hasFinal: boolean,
): MethodClosure {
  const evals = args.map((arg) => compiler.operand(arg));
  return (s, dot, final, method, name) => {
    const plan = makePlan(method, name, args, evals, hasFinal);
    if (plan.refusal !== undefined) s.fail(plan.refusal);
    return invoke(plan, s, dot, final, hasFinal, node, name);
  };
}
