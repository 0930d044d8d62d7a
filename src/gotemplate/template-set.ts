import { SlipwayError } from "../base/index.ts";
import { limitCode } from "./errors.ts";
import { builtin } from "./exec/builtins.ts";
import { Compiler } from "./exec/compile.ts";
import { bodyRunner } from "./exec/run.ts";
import { State, isStackOverflow, type Compiled, type Scope } from "./exec/state.ts";
import type { Func, FuncMap } from "./func.ts";
import { quote } from "./fmt/index.ts";
import { Meter, type ExecuteOptions, type TemplateSetOptions } from "./options.ts";
import { isEmptyTree, type ListNode, type Tree } from "./parse/ast.ts";
import { knownOutlineOf } from "./parse/known-outlines.ts";
import { isEmptyBody, type Body, type Outline } from "./parse/outline.ts";
import { parseTemplate } from "./parse/parser.ts";

/** Texts up to this length are kept, and so many of them. */
const longText = 20_000;
const mostTexts = 2000;

/** One parsed template of a set; clones share it, with what was compiled of it. */
export class Template {
  readonly tree: Tree;
  /** What it runs from; undefined for what only the parser of files understands. */
  readonly outline: Outline | undefined;
  private plain: Compiled | undefined;
  private withTrace: Compiled | undefined;

  constructor(tree: Tree, outline?: Outline) {
    this.tree = tree;
    this.outline = outline;
  }

  /** True when there is nothing in it but white space: it never replaces another of its name. */
  get isEmpty(): boolean {
    const { outline } = this;
    if (outline === undefined) return isEmptyTree(this.tree.root);
    return isEmptyBody(outline.text, outline.records, outline.actions, outline.bodies.get(this.tree.name) as Body);
  }

  /** What runs it, made when it is first needed. */
  compiled(traced: boolean): Compiled {
    if (traced) return (this.withTrace ??= new Compiler(this.tree, true).compile());
    return (this.plain ??= this.makePlain());
  }

  private makePlain(): Compiled {
    const { tree, outline } = this;
    if (outline === undefined) return new Compiler(tree, false).compile();
    return bodyRunner(tree, outline, outline.bodies.get(tree.name) as Body);
  }
}

/** A tree of a file that has an outline: its nodes, which only tracing and errors look at, are parsed when asked for. */
class LateTree implements Tree {
  readonly name: string;
  readonly parseName: string;
  readonly text: string;
  private readonly parse: () => Map<string, Tree>;

  constructor(name: string, parseName: string, text: string, parse: () => Map<string, Tree>) {
    this.name = name;
    this.parseName = parseName;
    this.text = text;
    this.parse = parse;
  }

  get root(): ListNode {
    return (this.parse().get(this.name) as Tree).root;
  }
}

/**
 * text/template's set of templates: those parsed into it call each other by name and share functions and options.
 * Executions do not change it, so many may run at once; parsing and `withFuncs` do.
 */
export class TemplateSet implements Scope {
  readonly name: string;
  readonly missingKey: Scope["missingKey"];
  readonly methods: Scope["methods"];
  private readonly options: TemplateSetOptions;
  /** The templates, the latest last. Layers below the top one are shared with clones and not written to. */
  private layers: readonly Map<string, Template>[];
  private top: Map<string, Template> | undefined;
  private funcs: FuncMap;
  private cache: Map<string, readonly Template[]>;
  private readonly isClone: boolean;
  /** Names that were found to be functions: the parser asks for each of the thousands that it meets. */
  private known: Set<string>;

  constructor(options: TemplateSetOptions, from?: TemplateSet) {
    this.options = options;
    this.name = options.name;
    this.missingKey = options.missingKey ?? "default";
    this.methods = options.methods;
    this.layers = from?.layers ?? [];
    this.funcs = from?.funcs ?? options.funcs;
    this.isClone = from !== undefined;
    this.cache = from?.cache ?? new Map();
    this.known = from?.known ?? new Set();
  }

  /**
   * Parses a file into the set, with the `define`s and `block`s inside it, and answers its template. A tree that holds
   * only white space does not replace another of its name. Throws template.parse with Go's message and a span. `known`
   * is the outline of this very text, if it was kept.
   */
  parse(name: string, text: string, known?: Outline): Template {
    const parsed = known === undefined ? this.parsed(name, text) : this.fromOutline(name, known);
    for (const template of parsed) if (!this.has(template.tree.name) || !template.isEmpty) this.add(template);
    return parsed.find(({ tree }) => tree.name === name) as Template;
  }

  /** The templates of a text: charts give `tpl` the same few texts hundreds of times, so clones share what they parse. */
  private parsed(name: string, text: string): readonly Template[] {
    // The first set parses a chart's files, each once: nothing to look up, and a key as long as the file to make.
    if (!this.isClone) return this.parseText(name, text);
    const key = `${name}\n${text}`;
    const known = this.cache.get(key);
    if (known !== undefined) return known;
    const templates = this.parseText(name, text);
    if (text.length < longText && this.cache.size < mostTexts) this.cache.set(key, templates);
    return templates;
  }

  private parseText(name: string, text: string): Template[] {
    const hasFunction = (ident: string) => this.hasFunction(ident);
    const exact = () => this.exact(name, text);
    const outline = this.isUsual ? knownOutlineOf(name, text, { hasFunction, token: this.known }) : undefined;
    if (outline === undefined) return Array.from(exact().values(), (tree) => new Template(tree));
    return templatesOf(name, outline, exact);
  }

  private fromOutline(name: string, outline: Outline): Template[] {
    return templatesOf(name, outline, () => this.exact(name, outline.text));
  }

  private exact(name: string, text: string): Map<string, Tree> {
    const { leftDelim, rightDelim } = this.options;
    return parseTemplate(name, text, { hasFunction: (ident) => this.hasFunction(ident), leftDelim, rightDelim });
  }

  /** Whether actions stand between the usual braces, and `break` and `continue` are no functions. */
  private get isUsual(): boolean {
    const { leftDelim, rightDelim } = this.options;
    if ((leftDelim ?? "") !== "" && leftDelim !== "{{") return false;
    if ((rightDelim ?? "") !== "" && rightDelim !== "}}") return false;
    return !this.hasFunction("break") && !this.hasFunction("continue");
  }

  /** Whether templates may call a function of the name. */
  hasFunction(ident: string): boolean {
    if (this.known.has(ident)) return true;
    const found = this.ownFunc(ident) !== undefined || builtin(ident) !== undefined;
    if (!found) return false;
    this.known.add(ident);
    this.options.mentions?.(ident);
    return true;
  }

  private add(template: Template): void {
    if (this.top === undefined) {
      this.top = new Map();
      this.layers = [...this.layers, this.top];
    }
    this.top.set(template.tree.name, template);
  }

  /** Whether a template of the name exists. */
  has(name: string): boolean {
    return this.lookup(name) !== undefined;
  }

  /** The names of all templates, in the order in which they first appeared. */
  names(): string[] {
    return [...new Set(this.layers.flatMap((layer) => [...layer.keys()]))];
  }

  /** The template of a name, as it was parsed. */
  lookup(name: string): Template | undefined {
    for (let i = this.layers.length - 1; i >= 0; i--) {
      const template = this.layers[i]?.get(name);
      if (template !== undefined) return template;
    }
    return undefined;
  }

  /** A set with the same templates, whose changes do not touch this one. Cheap: trees and closures are shared. */
  clone(): TemplateSet {
    this.top = undefined;
    return new TemplateSet(this.options, this);
  }

  /** Takes these functions instead; they take effect in later executions. */
  withFuncs(funcs: FuncMap): void {
    // What was parsed stays right as long as the same names are functions.
    if (namesOf(funcs) !== namesOf(this.funcs)) {
      this.cache = new Map();
      this.known = new Set();
    }
    this.funcs = funcs;
  }

  /** A function of the set, or else a built-in one. */
  findFunc(name: string): ReturnType<Scope["findFunc"]> {
    const own = this.ownFunc(name);
    if (own !== undefined) return { func: own, builtin: false };
    const general = builtin(name);
    return general === undefined ? undefined : { func: general, builtin: true };
  }

  private ownFunc(name: string): Func | undefined {
    // What every JavaScript object has (`constructor`) is no function of the set.
    return Object.hasOwn(this.funcs, name) ? this.funcs[name] : undefined;
  }

  /** The compiled template of a name. */
  findTemplate(name: string, traced: boolean): Compiled | undefined {
    return this.lookup(name)?.compiled(traced);
  }

  /**
   * Runs a template, by its name or as `parse` gave it, and answers its output. Throws a TemplateError: template.exec
   * with Go's message and the chain of frames, or template.limit.
   */
  execute(which: string | Template, data: unknown, options: ExecuteOptions = {}): string {
    const template = typeof which === "string" ? this.lookup(which) : which;
    if (template === undefined) {
      const message = `template: no template ${quote(which as string)} associated with template ${quote(this.name)}`;
      throw new SlipwayError(message, { code: "template.missing" });
    }
    const { trace, host } = options;
    const compiled = compile(template, trace !== undefined);
    const meter = options.meter ?? new Meter();
    const dot = data === null ? undefined : data;
    const state = new State(compiled, this, this.funcs, meter, trace, host, dot);
    const { depth } = meter;
    meter.depth = depth + 1;
    try {
      trace?.enter?.(template.tree, undefined, undefined);
      state.step();
      compiled.run(state, dot);
      trace?.leave?.(template.tree);
    } catch (error) {
      meter.depth = depth;
      throw runError(state, error);
    }
    meter.depth = depth;
    return state.out;
  }
}

/** The templates of an outline; the file itself is only parsed should errors or tracing ask for nodes. */
function templatesOf(name: string, outline: Outline, exact: () => Map<string, Tree>): Template[] {
  let trees: Map<string, Tree> | undefined;
  const late = () => (trees ??= exact());
  return Array.from(
    outline.bodies.keys(),
    (body) => new Template(new LateTree(body, name, outline.text, late), outline),
  );
}

const names = new WeakMap<FuncMap, string>();

/** The names of functions, as one text: sets mostly share their functions. */
function namesOf(funcs: FuncMap): string {
  let known = names.get(funcs);
  if (known === undefined) names.set(funcs, (known = Object.keys(funcs).toSorted().join(" ")));
  return known;
}

function compile(template: Template, traced: boolean): Compiled {
  try {
    return template.compiled(traced);
  } catch (error) {
    if (!isStackOverflow(error)) throw error;
    const message = `template: ${template.tree.name}: its expressions nest too deep`;
    throw new SlipwayError(message, { code: limitCode });
  }
}

/** What ended an execution, as an error of ours: the stack that ran out is Go's template depth. */
function runError(state: State, error: unknown): unknown {
  if (error instanceof SlipwayError) return error;
  if (isStackOverflow(error)) {
    if (state.callTemplate !== undefined) {
      state.node = state.callNode;
      state.template = state.callTemplate;
      state.shift = state.callShift;
    }
    return state.error(`exceeded maximum template depth (${state.meter.limits.depth ?? 100000})`, undefined, limitCode);
  }
  if (error instanceof RangeError && error.message.startsWith("Invalid string length")) {
    return state.error("the output is too long", error, limitCode);
  }
  return error;
}
