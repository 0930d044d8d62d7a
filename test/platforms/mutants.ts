/**
 * Small changes of templates, one at a time: what a slip of the hand would do. Each scalar and each condition is a place
 * where one can happen.
 */
export interface Mutant {
  readonly line: number;
  readonly what: string;
  /** The whole changed text. */
  readonly text: string;
}

/** Where an action starts and ends, without comments. */
const action = /\{\{-?\s*(?!\/\*)([\s\S]*?)\s*-?\}\}/g;

/** All mutants of a template, in the order of their places. */
export function mutantsOf(text: string): Mutant[] {
  const out: Mutant[] = [];
  const push = (at: number, length: number, by: string, what: string) => {
    const line = text.slice(0, at).split("\n").length;
    const was = text.slice(at, at + length);
    out.push({ line, what: `${what}: ${was} → ${by}`, text: text.slice(0, at) + by + text.slice(at + length) });
  };
  const actions: [from: number, to: number][] = [];
  for (const match of text.matchAll(action)) {
    const inner = match[1] as string;
    const at = match.index + match[0].indexOf(inner);
    actions.push([match.index, match.index + match[0].length]);
    mutateAction(inner, (from, length, by, what) => push(at + from, length, by, what));
  }
  for (const comment of text.matchAll(/\{\{-?\s*\/\*[\s\S]*?\*\/\s*-?\}\}/g))
    actions.push([comment.index, comment.index + comment[0].length]);
  for (const scalar of scalarsOf(text)) {
    if (actions.some(([from, to]) => scalar.at < to && scalar.at + scalar.value.length > from)) continue;
    push(scalar.at, scalar.value.length, changed(scalar.value), "scalar");
  }
  return out;
}

type Push = (from: number, length: number, by: string, what: string) => void;

/** Conditions are turned round, bodies left out, words for comparing and joining exchanged, literals changed. */
function mutateAction(inner: string, push: Push): void {
  const condition = /^((?:else )?if )([\s\S]+)$/.exec(inner);
  if (condition !== null) {
    const [, word = "", what = ""] = condition;
    push(word.length, what.length, `not (${what})`, "condition");
  }
  const body = /^((?:else )?with |range (?:\$\w+(?:, \$\w+)? := )?)([\s\S]+)$/.exec(inner);
  if (body !== null) {
    const [, word = "", what = ""] = body;
    push(word.length, what.length, "list", "left out");
  }
  const swaps: Readonly<Record<string, string>> = { and: "or", or: "and", eq: "ne", ne: "eq", gt: "le", ge: "lt" };
  for (const match of inner.matchAll(/(?<=[(|]\s?|^(?:else )?if )(and|or|eq|ne|gt|ge)(?= )/g))
    push(match.index, match[0].length, swaps[match[0]] as string, "word");
  for (const match of inner.matchAll(/\bternary ("[^"]*"|\w+) ("[^"]*"|\w+)/g))
    push(match.index, match[0].length, `ternary ${match[2]} ${match[1]}`, "exchanged");
  // Names of templates are left alone: without them nothing renders, which says nothing about tests.
  for (const match of inner.matchAll(/(?<!\b(?:include|define|template|tpl) )(?<![\w"])("(?:[^"\\]|\\.)+")/g))
    push(match.index, match[0].length, `${match[0].slice(0, -1)}x"`, "literal");
  // Another indentation is the same YAML.
  for (const match of inner.matchAll(/(?<!indent\s)(?<=\s)(-?\d+)(?=\s|\)|$)/g))
    push(match.index, match[0].length, String(Number(match[0]) + 1), "number");
}

/** Plain scalars of the YAML around actions: values of keys and items of lists; no comments, no lines of scripts. */
function scalarsOf(text: string): { readonly at: number; readonly value: string }[] {
  const out: { at: number; value: string }[] = [];
  let block: number | undefined;
  let at = 0;
  for (const line of text.split("\n")) {
    const indent = line.length - line.trimStart().length;
    if (block !== undefined && line.trim() !== "" && indent <= block) block = undefined;
    if (block === undefined && !/^\s*#/.test(line)) {
      const match = /^(\s*(?:- )*(?:[\w./-]+: +)?)([^\s#{}|>&*'"[\]-][^#]*?|"[^"{}]*"|\[[^{}]+\]|-?\d+)\s*$/.exec(line);
      const [, before = "", value = ""] = match ?? [];
      if (match !== null && before.trim() !== "" && !value.endsWith(":") && !/^[\w./-]+: /.test(value)) {
        if (value.startsWith("[")) {
          for (const item of value.matchAll(/[^[\], ]+/g))
            out.push({ at: at + before.length + item.index, value: item[0] });
        } else out.push({ at: at + before.length, value });
      }
      if (/[|>][+-]?\s*$/.test(line)) block = indent;
    } else if (
      block !== undefined &&
      line.trim() !== "" &&
      !line.includes("{{") &&
      !/^\s*(#|fi|done|esac|[{}])/.test(line)
    ) {
      // A line of a script or a configuration file: its first word.
      const word = /^\s*(\S+)/.exec(line)?.[1] ?? "";
      if (/^[\w./-]+$/.test(word)) out.push({ at: at + line.indexOf(word), value: word });
    }
    at += line.length + 1;
  }
  return out;
}

/** Another scalar of the same kind. */
function changed(value: string): string {
  if (value === "true") return "false";
  if (value === "false") return "true";
  if (/^-?\d+$/.test(value)) return String(Number(value) + 1);
  const quantity = /^(\d+)(m|Mi|Gi|Ki|%)$/.exec(value);
  if (quantity !== null) return `${Number(quantity[1]) + 1}${quantity[2]}`;
  return value.endsWith('"') ? `${value.slice(0, -1)}x"` : `${value}x`;
}
