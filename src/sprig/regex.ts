// The command line loads it with the first pattern that is not plain (scripts/build.mjs).
import * as lateEngine from "re2js";
import type { RE2JS } from "re2js";
import { nilOf, withGoType } from "../base/index.ts";
import { quote } from "../gotemplate/index.ts";
import type { Implementations } from "./families.ts";
import { plainRegex, type Regex } from "./plain-regex.ts";
import { isDigit, isLetter } from "./unicode.ts";

/** Compiled patterns, the least recently compiled dropped first: charts use the same few again and again. */
const cache = new Map<string, Regex>();
const cacheSize = 200;

/** regexp.Compile; throws an Error with Go's words: `error parsing regexp: missing closing ]: `[``. */
function compile(pattern: string): Regex {
  const known = cache.get(pattern);
  if (known !== undefined) return known;
  const compiled = plainRegex(pattern, compileGo) ?? compileGo(pattern);
  if (cache.size >= cacheSize) cache.delete(cache.keys().next().value as string);
  cache.set(pattern, compiled);
  return compiled;
}

/** Compiles with re2js, where its rules are Go's; the few that are not are seen to here. */
function compileGo(pattern: string): RE2JS {
  if (!pattern.isWellFormed()) {
    const rest = pattern.slice(pattern.search(/[\ud800-\udfff]/u));
    throw new Error(`error parsing regexp: invalid UTF-8: \`${rest}\``);
  }
  try {
    const compiled = compileOrMend(pattern);
    // Names of classes with an underscore, which re2js knows and Go does not.
    if (/\\[pP]\{\^?[^}]*[ _-]/.test(pattern)) withGoClasses(pattern);
    return compiled;
  } catch (error) {
    if (!(error instanceof lateEngine.RE2JSException)) throw error;
    throw new Error(goWords(error.message, pattern), { cause: error });
  }
}

/** Compiles; where re2js refuses what Go takes, once more with that put in words that both understand. */
function compileOrMend(pattern: string): RE2JS {
  try {
    return lateEngine.RE2JS.compile(pattern);
  } catch (error) {
    const { message } = error as Error;
    if (message.includes("duplicate capture group name")) return lateEngine.RE2JS.compile(withUniqueNames(pattern));
    if (!/: invalid character class range: `\\[pP]/.test(message)) throw error;
    const mended = withGoClasses(pattern);
    try {
      return lateEngine.RE2JS.compile(withUniqueNames(mended));
    } catch (again) {
      throw new lateEngine.RE2JSException((again as Error).message.replace(`\`${mended}\``, () => `\`${pattern}\``));
    }
  }
}

/** re2js has Go's words but for these. */
function goWords(message: string, pattern: string): string {
  switch (message) {
    case "error parsing regexp: trailing backslash at end of expression":
      return `${message}: \`\``;
    case "error parsing regexp: invalid named capture: `(?P<`":
      return "error parsing regexp: invalid or unsupported Perl syntax: `(?P`";
    case "error parsing regexp: invalid named capture: `(?<`":
      return "error parsing regexp: invalid or unsupported Perl syntax: `(?<`";
    case "error parsing regexp: invalid character class range: `[:]`": {
      const start = pattern.indexOf("[:]");
      const end = pattern.indexOf(":]", start + 2);
      return end < 0 ? message : message.replace("[:]", () => pattern.slice(start, end + 2));
    }
    default:
      return message.replaceAll(new RegExp(`${duplicateMark}\\d+`, "g"), "");
  }
}

/** Long names of Unicode's categories, without underscores, as Go looks them up. */
const longNames: Record<string, string> = {
  Casedletter: "LC",
  Closepunctuation: "Pe",
  Combiningmark: "M",
  Connectorpunctuation: "Pc",
  Control: "Cc",
  Currencysymbol: "Sc",
  Dashpunctuation: "Pd",
  Decimalnumber: "Nd",
  Enclosingmark: "Me",
  Finalpunctuation: "Pf",
  Format: "Cf",
  Initialpunctuation: "Pi",
  Letter: "L",
  Letternumber: "Nl",
  Lineseparator: "Zl",
  Lowercaseletter: "Ll",
  Mark: "M",
  Mathsymbol: "Sm",
  Modifierletter: "Lm",
  Modifiersymbol: "Sk",
  Nonspacingmark: "Mn",
  Number: "N",
  Openpunctuation: "Ps",
  Other: "C",
  Otherletter: "Lo",
  Othernumber: "No",
  Otherpunctuation: "Po",
  Othersymbol: "So",
  Paragraphseparator: "Zp",
  Privateuse: "Co",
  Punctuation: "P",
  Separator: "Z",
  Spaceseparator: "Zs",
  Spacingmark: "Mc",
  Surrogate: "Cs",
  Symbol: "S",
  Titlecaseletter: "Lt",
  Unassigned: "Cn",
  Uppercaseletter: "Lu",
  Cntrl: "Cc",
  Digit: "Nd",
  Punct: "P",
  Lc: "LC",
  Ascii: "ASCII",
};

/**
 * Go reads the names of Unicode classes whatever their case, spaces, hyphens and underscores; so `\p{greek}` is one, and
 * `\p{Old_Italic}`, whose underscore is lost on the way to Go's table, is none.
 */
function withGoClasses(pattern: string): string {
  return pattern.replace(
    /\\Q[^]*?(?:\\E|$)|\\[pP](?:\{([^}]*)\}|([^{]))|\\[^]/gu,
    (text: string, long?: string, short?: string) => {
      const name = long ?? short;
      if (name === undefined) return text;
      const negated = name.startsWith("^") ? "^" : "";
      const plain = name.slice(negated.length).replace(/[ _-]/g, "");
      const canonical =
        plain.slice(0, 1).toUpperCase() + plain.slice(1).replace(/[A-Z]/g, (letter) => letter.toLowerCase());
      const rewritten = `${text.slice(0, 2)}{${negated}${longNames[canonical] ?? canonical}}`;
      try {
        lateEngine.RE2JS.compile(rewritten);
      } catch {
        throw new lateEngine.RE2JSException(`error parsing regexp: invalid character class range: \`${text}\``);
      }
      return rewritten;
    },
  );
}

/** Go allows a group name twice; `$name` is the first of them that took part. Later ones get a mark and a number. */
const duplicateMark = "__again";

function withUniqueNames(pattern: string): string {
  const seen = new Map<string, number>();
  // Escapes, quoted stretches and classes are passed over, so that a group's head in them is not taken for one.
  const parts = /\\Q[^]*?(?:\\E|$)|\\[^]|\[\^?\]?(?:\\[^]|\[:[^:\]]*:\]|[^\]\\])*\]|\(\?P?<([A-Za-z0-9_]+)>/g;
  return pattern.replace(parts, (text: string, name: string | undefined) => {
    if (name === undefined) return text;
    const count = seen.get(name) ?? 0;
    seen.set(name, count + 1);
    return count === 0 ? text : `(?P<${name}${duplicateMark}${count}>`;
  });
}

/** regexp.MustCompile, whose panic quotes the pattern once more. */
function mustCompile(pattern: string): Regex {
  try {
    return compile(pattern);
  } catch (error) {
    throw new Error(`regexp: Compile(${quotePattern(pattern)}): ${(error as Error).message}`, { cause: error });
  }
}

/** In back quotes where strconv.CanBackquote allows it: no back quote, no control character but tab. */
function quotePattern(pattern: string): string {
  // eslint-disable-next-line no-control-regex
  const plain = pattern.isWellFormed() && !/[`\u0000-\u0008\u000a-\u001f\u007f\ufeff]/.test(pattern);
  return plain ? `\`${pattern}\`` : quote(pattern);
}

interface Match {
  readonly start: number;
  readonly end: number;
  group(index: number): string | null;
}

const widthAt = (text: string, at: number) => ((text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);

/** Regexp.allMatches: at most n matches; an empty one right after another match does not count. */
function* allMatches(regex: Regex, text: string, n: number): Generator<Match> {
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

function findAll(regex: Regex, text: string, n: number): unknown {
  const out: string[] = [];
  for (const match of allMatches(regex, text, n < 0 ? Infinity : n)) out.push(text.slice(match.start, match.end));
  return out.length === 0 ? nilOf("[]string") : withGoType(out, "[]string");
}

function find(regex: Regex, text: string): string {
  const matcher = regex.matcher(text);
  return matcher.find(0) ? (matcher.group() ?? "") : "";
}

/** Regexp.replaceAll: unlike in FindAll, an empty match is skipped only where it touches the one before. */
function replace(regex: Regex, text: string, replacement: (match: Match) => string): string {
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
function expand(template: string, regex: Regex, match: Match): string {
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

function groupText(regex: Regex, match: Match, name: string): string {
  if (/^(0|[1-9][0-9]{0,8})$/.test(name)) {
    return Number(name) > regex.groupCount() ? "" : (match.group(Number(name)) ?? "");
  }
  const groups = regex.namedGroups();
  for (let again = 0; ; again++) {
    const index = groups[again === 0 ? name : `${name}${duplicateMark}${again}`];
    if (index === undefined) return "";
    const text = match.group(index);
    if (text !== null) return text;
  }
}

/** Regexp.Split. */
function split(regex: Regex, text: string, n: number): unknown {
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

/** A function of a compiled pattern and the arguments after it. */
type OnPattern<Args extends unknown[]> = (regex: Regex, ...args: Args) => unknown;

/** A function and its `must` twin, which word a bad pattern differently. */
function twins<Args extends unknown[]>(name: string, run: OnPattern<Args>): Implementations {
  return {
    [name]: (pattern: string, ...args: Args) => run(mustCompile(pattern), ...args),
    [`must${name[0]?.toUpperCase()}${name.slice(1)}`]: (pattern: string, ...args: Args) =>
      run(compile(pattern), ...args),
  };
}

function replaceAll(regex: Regex, text: string, template: string): string {
  return replace(regex, text, template.includes("$") ? (match) => expand(template, regex, match) : () => template);
}

/** The regular expression functions. */
export function create(): Implementations {
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
    ...twins("regexReplaceAll", replaceAll),
    ...twins("regexReplaceAllLiteral", (regex, text: string, literal: string) => replace(regex, text, () => literal)),
    ...twins("regexSplit", split),
  };
}
