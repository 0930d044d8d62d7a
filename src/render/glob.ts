/**
 * gobwas/glob with the separator `/`, as `.Files.Glob` uses it: `*` and `?` stop at a slash, `**` does not, `[abc]`,
 * `[a-z]`, `[!a]`, `{a,b}` with anything inside, `\` escapes.
 */
export type Glob = (name: string) => boolean;

class BadGlob extends Error {}

type Node =
  | { readonly kind: "text"; readonly text: string }
  | { readonly kind: "any" | "super" | "single" }
  | { readonly kind: "list"; readonly chars: string; readonly not: boolean }
  | { readonly kind: "range"; readonly low: string; readonly high: string; readonly not: boolean }
  | { readonly kind: "anyOf"; readonly branches: readonly (readonly Node[])[] };

/** A matcher for the pattern; an invalid pattern matches everything, as Helm falls back to `**`. */
export function compileGlob(pattern: string): Glob {
  let nodes: readonly Node[];
  try {
    nodes = new Parser(pattern).run();
  } catch (error) {
    if (error instanceof BadGlob) return () => true;
    throw error;
  }
  return (name) => {
    const chars = Array.from(name);
    return reach(nodes, chars, new Set([0])).has(chars.length);
  };
}

class Parser {
  readonly #chars: string[];
  #at = 0;
  constructor(pattern: string) {
    this.#chars = Array.from(pattern);
  }

  run(): Node[] {
    const nodes = this.#sequence(0);
    if (this.#at < this.#chars.length) throw new BadGlob();
    return nodes;
  }

  /** Nodes up to the end, or, inside braces, up to `,` or `}`. */
  #sequence(depth: number): Node[] {
    const nodes: Node[] = [];
    let text = "";
    const flush = () => {
      if (text !== "") nodes.push({ kind: "text", text });
      text = "";
    };
    while (this.#at < this.#chars.length) {
      const char = this.#chars[this.#at] as string;
      if (depth > 0 && (char === "," || char === "}")) break;
      this.#at++;
      if (char === "\\") {
        if (this.#at >= this.#chars.length) break;
        text += this.#chars[this.#at++];
      } else if (char === "*") {
        flush();
        if (this.#chars[this.#at] === "*") {
          this.#at++;
          nodes.push({ kind: "super" });
        } else nodes.push({ kind: "any" });
      } else if (char === "?") {
        flush();
        nodes.push({ kind: "single" });
      } else if (char === "[") {
        flush();
        nodes.push(this.#class());
      } else if (char === "{") {
        flush();
        nodes.push(this.#branches(depth + 1));
      } else text += char;
    }
    flush();
    return nodes;
  }

  #branches(depth: number): Node {
    const branches: Node[][] = [];
    for (;;) {
      branches.push(this.#sequence(depth));
      const char = this.#chars[this.#at++];
      // gobwas closes braces that the pattern left open.
      if (char !== ",") return { kind: "anyOf", branches };
    }
  }

  /** `[abc]`, `[!abc]`, `[a-z]`, `[!a-z]`: one range or a list of characters, never both. */
  #class(): Node {
    let not = false;
    if (this.#chars[this.#at] === "!") {
      not = true;
      this.#at++;
    }
    if (this.#chars[this.#at + 1] === "-") {
      const low = this.#chars[this.#at] as string;
      const high = this.#chars[this.#at + 2];
      if (high === undefined || this.#chars[this.#at + 3] !== "]" || high < low) throw new BadGlob();
      this.#at += 4;
      return { kind: "range", low, high, not };
    }
    let chars = "";
    for (;;) {
      let char = this.#chars[this.#at++];
      if (char === undefined) throw new BadGlob();
      if (char === "]") break;
      if (char === "\\") {
        char = this.#chars[this.#at++];
        if (char === undefined) throw new BadGlob();
      }
      chars += char;
    }
    if (chars === "") throw new BadGlob();
    return { kind: "list", chars, not };
  }
}

/**
 * Follows all the places in the name that may be reached, node by node: no pattern takes more than nodes × length
 * steps, however its braces are nested.
 */
function reach(nodes: readonly Node[], name: readonly string[], from: ReadonlySet<number>): Set<number> {
  let places = new Set(from);
  for (const node of nodes) {
    if (places.size === 0) return places;
    places = nodeReach(node, name, places);
  }
  return places;
}

function nodeReach(node: Node, name: readonly string[], from: ReadonlySet<number>): Set<number> {
  const to = new Set<number>();
  if (node.kind === "anyOf") {
    for (const branch of node.branches) for (const at of reach(branch, name, from)) to.add(at);
    return to;
  }
  for (const at of from) {
    const char = name[at];
    switch (node.kind) {
      case "text": {
        const text = Array.from(node.text);
        if (text.every((c, i) => name[at + i] === c)) to.add(at + text.length);
        break;
      }
      case "single":
        if (char !== undefined && char !== "/") to.add(at + 1);
        break;
      case "list":
        if (char !== undefined && node.chars.includes(char) !== node.not) to.add(at + 1);
        break;
      case "range":
        if (char !== undefined && (node.low <= char && char <= node.high) !== node.not) to.add(at + 1);
        break;
      default:
        for (let next = at; next <= name.length; next++) {
          to.add(next);
          if (node.kind === "any" && name[next] === "/") break;
        }
    }
  }
  return to;
}
