import type { FuncMap } from "../../../src/gotemplate/index.ts";
import type { Chance } from "../chance.ts";
import { bigInts, floats, ints, strings, texts } from "./pools.ts";

/** A template expression as a tree, so that it can be made smaller. */
export type Node = { readonly leaf: string } | { readonly name: string; readonly args: readonly Node[] };

export const leaf = (text: string): Node => ({ leaf: text });

/** The expression in a template's words. */
export function write(node: Node, inside = true): string {
  if ("leaf" in node) return node.leaf;
  const call = [node.name, ...node.args.map((arg) => write(arg))].join(" ");
  return inside ? `(${call})` : call;
}

/** A string literal of Go's templates. */
export function literal(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (char === '"' || char === "\\") out += `\\${char}`;
    else if (char === "\n") out += "\\n";
    else if (char === "\t") out += "\\t";
    else if (code < 0x20 || code === 0x7f || code === 0x2028 || code === 0xa0)
      out += `\\u${code.toString(16).padStart(4, "0")}`;
    else out += char;
  }
  return `${out}"`;
}

/** Functions whose answer is chance, time or the machine's, which the oracle cannot repeat. */
export const unrepeatable = new Set(
  (
    "now ago randAlpha randAlphaNum randAscii randNumeric randBytes randInt shuffle uuidv4 bcrypt htpasswd encryptAES genPrivateKey genCA " +
    "genSelfSignedCert genSignedCert genCAWithKey genSelfSignedCertWithKey genSignedCertWithKey values keys derivePassword"
  ).split(" "),
);

/** Functions that take most values for the present moment. */
const dated = new Set("date dateInZone date_in_zone htmlDate htmlDateInZone".split(" "));

/** Functions that would eat the oracle's memory if asked for much. */
const bounded = new Set("until untilStep seq repeat indent nindent".split(" "));

/** Which texts an argument is taken from, by function and position. */
const kinds: Record<string, readonly (string | undefined)[]> = {
  toDate: ["layout", "date"],
  mustToDate: ["layout", "date"],
  date: ["layout"],
  dateInZone: ["layout", undefined, "zone"],
  date_in_zone: ["layout", undefined, "zone"],
  htmlDateInZone: [undefined, "zone"],
  dateModify: ["duration"],
  mustDateModify: ["duration"],
  date_modify: ["duration"],
  must_date_modify: ["duration"],
  duration: ["duration"],
  durationRound: ["duration"],
  mustToDuration: ["duration"],
  durationSeconds: ["duration"],
  durationMilliseconds: ["duration"],
  durationMicroseconds: ["duration"],
  durationNanoseconds: ["duration"],
  durationMinutes: ["duration"],
  durationHours: ["duration"],
  durationDays: ["duration"],
  durationWeeks: ["duration"],
  durationRoundTo: ["duration", "duration"],
  durationTruncateTo: ["duration", "duration"],
  semver: ["version"],
  semverCompare: ["constraint", "version"],
  urlParse: ["url"],
  base: ["path"],
  dir: ["path"],
  clean: ["path"],
  ext: ["path"],
  isAbs: ["path"],
  osBase: ["path"],
  osDir: ["path"],
  osClean: ["path"],
  osExt: ["path"],
  osIsAbs: ["path"],
  b64dec: ["base64"],
  b32dec: ["base32"],
  fromJson: ["json"],
  mustFromJson: ["json"],
  fromJsonArray: ["json"],
  fromYaml: ["yaml"],
  fromYamlArray: ["yaml"],
  fromToml: ["toml"],
  typeIs: ["type"],
  typeIsLike: ["type"],
  kindIs: ["type"],
  buildCustomCert: ["cert", "cert"],
  decryptAES: [undefined, "base64"],
  regexReplaceAll: ["pattern", undefined, "replacement"],
  mustRegexReplaceAll: ["pattern", undefined, "replacement"],
};

function kindOf(name: string, index: number): readonly string[] | undefined {
  const kind =
    kinds[name]?.[index] ??
    (/^(must)?[rR]egex/.test(name) && name !== "regexQuoteMeta" && index === 0 ? "pattern" : undefined);
  return kind === undefined ? undefined : texts[kind];
}

const alphabet = "abcXYZ019 .,:;-_+=/\\|()[]{}<>?*#$%&'\"\n\tTZéß日😀\u0130";

/** Random expressions of the types that functions take. */
export class Expressions {
  private readonly chance: Chance;
  private readonly funcs: FuncMap;
  private readonly names: readonly string[];
  /** Maps of the values not yet used in the call: used twice, functions that write to them can make a cycle of them. */
  private maps: string[] = [];
  constructor(chance: Chance, funcs: FuncMap) {
    this.chance = chance;
    this.funcs = funcs;
    this.names = Object.keys(funcs)
      .filter((name) => !unrepeatable.has(name))
      .toSorted();
  }

  /** A whole expression: a call of any function, or of the one named. */
  fresh(name?: string): Node {
    this.maps = [".map", ".deep", ".other", ".blank"];
    return this.call(name);
  }

  private call(name: string = this.chance.pick(this.names), depth = 2): Node {
    const { params, variadic } = this.funcs[name] as { params: readonly string[]; variadic?: string };
    const types = [...params];
    if (variadic !== undefined) for (let n = this.chance.below(4); n > 0; n--) types.push(variadic);
    if (this.chance.one(60)) types.pop();
    if (this.chance.one(80)) types.push("interface {}");
    return {
      name,
      args: types.map((type, i) =>
        type === "interface {}" && dated.has(name)
          ? this.instant()
          : this.argument(type, depth, kindOf(name, i), bounded.has(name)),
      ),
    };
  }

  /** What the date functions do not take for now. */
  private instant(): Node {
    if (this.chance.one(2)) return this.time();
    const seconds = this.chance.pick([
      "0",
      "1700000000",
      "-1",
      "951782400",
      "1711846800",
      "-2208988800",
      "253402300800",
    ]);
    return this.chance.one(2) ? leaf(seconds) : { name: "int64", args: [leaf(seconds)] };
  }

  /** A text of a pool, often with a few characters changed. */
  private text(pool: readonly string[]): Node {
    const { chance } = this;
    let chars = Array.from(chance.pick(pool));
    if (chance.one(3)) {
      const more = Array.from(chance.pick(pool));
      for (let n = 1 + chance.below(3); n > 0; n--) {
        const at = chance.below(chars.length + 1);
        switch (chance.below(4)) {
          case 0:
            chars.splice(at, 1 + chance.below(2));
            break;
          case 1:
            chars.splice(at, 0, chance.pick(Array.from(alphabet)));
            break;
          case 2:
            chars.splice(at, 0, ...more.slice(chance.below(more.length + 1)).slice(0, 6));
            break;
          default:
            chars = [...chars.slice(at), ...chars.slice(0, at)];
        }
      }
    }
    return leaf(literal(chars.join("")));
  }

  private argument(type: string, depth: number, pool: readonly string[] | undefined, small: boolean): Node {
    const { chance } = this;
    if (pool !== undefined && (type === "string" || chance.one(2)) && !chance.one(12)) return this.text(pool);
    if (chance.one(25)) return this.anything(depth);
    switch (type) {
      case "string":
        // Bytes that are not UTF-8.
        if (chance.one(15))
          return {
            name: "b64dec",
            args: [leaf(chance.pick(['"/w=="', '"YcOp/8Mo"', '"w6nD"', '"/yAv/iBh"', '"QWLDKMOpIP4="']))],
          };
        return chance.one(8) ? leaf(chance.pick([".str", ".empty"])) : this.text(strings);
      case "int":
        return leaf(!small && chance.one(30) ? chance.pick(bigInts) : chance.pick(ints));
      case "uint32":
        return leaf(chance.pick(ints));
      case "float64":
        return leaf(chance.pick(floats));
      case "bool":
        return leaf(chance.pick(["true", "false", ".yes", ".no"]));
      case "map[string]interface {}":
        return this.map(depth);
      case "[]interface {}":
        return this.list(depth);
      case "time.Time":
        return this.time();
      case "sprig.certificate":
        return this.anything(depth);
      default:
        return this.anything(depth);
    }
  }

  private scalar(): Node {
    const { chance } = this;
    switch (chance.below(7)) {
      case 0:
        return leaf(chance.pick(ints));
      case 1:
        return leaf(chance.pick(floats));
      case 2:
        return leaf(
          chance.pick([".num", ".big", ".huge", ".half", ".neg", ".str", ".empty", ".yes", ".no", ".nil", ".missing"]),
        );
      case 3:
        return leaf(chance.pick(["true", "false", "nil"]));
      case 4:
        return { name: "int64", args: [leaf(chance.pick([...ints, ...bigInts]))] };
      default:
        return leaf(literal(chance.pick(strings)));
    }
  }

  private anything(depth: number): Node {
    const { chance } = this;
    if (depth <= 0) return this.scalar();
    switch (chance.below(12)) {
      case 0:
      case 1:
        return this.list(depth - 1);
      case 2:
      case 3:
        return this.map(depth - 1);
      case 4:
        return chance.one(2) ? this.call(undefined, depth - 1) : this.special();
      default:
        return this.scalar();
    }
  }

  /** Values of rarer types. */
  private special(): Node {
    const text = (pool: readonly string[]) => leaf(literal(this.chance.pick(pool)));
    switch (this.chance.below(6)) {
      case 0:
        return this.time();
      case 1:
        return { name: "mustToDuration", args: [leaf(this.chance.pick(['"1h30m"', "90", "0.5"]))] };
      case 2:
        return { name: "semver", args: [leaf(this.chance.pick(['"1.2.3"', '"2.0.0-rc.1+b"']))] };
      case 3:
        return { name: "fromYaml", args: [text(texts["yaml"] as string[])] };
      case 4:
        return { name: "rest", args: [leaf("list")].map(() => ({ name: "list", args: [] })) };
      default:
        return { name: "fromJson", args: [text(texts["json"] as string[])] };
    }
  }

  private time(): Node {
    if (this.chance.one(3)) {
      return {
        name: "mustToDate",
        args: [
          leaf('"2006-01-02T15:04:05Z07:00"'),
          leaf(this.chance.pick(['"2024-06-01T10:20:30+02:00"', '"1969-12-31T23:59:59Z"', '"2024-02-29T00:00:00.5Z"'])),
        ],
      };
    }
    return {
      name: "toDate",
      args: [
        leaf('"2006-01-02"'),
        leaf(this.chance.pick(['"2024-02-29"', '"2017-12-31"', '"x"', '"1900-01-01"', '"2038-01-19"'])),
      ],
    };
  }

  private list(depth: number): Node {
    const { chance } = this;
    switch (chance.below(5)) {
      case 0:
        return leaf(chance.pick([".list", ".strs", ".nums", ".none", ".nil"]));
      case 1:
        return {
          name: "splitList",
          args: [leaf(literal(chance.pick([",", "", " ", "/"]))), leaf(literal(chance.pick(strings)))],
        };
      case 2:
        return { name: "until", args: [leaf(chance.pick(["0", "1", "3", "5", "-2"]))] };
      default:
        return { name: "list", args: Array.from({ length: chance.below(5) }, () => this.anything(depth - 1)) };
    }
  }

  private map(depth: number): Node {
    const { chance } = this;
    if (chance.one(3) && this.maps.length > 0)
      return leaf(this.maps.splice(chance.below(this.maps.length), 1)[0] as string);
    const args: Node[] = [];
    for (let n = chance.below(4); n > 0; n--) {
      args.push(
        leaf(literal(chance.pick(["a", "b", "c", "f", "", "k k", "scheme", "host", "path", "query", "é", "10", "9"]))),
        this.anything(depth - 1),
      );
    }
    return { name: "dict", args };
  }
}

/** Every way to make an expression smaller by one step: the smaller ones first. */
export function* smaller(node: Node): Generator<Node> {
  if ("leaf" in node) {
    for (const simple of ['""', "0", "nil", '"a"', "1", "list"])
      if (simple.length < node.leaf.length) yield leaf(simple);
    return;
  }
  for (const arg of node.args) yield arg;
  for (let i = 0; i < node.args.length; i++) yield { name: node.name, args: node.args.toSpliced(i, 1) };
  if (node.name === "dict")
    for (let i = 0; i + 1 < node.args.length; i += 2) yield { name: node.name, args: node.args.toSpliced(i, 2) };
  for (const [i, arg] of node.args.entries()) {
    if (dated.has(node.name)) continue;
    for (const less of smaller(arg)) yield { name: node.name, args: node.args.with(i, less) };
  }
}
