import {
  type ErrorFacts,
  type Finding,
  type GoMap,
  SlipwayError,
  type Span,
  isMap,
  isSlipwayError,
  nearest,
} from "../../base/index.ts";
import { type Chart, type UserValues, deepCopy } from "../../chart/index.ts";
import { TemplateError } from "../../gotemplate/index.ts";
import { Recorder } from "../trace.ts";
import { RenderFailure, Rendering } from "../render.ts";
import type { RenderOptions } from "../types.ts";
import { originOf } from "./origins.ts";
import { onDisk, placeOf, valuesPrefix } from "./places.ts";

/** What an explanation is made of: the input of the rendering that failed. */
export interface ExplainInput {
  readonly chart: Chart;
  readonly values: GoMap;
  /** Where the user's values came from, to say who set what. */
  readonly sources?: UserValues;
  readonly options: RenderOptions;
}

/**
 * The same error with everything that helps to act on it, as data: the place in the file on disk, the chain of calls
 * that led there, the value involved and who set it, what was probably meant, and whatever else is broken. Renders the
 * chart again, with tracing. An error that cannot be explained comes back as it is.
 */
export async function explainFailure(error: unknown, input: ExplainInput): Promise<unknown> {
  if (!isSlipwayError(error)) return error;
  try {
    const facts = await explained(error, input);
    return facts === undefined ? error : withFacts(error, facts);
  } catch {
    return error;
  }
}

function withFacts(error: SlipwayError, facts: ErrorFacts): SlipwayError {
  const out = new SlipwayError(error.message, facts);
  return error instanceof RenderFailure ? new RenderFailure(out, error.files) : out;
}

async function explained(error: SlipwayError, input: ExplainInput): Promise<ErrorFacts | undefined> {
  switch (error.code) {
    case "template.exec":
    case "template.limit":
      return execution(error, input);
    case "template.parse":
      return parsing(error, input);
    case "render.yaml":
      return yaml(error, input);
    case "values.schema":
      return schema(error, input);
    default:
      return undefined;
  }
}

async function rendering(input: ExplainInput): Promise<Rendering> {
  const made = new Rendering(input.chart, deepCopy(input.values), { ...input.options, skipSchemaValidation: true });
  await made.prepare(await input.options.loadPorts?.());
  return made;
}

/** Runs something that may ask for the code of a function family, until it has all it needs. */
async function run<T>(made: Rendering, action: () => T): Promise<T> {
  for (;;) {
    try {
      return action();
    } catch (error) {
      if (!(await made.loadFor(error))) throw error;
    }
  }
}

// ---- a template that failed

async function execution(error: SlipwayError, input: ExplainInput): Promise<ErrorFacts> {
  const made = await rendering(input);
  const recorder = new Recorder();
  try {
    await run(made, () => made.renderFiles(recorder));
  } catch {
    // It fails again; the recorder knows what was read last.
  }
  const inner = templateError(error);
  const root = made.chart;
  const details: Finding[] = [];
  const frames = inner?.frames ?? [];
  for (const frame of frames.slice(0, -1).toReversed()) {
    details.push({
      code: "template.frame",
      severity: "info",
      message: `called from here: ${frame.context}`,
      span: onDisk(root, frame.span),
    });
  }
  const value = inner === undefined ? undefined : valueInvolved(inner, made, recorder, input);
  details.push(...(value?.findings ?? []));
  const fix = value?.fix ?? templateSuggestion(error.message, made) ?? error.facts.fix;
  details.push(...(await others(error, made)));
  return {
    ...error.facts,
    ...(error.facts.span === undefined ? {} : { span: onDisk(root, error.facts.span) }),
    ...(value?.path === undefined ? {} : { path: value.path }),
    ...(details.length === 0 ? {} : { details }),
    ...(fix === undefined ? {} : { fix }),
  };
}

function templateError(error: unknown): TemplateError | undefined {
  for (
    let link: unknown = error;
    link instanceof Error;
    link = link instanceof SlipwayError ? link.facts.cause : link.cause
  ) {
    if (link instanceof TemplateError) return link;
  }
  return undefined;
}

interface ValueInvolved {
  readonly path: string;
  readonly findings: readonly Finding[];
  readonly fix?: string;
}

/** The value that the failing expression names, whether it is there, and who set it. */
function valueInvolved(
  error: TemplateError,
  made: Rendering,
  recorder: Recorder,
  input: ExplainInput,
): ValueInvolved | undefined {
  const frame = error.frames.at(-1);
  const outer = error.frames[0];
  if (frame === undefined || outer === undefined) return undefined;
  const chart = placeOf(made.chart, outer.span.file)?.chart ?? made.chart;
  const path = namedPath(frame.context, chart) ?? elementPath(frame.context, recorder, made.values);
  if (path === undefined) return undefined;
  const shown = path.join(".");
  const { missing, siblings } = follow(made.values, path);
  const findings: Finding[] = [];
  let fix: string | undefined;
  if (missing !== undefined) {
    const at = path.slice(0, missing + 1).join(".");
    findings.push({ code: "values.missing", severity: "info", path: at, message: `the value ${at} is not set` });
    const like = nearest(path[missing] as string, siblings);
    if (like !== undefined) fix = `Did you mean ${[...path.slice(0, missing), like].join(".")}?`;
  }
  const origin = originOf(path.slice(0, missing ?? path.length), input.chart, input.sources);
  if (origin !== undefined) {
    const set = path.slice(0, origin.depth).join(".");
    findings.push({
      code: "values.origin",
      severity: "info",
      path: set,
      message: `${set} is set by ${origin.what}`,
      ...(origin.span === undefined ? {} : { span: origin.span }),
    });
  }
  return { path: shown, findings, ...(fix === undefined ? {} : { fix }) };
}

/** `.Values.a.b` in an expression, as a path in the root chart's values. */
function namedPath(context: string, chart: Chart): string[] | undefined {
  const named = /\.Values((?:\.[\p{L}_][\p{L}\p{N}_]*)+)/u.exec(context)?.[1];
  return named === undefined ? undefined : [...valuesPrefix(chart), ...named.slice(1).split(".")];
}

/** `.a.b` inside a `with` or `range` over a value. */
function elementPath(context: string, recorder: Recorder, values: GoMap): string[] | undefined {
  const named = /^\$?(?:\.[\p{L}_][\p{L}\p{N}_]*)+$/u.exec(context)?.[0];
  if (named === undefined || recorder.lastElement === undefined) return undefined;
  const found = pathTo(recorder.lastElement, values, [], 0);
  return found === undefined ? undefined : [...found, ...named.replace(/^\$?\./, "").split(".")];
}

function pathTo(wanted: unknown, value: unknown, path: readonly string[], depth: number): string[] | undefined {
  if (value === wanted) return [...path];
  if (depth > 12 || typeof value !== "object" || value === null) return undefined;
  for (const [key, inner] of Object.entries(value)) {
    if (typeof inner !== "object" || inner === null) continue;
    const found = pathTo(wanted, inner, [...path, key], depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** How far a path leads: the step that is missing (or null), and what there is beside it. */
function follow(values: GoMap, path: readonly string[]): { missing?: number; siblings: readonly string[] } {
  let value: unknown = values;
  for (const [i, step] of path.entries()) {
    const next =
      isMap(value) && Object.hasOwn(value, step)
        ? value[step]
        : Array.isArray(value)
          ? (value as unknown[])[Number(step)]
          : undefined;
    if (next === undefined || next === null) return { missing: i, siblings: isMap(value) ? Object.keys(value) : [] };
    value = next;
  }
  return { siblings: [] };
}

function templateSuggestion(message: string, made: Rendering): string | undefined {
  const name = /no template "([^"]*)" associated|template "([^"]*)" not defined/.exec(message);
  const wanted = name?.[1] ?? name?.[2];
  const like = wanted === undefined ? undefined : nearest(wanted, made.templateNames);
  return like === undefined ? undefined : `Did you mean the template ${JSON.stringify(like)}?`;
}

/** What else is broken: Helm stops at the first, we go on. */
async function others(error: SlipwayError, made: Rendering): Promise<Finding[]> {
  const failures = await run(made, () => made.failures());
  return failures
    .filter(({ message }) => message !== error.message)
    .map(({ message, facts }) => ({
      code: facts.code,
      severity: "error" as const,
      message: message
        .split("\n")
        .map((line) => line.trim())
        .join(" "),
      ...(facts.span === undefined ? {} : { span: onDisk(made.chart, facts.span) }),
    }));
}

// ---- a template that does not parse

async function parsing(error: SlipwayError, input: ExplainInput): Promise<ErrorFacts> {
  const made = new Rendering(input.chart, deepCopy(input.values), { ...input.options, skipSchemaValidation: true });
  const failures = made.parseFailures();
  const details = failures
    .filter(({ message }) => message !== error.message)
    .map(({ message, facts }) => ({
      code: facts.code,
      severity: "error" as const,
      message,
      ...(facts.span === undefined ? {} : { span: onDisk(made.chart, facts.span) }),
    }));
  const unknown = /function "([^"]*)" not defined/.exec(error.message)?.[1];
  const like = unknown === undefined ? undefined : nearest(unknown, made.functionNames);
  return {
    ...error.facts,
    ...(error.facts.span === undefined ? {} : { span: onDisk(made.chart, error.facts.span) }),
    ...(details.length === 0 ? {} : { details }),
    ...(like === undefined ? {} : { fix: `Did you mean ${like}?` }),
  };
}

// ---- output that is no YAML

async function yaml(error: SlipwayError, input: ExplainInput): Promise<ErrorFacts> {
  const made = await rendering(input);
  const broken = await run(made, () => made.brokenFiles());
  const own = broken.find(({ message }) => message === error.message);
  const details: Finding[] = [];
  let span: Span | undefined;
  if (own !== undefined && own.facts.span !== undefined) {
    const places = await written(made, own.source, own.content, own.facts.span);
    span = places.at(-1);
    const { line } = own.facts.span;
    const text = own.content.split("\n")[line - 1]?.trim() ?? "";
    details.push({
      code: "render.output",
      severity: "info",
      message: `line ${line} of what ${own.source} rendered${helmsCount(error.message, line)}: ${text}`,
    });
    for (const place of places.slice(0, -1).toReversed()) {
      details.push({ code: "template.frame", severity: "info", message: "called from here", span: place });
    }
  }
  for (const other of broken) {
    if (other === own) continue;
    const places =
      other.facts.span === undefined ? [] : await written(made, other.source, other.content, other.facts.span);
    const at = places.at(-1);
    details.push({
      code: "render.yaml",
      severity: "error",
      message: other.message,
      ...(at === undefined ? {} : { span: at }),
    });
  }
  const { span: _, ...rest } = error.facts;
  return { ...rest, ...(span === undefined ? {} : { span }), ...(details.length === 0 ? {} : { details }) };
}

/** Helm's message counts lines from the start of the YAML document, and for errors of the parser from 0. */
function helmsCount(message: string, line: number): string {
  const said = /yaml: line (\d+)/.exec(message)?.[1];
  if (said === undefined || Number(said) === line) return "";
  return ` (line ${said} is Helm's count, within the document and sometimes from 0)`;
}

/** The places in templates that wrote a line of an output, the last one innermost. */
async function written(made: Rendering, source: string, content: string, at: Span): Promise<Span[]> {
  const recorder = new Recorder();
  await run(made, () => made.renderFiles(recorder, source));
  const lines = content.split("\n");
  const line = Math.min(at.line, lines.length) - 1;
  const start = lines.slice(0, line).reduce((sum, text) => sum + text.length + 1, 0);
  const first = /\S/.exec(lines[line] ?? "")?.index ?? 0;
  return recorder.locate(start + first).map((span) => onDisk(made.chart, span));
}

// ---- values that a schema refuses

async function schema(error: SlipwayError, input: ExplainInput): Promise<ErrorFacts> {
  const details = (error.facts.details ?? []).map((finding) => {
    const path = finding.path === undefined || finding.path === "" ? [] : finding.path.split(".");
    const origin = path.length === 0 ? undefined : originOf(path, input.chart, input.sources);
    if (origin === undefined) return finding;
    if (origin.span !== undefined) return { ...finding, span: origin.span };
    return { ...finding, message: `${finding.path}: ${finding.message} (set by ${origin.what})` };
  });
  return { ...error.facts, details };
}
