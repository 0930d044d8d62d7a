import { SlipwayError } from "../../base/index.ts";
import { spanAt } from "../errors.ts";
import { sprintf, unquote } from "../fmt/index.ts";
import { nodeText, type ChainNode, type CommandNode, type Operand, type PipeNode, type VariableNode } from "./ast.ts";
import { type Lexer, T, tokenText, type Token } from "./lexer.ts";
import { parseChar, parseComplex, parseNumber } from "./number.ts";

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

/** The declarations of the many pipelines that have none. */
export const noDeclarations: readonly VariableNode[] = [];

/**
 * The same list without the room to grow that pushing leaves behind: it would be most of what a parsed chart keeps, and
 * the garbage collector copies all of that several times.
 */
export function exact<Item>(list: Item[]): Item[] {
  return list.length > 1 ? list.slice() : list;
}

const noToken: Token = { type: T.eof, pos: 0, end: 0, message: "" };

/**
 * Parses what stands inside actions: tokens with their look-ahead, pipelines, commands, operands. What actions are made
 * into is up to the parsers that extend it.
 */
export class PipelineParser {
  protected readonly lexer: Lexer;
  protected readonly parseName: string;
  protected readonly hasFunction: (name: string) => boolean;
  // Three tokens of look-ahead, the last pushed back on top; tokens[0] is also where errors are.
  protected readonly tokens: [Token, Token, Token] = [noToken, noToken, noToken];
  protected peeked = 0;
  protected readonly vars: string[] = ["$"];
  protected actionPos = -1;
  private depth = 0;
  /** Where the last consumed token ends. */
  protected last = 0;

  constructor(lexer: Lexer, parseName: string, hasFunction: (name: string) => boolean) {
    this.lexer = lexer;
    this.parseName = parseName;
    this.hasFunction = hasFunction;
  }

  /** Whether a variable may be used here. */
  protected isDeclared(name: string): boolean {
    return this.vars.includes(name);
  }

  protected next(): Token {
    let token: Token;
    if (this.peeked > 0) token = this.tokens[--this.peeked] as Token;
    else token = this.tokens[0] = this.lexer.next();
    this.last = token.end;
    return token;
  }

  protected text(token: Token): string {
    return this.lexer.input.slice(token.pos, token.end);
  }

  protected backup(): void {
    this.peeked++;
  }

  protected peek(): Token {
    if (this.peeked > 0) return this.tokens[this.peeked - 1] as Token;
    this.peeked = 1;
    return (this.tokens[0] = this.lexer.next());
  }

  protected nextNonSpace(): Token {
    while (this.peeked > 0) {
      const token = this.next();
      if (token.type !== T.space) return token;
    }
    const token = (this.tokens[0] = this.lexer.nextNonSpace());
    this.last = token.end;
    return token;
  }

  protected peekNonSpace(): Token {
    while (this.peeked > 0) {
      const token = this.tokens[this.peeked - 1] as Token;
      if (token.type !== T.space) return token;
      this.peeked--;
    }
    this.peeked = 1;
    return (this.tokens[0] = this.lexer.nextNonSpace());
  }

  protected line(pos: number): number {
    return spanAt("", this.lexer.input, pos).line;
  }

  /** Says that the text nests too deep to be parsed. */
  tooDeep(): never {
    this.fail("max expression depth exceeded");
  }

  protected fail(format: string, ...args: unknown[]): never {
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

  protected unexpected(token: Token, context: string): never {
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

  protected expect(type: number, context: string): Token {
    const token = this.nextNonSpace();
    if (token.type !== type) this.unexpected(token, context);
    return token;
  }

  protected templateName(token: Token, context: string): string {
    if (token.type !== T.string && token.type !== T.rawString) this.unexpected(token, context);
    return this.unquote(token);
  }

  protected unquote(token: Token): string {
    const text = unquote(this.text(token));
    if (text === undefined) this.fail("%s", "invalid syntax");
    return text;
  }

  protected pipeline(context: string, end: number): PipeNode {
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
  protected declarations(context: string, decl: VariableNode[]): boolean {
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

  protected addDecl(token: Token, decl: VariableNode[]): void {
    const { pos } = token;
    const text = this.text(token);
    decl.push({ type: "variable", pos, start: pos, end: pos + text.length, ident: [text] });
    this.vars.push(text);
  }

  protected checkPipeline(cmds: readonly CommandNode[]): void {
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

  protected command(): CommandNode {
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

  protected operand(): Operand | undefined {
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

  protected term(): Operand | undefined {
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
        if (!this.isDeclared(text)) this.fail("undefined variable %q", text);
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

  protected parenthesized(start: number): Operand {
    if (this.depth >= maxExpressionDepth) this.fail("max expression depth exceeded");
    this.depth++;
    const pipe = this.pipeline("parenthesized pipeline", T.rightParen);
    this.depth--;
    const { pos, isAssign, decl, cmds } = pipe;
    return { type: "pipe", pos, start, end: this.last, isAssign, decl, cmds };
  }
}
