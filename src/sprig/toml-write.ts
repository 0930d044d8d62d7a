import { compareStrings, formatFloat, GoInt, GoObject, isMap, isNilCollection, typeName } from "../base/index.ts";
import { GoDuration } from "./go-duration.ts";
import { GoTime } from "./go-time.ts";
import { elements, kindOf, underlying } from "./values.ts";

/** TOML as BurntSushi's encoder lays it out: plain keys first, then tables, two spaces a level, keys sorted. */
export function writeToml(value: unknown): string {
  if (value === null || value === undefined) throw new Error("reflect: call of reflect.Value.Type on zero Value");
  const writer = new Writer();
  writer.encode([], value);
  return writer.out;
}

type Kind = "table" | "tables" | "array" | "scalar";

/** The fields that the encoder sees of a map or struct. */
function entriesOf(value: unknown): [string, unknown][] | undefined {
  const plain = underlying(value);
  if (isMap(plain)) return Object.entries(plain).sort(([a], [b]) => compareStrings(a, b));
  if (!(plain instanceof GoObject) || !("fields" in plain)) return undefined;
  const fields = (plain as unknown as { fields(): readonly (readonly [string, unknown])[] }).fields();
  return fields.filter(([name]) => /^[A-Z]/.test(name)).map(([name, item]) => [name, item]);
}

const isNil = (value: unknown) => value === null || value === undefined || isNilCollection(value);

/** Values with a text of their own: times, durations, versions. */
function ownText(value: unknown): string | undefined {
  if (value instanceof GoTime) return timeText(value);
  if (value instanceof GoDuration) return quote(value.format());
  if (value instanceof GoObject && value.goType.endsWith("semver.Version")) return quote(value.format());
  return undefined;
}

/** Times without a zone were read as such, and are written so. */
function timeText(time: GoTime): string {
  switch (time.location.name) {
    case "datetime-local":
      return time.text("2006-01-02T15:04:05.999999999");
    case "date-local":
      return time.text("2006-01-02");
    case "time-local":
      return time.text("15:04:05.999999999");
    default:
      return time.text("2006-01-02T15:04:05.999999999Z07:00");
  }
}

/** What a value is in TOML; undefined for nil. */
function kindInToml(value: unknown): Kind | undefined {
  if (isNil(value)) return undefined;
  if (ownText(value) !== undefined) return "scalar";
  if (entriesOf(value) !== undefined) return "table";
  const items = elements(value);
  if (items === undefined) return "scalar";
  let tables = items.length > 0;
  for (const item of items) {
    const kind = kindInToml(item);
    if (kind === undefined) throw new Error("toml: cannot encode array with nil element");
    if (kind !== "table") tables = false;
  }
  return tables ? "tables" : "array";
}

const isTable = (kind: Kind | undefined) => kind === "table" || kind === "tables";

const shortEscapes: Record<string, string> = {
  '"': '\\"',
  "\\": "\\\\",
  "\b": "\\b",
  "\t": "\\t",
  "\n": "\\n",
  "\f": "\\f",
  "\r": "\\r",
};

function quote(text: string): string {
  // eslint-disable-next-line no-control-regex
  const inner = text.replace(
    /["\\\u0000-\u001f\u007f]/g,
    (char) => shortEscapes[char] ?? `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${inner}"`;
}

/** A key by itself: bare where TOML allows it. */
export function keyText(key: string): string {
  return /^[A-Za-z0-9_-]+$/.test(key) ? key : quote(key);
}

class Writer {
  out = "";

  encode(path: readonly string[], value: unknown): void {
    // A nil list by itself is written as an empty one; inside a table it is left out before.
    if (isNil(value) && !(path.length === 0 && Array.isArray(value))) return;
    const kind = kindInToml(value);
    if (kind === "tables") this.tables(path, value);
    else if (kind === "table") this.table(path, value);
    else this.keyValue(path, value);
  }

  private newline(): void {
    if (this.out !== "") this.out += "\n";
  }

  private keyValue(path: readonly string[], value: unknown): void {
    if (path.length === 0) {
      this.out += element(value);
      return;
    }
    this.out += `${indent(path)}${keyText(path.at(-1) as string)} = ${element(value)}`;
    this.newline();
  }

  private table(path: readonly string[], value: unknown): void {
    if (path.length === 1) this.newline();
    if (path.length > 0) this.out += `${indent(path)}[${path.map(keyText).join(".")}]\n`;
    this.members(path, value);
  }

  private tables(path: readonly string[], value: unknown): void {
    if (path.length === 0) throw new Error("toml: top-level values must be Go maps or structs");
    for (const item of elements(value) as unknown[]) {
      if (isNil(item)) continue;
      this.newline();
      this.out += `${indent(path)}[[${path.map(keyText).join(".")}]]\n`;
      this.members(path, item);
    }
  }

  private members(path: readonly string[], value: unknown): void {
    const [direct, tables] = divide(value);
    for (const [key, item] of [...direct, ...tables]) this.encode([...path, key], item);
  }
}

const indent = (path: readonly string[]) => "  ".repeat(path.length - 1);

/** Members that go before the tables, and the tables. */
function divide(value: unknown): [[string, unknown][], [string, unknown][]] {
  const direct: [string, unknown][] = [];
  const tables: [string, unknown][] = [];
  for (const entry of entriesOf(value) as [string, unknown][]) {
    (isTable(kindInToml(entry[1])) ? tables : direct).push(entry);
  }
  return [direct, tables];
}

function inlineTable(value: unknown): string {
  const [direct, tables] = divide(value);
  const write = (entries: [string, unknown][], more: boolean) =>
    entries
      .map(([key, item], i) =>
        isNil(item) ? "" : `${keyText(key)} = ${element(item)}${more || i !== entries.length - 1 ? ", " : ""}`,
      )
      .join("");
  return `{${write(direct, tables.length > 0)}${write(tables, false)}}`;
}

function element(value: unknown): string {
  const own = ownText(value);
  if (own !== undefined) return own;
  const plain = underlying(value);
  switch (typeof plain) {
    case "string":
      return quote(plain);
    case "boolean":
      return String(plain);
    case "number":
      return float(plain);
    default:
  }
  if (plain instanceof GoInt) return plain.toString();
  const items = elements(plain);
  if (items !== undefined) return `[${items.map(element).join(", ")}]`;
  if (entriesOf(plain) !== undefined) return inlineTable(plain);
  throw new Error(`unexpected type: ${typeName(value)}`, { cause: kindOf(value) });
}

function float(value: number): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  const text = formatFloat(value, "g");
  return /[.e]/.test(text) ? text : `${text}.0`;
}
