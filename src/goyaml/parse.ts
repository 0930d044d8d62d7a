import { GoInt, isMap, newMap, SlipwayError, typeName, type GoMap } from "../base/index.ts";
import { advice } from "./advice.ts";
import { composeJson, maxJsonDepth, needsDecoder } from "./compose.ts";
import { Decoder, toJsonData, YamlTypeErrors } from "./decode.ts";
import { type Node, readDocument } from "./node.ts";
import { Parser } from "./parser.ts";
import { notPlain, parsePlain } from "./plain.ts";
import { readSource } from "./reader.ts";
import { resolvePlain } from "./resolve.ts";
import { spanAt } from "./spans.ts";
import { YamlSyntaxError } from "./syntax-error.ts";

export interface ParseOptions {
  /** Named in spans. */
  readonly file?: string;
  /** Refuse keys given twice (UnmarshalStrict). */
  readonly strict?: boolean;
  /** `exact` keeps integers as GoInts (`int`, `uint64`) instead of float64s, as yaml.v2 has them. */
  readonly numbers?: "float64" | "exact";
  /**
   * Entries of other keys of the outermost mapping are of no interest: they may be missing, or be there. They are read
   * all the same, for their errors.
   */
  readonly only?: (key: string) => boolean;
  /** Read as yaml.v3 does, which is helmfile's: `yes`, `on`, `y` are texts, keys given twice an error, merges fill gaps. */
  readonly dialect?: "v2" | "v3";
}

/**
 * sigs.k8s.io/yaml's Unmarshal into interface{}: the first document as JSON data (what follows it is not even looked
 * at). Numbers are JS numbers, keys strings, maps have no prototype; an empty text is null.
 * Throws a SlipwayError with code `yaml.parse`, Go's message (`error converting YAML to JSON: yaml: line 2: …`) and a span.
 */
export function parse(text: string, options: ParseOptions = {}): unknown {
  try {
    return first(text, options);
  } catch (error) {
    throw asSlipwayError(error, text, options);
  }
}

/** Whether nothing is asked for but what Helm reads: there are faster ways for that. */
const isUsual = ({ strict, dialect }: ParseOptions) => strict !== true && dialect !== "v3";
const isExact = ({ numbers }: ParseOptions) => numbers === "exact";

function first(text: string, options: ParseOptions): unknown {
  const usual = isUsual(options);
  if (usual) {
    const value = parsePlain(text, isExact(options), options.only);
    if (value !== notPlain) return value;
  }
  const source = readSource(text);
  if (usual && !isExact(options)) {
    const value = composeJson(new Parser(source));
    if (value !== needsDecoder) return value ?? null;
  }
  return decodeDocument(new Parser(source), options) ?? null;
}

/** The exact way: tree, decoder, JSON. Answers undefined at the end of the stream. */
function decodeDocument(parser: Parser, options: ParseOptions): unknown {
  const root = readDocument(parser);
  if (root === undefined) return undefined;
  const decoded = new Decoder(options.strict === true, options.dialect).document(root);
  let value: unknown;
  try {
    value = toJsonData(decoded, options.numbers === "exact");
  } catch (error) {
    throw error instanceof RangeError ? error : new ConversionError((error as Error).message, unfit(root) ?? root);
  }
  if (depth(value) > maxJsonDepth) throw new JsonError("exceeded max depth");
  return value;
}

/** What sigs cannot turn into JSON, and where it is. */
class ConversionError extends Error {
  readonly node: Node;
  constructor(message: string, node: Node) {
    super(message);
    this.node = node;
  }
}

/** The first node that JSON has no room for: a null or huge integer as key, an infinite number. */
function unfit(node: Node): Node | undefined {
  if (node.kind === "scalar") {
    const value = node.implicit && node.tag === "" ? resolvePlain(node.value) : undefined;
    return typeof value === "number" && !Number.isFinite(value) ? node : undefined;
  }
  for (let i = 0; i < node.children.length; i++) {
    const child = node.children[i] as Node;
    const isKey = node.kind === "mapping" && i % 2 === 0;
    if (!isKey) {
      const found = unfit(child);
      if (found !== undefined) return found;
    } else if (child.kind === "scalar" && child.implicit && child.tag === "") {
      const key = resolvePlain(child.value);
      if (key === null || (key instanceof GoInt && key.kind === "uint64")) return child;
    }
  }
  return undefined;
}

/** An error of the second half of sigs' way: reading the JSON back. */
class JsonError extends Error {}

function depth(value: unknown): number {
  let level: unknown[] = [value];
  let count = 0;
  for (;;) {
    const next: unknown[] = [];
    for (const item of level) {
      if (Array.isArray(item)) next.push(item);
      else if (isMap(item)) next.push(Object.values(item));
    }
    if (next.length === 0) return count;
    count++;
    level = next.flat();
  }
}

/**
 * Unmarshal into map[string]interface{} (fromYaml, values files): null gives an empty map, anything but a map Go's error
 * `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal string into Go value of type map[string]interface {}`.
 */
export function parseMap(text: string, options: ParseOptions = {}): GoMap {
  const value = parse(text, options);
  if (value === null) return newMap();
  if (isMap(value)) return value;
  throw wrongType(value, "map[string]interface {}", options);
}

/** Unmarshal into []interface{} (fromYamlArray): null gives an empty list. */
export function parseList(text: string, options: ParseOptions = {}): unknown[] {
  const value = parse(text, options);
  if (value === null) return [];
  if (Array.isArray(value)) return value;
  throw wrongType(value, "[]interface {}", options);
}

function wrongType(value: unknown, type: string, options: ParseOptions): SlipwayError {
  const got = Array.isArray(value) ? "array" : isMap(value) ? "object" : jsonKind(value);
  return new SlipwayError(
    `error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${got} into Go value of type ${type}`,
    { code: "yaml.parse", span: { file: options.file ?? "", line: 1, column: 1, offset: 0 } },
  );
}

function jsonKind(value: unknown): string {
  const type = typeName(value);
  return type === "string" || type === "bool" ? type : "number";
}

/** Every document of a stream, each as {@link parse} reads it (empty documents are null). */
export function parseDocuments(text: string, options: ParseOptions = {}): unknown[] {
  try {
    const source = readSource(text);
    return (
      (isUsual(options) && !isExact(options) ? allFast(new Parser(source)) : undefined) ??
      allExact(new Parser(source), options)
    );
  } catch (error) {
    throw asSlipwayError(error, text, options);
  }
}

function allFast(parser: Parser): unknown[] | undefined {
  const documents: unknown[] = [];
  for (;;) {
    const value = composeJson(parser);
    if (value === needsDecoder) return undefined;
    if (value === undefined) return documents;
    documents.push(value);
  }
}

function allExact(parser: Parser, options: ParseOptions): unknown[] {
  const documents: unknown[] = [];
  for (;;) {
    const value = decodeDocument(parser, options);
    if (value === undefined) return documents;
    documents.push(value);
  }
}

/** Puts any error of reading into Go's words, with the place in the text. */
export function asSlipwayError(error: unknown, text: string, options: ParseOptions): unknown {
  // Offsets do not count a byte order mark.
  const skipped = text.charCodeAt(0) === 0xfeff ? 1 : 0;
  const make = (message: string, offset: number, length = 1, began?: number): SlipwayError => {
    const span = spanAt(text, offset + skipped, length, options.file ?? "");
    const fix = advice(message, began ?? span.line);
    return new SlipwayError(message, { code: "yaml.parse", span, ...(fix === undefined ? {} : { fix }) });
  };
  if (error instanceof YamlSyntaxError) {
    return make(`error converting YAML to JSON: yaml: ${error.message}`, error.offset, 1, error.contextLine + 1);
  }
  if (error instanceof YamlTypeErrors) {
    return make(`error converting YAML to JSON: yaml: ${error.message}`, error.offset);
  }
  if (error instanceof ConversionError) {
    const { start, end } = error.node;
    return make(`error converting YAML to JSON: ${error.message}`, start, end - start);
  }
  if (error instanceof RangeError || error instanceof JsonError) {
    return make("error unmarshaling JSON: while decoding JSON: exceeded max depth", 0);
  }
  return error;
}
