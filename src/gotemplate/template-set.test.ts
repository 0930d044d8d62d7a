import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { GoObject, SlipwayError, int64, isSlipwayError, nilOf, withGoType } from "../base/index.ts";
import {
  GoPointer,
  Meter,
  TemplateError,
  TemplateSet,
  func,
  type Func,
  type FuncMap,
  type TemplateSetOptions,
} from "./index.ts";

const include = (set: () => TemplateSet, meter?: Meter): Func =>
  func(
    ["string", "interface {}"],
    (name: string, data) => set().execute(name, data, meter === undefined ? {} : { meter }),
    { result: "string" },
  );

function setOf(text: string, options: Partial<TemplateSetOptions> = {}): TemplateSet {
  const funcs: FuncMap = { include: include(() => set), upper: func(["string"], (s: string) => s.toUpperCase()) };
  const set: TemplateSet = new TemplateSet({ name: "gotpl", funcs, missingKey: "zero", ...options });
  set.parse("c/t.yaml", text);
  return set;
}

const run = (text: string, data: unknown = {}, options: Partial<TemplateSetOptions> = {}) =>
  setOf(text, options).execute("c/t.yaml", data);

function failure(text: string, data: unknown = {}): TemplateError {
  try {
    run(text, data);
  } catch (error) {
    assert.ok(error instanceof TemplateError, String(error));
    return error;
  }
  throw new Error("it did not fail");
}

describe("a set of templates", () => {
  test("later definitions replace earlier ones, but not with white space", () => {
    const set = setOf('{{template "x"}}{{define "x"}}one{{end}}');
    set.parse("b", '{{define "x"}} \n{{/* nothing */}}{{end}}');
    assert.equal(set.execute("c/t.yaml", null), "one");
    set.parse("b", '{{define "x"}}two{{end}}');
    assert.equal(set.execute("c/t.yaml", null), "two");
    assert.deepEqual(set.names(), ["x", "c/t.yaml", "b"]);
  });

  test("a clone keeps its own templates and functions", () => {
    const set = setOf('{{template "x"}}{{define "x"}}one{{upper "a"}}{{end}}');
    const clone = set.clone();
    clone.parse("b", '{{define "x"}}two{{upper "a"}}{{end}}');
    clone.withFuncs({ upper: func(["string"], (s: string) => `<${s}>`) });
    assert.equal(set.execute("c/t.yaml", null), "oneA");
    assert.equal(clone.execute("c/t.yaml", null), "two<a>");
    assert.equal(set.execute("c/t.yaml", null), "oneA");
  });

  test("parse answers the template of the text, even where another keeps the name", () => {
    const set = setOf("x");
    const outer = set.parse("gotpl", "outer");
    const empty = set.clone().parse("gotpl", '  {{define "y"}}z{{end}}');
    assert.equal(set.execute(outer, null), "outer");
    assert.equal(set.execute(empty, null), "  ");
    assert.equal(set.has("y"), false);
  });

  test("equal texts are parsed once, until a new function changes what they may call", () => {
    const set = setOf("x");
    const one = set.clone().parse("gotpl", "{{upper .}}");
    assert.equal(set.clone().parse("gotpl", "{{upper .}}"), one);
    const clone = set.clone();
    clone.withFuncs({ break: func([], () => "broke") });
    assert.equal(clone.execute(clone.parse("gotpl", "{{break}}"), null), "broke");
    assert.throws(() => set.clone().parse("gotpl", "{{break}}"), /outside/);
  });

  test("a missing template is named", () => {
    assert.throws(
      () => setOf("").execute("nope", null),
      (error) =>
        isSlipwayError(error, "template.missing") &&
        error.message === 'template: no template "nope" associated with template "gotpl"',
    );
  });

  test("delimiters may be others", () => {
    assert.equal(run("<<.a>>{{.a}}", { a: "b" }, { leftDelim: "<<", rightDelim: ">>" }), "b{{.a}}");
  });
});

describe("values", () => {
  test("methods of named maps come before their keys", () => {
    const methods = {
      "common.Values": {
        AsMap: (receiver: object) => func([], () => ({ ...receiver }), { result: "map[string]interface {}" }),
        Get: (receiver: Record<string, unknown>) => func(["string"], (key: string) => receiver[key]),
      },
    };
    const data = { Values: withGoType({ a: "x", AsMap: "key" }, "common.Values") };
    const text = '{{.Values.a}} {{.Values.AsMap.a}} {{.Values.Get "a"}} {{.Values.missing.b}}';
    assert.throws(() => run(text, data, { methods }), /nil pointer evaluating interface \{\}\.b/);
    assert.equal(run(text.slice(0, -22), data, { methods }), "x x x");
  });

  test("objects give fields, methods and the elements of what they are over", () => {
    class Files extends GoObject {
      readonly goType = "engine.files";
      readonly underlying = withGoType({ "a.txt": new Uint8Array([104, 105]) }, "map[string][]uint8");
      override get goKind(): string {
        return "map";
      }
      override method(name: string): Func | undefined {
        return name === "Get" ? func(["string"], (path: string) => `got ${path}`, { result: "string" }) : undefined;
      }
      format(): string {
        return "map[a.txt:[104 105]]";
      }
      readonly fields = undefined as never;
    }
    const data = { Files: new Files() };
    assert.equal(run('{{.Files.Get "a"}} {{.Files.foo}} {{len .Files}}', data), "got a [] 1");
    assert.equal(
      run('{{range $p, $b := .Files}}{{$p}}={{printf "%s" $b}}{{end}} {{index .Files "a.txt"}}', data),
      "a.txt=hi [104 105]",
    );
  });

  test("what Go calls nil prints and tests as in Go", () => {
    const data = {
      none: null,
      map: nilOf("map[string]interface {}"),
      ptr: new GoPointer("*chart.Lock", undefined, ["Digest"]),
    };
    assert.equal(run("{{.none}} {{.map}} {{.ptr}} {{.missing}}", data), "<no value> map[] <nil> <no value>");
    assert.equal(
      run("{{if .map}}a{{else if .ptr}}b{{else}}none{{end}} {{eq .ptr nil}} {{eq .map nil}}", data),
      "none true true",
    );
    assert.match(failure("{{with $x := .ptr}}{{else}}{{$x.Digest}}{{end}}", data).message, /\*chart\.Lock\.Digest$/);
    assert.match(failure("{{.ptr.Digest}}", data).message, /nil pointer evaluating interface \{\}\.Digest$/);
    assert.match(failure("{{.ptr.Nope}}", data).message, /can't evaluate field Nope in type interface \{\}$/);
  });

  test("pointers to plain values go where the value is wanted", () => {
    const data = { ptr: new GoPointer("*string", "a"), none: new GoPointer("*string") };
    assert.equal(run("{{upper .ptr}}", data), "A");
    assert.match(failure("{{upper .none}}", data).message, /dereference of nil pointer of type string$/);
  });

  test("keys that JavaScript would find elsewhere are missing", () => {
    const methods = { "common.Values": {} };
    const Values = withGoType(JSON.parse('{"a": 1}') as object, "common.Values");
    assert.equal(run("{{.Values.valueOf}}{{.Values.constructor}}", { Values }, { methods }), "<no value><no value>");
    assert.throws(() => run("{{constructor}}"), /function "constructor" not defined/);
    assert.equal(
      run("{{.constructor}} {{.toString}} {{.__proto__}}", JSON.parse("{}")),
      "<no value> <no value> <no value>",
    );
  });
});

describe("errors of an execution", () => {
  test("name the place in bytes as Go does, and for editors in characters", () => {
    const error = failure("é\nkey: é{{ .a.b.c }}", { a: {} });
    assert.equal(
      error.message,
      'template: c/t.yaml:2:12: executing "c/t.yaml" at <.a.b.c>: nil pointer evaluating interface {}.c',
    );
    assert.equal(error.code, "template.exec");
    assert.deepEqual(error.facts.span, { file: "c/t.yaml", line: 2, column: 10, offset: 11, length: 6 });
    assert.equal(error.reason, "nil pointer evaluating interface {}.c");
  });

  test("chain through templates that functions execute, outermost first", () => {
    const text = '{{define "a"}}\n{{include "b" .}}{{end}}{{define "b"}}{{upper .n}}{{end}}{{include "a" .}}';
    const error = failure(text, { n: 1 });
    assert.equal(
      error.message,
      'template: c/t.yaml:2:59: executing "c/t.yaml" at <include "a" .>: error calling include: ' +
        'template: c/t.yaml:2:2: executing "a" at <include "b" .>: error calling include: ' +
        'template: c/t.yaml:2:46: executing "b" at <.n>: wrong type for value; expected string; got float64',
    );
    assert.deepEqual(
      error.frames.map((frame) => [frame.template, frame.span.line, frame.context]),
      [
        ["c/t.yaml", 2, 'include "a" .'],
        ["a", 2, 'include "b" .'],
        ["b", 2, ".n"],
      ],
    );
    assert.equal(error.reason, "wrong type for value; expected string; got float64");
    assert.ok(error.facts.cause instanceof TemplateError);
  });

  test("keep what a function threw as their cause", () => {
    const thrown = new SlipwayError("no such thing", { code: "x.y" });
    const set = setOf("{{boom}}", {
      funcs: {
        boom: func([], () => {
          throw thrown;
        }),
      },
    });
    assert.throws(
      () => set.execute("c/t.yaml", null),
      (error) => error instanceof TemplateError && error.facts.cause === thrown && error.reason === "no such thing",
    );
  });

  test("let a request to load functions pass as it is", () => {
    const load = new SlipwayError("load", { code: "sprig.load" });
    const set = setOf("{{boom}}", {
      funcs: {
        boom: func([], () => {
          throw load;
        }),
      },
    });
    assert.throws(() => set.execute("c/t.yaml", null), load);
  });
});

describe("limits", () => {
  const bounded = (text: string, limits: ConstructorParameters<typeof Meter>[0], data: unknown = {}) => {
    const meter = new Meter(limits);
    const set: TemplateSet = new TemplateSet({ name: "gotpl", funcs: { include: include(() => set, meter) } });
    set.parse("t", text);
    return set.execute("t", data, { meter });
  };
  const limited = (reason: RegExp) => (error: unknown) =>
    isSlipwayError(error, "template.limit") && reason.test(error.message) && error.message.startsWith("template: t:1:");

  test("end loops that would run for hours", () => {
    assert.throws(() => bounded("{{range 9999999999}}{{end}}", { steps: 10_000 }), limited(/maximum of 10000 steps/));
  });

  test("count the steps of nested executions together", () => {
    const text = '{{define "a"}}{{range 60}}{{end}}{{end}}{{range 60}}{{include "a" .}}{{end}}';
    assert.equal(bounded(text, { steps: 10_000 }), "");
    assert.throws(() => bounded(text, { steps: 1000 }), limited(/steps/));
  });

  test("end output that grows and grows", () => {
    assert.throws(() => bounded("{{range 9999999}}aaaaaaaaaa{{end}}", { output: 10_000 }), limited(/output exceeded/));
  });

  test("ask whether to go on", () => {
    let asked = 0;
    const check = () => {
      if (++asked > 3) throw new Error("enough");
    };
    assert.throws(() => bounded("{{range 9999999}}{{end}}", { check }), /enough/);
  });

  test("end templates that call themselves, in Go's words", () => {
    const words =
      /^template: t:1:25: executing "r" at <\{\{template "r" \.\}\}>: exceeded maximum template depth \(100000\)$/;
    assert.throws(() => bounded('{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}', {}), limited(words));
    assert.throws(
      () => bounded('{{define "r"}}{{template "r" .}}{{end}}{{template "r" .}}', { depth: 50 }),
      limited(/depth \(50\)$/),
    );
  });

  test("end functions that execute their own template, without a chain of a thousand links", () => {
    assert.throws(
      () => bounded('{{define "r"}}{{include "r" .}}{{end}}{{include "r" .}}', {}),
      limited(/depth \(100000\)$/),
    );
  });
});

describe("a traced execution", () => {
  test("tells which node wrote what, and which values were read", () => {
    const text =
      'a: {{.Values.image.tag}}\n{{range $k, $v := .Values.env}}{{$k}}={{$v}};{{end}}{{include "x" .Values}}{{define "x"}}<{{.n}}>{{end}}';
    const data = { Values: { image: { tag: "v1" }, env: { A: 1 }, n: int64(5) } };
    const written: string[] = [];
    const read: string[] = [];
    const entered: string[] = [];
    const elements: unknown[] = [];
    const outputs: string[] = [];
    const trace = {
      output: (node: { type: string }, _tree: unknown, start: number, end: number) =>
        written.push(`${node.type} ${start}-${end}`),
      read: (_from: unknown, names: readonly string[], value: unknown) =>
        read.push(`${names.join(".")}=${typeof value}`),
      enter: (tree: { name: string }) => entered.push(`> ${tree.name}`),
      leave: (tree: { name: string }) => entered.push(`< ${tree.name}`),
      call: (name: string) => entered.push(`call ${name}`),
      element: (_container: unknown, key: unknown) => elements.push(key),
    };
    const set: TemplateSet = new TemplateSet({
      name: "gotpl",
      funcs: {
        include: func(
          ["string", "interface {}"],
          (name: string, value) => {
            const out = set.execute(name, value, { trace });
            outputs.push(out);
            return out;
          },
          { result: "string" },
        ),
      },
    });
    set.parse("t", text);
    const out = set.execute("t", data, { trace });
    assert.equal(out, "a: v1\nA=1;<5>");
    assert.equal(set.execute("t", data), out);
    assert.deepEqual(
      written,
      [
        "text 0-3",
        "action 3-5",
        "text 5-6",
        "action 6-7",
        "text 7-8",
        "action 8-9",
        "text 9-10",
        "text 0-1",
        "action 1-2",
        "text 2-3",
        "action 10-13",
      ].concat(written.slice(11)),
    );
    assert.deepEqual(outputs.slice(0, 1), ["<5>"]);
    assert.ok(read.includes("Values.image.tag=string") && read.includes("n=object"), read.join());
    assert.deepEqual(entered.slice(0, 5), ["> t", "call include", "> x", "< x", "< t"]);
    assert.deepEqual(elements, ["A"]);
  });
});
