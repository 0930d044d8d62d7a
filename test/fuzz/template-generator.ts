/**
 * Makes random templates and data from the whole grammar. Which functions may be called, with which kinds of
 * arguments, is a parameter, so that the same generator serves text/template alone and the functions of Helm.
 */
import type { Coded, TemplateCase } from "./oracle.ts";
import { Chance } from "../../scripts/prove/chance.ts";

/** What an expression is wanted to be. `any` takes all, the rest is mostly honoured. */
export type Kind =
  | "any"
  | "string"
  | "int"
  | "int64"
  | "float"
  | "bool"
  | "list"
  | "map"
  | "strings"
  | "nil"
  | "object";

/** A function that templates may call. */
export interface FuzzFunc {
  readonly name: string;
  readonly params: readonly Kind[];
  readonly variadic?: Kind;
  readonly result: Kind;
  /** Literals that make sense for a parameter, by its place (`"%d"` for printf, a layout for date). */
  readonly literals?: Readonly<Record<number, readonly string[]>>;
}

/** How cases are made. */
export interface GeneratorOptions {
  readonly functions: readonly FuzzFunc[];
  /** Data that is always there beside what is made up, by the key it is found under. */
  readonly fixed?: Readonly<Record<string, Coded>>;
  /** Paths into the fixed data, by kind. */
  readonly paths?: readonly (readonly [path: string, kind: Kind])[];
  /** How many of 1000 templates are damaged by a character or two, to meet the parser's errors; 80 by default. */
  readonly damaged?: number;
  /** Go-only kinds of data (typed maps, structs); false for data that YAML could hold. */
  readonly goKinds?: boolean;
}

/** text/template's own functions, and what to give them. */
export const builtinFuncs: readonly FuzzFunc[] = [
  { name: "and", params: ["any"], variadic: "any", result: "any" },
  { name: "or", params: ["any"], variadic: "any", result: "any" },
  { name: "not", params: ["any"], result: "bool" },
  { name: "eq", params: ["any", "any"], result: "bool" },
  { name: "eq", params: ["int", "int"], variadic: "int", result: "bool" },
  { name: "eq", params: ["bool", "bool"], result: "bool" },
  { name: "eq", params: ["float", "float"], result: "bool" },
  { name: "eq", params: ["string", "string"], result: "bool" },
  { name: "ne", params: ["int", "int"], result: "bool" },
  { name: "lt", params: ["int", "int"], result: "bool" },
  { name: "le", params: ["float", "float"], result: "bool" },
  { name: "gt", params: ["string", "string"], result: "bool" },
  { name: "ge", params: ["float", "float"], result: "bool" },
  { name: "index", params: ["list", "int"], result: "any" },
  { name: "index", params: ["map", "string"], result: "any" },
  { name: "index", params: ["map", "string"], variadic: "string", result: "any" },
  { name: "len", params: ["list"], result: "int" },
  { name: "len", params: ["string"], result: "int" },
  { name: "len", params: ["map"], result: "int" },
  { name: "html", params: ["any"], variadic: "any", result: "string" },
  { name: "js", params: ["any"], result: "string" },
  { name: "urlquery", params: ["any"], result: "string" },
  { name: "print", params: [], variadic: "any", result: "string" },
  { name: "println", params: [], variadic: "any", result: "string" },
  { name: "printf", params: ["string", "any"], variadic: "any", result: "string" },
  { name: "printf", params: ["string", "any", "any"], result: "string" },
];

/** The builtin that sprig replaces. */
export const sliceFunc: FuzzFunc = { name: "slice", params: ["list"], result: "list" };

const keys = ["a", "b", "c", "name", "image", "tag", "port", "Key", "x_1", "é", "on"];
const words = [
  "",
  "a",
  "text",
  "two words",
  "true",
  "80",
  "<b>&'\"",
  "tab\there",
  "línea\n2",
  "日本",
  "%d%%",
  "1e3",
  "\u{1F680}",
];
const verbs = "vvvvsssdddqxXtTfgeGEobcUOF";

interface Scope {
  /** Variables that can be named, with their kinds. */
  readonly vars: { readonly name: string; readonly kind: Kind }[];
  /** The data that the dot is known to be; undefined where it is not known. */
  readonly dot: Coded | undefined;
  readonly root: Coded | undefined;
  readonly loops: number;
  readonly depth: number;
}

/** Makes the case of a seed. */
export function generateCase(seed: number, options: GeneratorOptions): TemplateCase {
  return new Generator(seed, options).make();
}

class Generator {
  private readonly random: Chance;
  private readonly options: GeneratorOptions;
  private readonly defined: string[] = [];
  private names = 0;
  private budget = 40;
  private hasFixed = false;
  /** What the last pipeline gives. */
  private lastKind: Kind = "any";

  constructor(seed: number, options: GeneratorOptions) {
    this.random = new Chance(seed);
    this.options = options;
  }

  make(): TemplateCase {
    const { random } = this;
    const data = this.map(3) as Record<string, Coded>;
    this.hasFixed = random.chance(0.25);
    if (this.hasFixed) Object.assign(data, this.options.fixed);
    const templates: [string, string][] = [];
    const files = random.chance(0.3) ? 2 : 1;
    for (let i = 0; i < files; i++) {
      let text = "";
      const names = new Set<string>();
      const defines = random.chance(0.4) ? 1 + random.below(2) : 0;
      for (let d = 0; d < defines; d++) {
        const free = ["lib.one", "lib.two", "t", "x/y"].filter((one) => !names.has(one) || random.chance(0.05));
        const name = random.pick(free);
        names.add(name);
        const body = this.items(this.scope(undefined, undefined), 2);
        text += `{{${this.trim()}define ${this.quoted(name)}${this.trimEnd()}}}${body}{{end}}`;
        if (!this.defined.includes(name)) this.defined.push(name);
      }
      text += this.items(this.scope(data, data), 4);
      if (random.below(1000) < (this.options.damaged ?? 80)) text = this.damage(text);
      templates.push([i === files - 1 ? "dir/main.yaml" : "dir/_lib.tpl", text]);
    }
    const missingKey = random.pick(["zero", "zero", "zero", "zero", "default", "default", "error"] as const);
    return { mode: "exec", name: "gotpl", exec: "dir/main.yaml", templates, data, missingKey };
  }

  private scope(dot: Coded | undefined, root: Coded | undefined): Scope {
    return { vars: [], dot, root, loops: 0, depth: 0 };
  }

  // Data

  private scalar(): Coded {
    const { random } = this;
    switch (random.below(this.options.goKinds === false ? 8 : 14)) {
      case 0:
      case 1:
      case 2:
        return random.pick(words);
      case 3:
        return random.chance(0.5);
      case 4:
        return null;
      case 5:
        return random.pick([0, 1, 80, -3, 1e6, 2097152, 1e21, 123456.7, 0.1, 1e-7]);
      case 6:
        return random.below(200);
      case 7:
        return { k: "int64", v: String(random.below(100) - 20) };
      case 8:
        return { k: "int", v: String(random.below(5)) };
      case 9:
        return { k: random.pick(["uint8", "uint64", "int32", "uint"]), v: String(random.below(200)) };
      case 10:
        return { k: "bytes", v: random.pick(["aGk=", "/w==", ""]) };
      case 11:
        return { k: "label", v: random.pick(words) };
      case 12:
        return { k: "span", v: String(random.below(9)) };
      default:
        return random.pick<Coded>([
          { k: "nil", t: "map[string]interface {}" },
          { k: "nil", t: "[]interface {}" },
          { k: "nil", t: "*main.Inner" },
          { k: "float", v: "NaN" },
          { k: "float", v: "-Inf" },
          { k: "error", v: "broken" },
          { k: "str", v: "/wBh" },
          { k: "complex128", re: 1, im: -2 },
          { k: "float32", v: "0.1" },
          { k: "ptr", v: { k: "int", v: "7" } },
        ]);
    }
  }

  private value(depth: number): Coded {
    const { random } = this;
    if (depth === 0 || random.chance(0.5)) return this.scalar();
    if (random.chance(0.45)) return this.map(depth - 1);
    if (this.options.goKinds !== false && random.chance(0.25)) return this.typed(depth - 1);
    return Array.from({ length: random.below(4) }, () => this.value(depth - 1));
  }

  private typed(depth: number): Coded {
    const { random } = this;
    switch (random.below(7)) {
      case 0:
        return { k: "typed", t: "[]string", v: Array.from({ length: random.below(3) }, () => random.pick(words)) };
      case 1:
        return { k: "typed", t: "[]int", v: [random.below(9), random.below(9)] };
      case 2:
        return { k: "typed", t: "map[string]int", v: { a: random.below(9), b: 2 } };
      case 3:
        return { k: "typed", t: "map[int]string", v: { "10": "ten", "9": random.pick(words) } };
      case 4:
        return { k: "named", v: this.map(depth) };
      case 5:
        return { k: random.pick(["pair", "pairptr"]), a: this.scalar(), b: this.value(depth) };
      default:
        return { k: "typed", t: "map[string][]string", v: { a: ["x"], c: [] } };
    }
  }

  private map(depth: number): Coded {
    const out: Record<string, Coded> = {};
    const count = 1 + this.random.below(5);
    for (let i = 0; i < count; i++) out[this.random.pick(keys)] = this.value(depth);
    return out;
  }

  // Text

  private trim(): string {
    return this.random.chance(0.15) ? "- " : this.random.chance(0.3) ? " " : "";
  }

  private trimEnd(): string {
    return this.random.chance(0.15) ? " -" : this.random.chance(0.3) ? " " : "";
  }

  private quoted(text: string): string {
    if (this.random.chance(0.2) && !text.includes("`")) return `\`${text}\``;
    return JSON.stringify(text);
  }

  private action(inner: string): string {
    return `{{${this.trim()}${inner}${this.trimEnd()}}}`;
  }

  private damage(text: string): string {
    const { random } = this;
    const inserts = [
      "",
      "",
      "{{",
      "}}",
      "|",
      "(",
      ")",
      '"',
      ".",
      "$",
      "end",
      "{{end}}",
      "{{else}}",
      " ",
      "\n",
      "#",
      "-",
      ":=",
      ",",
      "`",
      "'",
      "1",
      "é",
    ];
    const out = Array.from(text);
    for (let i = random.below(2); i >= 0; i--) {
      const insert = random.pick(inserts);
      out.splice(
        random.below(out.length + 1),
        insert === "" ? 1 + random.below(4) : random.below(2),
        ...Array.from(insert),
      );
    }
    return out.join("");
  }

  private items(scope: Scope, most: number): string {
    let out = "";
    // Variables that are declared here live until the end of the list.
    const inner = { ...scope, vars: [...scope.vars] };
    for (let i = this.random.below(most + 1) + (scope.depth === 0 ? 1 : 0); i > 0; i--) {
      if (this.budget-- <= 0) break;
      out += this.item(inner);
    }
    return out;
  }

  private item(scope: Scope): string {
    const { random } = this;
    const roll = random.below(100);
    if (roll < 18) return random.pick(["\n", " ", "text", "key: ", "\n  - ", "é\n\n", "\t", "}}", "{ { ", "a\r\nb"]);
    if (roll < 48) return this.action(this.pipeline(scope, "any"));
    if (scope.depth > 3) return this.action(this.pipeline(scope, "any"));
    if (roll < 60) return this.branch(scope);
    if (roll < 74) return this.range(scope);
    if (roll < 82) return this.with(scope);
    if (roll < 90) return this.variable(scope);
    if (roll < 94) return this.call(scope);
    if (roll < 97) return random.chance(0.5) ? "{{/* note */}}" : "{{- /* a\nnote */ -}}";
    if (scope.loops > 0 || random.chance(0.05)) return this.action(random.pick(["break", "continue"]));
    return this.action(this.pipeline(scope, "any"));
  }

  private deeper(scope: Scope, more: Partial<Scope> = {}): Scope {
    return { ...scope, depth: scope.depth + 1, ...more };
  }

  private branch(scope: Scope): string {
    const { random } = this;
    const declared = random.chance(0.15) ? `$${random.pick(["v", "w"])}` : undefined;
    const inner = this.deeper(scope);
    const condition = this.pipeline(scope, random.chance(0.6) ? "bool" : "any");
    const withVar =
      declared === undefined ? inner : { ...inner, vars: [...inner.vars, { name: declared, kind: "any" as Kind }] };
    let out = this.action(`if ${declared === undefined ? "" : `${declared} := `}${condition}`);
    out += this.items(withVar, 3);
    while (random.chance(0.25))
      out += this.action(`else if ${this.pipeline(withVar, "bool")}`) + this.items(withVar, 2);
    if (random.chance(0.4)) out += this.action("else") + this.items(withVar, 2);
    return out + this.action("end");
  }

  private range(scope: Scope): string {
    const { random } = this;
    const found = random.chance(0.7) ? this.path(scope, random.chance(0.6) ? "list" : "map") : undefined;
    const over =
      found?.text ?? this.command(scope, random.pick<Kind>(["list", "map", "int", "strings", "list", "map", "any"]), 1);
    const vars = [...scope.vars];
    let head = "range ";
    const roll = random.below(10);
    if (roll < 3) {
      head += "$k, $v := ";
      vars.push({ name: "$k", kind: "any" }, { name: "$v", kind: "any" });
    } else if (roll < 5) {
      head += "$v := ";
      vars.push({ name: "$v", kind: "any" });
    } else if (roll < 6 && vars.length > 0) head += `${random.pick(vars).name} = `;
    const dot = found === undefined ? undefined : firstElement(found.data);
    const inner = this.deeper(scope, { vars, dot, loops: scope.loops + 1 });
    let out = this.action(head + over) + this.items(inner, 3);
    if (random.chance(0.2)) out += this.action("else") + this.items(this.deeper(scope), 2);
    return out + this.action("end");
  }

  private with(scope: Scope): string {
    const { random } = this;
    const found = random.chance(0.7) ? this.path(scope, random.chance(0.6) ? "map" : "any") : undefined;
    const on = found?.text ?? this.pipeline(scope, "any");
    const name = random.chance(0.3) ? "$w" : undefined;
    const vars = name === undefined ? scope.vars : [...scope.vars, { name, kind: "any" as Kind }];
    let out = this.action(`with ${name === undefined ? "" : `${name} := `}${on}`);
    out += this.items(this.deeper(scope, { dot: found?.data, vars }), 3);
    if (random.chance(0.2))
      out +=
        this.action(`else with ${this.pipeline(scope, "any")}`) +
        this.items(this.deeper(scope, { dot: undefined, vars }), 2);
    if (random.chance(0.3)) out += this.action("else") + this.items(this.deeper(scope, { vars }), 2);
    return out + this.action("end");
  }

  private variable(scope: Scope): string {
    const { random } = this;
    if (scope.vars.length > 0 && random.chance(0.4)) {
      return this.action(`${random.pick(scope.vars).name} = ${this.pipeline(scope, "any")}`);
    }
    const kind = random.pick<Kind>(["any", "string", "int", "map", "list"]);
    const name = `$${random.pick(["x", "y", "z"])}${random.chance(0.3) ? this.names++ : ""}`;
    const out = this.action(`${name} := ${this.pipeline(scope, kind)}`);
    scope.vars.push({ name, kind: this.lastKind });
    return out;
  }

  private call(scope: Scope): string {
    const { random } = this;
    if (random.chance(0.2)) {
      const name = `blk${this.names++}`;
      return `${this.action(`block ${this.quoted(name)} ${this.operand(scope, "any", 1)}`)}${this.items(this.scope(undefined, undefined), 2)}${this.action("end")}`;
    }
    const name = this.defined.length > 0 && random.chance(0.95) ? random.pick(this.defined) : "nowhere";
    if (name === "nowhere" && !random.chance(0.1)) return "\n";
    return this.action(`template ${this.quoted(name)}${random.chance(0.8) ? ` ${this.pipeline(scope, "any")}` : ""}`);
  }

  // Expressions

  private pipeline(scope: Scope, kind: Kind): string {
    const { random } = this;
    let out = this.command(scope, kind, 2);
    let kindNow = kind;
    let stages = random.chance(kind === "any" ? 0.3 : 0.05) ? 1 + random.below(2) : 0;
    while (stages-- > 0) {
      const callee = this.piped(kindNow);
      kindNow = callee.result;
      const args = callee.params.slice(0, -1).map((param, i) => this.argument(scope, callee, param, i, 1));
      out += ` | ${[callee.name, ...args].join(" ")}`;
    }
    this.lastKind = kindNow;
    return out;
  }

  /** A function that takes a value of the kind as its last argument. */
  private piped(kind: Kind): FuzzFunc {
    const takes = (one: FuzzFunc) => one.variadic ?? one.params[one.params.length - 1];
    const fitting = this.options.functions.filter(
      (one) => takes(one) === "any" || (takes(one) === kind && kind !== "any"),
    );
    return this.random.chance(0.95) && fitting.length > 0
      ? this.random.pick(fitting)
      : this.random.pick(this.options.functions);
  }

  private callee(result: Kind): FuzzFunc {
    const { functions } = this.options;
    if (result !== "any" && this.random.chance(0.97)) {
      const fitting = functions.filter((one) => one.result === result);
      if (fitting.length === 0 && result === "map") return this.random.pick(functions);
      if (fitting.length > 0) return this.random.pick(fitting);
    }
    return this.random.pick(functions);
  }

  /** A command: a call or one operand. */
  private command(scope: Scope, kind: Kind, depth: number): string {
    if (depth === 0 || this.random.chance(0.45)) {
      const operand = this.operand(scope, kind, depth);
      return operand === "nil" && this.random.chance(0.95) ? "1" : operand;
    }
    const callee = this.callee(kind);
    const args = callee.params.map((param, i) => this.argument(scope, callee, param, i, depth - 1));
    if (callee.variadic !== undefined) {
      for (let i = this.random.below(3); i > 0; i--) {
        args.push(this.argument(scope, callee, callee.variadic, args.length, depth - 1));
      }
    }
    if (this.random.chance(0.01)) args.pop();
    if (this.random.chance(0.01)) args.push(this.operand(scope, "any", 0));
    return [callee.name, ...args].join(" ");
  }

  private argument(scope: Scope, callee: FuzzFunc, param: Kind, place: number, depth: number): string {
    const literals = callee.literals?.[place];
    if (literals !== undefined && this.random.chance(0.85)) return this.random.pick(literals);
    if (callee.name === "printf" && place === 0 && this.random.chance(0.95)) return JSON.stringify(this.format());
    // A few arguments are of a kind that was not asked for.
    return this.operand(scope, this.random.chance(0.03) ? "any" : param, depth);
  }

  private format(): string {
    const { random } = this;
    let out = "";
    for (let i = 1 + random.below(2); i > 0; i--) {
      out += random.pick(["", "", "a", ": ", "é"]);
      out += "%";
      if (random.chance(0.3)) out += random.pick(["-", "+", "#", "0", " ", "+-", "#0"]);
      if (random.chance(0.05)) out += `[${1 + random.below(3)}]`;
      if (random.chance(0.3)) out += random.pick(["1", "3", "8", "12", "*"]);
      if (random.chance(0.2)) out += random.pick([".", ".0", ".1", ".2", ".10", ".*"]);
      out += random.chance(0.02) ? random.pick(["%", "z", "!", "w", "é"]) : verbs[random.below(verbs.length)];
    }
    return out;
  }

  private operand(scope: Scope, kind: Kind, depth: number): string {
    const { random } = this;
    const roll = random.below(100);
    if (roll < 50) {
      const found = this.path(scope, kind);
      if (found !== undefined) return found.text;
    }
    if (roll < 60) {
      const loose = random.chance(0.2);
      const fitting = scope.vars.filter((one) => kind === "any" || one.kind === kind || (loose && one.kind === "any"));
      if (fitting.length > 0) {
        const one = random.pick(fitting);
        const suffix =
          one.kind === "map" && random.chance(0.5) ? `.${random.pick(keys)}` : random.chance(0.03) ? ".a" : "";
        return one.name + suffix;
      }
    }
    if (roll < 75 && depth > 0) {
      const suffix = random.chance(kind === "any" ? 0.1 : 0.01) ? `.${random.pick(keys)}` : "";
      return `(${this.pipelineOf(scope, kind, depth - 1)})${suffix}`;
    }
    if (roll < 77)
      return random.pick([
        ".",
        "$",
        ".missing",
        "$.missing",
        `(.missing).${random.pick(keys)}`,
        `.${random.pick(keys)}`,
        "nil",
        random.chance(0.2) ? "$.missing.x" : ".",
      ]);
    return this.literal(kind);
  }

  private pipelineOf(scope: Scope, kind: Kind, depth: number): string {
    return this.random.chance(0.15) ? this.pipeline({ ...scope }, kind) : this.command(scope, kind, Math.max(depth, 0));
  }

  private literal(kind: Kind): string {
    const { random } = this;
    switch (kind) {
      case "string":
        return this.quoted(random.pick(words).replaceAll("\n", " "));
      case "int":
      case "int64":
        return random.pick(["0", "1", "2", "3", "-1", "0x1F", "1_000", "017", "'a'", "0b11"]);
      case "float":
        return random.pick(["0.0", "1.5", "-2.25", "1e3", "1e-7", "3.0", ".5"]);
      case "bool":
        return random.pick(["true", "false"]);
      case "nil":
        return "nil";
      case "list":
      case "map": {
        const maker = this.options.functions.find((one) => one.result === kind && one.variadic !== undefined);
        return maker === undefined ? "nil" : `(${maker.name})`;
      }
      default:
        return this.literal(random.pick<Kind>(["string", "string", "int", "int", "float", "bool", "nil"]));
    }
  }

  /** A path into the data that is (nearly always) of the kind. */
  private path(scope: Scope, kind: Kind): { text: string; data: Coded } | undefined {
    const { random } = this;
    if (this.hasFixed && this.options.paths !== undefined && scope.root !== undefined && random.chance(0.3)) {
      const fitting = this.options.paths.filter(([, is]) => kind === "any" || is === kind);
      if (fitting.length > 0) return { text: `$${random.pick(fitting)[0]}`, data: null };
    }
    const fromRoot = scope.dot === undefined || random.chance(0.3);
    const start = fromRoot ? scope.root : scope.dot;
    if (start === undefined) return undefined;
    const found: { text: string; data: Coded }[] = [];
    collect(start, "", found, 4);
    const fitting = kind === "any" ? found : found.filter((one) => kindOfData(one.data) === kind);
    if (fitting.length === 0) return undefined;
    const chosen = random.pick(fitting);
    const text = fromRoot ? `$${chosen.text}` : chosen.text || ".";
    return { text, data: chosen.data };
  }
}

function collect(data: Coded, path: string, found: { text: string; data: Coded }[], depth: number): void {
  found.push({ text: path, data });
  if (depth === 0) return;
  for (const [key, value] of Object.entries(mapEntries(data) ?? {})) collect(value, `${path}.${key}`, found, depth - 1);
}

/** The entries of a coded map; undefined for anything else. */
function mapEntries(data: Coded): Readonly<Record<string, Coded>> | undefined {
  if (typeof data !== "object" || data === null || Array.isArray(data)) return undefined;
  const object = data as Readonly<Record<string, Coded>>;
  if (typeof object["k"] !== "string") return object;
  return object["k"] === "named" ? (object["v"] as Record<string, Coded>) : undefined;
}

function kindOfData(data: Coded): Kind {
  if (data === null) return "nil";
  if (typeof data === "string") return "string";
  if (typeof data === "number") return "float";
  if (typeof data === "boolean") return "bool";
  if (Array.isArray(data)) return "list";
  const { k, t } = data as Record<string, Coded>;
  if (typeof k !== "string" || k === "named") return "map";
  if (k === "int" || k === "int64") return k;
  if (t === "[]string") return "strings";
  return typeof t === "string" && t.startsWith("[]")
    ? "list"
    : typeof t === "string" && t.startsWith("map")
      ? "map"
      : "object";
}

function firstElement(data: Coded): Coded | undefined {
  if (Array.isArray(data)) return data[0] as Coded | undefined;
  const entries = mapEntries(data);
  return entries === undefined ? undefined : Object.values(entries)[0];
}
