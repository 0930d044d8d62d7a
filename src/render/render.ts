import {
  type ErrorFacts,
  type Finding,
  type GoMap,
  SlipwayError,
  compareStrings,
  fromBytes,
  isSlipwayError,
  messageOf,
  systemClock,
} from "../base/index.ts";
import {
  type Chart,
  type HelmVersion,
  chartFullPath,
  coalesceValues,
  crdFiles,
  processDependencies,
  validateSchema,
} from "../chart/index.ts";
import { type FuncMap, Meter, formatValue } from "../gotemplate/index.ts";
import { goTrim, splitManifests } from "../manifest/index.ts";
import { loadFamilies, type FamilyName } from "../sprig/index.ts";
import { checkKubeVersion, defaultCapabilities, helmBuild } from "./capabilities.ts";
import { type Template, collectTemplates } from "./context.ts";
import { Engine, ParsedChart } from "./engine.ts";
import { functions } from "./functions.ts";
import { type Outcome, crdText, emptyOutcome, headOf, isPartial, joinedText, sortManifests } from "./manifests.ts";
import { ChartOutlines, type OutlineCache } from "./outline-cache.ts";
import { joinForPostRender, splitPostRendered } from "./post-render.ts";
import { Asking } from "./questions.ts";
import type { Recorder } from "./trace.ts";
import type { PlatformPorts, RenderLimits, RenderOptions, Rendered } from "./types.ts";

/**
 * Renders a chart as Helm does: values, dependencies, schema, templates, hooks, notes. Loads the code of rarely used
 * functions on the way; otherwise nothing here touches the outside world.
 *
 * Throws in Helm's words, with facts about the place: `values.schema`, `template.parse`, `template.exec`,
 * `template.limit`, `render.yaml`, `render.kube-version`.
 */
export async function render(chart: Chart, userValues: GoMap, options: RenderOptions): Promise<Rendered> {
  let ports: PlatformPorts | undefined;
  for (;;) {
    const rendering = new Rendering(chart, userValues, options);
    await rendering.prepare(ports);
    try {
      return rendering.finish();
    } catch (error) {
      const load = await rendering.loadFor(error);
      if (!load && !(ports === undefined && lacksKeys(error))) throw error;
      const family = (error as SlipwayError).facts.path as FamilyName;
      if (!load || needPorts.has(family)) ports = (await options.loadPorts?.()) ?? {};
    }
  }
}

/** Did a function ask for keys? Its code may be there already, from an earlier rendering. */
function lacksKeys(error: unknown): boolean {
  for (let link: unknown = error; link instanceof Error; link = isSlipwayError(link) ? link.facts.cause : link.cause) {
    if (isSlipwayError(link, "sprig.no-keys")) return true;
  }
  return false;
}

/** Families whose functions need something of the platform. */
const needPorts: ReadonlySet<FamilyName> = new Set(["keys", "dates"]);

/** Runs the steps of a rendering; separate from {@link render} so that lint and explanations can go on from each. */
export class Rendering {
  readonly helmVersion: HelmVersion;
  readonly chart: Chart;
  readonly values: GoMap;
  readonly warnings: Finding[] = [];
  readonly asking: Asking;
  readonly #source: Chart;
  readonly #options: RenderOptions;
  #funcs: FuncMap = {};
  #templates: readonly Template[] = [];
  #parsed: ParsedChart | undefined;

  /** Works out dependencies and values. */
  constructor(chart: Chart, userValues: GoMap, options: RenderOptions) {
    this.#source = chart;
    this.#options = options;
    this.asking = new Asking(options);
    this.helmVersion = options.helmVersion ?? 4;
    const warn = (message: string) => this.#warn("values.warning", message);
    const layering = { helmVersion: this.helmVersion, warn, format: formatValue };
    this.chart = processDependencies(chart, userValues, layering);
    const values = coalesceValues(this.chart, userValues, layering);
    // Lint coalesces twice, so that a default removed by a null comes back.
    this.values = options.lint === true ? coalesceValues(this.chart, values, layering) : values;
  }

  /** The templates, in the order in which they run. */
  get templates(): readonly Template[] {
    return this.#templates;
  }

  /** Checks the values, parses the templates, and loads the functions that they use. */
  async prepare(ports?: PlatformPorts): Promise<void> {
    if (this.#options.skipSchemaValidation !== true) await this.#checkSchemas();
    try {
      const { helmVersion } = this;
      const capabilities = this.#options.capabilities ?? defaultCapabilities();
      if (this.#options.lint !== true) checkKubeVersion(this.chart, capabilities, helmVersion);
      this.#templates = this.#collect();
      this.#parsed = parsedOf(this.#source, this.#templates, helmVersion, this.#options.outlines);
    } catch (error) {
      throw new RenderFailure(error, new Map());
    }
    const families = this.#parsed.families;
    await loadFamilies(families);
    const wanted = ports === undefined && families.some((family) => needPorts.has(family));
    this.#funcs = functions(this.helmVersion, this.#options, wanted ? await this.#options.loadPorts?.() : ports);
  }

  #collect(): Template[] {
    return collectTemplates(this.chart, this.values, {
      release: this.#options.release,
      capabilities: this.#options.capabilities ?? defaultCapabilities(),
      helm: this.#options.helmBuild ?? helmBuild(this.helmVersion),
      helmVersion: this.helmVersion,
    });
  }

  async #checkSchemas(): Promise<void> {
    const { loadSchema } = this.#options;
    const report = await validateSchema(this.chart, this.values, {
      ...(loadSchema === undefined ? {} : { loadSchema }),
      warn: (message) => this.#warn("values.schema", message),
    });
    if (report === undefined) return;
    const fix = report.problems.find((problem) => problem.fix !== undefined)?.fix;
    throw new SlipwayError(
      `values don't meet the specifications of the schema(s) in the following chart(s):\n${report.text}`,
      {
        code: "values.schema",
        ...(fix === undefined ? {} : { fix }),
        details: report.problems.map((problem) => ({
          code: "values.schema",
          severity: "error",
          message: problem.message,
          path: problem.path.join("."),
        })),
      },
    );
  }

  /**
   * Loads the code that an error asks for: a family that is loaded only when a call meets it, or a function that only
   * a text given to tpl mentions. False for any other error.
   */
  async loadFor(error: unknown): Promise<boolean> {
    if (!isSlipwayError(error, "sprig.load")) return false;
    await loadFamilies([error.facts.path as FamilyName]);
    return true;
  }

  /** Runs the templates and makes of their output what Helm makes of it. */
  finish(): Rendered {
    const rendered = this.renderFiles();
    if (this.asking.open.length > 0) return this.#result(emptyOutcome, "");
    const notes = this.#takeNotes(rendered);
    const { postRender } = this.#options;
    const early = this.helmVersion === 4 && postRender !== undefined;
    const files = early ? splitPostRendered(postRender(joinForPostRender(rendered))) : rendered;
    try {
      return this.#result(
        sortManifests(files, this.helmVersion, (message) => this.#warn("render.hook", message)),
        notes,
      );
    } catch (error) {
      throw new RenderFailure(error, files);
    }
  }

  /** Every template's output by its name, partials left out. With `only`, that template and nothing after it. */
  renderFiles(recorder?: Recorder, only?: string): Map<string, string> {
    try {
      return this.#runAll(recorder, only);
    } finally {
      if (this.#parsed !== undefined) outlinesOf.get(this.#parsed)?.keep(this.#parsed);
    }
  }

  #runAll(recorder: Recorder | undefined, only: string | undefined): Map<string, string> {
    const engine = this.#engine(recorder);
    const files = new Map<string, string>();
    for (const template of this.templates) {
      if (isPartial(template.name)) continue;
      recorder?.reset();
      try {
        files.set(template.name, engine.run(template));
      } catch (error) {
        // With questions open, an error is most likely the empty answer's fault.
        if (isSlipwayError(error, "sprig.load") || this.asking.open.length === 0) {
          throw isSlipwayError(error, "sprig.load") ? error : new RenderFailure(error, new Map());
        }
      }
      if (template.name === only) break;
    }
    return files;
  }

  #engine(recorder?: Recorder): Engine {
    const limits = this.#options.limits ?? {};
    const meter = new Meter({
      steps: limits.steps ?? 50_000_000,
      output: limits.output ?? 64 * 1024 * 1024,
      check: deadline(limits),
    });
    if (this.#parsed === undefined) throw new Error("prepare() comes before rendering");
    return new Engine(this.#parsed, {
      helmVersion: this.helmVersion,
      funcs: this.#funcs,
      asking: this.asking,
      meter,
      ...(this.#options.lint === true ? { lint: (message: string) => this.#warn("render.lint", message) } : {}),
      ...(recorder === undefined ? {} : { recorder }),
    });
  }

  /** The names of all templates and of what they define. */
  get templateNames(): string[] {
    return this.#parsed?.set.names() ?? [];
  }

  /** The names of all functions that templates may call. */
  get functionNames(): string[] {
    return [...Object.keys(functions(this.helmVersion)), ...builtinFunctions];
  }

  /** What fails, of all templates and not only the first. */
  failures(): SlipwayError[] {
    const engine = this.#engine();
    const found: SlipwayError[] = [];
    for (const template of this.templates) {
      if (isPartial(template.name)) continue;
      try {
        engine.run(template);
      } catch (error) {
        if (!isSlipwayError(error) || error.code === "sprig.load") throw error;
        found.push(error);
        if (error.code === "template.limit") break;
      }
    }
    return found;
  }

  /** What does not parse, of all templates and not only the first. */
  parseFailures(): SlipwayError[] {
    const options = { helmVersion: this.helmVersion, funcs: functions(this.helmVersion) };
    return this.#collect().flatMap((template) => {
      try {
        ParsedChart.parse([template], ({ file }) => fromBytes(file.data), options);
        return [];
      } catch (error) {
        return isSlipwayError(error) ? [error] : [];
      }
    });
  }

  /** Outputs that are no YAML, each with its error and the whole output. */
  brokenFiles(): {
    readonly source: string;
    readonly content: string;
    readonly message: string;
    readonly facts: ErrorFacts;
  }[] {
    const broken = [];
    for (const [source, content] of this.renderFiles()) {
      if (isPartial(source) || source.endsWith("NOTES.txt") || goTrim(content) === "") continue;
      try {
        for (const text of splitManifests(content, this.helmVersion)) headOf(source, text, content, this.helmVersion);
      } catch (error) {
        if (isSlipwayError(error)) broken.push({ source, content, message: error.message, facts: error.facts });
      }
    }
    return broken;
  }

  /** Takes the notes out of the files; Helm joins those of subcharts in random order, we by path. */
  #takeNotes(files: Map<string, string>): string {
    const own = `${chartFullPath(this.chart)}/templates/NOTES.txt`;
    const names = [...files.keys()].filter((name) => name.endsWith("NOTES.txt")).sort(compareStrings);
    let notes = "";
    for (const name of names) {
      if (name === own || this.#options.subchartNotes === true) {
        notes += (notes === "" ? "" : "\n") + (files.get(name) as string);
      }
      files.delete(name);
    }
    return notes;
  }

  #result(outcome: Outcome, notes: string): Rendered {
    return {
      ...outcome,
      notes,
      manifest: this.#late(outcome.manifests.map(joinedText).join("")),
      crds: crdFiles(this.chart).map(crdText),
      values: this.values,
      chart: this.chart,
      questions: this.asking.open,
      warnings: this.warnings,
    };
  }

  /** What Helm 3's post-renderer makes of the manifest. */
  #late(manifest: string): string {
    const { postRender } = this.#options;
    return this.helmVersion === 3 && postRender !== undefined ? postRender(manifest) : manifest;
  }

  #warn(code: string, message: string): void {
    this.warnings.push({ code, severity: "warning", message });
  }
}

const builtinFunctions = "and call eq ge gt html index js le len lt ne not or print printf println urlquery".split(" ");

/** An error after Helm has begun to make a release; `files` is what was rendered, for `--debug`. */
export class RenderFailure extends SlipwayError {
  readonly files: ReadonlyMap<string, string>;
  constructor(error: unknown, files: ReadonlyMap<string, string>) {
    super(messageOf(error), isSlipwayError(error) ? error.facts : { code: "render.failed", cause: error });
    this.files = files;
  }
}

/** Ends the rendering when its time is up. */
function deadline(limits: RenderLimits): () => void {
  const timeout = limits.timeout ?? 30_000;
  const now = limits.now ?? (() => systemClock.now());
  const end = now() + timeout;
  return () => {
    if (now() <= end) return;
    throw new SlipwayError(`rendering took longer than ${timeout / 1000}s`, {
      code: "template.limit",
      fix: "Raise --render-timeout, or look for a loop that does not end.",
    });
  };
}

/** Parsed templates, by the chart as it was loaded and the templates that are left of it. */
const cache = new WeakMap<Chart, Map<string, ParsedChart>>();

/** Where the outlines of parsed templates come from and go to. */
const outlinesOf = new WeakMap<ParsedChart, ChartOutlines>();

function parsedOf(
  chart: Chart,
  templates: readonly Template[],
  helmVersion: HelmVersion,
  kept: OutlineCache | undefined,
): ParsedChart {
  let entries = cache.get(chart);
  if (entries === undefined) cache.set(chart, (entries = new Map()));
  const key = `${helmVersion} ${templates.map((template) => template.name).join(" ")}`;
  let parsed = entries.get(key);
  if (parsed === undefined) {
    const outlines = kept === undefined ? undefined : new ChartOutlines(kept, chart);
    const options = { helmVersion, funcs: functions(helmVersion), known: outlines?.known };
    parsed = ParsedChart.parse(templates, (template) => fromBytes(template.file.data), options);
    entries.set(key, parsed);
    if (outlines !== undefined) outlinesOf.set(parsed, outlines);
  }
  return parsed;
}
