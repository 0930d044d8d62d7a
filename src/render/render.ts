import {
  type Clock,
  type ErrorFacts,
  type Finding,
  type GoMap,
  type Random,
  SlipwayError,
  compareStrings,
  fromBytes,
  isSlipwayError,
  messageOf,
  type Span,
  systemClock,
} from "../base/index.ts";
import {
  type Chart,
  type CrdFile,
  type HelmVersion,
  chartFullPath,
  coalesceValues,
  crdFiles,
  isCompatible,
  processDependencies,
  validateSchema,
} from "../chart/index.ts";
import { type FuncMap, Meter, formatValue } from "../gotemplate/index.ts";
import {
  type Hook,
  type ManifestHead,
  goTrim,
  installOrder,
  parseHook,
  readHead,
  sortByKind,
  splitManifests,
} from "../manifest/index.ts";
import { type KeyPort, type ZonePort, loadFamilies, type FamilyName } from "../sprig/index.ts";
import { type Capabilities, type HelmBuild, defaultCapabilities, helmBuild } from "./capabilities.ts";
import { type ReleaseInfo, type Template, collectTemplates } from "./context.ts";
import { Engine, ParsedChart } from "./engine.ts";
import { functions } from "./functions.ts";
import { ChartOutlines, type OutlineCache } from "./outline-cache.ts";
import type { Recorder } from "./trace.ts";
import { joinForPostRender, splitPostRendered } from "./post-render.ts";
import { Asking, type AskingOptions, type Question } from "./questions.ts";

/** How a chart is rendered. */
export interface RenderOptions extends AskingOptions {
  readonly release: ReleaseInfo;
  /** Default: Kubernetes 1.37 with the built-in API versions. */
  readonly capabilities?: Capabilities;
  /** Whose output to give, to the byte. Default 4. */
  readonly helmVersion?: HelmVersion;
  /** What `.Capabilities.HelmVersion` says. */
  readonly helmBuild?: HelmBuild;
  /** Makes everything random reproducible. */
  readonly seed?: number;
  readonly clock?: Pick<Clock, "now">;
  readonly random?: Random;
  /**
   * Keys for genCA and its kin, time zones and the local one: asked for when templates turn out to need them. Without
   * keys these functions say that they cannot work here; without zones they come from Intl, and the local one is UTC.
   */
  readonly loadPorts?: () => Promise<PlatformPorts>;
  /** Where what parsing finds is kept for other processes. */
  readonly outlines?: OutlineCache;
  /** Notes of subcharts too. */
  readonly subchartNotes?: boolean;
  readonly skipSchemaValidation?: boolean;
  /** Fetches a remote `$ref` of a values.schema.json; without it such a schema is refused. */
  readonly loadSchema?: (url: string) => Promise<unknown>;
  /** `required` and `fail` do not fail. */
  readonly lint?: boolean;
  /** Bounds; see docs/rendering.md. */
  readonly limits?: RenderLimits;
  /**
   * A post-renderer: gets manifests, gives manifests. Helm 4's gets everything, hooks too, before it is sorted; Helm
   * 3's the sorted manifest without hooks, and what it gives is the manifest.
   */
  readonly postRender?: (manifests: string) => string;
}

/** What some functions need of the platform; on Node src/sprig/node.ts has it. */
export interface PlatformPorts {
  readonly keys?: KeyPort;
  readonly zones?: ZonePort;
  readonly timeZone?: string;
}

/** Bounds of one rendering, so that nothing a chart does can hang or harm. */
export interface RenderLimits {
  /** Milliseconds; default 30,000. */
  readonly timeout?: number;
  /** What the timeout is measured by, in milliseconds; the templates' clock may stand still. */
  readonly now?: () => number;
  /** Loop turns and template calls; default 50 million. */
  readonly steps?: number;
  /** UTF-16 units of one template's output; default 64 Mi. */
  readonly output?: number;
}

/** A document that is no hook, in the order of installation. */
export interface RenderedManifest {
  /** `chart/templates/x.yaml` */
  readonly source: string;
  readonly text: string;
  readonly kind: string;
  readonly name: string;
  readonly apiVersion: string;
}

/** What a chart becomes. */
export interface Rendered {
  /** Sorted for installation, without hooks. */
  readonly manifests: readonly RenderedManifest[];
  /** Sorted by kind. */
  readonly hooks: readonly Hook[];
  readonly notes: string;
  /** The manifests joined as a release stores them. */
  readonly manifest: string;
  readonly crds: readonly { readonly source: string; readonly text: string }[];
  /** The values that the templates saw. */
  readonly values: GoMap;
  /** The chart with its dependencies processed: what a release stores. */
  readonly chart: Chart;
  /** What could not be answered: fetch the answers and render again with the same seed and clock. */
  readonly questions: readonly Question[];
  readonly warnings: readonly Finding[];
}

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

/** A document with its `# Source:` line, as Helm prints and stores it. */
export function joinedText(manifest: { readonly source: string; readonly text: string }): string {
  return `---\n# Source: ${manifest.source}\n${manifest.text}\n`;
}

interface Outcome {
  readonly manifests: readonly RenderedManifest[];
  readonly hooks: readonly Hook[];
}

const emptyOutcome: Outcome = { manifests: [], hooks: [] };

/** A CRD whose text is made when it is asked for: they are megabytes, and `template` usually leaves them out. */
function crdText({ source, file }: CrdFile): Rendered["crds"][number] {
  let text: string | undefined;
  return {
    source,
    get text() {
      return (text ??= fromBytes(file.data));
    },
  };
}

const isPartial = (name: string) => name.slice(name.lastIndexOf("/") + 1).startsWith("_");

/** Cuts files into documents, reads their heads, takes hooks out, sorts both. */
function sortManifests(
  files: ReadonlyMap<string, string>,
  helmVersion: HelmVersion,
  warn: (message: string) => void,
): Outcome {
  const manifests: RenderedManifest[] = [];
  const hooks: Hook[] = [];
  for (const source of [...files.keys()].sort(compareStrings)) {
    const content = files.get(source) as string;
    if (isPartial(source) || goTrim(content) === "") continue;
    for (const text of splitManifests(content, helmVersion)) {
      const head = headOf(source, text, content, helmVersion);
      const hook = parseHook(source, text, head);
      if (hook === undefined) {
        manifests.push({ source, text, kind: head.kind, name: head.name, apiVersion: head.apiVersion });
      } else if (hook === "unknown") {
        const words = head.annotations["helm.sh/hook"] as string;
        warn(`info: skipping unknown hook: ${JSON.stringify(words)}`);
      } else hooks.push(hook);
    }
  }
  const order = installOrder(helmVersion);
  return {
    manifests: sortByKind(manifests, (manifest) => manifest.kind, order),
    hooks: sortByKind(hooks, (hook) => hook.kind, order),
  };
}

function headOf(source: string, text: string, content: string, helmVersion: HelmVersion): ManifestHead {
  try {
    return readHead(text, helmVersion);
  } catch (error) {
    const facts = isSlipwayError(error) ? error.facts : { code: "render.yaml", cause: error };
    throw new SlipwayError(`YAML parse error on ${source}: ${messageOf(error)}`, {
      ...facts,
      code: "render.yaml",
      ...(facts.span === undefined ? {} : { span: outputSpan(source, text, content, facts.span) }),
      doing: `reading what ${source} rendered`,
    });
  }
}

/** A place in a document as a place in the output of its file. */
function outputSpan(source: string, text: string, content: string, span: Span): Span {
  const at = Math.max(0, content.indexOf(text));
  const before = content.slice(0, at).split("\n").length - 1;
  return {
    ...span,
    file: source,
    line: span.line + before,
    ...(span.offset === undefined ? {} : { offset: span.offset + at }),
  };
}

function checkKubeVersion(chart: Chart, capabilities: Capabilities, helmVersion: HelmVersion): void {
  const wanted = chart.metadata.kubeVersion;
  const { version, normalized } = capabilities.kubeVersion;
  const checked = helmVersion === 3 ? version : normalized;
  if (wanted === "" || isCompatible(wanted, checked)) return;
  throw new SlipwayError(`chart requires kubeVersion: ${wanted} which is incompatible with Kubernetes ${version}`, {
    code: "render.kube-version",
    path: "kubeVersion",
  });
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
