import type { Node, Tree } from "../parse/ast.ts";

/**
 * Hooks of a tracing execution, which runs closures compiled for it: the ordinary ones know nothing of tracing.
 * Offsets are UTF-16 units of the output of the execution at hand (a template that a function executes, such as
 * `include`, has an output of its own; `enter` and `leave` bracket it).
 */
export interface Trace {
  /** A text or action wrote this range of the output. */
  output?(node: Node, tree: Tree, start: number, end: number): void;
  /** A field chain was read: `receiver` is where it began, `names` the fields, `value` what it gave. */
  read?(receiver: unknown, names: readonly string[], value: unknown, node: Node, tree: Tree): void;
  /** A range turned to its next element, or a `with` or template call gave a value to the dot. */
  element?(container: unknown, key: unknown, element: unknown, node: Node, tree: Tree): void;
  /** A template begins: `at` is the node that called it in `from`; undefined for the one that was executed. */
  enter?(tree: Tree, at: Node | undefined, from: Tree | undefined): void;
  leave?(tree: Tree): void;
  /** A function is called from this node; while it runs, executions it makes are inside it. */
  call?(name: string, node: Node, tree: Tree): void;
  returned?(name: string): void;
}
