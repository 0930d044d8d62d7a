import { SlipwayError } from "../../base/index.ts";
import { spanAt } from "../errors.ts";
import { sprintf, unquote } from "../fmt/index.ts";
import {
  isEmptyTree,
  nodeText,
  type BranchNode,
  type ChainNode,
  type CommandNode,
  type EndNode,
  type ListNode,
  type Node,
  type Operand,
  type PipeNode,
  type Tree,
  type VariableNode,
} from "./ast.ts";
import { Lexer, T, tokenText, type Token } from "./lexer.ts";
import { parseChar, parseComplex, parseNumber } from "./number.ts";

/** How to parse: the delimiters, and which functions exist. */
export interface ParseOptions {
  readonly hasFunction: (name: string) => boolean;
  readonly leftDelim?: string | undefined;
  readonly rightDelim?: string | undefined;
}

const maxExpressionDepth = 10000;

/** The kinds of tokens that an operand or a command can begin with. */
const startsTerm: boolean[] = [];
for (const type of [
  T.bool,
  T.charConstant,
  T.complex,
  T.dot,
  T.field,
  T.identifier,
  T.number,
  T.nil,
  T.rawString,
  T.string,
  T.variable,
  T.leftParen,
]) {
  startsTerm[type] = true;
}

/**
 * Parses a file of templates. Answers the trees by name: the file's own and those of its `define`s and `block`s.
 * Throws a SlipwayError `template.parse` with Go's message and the span of the token that was not understood.
 */
export function parseTemplate(name: string, text: string, options: ParseOptions): Map<string, Tree> {
  const lexer = new Lexer(text, options.leftDelim || "{{", options.rightDelim || "}}");
  lexer.breakOK = !options.hasFunction("break");
  lexer.continueOK = !options.hasFunction("continue");
  const trees = new Map<string, Tree>();
  const parser = new Parser(lexer, name, name, trees, options.hasFunction);
  try {
    parser.parseFile();
  } catch (error) {
    // Go allows 10,000 parentheses inside each other, which is more than our stack may hold.
    if (error instanceof RangeError) parser.tooDeep();
    throw error;
  }
  return trees;
}

/** The declarations of the many pipelines that have none. */
const noDeclarations: readonly VariableNode[] = [];

/**
 * The same list without the room to grow that pushing leaves behind: it would be most of what a parsed chart keeps, and
 * the garbage collector copies all of that several times.
 */
function exact<Item>(list: Item[]): Item[] {
  return list.length > 1 ? list.slice() : list;
}

const noToken: Token = { type: T.eof, pos: 0, end: 0, message: "" };

/** Parses one tree; those inside it get parsers of their own over the same lexer, as their variables are their own. */
class Parser {
  private readonly lexer: Lexer;
  private readonly parseName: string;
  private readonly trees: Map<string, Tree>;
  private readonly hasFunction: (name: string) => boolean;
  private name: string;
  // Three tokens of look-ahead, the last pushed back on top; tokens[0] is also where errors are.
  private readonly tokens: [Token, Token, Token] = [noToken, noToken, noToken];
  private peeked = 0;
  private vars: string[] = ["$"];
  private actionPos = -1;
  private rangeDepth = 0;
  private depth = 0;
  /** Where the last consumed token ends. */
  private last = 0;

  constructor(
    lexer: Lexer,
    name: string,
    parseName: string,
    trees: Map<string, Tree>,
    hasFunction: (name: string) => boolean,
  ) {
    this.lexer = lexer;
    this.name = name;
    this.parseName = parseName;
    this.trees = trees;
    this.hasFunction = hasFunction;
  }

  private next(): Token {
    let token: Token;
    if (this.peeked > 0) token = this.tokens[--this.peeked] as Token;
    else token = this.tokens[0] = this.lexer.next();
    this.last = token.end;
    return token;
  }

  private text(token: Token): string {
    return this.lexer.input.slice(token.pos, token.end);
  }

  private backup(): void {
    this.peeked++;
  }

  private peek(): Token {
    if (this.peeked > 0) return this.tokens[this.peeked - 1] as Token;
    this.peeked = 1;
    return (this.tokens[0] = this.lexer.next());
  }

  private nextNonSpace(): Token {
    while (this.peeked > 0) {
      const token = this.next();
      if (token.type !== T.space) return token;
    }
    const token = (this.tokens[0] = this.lexer.nextNonSpace());
    this.last = token.end;
    return token;
  }

  private peekNonSpace(): Token {
    while (this.peeked > 0) {
      const token = this.tokens[this.peeked - 1] as Token;
      if (token.type !== T.space) return token;
      this.peeked--;
    }
    this.peeked = 1;
    return (this.tokens[0] = this.lexer.nextNonSpace());
  }

  private line(pos: number): number {
    return spanAt("", this.lexer.input, pos).line;
  }

  /** Says that the text nests too deep to be parsed. */
  tooDeep(): never {
    this.fail("max expression depth exceeded");
  }

  private fail(format: string, ...args: unknown[]): never {
    const token = this.tokens[0];
    const { input } = this.lexer;
    // Go formats the template's name together with the message, so that a % in the name is a verb.
    const message = sprintf(`template: ${this.parseName}:${this.line(token.pos)}: ${format}`, args);
    const end = token.type === T.error ? token.pos + 1 : token.end;
    throw new SlipwayError(message, {
      code: "template.parse",
      span: spanAt(this.parseName, input, token.pos, Math.min(end, input.length)),
    });
  }

  private unexpected(token: Token, context: string): never {
    if (token.type === T.error) {
      let extra = "";
      if (this.actionPos >= 0) {
        const line = this.line(this.actionPos);
        if (line !== this.line(token.pos)) {
          extra = ` in action started at ${this.parseName}:${line}`;
          if (token.message.endsWith(" action")) extra = extra.slice(" in action".length);
        }
      }
      this.fail("%s%s", tokenText(token, this.lexer.input), extra);
    }
    this.fail("unexpected %s in %s", tokenText(token, this.lexer.input), context);
  }

  private expect(type: number, context: string): Token {
    const token = this.nextNonSpace();
    if (token.type !== type) this.unexpected(token, context);
    return token;
  }

  private add(root: ListNode): void {
    const old = this.trees.get(this.name);
    if (old === undefined || isEmptyTree(old.root)) {
      this.trees.set(this.name, { name: this.name, parseName: this.parseName, text: this.lexer.input, root });
    } else if (!isEmptyTree(root)) this.fail("template: multiple definition of template %q", this.name);
  }

  /** The whole file: as a list, but with `define` allowed, down to the end. */
  parseFile(): void {
    const { pos } = this.peek();
    const nodes: Node[] = [];
    while (this.peek().type !== T.eof) {
      if (this.peek().type === T.leftDelim) {
        const delim = this.next();
        if (this.nextNonSpace().type === T.define) {
          new Parser(this.lexer, "definition", this.parseName, this.trees, this.hasFunction).parseDefinition();
          continue;
        }
        this.tokens[1] = delim;
        this.peeked = 2;
      }
      const node = this.textOrAction();
      if (node.type === "end" || node.type === "else") this.fail("unexpected %s", nodeText(node));
      nodes.push(node);
    }
    this.add({ type: "list", pos, start: pos, end: this.lexer.input.length, nodes: exact(nodes) });
  }

  private parseDefinition(): void {
    const context = "define clause";
    const token = this.nextNonSpace();
    this.name = this.templateName(token, context);
    this.expect(T.rightDelim, context);
    const [root, end] = this.itemList();
    if (end.type !== "end") this.fail("unexpected %s in %s", nodeText(end), context);
    this.add(root);
  }

  /** Items down to `{{end}}` or `{{else}}`, which comes back too. */
  private itemList(): [ListNode, EndNode] {
    const { pos } = this.peekNonSpace();
    let nodes: Node[] | undefined;
    while (this.peekNonSpace().type !== T.eof) {
      const node = this.textOrAction();
      if (node.type === "end" || node.type === "else") {
        return [
          { type: "list", pos, start: pos, end: node.start, nodes: nodes === undefined ? [] : exact(nodes) },
          node,
        ];
      }
      if (nodes === undefined) nodes = [node];
      else nodes.push(node);
    }
    this.fail("unexpected EOF");
  }

  private textOrAction(): Node {
    const token = this.nextNonSpace();
    if (token.type === T.text) {
      return { type: "text", pos: token.pos, start: token.pos, end: token.end, text: this.text(token) };
    }
    if (token.type === T.leftDelim) {
      this.actionPos = token.pos;
      const node = this.action(token.pos);
      this.actionPos = -1;
      return node;
    }
    this.unexpected(token, "input");
  }

  /** An action whose left delimiter, at `start`, was read. */
  private action(start: number): Node {
    const token = this.nextNonSpace();
    switch (token.type) {
      case T.block:
        return this.block(start);
      case T.break:
      case T.continue:
        return this.jump(token, start);
      case T.else: {
        const next = this.peekNonSpace();
        if (next.type === T.if || next.type === T.with) {
          return { type: "else", pos: next.pos, start, end: next.pos };
        }
        const delim = this.expect(T.rightDelim, "else");
        return { type: "else", pos: delim.pos, start, end: this.last };
      }
      case T.end: {
        const delim = this.expect(T.rightDelim, "end");
        return { type: "end", pos: delim.pos, start, end: this.last };
      }
      case T.if:
        return this.control("if", start);
      case T.range:
        return this.control("range", start);
      case T.with:
        return this.control("with", start);
      case T.template: {
        const context = "template clause";
        const nameToken = this.nextNonSpace();
        const name = this.templateName(nameToken, context);
        let pipe: PipeNode | undefined;
        if (this.nextNonSpace().type !== T.rightDelim) {
          this.backup();
          pipe = this.pipeline(context, T.rightDelim);
        }
        return { type: "template", pos: nameToken.pos, start, end: this.last, name, pipe };
      }
      default:
    }
    this.backup();
    const { pos } = this.peek();
    const pipe = this.pipeline("command", T.rightDelim);
    return { type: "action", pos, start, end: this.last, pipe };
  }

  private jump(token: Token, start: number): Node {
    const type = token.type === T.break ? "break" : "continue";
    const delim = this.nextNonSpace();
    if (delim.type !== T.rightDelim) this.unexpected(delim, `{{${type}}}`);
    if (this.rangeDepth === 0) this.fail(`{{${type}}} outside {{range}}`);
    return { type, pos: token.pos, start, end: this.last };
  }

  private control(type: BranchNode["type"], start: number): BranchNode {
    const mark = this.vars.length;
    const pipe = this.pipeline(type, T.rightDelim);
    if (type === "range") this.rangeDepth++;
    const [list, next] = this.itemList();
    let end = next;
    if (type === "range") this.rangeDepth--;
    let elseList: ListNode | undefined;
    if (end.type === "else") {
      const token = this.peek();
      // `{{else if …}}` and `{{else with …}}` nest in the else branch and share its `{{end}}`.
      if ((type === "if" && token.type === T.if) || (type === "with" && token.type === T.with)) {
        this.next();
        const inner = this.control(type, end.start);
        elseList = { type: "list", pos: end.pos, start: end.start, end: inner.end, nodes: [inner] };
      } else {
        [elseList, end] = this.itemList();
        if (end.type !== "end") this.fail("expected end; found %s", nodeText(end));
      }
    }
    // Variables of the first branch stay visible while the else branch is parsed; execution refuses them.
    this.vars.length = mark;
    return { type, pos: pipe.pos, start, end: this.last, pipe, list, elseList };
  }

  private block(start: number): Node {
    const context = "block clause";
    const token = this.nextNonSpace();
    const name = this.templateName(token, context);
    const pipe = this.pipeline(context, T.rightDelim);
    const inner = new Parser(this.lexer, name, this.parseName, this.trees, this.hasFunction);
    const [root, end] = inner.itemList();
    if (end.type !== "end") this.fail("unexpected %s in %s", nodeText(end), context);
    inner.add(root);
    return { type: "template", pos: token.pos, start, end: end.end, name, pipe };
  }

  private templateName(token: Token, context: string): string {
    if (token.type !== T.string && token.type !== T.rawString) this.unexpected(token, context);
    return this.unquote(token);
  }

  private unquote(token: Token): string {
    const text = unquote(this.text(token));
    if (text === undefined) this.fail("%s", "invalid syntax");
    return text;
  }

  private pipeline(context: string, end: number): PipeNode {
    const first = this.peekNonSpace();
    let decl = noDeclarations;
    let isAssign = false;
    if (first.type === T.variable) {
      const declared: VariableNode[] = [];
      isAssign = this.declarations(context, declared);
      if (declared.length > 0) decl = exact(declared);
    }
    let cmds: CommandNode[] | undefined;
    for (;;) {
      const token = this.peekNonSpace();
      if (token.type === end) {
        this.nextNonSpace();
        if (cmds === undefined) this.fail("missing value for %s", context);
        if (cmds.length > 1) this.checkPipeline(cmds);
        return { type: "pipe", pos: first.pos, start: first.pos, end: token.pos, isAssign, decl, cmds: exact(cmds) };
      }
      if (!startsTerm[token.type]) {
        this.nextNonSpace();
        this.unexpected(token, context);
      }
      const command = this.command();
      if (cmds === undefined) cmds = [command];
      else cmds.push(command);
    }
  }

  /** `$x :=`, `$x =` or, for range, `$i, $x :=`. Answers whether it is an assignment. */
  private declarations(context: string, decl: VariableNode[]): boolean {
    for (;;) {
      const variable = this.peekNonSpace();
      if (variable.type !== T.variable) return false;
      this.next();
      const after = this.peek();
      const next = this.peekNonSpace();
      if (next.type === T.assign || next.type === T.declare) {
        this.nextNonSpace();
        this.addDecl(variable, decl);
        return next.type === T.assign;
      }
      if (next.type === T.char && this.text(next) === ",") {
        this.nextNonSpace();
        this.addDecl(variable, decl);
        if (context === "range" && decl.length < 2) {
          const { type } = this.peekNonSpace();
          if (type === T.variable || type === T.rightDelim || type === T.rightParen) continue;
          this.fail("range can only initialize variables");
        }
        this.fail("too many declarations in %s", context);
      }
      // Not a declaration: push the variable back, and the space behind it, if any.
      if (after.type === T.space) {
        this.tokens[1] = after;
        this.tokens[2] = variable;
        this.peeked = 3;
      } else {
        this.tokens[1] = variable;
        this.peeked = 2;
      }
      return false;
    }
  }

  private addDecl(token: Token, decl: VariableNode[]): void {
    const { pos } = token;
    const text = this.text(token);
    decl.push({ type: "variable", pos, start: pos, end: pos + text.length, ident: [text] });
    this.vars.push(text);
  }

  private checkPipeline(cmds: readonly CommandNode[]): void {
    for (let i = 1; i < cmds.length; i++) {
      switch (cmds[i]?.args[0]?.type) {
        case "bool":
        case "dot":
        case "nil":
        case "number":
        case "string":
          this.fail(`non executable command in pipeline stage ${i + 1}`);
      }
    }
  }

  private command(): CommandNode {
    const { pos } = this.peekNonSpace();
    let args: Operand[] | undefined;
    let end = pos;
    for (;;) {
      this.peekNonSpace();
      const operand = this.operand();
      if (operand !== undefined) {
        if (args === undefined) args = [operand];
        else args.push(operand);
        end = operand.end;
      }
      const token = this.next();
      if (token.type === T.space) continue;
      if (token.type === T.rightDelim || token.type === T.rightParen) this.backup();
      else if (token.type !== T.pipe) this.unexpected(token, "operand");
      break;
    }
    if (args === undefined) this.fail("empty command");
    return { type: "command", pos, start: pos, end, args: exact(args) };
  }

  private operand(): Operand | undefined {
    const node = this.term();
    if (node === undefined || this.peek().type !== T.field) return node;
    const { pos } = this.peek();
    // A loop over the names that are there already is faster than spreading them, above all before it is compiled.
    const known = node.type === "field" || node.type === "variable" ? node.ident : [];
    const names: string[] = [];
    for (let i = 0; i < known.length; i++) names.push(known[i] as string);
    while (this.peek().type === T.field) {
      const token = this.next();
      names.push(this.lexer.input.slice(token.pos + 1, token.end));
    }
    const fields = exact(names);
    const { start } = node;
    const end = this.last;
    switch (node.type) {
      case "field":
        return { type: "field", pos, start, end, ident: fields };
      case "variable":
        return { type: "variable", pos, start, end, ident: fields };
      case "bool":
      case "string":
      case "number":
      case "nil":
      case "dot":
        this.fail("unexpected . after term %q", nodeText(node));
    }
    const chain: ChainNode = { type: "chain", pos, start, end, node, fields };
    return chain;
  }

  private term(): Operand | undefined {
    const token = this.nextNonSpace();
    const { pos, end, type } = token;
    if (type === T.leftParen) return this.parenthesized(pos);
    if (!startsTerm[type]) {
      this.backup();
      return undefined;
    }
    const text = this.text(token);
    switch (type) {
      case T.identifier:
        if (!this.hasFunction(text)) this.fail("function %q not defined", text);
        return { type: "identifier", pos, start: pos, end, name: text };
      case T.dot:
        return { type: "dot", pos, start: pos, end };
      case T.nil:
        return { type: "nil", pos, start: pos, end };
      case T.variable:
        if (!this.vars.includes(text)) this.fail("undefined variable %q", text);
        return { type: "variable", pos, start: pos, end, ident: [text] };
      case T.field:
        return { type: "field", pos, start: pos, end, ident: [text.slice(1)] };
      case T.bool:
        return { type: "bool", pos, start: pos, end, value: text === "true" };
      case T.charConstant:
      case T.complex:
      case T.number: {
        const parse = type === T.number ? parseNumber : type === T.complex ? parseComplex : parseChar;
        const value = parse(text);
        if (typeof value === "string") this.fail("%s", value);
        return { type: "number", pos, start: pos, end, text, ...value };
      }
      default:
        return { type: "string", pos, start: pos, end, quoted: text, text: this.unquote(token) };
    }
  }

  private parenthesized(start: number): Operand {
    if (this.depth >= maxExpressionDepth) this.fail("max expression depth exceeded");
    this.depth++;
    const pipe = this.pipeline("parenthesized pipeline", T.rightParen);
    this.depth--;
    const { pos, isAssign, decl, cmds } = pipe;
    return { type: "pipe", pos, start, end: this.last, isAssign, decl, cmds };
  }
}
