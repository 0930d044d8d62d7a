import type { GoMap } from "../../base/index.ts";
import type { Documents, Draft, Resource, Root } from "./documents.ts";
import { encode, lookup, schemaError, step } from "./documents.ts";
import { formats } from "./formats.ts";
import { JsonNumber, isObject, numberOf, typeOf } from "./json.ts";

/** A compiled pattern. */
export interface Pattern {
  readonly source: string;
  test(text: string): boolean;
}

/** Compiles RE2 patterns; throws Errors in Go's words, and MissingEngine. */
export type PatternCompiler = (source: string) => (text: string) => boolean;

/** Thrown where a pattern needs the RE2 engine: whoever may wait loads it, and begins again. */
export class MissingEngine extends Error {}

/** A schema, ready to be held against values. */
export interface Schema {
  readonly location: string;
  readonly draft: Draft;
  readonly pointer: string;
  resource: Schema;
  dynamicAnchors: Map<string, Schema>;
  bool?: boolean;
  ref?: Schema;
  recursiveRef?: Schema;
  recursiveAnchor?: boolean;
  dynamicRef?: { readonly to: Schema; readonly anchor: string };
  dynamicAnchor?: string;
  types?: readonly string[];
  enum?: { readonly values: readonly unknown[]; readonly types: ReadonlySet<string> };
  const?: { readonly value: unknown };
  format?: { readonly name: string; readonly check: (text: string) => string | undefined };
  not?: Schema;
  allOf?: readonly Schema[];
  anyOf?: readonly Schema[];
  oneOf?: readonly Schema[];
  if?: Schema;
  then?: Schema;
  else?: Schema;
  minProperties?: number;
  maxProperties?: number;
  required?: readonly string[];
  propertyNames?: Schema;
  properties?: ReadonlyMap<string, Schema>;
  patternProperties?: readonly (readonly [Pattern, Schema])[];
  additionalProperties?: boolean | Schema;
  dependencies?: ReadonlyMap<string, readonly string[] | Schema>;
  dependentRequired?: ReadonlyMap<string, readonly string[]>;
  dependentSchemas?: ReadonlyMap<string, Schema>;
  unevaluatedProperties?: Schema;
  minItems?: number;
  maxItems?: number;
  uniqueItems?: boolean;
  contains?: Schema;
  minContains?: number;
  maxContains?: number;
  /** Before 2020-12: one schema for all items, or one each. */
  items?: Schema | readonly Schema[];
  additionalItems?: boolean | Schema;
  prefixItems?: readonly Schema[];
  restItems?: Schema;
  unevaluatedItems?: Schema;
  minLength?: number;
  maxLength?: number;
  pattern?: Pattern;
  minimum?: JsonNumber;
  maximum?: JsonNumber;
  exclusiveMinimum?: JsonNumber;
  exclusiveMaximum?: JsonNumber;
  multipleOf?: JsonNumber;
}

/** Compiles schemas of some documents, all that can be reached at once, so that broken references show at once. */
export class Compiler {
  readonly #documents: Documents;
  readonly #patterns: PatternCompiler;
  readonly #assertFormat: boolean;
  readonly #schemas = new Map<string, Schema>();
  readonly #queue: { schema: Schema; url: string; value: unknown }[] = [];

  constructor(documents: Documents, patterns: PatternCompiler, assertFormat: boolean) {
    this.#documents = documents;
    this.#patterns = patterns;
    this.#assertFormat = assertFormat;
  }

  /** The schema at the root of a document. */
  compile(url: string): Schema {
    this.#documents.root(url);
    const schema = this.#at(url, "");
    for (let next = this.#queue.shift(); next !== undefined; next = this.#queue.shift()) {
      this.#documents.ensure(next.url, next.schema.pointer);
      const root = this.#documents.root(next.url);
      this.#fill(next.schema, root, next.value ?? lookup(next.url, next.schema.pointer, root.doc));
    }
    return schema;
  }

  /** The schema at a place; `value` is what stands there, where that is known. */
  #at(url: string, pointer: string, value?: unknown): Schema {
    const location = `${url}#${encode(pointer)}`;
    const known = this.#schemas.get(location);
    if (known !== undefined) return known;
    const schema = { location, pointer, draft: 2020, dynamicAnchors: new Map() } as unknown as Schema;
    schema.resource = schema;
    this.#schemas.set(location, schema);
    this.#queue.push({ schema, url, value });
    return schema;
  }

  #fill(schema: Schema, root: Root, value: unknown): void {
    const resource = this.#documents.resource(root, schema.pointer);
    (schema as { draft: Draft }).draft = resource.draft;
    schema.resource = this.#at(root.url, resource.pointer);
    if (schema.draft >= 2020 && schema.pointer === resource.pointer) {
      for (const name of resource.dynamicAnchors) {
        schema.dynamicAnchors.set(name, this.#at(root.url, resource.anchors.get(name) as string));
      }
    }
    if (typeof value === "boolean") schema.bool = value;
    else if (isObject(value)) {
      if (Object.keys(value).length === 0) schema.bool = true;
      else new ObjectReader(this, root, resource, schema, value).read();
    }
  }

  /** The schema below a keyword; `value` is what stands there. */
  child(root: Root, schema: Schema, value: unknown, ...keys: string[]): Schema {
    return this.#at(root.url, schema.pointer + keys.map(step).join(""), value);
  }

  /** The schema that a reference names. */
  referred(root: Root, resource: Resource, ref: string): Schema {
    const { url, pointer } = this.#documents.resolve(root, resource.id, ref);
    return this.#at(url, pointer);
  }

  pattern(root: Root, schema: Schema, keyword: string, source: string): Pattern {
    try {
      return { source, test: this.#patterns(source) };
    } catch (error) {
      if (error instanceof MissingEngine) throw error;
      const place = `${root.url}#${encode(schema.pointer)}/${keyword}`;
      throw schemaError(
        `invalid regex ${JSON.stringify(source)} at ${JSON.stringify(place)}: ${(error as Error).message}`,
      );
    }
  }

  /** A format that is asserted, or undefined. */
  format(draft: Draft, resource: Resource, name: string): Schema["format"] {
    const vocabulary = draft === 2019 ? "format" : "format-assertion";
    const asserted = this.#assertFormat || draft < 2019 || resource.vocabularies?.includes(vocabulary) === true;
    if (!asserted) return undefined;
    if (name === "regex") return { name, check: (text) => this.#regexProblem(text) };
    const check = Object.hasOwn(formats, name) ? formats[name] : undefined;
    return check === undefined ? undefined : { name, check };
  }

  #regexProblem(text: string): string | undefined {
    try {
      this.#patterns(text);
      return undefined;
    } catch (error) {
      if (error instanceof MissingEngine) throw error;
      return (error as Error).message;
    }
  }
}

/** Reads the keywords of one schema object, each as its draft has it. */
class ObjectReader {
  readonly #compiler: Compiler;
  readonly #root: Root;
  readonly #resource: Resource;
  readonly #schema: Schema;
  readonly #object: GoMap;

  constructor(compiler: Compiler, root: Root, resource: Resource, schema: Schema, object: GoMap) {
    this.#compiler = compiler;
    this.#root = root;
    this.#resource = resource;
    this.#schema = schema;
    this.#object = object;
  }

  read(): void {
    const schema = this.#schema;
    const { draft } = schema;
    const ref = this.#reference("$ref");
    if (ref !== undefined) schema.ref = ref;
    // Before 2019-09 nothing beside a $ref counts, but the library reads what came after draft 4 all the same.
    const alone = draft < 2019 && ref !== undefined;
    if (this.#has("applicator")) {
      if (!alone) this.#applicators();
      this.#newerApplicators();
    }
    if (this.#has("validation")) {
      if (!alone) this.#assertions();
      if (draft >= 6 && "const" in this.#object) this.#schema.const = { value: this.#object.const };
    }
    if (alone) return;
    const format = this.#string("format");
    if (format !== undefined) this.#assign("format", this.#compiler.format(draft, this.#resource, format));
    if (draft >= 2019) this.#dynamic();
  }

  #has(vocabulary: string): boolean {
    if (this.#schema.draft < 2019) return true;
    return this.#resource.vocabularies?.includes(vocabulary) ?? true;
  }

  #applicators(): void {
    const { draft } = this.#schema;
    for (const key of ["allOf", "anyOf", "oneOf"] as const) this.#assign(key, this.#list(key));
    this.#assign("not", this.#child("not"));
    if (draft < 2020) {
      if (Array.isArray(this.#object.items)) {
        this.#assign("items", this.#list("items"));
        this.#assign("additionalItems", this.#additional("additionalItems"));
      } else this.#assign("items", this.#child("items"));
    }
    this.#assign("properties", this.#map("properties"));
    const patterns = this.#map("patternProperties");
    if (patterns !== undefined) {
      this.#schema.patternProperties = [...patterns].map(
        ([source, schema]) =>
          [this.#compiler.pattern(this.#root, this.#schema, "patternProperties", source), schema] as const,
      );
    }
    this.#assign("additionalProperties", this.#additional("additionalProperties"));
    this.#dependencies();
  }

  #newerApplicators(): void {
    const { draft } = this.#schema;
    if (draft >= 6) {
      this.#assign("contains", this.#child("contains"));
      this.#assign("propertyNames", this.#child("propertyNames"));
    }
    if (draft >= 7 && "if" in this.#object) {
      const constant = this.#object.if;
      this.#assign("if", this.#child("if"));
      if (constant !== false) this.#assign("then", this.#child("then"));
      if (constant !== true) this.#assign("else", this.#child("else"));
    }
    if (draft >= 2019) this.#assign("dependentSchemas", this.#map("dependentSchemas"));
    if (draft >= 2020) {
      this.#assign("prefixItems", this.#list("prefixItems"));
      this.#assign("restItems", this.#child("items"));
    }
    if (draft === 2019 || (draft === 2020 && this.#has("unevaluated"))) {
      this.#assign("unevaluatedItems", this.#child("unevaluatedItems"));
      this.#assign("unevaluatedProperties", this.#child("unevaluatedProperties"));
    }
  }

  #dependencies(): void {
    const { dependencies } = this.#object;
    if (!isObject(dependencies)) return;
    const child = (name: string, value: unknown) =>
      this.#compiler.child(this.#root, this.#schema, value, "dependencies", name);
    this.#schema.dependencies = new Map(
      Object.entries(dependencies).map(([name, value]) => [
        name,
        Array.isArray(value) ? strings(value) : child(name, value),
      ]),
    );
  }

  #assertions(): void {
    const { draft } = this.#schema;
    const { type } = this.#object;
    const types = typeof type === "string" ? [type] : Array.isArray(type) ? strings(type) : [];
    const known = typeOrder.filter((name) => types.includes(name));
    if (known.length > 0) this.#schema.types = known;
    if (Array.isArray(this.#object.enum)) {
      const values = this.#object.enum as unknown[];
      this.#schema.enum = { values, types: new Set(values.map(typeOf)) };
    }
    this.#limits();
    for (const key of counts) this.#assign(key, this.#count(key));
    const pattern = this.#string("pattern");
    if (pattern !== undefined) {
      this.#schema.pattern = this.#compiler.pattern(this.#root, this.#schema, "pattern", pattern);
    }
    if (this.#object.uniqueItems === true) this.#schema.uniqueItems = true;
    if (Array.isArray(this.#object.required)) this.#schema.required = strings(this.#object.required);
    if (draft < 2019) return;
    if (this.#schema.contains !== undefined) {
      this.#assign("minContains", this.#count("minContains"));
      this.#assign("maxContains", this.#count("maxContains"));
    }
    const required = this.#object.dependentRequired;
    if (isObject(required)) {
      this.#schema.dependentRequired = new Map(
        Object.keys(required).map((name) => [name, Array.isArray(required[name]) ? strings(required[name]) : []]),
      );
    }
  }

  /** Draft 4's exclusive bounds are booleans beside the bound; later ones are bounds of their own. */
  #limits(): void {
    this.#assign("multipleOf", this.#number("multipleOf"));
    for (const [bound, exclusive] of [
      ["maximum", "exclusiveMaximum"],
      ["minimum", "exclusiveMinimum"],
    ] as const) {
      const value = this.#number(bound);
      if (this.#object[exclusive] === true) this.#assign(exclusive, value);
      else {
        this.#assign(bound, value);
        this.#assign(exclusive, this.#number(exclusive));
      }
    }
  }

  #dynamic(): void {
    const schema = this.#schema;
    this.#assign("recursiveRef", this.#reference("$recursiveRef"));
    if (this.#object.$recursiveAnchor === true) schema.recursiveAnchor = true;
    if (schema.draft < 2020) return;
    const to = this.#reference("$dynamicRef");
    if (to !== undefined) {
      const text = this.#object.$dynamicRef as string;
      const fragment = text.includes("#") ? text.slice(text.indexOf("#") + 1) : "";
      schema.dynamicRef = { to, anchor: fragment.startsWith("/") ? "" : fragment };
    }
    this.#assign("dynamicAnchor", this.#string("$dynamicAnchor"));
  }

  #assign<K extends keyof Schema>(key: K, value: Schema[K] | undefined): void {
    if (value !== undefined) this.#schema[key] = value;
  }

  #reference(key: string): Schema | undefined {
    const ref = this.#string(key);
    return ref === undefined ? undefined : this.#compiler.referred(this.#root, this.#resource, ref);
  }

  #child(key: string): Schema | undefined {
    return key in this.#object ? this.#compiler.child(this.#root, this.#schema, this.#object[key], key) : undefined;
  }

  #list(key: string): Schema[] | undefined {
    const value = this.#object[key];
    if (!Array.isArray(value)) return undefined;
    return value.map((item, i) => this.#compiler.child(this.#root, this.#schema, item, key, String(i)));
  }

  #map(key: string): Map<string, Schema> | undefined {
    const value = this.#object[key];
    if (!isObject(value)) return undefined;
    const child = (name: string) => this.#compiler.child(this.#root, this.#schema, value[name], key, name);
    return new Map(Object.keys(value).map((name) => [name, child(name)]));
  }

  #additional(key: string): boolean | Schema | undefined {
    const value = this.#object[key];
    return typeof value === "boolean" ? value : this.#child(key);
  }

  #string(key: string): string | undefined {
    const value = this.#object[key];
    return typeof value === "string" ? value : undefined;
  }

  #number(key: string): JsonNumber | undefined {
    const value = this.#object[key];
    return value instanceof JsonNumber ? value : undefined;
  }

  #count(key: string): number | undefined {
    const value = numberOf(this.#object[key]);
    return value !== undefined && Number.isInteger(value) ? value : undefined;
  }
}

const typeOrder = ["null", "boolean", "number", "integer", "string", "array", "object"];
const counts = ["minLength", "maxLength", "minItems", "maxItems", "minProperties", "maxProperties"] as const;
const strings = (list: readonly unknown[]) => list.filter((item) => typeof item === "string");
