import { Buffer } from "node:buffer";
import { unquote } from "../../src/gotemplate/index.ts";
import { toBytes } from "../../src/base/index.ts";
import type { Coded } from "./oracle.ts";

const scalarTypes = /^(u?int(8|16|32|64|ptr)?|float(32|64)|string|bool|byte|rune)$/;

/** A Go literal (numbers, texts, conversions, slices, maps) as coded data; undefined for what is more than that. */
export function parseGoLiteral(source: string): Coded | undefined {
  const reader = new Reader(source);
  try {
    const value = reader.value(undefined);
    reader.space();
    return reader.done ? value : undefined;
  } catch {
    return undefined;
  }
}

class Reader {
  private readonly text: string;
  private at = 0;
  constructor(text: string) {
    this.text = text;
  }
  get done(): boolean {
    return this.at === this.text.length;
  }
  space(): void {
    while (/\s/.test(this.text[this.at] ?? "")) this.at++;
  }
  private take(pattern: RegExp): string | undefined {
    this.space();
    const found = new RegExp(pattern.source, "y");
    found.lastIndex = this.at;
    const match = found.exec(this.text);
    if (match === null) return undefined;
    this.at += match[0].length;
    return match[0];
  }
  private need(pattern: RegExp): string {
    const found = this.take(pattern);
    if (found === undefined) throw new Error("not a plain literal");
    return found;
  }

  /** A value; inside a typed slice or map its type is known. */
  value(type: string | undefined): Coded {
    const string = this.take(/"(\\.|[^"\\])*"|`[^`]*`/);
    if (string !== undefined) return text(unquote(string) as string);
    const rune = this.take(/'(\\.[^']*|[^'\\])'/);
    if (rune !== undefined) return this.rune(rune, type);
    const number = this.take(/-?(0x[0-9a-fA-F]+|\d+\.?\d*([eE][+-]?\d+)?|\.\d+)/);
    if (number !== undefined) return this.number(number, type);
    const list = this.take(/\[\d*\](\[\]|\*)*[a-z0-9]+(\{\})?(?=\s*\{)/);
    if (list !== undefined) return this.list(list);
    const map = this.take(/map\[\w+\][a-z0-9]+(\{\})?(?=\s*\{)/);
    if (map !== undefined) return this.map(map);
    const bytes = this.take(/\[\]byte\(nil\)|\[\]byte\(/);
    if (bytes !== undefined) return this.bytes(bytes);
    return this.word();
  }

  private word(): Coded {
    const word = this.need(/-?[A-Za-z0-9.]+/);
    const plain: Record<string, Coded> = {
      true: true,
      false: false,
      nil: null,
      posInf: { k: "float", v: "+Inf" },
      negInf: { k: "float", v: "-Inf" },
      NaN: { k: "float", v: "NaN" },
    };
    if (word in plain) return plain[word] as Coded;
    if (!scalarTypes.test(word)) throw new Error("not a plain literal");
    this.need(/\(/);
    const inner = this.value(word);
    this.need(/\)/);
    return inner;
  }

  private rune(quoted: string, type: string | undefined): Coded {
    const body = quoted.slice(1, -1);
    const inner = body === "\\'" ? "'" : (unquote(`"${body === '"' ? '\\"' : body}"`) as string);
    const bytes = toBytes(inner);
    const code = bytes.length === 1 ? (bytes[0] as number) : (inner.codePointAt(0) as number);
    return { k: type === undefined || type === "interface {}" ? "int32" : kind(type), v: String(code) };
  }

  private number(number: string, type: string | undefined): Coded {
    const isInt = /^-?(0x[0-9a-fA-F]+|\d+)$/.test(number);
    if (this.take(/[-+*/<>|&^]/) !== undefined) throw new Error("an expression");
    if (type === undefined || type === "interface {}") {
      return isInt ? { k: "int", v: integer(number) } : Number(number);
    }
    if (type === "float64") return Number(number);
    return { k: kind(type), v: isInt && !type.startsWith("float") ? integer(number) : number };
  }

  private list(head: string): Coded {
    const elem = kind(head.slice(head.indexOf("]") + 1));
    const type = head.slice(0, head.indexOf("]") + 1) + elem;
    const items: Coded[] = [];
    this.need(/\{/);
    while (this.take(/\}/) === undefined) {
      items.push(this.value(elem));
      this.take(/,/);
    }
    const size = /^\[(\d+)\]/.exec(type)?.[1];
    if (size !== undefined && Number(size) !== items.length) throw new Error("elements are left out");
    if (type === "[]interface {}") return items;
    if (type === "[]uint8") return { k: "bytes", v: Buffer.from(items.map(scalar).map(Number)).toString("base64") };
    return { k: "typed", t: type, v: items };
  }

  private map(head: string): Coded {
    const end = head.indexOf("]");
    const key = kind(head.slice(4, end));
    const elem = kind(head.slice(end + 1));
    const entries: Record<string, Coded> = {};
    this.need(/\{/);
    while (this.take(/\}/) === undefined) {
      const name = scalar(this.value(key));
      this.need(/:/);
      entries[name] = this.value(elem);
      this.take(/,/);
    }
    return { k: "typed", t: `map[${key}]${elem}`, v: entries };
  }

  private bytes(head: string): Coded {
    if (head.endsWith("nil)")) return { k: "nil", t: "[]uint8" };
    const string = this.need(/"(\\.|[^"\\])*"|`[^`]*`/);
    this.need(/\)/);
    return { k: "bytes", v: Buffer.from(toBytes(unquote(string) as string)).toString("base64") };
  }
}

function kind(type: string): string {
  return type === "any" || type === "interface{}"
    ? "interface {}"
    : type === "byte"
      ? "uint8"
      : type === "rune"
        ? "int32"
        : type;
}

function integer(number: string): string {
  const octal = /^-?0[0-7]+$/.test(number) ? number.replace("0", "0o") : number;
  return octal.startsWith("-") ? (-BigInt(octal.slice(1))).toString() : BigInt(octal).toString();
}

function scalar(coded: Coded): string {
  return typeof coded === "object" && coded !== null ? String((coded as { v: Coded }).v) : String(coded);
}

function text(value: string): Coded {
  for (const char of value) {
    const code = char.codePointAt(0) as number;
    if (code >= 0xd800 && code <= 0xdfff) return { k: "str", v: Buffer.from(toBytes(value)).toString("base64") };
  }
  return value;
}
