/**
 * Patterns in the plain part of RE2's syntax, matched without the RE2 engine: loading that takes longer than rendering
 * most charts. What is read here means the same to RE2, and the states are walked side by side, as RE2 does, so that no
 * pattern takes more than linear time. Whatever is not surely plain is left to the engine: also for its errors.
 */

/** A place in a pattern: takes a character, splits, holds only at an end of the text, or (none of these) has matched. */
interface State {
  readonly takes?: CharacterSet;
  readonly assert?: "begin" | "end";
  ways: readonly State[];
  /** The step that came by last: each state counts once a step. */
  mark: number;
}

/** Characters by their codes, from and to. */
type CharacterSet = readonly (readonly [from: number, to: number])[];

type Node =
  | { readonly type: "set"; readonly set: CharacterSet }
  | { readonly type: "assert"; readonly where: "begin" | "end" }
  | { readonly type: "all" | "any"; readonly nodes: readonly Node[] }
  | { readonly type: "repeat"; readonly node: Node; readonly min: number; readonly max: number };

/** Above this the engine does it: it stays below what RE2 refuses (a count, or counts within counts, above 1000). */
const mostStates = 500;
const longest = 1000;

/** A test for texts that hold a match, or undefined where the pattern is not plain. */
export function plainPattern(source: string): ((text: string) => boolean) | undefined {
  if (source.length > longest) return undefined;
  try {
    return matcher(build(new Reader(source).read()));
  } catch (error) {
    if (error === notPlain) return undefined;
    throw error;
  }
}

const notPlain = new Error("not a plain pattern");

function matcher(start: State): (text: string) => boolean {
  let step = 0;
  return (text) => {
    let now: State[] = [];
    let next: State[] = [];
    let at = 0;
    const enter = (state: State, list: State[]): boolean => {
      if (state.mark === step) return false;
      state.mark = step;
      if (state.takes !== undefined) {
        list.push(state);
        return false;
      }
      if (state.assert !== undefined && at !== (state.assert === "begin" ? 0 : text.length)) return false;
      if (state.ways.length === 0) return true;
      for (const way of state.ways) if (enter(way, list)) return true;
      return false;
    };
    step++;
    for (;;) {
      // A match may begin at every place.
      if (enter(start, now)) return true;
      if (at >= text.length) return false;
      const code = text.codePointAt(at) as number;
      at += code > 0xffff ? 2 : 1;
      step++;
      for (const { takes, ways } of now) {
        if (takes?.some(([from, to]) => code >= from && code <= to) === true && enter(ways[0] as State, next))
          return true;
      }
      [now, next] = [next, now];
      next.length = 0;
    }
  };
}

/** The states of a pattern, from its end to its start. */
function build(pattern: Node): State {
  let count = 0;
  const make = (state: Omit<State, "mark">): State => {
    if (++count > mostStates) throw notPlain;
    return { ...state, mark: 0 };
  };
  const from = (node: Node, next: State): State => {
    switch (node.type) {
      case "set":
        return make({ takes: node.set, ways: [next] });
      case "assert":
        return make({ assert: node.where, ways: [next] });
      case "any":
        return make({ ways: node.nodes.map((each) => from(each, next)) });
      case "all":
        return node.nodes.reduceRight((rest, each) => from(each, rest), make({ ways: [next] }));
      case "repeat": {
        let rest = next;
        if (node.max === Infinity) {
          rest = make({ ways: [] });
          rest.ways = [from(node.node, rest), next];
        } else for (let i = node.min; i < node.max; i++) rest = make({ ways: [from(node.node, rest), next] });
        for (let i = 0; i < node.min; i++) rest = from(node.node, rest);
        return rest;
      }
    }
  };
  return from(pattern, make({ ways: [] }));
}

const range = (from: string, to = from) => [from.charCodeAt(0), to.charCodeAt(0)] as const;

/** All characters that are not in a set, those beyond ASCII too. */
function allBut(set: CharacterSet): CharacterSet {
  const left: [number, number][] = [];
  let next = 0;
  for (const [from, to] of [...set].sort(([a], [b]) => a - b)) {
    if (from > next) left.push([next, from - 1]);
    next = Math.max(next, to + 1);
  }
  return [...left, [next, 0x10ffff]];
}

/** Perl's classes are ASCII in RE2; \s has no vertical tab. */
const classes: Readonly<Record<string, CharacterSet>> = {
  d: [range("0", "9")],
  w: [range("0", "9"), range("A", "Z"), range("_"), range("a", "z")],
  s: [range("\t", "\n"), range("\f", "\r"), range(" ")],
};

/** Characters that stand for themselves outside of a class. */
const isLiteral = (char: string) => /[^\\^$.*+?()[\]{}|]/.test(char) && char >= " " && char <= "~";

class Reader {
  readonly #source: string;
  #at = 0;

  constructor(source: string) {
    this.#source = source;
  }

  read(): Node {
    const node = this.#alternatives();
    if (this.#at < this.#source.length) throw notPlain;
    return node;
  }

  get #next(): string {
    return this.#source.charAt(this.#at);
  }

  #takes(text: string): boolean {
    if (!this.#source.startsWith(text, this.#at)) return false;
    this.#at += text.length;
    return true;
  }

  #alternatives(): Node {
    const nodes: Node[] = [];
    do nodes.push(this.#sequence());
    while (this.#takes("|"));
    return nodes.length === 1 ? (nodes[0] as Node) : { type: "any", nodes };
  }

  #sequence(): Node {
    const nodes: Node[] = [];
    while (this.#next !== "" && this.#next !== "|" && this.#next !== ")") nodes.push(this.#repeated(this.#one()));
    return { type: "all", nodes };
  }

  #one(): Node {
    if (this.#takes("^")) return { type: "assert", where: "begin" };
    if (this.#takes("$")) return { type: "assert", where: "end" };
    if (this.#takes(".")) return { type: "set", set: allBut([range("\n")]) };
    if (this.#takes("[")) return { type: "set", set: this.#class() };
    if (this.#takes("(")) {
      // Flags and names stay with the engine.
      if (!this.#takes("?:") && this.#next === "?") throw notPlain;
      const node = this.#alternatives();
      if (!this.#takes(")")) throw notPlain;
      return node;
    }
    if (this.#next === "\\") return { type: "set", set: this.#escape() };
    const char = this.#next;
    if (!isLiteral(char)) throw notPlain;
    this.#at++;
    return { type: "set", set: [range(char)] };
  }

  /** `\d`, `\w`, `\s`, what is not in them, or punctuation itself. */
  #escape(): CharacterSet {
    const char = this.#source.charAt(this.#at + 1);
    this.#at += 2;
    if (/[!-/:-@[-`{-~]/.test(char)) return [range(char)];
    const known = classes[char.toLowerCase()];
    if (known === undefined) throw notPlain;
    return char === char.toLowerCase() ? known : allBut(known);
  }

  #class(): CharacterSet {
    const negated = this.#takes("^");
    const parts: (readonly [number, number])[] = [];
    while (!this.#takes("]")) {
      const from = this.#next;
      if (from === "\\") {
        parts.push(...this.#escape());
        // What follows could be a range from it.
        if (this.#next === "-" && this.#source.charAt(this.#at + 1) !== "]") throw notPlain;
        continue;
      }
      const last = this.#source.charAt(this.#at + 1) === "]";
      // "[" may begin a named class; "-" is itself only at the ends; "^" and "]" only where nobody could misread them.
      if (from < " " || from > "~" || from === "[" || from === "^") throw notPlain;
      if (from === "-" && parts.length > 0 && !last) throw notPlain;
      this.#at++;
      let to = from;
      if (this.#next === "-" && this.#source.charAt(this.#at + 1) !== "]") {
        to = this.#source.charAt(this.#at + 1);
        if (from === "-" || !/[0-9A-Za-z]/.test(to) || to < from) throw notPlain;
        this.#at += 2;
        // "a-c-e": is the second one a range?
        if (this.#next === "-" && this.#source.charAt(this.#at + 1) !== "]") throw notPlain;
      }
      parts.push(range(from, to));
    }
    if (parts.length === 0) throw notPlain;
    return negated ? allBut(parts) : parts;
  }

  #repeated(node: Node): Node {
    let times: [min: number, max: number] | undefined;
    if (this.#takes("*")) times = [0, Infinity];
    else if (this.#takes("+")) times = [1, Infinity];
    else if (this.#takes("?")) times = [0, 1];
    else if (this.#next === "{") {
      // Counts with a leading zero are no counts to RE2.
      const match = /^\{(0|[1-9][0-9]{0,2})(,(0|[1-9][0-9]{0,2})?)?\}/.exec(this.#source.slice(this.#at, this.#at + 9));
      if (match === null) throw notPlain;
      this.#at += match[0].length;
      const min = Number(match[1]);
      times = [min, match[2] === undefined ? min : match[3] === undefined ? Infinity : Number(match[3])];
      if (times[1] < min || times[1] === 0) throw notPlain;
    }
    if (times === undefined) return node;
    // Repeated ends, and signs after signs (lazy ones, and those that RE2 refuses).
    if (node.type === "assert" || /[*+?{]/.test(this.#next)) throw notPlain;
    return { type: "repeat", node, min: times[0], max: times[1] };
  }
}
