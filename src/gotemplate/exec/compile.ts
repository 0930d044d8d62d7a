import { typeName } from "../../base/index.ts";
import { quote } from "../fmt/index.ts";
import {
  nodeText,
  type ActionNode,
  type BranchNode,
  type ListNode,
  type Node,
  type TemplateNode,
} from "../parse/ast.ts";
import { goTruth } from "../truth.ts";
import { isUnprintable, printText } from "./builtins.ts";
import { ExpressionCompiler } from "./expression.ts";
import { compileRange } from "./range.ts";
import { breakSignal, continueSignal, type Compiled, type Exec, type State } from "./state.ts";

/** Compiles one tree to closures. */
export class Compiler extends ExpressionCompiler {
  /** The closures of the whole tree. */
  compile(): Compiled {
    const run = this.list(this.tree.root);
    const slots = () => this.slots;
    return {
      tree: this.tree,
      run,
      // Branches that are compiled later add to them.
      get slots() {
        return slots();
      },
    };
  }

  list(node: ListNode): Exec {
    const items: Exec[] = [];
    const { nodes } = node;
    for (let i = 0; i < nodes.length; i++) {
      const child = nodes[i] as Node;
      const next = nodes[i + 1];
      if (!this.traced && child.type === "text" && next?.type === "action" && next.pipe.decl.length === 0) {
        items.push(this.textAndAction(child.text, next));
        i++;
      } else items.push(this.node(child));
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
        if (this.traced) return this.tracedText(node, text);
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

  /** A text and the value that follows it, which is most of what templates are made of. */
  private textAndAction(text: string, node: ActionNode): Exec {
    const value = this.pipe(node.pipe);
    return (s, dot) => {
      s.out += text;
      const v = value(s, dot);
      s.out += typeof v === "string" ? v : v === undefined ? "<no value>" : this.printed(s, node, v);
      return 0;
    };
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
    const { tree } = this;
    if (this.traced) {
      return (s, dot) => {
        const text = this.printed(s, node, value(s, dot));
        const start = s.out.length;
        s.out += text;
        s.trace?.output?.(node, tree, start, s.out.length);
        return 0;
      };
    }
    return (s, dot) => {
      const v = value(s, dot);
      s.out += typeof v === "string" ? v : v === undefined ? "<no value>" : this.printed(s, node, v);
      return 0;
    };
  }

  private printed(s: State, node: Node, value: unknown): string {
    if (isUnprintable(value)) {
      s.node = node;
      s.fail(`can't print ${nodeText(node)} of type ${typeName(value)}`);
    }
    return printText(value);
  }

  private branch(node: BranchNode): Exec {
    const mark = this.scope.length;
    const value = this.pipe(node.pipe);
    const inner = this.scope.length;
    const dotContainer = this.dotContainer;
    const isWith = node.type === "with";
    if (isWith) this.dotContainer = undefined;
    const then = this.later(node.list);
    this.dotContainer = dotContainer;
    this.scope.length = inner;
    const otherwise = node.elseList === undefined ? undefined : this.later(node.elseList);
    this.scope.length = mark;
    if (isWith) {
      const { traced, tree } = this;
      return (s, dot) => {
        const v = value(s, dot);
        if (goTruth(v)) {
          if (traced) s.trace?.element?.(undefined, undefined, v, node, tree);
          return then(s, v);
        }
        return otherwise === undefined ? 0 : otherwise(s, dot);
      };
    }
    return (s, dot) => (goTruth(value(s, dot)) ? then(s, dot) : otherwise === undefined ? 0 : otherwise(s, dot));
  }

  /**
   * A branch that is compiled when it is first taken: of a big chart, most never are. What it declares gets slots
   * behind all others then, and the variables of a running state grow by themselves.
   */
  later(node: ListNode): Exec {
    // What is as short as this costs no more to compile than to remember.
    if (node.nodes.length === 0 || (node.nodes.length === 1 && node.nodes[0]?.type === "text")) return this.list(node);
    const scope = this.scope.slice();
    const { dotContainer } = this;
    let run: Exec | undefined;
    return (s, dot) => {
      if (run === undefined) {
        this.scope.length = 0;
        this.scope.push(...scope);
        this.dotContainer = dotContainer;
        run = this.list(node);
      }
      return run(s, dot);
    };
  }

  private template(node: TemplateNode): Exec {
    const arg = node.pipe === undefined ? undefined : this.pipe(node.pipe);
    const { name } = node;
    const { traced, tree } = this;
    return (s, dot) => {
      s.node = node;
      const target = s.scope.findTemplate(name, traced);
      if (target === undefined) return s.fail(`template ${quote(name)} not defined`);
      const { meter } = s;
      const most = meter.limits.depth ?? 100000;
      if (meter.depth >= most) s.limit(`exceeded maximum template depth (${most})`);
      const value = arg === undefined ? undefined : arg(s, dot);
      const { vars, template } = s;
      s.step();
      if (traced) s.trace?.enter?.(target.tree, node, tree);
      meter.depth++;
      s.callNode = node;
      s.callTemplate = template;
      s.template = target;
      s.vars = new Array(target.slots);
      s.vars[0] = value;
      target.run(s, value);
      s.vars = vars;
      s.template = template;
      meter.depth--;
      if (traced) s.trace?.leave?.(target.tree);
      return 0;
    };
  }
}
