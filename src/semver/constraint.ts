import { byteLength } from "../base/index.ts";
import { compareVersions, comparePrerelease, formatVersion, invalid, parseVersion, type Version } from "./version.ts";
import { quote } from "./quote.ts";

/** A range of versions. */
export interface Constraint {
  /** Whether the version is in the range. */
  check(version: Version): boolean;
  /** Why it is not, one sentence a failed part; empty when it is. */
  validate(version: Version): string[];
  /** The range as Masterminds prints it. */
  toString(): string;
}

export interface ConstraintOptions {
  /** Pre-releases count even where the range names none. */
  readonly includePrerelease?: boolean;
}

/** One comparison: `>= 1.2.x`. */
interface Comparison {
  readonly operator: string;
  /** The version as written. */
  readonly text: string;
  /** The same with zeros for wildcards and what is missing. */
  readonly version: Version;
  /** Something is a wildcard or missing: at all, from the minor on, only the patch. */
  readonly dirty: boolean;
  readonly minorDirty: boolean;
  readonly patchDirty: boolean;
}

/** Comparisons that must all hold. */
interface Group {
  readonly comparisons: readonly Comparison[];
  /** One of them names a pre-release, so pre-releases may match. */
  readonly hasPrerelease: boolean;
}

const maxLength = 512;
const maxGroups = 32;

/**
 * Masterminds' NewConstraint: comparisons joined by blanks or commas (and) and `||` (or), with wildcards, `~`, `^` and
 * hyphen ranges. Throws `improper constraint: "…"` and its relatives.
 */
export function parseConstraint(text: string, options: ConstraintOptions = {}): Constraint {
  if (text.length > maxLength || byteLength(text) > maxLength) {
    throw invalid(`constraint string is too long (max ${maxLength} bytes)`);
  }
  const alternatives = rewriteHyphens(text).split("||");
  if (alternatives.length > maxGroups) throw invalid(`too many constraint groups (max ${maxGroups})`);
  const groups = alternatives.map(parseGroup);
  const all = options.includePrerelease === true;
  return {
    check: (version) =>
      groups.some((group) => {
        const pre = all || group.hasPrerelease;
        return group.comparisons.every((comparison) => failure(version, comparison, pre) === undefined);
      }),
    validate: (version) => validate(groups, version, all),
    toString: () => groups.map((g) => g.comparisons.map((c) => c.operator + c.text).join(" ")).join(" || "),
  };
}

function validate(groups: readonly Group[], version: Version, all: boolean): string[] {
  const reasons: string[] = [];
  let saidPrerelease = false;
  for (const { comparisons, hasPrerelease } of groups) {
    let holds = true;
    for (const comparison of comparisons) {
      if (!all && !hasPrerelease && version.prerelease !== "") {
        // Said once, however many parts fail for it.
        if (!saidPrerelease) reasons.push(onlyReleases(version));
        saidPrerelease = true;
        holds = false;
        continue;
      }
      const reason = failure(version, comparison, all || hasPrerelease);
      if (reason === undefined) continue;
      reasons.push(reason);
      holds = false;
    }
    if (holds) return [];
  }
  return reasons;
}

function onlyReleases(version: Version): string {
  return `${quote(formatVersion(version))} is a prerelease version and the constraint is only looking for release versions`;
}

function parseGroup(text: string): Group {
  // The whole group is checked before any of its versions is read, so that errors come in Masterminds' order.
  const found: { operator: string; match: VersionMatch; text: string }[] = [];
  let at = skipBlanks(text, 0);
  for (;;) {
    const operator = matchOperator(text, at);
    const start = skipBlanks(text, at + operator.length);
    const match = matchVersion(text, start);
    if (match === undefined) throw invalid(`improper constraint: ${quote(text)}`);
    found.push({ operator, match, text: text.slice(start, match.end) });
    const after = skipBlanks(text, match.end);
    if (after === text.length) break;
    if (text[after] === ",") at = skipBlanks(text, after + 1);
    else if (after > match.end) at = after;
    else throw invalid(`improper constraint: ${quote(text)}`);
  }
  const comparisons = found.map((c) => comparisonOf(c.operator, c.match, c.text));
  return { comparisons, hasPrerelease: comparisons.some((c) => c.version.prerelease !== "") };
}

const operators = ["!=", ">=", "=>", "<=", "=<", "~>", "=", ">", "<", "~", "^"];

function matchOperator(text: string, at: number): string {
  return operators.find((operator) => text.startsWith(operator, at)) ?? "";
}

/** A version with wildcards in it: its numbers, and what follows the `-`. */
interface VersionMatch {
  readonly numbers: readonly string[];
  readonly prerelease: string;
  readonly end: number;
}

/** The longest version at a place. A single `|` passes for a digit here, as it does upstream, and fails later. */
function matchVersion(text: string, start: number): VersionMatch | undefined {
  const pattern =
    /v?([0-9xX*|]+)(?:\.([0-9xX*|]+))?(?:\.([0-9xX*|]+))?(-[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?(?:\+[0-9A-Za-z-]+(?:\.[0-9A-Za-z-]+)*)?/y;
  pattern.lastIndex = start;
  const match = pattern.exec(text);
  if (match === null) return undefined;
  const [all, major = "", minor = "", patch = "", prerelease = ""] = match;
  return { numbers: [major, minor, patch], prerelease, end: start + all.length };
}

function comparisonOf(operator: string, match: VersionMatch, text: string): Comparison {
  const [major, minor, patch] = match.numbers as [string, string, string];
  let version = text;
  let dirty = true;
  let minorDirty = false;
  let patchDirty = false;
  if (isWildcard(major)) version = `0.0.0${match.prerelease}`;
  else if (isWildcard(minor)) {
    minorDirty = true;
    version = `${major}.0.0${match.prerelease}`;
  } else if (isWildcard(patch)) {
    patchDirty = true;
    version = `${major}.${minor}.0${match.prerelease}`;
  } else dirty = false;
  let parsed: Version;
  try {
    parsed = parseVersion(version);
  } catch {
    throw invalid("constraint parser error");
  }
  return { operator, text, version: parsed, dirty, minorDirty, patchDirty };
}

function isWildcard(text: string): boolean {
  return text === "" || text === "x" || text === "X" || text === "*";
}

/** `1.2 - 3.4` becomes `>= 1.2, <= 3.4 `, wherever it stands in the text. */
function rewriteHyphens(text: string): string {
  // Most have no hyphen between blanks: then there is nothing to look for at every place.
  if (!/[ \t\n\f\r]-[ \t\n\f\r]/.test(text)) return text;
  let out = text;
  let at = 0;
  while (at < text.length) {
    const range = matchHyphen(text, at);
    if (range === undefined) {
      at++;
      continue;
    }
    out = out.replace(text.slice(at, range.end), () => `>= ${range.from}, <= ${range.to} `);
    at = range.end;
  }
  return out;
}

function matchHyphen(text: string, at: number): { from: string; to: string; end: number } | undefined {
  const start = skipBlanks(text, at);
  const from = matchVersion(text, start);
  if (from === undefined) return undefined;
  const dash = skipBlanks(text, from.end);
  if (dash === from.end || text[dash] !== "-") return undefined;
  const second = skipBlanks(text, dash + 1);
  if (second === dash + 1) return undefined;
  const to = matchVersion(text, second);
  if (to === undefined) return undefined;
  return {
    from: text.slice(start, from.end),
    to: text.slice(second, to.end),
    end: skipBlanks(text, to.end),
  };
}

function skipBlanks(text: string, at: number): number {
  let end = at;
  while (end < text.length && " \t\n\f\r".includes(text.charAt(end))) end++;
  return end;
}

/** Why a version does not meet a comparison; undefined when it does. */
function failure(v: Version, c: Comparison, includePrerelease: boolean): string | undefined {
  if (v.prerelease !== "" && !includePrerelease) return onlyReleases(v);
  switch (c.operator) {
    case "":
    case "=":
      if (c.dirty) return tilde(v, c);
      return compareVersions(v, c.version) === 0 ? undefined : say(v, "is not equal to", c);
    case "!=":
      return notEqual(v, c) ? undefined : say(v, "is equal to", c);
    case ">":
      return greater(v, c) ? undefined : say(v, "is less than or equal to", c);
    case "<":
      return compareVersions(v, c.version) < 0 ? undefined : say(v, "is greater than or equal to", c);
    case ">=":
    case "=>":
      return compareVersions(v, c.version) >= 0 ? undefined : say(v, "is less than", c);
    case "<=":
    case "=<":
      return lessOrEqual(v, c) ? undefined : say(v, "is greater than", c);
    case "~":
    case "~>":
      return tilde(v, c);
    default:
      return caret(v, c);
  }
}

function say(v: Version, what: string, c: Comparison): string {
  return `${quote(formatVersion(v))} ${what} ${quote(c.text)}`;
}

function notEqual(v: Version, c: Comparison): boolean {
  if (c.dirty) {
    if (c.version.major !== v.major) return true;
    if (c.minorDirty) return false;
    if (c.version.minor !== v.minor) return true;
    if (c.patchDirty) return comparePrerelease(v.prerelease, c.version.prerelease) !== 0;
    if (c.version.patch !== v.patch) return true;
  }
  return compareVersions(v, c.version) !== 0;
}

/** `>11` is from 12 on, `>11.1` from 11.2 on. */
function greater(v: Version, c: Comparison): boolean {
  if (c.dirty) {
    if (v.major !== c.version.major) return v.major > c.version.major;
    if (c.minorDirty) return false;
    if (c.patchDirty) return v.minor > c.version.minor;
  }
  return compareVersions(v, c.version) > 0;
}

function lessOrEqual(v: Version, c: Comparison): boolean {
  if (!c.dirty) return compareVersions(v, c.version) <= 0;
  if (v.major > c.version.major) return false;
  return c.minorDirty || v.major !== c.version.major || v.minor <= c.version.minor;
}

/** `~1.2.3` is up to 1.3, `~1` up to 2; `~0.0.0` and a bare wildcard take everything. */
function tilde(v: Version, c: Comparison): string | undefined {
  const { version } = c;
  if (compareVersions(v, version) < 0) return say(v, "is less than", c);
  const zero = version.major === 0n && version.minor === 0n && version.patch === 0n;
  if (zero && !c.minorDirty && !c.patchDirty) return undefined;
  if (v.major !== version.major) return say(v, "does not have same major version as", c);
  if (v.minor !== version.minor && !c.minorDirty) return say(v, "does not have same major and minor version as", c);
  return undefined;
}

/** `^1.2.3` is up to 2; below 1.0 the first number that is not 0 is held. */
function caret(v: Version, c: Comparison): string | undefined {
  const { version } = c;
  if (compareVersions(v, version) < 0) return say(v, "is less than", c);
  const otherMajor = say(v, "does not have same major version as", c);
  if (version.major > 0n || c.minorDirty) return v.major === version.major ? undefined : otherMajor;
  if (v.major > 0n) return otherMajor;
  const otherMinor = say(v, "does not have same minor version as", c);
  if (version.minor > 0n || c.patchDirty) {
    if (v.minor === version.minor) return undefined;
    return `${otherMinor}. Expected minor versions to match when constraint major version is 0`;
  }
  if (v.minor > 0n) return otherMinor;
  if (version.patch === v.patch) return undefined;
  return `${say(v, "does not equal", c)}. Expect version and constraint to equal when major and minor versions are 0`;
}
