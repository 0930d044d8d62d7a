import { fromBytes } from "../../../src/base/index.ts";
import type { Chance } from "../chance.ts";

/** Scalars that mean something in YAML 1.1 or nearly do. */
const words = [
  ..."yes no on off y n Y N true false True TRUE False Yes NO On OFF null Null NULL ~ tRue nil oN".split(" "),
  ..."0 1 -1 +1 07 0777 08 09.5 0o17 0o8 0O17 0x1F 0X1f -0x1 0x 0b11 0b2 -0b11 0b+1 0b-1 +0b1 1_000 1__0 _1 1_ 0_7".split(
    " ",
  ),
  ..."1.5 -1.5 1. .5 5.e3 1e3 1E3 1e+3 1e-3 1e 1e400 -1e400 .e5 .5_0 ._5 .5_ 1_0.5 +.5 -.5 1.2.3 . .. ... 0.1e-7".split(
    " ",
  ),
  ..."123456789012 1234567890123456789 9223372036854775807 9223372036854775808 18446744073709551615 18446744073709551616".split(
    " ",
  ),
  ..."-9223372036854775808 -9223372036854775809 12345678901234567890123 1e15 1e21 1e-7 100000000000000000000".split(
    " ",
  ),
  ".inf",
  "-.inf",
  "+.inf",
  ".Inf",
  ".nan",
  ".NaN",
  ..."1:30 12:30:45 190:20:30 1:2:3.4 -1:30 2001-01-01 2001-1-1 2001-13-01 2001-12-14t21:59:43.10-05:00".split(" "),
  "2001-12-14 21:59:43.10",
  "2001-12-14 21:59:43.10 -5",
  "2001-12-15T02:59:43Z",
  "= << <<: - -- --- ... a: :a a:b a#b #a".split(" ").join("\u0000").split("\u0000")[5] as string,
  "<<",
  "=",
  "a b c",
  "a  b",
  "a:b",
  "a#b",
  "é",
  "日本",
  "😀",
  "\u2028x",
  "\ufeffx",
  "it's",
  'a"b',
  "",
];

const keys = [
  "a",
  "b",
  "c",
  "name",
  "image",
  "x-y",
  "a.b/c",
  "1",
  "1.5",
  "yes",
  "n",
  "~",
  "null",
  "<<",
  "0x10",
  "é",
  "k k",
  ".inf",
  "2001-01-01",
];

/** A document from the grammar: mostly valid, in all styles. */
export function grammarDocument(chance: Chance): string {
  const make = new Maker(chance);
  let text = "";
  const documents = chance.one(6) ? 1 + chance.below(3) : 1;
  for (let i = 0; i < documents; i++) {
    if (chance.one(20))
      text += chance.pick(["%YAML 1.1\n---\n", "%TAG !e! tag:e,2000:\n---\n", "%YAML 1.2\n---\n", "%FOO\n---\n"]);
    else if (i > 0 || chance.one(6)) text += chance.pick(["---\n", "--- \n", "--- # c\n", "---\n\n"]);
    text += make.block(0, chance.below(4) + 1);
    if (chance.one(15)) text += "...\n";
  }
  if (chance.one(12)) text = text.replaceAll("\n", "\r\n");
  if (chance.one(40)) text = `\ufeff${text}`;
  if (chance.one(10)) text = text.replace(/\n$/, "");
  return text;
}

class Maker {
  private readonly chance: Chance;
  private anchors = 0;
  constructor(chance: Chance) {
    this.chance = chance;
  }

  /** Lines of a block node at an indentation. */
  block(indent: number, depth: number): string {
    const { chance } = this;
    const kind = depth <= 0 ? 2 : chance.below(6);
    if (kind <= 2 && depth > 0 && kind !== 2) return this.mapping(indent, depth);
    if (kind === 2 && depth > 0) return this.sequence(indent, depth);
    return `${" ".repeat(indent)}${this.properties()}${this.inline(indent, depth)}${this.comment()}\n`;
  }

  private mapping(indent: number, depth: number): string {
    const { chance } = this;
    let text = "";
    const pad = " ".repeat(indent);
    for (let i = 0; i <= chance.below(4); i++) {
      if (chance.one(25)) {
        text += `${pad}? ${this.inline(indent + 2, 1)}\n${chance.one(4) ? "" : `${pad}: ${this.inline(indent + 2, 1)}\n`}`;
        continue;
      }
      if (chance.one(15)) text += chance.pick(["\n", `${pad}# comment\n`, "# c\n", "   \n", "\t\n"]);
      const key = chance.one(12) && this.anchors > 0 ? "<<" : this.key();
      text += `${pad}${key}${chance.one(15) ? " " : ""}:`;
      text += key === "<<" ? ` ${this.mergeValue()}\n` : this.value(indent, depth);
    }
    return text;
  }

  private mergeValue(): string {
    const { chance } = this;
    const alias = () => `*a${1 + chance.below(this.anchors + (chance.one(20) ? 1 : 0))}`;
    return chance.pick([
      alias,
      alias,
      () => `[${alias()}, ${alias()}]`,
      () => "{q: 1, a: 2}",
      () => "[{q: 1}, {q: 2}]",
      () => "x",
    ])();
  }

  private value(indent: number, depth: number): string {
    const { chance } = this;
    const kind = chance.below(10);
    const step = chance.pick([2, 2, 2, 4, 1, 3]);
    if (kind < 2 && depth > 0) return `${this.gap()}\n${this.mapping(indent + step, depth - 1)}`;
    if (kind === 2 && depth > 0)
      return `${this.gap()}\n${this.sequence(indent + (chance.one(2) ? 0 : step), depth - 1)}`;
    if (kind === 3) return ` ${this.properties()}${this.blockScalar(indent)}`;
    if (kind === 4) return `${this.comment()}\n`;
    return ` ${this.properties()}${this.inline(indent + 2, depth)}${this.comment()}\n`;
  }

  private gap(): string {
    const properties = this.properties().trimEnd();
    return (properties && ` ${properties}`) + this.comment();
  }

  private sequence(indent: number, depth: number): string {
    const { chance } = this;
    let text = "";
    const pad = " ".repeat(indent);
    for (let i = 0; i <= chance.below(4); i++) {
      const kind = chance.below(8);
      if (kind === 0 && depth > 0) text += `${pad}- ${this.mapping(indent + 2, depth - 1).trimStart()}`;
      else if (kind === 1 && depth > 0) text += `${pad}- ${this.sequence(indent + 2, depth - 1).trimStart()}`;
      else if (kind === 2) text += `${pad}-${chance.one(2) ? "" : " "}\n`;
      else if (kind === 3) text += `${pad}- ${this.blockScalar(indent)}`;
      else text += `${pad}- ${this.properties()}${this.inline(indent + 2, depth)}${this.comment()}\n`;
    }
    return text;
  }

  private key(): string {
    const { chance } = this;
    const key = chance.pick(keys);
    switch (chance.below(14)) {
      case 0:
        return `"${key}"`;
      case 1:
        return `'${key}'`;
      case 2:
        return chance.one(3) ? `!!str ${key}` : key;
      case 3:
        return chance.one(4) && this.anchors > 0 ? `*a${this.anchors} ` : key;
      case 4:
        return chance.one(5)
          ? chance.pick(["[a, b]", "{a: 1}", "", "!!int 5", "&k k", "k".repeat(1030), `"${"k".repeat(1020)}"`])
          : key;
      case 5:
        return chance.pick(words).replaceAll(/[:#]/g, "") || "k";
      default:
        return key;
    }
  }

  private properties(): string {
    const { chance } = this;
    let text = "";
    if (chance.one(14)) text += `&a${++this.anchors} `;
    if (chance.one(18)) {
      text += chance.pick([
        "!!str ",
        "!!int ",
        "!!float ",
        "!!bool ",
        "!!null ",
        "!!binary ",
        "!!timestamp ",
        "!x ",
        "! ",
        "!<tag:yaml.org,2002:str> ",
        "!e!x ",
        "!!map ",
        "!!seq ",
        "!!merge ",
        "!!x%41 ",
      ]);
    }
    if (text === "" && chance.one(60) && this.anchors > 0) return "";
    return text;
  }

  /** A flow node, plain scalar, quoted scalar or alias, perhaps over several lines. */
  private inline(indent: number, depth: number): string {
    const { chance } = this;
    const nl = () => (chance.one(8) ? `\n${" ".repeat(indent + chance.below(3))}` : " ");
    const kind = chance.below(16);
    if (kind === 0 && this.anchors > 0) return `*a${1 + chance.below(this.anchors)}`;
    if (kind === 1 && depth > 0) {
      const items = Array.from({ length: chance.below(4) }, () => this.inline(indent, depth - 1));
      return `[${chance.one(5) ? nl() : ""}${items.join(`,${nl()}`)}${chance.one(8) ? "," : ""}]`;
    }
    if (kind === 2 && depth > 0) {
      const items = Array.from({ length: chance.below(4) }, () =>
        chance.one(12) ? this.key() : `${this.key()}:${nl()}${this.inline(indent, depth - 1)}`,
      );
      return `{${items.join(`,${nl()}`)}${chance.one(10) ? "," : ""}}`;
    }
    if (kind === 3)
      return `"${this.words(nl).replaceAll('"', '\\"')}${chance.one(5) ? chance.pick(["\\n", "\\t", "\\u00e9", "\\x41", "\\U0001F600", "\\/", "\\q", "\\ud800", "\\\n  ", "\\0", "\\e", "\\N", "\\_", "\\L"]) : ""}"`;
    if (kind === 4) return `'${this.words(nl).replaceAll("'", "''")}'`;
    if (kind <= 6) return this.words(nl);
    return chance.pick(words);
  }

  private words(nl: () => string): string {
    const { chance } = this;
    let text = chance.pick(["foo", "x1", "a-b", "http://h:80/p", "é", "%d"]);
    for (let i = 0; i < chance.below(5); i++)
      text +=
        (chance.one(4) ? nl() : chance.pick([" ", "  ", " ", "\t"])) +
        chance.pick(["bar", "-", "b#", ":c", "q,", "it's", "😀", "[z]", "?", "&"]);
    return text;
  }

  private blockScalar(indent: number): string {
    const { chance } = this;
    const head = chance.pick([
      "|",
      "|",
      "|-",
      "|+",
      ">",
      ">-",
      ">+",
      "|2",
      ">2-",
      "|-1",
      "|9",
      "|0",
      "|+ ",
      "> # c",
      "|x",
    ]);
    const pad = " ".repeat(indent + chance.pick([1, 2, 2, 2, 4]));
    let text = `${head}\n`;
    for (let i = 0; i < chance.below(5); i++) {
      text += chance.one(5)
        ? chance.pick(["\n", `${pad}\n`, " \n", `${pad} \n`, "\t\n"])
        : `${chance.one(12) ? pad.slice(1) : pad}${chance.one(6) ? " " : ""}${chance.pick(["line", "a: b", "# not", "- x", "x\ty", "é", "---", "tail "])}\n`;
    }
    return text;
  }

  private comment(): string {
    const { chance } = this;
    return chance.one(14) ? chance.pick([" # c", "  #c", " #", "\t# t", "#x"]) : "";
  }
}

const noise = [
  ..."abc019 \n\n\n  :-?,[]{}#&*!|>'\"%@`~<=.\\/+_\t".split(""),
  ": ",
  "- ",
  "? ",
  "\n- ",
  "\n  ",
  "---",
  "...",
  "\r\n",
  "\r",
  "\u0085",
  "\u2028",
  "é",
  "😀",
  "\ufeff",
  "\u0000",
  "\u0007",
  "\u007f",
  "\u0080",
  "\ufffe",
  "\udcff",
  "\udcc3",
  "\udca9",
  "!!",
  "<<: ",
  "&a ",
  "*a",
  "%YAML 1.1\n",
  "%TAG ! !x\n",
];

/** Short nonsense made of what means something. */
export function noiseDocument(chance: Chance): string {
  let text = "";
  for (let i = 0; i <= chance.below(24); i++) text += chance.pick(chance.one(6) ? noise : noise.slice(0, 48));
  return text;
}

/** A document with a few accidents: characters and lines lost, doubled, swapped, indented. */
export function mutate(text: string, chance: Chance): string {
  let out = text;
  for (let i = 0; i <= chance.below(3); i++) {
    const at = chance.below(out.length + 1);
    switch (chance.below(7)) {
      case 0:
        out = out.slice(0, at) + out.slice(at + 1);
        break;
      case 1:
        out = out.slice(0, at) + chance.pick(noise) + out.slice(at);
        break;
      case 2:
        out = out.slice(0, at);
        break;
      default: {
        const lines = out.split("\n");
        const n = chance.below(lines.length);
        const line = lines[n] as string;
        if (chance.one(4)) lines.splice(n, 1);
        else if (chance.one(3)) lines.splice(n, 0, line);
        else if (chance.one(2)) lines[n] = chance.pick([" ", "  ", "\t", "- "]) + line;
        else lines[n] = line.replace(/^ +/, (pad) => pad.slice(chance.below(pad.length + 1)));
        out = lines.join("\n");
      }
    }
  }
  return out;
}

/** A document of one scalar, alone, as a value or as a key. */
export function scalarDocument(chance: Chance): string {
  const letters = "0123456789_.eE+-:xobTZ tnyYNfFoO~ ";
  let text = chance.one(3) ? chance.pick(words) : "";
  if (text === "") for (let i = 0; i <= chance.below(9); i++) text += letters[chance.below(letters.length)];
  const tag = chance.one(6)
    ? chance.pick(["!!str ", "!!int ", "!!float ", "!!bool ", "!!null ", "!!timestamp ", "!!binary "])
    : "";
  return chance.pick([`${tag}${text}`, `a: ${tag}${text}`, `${tag}${text}: a`, `[${tag}${text}]`, `- ${tag}${text}`]);
}

/** A long document with something the reader minds, somewhere behind its first piece. */
export function readerDocument(chance: Chance): string {
  let text = "";
  const bad = [
    "\u0000",
    "\u0001",
    "\u007f",
    "\u0090",
    "\ufffe",
    "\udc80",
    "\udcff",
    "\udce2\udc82",
    "\udcf0\udc9f",
    "\udced\udca0\udc80",
    "\udcc0\udc80",
    "@",
    "\t",
    "a: b: c",
    "]",
  ];
  for (let i = 0; i < 10 + chance.below(80); i++) {
    text += `key${i}: ${chance.pick(["value", "é", "日本", "😀", "12", '"q"'])}${chance.one(30) ? "\n---" : ""}\n`;
    if (chance.one(40)) text += chance.pick(bad);
  }
  return text.slice(0, text.length - (chance.one(3) ? chance.below(30) : 0));
}

/** Corners that the grammar above hardly meets: directives, tag escapes, block heads, quoted escapes, UTF-16. */
export function cornerDocument(chance: Chance): string {
  switch (chance.below(9)) {
    case 0: {
      let text = "";
      for (let i = 0; i <= chance.below(2); i++) {
        text += chance.pick([
          "%YAML",
          "%TAG",
          "%TAG !e!",
          "%TAG !",
          "%YAML 1",
          "%YAML 1.",
          "%",
          "%-",
          "%YAML.",
          "%FOO bar",
        ]);
        text += chance.pick([
          "",
          " ",
          " 1.1",
          " 1.2",
          " 1.1.1",
          ".1",
          " 111.1",
          " 1.111",
          " x",
          " !!",
          " !e! tag:e,2000:",
          " tag:x",
          " %41",
          " t:#",
        ]);
        text += chance.pick(["\n", " # c\n", "#c\n", " x\n", "\t\n", ""]);
      }
      return `${text}${chance.pick(["---", "", "--- ", "a"])}${chance.pick([" !e!x a\n", " a: !x b\n", "\na: 1\n", " !!int 1", ""])}`;
    }
    case 1:
      return `${chance.pick(["!", "!!", "!<", "!e!"])}${chance.pick(["%41", "%c3%a9", "%ff", "%c3%41", "%zz", "%4", "%f0%9f%98%80", "%ed%a0%80", "a(b)[c],~*'", "str", "tag:yaml.org,2002:str"])}${chance.pick(["", ">", " ", "{"])} ${chance.pick(["a", "[b]", "1", ""])}`;
    case 2:
      return `${chance.pick(["", "a: ", "- ", "- a: "])}${chance.pick(["|", ">"])}${chance.pick(["", "0", "1", "2", "3", "+", "-"])}${chance.pick(["", "0", "1", "2", "+", "-", "x"])}${chance.pick(["", " ", " #c", "#c", " x"])}\n${blockLines(chance)}${chance.pick(["", "b: 1\n", "---\n", "...\n"])}`;
    case 3: {
      let text = "";
      for (let i = 0; i <= chance.below(5); i++) {
        text += chance.pick([
          "a",
          " ",
          "\\",
          "\n",
          "\n---",
          "\n--- ",
          "\n...\n",
          "\t",
          "\n\n",
          "\\\n",
          "\\\r\n ",
          "\u2028",
          "\u0085",
          "'",
          '"',
          ...escapes,
        ]);
      }
      const quote = chance.pick(['"', '"', "'"]);
      return `${chance.pick(["", "a: ", "- ", "[", "? ", "  "])}${quote}${text}${chance.one(8) ? "" : quote}${chance.pick(["", ": b", "]", "\n", " # c", "x"])}`;
    }
    case 4: {
      const source = chance.one(2) ? noiseDocument(chance) : grammarDocument(chance);
      return utf16(source, chance);
    }
    case 5: {
      const depth = chance.pick([5, 50, 3000, 10001]);
      if (depth > 100 && !chance.one(200)) return "[[]: x]";
      const open = chance.pick(depth > 100 ? ["[", "{a: ", "- "] : ["[", "{a: ", "- ", "? ", "[{"]);
      return (
        open.repeat(depth) +
        chance.pick(["", "1"]) +
        (open === "[" ? "]".repeat(depth) : open === "{a: " ? "}".repeat(depth) : "")
      );
    }
    case 6: {
      if (!chance.one(20)) return "a: &a [x, x]\nb: &b [*a, *a]\nc: &c {<<: {k: *b}, m: *b}\nd: [*c, *c]\n";
      let text = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n";
      const levels = 2 + chance.below(6);
      for (let i = 1; i <= levels; i++)
        text += `a${i}: &a${i} [${Array(2 + chance.below(7))
          .fill(`*a${i - 1}`)
          .join(", ")}]\n`;
      return text;
    }
    case 7: {
      const word = chance.pick(["k", "é", "😀"]);
      const key = word.repeat(chance.pick([1020, 1021, 1022, 1023, 1024, 1025, 510, 512]));
      return `${chance.pick(["", "- ", "{", "? "])}${chance.pick(["", '"', "'"])}${key}${chance.pick(["", '"', "'"])}${chance.pick([":", " :", ": "])} v${chance.pick(["", "}"])}\n`;
    }
    default: {
      const parts = [
        "[",
        "]",
        "{",
        "}",
        ",",
        ":",
        "?",
        "-",
        " ",
        " ",
        "a",
        "b",
        "\n",
        '"q"',
        "'s'",
        "*x",
        "&x ",
        "!t ",
        "# c\n",
        "|",
        "- ",
      ];
      let text = "";
      for (let i = 0; i <= chance.below(14); i++) text += chance.pick(parts);
      return text;
    }
  }
}

const escapes = [
  ..."0abtnvfre \"/\\N_LPxuUqz'".split("").map((letter) => `\\${letter}`),
  "\\x41",
  "\\x4",
  "\\u00e9",
  "\\ud800",
  "\\U0001F600",
  "\\U00110000",
  "\\u12g4",
];

function blockLines(chance: Chance): string {
  let text = "";
  for (let i = 0; i < chance.below(6); i++) {
    text +=
      " ".repeat(chance.below(5)) +
      chance.pick(["", "", "a", "b c", "\t", "\tx", "# c", "- d", "é", "--- x"]) +
      chance.pick(["\n", "\n", "\n", "\r\n", "\r", "\u2028", "\u0085", "\n\n"]);
  }
  return text;
}

/** The text in UTF-16, as bytes that our strings carry; sometimes cut or broken. */
function utf16(text: string, chance: Chance): string {
  const big = chance.one(2);
  const bytes = [big ? 0xfe : 0xff, big ? 0xff : 0xfe];
  for (let i = 0; i < text.length; i++) {
    const unit = chance.one(300) ? chance.pick([0xd800, 0xdc00, 0xd83d, 0x7f]) : text.charCodeAt(i);
    bytes.push(...(big ? [unit >> 8, unit & 255] : [unit & 255, unit >> 8]));
  }
  if (chance.one(6)) bytes.pop();
  return fromBytes(Uint8Array.from(bytes));
}
