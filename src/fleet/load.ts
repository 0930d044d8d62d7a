import { basename, dirname, isAbsolute, join, resolve } from "node:path";
import {
  type ErrorFacts,
  type GoMap,
  isMap,
  isSlipwayError,
  messageOf,
  newMap,
  SlipwayError,
  type Span,
} from "../base/index.ts";
import { parse, parseWithSpans } from "../goyaml/index.ts";
import { checkSpec } from "./check-spec.ts";
import { type Host } from "./host.ts";
import { mergeLayers, mergeValues } from "./merge.ts";
import { type EnvironmentSpec, type HelmfileSpec, type ValuesEntry } from "./spec.ts";
import { renderText } from "./template.ts";

/** The chosen environment: what `.Environment` and `.Values` show. */
export interface Environment {
  readonly name: string;
  readonly kubeContext: string;
  /** Root `values:`, below everything. */
  readonly defaults: GoMap;
  /** The environment's own values. */
  readonly values: GoMap;
  /** `--state-values-set`, which changes single elements of lists. */
  readonly overrides: GoMap;
}

export interface LoadOptions {
  readonly host: Host;
  /** `--environment`, "default" unless given. */
  readonly environment: string;
  /** `--namespace` and `--kube-context`, as templates see them. */
  readonly namespace?: string;
  readonly kubeContext?: string;
  /** `--state-values-file`, read in order. */
  readonly stateValuesFiles?: readonly string[];
  /** `--state-values-set` and `--state-values-set-string`, parsed. */
  readonly stateValues?: GoMap;
}

/** One helmfile, read and merged; its releases are still as written. */
export interface LoadedFile {
  readonly file: string;
  /** The folder that the file's paths start from. */
  readonly dir: string;
  readonly spec: HelmfileSpec;
  readonly environment: Environment;
}

/** What `.Values` shows: defaults, the environment's values, then what the command line set. */
export function mergedValues(environment: Environment): GoMap {
  return mergeValues(mergeValues(environment.defaults, environment.values), environment.overrides, "by-element");
}

/** `.Environment` as templates see it. */
export function environmentData(environment: Environment): GoMap {
  return Object.assign(newMap(), {
    Name: environment.name,
    KubeContext: environment.kubeContext,
    Values: mergeValues(environment.values, environment.overrides, "by-element"),
  });
}

/** The data of every template outside a release. */
export function stateData(environment: Environment, options: Pick<LoadOptions, "namespace">): GoMap {
  return Object.assign(newMap(), {
    Environment: environmentData(environment),
    Namespace: options.namespace ?? "",
    Values: mergedValues(environment),
  });
}

/**
 * The files a `--file` stands for: itself, the `*.yaml` and `*.gotmpl` files of a folder, or, without one, helmfile's
 * default names in `cwd`. Throws fleet.no-file when there is none.
 */
export function findFiles(host: Host, cwd: string, file: string | undefined): string[] {
  if (file) {
    const path = resolve(cwd, file);
    if (host.isFile(path)) return [path];
    if (host.isDir(path)) return stateFilesIn(host, path);
    throw new SlipwayError(`specified state file ${file} is not found`, {
      code: "fleet.no-file",
      fix: "Name a helmfile with --file, or run in the folder that holds helmfile.yaml",
    });
  }
  for (const name of ["helmfile.yaml.gotmpl", "helmfile.yaml", "helmfile.yml.gotmpl", "helmfile.yml"]) {
    if (host.isFile(join(cwd, name))) return [join(cwd, name)];
  }
  if (host.isDir(join(cwd, "helmfile.d"))) return stateFilesIn(host, join(cwd, "helmfile.d"));
  throw new SlipwayError(
    "no state file found. It must be named helmfile.d/*.{yaml,yml,yaml.gotmpl,yml.gotmpl}, helmfile.yaml, helmfile.yml, helmfile.yaml.gotmpl or helmfile.yml.gotmpl, or otherwise specified with the --file flag or HELMFILE_FILE_PATH environment variable",
    { code: "fleet.no-file" },
  );
}

function stateFilesIn(host: Host, dir: string): string[] {
  return host
    .list(dir)
    .filter((name) => /\.ya?ml(\.gotmpl)?$/.test(name))
    .map((name) => join(dir, name));
}

/**
 * Reads a helmfile: its parts in order, each rendered (`.gotmpl` only) with the environment so far, with its bases
 * below it and its documents appended to each other; later parts replace lists of earlier ones. Throws fleet.*,
 * yaml.* and template.* errors that name the file and the line.
 */
export async function loadFile(file: string, options: LoadOptions): Promise<LoadedFile> {
  let overrides = newMap();
  for (const path of options.stateValuesFiles ?? []) {
    overrides = mergeValues(overrides, await readValues(path, startEnvironment(options), options));
  }
  const start = { ...startEnvironment(options), values: overrides, overrides: options.stateValues ?? newMap() };
  const loaded = await loadParts(file, start, options, true);
  requireEnvironment(loaded.spec, file, options);
  return loaded;
}

/** Throws fleet.environment where the chosen environment is not among those that the file defines. */
function requireEnvironment(spec: HelmfileSpec, file: string, { environment: name }: LoadOptions): void {
  const defined = Object.keys(spec.environments ?? {});
  if (name === "default" || defined.includes(name)) return;
  throw new SlipwayError(`failed to read ${file}: environment "${name}" is not defined`, {
    code: "fleet.environment",
    fix: `The file defines: ${defined.join(", ") || "no environments"}`,
  });
}

function startEnvironment({ environment, kubeContext }: LoadOptions): Environment {
  return {
    name: environment,
    kubeContext: kubeContext ?? "",
    defaults: newMap(),
    values: newMap(),
    overrides: newMap(),
  };
}

async function loadParts(
  file: string,
  start: Environment,
  options: LoadOptions,
  mayHaveBases: boolean,
): Promise<LoadedFile> {
  const dir = dirname(file);
  const text = readFile(file, options).replaceAll("\r\n", "\n");
  refuseMixedParts(file, text);
  const rendered = file.endsWith(".gotmpl") || options.host.env.HELMFILE_RENDER_YAML === "true";
  let environment = start;
  let spec: HelmfileSpec | undefined;
  let line = 0;
  for (const [index, part] of text.split("\n---\n").entries()) {
    let content = part;
    if (rendered) {
      try {
        content = await renderText(part, { dir, host: options.host, data: stateData(environment, options) });
      } catch (error) {
        // A part that needs the values of an environment that no part before has: the environment is what is wrong.
        if (spec?.environments !== undefined && mayHaveBases) requireEnvironment(spec, file, options);
        throw partError(`error during ${basename(file)}.part.${index} parsing`, inFile(error, file, line));
      }
    }
    let current = readDocuments({ file, text: content, linesBefore: line, rendered });
    if (current.bases?.length) {
      if (!mayHaveBases) {
        throw new SlipwayError(`${file}: a base cannot have bases of its own`, {
          code: "fleet.invalid",
          path: "bases",
        });
      }
      current = await overBases(current, dir, environment, options);
    }
    environment = await resolveEnvironment(current, dir, environment, options);
    spec = spec ? mergeLayers(spec, current, "replace") : current;
    line += part.split("\n").length + 1;
  }
  return { file, dir, spec: spec ?? {}, environment };
}

/** helmfile's rule: environments have to be settled before releases are read. */
function refuseMixedParts(file: string, text: string): void {
  for (const part of text.split(/^---[ \t]*$/m)) {
    if (/^environments:/m.test(part) && /^releases:/m.test(part)) {
      throw new SlipwayError(
        `${file}: environments and releases cannot be defined within the same YAML part. Use --- to extract the environments into a dedicated part`,
        { code: "fleet.parts" },
      );
    }
  }
}

/** A part of a helmfile, after rendering. */
interface Part {
  readonly file: string;
  readonly text: string;
  /** Lines of the file above the part. */
  readonly linesBefore: number;
  /** The text came out of a template, so that its lines are not the file's. */
  readonly rendered: boolean;
}

function readDocuments(part: Part): HelmfileSpec {
  let spec: HelmfileSpec = {};
  let lines = 0;
  for (const document of part.text.split(/^---[ \t]*\n/m)) {
    spec = mergeLayers(spec, readDocument(part, document, lines), "append");
    lines += document.split("\n").length;
  }
  return spec;
}

/** One document; `above` counts the lines of its part before it. */
function readDocument({ file, rendered, linesBefore }: Part, text: string, above: number): HelmfileSpec {
  const place = (span: Span | undefined): Pick<ErrorFacts, "span" | "details"> => {
    if (span === undefined) return {};
    if (!rendered) return { span: { ...span, line: span.line + linesBefore + above } };
    // No line of the file is the one that is wrong: a template wrote it.
    const shown = text.split("\n")[span.line - 1]?.trim() ?? "";
    const message = `line ${span.line + above} of what ${basename(file)} rendered: ${shown}`;
    return { details: [{ code: "fleet.rendered", severity: "info", message }] };
  };
  try {
    const parsed = parseWithSpans(text, { file, dialect: "v3" });
    return checkSpec({
      value: parsed.value,
      file,
      place: (path) => place(parsed.keySpan(path) ?? parsed.span(path)),
      written: (path) => {
        const span = parsed.span(path);
        return span?.offset === undefined ? undefined : text.slice(span.offset, span.offset + (span.length ?? 0));
      },
    });
  } catch (error) {
    if (!isSlipwayError(error, "yaml.parse")) throw error;
    const { span, ...facts } = error.facts;
    const message = error.message.replace(/^error converting YAML to JSON: /, "");
    throw new SlipwayError(`failed to read ${file}: ${message}`, { ...facts, ...place(span) });
  }
}

async function overBases(
  spec: HelmfileSpec,
  dir: string,
  environment: Environment,
  options: LoadOptions,
): Promise<HelmfileSpec> {
  const { bases = [], ...own } = spec;
  let merged: HelmfileSpec = {};
  const layers = [];
  for (const base of bases) {
    const path = isAbsolute(base) ? base : join(dir, base);
    layers.push((await loadParts(path, environment, options, false)).spec);
  }
  for (const layer of [...layers, own]) {
    const environments = mergeEnvironments(merged.environments, layer.environments);
    merged = mergeLayers(merged, layer, "append");
    if (environments) merged.environments = environments;
  }
  return merged;
}

function mergeEnvironments(
  below: HelmfileSpec["environments"],
  above: HelmfileSpec["environments"],
): HelmfileSpec["environments"] {
  if (!below || !above) return above ?? below;
  const merged = { ...below };
  for (const [name, environment] of Object.entries(above)) {
    const old = merged[name];
    const values = [...(old?.values ?? []), ...(environment?.values ?? [])];
    merged[name] = { ...old, ...environment, ...(values.length > 0 && { values }) };
  }
  return merged;
}

async function resolveEnvironment(
  spec: HelmfileSpec,
  dir: string,
  before: Environment,
  options: LoadOptions,
): Promise<Environment> {
  const chosen: EnvironmentSpec | null | undefined = spec.environments?.[options.environment];
  const handler = chosen?.missingFileHandler ?? spec.missingFileHandler;
  const values = await readEntries(chosen?.values ?? [], dir, before, options, handler);
  const defaults = await readEntries(spec.values ?? [], dir, before, options, spec.missingFileHandler);
  return {
    name: before.name,
    kubeContext: before.kubeContext || chosen?.kubeContext || "",
    defaults: mergeValues(before.defaults, defaults),
    // What the command line gave (it came in with `before`) stays above what the file says.
    values: mergeValues(values, before.values),
    overrides: before.overrides,
  };
}

async function readEntries(
  entries: readonly ValuesEntry[],
  dir: string,
  environment: Environment,
  options: LoadOptions,
  missingFileHandler: string | undefined,
): Promise<GoMap> {
  let merged = newMap();
  for (const entry of entries) {
    if (isMap(entry)) {
      merged = mergeValues(merged, entry);
      continue;
    }
    for (const path of findValuesFiles(entry, dir, options.host, missingFileHandler)) {
      merged = mergeValues(merged, await readValues(path, environment, options));
    }
  }
  return merged;
}

/** The files that a `values:` path stands for. Throws fleet.no-file unless a missingFileHandler lets it pass. */
export function findValuesFiles(
  entry: string,
  dir: string,
  host: Host,
  missingFileHandler: string | undefined,
): string[] {
  const pattern = isAbsolute(entry) ? entry : join(dir, entry);
  const found = host.glob(pattern);
  if (found.length === 0 && (missingFileHandler ?? "Error") === "Error") {
    throw new SlipwayError(`no matching files found for values file ${entry} (looked for ${pattern})`, {
      code: "fleet.no-file",
      fix: "Paths start at the helmfile's own folder; missingFileHandler: Warn lets a missing file pass",
    });
  }
  return found;
}

async function readValues(path: string, environment: Environment, options: LoadOptions): Promise<GoMap> {
  let text = readFile(path, options);
  if (path.endsWith(".gotmpl")) {
    const scope = { dir: dirname(path), host: options.host, data: stateData(environment, options) };
    try {
      text = await renderText(text, scope);
    } catch (error) {
      throw partError(`failed to load environment values file "${path}"`, inFile(error, path, 0));
    }
  }
  const value = parse(text, { file: path, dialect: "v3" });
  if (value !== null && !isMap(value)) {
    throw new SlipwayError(`${path}: values have to be a map`, { code: "fleet.invalid" });
  }
  return value ?? newMap();
}

function readFile(path: string, { host }: LoadOptions): string {
  try {
    return host.readText(path);
  } catch (error) {
    throw new SlipwayError(`cannot read ${path}: ${messageOf(error)}`, { code: "fleet.no-file", cause: error });
  }
}

/**
 * A template's error with its place in the file that holds the template; Go's messages call it stringTemplate. Helpers
 * have the same name there, so that a place in a named template is left out.
 */
function inFile(error: unknown, file: string, linesBefore: number): unknown {
  if (!isSlipwayError(error) || error.facts.span === undefined) return error;
  const { span, ...facts } = error.facts;
  const own = /^template: stringTemplate:\d+: |executing "stringTemplate"/.test(error.message);
  return new SlipwayError(error.message, {
    ...facts,
    ...(own && { span: { ...span, file, line: span.line + linesBefore } }),
  });
}

function partError(doing: string, error: unknown): SlipwayError {
  const facts = error instanceof SlipwayError ? error.facts : { code: "fleet.template" };
  return new SlipwayError(`${doing}: ${messageOf(error)}`, { ...facts, cause: error });
}
