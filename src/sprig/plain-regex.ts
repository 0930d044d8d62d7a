/** What the functions of regular expressions need of a compiled pattern: RE2JS has it. */
export interface Regex {
  pattern(): string;
  test(text: string): boolean;
  matcher(text: string): Matcher;
  groupCount(): number;
  namedGroups(): Record<string, number>;
}

interface Matcher {
  /** Finds the first match from a place on. */
  find(from: number): boolean;
  start(): number;
  end(): number;
  group(index?: number): string | null;
}

/** Longer texts and patterns go to the engine. */
const longestText = 1000;
const longestPattern = 100;

/**
 * A `(` or `)`, or an atom and how often: a character, an escaped sign, `\d`, `\w`, or a class of letters, digits, usual
 * ranges, some signs and these, or of all but them.
 */
const part =
  /([()]|[\w \-/:,@=;<>!"'#%&~]|\\[dw.+*?()[\]{}|^$/:-]|\[\^?(?:a-z|A-Z|0-9|[A-Za-z0-9_.]|\\[dw.-])+-?\])([+*?]?)/y;

/**
 * A pattern such as `v\d+\.\d+`, matched by the host's regular expressions: loading RE2's engine takes as long as
 * rendering a small chart. Undefined for patterns that are not surely the same to both, or that a backtracking matcher
 * could take long for: what may be left out or repeated has to end its alternative, or be followed by something that it
 * cannot be itself, so that going back fails at once. Texts that are long or not ASCII go to the `engine`.
 */
export function plainRegex(pattern: string, engine: (pattern: string) => Regex): Regex | undefined {
  if (pattern.length > longestPattern) return undefined;
  const groups = groupsOf(pattern);
  if (groups === undefined) return undefined;
  const regex = new RegExp(pattern, "g");
  let full: Regex | undefined;
  // eslint-disable-next-line no-control-regex
  const isFit = (text: string) => text.length <= longestText && /^[\0-\x7f]*$/.test(text);
  const matcher = (text: string) => (isFit(text) ? hostMatcher(regex, text) : (full ??= engine(pattern)).matcher(text));
  return {
    pattern: () => pattern,
    test: (text) => matcher(text).find(0),
    matcher,
    groupCount: () => groups,
    namedGroups: () => ({}),
  };
}

function hostMatcher(regex: RegExp, text: string): Matcher {
  let match: RegExpExecArray | null = null;
  return {
    find(from) {
      regex.lastIndex = from;
      match = regex.exec(text);
      return match !== null;
    },
    start: () => match?.index ?? -1,
    end: () => (match === null ? -1 : match.index + match[0].length),
    group: (index = 0) => match?.[index] ?? null,
  };
}

/** How many groups a pattern has; undefined if it is not plain. */
function groupsOf(pattern: string): number | undefined {
  const matching = new RegExp(part);
  let groups = 0;
  for (let at = 0; ;) {
    matching.lastIndex = pattern[at] === "^" ? at + 1 : at;
    const alternative = readAlternative(pattern, matching);
    if (alternative === undefined) return undefined;
    groups += alternative.groups;
    at = alternative.end;
    if (at === pattern.length) return groups;
    if (pattern[at] !== "|") return undefined;
    at++;
  }
}

/**
 * Atoms up to a `|` or the end. There may be one group in it, as `(-?[^a-z])+-?`: each round of it ends with something
 * that has to be there, and behind it nothing has, so that nobody ever goes back into it.
 */
function readAlternative(pattern: string, matching: RegExp): { groups: number; end: number } | undefined {
  let at = matching.lastIndex;
  let groups = 0;
  let inside = false;
  let empty = false;
  /** The atom before, where it need not be there, or be there once. */
  let open: string | undefined;
  for (;;) {
    matching.lastIndex = at;
    const found = matching.exec(pattern);
    if (found === null) break;
    at = matching.lastIndex;
    const [, atom = "", times = ""] = found;
    if (atom === "(") {
      if (groups > 0 || open !== undefined || times !== "") return undefined;
      groups = 1;
      inside = true;
      empty = true;
    } else if (atom === ")") {
      if (!inside || empty || open !== undefined || times !== "+") return undefined;
      inside = false;
    } else if (groups > 0 && !inside) {
      if (times !== "?" && times !== "*") return undefined;
    } else {
      if (open !== undefined && (times !== "" || !areApart(open, atom))) return undefined;
      open = times === "" ? undefined : atom;
      empty = false;
    }
  }
  if (inside) return undefined;
  if (pattern[at] !== "$") return { groups, end: at };
  return groups > 0 ? undefined : { groups, end: at + 1 };
}

/** Whether no character is both: surely so where one of them is a single character that the other does not take. */
function areApart(a: string, b: string): boolean {
  const [one, other] = single(a) === undefined ? [b, a] : [a, b];
  const char = single(one);
  return char !== undefined && !new RegExp(other).test(char);
}

/** The character that an atom stands for, if it is just one. */
function single(atom: string): string | undefined {
  if (atom.startsWith("[") || atom === "\\d" || atom === "\\w") return undefined;
  return atom.at(-1);
}
