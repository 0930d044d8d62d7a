import { GoObject, type GoMap, newMap, nilOf, withGoType } from "../base/index.ts";
import { type Func, func } from "../gotemplate/index.ts";

/** The methods of a Go type, by name. */
export type Methods = Readonly<Record<string, Func>>;

/**
 * A Go struct with named fields, in order. Fields whose JSON name is missing are left out of JSON; empty ones too,
 * where `omitEmpty` says so.
 */
export class GoStruct extends GoObject {
  readonly goType: string;
  readonly #fields: readonly StructField[];
  readonly #methods: Methods;
  /** Fields of an embedded struct count as the struct's own. */
  readonly #embedded: GoStruct | undefined;
  readonly #print: (() => string) | undefined;

  constructor(
    goType: string,
    fields: readonly StructField[],
    options: { readonly methods?: Methods; readonly embedded?: GoStruct; readonly pointerFormat?: () => string } = {},
  ) {
    super();
    this.goType = goType;
    this.#fields = fields;
    this.#methods = options.methods ?? {};
    this.#embedded = options.embedded;
    this.#print = options.pointerFormat;
  }

  override field(name: string): unknown {
    const own = this.#fields.find((field) => field.name === name && /^[A-Z]/.test(name));
    return own === undefined ? this.#embedded?.field(name) : own.value;
  }

  override method(name: string): unknown {
    return Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
  }

  /** The fields as fmt prints them, unexported ones too. */
  fields(): readonly (readonly [string, unknown])[] {
    return this.#fields.map((field) => [field.name, field.value] as const);
  }

  /**
   * What `{{ x }}` prints where String() belongs to the pointer: the engine takes the address of what it can. fmt's
   * functions get a copy and print the fields.
   */
  get pointerFormat(): (() => string) | undefined {
    return this.#print;
  }

  format(): string {
    return this.#print?.() ?? "";
  }

  override toJSON(): unknown {
    const out: Record<string, unknown> = {};
    for (const field of this.#fields) {
      if (field.value === this.#embedded && this.#embedded !== undefined) {
        Object.assign(out, this.#embedded.toJSON());
      } else if (field.json !== undefined && !(field.omitEmpty === true && isEmpty(field.value))) {
        out[field.json] = field.value;
      }
    }
    return out;
  }
}

/** A field of a {@link GoStruct}. */
export interface StructField {
  readonly name: string;
  readonly value: unknown;
  readonly json?: string;
  readonly omitEmpty?: boolean;
}

/** encoding/json's omitempty. */
function isEmpty(value: unknown): boolean {
  if (value === null || value === undefined || value === "" || value === false || value === 0) return true;
  if (Array.isArray(value)) return value.length === 0;
  return typeof value === "object" && !(value instanceof GoObject) && Object.keys(value).length === 0;
}

/** A named Go map or slice type with methods: `engine.files`, `common.VersionSet`. */
export class GoNamed extends GoObject {
  readonly goType: string;
  readonly underlying: object;
  readonly #methods: Methods;

  constructor(goType: string, underlying: object, methods: Methods) {
    super();
    this.goType = goType;
    this.underlying = underlying;
    this.#methods = methods;
  }

  override get goKind(): string {
    return Array.isArray(this.underlying) ? "slice" : "map";
  }

  override method(name: string): unknown {
    return Object.hasOwn(this.#methods, name) ? this.#methods[name] : undefined;
  }

  override get truth(): boolean {
    return Object.keys(this.underlying).length > 0;
  }

  /** Without a String method, fmt prints what is inside. */
  fields(): readonly (readonly [string, unknown])[] {
    return [];
  }

  format(): string {
    return "";
  }

  override toJSON(): unknown {
    return this.underlying;
  }
}

/** A `[]string`; nil where there is none. */
export function stringSlice(list: readonly string[] | null): unknown {
  return list === null ? nilOf("[]string") : withGoType([...list], "[]string");
}

/** A `map[string]string`; nil where there is none. */
export function stringMap(map: Readonly<Record<string, string>> | null): unknown {
  if (map === null) return nilOf("map[string]string");
  return withGoType(Object.assign(newMap(), map) as GoMap, "map[string]string");
}

export { func };
