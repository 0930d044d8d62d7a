import { unquote } from "../fmt/index.ts";
import { K, type ParsedAction, type Shape } from "./action.ts";
import type { ActionNode, CommandNode, Operand, PipeNode, TemplateNode, VariableNode } from "./ast.ts";
import { parseNumber } from "./number.ts";
import { noDeclarations } from "./pipeline.ts";

/**
 * The nodes of an action as numbers, four for each: what it is, and its places in the action's text, from which names,
 * strings and numbers are taken again. Behind a pipeline and a command stand the numbers of their parts and then those.
 */
export const N = {
  none: 0,
  field: 1,
  variable: 2,
  identifier: 3,
  string: 4,
  number: 5,
  dot: 6,
  nil: 7,
  bool: 8,
  chain: 9,
  pipe: 10,
} as const;

/** Reads the nodes of an action: the reverse of `writeNodes`. */
export function readNode(numbers: Uint16Array, at: number, text: string, shape: Shape, name: string): ParsedAction {
  const reader = new NodeReader(numbers, at + 4, text);
  const pos = numbers[at + 1] as number;
  const end = numbers[at + 3] as number;
  const pipe = numbers[at] === N.none ? undefined : reader.pipe();
  let node: ActionNode | TemplateNode | undefined;
  if (shape.kind === K.pipe) node = { type: "action", pos, start: 0, end, pipe: pipe as PipeNode };
  else if (shape.kind === K.template) node = { type: "template", pos, start: 0, end, name, pipe };
  return { shape, name, pipe, node };
}

class NodeReader {
  private readonly numbers: Uint16Array;
  private at: number;
  private readonly text: string;

  constructor(numbers: Uint16Array, at: number, text: string) {
    this.numbers = numbers;
    this.at = at;
    this.text = text;
  }

  pipe(): PipeNode {
    const { numbers, at } = this;
    this.at = at + 6;
    const decl = this.declarations(numbers[at + 5] as number);
    const cmds: CommandNode[] = [];
    for (let left = numbers[this.at++] as number; left > 0; left--) cmds.push(this.command());
    const pos = numbers[at + 1] as number;
    const start = numbers[at + 2] as number;
    const end = numbers[at + 3] as number;
    return { type: "pipe", pos, start, end, isAssign: numbers[at + 4] === 1, decl, cmds };
  }

  private declarations(count: number): readonly VariableNode[] {
    if (count === 0) return noDeclarations;
    const decl: VariableNode[] = [];
    for (let left = count; left > 0; left--) decl.push(this.operand() as VariableNode);
    return decl;
  }

  private command(): CommandNode {
    const { numbers, at } = this;
    this.at = at + 5;
    const args: Operand[] = [];
    for (let left = numbers[at + 4] as number; left > 0; left--) args.push(this.operand());
    const pos = numbers[at + 1] as number;
    const start = numbers[at + 2] as number;
    return { type: "command", pos, start, end: numbers[at + 3] as number, args };
  }

  private operand(): Operand {
    const { numbers, at } = this;
    const type = numbers[at] as number;
    if (type === N.pipe) return this.pipe();
    this.at = at + 4;
    const pos = numbers[at + 1] as number;
    const start = numbers[at + 2] as number;
    const end = numbers[at + 3] as number;
    switch (type) {
      case N.field:
        return { type: "field", pos, start, end, ident: this.text.slice(start + 1, end).split(".") };
      case N.variable:
        return { type: "variable", pos, start, end, ident: this.text.slice(start, end).split(".") };
      case N.identifier:
        return { type: "identifier", pos, start, end, name: this.text.slice(start, end) };
      case N.string: {
        const quoted = this.text.slice(start, end);
        const text = quoted.includes("\\") ? (unquote(quoted) as string) : quoted.slice(1, -1);
        return { type: "string", pos, start, end, quoted, text };
      }
      case N.number: {
        const text = this.text.slice(start, end);
        return {
          type: "number",
          pos,
          start,
          end,
          text,
          ...(parseNumber(text) as Exclude<ReturnType<typeof parseNumber>, string>),
        };
      }
      case N.dot:
        return { type: "dot", pos, start, end };
      case N.nil:
        return { type: "nil", pos, start, end };
      case N.bool:
        return { type: "bool", pos, start, end, value: this.text[start] === "t" };
      default: {
        const node = this.operand();
        return { type: "chain", pos, start, end, node, fields: this.text.slice(node.end + 1, end).split(".") };
      }
    }
  }
}
