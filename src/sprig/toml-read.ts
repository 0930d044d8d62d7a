import { goTypeTag, isMap, newMap, withGoType, type GoMap } from "../base/index.ts";
import { quote } from "../gotemplate/index.ts";
import { TomlScalars } from "./toml-scalars.ts";
import { isBlank, isDigit, isLineEnd, pathText, quoteChar } from "./toml-source.ts";
import { isLetter } from "./unicode.ts";
import type { Location } from "../gotime/index.ts";

const isBareKey = (char: string) => /^[A-Za-z0-9_-]$/.test(char);

/**
 * TOML as BurntSushi's decoder reads it into a map: int64, float64, bool, string, time.Time, []interface {},
 * map[string]interface {}, and []map[string]interface {} for arrays of tables. Throws an Error with its words:
 * `toml: line 2 (last key "a"): expected value but found 'x' instead`.
 */
export function readToml(text: string, local: Location, now: number): GoMap {
  return new Reader(text.replace(/^\ufeff/, ""), local, now).document();
}

class Reader extends TomlScalars {
  private readonly root = newMap();
  private readonly implicit = new Set<string>();
  private readonly arrays = new Set<string>();

  document(): GoMap {
    if (this.text.slice(0, 6).includes("\0")) {
      throw this.failAt(1, "files cannot contain NULL bytes; probably using UTF-16; TOML files must be UTF-8");
    }
    for (;;) {
      const char = this.next();
      if (char === "") return this.root;
      if (isBlank(char) || isLineEnd(char)) continue;
      if (char === "#") this.comment();
      else if (char === "[") this.tableHeader();
      else {
        this.back(char);
        this.keyValue();
        this.lineEnd();
        continue;
      }
      if (char === "[") this.lineEnd();
    }
  }

  // — structure —

  private comment(): void {
    for (;;) {
      const char = this.next();
      if (char !== "" && !isLineEnd(char)) continue;
      this.back(char);
      return;
    }
  }

  /** After a table's header or a key and its value: nothing but a comment until the line ends. */
  private lineEnd(): void {
    for (;;) {
      const char = this.next();
      if (char === "" || isLineEnd(char)) return;
      if (char === "#") return this.comment();
      if (isBlank(char)) continue;
      throw this.fail(
        `expected a top-level item to end with a newline, comment, or EOF, but got ${quoteChar(char)} instead`,
      );
    }
  }

  private tableHeader(): void {
    const array = this.accept("[");
    const path: string[] = [];
    do {
      this.skipBlanks();
      const char = this.peek();
      if (char === "]" || char === "") throw this.fail("unexpected end of table name (table names cannot be empty)");
      if (char === ".") throw this.fail("unexpected table separator (table names cannot be empty)");
      const name = char === '"' || char === "'" ? this.quotedKey() : this.bareKey();
      if (path.length === 0) this.keyLine = this.line;
      path.push(name);
      this.skipBlanks();
    } while (this.accept("."));
    const end = this.next();
    if (end !== "]") throw this.fail(`expected '.' or ']' to end table name, but got ${quoteChar(end)} instead`);
    if (array) {
      const last = this.next();
      if (last !== "]")
        throw this.fail(`expected end of table array name delimiter ']', but got ${quoteChar(last)} instead`);
    }
    this.enter(path, array);
    this.arrays.delete(pathText(this.context));
  }

  private bareKey(): string {
    let out = "";
    for (;;) {
      const char = this.next();
      if (!isBareKey(char)) {
        this.back(char);
        return out;
      }
      out += char;
    }
  }

  private quotedKey(): string {
    return this.next() === '"' ? this.basicString() : this.rawString();
  }

  /** A dotted key up to its `=`. */
  private dottedKey(): string[] {
    this.skipBlanks();
    const first = this.peek();
    if (first === "=" || first === "") throw this.fail("unexpected '=': key name appears blank");
    if (first === ".") throw this.fail("unexpected '.': keys cannot start with a '.'");
    const path: string[] = [];
    for (;;) {
      this.skipBlanks();
      const char = this.peek();
      if (char === "=" || char === "") throw this.fail("unexpected '='");
      if (char === ".") throw this.fail("unexpected '.'");
      const name = char === '"' || char === "'" ? this.quotedKey() : this.bareKey();
      if (path.length === 0) this.keyLine = this.line;
      path.push(name);
      this.skipBlanks();
      const end = this.next();
      if (end === ".") continue;
      if (end === "=") return path;
      if (end === "") throw this.fail("unexpected EOF; expected key separator '='");
      const words = `expected '.' or '=', but got ${quoteChar(end)} instead`;
      throw end === "\n" ? this.failAt(this.line - 1, words) : this.fail(words);
    }
  }

  private keyValue(): void {
    const outer = this.context;
    const path = this.dottedKey();
    this.key = path.at(-1) as string;
    for (const step of path.slice(0, -1)) this.enterImplicit([...this.context, step]);
    const name = this.key;
    const value = this.value(false);
    this.key = name;
    this.store(name, value);
    if (!Array.isArray(value)) this.arrays.delete(pathText([...this.context, name]));
    this.context = outer;
    this.key = "";
  }

  private enterImplicit(path: string[]): void {
    this.implicit.add(pathText(path));
    this.enter(path, false);
  }

  /** Makes the path the table in force: tables on the way come to be, the last is new. */
  private enter(path: readonly string[], array: boolean): void {
    let table = this.root;
    const parents = path.slice(0, -1);
    for (const [i, name] of parents.entries()) {
      if (!Object.hasOwn(table, name)) {
        this.implicit.add(pathText(path.slice(0, i + 1)));
        table[name] = newMap();
      }
      const next = tableIn(table[name]);
      if (next === undefined)
        throw this.failAtKey(`Key '${pathText(path.slice(0, i + 1))}' was already created as a hash.`);
      table = next;
    }
    this.context = parents;
    const last = path.at(-1) as string;
    if (array) {
      if (!Object.hasOwn(table, last)) table[last] = withGoType([], "[]map[string]interface {}");
      const list = table[last];
      if (!isTableList(list)) {
        throw this.failAtKey(`Key '${pathText(path)}' was already created and cannot be used as an array.`);
      }
      list.push(newMap());
    } else {
      this.store(last, newMap());
    }
    this.context = [...parents, last];
  }

  private store(key: string, value: unknown): void {
    let table = this.root;
    for (const [i, name] of this.context.entries()) {
      const next = tableIn(table[name]);
      if (next === undefined)
        throw this.failAtKey(`Key '${pathText(this.context.slice(0, i + 1))}' has already been defined.`);
      table = next;
    }
    const path = pathText([...this.context, key]);
    if (!Object.hasOwn(table, key)) {
      table[key] = value;
      return;
    }
    const wasArray = this.arrays.has(path);
    if (!this.implicit.delete(path)) throw this.failAtKey(`Key '${path}' has already been defined.`);
    if (wasArray) table[key] = value;
  }

  // — values —

  private value(inArray: boolean): unknown {
    this.skipBlanks();
    const char = this.next();
    switch (char) {
      case "[":
        return this.array();
      case "{":
        return this.inlineTable(inArray);
      case '"':
        return this.accept('"') ? (this.accept('"') ? this.longString() : "") : this.basicString();
      case "'":
        return this.accept("'") ? (this.accept("'") ? this.longRawString() : "") : this.rawString();
      case ".":
        throw this.fail("floats must start with a digit, not '.'");
      case "-":
      case "+":
        return this.signed(char);
      default:
    }
    if (isDigit(char)) return this.numberOrDate(char);
    if (char === "i" || char === "n") {
      const start = this.at;
      if ((this.accept("n") && this.accept("f")) || (this.accept("a") && this.accept("n"))) {
        return this.float({ text: this.text.slice(start - 1, this.at), line: this.line });
      }
      // Go goes back by one letter only, so the word in its error begins there.
      return this.word(this.text[this.at - 1] as string);
    }
    if (char !== "" && isLetter(char.codePointAt(0) as number)) return this.word(char);
    if (char === "") throw this.fail("unexpected EOF; expected value");
    const words = `expected value but found ${quoteChar(char)} instead`;
    throw char === "\n" ? this.failAt(this.line - 1, words) : this.fail(words);
  }

  private word(first: string): boolean {
    let word = first;
    for (;;) {
      const char = this.next();
      if (char === "" || !isLetter(char.codePointAt(0) as number)) {
        this.back(char);
        break;
      }
      word += char;
    }
    if (word === "true" || word === "false") return word === "true";
    throw this.fail(`expected value but found ${quote(word)} instead`);
  }

  private array(): unknown[] {
    this.arrays.add(pathText([...this.context, this.key]));
    const out: unknown[] = [];
    for (;;) {
      const char = this.afterSpace();
      if (char === ",") throw this.fail("unexpected comma");
      if (char === "]") return out;
      this.back(char);
      out.push(this.value(true));
      const end = this.afterSpace();
      if (end === "]") return out;
      if (end !== ",") {
        const got = end === "" ? "end of file" : `'${end}'`;
        throw this.fail(`expected a comma (',') or array terminator (']'), but got ${got}`);
      }
    }
  }

  /** The next character that is no blank, line end or comment. */
  private afterSpace(): string {
    for (;;) {
      const char = this.next();
      if (char === "#") this.comment();
      else if (!isBlank(char) && !isLineEnd(char)) return char;
    }
  }

  private inlineTable(inArray: boolean): GoMap {
    const table = newMap();
    const [outerContext, outerKey] = [this.context, this.key];
    const path = [...this.context, this.key];
    this.context = path;
    this.key = "";
    this.implicit.add(pathText(path));
    this.enter(path, inArray);
    for (;;) {
      const char = this.afterSpace();
      if (char === ",") throw this.fail("unexpected comma");
      if (char === "}") break;
      this.back(char);
      this.inlineMember(table, path);
      const end = this.afterSpace();
      if (end === "}") break;
      if (end !== ",") {
        const got = end === "" ? "end of file" : `'${end}'`;
        throw this.fail(`expected a comma or an inline table terminator '}', but got ${got} instead`);
      }
    }
    this.context = outerContext;
    this.key = outerKey;
    return table;
  }

  private inlineMember(table: GoMap, path: string[]): void {
    const keys = this.dottedKey();
    const name = keys.at(-1) as string;
    this.key = name;
    for (const step of keys.slice(0, -1)) this.enterImplicit([...this.context, step]);
    const value = this.value(false);
    this.key = name;
    this.store(name, value);
    let target = table;
    for (const step of keys.slice(0, -1)) {
      if (!Object.hasOwn(target, step)) target[step] = newMap();
      const next = target[step];
      if (!isMap(next)) throw this.failAtKey(`${quote(pathText(this.context))} is not a table`);
      target = next;
    }
    target[name] = value;
    this.context = path;
  }
}

function tableIn(value: unknown): GoMap | undefined {
  if (isTableList(value)) return value.at(-1);
  return isMap(value) ? value : undefined;
}

const isTableList = (value: unknown): value is GoMap[] =>
  Array.isArray(value) && goTypeTag(value) === "[]map[string]interface {}";
