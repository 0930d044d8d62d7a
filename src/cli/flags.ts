import { SlipwayError } from "../base/index.ts";
import type { Flags, FlagSpec } from "./command.ts";
import { goQuote, parseBool, parseCsvRecord, parseDuration, parseFloat32, parseInteger } from "./go-text.ts";

/** The flags a command line may hold: by name, and by letter. */
export interface FlagTable {
  readonly byName: ReadonlyMap<string, FlagSpec>;
  readonly byShort: ReadonlyMap<string, FlagSpec>;
}

/** What a command line says. */
export interface ParsedFlags {
  readonly args: readonly string[];
  readonly flags: Flags;
  /** --help or -h stood somewhere. */
  readonly help: boolean;
  /** Warnings for stderr: deprecated flags. */
  readonly warnings: readonly string[];
}

/** Joins flag lists into a table; the first of a name wins, as a command's own flags win over global ones. */
export function flagTable(...lists: readonly (readonly FlagSpec[])[]): FlagTable {
  const byName = new Map<string, FlagSpec>();
  const byShort = new Map<string, FlagSpec>();
  for (const list of lists) {
    for (const spec of list) {
      if (byName.has(spec.name)) continue;
      byName.set(spec.name, spec);
      if (spec.short !== undefined && !byShort.has(spec.short)) byShort.set(spec.short, spec);
    }
  }
  return { byName, byShort };
}

/** What a bare `--flag` means: pflag's NoOptDefVal; undefined when the flag needs a value. */
export function bareValue(spec: FlagSpec): string | undefined {
  return spec.bare ?? (spec.type === "bool" ? "true" : undefined);
}

/** Whether the word after `--flag` is its value. */
export function takesWord(spec: FlagSpec, next: string | undefined): boolean {
  if (bareValue(spec) === undefined) return true;
  return spec.mayTakeWord === true && spec.values?.includes(next?.toLowerCase() ?? "") === true;
}

/** An error in the use of the command line: exit code 1 and a hint to the help of the command at `path`. */
export function usageError(message: string, path?: readonly string[]): SlipwayError {
  return new SlipwayError(message, { code: "cli.usage", ...(path === undefined ? {} : { path: path.join(" ") }) });
}

type Value = string | number | boolean | string[] | Record<string, string>;

/**
 * Reads a command line as pflag does with interspersed arguments: `-n x`, `-nx`, `-n=x`, `-abc`, `--flag x`,
 * `--flag=x`, `--`. Throws {@link usageError} with pflag's words.
 */
export function parseFlags(words: readonly string[], table: FlagTable): ParsedFlags {
  const values = new Map<string, Value>();
  const given = new Set<string>();
  const args: string[] = [];
  const warnings: string[] = [];
  let help = false;
  let at = 0;

  const set = (spec: FlagSpec, text: string): void => {
    try {
      values.set(spec.name, readValue(spec, text, given.has(spec.name) ? values.get(spec.name) : undefined));
    } catch (error) {
      const label = spec.short === undefined ? `--${spec.name}` : `-${spec.short}, --${spec.name}`;
      throw usageError(`invalid argument ${goQuote(text)} for ${goQuote(label)} flag: ${(error as Error).message}`);
    }
    if (spec.deprecated !== undefined && !given.has(spec.name)) {
      warnings.push(`Flag --${spec.name} has been deprecated, ${spec.deprecated}\n`);
    }
    given.add(spec.name);
  };

  const long = (word: string): void => {
    const equals = word.indexOf("=");
    const name = equals < 0 ? word.slice(2) : word.slice(2, equals);
    if (name === "" || name.startsWith("-")) throw usageError(`bad flag syntax: ${word}`);
    const spec = table.byName.get(name);
    if (spec === undefined) {
      if (name !== "help") throw usageError(`unknown flag: --${name}`);
      try {
        help = equals < 0 || parseBool(word.slice(equals + 1));
      } catch (error) {
        const text = goQuote(word.slice(equals + 1));
        throw usageError(`invalid argument ${text} for "-h, --help" flag: ${(error as Error).message}`);
      }
      return;
    }
    if (equals >= 0) return set(spec, word.slice(equals + 1));
    const next = words[at];
    if (!takesWord(spec, next)) return set(spec, bareValue(spec) as string);
    if (next === undefined) throw usageError(`flag needs an argument: --${name}`);
    at++;
    set(spec, next);
  };

  const short = (word: string): void => {
    for (let letters = word.slice(1); letters !== ""; letters = letters.slice(1)) {
      const letter = letters[0] as string;
      const spec = table.byShort.get(letter);
      if (spec === undefined) {
        if (letter !== "h") throw usageError(`unknown shorthand flag: '${letter}' in -${letters}`);
        help = true;
        continue;
      }
      if (letters.length > 2 && letters[1] === "=") return set(spec, letters.slice(2));
      const bare = bareValue(spec);
      if (bare !== undefined) {
        set(spec, bare);
        continue;
      }
      if (letters.length > 1) return set(spec, letters.slice(1));
      const next = words[at];
      if (next === undefined) throw usageError(`flag needs an argument: '${letter}' in -${letters}`);
      at++;
      return set(spec, next);
    }
  };

  while (at < words.length) {
    const word = words[at++] as string;
    if (word === "--") {
      args.push(...words.slice(at));
      break;
    }
    if (word.length < 2 || !word.startsWith("-")) args.push(word);
    else if (word.startsWith("--")) long(word);
    else short(word);
  }
  return { args, flags: new ParsedValues(table, values, given), help, warnings };
}

function readValue(spec: FlagSpec, text: string, before: Value | undefined): Value {
  switch (spec.type) {
    case "bool":
      return parseBool(text);
    case "int":
      return parseInteger(text);
    case "float32":
      return parseFloat32(text);
    case "duration":
      return parseDuration(text);
    case "stringSlice":
      return [...((before as string[] | undefined) ?? []), ...parseCsvRecord(text)];
    case "stringArray":
      return [...((before as string[] | undefined) ?? []), text];
    case "stringToString":
      return { ...(before as Record<string, string> | undefined), ...parsePairs(text) };
    case "string":
      return spec.check === undefined ? text : spec.check(text);
  }
}

/** pflag's stringToString: one `k=v` is taken as it is (so v may hold commas only in CSV quotes), several as CSV. */
function parsePairs(text: string): Record<string, string> {
  const equals = text.split("=").length - 1;
  if (equals === 0) throw new Error(`${text} must be formatted as key=value`);
  const pairs = equals === 1 ? [text.replace(/^"+|"+$/g, "")] : parseCsvRecord(text);
  const out: Record<string, string> = {};
  for (const pair of pairs) {
    const at = pair.indexOf("=");
    if (at < 0) throw new Error(`${pair} must be formatted as key=value`);
    out[pair.slice(0, at)] = pair.slice(at + 1);
  }
  return out;
}

class ParsedValues implements Flags {
  readonly given: ReadonlySet<string>;
  readonly #table: FlagTable;
  readonly #values: ReadonlyMap<string, Value>;
  constructor(table: FlagTable, values: ReadonlyMap<string, Value>, given: ReadonlySet<string>) {
    this.#table = table;
    this.#values = values;
    this.given = given;
  }
  bool(name: string): boolean {
    return this.#get(name, ["bool"], false) as boolean;
  }
  string(name: string): string {
    return this.#get(name, ["string"], "") as string;
  }
  int(name: string): number {
    return this.#get(name, ["int", "float32"], 0) as number;
  }
  duration(name: string): number {
    return this.#get(name, ["duration"], 0) as number;
  }
  list(name: string): string[] {
    return this.#get(name, ["stringSlice", "stringArray"], []) as string[];
  }
  map(name: string): Record<string, string> {
    return this.#get(name, ["stringToString"], {}) as Record<string, string>;
  }
  #get(name: string, types: readonly FlagSpec["type"][], zero: Value): Value {
    const value = this.#values.get(name);
    const spec = this.#table.byName.get(name);
    if (spec === undefined) throw new TypeError(`the command has no flag --${name}`);
    if (!types.includes(spec.type)) throw new TypeError(`--${name} is a ${spec.type} flag, not one of ${types}`);
    if (value !== undefined) return value;
    if (spec.default === undefined) return zero;
    if (spec.type === "stringArray") return spec.default === "" ? zero : String(spec.default).split(",");
    // A duration's default may be written as Go writes it: "5m0s". Lists' defaults are CSV.
    return typeof spec.default === "string" && spec.type !== "string"
      ? readValue(spec, spec.default, undefined)
      : spec.default;
  }
}
