import { type ErrorFacts, type GoMap, SlipwayError, isMap, isSlipwayError, messageOf, newMap } from "../base/index.ts";
import { parseMap, unmarshalJSON } from "../goyaml/index.ts";
import { parseSet, type SetKind } from "./strvals.ts";
import type { HelmVersion } from "./types.ts";

/** A values file that was read already. */
export interface ValuesFile {
  /** As it was given on the command line; for messages. */
  readonly name: string;
  readonly text: string;
  /** The text stands in no file of its own, so that its lines tell nobody anything. */
  readonly inline?: boolean;
}

/** Where a user's values come from. */
export interface UserValues {
  /** `-f`, in order. */
  readonly files?: readonly ValuesFile[];
  readonly setJson?: readonly string[];
  readonly set?: readonly string[];
  readonly setString?: readonly string[];
  readonly setFile?: readonly string[];
  readonly setLiteral?: readonly string[];
  /** The content of a file that `--set-file` names. */
  readonly readFile?: (path: string) => string;
  readonly helmVersion?: HelmVersion;
}

/**
 * The user's values: every file in order, then all of --set-json, --set, --set-string, --set-file and --set-literal,
 * whatever the order on the command line. Throws `values.parse` or `values.set` in Helm's words.
 */
export function mergeUserValues(options: UserValues): GoMap {
  const helmVersion = options.helmVersion ?? 4;
  let base = newMap();
  for (const file of options.files ?? []) {
    base = mergeMaps(base, readValuesFile(file, helmVersion));
  }
  for (const text of options.setJson ?? []) base = setJson(base, text, helmVersion);
  applySets(base, "set", "--set", options.set, options);
  applySets(base, "string", "--set-string", options.setString, options);
  applySets(base, "file", "--set-file", options.setFile, options);
  applySets(base, "literal", "--set-literal", options.setLiteral, options);
  return base;
}

function readValuesFile(file: ValuesFile, helmVersion: HelmVersion): GoMap {
  try {
    return helmVersion === 4 ? loadValues(file.text, file.name) : parseMap(file.text, { file: file.name });
  } catch (error) {
    const facts: Partial<ErrorFacts> = isSlipwayError(error) ? error.facts : { cause: error };
    throw new SlipwayError(`failed to parse ${file.name}: ${messageOf(error)}`, {
      ...facts,
      code: "values.parse",
      doing: `reading the values file ${file.name}`,
      ...(facts.span === undefined ? {} : { span: { ...facts.span, file: file.name } }),
    });
  }
}

function setJson(base: GoMap, text: string, helmVersion: HelmVersion): GoMap {
  const trimmed = text.trim();
  if (helmVersion === 4 && trimmed.startsWith("{")) {
    try {
      const value = unmarshalJSON(trimmed);
      if (isMap(value)) return mergeMaps(base, value);
    } catch (error) {
      throw setError(`failed parsing --set-json data JSON: ${text}`, error);
    }
    return base;
  }
  try {
    parseSet("json", text, base, { parseJson: unmarshalJSON });
  } catch (error) {
    throw setError(`failed parsing --set-json data ${text}`, error);
  }
  return base;
}

function applySets(
  base: GoMap,
  kind: SetKind,
  flag: string,
  list: readonly string[] | undefined,
  options: UserValues,
): void {
  const ports = options.readFile === undefined ? {} : { readFile: options.readFile };
  for (const text of list ?? []) {
    try {
      parseSet(kind, text, base, ports);
    } catch (error) {
      throw setError(`failed parsing ${flag} data: ${messageOf(error)}`, error, `${flag} ${text}`);
    }
  }
}

function setError(message: string, cause: unknown, doing?: string): SlipwayError {
  return new SlipwayError(message, {
    ...(isSlipwayError(cause) ? cause.facts : { cause }),
    code: "values.set",
    ...(doing === undefined ? {} : { doing: `reading the flag ${doing}` }),
  });
}

/**
 * Values from one or more YAML documents, merged in order (Helm 4's reading of values.yaml and -f). Throws Helm's
 * `cannot unmarshal yaml document: …` and `error reading yaml document: …`.
 */
export function loadValues(text: string, file?: string): GoMap {
  let values = newMap();
  for (const document of splitDocuments(text)) {
    let next: GoMap;
    try {
      next = parseMap(document.text, file === undefined ? {} : { file });
    } catch (error) {
      throw new SlipwayError(`cannot unmarshal yaml document: ${messageOf(error)}`, moved(error, document.line));
    }
    values = mergeMaps(values, next);
  }
  return values;
}

function moved(error: unknown, lines: number): SlipwayError["facts"] {
  if (!isSlipwayError(error)) return { code: "yaml.parse", cause: error };
  const span = error.facts.span;
  return span === undefined ? error.facts : { ...error.facts, span: { ...span, line: span.line + lines } };
}

/**
 * Documents as Kubernetes' YAML reader cuts them: at lines that start with `---` and hold nothing else but a comment.
 * A separator before anything was read stays part of the document.
 */
export function splitDocuments(text: string): { text: string; line: number }[] {
  if (!text.includes("---")) return text === "" ? [] : [{ text, line: 0 }];
  const documents: { text: string; line: number }[] = [];
  let buffer = "";
  let start = 0;
  const lines = text.split("\n");
  if (lines.at(-1) === "") lines.pop();
  lines.forEach((line, index) => {
    if (line.startsWith("---")) {
      const rest = line.slice(3).trim();
      if (rest !== "" && !rest.startsWith("#")) {
        throw new SlipwayError(`error reading yaml document: invalid Yaml document separator: ${rest}`, {
          code: "yaml.parse",
          span: { file: "", line: index + 1, column: 1 },
        });
      }
      if (buffer !== "") {
        documents.push({ text: buffer, line: start });
        buffer = "";
        start = index + 1;
        return;
      }
    }
    buffer += `${line}\n`;
  });
  if (buffer !== "") documents.push({ text: buffer, line: start });
  return documents;
}

/** A new map with `b` laid over `a`: maps are joined, everything else is replaced, nulls are kept. */
export function mergeMaps(a: GoMap, b: GoMap): GoMap {
  const out: GoMap = Object.assign(newMap(), a);
  for (const key of Object.keys(b)) {
    const value = b[key];
    const existing = out[key];
    out[key] = isMap(value) && isMap(existing) ? mergeMaps(existing, value) : value;
  }
  return out;
}
