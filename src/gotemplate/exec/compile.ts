import { typeName } from "../../base/index.ts";
import { quote } from "../fmt/index.ts";
import {
  nodeText,
  type ActionNode,
  type BranchNode,
  type ListNode,
  type Node,
  type TemplateNode,
  type Tree,
} from "../parse/ast.ts";
import { goTruth } from "../truth.ts";
import { isUnprintable, printText } from "./builtins.ts";
import { ExpressionCompiler } from "./expression.ts";
import { compileRange } from "./range.ts";
import { breakSignal, continueSignal, type Compiled, type Eval, type Exec, type State } from "./state.ts";

/**
 * Compiles one tree to closures: for tracing, and for the few files that have no outline. All others run straight from
 * their outlines (run.ts).
 */
export class Compiler extends ExpressionCompiler {
  readonly tree: Tree;

  constructor(tree: Tree, traced: boolean) {
    super(traced ? tree : undefined);
    this.tree = tree;
  }

  /** The closures of the whole tree. */
  compile(): Compiled {
    return { tree: this.tree, run: this.list(this.tree.root) };
  }

  list(node: ListNode): Exec {
    const items: Exec[] = [];
    const { nodes } = node;
    for (let i = 0; i < nodes.length; i++) {
      const child = nodes[i] as Node;
      items.push(this.node(child));
    }
    switch (items.length) {
      case 0:
        return () => 0;
      case 1:
        return items[0] as Exec;
      default:
        return (s, dot) => {
          for (let i = 0; i < items.length; i++) {
            const signal = (items[i] as Exec)(s, dot);
            if (signal !== 0) return signal;
          }
          return 0;
        };
    }
  }

  private node(node: Node): Exec {
    switch (node.type) {
      case "text": {
        const { text } = node;
        if (this.traced !== undefined) return this.tracedText(node, text);
        return (s) => {
          s.out += text;
          return 0;
        };
      }
      case "action":
        return this.action(node);
      case "if":
      case "with":
        return this.branch(node);
      case "range":
        return compileRange(this, node);
      case "template":
        return this.template(node);
      case "break":
        return () => breakSignal;
      case "continue":
        return () => continueSignal;
      default:
        throw new Error(`unknown node: ${node.type}`);
    }
  }

  private tracedText(node: Node, text: string): Exec {
    const { tree } = this;
    return (s) => {
      const start = s.out.length;
      s.out += text;
      s.trace?.output?.(node, tree, start, s.out.length);
      return 0;
    };
  }

  private action(node: ActionNode): Exec {
    const value = this.pipe(node.pipe);
    if (node.pipe.decl.length > 0) {
      return (s, dot) => {
        value(s, dot);
        return 0;
      };
    }
    const { traced } = this;
    return (s, dot) => {
      const text = printed(s, node, value(s, dot));
      const start = s.out.length;
      s.out += text;
      if (traced !== undefined) s.trace?.output?.(node, traced, start, s.out.length);
      return 0;
    };
  }

  private branch(node: BranchNode): Exec {
    const value = this.pipe(node.pipe);
    const then = this.list(node.list);
    const otherwise = node.elseList === undefined ? undefined : this.list(node.elseList);
    const { traced } = this;
    const isWith = node.type === "with";
    return (s, dot) => {
      const { dotContainer } = s;
      const mark = s.names.length;
      const v = value(s, dot);
      let signal = 0;
      if (!goTruth(v)) signal = otherwise === undefined ? 0 : otherwise(s, dot);
      else if (isWith) {
        s.dotContainer = undefined;
        if (traced !== undefined) s.trace?.element?.(undefined, undefined, v, node, traced);
        signal = then(s, v);
        s.dotContainer = dotContainer;
      } else signal = then(s, dot);
      s.pop(mark);
      return signal;
    };
  }

  private template(node: TemplateNode): Exec {
    const arg = node.pipe === undefined ? undefined : this.pipe(node.pipe);
    const { traced } = this;
    return (s, dot) => {
      callTemplate(s, dot, node, arg, traced);
      return 0;
    };
  }
}

/** Prints what an action gave, as Go does. */
export function printed(s: State, node: Node, value: unknown): string {
  if (typeof value === "string") return value;
  if (isUnprintable(value)) {
    s.node = node;
    s.fail(`can't print ${nodeText(node)} of type ${typeName(value)}`);
  }
  return printText(value);
}

/** Runs another template in the midst of this one, as `{{template}}` does; `traced` is the tree of the call. */
export function callTemplate(
  s: State,
  dot: unknown,
  node: TemplateNode,
  arg: Eval | undefined,
  traced: Tree | undefined,
): void {
  s.node = node;
  const target = s.scope.findTemplate(node.name, traced !== undefined);
  if (target === undefined) return s.fail(`template ${quote(node.name)} not defined`);
  const { meter } = s;
  const most = meter.limits.depth ?? 100000;
  if (meter.depth >= most) s.limit(`exceeded maximum template depth (${most})`);
  const value = arg === undefined ? undefined : arg(s, dot);
  const { names, values, containers, dotContainer, template, shift } = s;
  s.step();
  if (traced !== undefined) s.trace?.enter?.(target.tree, node, traced);
  meter.depth++;
  s.callNode = node;
  s.callTemplate = template;
  s.callShift = shift;
  s.template = target;
  s.names = ["$"];
  s.values = [value];
  s.containers = [];
  s.dotContainer = undefined;
  s.shift = 0;
  target.run(s, value);
  s.names = names;
  s.values = values;
  s.containers = containers;
  s.dotContainer = dotContainer;
  s.template = template;
  s.shift = shift;
  s.node = node;
  meter.depth--;
  if (traced !== undefined) s.trace?.leave?.(target.tree);
}
