import { type GoMap, SlipwayError, fromBytes, isMap, isSlipwayError, messageOf, typeName } from "../../base/index.ts";
import type { Chart } from "../types.ts";
import { Compiler, MissingEngine, type Schema } from "./compile.ts";
import { Documents, type Draft, MissingDocument, metaschemaUrl, plainDraft, schemaError } from "./documents.ts";
import { parseSchemaJson } from "./json.ts";
import { type SchemaError, leaves, showErrors } from "./messages.ts";
import { compilePattern, loadEngine } from "./patterns.ts";
import { isPlainSchema } from "./plain-schemas.ts";
import { isSurelyValid } from "./surely-valid.ts";
import { validate } from "./validate.ts";

/** A failure of a chart's values, with the path from the root chart's values. */
export interface ValuesProblem {
  /** The chart whose schema it is. */
  readonly chart: string;
  readonly path: readonly string[];
  readonly message: string;
  readonly fix?: string;
}

/** What validation may use. */
export interface SchemaOptions {
  /** Fetches what a remote `$ref` names; without it such references are refused. */
  readonly loadSchema?: (url: string) => Promise<unknown>;
  readonly warn?: (message: string) => void;
}

/** What is wrong with some values, in Helm's words, and as a list. */
export interface ValuesReport {
  readonly text: string;
  readonly problems: readonly ValuesProblem[];
}

/**
 * Holds the values of a chart and its subcharts against their schemas: all failures at once. Answers undefined where
 * nothing is wrong.
 */
export async function validateValues(
  chart: Chart,
  values: GoMap,
  options: SchemaOptions = {},
): Promise<ValuesReport | undefined> {
  const problems: ValuesProblem[] = [];
  const text = await validateChart(chart, values, [], options, problems);
  return text === "" ? undefined : { text, problems };
}

async function validateChart(
  chart: Chart,
  values: GoMap,
  path: readonly string[],
  options: SchemaOptions,
  problems: ValuesProblem[],
): Promise<string> {
  const { name } = chart.metadata;
  let text = "";
  if (chart.schema !== undefined) {
    const report = await validateOne(chart.schema, values, options);
    if (report !== undefined) {
      text += `${name}:\n${report.text}`;
      const found = report.errors.map((error) => ({
        chart: name,
        path: [...path, ...error.at],
        message: error.message,
      }));
      const { fix } = report;
      problems.push(
        ...(found.length > 0
          ? found
          : [{ chart: name, path, message: report.text, ...(fix === undefined ? {} : { fix }) }]),
      );
    }
  }
  for (const child of chart.dependencies) {
    const childName = child.metadata.name;
    const own = Object.hasOwn(values, childName) ? values[childName] : undefined;
    if (own === undefined || own === null) continue;
    if (!isMap(own)) {
      const message = `invalid type for values: expected object (map), got ${typeName(own)}`;
      text += `${childName}:\n${message}\n`;
      problems.push({ chart: childName, path: [...path, childName], message });
    } else text += await validateChart(child, own, [...path, childName], options, problems);
  }
  return text;
}

/** What is wrong with the values of one schema: the text is what Helm prints below the chart's name. */
export interface SchemaReport {
  readonly text: string;
  /** Each failure; none where the schema itself is wrong. */
  readonly errors: readonly SchemaError[];
  readonly fix?: string;
}

/** Holds values against one schema. Answers undefined where nothing is wrong. */
export async function validateOne(
  schema: Uint8Array,
  values: GoMap,
  options: SchemaOptions = {},
): Promise<SchemaReport | undefined> {
  let errors: SchemaError[];
  try {
    const usable = await schemaFor(schema, values, options);
    if (usable === "surely valid") return undefined;
    errors = await checked(usable, values);
  } catch (error) {
    if (!isSlipwayError(error) && !(error instanceof SyntaxError)) throw error;
    const fix = isSlipwayError(error) ? error.facts.fix : undefined;
    return { text: messageOf(error), errors: [], ...(fix === undefined ? {} : { fix }) };
  }
  if (errors.length === 0) return undefined;
  return { text: `${showErrors(errors).slice(1)}\n`, errors: leaves(errors) };
}

/** Holds values against a schema; where one of them has to be a regular expression, that may need the engine. */
async function checked(schema: Schema, values: GoMap): Promise<SchemaError[]> {
  try {
    return validate(schema, values);
  } catch (error) {
    if (!(error instanceof MissingEngine)) throw error;
    await loadEngine();
    return validate(schema, values);
  }
}

const rootUrl = "file:///values.schema.json";
const cache = new WeakMap<Uint8Array, Schema>();
/** Schemas by their texts: charts share dependencies. Those that ask for others are not among them. */
const byText = new Map<string, Schema>();
const mostTexts = 64;
/** Texts that values were walked along once: who comes again is better off with a compiled schema. */
const walked = new Set<string>();

/** A schema, ready for use. Most are used once, by values that surely meet them: those need not be compiled. */
async function schemaFor(bytes: Uint8Array, values: GoMap, options: SchemaOptions): Promise<Schema | "surely valid"> {
  const known = cache.get(bytes);
  if (known !== undefined) return known;
  const text = fromBytes(bytes);
  const same = byText.get(text);
  if (same !== undefined) return same;
  let root: unknown;
  try {
    root = parseSchemaJson(text);
  } catch (error) {
    throw schemaError(messageOf(error));
  }
  if (!walked.has(text)) {
    if (walked.size >= mostTexts) walked.clear();
    walked.add(text);
    const draft = plainDraft(root, isPlainSchema);
    if (draft !== undefined && isSurelyValid(root as GoMap, values, draft)) return "surely valid";
  }
  const docs = new Map([[rootUrl, root]]);
  for (;;) {
    try {
      const documents = new Documents(docs, checkSchema, isPlainSchema);
      const schema = new Compiler(documents, compilePattern, false).compile(rootUrl);
      cache.set(bytes, schema);
      if (docs.size === 1) {
        if (byText.size >= mostTexts) byText.clear();
        byText.set(text, schema);
      }
      return schema;
    } catch (error) {
      if (error instanceof MissingEngine) await loadEngine();
      else if (error instanceof MissingDocument) docs.set(error.url, await fetched(error.url, options));
      else throw error;
    }
  }
}

/** A document from outside: addresses only where that is allowed, names (urn:) count as anything, files never. */
async function fetched(url: string, options: SchemaOptions): Promise<unknown> {
  const scheme = /^([a-z][a-z0-9+.-]*):/i.exec(url)?.[1] ?? "";
  const failing = `failing loading ${JSON.stringify(url)}`;
  if (scheme === "urn") {
    options.warn?.(`unresolved URN reference ignored; using permissive schema: ${url}`);
    return true;
  }
  if (scheme === "file") {
    throw schemaError(`${failing}: open ${decodeURIComponent(new URL(url).pathname)}: no such file or directory`);
  }
  if (scheme !== "http" && scheme !== "https")
    throw schemaError(`${failing}: no URLLoader registered for ${JSON.stringify(url)}`);
  if (options.loadSchema === undefined) {
    throw new SlipwayError(`${failing}: schemas are not fetched from the network unless that is allowed`, {
      code: "values.schema-invalid",
      fix: "Allow it with --allow-remote-schemas, or put the definitions into the schema itself.",
    });
  }
  try {
    return await options.loadSchema(url);
  } catch (error) {
    throw schemaError(`${failing}: ${messageOf(error)}`);
  }
}

/** The metaschemas, compiled once each: they never change. */
const metas = new Map<Draft, Schema>();

/** Holds a schema against its draft's metaschema. */
function checkSchema(url: string, pointer: string, value: unknown, draft: Draft): void {
  const address = metaschemaUrl(draft);
  let meta = metas.get(draft);
  if (meta === undefined) {
    const documents = new Documents(
      new Map(),
      () => {},
      () => false,
    );
    meta = new Compiler(documents, compilePattern, true).compile(address);
    metas.set(draft, meta);
  }
  const errors = validate(meta, value);
  if (errors.length === 0) return;
  const shown = showErrors(errors);
  throw schemaError(
    `${JSON.stringify(`${url}#${pointer}`)} is not valid against metaschema: jsonschema validation failed with '${address}#'${shown}`,
  );
}
