import { SlipwayError, compareStrings, isMap, messageOf } from "../base/index.ts";
import { type Located, parse, parseWithSpans, stringify } from "../goyaml/index.ts";
import { goTrim, splitManifests } from "../manifest/index.ts";

/** Helm 4's annotation that tells which file a document came from while a post-renderer has it. */
const key = "postrenderer.helm.sh/postrender-filename";

/**
 * All files as one stream for a post-renderer, each document annotated with its file. The text of documents stays as
 * it is (Helm 4 writes them anew through kyaml). Throws `render.post-render` for what does not parse.
 */
export function joinForPostRender(files: ReadonlyMap<string, string>): string {
  const documents: string[] = [];
  for (const name of [...files.keys()].sort(compareStrings)) {
    const content = files.get(name) as string;
    if (name.slice(name.lastIndexOf("/") + 1).startsWith("_") || goTrim(content) === "") continue;
    for (const text of splitManifests(content, 4)) {
      try {
        const annotated = annotate(text, name);
        if (annotated !== undefined) documents.push(annotated);
      } catch (error) {
        throw new SlipwayError(`error merging manifests: parsing ${name}: ${messageOf(error)}`, {
          code: "render.post-render",
        });
      }
    }
  }
  return documents.map((text) => (text.endsWith("\n") ? text : `${text}\n`)).join("---\n");
}

/** A document with the annotation; undefined for one that holds nothing. */
function annotate(text: string, name: string): string | undefined {
  const located = parseWithSpans(text);
  const { value } = located;
  if (value === null || value === undefined) return undefined;
  if (!isMap(value)) throw new Error(`wrong Node Kind for  expected: MappingNode was ${typeof value}`);
  return insertLine(text, located, name) ?? rewritten(value, name);
}

/** Puts a line into the annotations, or annotations into the metadata, where both are written as blocks. */
function insertLine(text: string, located: Located, name: string): string | undefined {
  const value = located.value as Record<string, unknown>;
  const { metadata } = value;
  if (!isMap(metadata) || Object.keys(metadata).length === 0) return undefined;
  const { annotations } = metadata;
  const own = isMap(annotations) && Object.keys(annotations).length > 0;
  const parent = own ? ["metadata", "annotations"] : ["metadata"];
  const holder = own ? annotations : metadata;
  if (!own && "annotations" in metadata) return undefined;
  const first = Object.keys(holder)[0] as string;
  const keySpan = located.keySpan([...parent, first]);
  const parentSpan = located.keySpan(parent);
  if (keySpan === undefined || parentSpan === undefined || keySpan.line === parentSpan.line) return undefined;
  const lines = text.split("\n");
  if (!/^ *$/.test((lines[keySpan.line - 1] as string).slice(0, keySpan.column - 1))) return undefined;
  const indent = " ".repeat(keySpan.column - 1);
  const entry = `${key}: ${JSON.stringify(name)}`;
  const added = own ? [`${indent}${entry}`] : [`${indent}annotations:`, `${indent}  ${entry}`];
  lines.splice(keySpan.line - 1, 0, ...added);
  return lines.join("\n");
}

function rewritten(value: Record<string, unknown>, name: string): string {
  const metadata = isMap(value.metadata) ? value.metadata : {};
  const annotations = isMap(metadata.annotations) ? metadata.annotations : {};
  return stringify({ ...value, metadata: { ...metadata, annotations: { ...annotations, [key]: name } } });
}

/**
 * What a post-renderer gave back, by file again, the annotation taken out. Documents without it are put into
 * `generated-by-postrender-N.yaml`, as Helm 4 does. Throws `render.post-render` for what does not parse.
 */
export function splitPostRendered(text: string): Map<string, string> {
  const files = new Map<string, string>();
  let index = 0;
  for (const document of splitManifests(text, 4)) {
    let value: unknown;
    try {
      value = parse(document);
    } catch (error) {
      throw new SlipwayError(`error while parsing post rendered output: error parsing YAML: ${messageOf(error)}`, {
        code: "render.post-render",
      });
    }
    if (value === null || value === undefined) continue;
    const metadata = isMap(value) && isMap(value.metadata) ? value.metadata : {};
    const annotations = isMap(metadata.annotations) ? metadata.annotations : {};
    const given = annotations[key];
    const name = typeof given === "string" && given !== "" ? given : `generated-by-postrender-${index}.yaml`;
    const clean = typeof given === "string" ? withoutAnnotation(document, value as Record<string, unknown>) : document;
    const known = files.get(name);
    const ended = clean.endsWith("\n") ? clean : `${clean}\n`;
    files.set(name, known === undefined ? ended : `${known}---\n${ended}`);
    index++;
  }
  return files;
}

function withoutAnnotation(text: string, value: Record<string, unknown>): string {
  const lines = text.split("\n");
  const at = lines.findIndex((line) => /^\s*["']?postrenderer\.helm\.sh\/postrender-filename["']?:\s*\S/.test(line));
  if (at < 0) return dropped(value);
  lines.splice(at, 1);
  const above = lines[at - 1];
  const indent = (some: string | undefined) => /^ */.exec(some ?? "")?.[0].length ?? 0;
  // Annotations that hold nothing else go too.
  if (above?.trim() === "annotations:" && indent(lines[at]) <= indent(above)) lines.splice(at - 1, 1);
  return lines.join("\n");
}

function dropped(value: Record<string, unknown>): string {
  const metadata = value.metadata as Record<string, unknown>;
  const { [key]: _, ...annotations } = metadata.annotations as Record<string, unknown>;
  const { annotations: __, ...rest } = metadata;
  return stringify({
    ...value,
    metadata: Object.keys(annotations).length > 0 ? { ...rest, annotations } : rest,
  });
}
