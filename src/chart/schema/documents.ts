import { type GoMap, SlipwayError } from "../../base/index.ts";
import { isObject } from "./json.ts";
import { metaschemas } from "./metaschemas.ts";
import { parseSchemaJson } from "./json.ts";

/** The drafts of JSON Schema, by their year or number. */
export type Draft = 4 | 6 | 7 | 2019 | 2020;

/** A part of a document with an identity of its own: the root, or what has an `$id`. */
export interface Resource {
  readonly pointer: string;
  readonly id: string;
  readonly draft: Draft;
  /** Which vocabularies its metaschema switches on; undefined for the draft's usual ones. */
  readonly vocabularies: readonly string[] | undefined;
  readonly anchors: Map<string, string>;
  readonly dynamicAnchors: string[];
}

/** A document and the resources in it. */
export interface Root {
  readonly url: string;
  readonly doc: unknown;
  readonly resources: Map<string, Resource>;
  readonly seen: Set<string>;
  /** Nothing in it needs to be collected or checked. */
  readonly plain: boolean;
}

/** Thrown for a document that is not there: whoever may fetch does, and compiles again. */
export class MissingDocument extends Error {
  readonly url: string;
  constructor(url: string) {
    super(`failing loading ${JSON.stringify(url)}: it is not there`);
    this.url = url;
  }
}

/** A schema that cannot be used, in the library's words. */
export function schemaError(message: string): SlipwayError {
  return new SlipwayError(message, { code: "values.schema-invalid" });
}

const draft4Places = [
  "definitions/*",
  "not",
  "allOf/[]",
  "anyOf/[]",
  "oneOf/[]",
  "properties/*",
  "additionalProperties",
  "patternProperties/*",
  "items",
  "items/[]",
  "additionalItems",
  "dependencies/*",
];
const newer = [
  [6, "propertyNames contains"],
  [7, "if then else"],
  [2019, "$defs/* dependentSchemas/* unevaluatedProperties unevaluatedItems contentSchema"],
  [2020, "prefixItems/[]"],
] as const;

/** Where a draft looks for schemas inside a schema. */
function places(draft: Draft): string[] {
  return [...draft4Places, ...newer.filter(([from]) => draft >= from).flatMap(([, list]) => list.split(" "))];
}

/** The address of a draft's metaschema. */
export function metaschemaUrl(draft: Draft): string {
  return draft >= 2019
    ? `https://json-schema.org/draft/${draft === 2019 ? "2019-09" : "2020-12"}/schema`
    : `http://json-schema.org/draft-0${draft}/schema`;
}

/** The draft that a `$schema` names, where it is one of the specification's. */
function draftOf(url: string): Draft | undefined {
  const [address, fragment] = splitUrl(url);
  if (fragment !== "") return undefined;
  switch (address.replace(/^https?:\/\//, "")) {
    case "json-schema.org/schema":
    case "json-schema.org/draft/2020-12/schema":
      return 2020;
    case "json-schema.org/draft/2019-09/schema":
      return 2019;
    case "json-schema.org/draft-07/schema":
      return 7;
    case "json-schema.org/draft-06/schema":
      return 6;
    case "json-schema.org/draft-04/schema":
      return 4;
    default:
      return undefined;
  }
}

/** The address and the fragment of a URL, the fragment decoded. */
export function splitUrl(url: string): [address: string, fragment: string] {
  const hash = url.indexOf("#");
  if (hash < 0) return [url, ""];
  const fragment = url.slice(hash + 1);
  try {
    return [url.slice(0, hash), decodeURIComponent(fragment)];
  } catch {
    throw schemaError(`error in parsing ${JSON.stringify(url)}: invalid URL escape`);
  }
}

/** An address relative to another. */
export function joinUrl(base: string, ref: string): string {
  if (ref === "") return base;
  try {
    return new URL(ref, base).href.replace(/#$/, "");
  } catch {
    throw schemaError(`error in parsing ${JSON.stringify(ref)}: parse ${JSON.stringify(ref)}: invalid address`);
  }
}

/** What a JSON pointer leads to; throws in the library's words where it leads nowhere. */
export function lookup(url: string, pointer: string, doc: unknown): unknown {
  let value = doc;
  for (const step of pointer.split("/").slice(1)) {
    const key = step.replaceAll("~1", "/").replaceAll("~0", "~");
    if (isObject(value) && Object.hasOwn(value, key)) value = value[key];
    else if (Array.isArray(value) && /^\d+$/.test(key) && Number(key) < value.length) value = value[Number(key)];
    else throw schemaError(`json-pointer in ${JSON.stringify(`${url}#${encode(pointer)}`)} not found`);
  }
  return value;
}

/** A pointer as a URL's fragment: Go's PathEscape leaves other characters alone than JavaScript does. */
export function encode(pointer: string): string {
  if (/^[\w/.~-]*$/.test(pointer)) return pointer;
  const plain = encodeURIComponent(pointer).replace(/%(?:2F|24|26|2B|3A|3D|40)/g, decodeURIComponent);
  return plain.replace(/[!'()*]/g, (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`);
}

/** A step of a JSON pointer. */
export function step(key: string): string {
  return `/${key.replaceAll("~", "~0").replaceAll("/", "~1")}`;
}

/** The draft of a document that is plain. */
export function plainDraft(doc: unknown, isPlain: (doc: unknown, draft: Draft) => boolean): Draft | undefined {
  if (!isObject(doc)) return undefined;
  const { $schema } = doc;
  let draft: Draft | undefined = 2020;
  // An address without its scheme names the draft, but the metaschema refuses it.
  if ($schema !== undefined) {
    draft = typeof $schema === "string" && /^https?:/.test($schema) ? draftOf($schema) : undefined;
  }
  return draft !== undefined && isPlain(doc, draft) ? draft : undefined;
}

/** The documents that a schema is made of. */
export class Documents {
  readonly #docs: Map<string, unknown>;
  readonly #roots = new Map<string, Root>();
  /** Holds a new document (or part of one) against its metaschema. */
  readonly #validate: (url: string, pointer: string, value: unknown, draft: Draft) => void;
  /** Tells documents that are surely valid, hold no names, and refer to their own definitions only. */
  readonly #isPlain: (doc: unknown, draft: Draft) => boolean;

  constructor(
    docs: Map<string, unknown>,
    validate: (url: string, pointer: string, value: unknown, draft: Draft) => void,
    isPlain: (doc: unknown, draft: Draft) => boolean,
  ) {
    this.#docs = docs;
    this.#validate = validate;
    this.#isPlain = isPlain;
  }

  /** A document by its address; its resources and anchors are collected, and it is checked. */
  root(url: string): Root {
    const known = this.#roots.get(url);
    if (known !== undefined) return known;
    const doc = this.#document(url);
    const plain = this.#roots.size === 0 ? this.#plain(url, doc) : undefined;
    if (plain !== undefined) {
      this.#roots.set(url, plain);
      return plain;
    }
    const root: Root = { url, doc, resources: new Map(), seen: new Set(), plain: false };
    this.#collect(root, doc, url, "", 2020, undefined);
    if (!/^https?:\/\/json-schema\.org\//.test(url)) {
      this.#validate(url, "", doc, this.resource(root, "").draft);
    }
    this.#roots.set(url, root);
    return root;
  }

  /** The first document, where it is plain: nothing in it is to be found, and no other document comes after it. */
  #plain(url: string, doc: unknown): Root | undefined {
    const draft = plainDraft(doc, this.#isPlain);
    if (draft === undefined) return undefined;
    const resource = { pointer: "", id: url, draft, vocabularies: undefined, anchors: new Map(), dynamicAnchors: [] };
    return { url, doc, resources: new Map([["", resource]]), seen: new Set(), plain: true };
  }

  #document(url: string): unknown {
    if (this.#docs.has(url)) return this.#docs.get(url);
    const path = /^https?:\/\/json-schema\.org\/(.*)$/.exec(url)?.[1];
    const text = path === undefined ? undefined : metaschemas[path === "schema" ? "draft/2020-12/schema" : path];
    if (text === undefined) throw new MissingDocument(url);
    const doc = parseSchemaJson(text);
    this.#docs.set(url, doc);
    return doc;
  }

  /** The resource that a place belongs to. */
  resource(root: Root, pointer: string): Resource {
    if (root.plain) return root.resources.get("") as Resource;
    for (let at = pointer; ; at = at.slice(0, at.lastIndexOf("/"))) {
      const found = root.resources.get(at);
      if (found !== undefined) return found;
      if (!at.includes("/")) return root.resources.get("") as Resource;
    }
  }

  /** Makes sure that a place that no keyword leads to is known and checked. */
  ensure(url: string, pointer: string): void {
    const root = this.root(url);
    if (root.plain || root.seen.has(pointer)) return;
    const value = lookup(url, pointer, root.doc);
    const base = this.resource(root, pointer);
    this.#collect(root, value, base.id, pointer, base.draft, base.vocabularies);
    if (!root.resources.has(pointer)) this.#anchors(root, value, pointer, base);
    this.#validate(url, pointer, value, this.resource(root, pointer).draft);
  }

  /** Where a reference leads: a document and a pointer into it. */
  resolve(from: Root, base: string, ref: string): { url: string; pointer: string } {
    const [address, fragment] = splitUrl(ref);
    const url = joinUrl(base, address);
    const local =
      url === from.url ? from.resources.get("") : [...from.resources.values()].find((resource) => resource.id === url);
    const root = local === undefined ? this.root(url) : from;
    // oxlint-disable-next-line typescript/no-unnecessary-type-assertion -- the compiler needs it: get may give undefined
    const resource = local ?? (root.resources.get("") as Resource);
    if (fragment === "" || fragment.startsWith("/")) return { url: root.url, pointer: resource.pointer + fragment };
    const anchor = resource.anchors.get(fragment);
    if (anchor === undefined) {
      const reference = `${resource.id}#${encode(fragment)}`;
      throw schemaError(`anchor in ${JSON.stringify(reference)} not found in schema ${JSON.stringify(root.url)}`);
    }
    return { url: root.url, pointer: anchor };
  }

  #collect(
    root: Root,
    schema: unknown,
    base: string,
    pointer: string,
    fallback: Draft,
    vocabularies: readonly string[] | undefined,
  ): void {
    if (root.seen.has(pointer)) return;
    root.seen.add(pointer);
    const make = (id: string, draft: Draft, list: readonly string[] | undefined): Resource => {
      const resource: Resource = {
        pointer,
        id,
        draft,
        vocabularies: list,
        anchors: new Map(),
        dynamicAnchors: [],
      };
      root.resources.set(pointer, resource);
      return resource;
    };
    if (!isObject(schema)) {
      if (pointer === "") make(base, fallback, vocabularies);
      return;
    }
    let named = typeof schema.$schema === "string";
    let draft = named ? this.#draft(root.url, pointer, schema, new Set()) : fallback;
    let id = idOf(schema, draft);
    if (id === "" && pointer !== "") {
      draft = fallback;
      named = false;
      id = idOf(schema, draft);
    }
    let own = base;
    if (id !== "" || pointer === "") {
      if (id !== "") own = joinUrl(base, id);
      const other = [...root.resources.values()].find((resource) => resource.id === own);
      if (other !== undefined && other.pointer !== pointer) {
        throw schemaError(
          `duplicate id ${JSON.stringify(own)} in ${JSON.stringify(root.url)} at ${JSON.stringify(pointer)} and ${JSON.stringify(other.pointer)}`,
        );
      }
      const list = named ? this.#vocabularies(schema.$schema as string) : vocabularies;
      make(own, named ? draft : fallback, list);
    }
    const resource = [...root.resources.values()].find((item) => item.id === own) as Resource;
    this.#anchors(root, schema, pointer, resource);
    for (const [place, value] of subschemas(schema, pointer, draft)) {
      this.#collect(root, value, own, place, resource.draft, resource.vocabularies);
    }
  }

  /** The draft of a schema; another metaschema's is that of the metaschema's own. */
  #draft(url: string, pointer: string, schema: GoMap, met: Set<string>): Draft {
    if (typeof schema.$schema !== "string") return 2020;
    const draft = draftOf(schema.$schema);
    if (draft !== undefined) return draft;
    const [meta] = splitUrl(schema.$schema);
    if (pointer === "" && meta === url) throw schemaError(`draft ${JSON.stringify(meta)} is not supported`);
    if (met.has(meta)) throw schemaError(`cycle in resolving $schema in ${JSON.stringify(meta)}`);
    met.add(meta);
    const doc = this.#document(meta);
    return isObject(doc) ? this.#draft(meta, "", doc, met) : 2020;
  }

  #vocabularies(url: string): string[] | undefined {
    if (draftOf(url) !== undefined) return undefined;
    const doc = this.#document(splitUrl(url)[0]);
    const listed = isObject(doc) && isObject(doc.$vocabulary) ? doc.$vocabulary : undefined;
    if (listed === undefined) return undefined;
    const names = Object.keys(listed)
      .filter((name) => listed[name] === true)
      .map((name) => name.slice(name.lastIndexOf("/") + 1));
    return names.includes("core") ? names : [...names, "core"];
  }

  #anchors(root: Root, schema: unknown, pointer: string, resource: Resource): void {
    if (!isObject(schema)) return;
    const add = (name: string) => {
      const known = resource.anchors.get(name);
      if (known !== undefined && known !== pointer) {
        throw schemaError(
          `duplicate anchor ${JSON.stringify(name)} in ${JSON.stringify(root.url)} at ${JSON.stringify(known)} and ${JSON.stringify(pointer)}`,
        );
      }
      resource.anchors.set(name, pointer);
    };
    if (resource.draft < 2019) {
      if ("$ref" in schema) return;
      const id = schema[resource.draft === 4 ? "id" : "$id"];
      const fragment = typeof id === "string" ? splitUrl(id)[1] : "";
      if (fragment !== "" && !fragment.startsWith("/")) add(fragment);
      return;
    }
    if (typeof schema.$anchor === "string") add(schema.$anchor);
    if (resource.draft >= 2020 && typeof schema.$dynamicAnchor === "string") {
      add(schema.$dynamicAnchor);
      resource.dynamicAnchors.push(schema.$dynamicAnchor);
    }
  }
}

function idOf(schema: GoMap, draft: Draft): string {
  if (draft < 2019 && "$ref" in schema) return "";
  const id = schema[draft === 4 ? "id" : "$id"];
  return typeof id === "string" ? splitUrl(id)[0] : "";
}

function* subschemas(schema: GoMap, pointer: string, draft: Draft): Generator<[string, unknown]> {
  for (const place of places(draft)) {
    const [key, inner] = place.split("/") as [string, string | undefined];
    if (!Object.hasOwn(schema, key)) continue;
    const value = schema[key];
    const at = pointer + step(key);
    if (inner === undefined) yield [at, value];
    else if (inner === "*" && isObject(value)) {
      for (const name of Object.keys(value)) yield [at + step(name), value[name]];
    } else if (inner === "[]" && Array.isArray(value)) {
      for (const [i, item] of value.entries()) yield [`${at}/${i}`, item];
    }
  }
}
