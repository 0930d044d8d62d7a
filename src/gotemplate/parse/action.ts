import type { Eval } from "../exec/state.ts";
import type { ActionNode, Operand, PipeNode, TemplateNode } from "./ast.ts";
import { Lexer, T } from "./lexer.ts";
import { PipelineParser, noDeclarations } from "./pipeline.ts";

/** What an action does. A comment is no action to Go, but it ends a text just the same. */
export const K = {
  pipe: 0,
  if: 1,
  range: 2,
  with: 3,
  else: 4,
  elseIf: 5,
  elseWith: 6,
  end: 7,
  template: 8,
  define: 9,
  break: 10,
  continue: 11,
  comment: 12,
} as const;

/**
 * What is known of an action without looking at its fields and strings: many actions of different texts share it.
 */
export interface Shape {
  readonly kind: number;
  /** White space behind it goes, as before `-}}`. */
  readonly trimAfter: boolean;
  /** It declares or assigns, and so prints nothing. */
  readonly silent: boolean;
  /** Variables that have to be declared before it. */
  readonly needs: readonly string[];
  /** Variables that it declares. */
  readonly declares: readonly string[];
  /** Functions that have to exist. */
  readonly functions: readonly string[];
  /** For whom it was made sure that they do, last. */
  checkedBy: unknown;
}

/** An action as it was parsed; positions count from its own start. */
export interface ParsedAction {
  readonly shape: Shape;
  /** The name of the template that is called or defined. */
  readonly name: string;
  /** The pipeline of what has one. */
  readonly pipe: PipeNode | undefined;
  /** What errors name: the action or the template call. */
  readonly node: ActionNode | TemplateNode | undefined;
}

/** Where actions come from that an earlier run met. */
export interface ActionStore {
  textOf(id: number): string;
  /** Whether its nodes were kept: it ran. */
  holds(id: number): boolean;
  /** Its nodes; asked for once, when the action first runs. */
  parsedOf(id: number, action: Action): ParsedAction | undefined;
}

/**
 * One action, `{{ … }}`, by its text alone: charts write the same few hundred ones again and again, so one stands for
 * all of its text. It is parsed when it first runs.
 */
export class Action {
  readonly kind: number;
  readonly shape: Shape;
  readonly name: string;
  /** The closure of the pipeline, once it has run. */
  value: Eval | undefined = undefined;
  private own: string | undefined;
  private parsed: ParsedAction | undefined;
  private readonly store: ActionStore | undefined;
  private readonly id: number;

  /** Its text, or a store that knows it by a number. */
  constructor(
    text: string | undefined,
    shape: Shape,
    name: string,
    parsed?: ParsedAction,
    store?: ActionStore,
    id = -1,
  ) {
    this.own = text;
    this.kind = shape.kind;
    this.shape = shape;
    this.name = name;
    this.parsed = parsed;
    this.store = store;
    this.id = id;
  }

  get text(): string {
    return (this.own ??= this.store?.textOf(this.id) ?? "");
  }

  /** Whether its nodes are known without parsing: it ran, or was the first of its shape. */
  get isParsed(): boolean {
    return this.parsed !== undefined || this.store?.holds(this.id) === true;
  }

  get pipe(): PipeNode | undefined {
    return this.parse().pipe;
  }

  get node(): ParsedAction["node"] {
    return this.parse().node;
  }

  private parse(): ParsedAction {
    // Its shape was parsed before: it is an action.
    return (this.parsed ??=
      this.store?.parsedOf(this.id, this) ?? parseField(this.text, this.shape) ?? parseKnown(this.text));
  }
}

const none: readonly string[] = [];

/** What a comment is, wherever it stands: its text and its trim markers are looked at where it is found. */
export const comment = new Action(
  "",
  {
    kind: K.comment,
    trimAfter: false,
    silent: true,
    needs: none,
    declares: none,
    functions: none,
    checkedBy: undefined,
  },
  "",
);

/**
 * Parses an action that stands alone in a text. Undefined for what is no complete action, and for what only whole files
 * can be parsed with (`block`): the parser of files knows what to say to those.
 */
export function parseAction(text: string): ParsedAction | undefined {
  try {
    return new ActionParser(text).parse();
  } catch (error) {
    if (error === refused || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** An action of which is known that it is one. */
function parseKnown(text: string): ParsedAction {
  return parseAction(text) as ParsedAction;
}

const fieldAction = /^\{\{(?:- )? *(?:(?:if|with|range) +)?(\$?)(\.[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*) *(?: -)?\}\}$/;

/**
 * What parseAction gives for `{{ .Values.a }}` and its like, `{{ if $.Values.b }}` too: a third of what charts run.
 * Undefined for everything else.
 */
function parseField(text: string, shape: Shape): ParsedAction | undefined {
  const match = fieldAction.exec(text);
  if (match === null) return undefined;
  const dollar = match[1] as string;
  const path = match[2] as string;
  const from = text.indexOf(".");
  const start = from - dollar.length;
  const end = from + path.length;
  const names = path.split(".");
  names.shift();
  // Errors point at the second link, from where on fields were added to the first.
  const second = dollar === "" ? text.indexOf(".", from + 1) : from;
  const pos = second < 0 ? from : second;
  const operand: Operand =
    dollar === ""
      ? { type: "field", pos, start, end, ident: names }
      : { type: "variable", pos, start, end, ident: [dollar, ...names] };
  const pipe: PipeNode = {
    type: "pipe",
    pos: start,
    start,
    end: text.length - 2,
    isAssign: false,
    decl: noDeclarations,
    cmds: [{ type: "command", pos: start, start, end, args: [operand] }],
  };
  const node: ActionNode | undefined =
    shape.kind === K.pipe ? { type: "action", pos: start, start: 0, end: text.length, pipe } : undefined;
  return { shape, name: "", pipe, node };
}

const refused = Symbol("refused");

class ActionParser extends PipelineParser {
  private readonly needs: string[] = [];
  private readonly functions: string[];

  constructor(text: string) {
    const functions: string[] = [];
    super(new Lexer(text, "{{", "}}"), "", (name) => {
      if (!functions.includes(name)) functions.push(name);
      return true;
    });
    this.functions = functions;
  }

  parse(): ParsedAction {
    if (this.next().type !== T.leftDelim) this.fail();
    const token = this.nextNonSpace();
    switch (token.type) {
      case T.if:
        return this.withPipe(K.if, "if");
      case T.range:
        return this.withPipe(K.range, "range");
      case T.with:
        return this.withPipe(K.with, "with");
      case T.end:
        return this.bare(K.end);
      case T.break:
        return this.bare(K.break);
      case T.continue:
        return this.bare(K.continue);
      case T.else: {
        const { type } = this.peekNonSpace();
        if (type !== T.if && type !== T.with) return this.bare(K.else);
        this.nextNonSpace();
        return type === T.if ? this.withPipe(K.elseIf, "if") : this.withPipe(K.elseWith, "with");
      }
      case T.define: {
        const name = this.templateName(this.nextNonSpace(), "define clause");
        return this.bare(K.define, name);
      }
      case T.template:
        return this.templateCall();
      case T.block:
        this.fail();
    }
    this.backup();
    const { pos } = this.peek();
    return this.withPipe(K.pipe, "command", pos);
  }

  private templateCall(): ParsedAction {
    const token = this.nextNonSpace();
    const name = this.templateName(token, "template clause");
    let pipe: PipeNode | undefined;
    if (this.nextNonSpace().type !== T.rightDelim) {
      this.backup();
      pipe = this.pipeline("template clause", T.rightDelim);
    }
    const node: TemplateNode = { type: "template", pos: token.pos, start: 0, end: this.last, name, pipe };
    return this.finish(K.template, pipe, node, name);
  }

  private withPipe(kind: number, context: string, pos = 0): ParsedAction {
    const pipe = this.pipeline(context, T.rightDelim);
    const node: ActionNode | undefined =
      kind === K.pipe ? { type: "action", pos, start: 0, end: this.last, pipe } : undefined;
    return this.finish(kind, pipe, node, "");
  }

  private bare(kind: number, name = ""): ParsedAction {
    this.expect(T.rightDelim, "");
    return this.finish(kind, undefined, undefined, name);
  }

  private finish(kind: number, pipe: PipeNode | undefined, node: ParsedAction["node"], name: string): ParsedAction {
    const { lexer, vars, needs, functions } = this;
    if (this.last !== lexer.input.length) this.fail();
    const shape: Shape = {
      kind,
      trimAfter: lexer.trimmedAfter,
      silent: pipe !== undefined && pipe.decl.length > 0,
      needs: needs.length === 0 ? none : needs,
      declares: vars.length === 1 ? none : vars.slice(1),
      functions: functions.length === 0 ? none : functions,
      checkedBy: undefined,
    };
    return { shape, name, pipe, node };
  }

  protected override isDeclared(name: string): boolean {
    if (!this.vars.includes(name) && !this.needs.includes(name)) this.needs.push(name);
    return true;
  }

  protected override fail(): never {
    throw refused;
  }
}
