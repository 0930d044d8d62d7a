import { GoObject, goTypeTag, isMap } from "../../base/index.ts";
import { extras, hasInterfaceElems, isNilValue, kindOf } from "../kinds.ts";
import {
  nodeText,
  type ChainNode,
  type CommandNode,
  type Node,
  type Operand,
  type PipeNode,
  type Tree,
  type VariableNode,
} from "../parse/ast.ts";
import { constantValue } from "./args.ts";
import { compileCall, methodCall, type CallClosure } from "./call.ts";
import { followChain, type CallMethod, type Chain } from "./field.ts";
import type { Eval, State } from "./state.ts";

const concrete = () => false;

/**
 * Compiles pipelines and what is in them. Closures know nothing of where they stand: variables are found by name when
 * they run, as in Go. With a tree they are traced ones, which call the hooks of the state's trace.
 */
export class ExpressionCompiler {
  readonly traced: Tree | undefined;

  constructor(traced: Tree | undefined) {
    this.traced = traced;
  }

  /**
   * A pipeline. Its value is never a nil interface: Go looks inside interfaces after every command. It declares its
   * variables at the end.
   */
  pipe(node: PipeNode): Eval {
    const { cmds, decl } = node;
    let value = this.command(cmds[0] as CommandNode, node);
    for (let i = 1; i < cmds.length; i++) value = this.stage(cmds[i] as CommandNode, value);
    if (decl.length === 0) return value;
    const inner = value;
    const names = decl.map((variable) => variable.ident[0] as string);
    const [first] = names;
    if (node.isAssign) {
      return (s, dot) => {
        const v = inner(s, dot);
        for (const name of names) s.assign(name, v, undefined);
        return v;
      };
    }
    return (s, dot) => {
      const v = inner(s, dot);
      if (names.length === 1) s.declare(first as string, v);
      else for (const name of names) s.declare(name, v);
      return v;
    };
  }

  /** The first command of a pipeline. */
  private command(node: CommandNode, pipe: PipeNode): Eval {
    const first = node.args[0] as Operand;
    const hasArgs = node.args.length > 1;
    const refuse = (at: Node): Eval => {
      const message = `can't give argument to non-function ${nodeText(first)}`;
      return (s) => {
        s.node = at;
        return s.fail(message);
      };
    };
    switch (first.type) {
      case "field":
      case "chain":
      case "identifier":
        return this.commandCall(node) as Eval;
      case "variable":
        if (first.ident.length > 1) return this.commandCall(node) as Eval;
        if (hasArgs) return this.refuseVariable(first);
        return unwrapped(this.variable(first));
      case "pipe":
        return hasArgs ? refuse(pipe) : this.pipe(first);
      case "nil":
        return hasArgs
          ? refuse(first)
          : (s) => {
              s.node = first;
              return s.fail("nil is not a command");
            };
      default:
        if (hasArgs) return refuse(first);
        return first.type === "dot" ? unwrapped(this.operand(first) as Eval) : this.constant(first);
    }
  }

  private refuseVariable(node: VariableNode, before?: Eval): Eval {
    const variable = this.variable(node);
    return (s, dot) => {
      before?.(s, dot);
      variable(s, dot);
      return s.fail(`can't give argument to non-function ${nodeText(node)}`);
    };
  }

  /** A later command of a pipeline, which gets the value so far as its last argument. */
  private stage(node: CommandNode, before: Eval): Eval {
    const first = node.args[0] as Operand;
    if (first.type === "pipe" || (first.type === "variable" && first.ident.length === 1)) {
      if (first.type === "variable") return this.refuseVariable(first, before);
      return (s, dot) => {
        before(s, dot);
        return s.fail(`can't give argument to non-function ${nodeText(first)}`);
      };
    }
    const call = this.commandCall(node, true);
    return (s, dot) => call(s, dot, before(s, dot));
  }

  /**
   * A command that can take arguments: a function, or a field that may be a method. Its value is looked into: a nil
   * interface is nothing at all.
   */
  private commandCall(node: CommandNode, hasFinal = false): Eval | CallClosure {
    const first = node.args[0] as Operand;
    const args = node.args.slice(1);
    switch (first.type) {
      case "identifier":
        return compileCall(this, first, node, args, hasFinal, true);
      case "field":
        return this.fieldCall(first, first.ident, (_s, dot) => dot, dotIsInterface, args, hasFinal, true);
      case "chain":
        return this.chain(first, args, hasFinal, true);
      case "variable":
        return this.fieldCall(
          first,
          first.ident.slice(1),
          this.variable(first),
          this.variableIsInterface(first),
          args,
          hasFinal,
          true,
        );
      default:
        throw new Error(`not callable: ${first.type}`);
    }
  }

  private variableIsInterface(node: VariableNode): (s: State) => boolean {
    const name = node.ident[0] as string;
    return (s) => hasInterfaces(s.containers[s.names.lastIndexOf(name)]);
  }

  private chain(node: ChainNode, args: readonly Operand[], hasFinal: boolean, dig: boolean): Eval | CallClosure {
    if (node.node.type === "nil") {
      return (s: State) => {
        s.node = node;
        return s.fail(`indirection through explicit nil in ${nodeText(node)}`);
      };
    }
    const inner = this.operand(node.node) as Eval;
    return this.fieldCall(node, node.fields, inner, concrete, args, hasFinal, dig);
  }

  /** Fields of what `root` gives; with arguments, the last one must be a method. */
  private fieldCall(
    node: Operand,
    names: readonly string[],
    root: Eval,
    rootIsInterface: (s: State) => boolean,
    args: readonly Operand[],
    hasFinal: boolean,
    dig: boolean,
  ): Eval | CallClosure {
    const call0 = bareCall(this, node);
    const { traced } = this;
    const isChain = node.type === "chain";
    if (args.length === 0 && !hasFinal) {
      const chain = newChain(names, rootIsInterface, undefined, call0, dig);
      if (traced !== undefined) {
        return (s: State, dot: unknown) => {
          if (!isChain) s.node = node;
          const from = root(s, dot);
          const value = followChain(s, from, chain);
          s.trace?.read?.(from, names, value, node, traced);
          return value;
        };
      }
      if (isChain) return (s: State, dot: unknown) => followChain(s, root(s, dot), chain);
      if (node.type === "variable") {
        const name = node.ident[0] as string;
        return (s: State) => {
          s.node = node;
          return followChain(s, s.values[s.find(name)], chain);
        };
      }
      if (node.type === "field") {
        return (s: State, dot: unknown) => {
          s.node = node;
          return followChain(s, dot, chain);
        };
      }
      return (s: State, dot: unknown) => {
        s.node = node;
        return followChain(s, root(s, dot), chain);
      };
    }
    const call = methodCall(this, node, args, hasFinal);
    return (s: State, dot: unknown, final: unknown) => {
      if (!isChain) s.node = node;
      const from = root(s, dot);
      const called: CallMethod = (state, method, name) => call(state, dot, final, method, name);
      return followChain(s, from, newChain(names, rootIsInterface, called, call0, dig));
    };
  }

  /** Whether the static type of an operand is an interface, which its value does not show. */
  isInterface(node: Operand): (s: State, dot: unknown) => boolean {
    switch (node.type) {
      case "dot":
        return dotIsInterface;
      case "field":
        return this.elementCheck(node.ident, (_s, dot) => dot);
      case "variable":
        if (node.ident.length === 1) return this.variableIsInterface(node);
        return this.elementCheck(node.ident.slice(1), this.variable(node));
      case "chain": {
        const inner = this.operand(node.node);
        return inner === undefined ? concrete : this.elementCheck(node.fields, inner);
      }
      case "identifier":
        return (s) => (s.scope.findFunc(node.name)?.func.result ?? "interface {}") === "interface {}";
      default:
        return concrete;
    }
  }

  private elementCheck(names: readonly string[], root: Eval): (s: State, dot: unknown) => boolean {
    const before = names.slice(0, -1);
    const last = names[names.length - 1] as string;
    const chain = newChain(before, concrete, undefined, () => undefined, false);
    return (s, dot) => {
      let container: unknown;
      try {
        container = followChain(s, root(s, dot), chain);
      } catch {
        return false;
      }
      if (container instanceof GoObject) return extras(container).fieldType?.(last) === "interface {}";
      return isMap(container) && hasInterfaceElems(container);
    };
  }

  /** `$x`, without fields. */
  private variable(node: VariableNode): Eval {
    const name = node.ident[0] as string;
    return (s) => {
      s.node = node;
      return s.values[s.find(name)];
    };
  }

  /** A constant as a command. */
  private constant(node: Operand): Eval {
    if (node.type === "number") {
      return (s) => {
        s.node = node;
        return constantValue(s, node);
      };
    }
    const value = node.type === "bool" ? node.value : node.type === "string" ? node.text : undefined;
    return (s) => {
      s.node = node;
      return value;
    };
  }

  /** What evaluates an operand as an argument; undefined for constants, which take the type of their parameter. */
  operand(node: Operand): Eval | undefined {
    switch (node.type) {
      case "dot":
        return (s, dot) => {
          s.node = node;
          return dot;
        };
      case "field":
        return this.fieldCall(node, node.ident, (_s, dot) => dot, dotIsInterface, [], false, false) as Eval;
      case "variable":
        if (node.ident.length === 1) return this.variable(node);
        return this.fieldCall(
          node,
          node.ident.slice(1),
          this.variable(node),
          this.variableIsInterface(node),
          [],
          false,
          false,
        ) as Eval;
      case "pipe":
        return this.pipe(node);
      case "identifier":
        return compileCall(this, node, node, [], false, false) as Eval;
      case "chain":
        return this.chain(node, [], false, false) as Eval;
      default:
        return undefined;
    }
  }
}

/** A call without arguments of whatever method is found at `node`; made when there is one, which is rare. */
function bareCall(compiler: ExpressionCompiler, node: Operand): CallMethod {
  return (s, method, name) => methodCall(compiler, node, [], false)(s, undefined, undefined, method, name);
}

function newChain(
  names: readonly string[],
  rootIsInterface: (s: State) => boolean,
  call: CallMethod | undefined,
  call0: CallMethod,
  dig: boolean,
): Chain {
  return { names, rootIsInterface, call, call0, dig, methods: undefined, mayBeMethod: false };
}

/** Looks inside an interface: a nil one is nothing at all. */
function unwrapped(value: Eval): Eval {
  return (s, dot) => {
    const v = value(s, dot);
    return v === null ? undefined : v;
  };
}

const dotIsInterface = (s: State) => hasInterfaces(s.dotContainer);

/** Whether the elements of what was ranged over have an interface as their static type. */
function hasInterfaces(container: unknown): boolean {
  if (container === undefined || container === null || isNilValue(container)) return false;
  const kind = kindOf(container);
  if (kind !== "map" && kind !== "slice" && kind !== "array") return false;
  const tag = goTypeTag(container);
  return tag === undefined || !/[\]](?!interface \{\}$)[^\]]*$/.test(tag);
}
