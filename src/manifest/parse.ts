import { GoInt, SlipwayError, isMap, isSlipwayError, messageOf } from "../base/index.ts";
import { parse } from "../goyaml/index.ts";
import type { KubeObject } from "./object.ts";

/** One object of a manifest. */
export interface ManifestObject {
  readonly object: KubeObject;
  /** The document it was written in. */
  readonly text: string;
  /** The `# Source:` comment that Helm puts above: `chart/templates/x.yaml`. */
  readonly source?: string;
}

/**
 * Reads the objects of a manifest, as kubectl's builder does: documents between `---` lines, empty ones and ones with
 * nothing but comments skipped, `List` kinds replaced by their items. Throws `manifest.parse` (YAML that does not
 * parse; the span counts from the document's first line) and `manifest.kind-missing`, in the builder's words.
 *
 * Integers beyond 2^53 are bigints: kube's client sends them with all their digits.
 */
export function parseManifest(text: string): ManifestObject[] {
  const out: ManifestObject[] = [];
  for (const document of documents(text)) {
    const source = /^# Source: (.*)$/m.exec(document)?.[1]?.trim();
    let value: unknown;
    try {
      const options = source === undefined ? {} : { file: source };
      // Few documents have a number that a double cannot hold: only those are read the slower way.
      value = /\d{16}/.test(document)
        ? withBigInts(parse(document, { ...options, numbers: "exact" }))
        : parse(document, options);
    } catch (error) {
      throw new SlipwayError(messageOf(error), {
        code: "manifest.parse",
        cause: error,
        doing: source === undefined ? "reading a manifest" : `reading the manifest of ${source}`,
        ...(isSlipwayError(error) && error.facts.span !== undefined ? { span: error.facts.span } : {}),
      });
    }
    if (value === null || value === undefined) continue;
    flatten(value, document, source, out);
  }
  return out;
}

/** Exact integers as plain numbers, and as bigints where a number cannot hold them, as far as Go's int64 can. */
function withBigInts(value: unknown): unknown {
  if (value instanceof GoInt) {
    const number = value.number;
    return Number.isSafeInteger(number) || BigInt.asIntN(64, value.value) !== value.value ? number : value.value;
  }
  if (Array.isArray(value)) return value.map(withBigInts);
  if (!isMap(value)) return value;
  for (const key of Object.keys(value)) value[key] = withBigInts(value[key]);
  return value;
}

/** The documents of a stream, split at lines that start with `---`. */
function documents(text: string): string[] {
  const out: string[] = [];
  let from = 0;
  for (const match of text.matchAll(/^---[^\n]*(?:\n|$)/gm)) {
    out.push(text.slice(from, match.index));
    from = match.index + match[0].length;
  }
  out.push(text.slice(from));
  return out.filter((document) => document.trim() !== "");
}

function flatten(value: unknown, text: string, source: string | undefined, out: ManifestObject[]): void {
  const problem = kindProblem(value);
  if (problem !== undefined) {
    throw new SlipwayError(problem, {
      code: "manifest.kind-missing",
      ...(source === undefined ? {} : { doing: `reading the manifest of ${source}` }),
    });
  }
  const object = value as KubeObject & { items?: unknown };
  if (object.kind.endsWith("List") && Array.isArray(object.items)) {
    for (const item of object.items) flatten(itemOf(item, object), text, source, out);
    return;
  }
  checkMetadata(object.metadata, source);
  if (!isMap(object.metadata)) (object as { metadata: unknown }).metadata = { name: "" };
  out.push({ object, text, ...(source === undefined ? {} : { source }) });
}

/** What a document lacks to be an object: in the words of kubectl's validation, which comes first, then of the decoder. */
function kindProblem(value: unknown): string | undefined {
  if (!isMap(value)) return undecodable(value);
  const unset = [
    ...(typeof value.apiVersion === "string" && value.apiVersion !== "" ? [] : ["apiVersion not set"]),
    ...((value.kind ?? null) === null ? ["kind not set"] : []),
  ];
  if (unset.length === 0) return typeof value.kind === "string" && value.kind !== "" ? undefined : undecodable(value);
  return `error validating "": error validating data: ${unset.length === 1 ? unset[0] : `[${unset.join(", ")}]`}`;
}

function undecodable(value: unknown): string {
  const text = JSON.stringify(value, (_key, item: unknown) => (typeof item === "bigint" ? Number(item) : item));
  return `unable to decode "": Object 'Kind' is missing in '${text}'`;
}

/** Items of a typed list (`SecretList`) may leave out their kind and apiVersion. */
function itemOf(item: unknown, list: Record<string, unknown>): unknown {
  if (!isMap(item) || list.kind === "List") return item;
  return { apiVersion: list.apiVersion, kind: (list.kind as string).slice(0, -"List".length), ...item };
}

/** What Go's decoder refuses in metadata before anything else is looked at: texts that are no texts. */
function checkMetadata(metadata: unknown, source: string | undefined): void {
  if (!isMap(metadata)) return;
  const refuse = (value: unknown, field: string): never => {
    const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
    throw new SlipwayError(
      `unable to decode "": json: cannot unmarshal ${kind} into Go struct field ObjectMeta.metadata.${field} of type string`,
      {
        code: "manifest.metadata",
        path: `metadata.${field}`,
        fix: "Quote the value.",
        ...(source === undefined ? {} : { doing: `reading the manifest of ${source}` }),
      },
    );
  };
  for (const field of ["name", "namespace", "generateName"]) {
    const value = metadata[field];
    if (value !== undefined && value !== null && typeof value !== "string") refuse(value, field);
  }
  for (const field of ["labels", "annotations"]) {
    const map = metadata[field];
    if (!isMap(map)) continue;
    for (const value of Object.values(map)) if (value !== null && typeof value !== "string") refuse(value, field);
  }
}
