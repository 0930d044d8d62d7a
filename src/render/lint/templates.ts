import { type GoMap, type Span, fromBytes, isMap, isSlipwayError, messageOf } from "../../base/index.ts";
import { type Chart, type HelmVersion, chartFullPath, splitDocuments } from "../../chart/index.ts";
import { JsonSyntaxError, parse, unmarshalJSON } from "../../goyaml/index.ts";
import { goTrim, readHead } from "../../manifest/index.ts";
import { defaultCapabilities } from "../capabilities.ts";
import { Rendering } from "../render.ts";
import { Recorder } from "../trace.ts";
import { deprecationOf } from "./deprecations.ts";
import { nameProblems } from "./names.ts";
import type { LintInput, LintOptions, Messages } from "./types.ts";

const folder = "templates/";

/** Lints templates: renders them and looks at what comes out, document by document. */
export async function lintTemplates(
  input: LintInput,
  user: GoMap,
  messages: Messages,
  options: LintOptions,
): Promise<void> {
  const helmVersion = options.helmVersion ?? 4;
  if (!checkFolder(input, messages, helmVersion)) return;
  let chart: Chart;
  try {
    chart = await input.load();
  } catch (error) {
    messages.check("ERROR", folder, messageOf(error), placeOf(error));
    return;
  }
  const rendering = await startRendering(chart, user, messages, options);
  if (rendering === undefined) return;
  let files: Map<string, string>;
  try {
    files = await renderAll(rendering);
  } catch (error) {
    messages.check("ERROR", folder, messageOf(error), placeOf(error, rendering.chart));
    return;
  }
  const linter = new TemplateLinter(rendering, files, messages, options);
  for (const template of rendering.chart.templates) {
    if (!(await linter.lint(template.name, fromBytes(template.data)))) return;
  }
}

function checkFolder(input: LintInput, messages: Messages, helmVersion: HelmVersion): boolean {
  const isFile = input.files.some(({ name }) => name === "templates");
  const exists = input.folders.has("templates");
  if (helmVersion === 3) return messages.check("WARNING", folder, isFile ? "not a directory" : undefined);
  if (!messages.check("WARNING", folder, exists || isFile ? undefined : "directory does not exist")) return false;
  return messages.check("ERROR", folder, isFile ? "not a directory" : undefined);
}

/** The rendering, ready to run; undefined where it cannot be made, told of only where Helm tells. */
async function startRendering(
  chart: Chart,
  user: GoMap,
  messages: Messages,
  options: LintOptions,
): Promise<Rendering | undefined> {
  const base = defaultCapabilities();
  let rendering: Rendering;
  try {
    rendering = new Rendering(chart, user, {
      lint: true,
      helmVersion: options.helmVersion ?? 4,
      release: {
        name: "test-release",
        namespace: options.namespace ?? "default",
        revision: 0,
        isInstall: false,
        isUpgrade: false,
      },
      capabilities: { ...base, kubeVersion: options.kubeVersion ?? base.kubeVersion },
      skipSchemaValidation: options.skipSchemaValidation ?? false,
      ...(options.loadSchema === undefined ? {} : { loadSchema: options.loadSchema }),
    });
  } catch {
    return undefined;
  }
  try {
    await rendering.prepare(await options.loadPorts?.());
    return rendering;
  } catch (error) {
    const details = isSlipwayError(error) ? (error.facts.details ?? []) : [];
    messages.check("ERROR", folder, messageOf(error), {
      ...placeOf(error, rendering.chart),
      ...(details.length > 0
        ? { details: details.map(({ message, path }) => ({ message, ...(path === undefined ? {} : { path }) })) }
        : {}),
    });
    return undefined;
  }
}

async function renderAll(rendering: Rendering): Promise<Map<string, string>> {
  for (;;) {
    try {
      return rendering.renderFiles();
    } catch (error) {
      if (!(await rendering.loadFor(error))) throw error;
    }
  }
}

function placeOf(error: unknown, chart?: Chart): { span?: Span } {
  const span = isSlipwayError(error) ? error.facts.span : undefined;
  return span === undefined ? {} : { span: { ...span, file: insideChart(span.file, chart) } };
}

/** `app/templates/x.yaml` → `templates/x.yaml`. */
function insideChart(file: string, chart: Chart | undefined): string {
  const lead = chart === undefined ? "" : `${chartFullPath(chart)}/`;
  return file.startsWith(lead) ? file.slice(lead.length) : file;
}

class TemplateLinter {
  readonly #rendering: Rendering;
  readonly #files: ReadonlyMap<string, string>;
  readonly #messages: Messages;
  readonly #options: LintOptions;

  constructor(rendering: Rendering, files: ReadonlyMap<string, string>, messages: Messages, options: LintOptions) {
    this.#rendering = rendering;
    this.#files = files;
    this.#messages = messages;
    this.#options = options;
  }

  /** Lints one file; false where Helm stops altogether. */
  async lint(name: string, source: string): Promise<boolean> {
    const helmVersion = this.#options.helmVersion ?? 4;
    const extension = /\.[^./]*$/.exec(name)?.[0] ?? "";
    const messages = this.#messages;
    const at = { span: { file: name, line: 1, column: 1 } };
    const allowed = [".yaml", ".yml", ".tpl", ".txt"].includes(extension);
    messages.check(
      "ERROR",
      name,
      allowed ? undefined : `file extension '${extension}' not valid. Valid extensions are .yaml, .yml, .tpl, or .txt`,
      at,
    );
    if (helmVersion === 3) {
      this.#oldHabits(name, source);
      if (extension !== ".yaml") return true;
    } else if (!/^\.ya?ml$/i.test(extension)) return true;
    const content = this.#files.get(`${chartFullPath(this.#rendering.chart)}/${name}`) ?? "";
    if (goTrim(content) === "") return true;
    this.#indent(name, content);
    return this.#documents(name, content);
  }

  /** What charts for Helm 2 did. */
  #oldHabits(name: string, source: string): void {
    const crd = /"?helm\.sh\/hook"?:[\t\n\f\r ]+crd-install/.exec(source);
    this.#messages.check(
      "WARNING",
      name,
      crd === null
        ? undefined
        : "manifest is a crd-install hook. This hook is no longer supported in v3 and all CRDs should also exist the crds/ directory at the top level of the chart",
      { span: textSpan(name, source, crd?.index ?? 0) },
    );
    const time = source.indexOf(".Release.Time");
    this.#messages.check(
      "ERROR",
      name,
      time < 0
        ? undefined
        : ".Release.Time has been removed in v3, please replace with the `now` function in your templates",
      { span: textSpan(name, source, Math.max(0, time)) },
    );
  }

  #indent(name: string, content: string): void {
    const lines = content.split("\n");
    const index = lines.findIndex((line) => goTrim(line) !== "");
    const line = (lines[index] ?? "").replace(/\r$/, "");
    if (!/^[ \t]/.test(line)) return;
    this.#messages.check(
      "WARNING",
      name,
      `document starts with an illegal indent: ${JSON.stringify(line)}, which may cause parsing problems`,
      this.#place(name, content, index),
    );
  }

  #documents(name: string, content: string): boolean {
    let documents: { text: string; line: number }[];
    try {
      documents = content.trimStart().startsWith("{") ? [{ text: content, line: 0 }] : splitDocuments(content);
    } catch (error) {
      const message = messageOf(error).replace("error reading yaml document: ", "");
      const line = isSlipwayError(error) ? (error.facts.span?.line ?? 1) : 1;
      this.#messages.check("ERROR", name, `unable to parse YAML: ${message}`, this.#place(name, content, line - 1));
      return false;
    }
    for (const document of documents) if (!this.#document(name, content, document)) return false;
    return true;
  }

  #document(name: string, content: string, document: { text: string; line: number }): boolean {
    const { text } = document;
    let head: ReturnType<typeof readHead>;
    let value: unknown;
    try {
      value = parse(text);
      if (value === null || value === undefined) return true;
      head = readHead(text);
    } catch (error) {
      const line = document.line + (isSlipwayError(error) ? (error.facts.span?.line ?? 1) : 1) - 1;
      const type = this.#options.helmVersion === 3 ? "rules.K8sYamlStruct" : "rules.k8sYamlStruct";
      const message = messageOf(error)
        .replace("util.SimpleHead", type)
        .replace("Go struct field SimpleHead.kind", `Go struct field ${type.slice(6)}.Kind`);
      const told = jsonProblem(content, document.line) ?? message;
      this.#messages.check("ERROR", name, `unable to parse YAML: ${told}`, this.#place(name, content, line));
      return false;
    }
    const { apiVersion, kind, name: object } = head;
    const place = (pattern: RegExp) => {
      const found = text.split("\n").findIndex((line) => pattern.test(line));
      return this.#place(name, content, document.line + Math.max(0, found));
    };
    const problems = nameProblems(kind, object).map(
      (problem) => `metadata.name: Invalid value: ${JSON.stringify(object)}: ${problem}`,
    );
    const messages = this.#messages;
    messages.check("WARNING", name, namesMessage(object, problems), problems.length > 0 ? place(/^ {1,4}name:/) : {});
    const deprecation = this.#deprecation(apiVersion, kind);
    messages.check("WARNING", name, deprecation, deprecation === undefined ? {} : place(/^apiVersion:/));
    const selector = selectorProblem(kind, object, content);
    messages.check("ERROR", name, selector, selector === undefined ? {} : place(/^kind:/));
    const list = kind === "List" ? listProblem(content, this.#options.helmVersion ?? 4) : undefined;
    messages.check("ERROR", name, list, list === undefined ? {} : place(/helm\.sh\/resource-policy/));
    return true;
  }

  #deprecation(apiVersion: string, kind: string): string | undefined {
    if (apiVersion === "" || kind === "") return undefined;
    const { major, minor } = this.#options.kubeVersion ?? defaultCapabilities().kubeVersion;
    return deprecationOf(apiVersion, kind, major, minor);
  }

  /** The template's place that wrote a line (from 0) of its output. */
  #place(name: string, content: string, line: number): { span: Span } {
    const fallback = { span: { file: name, line: line + 1, column: 1 } };
    const full = `${chartFullPath(this.#rendering.chart)}/${name}`;
    const recorder = new Recorder();
    try {
      this.#rendering.renderFiles(recorder, full);
    } catch {
      return fallback;
    }
    const lines = content.split("\n");
    const text = lines[line] ?? "";
    const offset = lines.slice(0, line).reduce((sum, item) => sum + item.length + 1, 0) + (/\S/.exec(text)?.index ?? 0);
    const span = recorder.locate(offset).at(-1);
    if (span === undefined) return fallback;
    return { span: { ...span, file: insideChart(span.file, this.#rendering.chart) } };
  }
}

/** What starts like JSON is read as JSON first, and if nothing works it is that error which is told. */
function jsonProblem(content: string, line: number): string | undefined {
  if (line > 0 || !content.trimStart().startsWith("{")) return undefined;
  try {
    unmarshalJSON(content);
    return undefined;
  } catch (error) {
    // Go counts the bytes it has read, the wrong one among them.
    const offset = error instanceof JsonSyntaxError ? error.offset + 1 : 0;
    return `json: offset ${offset}: ${messageOf(error)}`;
  }
}

function namesMessage(object: string, problems: readonly string[]): string | undefined {
  if (problems.length === 0) return undefined;
  const told = problems.length === 1 ? problems[0] : `[${problems.join(", ")}]`;
  return `object name does not conform to Kubernetes naming requirements: ${JSON.stringify(object)}: ${told}`;
}

function selectorProblem(kind: string, name: string, content: string): string | undefined {
  if (!["Deployment", "ReplicaSet", "DaemonSet", "StatefulSet"].includes(kind)) return undefined;
  if (content.includes("matchLabels") || content.includes("matchExpressions")) return undefined;
  return `a ${kind} must contain matchLabels or matchExpressions, and ${JSON.stringify(name)} does not`;
}

/** Helm keeps no items of a List, whatever their annotations say. Looks at the whole file's first document, as Helm does. */
function listProblem(content: string, helmVersion: HelmVersion): string | undefined {
  let value: unknown;
  try {
    value = parse(content);
  } catch (error) {
    return `unable to parse YAML: ${messageOf(error)}`;
  }
  const items = isMap(value) && Array.isArray(value.items) ? (value.items as unknown[]) : [];
  for (const item of items) {
    const metadata = isMap(item) && isMap(item.metadata) ? item.metadata : undefined;
    if (isMap(metadata?.annotations) && "helm.sh/resource-policy" in metadata.annotations) {
      return `${helmVersion === 3 ? "A" : "a"}nnotation 'helm.sh/resource-policy' within List objects are ignored`;
    }
  }
  return undefined;
}

function textSpan(file: string, text: string, offset: number): Span {
  const before = text.slice(0, offset);
  return {
    file,
    line: before.split("\n").length,
    column: offset - (before.lastIndexOf("\n") + 1) + 1,
    offset,
  };
}
