/**
 * Records test/conformance/gotemplate/*.jsonl: what the real text/template and fmt answer. The inputs come from the
 * tables of Go's own tests (extracted by the oracle program from an installed Go) and from own-cases.ts; the answers
 * are what the program says when it runs them here.
 *
 *     node scripts/record-template-cases.ts PATH-OF-THE-ORACLE PATH-OF-GOROOT
 */
import { execFileSync } from "node:child_process";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { ownCases, ownData } from "../test/conformance/gotemplate/own-cases.ts";
import { parseGoLiteral } from "../test/fuzz/go-literal.ts";
import { askOracle, type Coded, type TemplateCase } from "../test/fuzz/oracle.ts";

const [oracle, goroot] = process.argv.slice(2) as [string, string];
const folder = join(import.meta.dirname, "../test/conformance/gotemplate");

interface Row {
  readonly var: string;
  readonly line: number;
  readonly values: readonly (string | boolean | { readonly src: string })[];
}

interface Named extends TemplateCase {
  readonly title: string;
}

function rows(file: string, ...tables: string[]): Row[] {
  const text = execFileSync(oracle, ["extract", join(goroot, "src", file)], { encoding: "utf8", maxBuffer: 1 << 28 });
  const all = text
    .trimEnd()
    .split("\n")
    .map((line) => JSON.parse(line) as Row);
  return all.filter((row) => tables.includes(row.var));
}

const skipped: string[] = [];

/** The data of a row, in the words of the source: tables of Go's tests share a few values. */
function dataOf(value: Row["values"][number] | undefined): Coded | undefined {
  if (typeof value === "string" || typeof value === "boolean" || value === undefined) return value;
  const { src } = value;
  const known: Record<string, Coded> = {
    tVal: { k: "world" },
    "&iVal": { k: "world" },
    iVal: { k: "world" },
    "T{}": { k: "world" },
    "&T{}": { k: "world" },
    "(*T)(nil)": { k: "nil", t: "*main.World" },
    "(*map[string]string)(nil)": { k: "nil", t: "*map[string]string" },
    tSliceOfNil: { k: "typed", t: "[]*main.World", v: [{ k: "nil", t: "*main.World" }] },
    'map[string]any{"S": bytes.NewBufferString("foozle")}': { S: { k: "label", v: "foozle" } },
    nil: null,
  };
  if (src in known) return known[src];
  const seq = /^fVal([12])\((\d)\)$/.exec(src);
  if (seq !== null) return { k: seq[1] === "1" ? "seq" : "seq2", v: seq[2] as string };
  return parseGoLiteral(src);
}

function execCases(): Named[] {
  const cases: Named[] = [];
  const file = "text/template/exec_test.go";
  const add = (row: Row, title: string, text: string, data: Coded | undefined, more: Partial<TemplateCase> = {}) => {
    if (data === undefined) skipped.push(`${row.var}:${row.line} ${title}`);
    else cases.push({ title, mode: "exec", name: "t", templates: [["t", text]], data, ...more });
  };
  for (const row of rows(file, "execTests")) {
    add(row, row.values[0] as string, row.values[1] as string, dataOf(row.values[3]));
  }
  const compare: Coded = {
    Uthree: { k: "uint", v: "3" },
    Ufour: { k: "uint", v: "4" },
    NegOne: { k: "int", v: "-1" },
    Three: { k: "int", v: "3" },
    Ptr: { k: "ptr", v: { k: "int", v: "0" } },
    NilPtr: { k: "nil", t: "*int" },
    NonNilMap: { k: "typed", t: "map[int]int", v: {} },
    Map: { k: "nil", t: "map[int]int" },
    V1: { k: "label", v: "" },
    V2: { k: "label", v: "" },
    Iface1: { k: "label", v: "x" },
    NilIface: null,
  };
  for (const row of rows(file, "cmpTests")) {
    add(row, `compare ${row.values[0]}`, `{{if ${row.values[0]}}}true{{else}}false{{end}}`, compare);
  }
  for (const row of rows(file, "TestJSEscaping")) {
    add(row, `js of ${JSON.stringify(row.values[0])}`, "{{js .}}", dataOf(row.values[0]));
  }
  for (const row of rows(file, "TestInterfaceValues")) {
    const data: Coded = {
      Slice: { k: "typed", t: "[]int", v: [0, 1, 2] },
      Map: { k: "typed", t: "map[string]int", v: { one: 1, two: 2 } },
      Zero: { k: "int", v: "0" },
      One: { k: "int", v: "1" },
      Two: { k: "int", v: "2" },
      Nil: null,
    };
    add(row, `interface ${row.values[0]}`, row.values[0] as string, data);
  }
  for (const row of rows(file, "TestEvalFieldErrors", "TestExecutePanicDuringCall")) {
    add(row, row.values[0] as string, row.values[1] as string, dataOf(row.values[2]));
  }
  return cases;
}

function multiCases(): Named[] {
  const file = "text/template/multi_test.go";
  const constant = (name: string) => rows(file, `const:${name}`)[0]?.values[0] as string;
  const shared: [string, string][] = [
    ["root", constant("multiText1")],
    ["root", constant("multiText2")],
  ];
  const cases: Named[] = [];
  for (const row of rows(file, "multiExecTests")) {
    const data = dataOf(row.values[3]);
    if (data === undefined) continue;
    const templates = [...shared, ["t", row.values[1] as string] as const];
    cases.push({ title: `multi ${row.values[0]}`, mode: "exec", name: "root", exec: "t", templates, data });
  }
  for (const row of rows(file, "multiParseTests")) {
    const templates = [["root", row.values[1] as string] as const];
    cases.push({ title: `multi parse ${row.values[0]}`, mode: "parse", name: "root", templates });
  }
  return cases;
}

function parseCases(): Named[] {
  const cases: Named[] = [];
  const add = (title: string, name: string, text: string, more: Partial<TemplateCase> = {}) =>
    cases.push({ title, mode: "parse", name, templates: [[name, text]], ...more });
  const file = "text/template/parse/parse_test.go";
  for (const row of rows(file, "parseTests", "errorTests", "TestParseWithComments", "isEmptyTests")) {
    add(`parse ${row.values[0]}`, row.values[0] as string, row.values[1] as string);
  }
  for (const row of rows(file, "numberTests")) {
    const number = row.values[0] as string;
    for (const call of ["typeOf", "print", "add", "i64", "u64", "u8", "f64"]) {
      cases.push({
        title: `number ${call} ${number}`,
        mode: "exec",
        name: "n",
        templates: [["n", `{{${call} ${number}}}`]],
      });
    }
  }
  const lex = "text/template/parse/lex_test.go";
  for (const row of rows(lex, "lexTests", "lexPosTests")) add(`lex ${row.values[0]}`, "lex", row.values[1] as string);
  for (const row of rows(lex, "lexDelimTests")) {
    add(`lex with delimiters ${row.values[0]}`, "lex", row.values[1] as string, { left: "$$", right: "@@" });
  }
  return cases;
}

function fmtCases(): Named[] {
  const cases: Named[] = [];
  const add = (row: Row, args: (Coded | undefined)[]) => {
    const format = row.values[0] as string;
    if (args.includes(undefined) || /%[^a-zA-Z]*p/.test(format)) skipped.push(`${row.var}:${row.line} ${format}`);
    else cases.push({ title: `${row.var}:${cases.length} ${format}`, mode: "fmt", format, args: args as Coded[] });
  };
  const literal = (value: Row["values"][number] | undefined): Coded | undefined =>
    typeof value === "object" ? parseGoLiteral(value.src) : value;
  for (const row of rows("fmt/fmt_test.go", "fmtTests")) add(row, [literal(row.values[1])]);
  for (const row of rows("fmt/fmt_test.go", "reorderTests", "startests")) {
    const list = row.values[1];
    const items =
      typeof list === "object"
        ? parseGoLiteral(list.src.replace(/^SE\{/, "[]any{").replace(/^args\((.*)\)$/, "[]any{$1}"))
        : undefined;
    add(row, Array.isArray(items) ? items : [undefined]);
  }
  return cases;
}

/** Cases without data of their own get `shared`, which is not repeated in the file. */
function record(name: string, cases: readonly Named[], shared: Coded = null): void {
  const answers = askOracle(
    oracle,
    cases.map((one) => ({ data: shared, ...one })),
  );
  const lines = cases.map((one, i) => JSON.stringify({ ...one, answer: answers[i] }));
  const kept = lines.filter((_, i) => answers[i]?.panic === undefined);
  writeFileSync(join(folder, `${name}.jsonl`), `${kept.join("\n")}\n`);
  console.log(`${name}: ${kept.length} cases`);
}

record("exec", execCases());
record("multi", multiCases());
record("parse", parseCases());
record("fmt", fmtCases());
record("own", ownCases(), ownData);
console.log(`${skipped.length} rows need data that only Go has:\n  ${skipped.join("\n  ")}`);
