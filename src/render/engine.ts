import { type GoMap, SlipwayError, isSlipwayError, messageOf, newMap, withGoType } from "../base/index.ts";
import type { HelmVersion } from "../chart/index.ts";
import {
  type ExecuteOptions,
  type FuncMap,
  type KeptEntry,
  type KeptOutlines,
  type Meter,
  TemplateSet,
  func,
  quote,
} from "../gotemplate/index.ts";
import { type FamilyName, familiesOf } from "../sprig/index.ts";
import type { Template } from "./context.ts";
import { execErrorText, markWarning, parseErrorText } from "./error-text.ts";
import type { Asking } from "./questions.ts";
import { type Recorder, spanOf } from "./trace.ts";
import { valuesMethods } from "./values-methods.ts";

/** Helm's bound on how often one name may be included inside itself. */
const maxNested = 1000;

/** What the running of templates needs besides the templates. */
export interface EngineOptions {
  readonly helmVersion: HelmVersion;
  /** All functions: {@link ownFunctions} among them. */
  readonly funcs: FuncMap;
  readonly asking: Asking;
  readonly meter: Meter;
  /** `required` and `fail` say nothing: what lint wants. Hears of what they would have said. */
  readonly lint?: (message: string) => void;
  /** Remembers what wrote what; such a rendering is slower. */
  readonly recorder?: Recorder;
}

/** Parsed templates of a chart, which renderings share. */
export class ParsedChart {
  readonly set: TemplateSet;
  /** The functions that the templates mention. */
  readonly functions: ReadonlySet<string>;
  /** The outlines of the templates that have one. */
  readonly outlines: readonly KeptEntry[];
  /** How many of them were not known. */
  readonly found: number;

  private constructor(set: TemplateSet, functions: ReadonlySet<string>, outlines: readonly KeptEntry[], found: number) {
    this.set = set;
    this.functions = functions;
    this.outlines = outlines;
    this.found = found;
  }

  /** Parses the templates in their order. Throws template.parse in Helm's words. */
  static parse(
    templates: readonly Template[],
    text: (template: Template) => string,
    options: ParseOptions,
  ): ParsedChart {
    const functions = new Set<string>();
    const set = new TemplateSet({
      name: "gotpl",
      funcs: options.funcs,
      missingKey: "zero",
      methods: valuesMethods(options.helmVersion),
      mentions: (name) => functions.add(name),
    });
    const outlines: KeptEntry[] = [];
    let found = 0;
    const hasFunction = (name: string) => set.hasFunction(name);
    for (const template of templates) {
      const { name, file } = template;
      const known = options.known?.find(name, file.data, hasFunction);
      try {
        const { outline } = set.parse(name, known?.text ?? text(template), known);
        if (outline === undefined) continue;
        outlines.push([name, file.data, outline]);
        if (known === undefined) found++;
      } catch (error) {
        throw shapedParseError(template.name, error);
      }
    }
    return new ParsedChart(set, functions, outlines, found);
  }

  /**
   * The families of functions to load before running, but for the heavy ones that library charts mention and hardly
   * anybody uses: those are loaded when a call meets them, and the rendering starts again.
   */
  get families(): FamilyName[] {
    return familiesOf(this.functions).filter((family) => family !== "keys" && family !== "passwords");
  }
}

/** What parsing needs to know: which functions there are. */
export interface ParseOptions {
  readonly helmVersion: HelmVersion;
  readonly funcs: FuncMap;
  /** What an earlier run left of these templates. */
  readonly known?: KeptOutlines | undefined;
}

function shapedParseError(file: string, error: unknown): unknown {
  if (!isSlipwayError(error, "template.parse")) return error;
  return new SlipwayError(parseErrorText(file, error.message), { ...error.facts, cause: error });
}

/** What the functions of a rendering work with: the rendering, and the set whose templates are running. */
interface Host {
  readonly engine: Engine;
  readonly set: TemplateSet;
  /** How the set's templates are executed. */
  readonly options: ExecuteOptions;
}

/** One running of a chart's templates. */
export class Engine {
  /** The functions that work on a rendering; they find it in their host, and so all renderings share them. */
  static readonly functions: FuncMap = {
    // include and tpl see the templates of the set they belong to.
    include: func(
      ["string", "interface {}"],
      ({ engine, set, options }: Host, name: string, data: unknown) => {
        // All in one function: templates nest deep, and the stack is short.
        const nested = engine.#nested;
        const depth = nested.get(name) ?? 0;
        if (depth > maxNested) {
          throw new Error(`rendering template has a nested reference name: ${name}: unable to execute template`);
        }
        nested.set(name, depth + 1);
        // Helm counts down after an error too, but no error is ever caught inside a rendering.
        const text = set.execute(name, data, options);
        engine.#options.recorder?.finished(text);
        nested.set(name, depth);
        return text;
      },
      { result: "string", hosted: true },
    ),
    tpl: func(
      ["string", "interface {}"],
      (host: Host, text: string, data: unknown) => host.engine.#tpl(host, text, data),
      { result: "string", hosted: true },
    ),
    required: func(
      ["string", "interface {}"],
      ({ engine }: Host, message: string, value: unknown) => engine.#required(message, value),
      { hosted: true },
    ),
    fail: func(["string"], ({ engine }: Host, message: string) => engine.#fail(message), {
      result: "string",
      hosted: true,
    }),
    lookup: func(
      ["string", "string", "string", "string"],
      ({ engine }: Host, apiVersion: string, kind: string, namespace: string, name: string) =>
        engine.#options.asking.lookup(apiVersion, kind, namespace, name),
      { result: "map[string]interface {}", hosted: true },
    ),
    getHostByName: func(["string"], ({ engine }: Host, name: string) => engine.#options.asking.host(name), {
      result: "string",
      hosted: true,
    }),
  };

  readonly #host: Host;
  readonly #options: EngineOptions;
  /** How deep each name is included right now; shared with the sets that tpl makes, as in Helm. */
  readonly #nested = new Map<string, number>();

  constructor(parsed: ParsedChart, options: EngineOptions) {
    this.#options = options;
    const set = parsed.set.clone();
    set.withFuncs(options.funcs);
    this.#host = this.#hostOf(set);
  }

  #hostOf(set: TemplateSet): Host {
    const { meter, recorder } = this.#options;
    const options: { -readonly [K in keyof ExecuteOptions]: ExecuteOptions[K] } = { meter };
    if (recorder !== undefined) options.trace = recorder;
    const host = { engine: this, set, options };
    options.host = host;
    return host;
  }

  /** Runs one template; what Helm throws away of `<no value>` is thrown away. Throws template.exec in Helm's words. */
  run(template: Template): string {
    template.context.Template = withGoType(
      Object.assign(newMap(), { Name: template.name, BasePath: template.basePath }) as GoMap,
      this.#options.helmVersion === 3 ? "chartutil.Values" : "common.Values",
    );
    let text: string;
    try {
      text = this.#execute(this.#host, template.name, template.context);
    } catch (error) {
      throw this.#shaped(template.name, error);
    }
    return withoutNoValue(text);
  }

  #execute({ set, options }: Host, which: Parameters<TemplateSet["execute"]>[0], data: unknown): string {
    const text = set.execute(which, data, options);
    this.#options.recorder?.finished(text);
    return text;
  }

  #tpl({ set: parent }: Host, text: string, data: unknown): string {
    // Text without an action is itself: the usual case of values that might be templates.
    if (!text.includes("{{")) return withoutNoValue(text);
    const set = parent.clone();
    let template;
    try {
      template = set.parse("gotpl", text);
    } catch (error) {
      if (!isSlipwayError(error, "template.parse")) throw error;
      throw new SlipwayError(`cannot parse template ${quote(text)}: ${error.message}`, {
        ...error.facts,
        cause: error,
      });
    }
    try {
      return withoutNoValue(this.#execute(this.#hostOf(set), template, data));
    } catch (error) {
      if (!isSlipwayError(error, "template.exec")) throw error;
      throw new SlipwayError(`error during tpl function execution for ${quote(text)}: ${error.message}`, {
        ...error.facts,
        cause: error,
      });
    }
  }

  #required(message: string, value: unknown): unknown {
    if (value !== null && value !== "") return value;
    const { lint } = this.#options;
    if (lint === undefined) throw new Error(markWarning(message));
    lint(`missing required value: ${message}`);
    return "";
  }

  #fail(message: string): string {
    const { lint } = this.#options;
    if (lint === undefined) throw new Error(markWarning(message));
    lint(`fail: ${message}`);
    return "";
  }

  /** Recursion that ran out of stack, told by the name that was included most often inside itself. */
  #endless(file: string): SlipwayError | undefined {
    const [name] = [...this.#nested].reduce((a, b) => (b[1] > a[1] ? b : a), ["", 1]);
    const tree = this.#host.set.lookup(name)?.tree;
    if (tree === undefined) return undefined;
    return new SlipwayError(
      `execution error in (${file}): rendering template has a nested reference name: ${name}: unable to execute template`,
      {
        code: "template.limit",
        span: spanOf(tree, tree.root.start, tree.root.end),
        fix: `The template ${JSON.stringify(name)} includes itself without an end.`,
      },
    );
  }

  #shaped(file: string, error: unknown): unknown {
    if (isSlipwayError(error, "template.limit") && error.message.includes("exceeded maximum template depth")) {
      const endless = this.#endless(file);
      if (endless !== undefined) return endless;
    }
    if (!isSlipwayError(error, "template.exec") && !isSlipwayError(error, "template.limit")) return error;
    const text = execErrorText(file, links(error), this.#options.helmVersion);
    return new SlipwayError(text, { ...error.facts, cause: error });
  }
}

/** The texts of a chain of errors, outermost first; Go wraps each link once more, which changes nothing. */
function links(error: unknown): string[] {
  const texts: string[] = [];
  for (let link: unknown = error; link instanceof Error; link = link.cause) texts.push(messageOf(link));
  return texts;
}

/** Go prints `<no value>` for what is missing in a map; Helm deletes that text wherever it stands. */
function withoutNoValue(text: string): string {
  return text.includes("<no value>") ? text.replaceAll("<no value>", "") : text;
}
