/** Runs a case with our engine, as the oracle runs it with Go's. */
import { Meter, TemplateSet, ast, func, sprintf, type FuncMap } from "../../src/gotemplate/index.ts";
import { isSlipwayError, messageOf } from "../../src/base/index.ts";
import { functions } from "./functions.ts";
import type { Answer, TemplateCase } from "./oracle.ts";
import { decode, methods } from "./world.ts";

/** What our engine answers. */
export function runCase(one: TemplateCase, funcs: FuncMap = functions): Answer {
  const name = one.name ?? "main";
  try {
    if (one.mode === "fmt") return { out: sprintf(one.format ?? "", (one.args ?? []).map(decode)) };
    const meter = new Meter({ steps: 50_000 });
    const include = func(["string", "interface {}"], (which: string, data) => set.execute(which, data, { meter }), {
      result: "string",
    });
    const set: TemplateSet = new TemplateSet({
      name,
      funcs: { ...funcs, include },
      methods,
      missingKey: one.missingKey ?? "default",
      ...(one.left === undefined ? {} : { leftDelim: one.left }),
      ...(one.right === undefined ? {} : { rightDelim: one.right }),
    });
    for (const [file, text] of one.templates ?? []) set.parse(file, text);
    if (one.mode === "parse") {
      const trees: Record<string, string> = {};
      for (const tree of set.names())
        trees[tree] = ast.nodeText((set.lookup(tree) as NonNullable<ReturnType<TemplateSet["lookup"]>>).tree.root);
      return { trees };
    }
    return { out: set.execute(one.exec ?? name, decode(one.data), { meter }) };
  } catch (error) {
    if (isSlipwayError(error, "template.limit")) return { panic: messageOf(error) };
    return { err: error instanceof Error && !("code" in error) ? `BUG ${error.stack}` : messageOf(error) };
  }
}

/** Whether two answers are the same; a case on which the real engine panics, or that would never end, says nothing. */
export function sameAnswer(ours: Answer, theirs: Answer): boolean {
  if (theirs.panic !== undefined || ours.panic !== undefined) return true;
  if (ours.err !== theirs.err || ours.out !== theirs.out) return false;
  const a = ours.trees;
  const b = theirs.trees;
  if (a === undefined || b === undefined) return a === b;
  const names = Object.keys(b);
  return Object.keys(a).length === names.length && names.every((name) => a[name] === b[name]);
}
