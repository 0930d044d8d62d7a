import { GoInt, isMap } from "../base/index.ts";
import { formatValue } from "../gotemplate/index.ts";
import { marshalJSON } from "../goyaml/index.ts";

/** A template that is no JSONPath, or has what is not known here (`range`, filters, unions). */
export class JsonPathSyntaxError extends Error {}

/**
 * Kubernetes' JSONPath templates, as far as they are used to pick values: text with `{.a.b[0]}`, `{.a['b']}`, `{.a[*]}`,
 * `{.a[1:3]}`, `{..b}` and `{"text"}` in braces. Throws a {@link JsonPathSyntaxError} for what it does not know, an Error
 * in Kubernetes' words for a path that leads to nothing.
 */
export function evaluateJsonPath(template: string, data: unknown): string {
  let out = "";
  for (let at = 0; at < template.length;) {
    const open = template.indexOf("{", at);
    if (open < 0) return out + template.slice(at);
    const close = template.indexOf("}", open);
    if (close < 0) throw new JsonPathSyntaxError("unclosed action");
    out += template.slice(at, open) + evaluate(template.slice(open + 1, close).trim(), data);
    at = close + 1;
  }
  return out;
}

function evaluate(expression: string, data: unknown): string {
  const text = /^"((?:[^"\\]|\\.)*)"$|^'([^']*)'$/.exec(expression);
  if (text !== null) return text[1] === undefined ? (text[2] ?? "") : (JSON.parse(`"${text[1]}"`) as string);
  let found: unknown[] = [data];
  let rest = expression.replace(/^[$@]/, "");
  while (rest !== "") {
    const step = steps.find(({ pattern }) => pattern.test(rest));
    if (step === undefined) throw new JsonPathSyntaxError(`unrecognized character in action: ${JSON.stringify(rest)}`);
    const match = step.pattern.exec(rest) as RegExpExecArray;
    found = found.flatMap((value) => step.take(value, match));
    rest = rest.slice(match[0].length);
  }
  return found.map(show).join(" ");
}

const steps: { pattern: RegExp; take(value: unknown, match: RegExpExecArray): unknown[] }[] = [
  { pattern: /^\.\.([A-Za-z0-9_/-]+)/, take: (value, match) => deep(value, match[1] as string) },
  { pattern: /^(?:\.\*|\[\*\])/, take: (value) => members(value) },
  {
    pattern: /^\.((?:[^.[\]\\]|\\.)+)/,
    take: (value, match) => field(value, (match[1] as string).replace(/\\(.)/g, "$1")),
  },
  { pattern: /^\[(?:'([^']*)'|"([^"]*)")\]/, take: (value, match) => field(value, match[1] ?? (match[2] as string)) },
  { pattern: /^\[(-?\d+)\]/, take: (value, match) => item(value, Number(match[1])) },
  {
    pattern: /^\[(-?\d*):(-?\d*)\]/,
    take: (value, match) =>
      Array.isArray(value)
        ? (value as unknown[]).slice(Number(match[1] || 0), match[2] ? Number(match[2]) : undefined)
        : [],
  },
  { pattern: /^\./, take: (value) => [value] },
];

function field(value: unknown, name: string): unknown[] {
  if (Array.isArray(value)) return value.flatMap((entry) => field(entry, name));
  if (!isMap(value)) return [];
  if (!Object.hasOwn(value, name)) throw new Error(`${name} is not found`);
  return [value[name]];
}

function item(value: unknown, index: number): unknown[] {
  if (!Array.isArray(value)) throw new Error("the value is not array or slice");
  const at = index < 0 ? value.length + index : index;
  if (at < 0 || at >= value.length) {
    throw new Error(`array index out of bounds: index ${index}, length ${value.length}`);
  }
  return [value[at]];
}

function members(value: unknown): unknown[] {
  if (Array.isArray(value)) return value as unknown[];
  return isMap(value)
    ? Object.keys(value)
        .sort()
        .map((key) => value[key])
    : [];
}

function deep(value: unknown, name: string): unknown[] {
  const own = isMap(value) && Object.hasOwn(value, name) ? [value[name]] : [];
  return [...own, ...members(value).flatMap((entry) => deep(entry, name))];
}

function show(value: unknown): string {
  if (Array.isArray(value) || isMap(value)) return marshalJSON(value);
  return value instanceof GoInt ? value.toString() : formatValue(value);
}
