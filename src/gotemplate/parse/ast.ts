import { quote } from "../fmt/index.ts";

/**
 * The nodes of a parsed template. `pos` is the offset that Go's error texts point at (for `.a.b` that is `.b`), `start`
 * and `end` are where the node really stands. All are offsets in UTF-16 units into the tree's text.
 */
interface Place {
  readonly pos: number;
  readonly start: number;
  readonly end: number;
}

export interface ListNode extends Place {
  readonly type: "list";
  readonly nodes: Node[];
}
export interface TextNode extends Place {
  readonly type: "text";
  readonly text: string;
}
export interface ActionNode extends Place {
  readonly type: "action";
  readonly pipe: PipeNode;
}
export interface BranchNode extends Place {
  readonly type: "if" | "range" | "with";
  readonly pipe: PipeNode;
  readonly list: ListNode;
  readonly elseList: ListNode | undefined;
}
export interface JumpNode extends Place {
  readonly type: "break" | "continue";
}
/** `{{end}}` and `{{else}}`: only seen inside the parser. */
export interface EndNode extends Place {
  readonly type: "end" | "else";
}
export interface TemplateNode extends Place {
  readonly type: "template";
  readonly name: string;
  readonly pipe: PipeNode | undefined;
}
export interface PipeNode extends Place {
  readonly type: "pipe";
  /** True for `$x = …`, false for `$x := …`. */
  readonly isAssign: boolean;
  readonly decl: readonly VariableNode[];
  readonly cmds: readonly CommandNode[];
}
export interface CommandNode extends Place {
  readonly type: "command";
  readonly args: Operand[];
}
export interface IdentifierNode extends Place {
  readonly type: "identifier";
  readonly name: string;
}
/** `$x.a.b`: the name, then the fields. */
export interface VariableNode extends Place {
  readonly type: "variable";
  readonly ident: readonly string[];
}
export interface FieldNode extends Place {
  readonly type: "field";
  readonly ident: readonly string[];
}
/** `(pipeline).a.b` or `function.a.b`. */
export interface ChainNode extends Place {
  readonly type: "chain";
  readonly node: Operand;
  readonly fields: readonly string[];
}
export interface DotNode extends Place {
  readonly type: "dot" | "nil";
}
export interface BoolNode extends Place {
  readonly type: "bool";
  readonly value: boolean;
}
export interface StringNode extends Place {
  readonly type: "string";
  readonly quoted: string;
  readonly text: string;
}
/** A constant: which kinds it can be, and its value as each. */
export interface NumberNode extends Place {
  readonly type: "number";
  readonly text: string;
  readonly int: bigint | undefined;
  readonly uint: bigint | undefined;
  readonly float: number | undefined;
  readonly complex: { readonly re: number; readonly im: number } | undefined;
}

export type Operand =
  | IdentifierNode
  | VariableNode
  | FieldNode
  | ChainNode
  | DotNode
  | BoolNode
  | StringNode
  | NumberNode
  | PipeNode;

export type Node =
  | ListNode
  | TextNode
  | ActionNode
  | BranchNode
  | JumpNode
  | EndNode
  | TemplateNode
  | CommandNode
  | Operand;

/** One parsed template: a file, or a `define` or `block` inside one. */
export interface Tree {
  /** The template's own name. */
  readonly name: string;
  /** The name of the file it was parsed from, as errors cite it. */
  readonly parseName: string;
  /** The whole text of that file. */
  readonly text: string;
  readonly root: ListNode;
}

/** True when there is nothing in the tree but white space: such a tree never replaces another of its name. */
export function isEmptyTree(node: Node): boolean {
  if (node.type === "list") return node.nodes.every(isEmptyTree);
  return node.type === "text" && isBlank(node.text);
}

/** True for what bytes.TrimSpace leaves nothing of: Unicode's white space. */
export function isBlank(text: string): boolean {
  return !/[^\t-\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/.test(text);
}

/** The node as Go prints it in errors. */
export function nodeText(node: Node): string {
  switch (node.type) {
    case "list":
      return node.nodes.map(nodeText).join("");
    case "text":
      return node.text;
    case "action":
      return `{{${nodeText(node.pipe)}}}`;
    case "if":
    case "range":
    case "with": {
      const orElse = node.elseList === undefined ? "" : `{{else}}${nodeText(node.elseList)}`;
      return `{{${node.type} ${nodeText(node.pipe)}}}${nodeText(node.list)}${orElse}{{end}}`;
    }
    case "break":
    case "continue":
    case "end":
    case "else":
      return `{{${node.type}}}`;
    case "template":
      return `{{template ${quote(node.name)}${node.pipe === undefined ? "" : ` ${nodeText(node.pipe)}`}}}`;
    case "pipe": {
      const names = node.decl.map(nodeText).join(", ");
      const cmds = node.cmds.map(nodeText).join(" | ");
      return node.decl.length === 0 ? cmds : `${names} ${node.isAssign ? "=" : ":="} ${cmds}`;
    }
    case "command":
      return node.args.map((arg) => (arg.type === "pipe" ? `(${nodeText(arg)})` : nodeText(arg))).join(" ");
    case "identifier":
      return node.name;
    case "variable":
      return node.ident.join(".");
    case "field":
      return `.${node.ident.join(".")}`;
    case "chain": {
      const inner = nodeText(node.node);
      return `${node.node.type === "pipe" ? `(${inner})` : inner}.${node.fields.join(".")}`;
    }
    case "dot":
      return ".";
    case "nil":
      return "nil";
    case "bool":
      return String(node.value);
    case "string":
      return node.quoted;
    case "number":
      return node.text;
  }
}
