import { type GoMap, SlipwayError, int64, isMap, newMap, typeName } from "../base/index.ts";

/** Helm's limits on what `--set` may ask for. */
const maxIndex = 65536;
const maxNesting = 30;

/** How the text after `=` is read. */
export type SetKind = "set" | "string" | "file" | "json" | "literal";

/** What a `--set` flag's reading needs from outside. */
export interface SetPorts {
  /** The content of the file that `--set-file key=path` names. */
  readonly readFile?: (path: string) => string;
  /** Go's encoding/json Unmarshal, for `--set-json`. */
  readonly parseJson?: (text: string) => unknown;
}

/**
 * Reads one `--set`-like argument (`a.b=c,d[0].e=f,l={1,2}`) into `dest`, with the grammar, types and error texts of
 * Helm's strvals package. `onSet` hears of every value that is set. Throws `values.set` in Helm's words (without the
 * `failed parsing --set data: ` that the caller puts in front).
 */
export function parseSet(
  kind: SetKind,
  text: string,
  dest: GoMap,
  ports: SetPorts = {},
  onSet?: (path: (string | number)[]) => void,
): void {
  const parser = new SetParser(kind, text, ports, onSet);
  parser.run(dest);
}

/** The end of the input: Go's io.EOF, which ends the reading without an error. */
const eof = Symbol("EOF");
type Outcome = typeof eof | undefined;

/** What Go would panic with; the surrounding key turns it into an error. */
class Panic extends Error {}

const fail = (message: string): never => {
  throw new SlipwayError(message, { code: "values.set", doing: "reading a --set flag" });
};

class SetParser {
  readonly #chars: string[];
  #at = 0;
  readonly #kind: SetKind;
  readonly #ports: SetPorts;
  readonly #onSet: ((path: (string | number)[]) => void) | undefined;
  readonly #path: (string | number)[] = [];
  readonly #stops: string;

  constructor(kind: SetKind, text: string, ports: SetPorts, onSet: ((path: (string | number)[]) => void) | undefined) {
    this.#chars = Array.from(text);
    this.#kind = kind;
    this.#ports = ports;
    this.#onSet = onSet;
    this.#stops = kind === "literal" ? "=[." : "=[,.";
  }

  run(dest: GoMap): void {
    while (this.#key(dest, 0) !== eof);
  }

  /** One `key=value` (or the rest of one, after a dot). */
  #key(data: GoMap, nesting: number): Outcome {
    try {
      return this.#keyOf(data, nesting);
    } catch (error) {
      if (error instanceof Panic) return fail(`unable to parse key: ${error.message}`);
      throw error;
    }
  }

  #keyOf(data: GoMap, nesting: number): Outcome {
    const { text: key, stop } = this.#until(this.#stops);
    if (stop === undefined) return key === "" ? eof : fail(`key ${quote(key)} has no value`);
    switch (stop) {
      case "[":
        return this.#indexed(data, key, nesting);
      case "=":
        return this.#within(key, () => this.#value((value) => this.#put(data, key, value)));
      case ",":
        set(data, key, "");
        return fail(`key ${quote(key)} has no value (cannot end with ,)`);
      default:
        return this.#nested(data, key, nesting);
    }
  }

  #within<T>(step: string | number, run: () => T): T {
    this.#path.push(step);
    try {
      return run();
    } finally {
      this.#path.pop();
    }
  }

  #put(data: GoMap, key: string, value: unknown): void {
    set(data, key, value);
    this.#onSet?.([...this.#path]);
  }

  #indexed(data: GoMap, key: string, nesting: number): Outcome {
    const index = this.#index();
    const existing = key in data ? assertList(data[key]) : [];
    return this.#within(key, () => {
      const result = this.#listItem(existing, index, nesting);
      set(data, key, result.list);
      if (result.error !== undefined) throw result.error;
      return result.outcome;
    });
  }

  #nested(data: GoMap, key: string, nesting: number): Outcome {
    const level = nesting + 1;
    if (level > maxNesting) {
      fail(`value name nested level is greater than maximum supported nested level of ${maxNesting}`);
    }
    const inner = key in data ? assertMap(data[key]) : newMap();
    return this.#within(key, () => {
      let outcome: Outcome;
      try {
        outcome = this.#key(inner, level);
        if (outcome === undefined && Object.keys(inner).length === 0) fail(`key map ${quote(key)} has no value`);
      } finally {
        if (Object.keys(inner).length > 0) set(data, key, inner);
      }
      return outcome;
    });
  }

  /**
   * The value after `=`. Like Go's, an empty value at the end of the input is "" and the end. The answer is the end of
   * the input or nothing.
   */
  #value(put: (value: unknown) => void): Outcome {
    if (this.#kind === "literal") {
      put(this.#until("").text);
      return eof;
    }
    if (this.#kind === "json") return this.#json(put);
    if (this.#at >= this.#chars.length) {
      put("");
      return eof;
    }
    if (this.#chars[this.#at] === "{") {
      this.#at++;
      put(this.#list());
      return undefined;
    }
    put(this.#read(this.#until(",").text));
    return undefined;
  }

  #json(put: (value: unknown) => void): Outcome {
    if (this.#emptyValue()) {
      put(null);
      return undefined;
    }
    const rest = this.#chars.slice(this.#at).join("");
    const end = jsonExtent(rest);
    const value = (this.#ports.parseJson ?? JSON.parse)(rest.slice(0, end));
    put(value);
    this.#at += Array.from(rest.slice(0, end)).length;
    this.#emptyValue();
    return undefined;
  }

  /** Skips spaces; true at a comma (which it takes) or the end. */
  #emptyValue(): boolean {
    for (;;) {
      const char = this.#chars[this.#at];
      if (char === undefined) return true;
      this.#at++;
      if (char === ",") return true;
      if (!/\s/.test(char)) {
        this.#at--;
        return false;
      }
    }
  }

  #list(): unknown[] {
    const list: unknown[] = [];
    for (;;) {
      const { text, stop } = this.#until(",}");
      if (stop === undefined) fail("list must terminate with '}'");
      list.push(this.#read(text));
      if (stop === "}") {
        if (this.#chars[this.#at] === ",") this.#at++;
        return list;
      }
    }
  }

  #read(text: string): unknown {
    if (this.#kind === "string") return text;
    if (this.#kind === "file") {
      const read = this.#ports.readFile;
      return read === undefined ? fail("no files can be read here") : read(text);
    }
    return typedValue(text);
  }

  #index(): number {
    const { text, stop } = this.#until("]");
    if (stop === undefined) fail("error parsing index: EOF");
    if (!/^[+-]?\d+$/.test(text)) {
      fail(`error parsing index: strconv.Atoi: parsing ${quote(text)}: invalid syntax`);
    }
    const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
    if (BigInt.asIntN(64, value) !== value) {
      fail(`error parsing index: strconv.Atoi: parsing ${quote(text)}: value out of range`);
    }
    return Number(value);
  }

  /** What follows `[i]`. Go hands back the list, as far as it came, even with an error. */
  #listItem(list: unknown[], index: number, nesting: number): { list: unknown[]; outcome: Outcome; error?: unknown } {
    let current = list;
    try {
      if (index < 0) fail(`negative ${index} index not allowed`);
      return this.#within(index, () => {
        const { text, stop } = this.#until("[.=");
        if (text !== "") fail(`unexpected data at end of array index: ${quoteRunes(text)}`);
        if (stop === undefined) return { list: current, outcome: eof };
        if (stop === "=") {
          let outcome = this.#value((value) => {
            current = setIndex(current, index, value);
            this.#onSet?.([...this.#path]);
          });
          // In a list item Go's own reading goes on after an empty value; the next key meets the end.
          if (this.#kind !== "literal" && this.#kind !== "json") outcome = undefined;
          return { list: current, outcome };
        }
        if (stop === "[") {
          const next = this.#index();
          const existing = current[index];
          const inner = index < current.length && existing !== null ? assertList(existing) : [];
          const result = this.#listItem(inner, next, nesting);
          if (result.error !== undefined) throw result.error;
          if (result.outcome === eof) return { list: current, outcome: eof };
          current = setIndex(current, index, result.list);
          return { list: current, outcome: undefined };
        }
        let inner = newMap();
        if (index < current.length) {
          const existing = current[index];
          if (isMap(existing)) inner = existing;
          else current[index] = inner;
        }
        const outcome = this.#key(inner, nesting);
        if (outcome === eof) return { list: current, outcome };
        current = setIndex(current, index, inner);
        return { list: current, outcome: undefined };
      });
    } catch (error) {
      if (error instanceof Panic) throw error;
      return { list: current, outcome: undefined, error };
    }
  }

  /** Text up to one of the stops (which is taken), with `\` making the next character plain; literals know no `\`. */
  #until(stops: string): { text: string; stop?: string } {
    let text = "";
    while (this.#at < this.#chars.length) {
      const char = this.#chars[this.#at++] as string;
      if (stops.includes(char)) return { text, stop: char };
      if (char === "\\" && this.#kind !== "literal") {
        const next = this.#chars[this.#at++];
        if (next === undefined) return { text };
        text += next;
      } else {
        text += char;
      }
    }
    return { text };
  }
}

/** Helm's typing of `--set` values: booleans, null and whole numbers without leading zeros; the rest is text. */
export function typedValue(text: string): unknown {
  if (/^true$/iu.test(text)) return true;
  if (/^false$/iu.test(text)) return false;
  if (/^null$/iu.test(text)) return null;
  if (text === "0") return int64(0);
  if (text[0] !== "0" && /^[+-]?\d+$/.test(text)) {
    const value = BigInt(text.startsWith("+") ? text.slice(1) : text);
    if (BigInt.asIntN(64, value) === value) return int64(value);
  }
  return text;
}

function set(data: GoMap, key: string, value: unknown): void {
  if (key !== "") data[key] = value;
}

function setIndex(list: unknown[], index: number, value: unknown): unknown[] {
  if (index < 0) fail(`negative ${index} index not allowed`);
  if (index > maxIndex) fail(`index of ${index} is greater than maximum supported index of ${maxIndex}`);
  const out = list.length <= index ? [...list, ...Array.from({ length: index + 1 - list.length }, () => null)] : list;
  out[index] = value;
  return out;
}

function assertList(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  throw new Panic(`interface conversion: interface {} is ${kindName(value)}, not []interface {}`);
}

function assertMap(value: unknown): GoMap {
  if (isMap(value)) return value;
  throw new Panic(`interface conversion: interface {} is ${kindName(value)}, not map[string]interface {}`);
}

const kindName = (value: unknown) => (value === null ? "nil" : typeName(value));
const quote = (text: string) => JSON.stringify(text);
/** Go prints a []rune with %q as a list of characters. */
const quoteRunes = (text: string) => `[${Array.from(text, (char) => `'${char}'`).join(" ")}]`;

/** The length of the first JSON value in the text, as Go's Decoder would take it; throws when there is none. */
function jsonExtent(text: string): number {
  let i = 0;
  while (/\s/.test(text[i] ?? "")) i++;
  const open = text[i];
  if (open === '"') return stringEnd(text, i);
  if (open === "{" || open === "[") {
    let depth = 0;
    for (; i < text.length; i++) {
      const char = text[i];
      if (char === '"') i = stringEnd(text, i) - 1;
      else if (char === "{" || char === "[") depth++;
      else if ((char === "}" || char === "]") && --depth === 0) return i + 1;
    }
    throw new Error("unexpected EOF");
  }
  const literal = /^(true|false|null|-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?)/.exec(text.slice(i));
  if (literal === null) throw new Error("invalid character");
  return i + literal[0].length;
}

function stringEnd(text: string, start: number): number {
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === "\\") i++;
    else if (text[i] === '"') return i + 1;
  }
  throw new Error("unexpected EOF");
}
