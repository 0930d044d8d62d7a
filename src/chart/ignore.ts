import { SlipwayError, messageOf } from "../base/index.ts";
import { BadPattern, filepathMatch } from "./filepath-match.ts";

interface Rule {
  readonly negate: boolean;
  readonly directoryOnly: boolean;
  matches(path: string): boolean;
}

/** The rules of a `.helmignore` file, and Helm's own: dot files below templates/ are never part of a chart. */
export class IgnoreRules {
  readonly #rules: Rule[] = [];

  /** Reads a `.helmignore`; throws `chart.helmignore` in Helm's words for `**` and malformed patterns. */
  constructor(text = "") {
    const lines = text.replace(/^\uFEFF/, "").split("\n");
    lines.forEach((line, index) => {
      try {
        this.#add(line.replace(/\r$/, ""));
      } catch (error) {
        throw new SlipwayError(messageOf(error), {
          code: "chart.helmignore",
          span: { file: ".helmignore", line: index + 1, column: 1 },
          doing: "reading .helmignore",
        });
      }
    });
    this.#add("templates/.?*");
  }

  #add(line: string): void {
    let rule = line.trim();
    if (rule === "" || rule.startsWith("#")) return;
    if (rule.includes("**")) throw new Error("double-star (**) syntax is not supported");
    filepathMatch(rule, "abc");
    const negate = rule.startsWith("!");
    if (negate) rule = rule.slice(1);
    const directoryOnly = rule.endsWith("/");
    if (directoryOnly) rule = rule.slice(0, -1);
    const anchored = rule.startsWith("/");
    const pattern = anchored ? rule.slice(1) : rule;
    const matches = matcher(pattern);
    const wholePath = anchored || pattern.includes("/");
    this.#rules.push({ negate, directoryOnly, matches: wholePath ? matches : (path) => matches(baseName(path)) });
  }

  /**
   * Is the path (inside the chart, with `/`) left out? The first rule that decides ends the search; a rule with `!`
   * leaves out everything it does not match, which is Helm's odd reading of negation.
   */
  ignores(path: string, isDirectory: boolean): boolean {
    if (path === "" || path === "." || path === "./") return false;
    for (const rule of this.#rules) {
      if (rule.negate) {
        if ((rule.directoryOnly && !isDirectory) || !rule.matches(path)) return true;
      } else if ((!rule.directoryOnly || isDirectory) && rule.matches(path)) {
        return true;
      }
    }
    return false;
  }
}

/** Most rules are a name or an ending, which need no matching of patterns. */
function matcher(pattern: string): (path: string) => boolean {
  if (!/[*?[\\]/.test(pattern)) return (path) => path === pattern;
  const ending = /^\*([^*?[\\/]*)$/.exec(pattern)?.[1];
  if (ending !== undefined) return (path) => path.endsWith(ending) && !path.includes("/");
  return (path) => quietMatch(pattern, path);
}

function quietMatch(pattern: string, path: string): boolean {
  try {
    return filepathMatch(pattern, path);
  } catch (error) {
    if (error instanceof BadPattern) return false;
    throw error;
  }
}

function baseName(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}
