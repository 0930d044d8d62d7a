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
import { undeclared, type Eval, type State } from "./state.ts";

/** A declared variable: its slot, and, for the element of a range, the slot of what is ranged over. */
export interface Variable {
  readonly name: string;
  readonly slot: number;
  container: number | undefined;
  /** Declared inside an argument of and/or, which may not be evaluated: outer ones of its name are found then. */
  readonly unsure: boolean;
}

const concrete = () => false;

/**
 * Compiles pipelines and what is in them, and keeps the variables in scope. `traced` closures call the hooks of the
 * state's trace; the others know nothing of it.
 */
export class ExpressionCompiler {
  readonly tree: Tree;
  readonly traced: boolean;
  readonly scope: Variable[] = [{ name: "$", slot: 0, container: undefined, unsure: false }];
  slots = 1;
  /** The slot of the container whose element the dot is; undefined where the dot's static type is its own. */
  dotContainer: number | undefined;
  private shortCircuit = 0;

  constructor(tree: Tree, traced: boolean) {
    this.tree = tree;
    this.traced = traced;
  }

  newSlot(): number {
    return this.slots++;
  }

  /**
   * A pipeline. Its value is never a nil interface: Go looks inside interfaces after every command. Variables that it
   * declares are in scope afterwards.
   */
  pipe(node: PipeNode, container?: number): Eval {
    let value = this.command(node.cmds[0] as CommandNode, node);
    for (let i = 1; i < node.cmds.length; i++) value = this.stage(node.cmds[i] as CommandNode, value);
    if (node.decl.length === 0) return value;
    const stores = node.decl.map((variable, i) =>
      node.isAssign
        ? this.assignment(variable)
        : this.declaration(variable, i === node.decl.length - 1 ? container : undefined),
    );
    const inner = value;
    return (s, dot) => {
      const v = inner(s, dot);
      for (const store of stores) store(s, v);
      return v;
    };
  }

  private declaration(node: VariableNode, container: number | undefined): (s: State, value: unknown) => void {
    const slot = this.newSlot();
    this.scope.push({ name: node.ident[0] as string, slot, container, unsure: this.shortCircuit > 0 });
    return (s, value) => {
      s.vars[slot] = value;
    };
  }

  /** Stores into the variable of the name; it need not exist, which only execution finds out. */
  assignment(node: VariableNode): (s: State, value: unknown) => void {
    const name = node.ident[0] as string;
    const found = this.lookup(name);
    return (s, value) => {
      for (const variable of found) {
        if (variable.unsure && s.vars[variable.slot] === undeclared) continue;
        s.vars[variable.slot] = value;
        if (variable.container !== undefined) s.vars[variable.container] = undefined;
        return;
      }
      s.fail(`undefined variable: ${name}`);
    };
  }

  /** The slot that holds what a range took the variable's element from; the variable gets one if it has none. */
  containerOf(node: VariableNode): number | undefined {
    const [variable] = this.lookup(node.ident[0] as string);
    if (variable === undefined) return undefined;
    return (variable.container ??= this.newSlot());
  }

  /** The variables that a name may mean, the nearest first: one, unless some may not have been declared. */
  private lookup(name: string): Variable[] {
    const found: Variable[] = [];
    for (let i = this.scope.length - 1; i >= 0; i--) {
      const variable = this.scope[i] as Variable;
      if (variable.name !== name) continue;
      found.push(variable);
      if (!variable.unsure) break;
    }
    return found;
  }

  /** Compiles arguments of and/or, all but the first of which may not be evaluated. */
  shortCircuited<T>(compile: () => T): T {
    this.shortCircuit++;
    const from = this.scope.length;
    const result = compile();
    this.shortCircuit--;
    this.unsureSlots = this.scope.slice(from).map((variable) => variable.slot);
    return result;
  }
  unsureSlots: number[] = [];

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
        return this.fieldCall(first, first.ident, (_s, dot) => dot, this.dotIsInterface(), args, hasFinal, true);
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

  private dotIsInterface(): (s: State) => boolean {
    return containerCheck(this.dotContainer);
  }

  private variableIsInterface(node: VariableNode): (s: State) => boolean {
    const [variable] = this.lookup(node.ident[0] as string);
    // A range further down may still make it a variable for elements, so look when it matters.
    return variable === undefined ? concrete : (s) => containerCheck(variable.container)(s);
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
    const { traced, tree } = this;
    const isChain = node.type === "chain";
    if (args.length === 0 && !hasFinal) {
      const chain = newChain(names, rootIsInterface, undefined, call0, dig);
      if (traced) {
        return (s: State, dot: unknown) => {
          if (!isChain) s.node = node;
          const from = root(s, dot);
          const value = followChain(s, from, chain);
          s.trace?.read?.(from, names, value, node, tree);
          return value;
        };
      }
      if (isChain) return (s: State, dot: unknown) => followChain(s, root(s, dot), chain);
      const slot = this.sureSlot(node);
      if (slot !== undefined) {
        return (s: State) => {
          s.node = node;
          return followChain(s, s.vars[slot], chain);
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
        return this.dotIsInterface();
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

  /** The slot of the variable that an operand begins with, where there is no doubt about it. */
  private sureSlot(node: Operand): number | undefined {
    const variable = node.type === "variable" ? this.lookup(node.ident[0] as string)[0] : undefined;
    return variable === undefined || variable.unsure ? undefined : variable.slot;
  }

  /** `$x`, without fields. */
  private variable(node: VariableNode): Eval {
    const name = node.ident[0] as string;
    const found = this.lookup(name);
    const [only] = found;
    if (only !== undefined && !only.unsure) {
      const { slot } = only;
      return (s) => {
        s.node = node;
        return s.vars[slot];
      };
    }
    return (s) => {
      s.node = node;
      for (const { slot, unsure } of found) {
        if (!unsure || s.vars[slot] !== undeclared) return s.vars[slot];
      }
      return s.fail(`undefined variable: ${name}`);
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
        return this.fieldCall(node, node.ident, (_s, dot) => dot, this.dotIsInterface(), [], false, false) as Eval;
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

/** Whether the element of the container in a slot has an interface as its static type. */
function containerCheck(slot: number | undefined): (s: State) => boolean {
  if (slot === undefined) return concrete;
  return (s) => {
    const container = s.vars[slot];
    if (container === undefined || container === null || isNilValue(container)) return false;
    const kind = kindOf(container);
    if (kind !== "map" && kind !== "slice" && kind !== "array") return false;
    const tag = goTypeTag(container);
    return tag === undefined || !/[\]](?!interface \{\}$)[^\]]*$/.test(tag);
  };
}
