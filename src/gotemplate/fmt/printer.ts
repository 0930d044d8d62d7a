import { GoInt, GoObject, fromBytes, toBytes, typeName } from "../../base/index.ts";
import {
  GoComplex,
  GoFloat32,
  GoPointer,
  elemTypeOf,
  extras,
  isNilValue,
  isStringer,
  keyType,
  keyValue,
  kindOf,
  sortedKeys,
  underlying,
} from "../kinds.ts";
import { Layout } from "./layout.ts";
import { quoteRune } from "./quote.ts";

/** Where Go prints an address we print this: addresses differ from run to run, so nothing can rely on them. */
const address = 0xc000012340n;

/** fmt's printer: chooses for each kind of value what its verb prints. */
export class Printer extends Layout {
  /** Set while a bad verb's argument is printed: methods are not called then. */
  private erroring = false;
  /** Where it is set, files of bytes are put here as they are, with the texts before them, and not printed yet. */
  late: (string | Uint8Array)[] | undefined = undefined;

  /** Prints one argument of Printf, Print or Println. */
  printArg(arg: unknown, verb: string): void {
    if (arg === null || arg === undefined) {
      if (verb === "T" || verb === "v") this.pad("<nil>");
      else this.badVerb(verb, undefined);
      return;
    }
    if (verb === "T") return this.fmtS(typeName(arg));
    if (verb === "p") return this.fmtPointer(arg, "p");
    switch (typeof arg) {
      case "string":
        return this.fmtString(arg, verb, arg);
      case "number":
        return this.fmtFloat(arg, 64, verb, arg);
      case "boolean":
        return this.fmtBool(arg, verb, arg);
      default:
    }
    if (arg instanceof GoInt) return this.fmtInteger(arg.value, verb, arg);
    if (arg instanceof Uint8Array) return this.fmtBytes(arg, verb, "[]byte");
    if (Array.isArray(arg) && isNilValue(arg) && typeName(arg) === "[]uint8") {
      return this.printCollection(arg, verb, 0, this.sharpV ? "[]byte" : "[]uint8");
    }
    if (verb === "w") return this.badVerb(verb, arg);
    if (!this.handleMethods(arg, verb)) this.printValue(arg, verb, 0);
  }

  private handleMethods(value: unknown, verb: string): boolean {
    if (this.erroring || !(value instanceof GoObject)) return false;
    if (this.sharpV) {
      const text = extras(value).goString?.();
      if (text === undefined) return false;
      this.fmtS(text);
      return true;
    }
    if (!"vsxXq".includes(verb) || !isStringer(value)) return false;
    this.fmtString(value.format(), verb, value);
    return true;
  }

  /** Prints what is inside a map, slice or struct, or, at depth 0, a value without methods. */
  printValue(value: unknown, verb: string, depth: number): void {
    if (value === null || value === undefined) {
      this.out += this.sharpV ? "interface {}(nil)" : "<nil>";
      return;
    }
    switch (typeof value) {
      case "string":
        return this.fmtString(value, verb, value);
      case "number":
        return this.fmtFloat(value, 64, verb, value);
      case "boolean":
        return this.fmtBool(value, verb, value);
      default:
    }
    if (value instanceof GoInt) return this.fmtInteger(value.value, verb, value);
    if (value instanceof GoObject) {
      if (depth > 0 && this.handleMethods(value, verb)) return;
      return this.printObject(value, verb, depth);
    }
    this.printCollection(value, verb, depth, typeName(value));
  }

  private printObject(value: GoObject, verb: string, depth: number): void {
    if (value instanceof GoComplex) return this.fmtComplex(value, verb);
    if (value instanceof GoFloat32) return this.fmtFloat(value.value, 32, verb, value);
    if (value instanceof GoPointer) {
      const kind = kindOf(value.elem);
      if (
        depth === 0 &&
        !value.isNil &&
        (kind === "slice" || kind === "array" || kind === "map" || kind === "struct")
      ) {
        this.out += "&";
        return this.printValue(value.elem, verb, depth + 1);
      }
      return this.fmtPointer(value, verb);
    }
    const more = extras(value);
    if (more.underlying !== undefined) return this.printUnderlying(value, more.underlying, verb, depth);
    const fields = more.fields?.();
    if (fields === undefined) {
      if (value.goKind === "func" || value.goKind === "chan") return this.fmtPointer(value, verb);
      if (this.sharpV || this.erroring || "vsxXq".includes(verb)) this.out += value.format();
      else this.badVerb(verb, value);
      return;
    }
    if (value.goType.startsWith("*")) {
      if (depth > 0) return this.fmtPointer(value, verb);
      this.out += "&";
      this.printStruct(value.goType.slice(1), fields, verb, depth + 1);
      return;
    }
    this.printStruct(value.goType, fields, verb, depth);
  }

  private printUnderlying(value: GoObject, inner: unknown, verb: string, depth: number): void {
    if (typeof inner === "string") return this.fmtString(inner, verb, value);
    if (typeof inner === "number") return this.fmtFloat(inner, 64, verb, value);
    if (typeof inner === "boolean") return this.fmtBool(inner, verb, value);
    if (inner instanceof GoInt) return this.fmtInteger(inner.value, verb, value, inner.kind.startsWith("u"));
    this.printCollection(inner as object, verb, depth, value.goType);
  }

  private printStruct(
    type: string,
    fields: readonly (readonly [string, unknown])[],
    verb: string,
    depth: number,
  ): void {
    if (this.sharpV) this.out += type;
    this.out += "{";
    let first = true;
    for (const [name, value] of fields) {
      if (!first) this.out += this.sharpV ? ", " : " ";
      first = false;
      if (this.plusV || this.sharpV) this.out += `${name}:`;
      this.printValue(value, verb, depth + 1);
    }
    this.out += "}";
  }

  private printCollection(value: object, verb: string, depth: number, type: string): void {
    if (value instanceof Uint8Array) {
      if ("sqxX".includes(verb)) return this.fmtBytes(value, verb, type);
      if ("vd".includes(verb) && this.hasNoFlags()) {
        if (this.late === undefined || value.length < longBytes) this.out += bytesText(value);
        else {
          this.late.push(this.out, value);
          this.out = "";
        }
        return;
      }
      return this.printItems(
        Array.from(value, (byte) => new GoInt("uint8", BigInt(byte))),
        value,
        verb,
        depth,
        type,
      );
    }
    if (Array.isArray(value)) {
      if ("sqxX".includes(verb) && elemTypeOf(value) === "uint8") {
        const bytes = Uint8Array.from(value, (item) => Number((item as GoInt).value));
        return this.fmtBytes(bytes, verb, type);
      }
      return this.printItems(value, value, verb, depth, type);
    }
    const map = value as Record<string, unknown>;
    if (this.sharpV) {
      this.out += type;
      if (isNilValue(value)) {
        this.out += "(nil)";
        return;
      }
    } else this.out += "map";
    this.out += this.sharpV ? "{" : "[";
    const keys = keyType(type);
    let first = true;
    for (const key of sortedKeys(map)) {
      if (!first) this.out += this.sharpV ? ", " : " ";
      first = false;
      this.printValue(keyValue(key, keys), verb, depth + 1);
      this.out += ":";
      this.printValue(map[key], verb, depth + 1);
    }
    this.out += this.sharpV ? "}" : "]";
  }

  private hasNoFlags(): boolean {
    if (this.sharpV || this.sharp || this.plus || this.space || this.zero) return false;
    return this.width < 0 && this.precision < 0;
  }

  private printItems(items: readonly unknown[], value: object, verb: string, depth: number, type: string): void {
    if (this.sharpV) {
      this.out += type;
      if (isNilValue(value)) {
        this.out += "(nil)";
        return;
      }
      this.out += "{";
      for (let i = 0; i < items.length; i++) {
        if (i > 0) this.out += ", ";
        this.printValue(items[i], verb, depth + 1);
      }
      this.out += "}";
      return;
    }
    this.out += "[";
    for (let i = 0; i < items.length; i++) {
      if (i > 0) this.out += " ";
      this.printValue(items[i], verb, depth + 1);
    }
    this.out += "]";
  }

  /** `%!d(string=x)`: the verb does not fit the value. */
  badVerb(verb: string, value: unknown): void {
    this.erroring = true;
    this.out += `%!${verb}(`;
    if (value === undefined || value === null) this.out += "<nil>";
    else {
      this.out += `${typeName(value)}=`;
      if (value instanceof GoObject) this.printValue(value, "v", 0);
      else this.printArg(value, "v");
    }
    this.out += ")";
    this.erroring = false;
  }

  private fmtBool(value: boolean, verb: string, arg: unknown): void {
    if (verb === "t" || verb === "v") this.pad(value ? "true" : "false");
    else this.badVerb(verb, arg);
  }

  private fmtString(text: string, verb: string, arg: unknown): void {
    switch (verb) {
      case "v":
        if (this.sharpV) this.fmtQ(text);
        else this.fmtS(text);
        return;
      case "s":
        return this.fmtS(text);
      case "q":
        return this.fmtQ(text);
      case "x":
      case "X":
        return this.fmtHex(toBytes(text), verb);
      default:
        this.badVerb(verb, arg);
    }
  }

  private fmtBytes(bytes: Uint8Array, verb: string, type: string): void {
    switch (verb) {
      case "s":
        return this.fmtS(fromBytes(bytes));
      case "q":
        return this.fmtQ(fromBytes(bytes));
      case "x":
      case "X":
        return this.fmtHex(bytes, verb);
      default:
        return this.printItems(
          Array.from(bytes, (byte) => new GoInt("uint8", BigInt(byte))),
          bytes,
          verb,
          0,
          verb === "v" ? type : "[]uint8",
        );
    }
  }

  /** Integers: `value` is signed where the kind is; `unsigned` only matters for %#v. */
  private fmtInteger(value: bigint, verb: string, arg: unknown, unsigned?: boolean): void {
    switch (verb) {
      case "v":
        if (this.sharpV && (unsigned ?? (arg instanceof GoInt && arg.kind.startsWith("u")))) {
          const sharp = this.sharp;
          this.sharp = true;
          this.layoutInteger(value, 16, verb, false);
          this.sharp = sharp;
          return;
        }
        return this.layoutInteger(value, 10, verb, false);
      case "d":
        return this.layoutInteger(value, 10, verb, false);
      case "b":
        return this.layoutInteger(value, 2, verb, false);
      case "o":
      case "O":
        return this.layoutInteger(value, 8, verb, false);
      case "x":
        return this.layoutInteger(value, 16, verb, false);
      case "X":
        return this.layoutInteger(value, 16, verb, true);
      case "c":
        return this.pad(runeText(value));
      case "q":
        return this.pad(quoteRune(runeCode(value), this.plus));
      case "U":
        return this.fmtUnicode(BigInt.asUintN(64, value));
      default:
        this.badVerb(verb, arg);
    }
  }

  private fmtFloat(value: number, bits: 32 | 64, verb: string, arg: unknown): void {
    switch (verb) {
      case "v":
        return this.layoutFloat(value, bits, "g", -1);
      case "b":
      case "g":
      case "G":
      case "x":
      case "X":
        return this.layoutFloat(value, bits, verb, -1);
      case "f":
      case "e":
      case "E":
        return this.layoutFloat(value, bits, verb, 6);
      case "F":
        return this.layoutFloat(value, bits, "f", 6);
      default:
        this.badVerb(verb, arg);
    }
  }

  private fmtComplex(value: GoComplex, verb: string): void {
    if (!"vbgGxXfFeE".includes(verb)) return this.badVerb(verb, value);
    const plus = this.plus;
    this.out += "(";
    this.fmtFloat(value.re, 64, verb, value);
    this.plus = true;
    this.fmtFloat(value.im, 64, verb, value);
    this.out += "i)";
    this.plus = plus;
  }

  private fmtPointer(value: unknown, verb: string): void {
    const kind = kindOf(value);
    if (!(kind === "map" || kind === "slice" || kind === "ptr" || kind === "func" || kind === "chan")) {
      return this.badVerb(verb, value);
    }
    const at = isNilValue(value) ? 0n : address;
    switch (verb) {
      case "v":
        if (this.sharpV) {
          this.out += `(${typeName(value)})(`;
          if (at === 0n) this.out += "nil";
          else this.hexAddress(at, true);
          this.out += ")";
        } else if (at === 0n) this.pad("<nil>");
        else this.hexAddress(at, !this.sharp);
        return;
      case "p":
        return this.hexAddress(at, !this.sharp);
      case "b":
      case "o":
      case "d":
      case "x":
      case "X":
        return this.fmtInteger(at, verb, value);
      default:
        this.badVerb(verb, value);
    }
  }

  private hexAddress(at: bigint, leading: boolean): void {
    const sharp = this.sharp;
    this.sharp = leading;
    this.layoutInteger(at, 16, "v", false);
    this.sharp = sharp;
  }
}

/** Long byte slices as they were printed: a chart's files are bytes, and some charts print the whole context. */
const printedBytes = new WeakMap<Uint8Array, string>();

/** From so many on, bytes may be printed late. */
const longBytes = 4096;

/** Bytes as %v prints them. Nothing changes bytes that a template can see. */
export function bytesText(bytes: Uint8Array): string {
  if (bytes.length < 256) return `[${bytes.join(" ")}]`;
  let text = printedBytes.get(bytes);
  if (text === undefined) {
    // Digits into a buffer: join would make a string of every byte.
    const digits = new Uint8Array(bytes.length * 4 + 1);
    let at = 0;
    digits[at++] = 91;
    for (let i = 0; i < bytes.length; i++) {
      const byte = bytes[i] as number;
      if (byte >= 100) digits[at++] = 48 + Math.trunc(byte / 100);
      if (byte >= 10) digits[at++] = 48 + (Math.trunc(byte / 10) % 10);
      digits[at++] = 48 + (byte % 10);
      digits[at++] = 32;
    }
    digits[at - 1] = 93;
    text = fromBytes(digits.subarray(0, at));
    printedBytes.set(bytes, text);
  }
  return text;
}

function runeCode(value: bigint): number {
  return value < 0n || value > 0x10ffffn ? 0xfffd : Number(value);
}

function runeText(value: bigint): string {
  const code = runeCode(value);
  return code >= 0xd800 && code <= 0xdfff ? "\ufffd" : String.fromCodePoint(code);
}

/** reflect's view of an integer argument for `*`: its value, or undefined when it is none. */
export function intArg(arg: unknown): number | undefined {
  const value = underlying(arg);
  if (!(value instanceof GoInt) || value.value > 1000000n || value.value < -1000000n) return undefined;
  return Number(value.value);
}
