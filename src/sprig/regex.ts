import { RE2JS, RE2JSException } from "re2js";
import { nilOf, withGoType } from "../base/index.ts";
import { quote } from "../gotemplate/index.ts";
import type { Implementations } from "./families.ts";
import { isDigit, isLetter } from "./unicode.ts";

/** Compiled patterns, the least recently compiled dropped first: charts use the same few again and again. */
const cache = new Map<string, RE2JS>();
const cacheSize = 200;

/** regexp.Compile; throws an Error with Go's words: `error parsing regexp: missing closing ]: `[``. */
function compile(pattern: string): RE2JS {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  let compiled: RE2JS;
  try {
    compiled = RE2JS.compile(pattern);
  } catch (error) {
    if (error instanceof RE2JSException) throw new Error(error.message, { cause: error });
    throw error;
  }
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value as string);
  cache.set(pattern, compiled);
  return compiled;
}

/** regexp.MustCompile, whose panic quotes the pattern once more. */
function mustCompile(pattern: string): RE2JS {
  try {
    return compile(pattern);
  } catch (error) {
    throw new Error(`regexp: Compile(${quotePattern(pattern)}): ${(error as Error).message}`, { cause: error });
  }
}

/** In back quotes where strconv.CanBackquote allows it: no back quote, no control character but tab. */
function quotePattern(pattern: string): string {
  // eslint-disable-next-line no-control-regex
  return /[`\u0000-\u0008\u000a-\u001f\u007f\ufeff\udc80-\udcff]/.test(pattern) &&
    !/^[^`\u0000-\u0008\u000a-\u001f\u007f\ufeff]*$/u.test(pattern)
    ? quote(pattern)
    : `\`${pattern}\``;
}

interface Match {
  readonly start: number;
  readonly end: number;
  group(index: number): string | null;
}

const widthAt = (text: string, at: number) => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** Regexp.allMatches: at most n matches; an empty one right after another match does not count. */
function* allMatches(regex: RE2JS, text: string, n: number): Generator<Match> {
  const matcher = regex.matcher(text);
  let previousEnd = -1;
  for (let at = 0, count = 0; count < n && at <= text.length;) {
    if (!matcher.find(at)) return;
    const [start, end] = [matcher.start(), matcher.end()];
    const empty = end === at;
    const accept = !(empty && start === previousEnd);
    at = empty ? at + widthAt(text, at) : end;
    previousEnd = end;
    if (!accept) continue;
    count++;
    yield { start, end, group: (index) => matcher.group(index) };
  }
}

function findAll(regex: RE2JS, text: string, n: number): unknown {
  const out: string[] = [];
  for (const match of allMatches(regex, text, n < 0 ? Infinity : n)) out.push(text.slice(match.start, match.end));
  return out.length === 0 ? nilOf("[]string") : withGoType(out, "[]string");
}

function find(regex: RE2JS, text: string): string {
  const matcher = regex.matcher(text);
  return matcher.find() ? (matcher.group() ?? "") : "";
}

/** Regexp.replaceAll: unlike in FindAll, an empty match is skipped only where it touches the one before. */
function replace(regex: RE2JS, text: string, replacement: (match: Match) => string): string {
  const matcher = regex.matcher(text);
  let out = "";
  let lastEnd = 0;
  for (let at = 0; at <= text.length;) {
    if (!matcher.find(at)) break;
    const [start, end] = [matcher.start(), matcher.end()];
    out += text.slice(lastEnd, start);
    if (end > lastEnd || start === 0) out += replacement({ start, end, group: (index) => matcher.group(index) });
    lastEnd = end;
    const width = at < text.length ? widthAt(text, at) : 0;
    if (at + width > end) at += width;
    else if (at + 1 > end) at++;
    else at = end;
  }
  return out + text.slice(lastEnd);
}

/** A reference after `$` in a replacement: the longest name, or what stands in braces. */
function reference(template: string, from: number): { name: string; end: number } | undefined {
  const braced = template[from] === "{";
  let end = braced ? from + 1 : from;
  const start = end;
  while (end < template.length) {
    const rune = template.codePointAt(end) as number;
    if (!isLetter(rune) && !isDigit(rune) && rune !== 0x5f) break;
    end += rune > 0xffff ? 2 : 1;
  }
  if (end === start || (braced && template[end] !== "}")) return undefined;
  return { name: template.slice(start, end), end: braced ? end + 1 : end };
}

/** Regexp.Expand: $1, ${1}, $name, $$; what refers to nothing is empty, a lone $ stays. */
function expand(template: string, regex: RE2JS, match: Match): string {
  let out = "";
  for (let at = 0; ;) {
    const dollar = template.indexOf("$", at);
    if (dollar < 0) return out + template.slice(at);
    out += template.slice(at, dollar);
    at = dollar + 1;
    if (template[at] === "$") {
      out += "$";
      at++;
      continue;
    }
    const found = reference(template, at);
    if (found === undefined) {
      out += "$";
      continue;
    }
    at = found.end;
    out += groupText(regex, match, found.name);
  }
}

function groupText(regex: RE2JS, match: Match, name: string): string {
  const index = /^(0|[1-9][0-9]{0,8})$/.test(name) ? Number(name) : regex.namedGroups()[name];
  return index === undefined || index > regex.groupCount() ? "" : (match.group(index) ?? "");
}

/** Regexp.Split. */
function split(regex: RE2JS, text: string, n: number): unknown {
  if (n === 0) return nilOf("[]string");
  const out: string[] = withGoType([], "[]string");
  if (regex.pattern() !== "" && text === "") {
    out.push("");
    return out;
  }
  let begin = 0;
  let end = 0;
  for (const match of allMatches(regex, text, n < 0 ? Infinity : n)) {
    if (n > 0 && out.length >= n - 1) break;
    end = match.start;
    if (match.end !== 0) out.push(text.slice(begin, end));
    begin = match.end;
  }
  if (end !== text.length) out.push(text.slice(begin));
  return out;
}

/** The regular expression functions; each twin pair differs in how a bad pattern is worded. */
export function create(): Implementations {
  const twins = (name: string, run: (regex: RE2JS, ...args: any[]) => unknown): Implementations => ({
    [name]: (pattern: string, ...args: unknown[]) => run(mustCompile(pattern), ...args),
    [`must${name[0]?.toUpperCase()}${name.slice(1)}`]: (pattern: string, ...args: unknown[]) =>
      run(compile(pattern), ...args),
  });
  return {
    mustRegexMatch: (pattern: string, text: string) => compile(pattern).test(text),
    regexMatch: (pattern: string, text: string) => {
      try {
        return compile(pattern).test(text);
      } catch {
        return false;
      }
    },
    ...twins("regexFind", find),
    ...twins("regexFindAll", findAll),
    ...twins("regexReplaceAll", (regex, text, template) =>
      template.includes("$")
        ? replace(regex, text, (match) => expand(template, regex, match))
        : replace(regex, text, () => template),
    ),
    ...twins("regexReplaceAllLiteral", (regex, text, literal) => replace(regex, text, () => literal)),
    ...twins("regexSplit", split),
  };
}
