import {
  isEmptyTree,
  nodeText,
  type BranchNode,
  type EndNode,
  type ListNode,
  type Node,
  type PipeNode,
  type Tree,
} from "./ast.ts";
import { Lexer, T, type Token } from "./lexer.ts";
import { PipelineParser, exact } from "./pipeline.ts";

/** How to parse: the delimiters, and which functions exist. */
export interface ParseOptions {
  readonly hasFunction: (name: string) => boolean;
  readonly leftDelim?: string | undefined;
  readonly rightDelim?: string | undefined;
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

/** Parses one tree; those inside it get parsers of their own over the same lexer, as their variables are their own. */
class Parser extends PipelineParser {
  private readonly trees: Map<string, Tree>;
  private name: string;
  private rangeDepth = 0;

  constructor(
    lexer: Lexer,
    name: string,
    parseName: string,
    trees: Map<string, Tree>,
    hasFunction: (name: string) => boolean,
  ) {
    super(lexer, parseName, hasFunction);
    this.name = name;
    this.trees = trees;
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
}
