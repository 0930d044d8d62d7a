import { type Span, fromBytes, newMap } from "../../base/index.ts";
import { type Chart, type SetKind, type UserValues, parseSet } from "../../chart/index.ts";
import { parseWithSpans } from "../../goyaml/index.ts";

/** Who set a value. */
export interface Origin {
  /** `prod.yaml`, `values.yaml of redis`, `--set image.tag=v2` */
  readonly what: string;
  readonly span?: Span;
  /** The steps of the path that this source has: all, or fewer where it set a map above. */
  readonly depth: number;
}

type Path = readonly string[];

/**
 * Who set the value at a path (or the map nearest above it): the flags, last first, then the values files, last first,
 * then the defaults of the root chart and of the subcharts on the way.
 */
export function originOf(path: Path, root: Chart, sources: UserValues | undefined): Origin | undefined {
  return fromFlags(path, sources) ?? fromFiles(path, sources) ?? fromCharts(path, root);
}

const flags: readonly (readonly [keyof UserValues, SetKind, string])[] = [
  ["setLiteral", "literal", "--set-literal"],
  ["setFile", "file", "--set-file"],
  ["setString", "string", "--set-string"],
  ["set", "set", "--set"],
  ["setJson", "json", "--set-json"],
];

function fromFlags(path: Path, sources: UserValues | undefined): Origin | undefined {
  for (const [key, kind, flag] of flags) {
    const list = (sources?.[key] ?? []) as readonly string[];
    for (const text of list.toReversed()) {
      let depth = 0;
      const note = (set: readonly (string | number)[]) => {
        if (set.every((step, i) => i >= path.length || String(step) === path[i])) {
          depth = Math.max(depth, Math.min(set.length, path.length));
        }
      };
      try {
        parseSet(kind, text, newMap(), { readFile: () => "" }, note);
      } catch {
        continue;
      }
      if (depth > 0) return { what: `${flag} ${text}`, depth };
    }
  }
  return undefined;
}

function fromFiles(path: Path, sources: UserValues | undefined): Origin | undefined {
  for (const file of (sources?.files ?? []).toReversed()) {
    const found = inText(path, file.text, file.name);
    if (found !== undefined)
      return { what: file.name, depth: found.depth, ...(file.inline ? {} : { span: found.span }) };
  }
  return undefined;
}

function fromCharts(path: Path, chart: Chart): Origin | undefined {
  const file = chart.raw.find(({ name }) => name === "values.yaml");
  const name = chart.path === undefined ? "values.yaml" : `${chart.path}/values.yaml`;
  const found = file === undefined ? undefined : inText(path, fromBytes(file.data), name);
  if (found !== undefined && found.depth === path.length) return { what: whose(chart), ...found };
  const child = chart.dependencies.find(({ metadata }) => metadata.name === path[0]);
  const below = child === undefined ? undefined : fromCharts(path.slice(1), child);
  if (below !== undefined) return { ...below, depth: below.depth + 1 };
  return found === undefined ? undefined : { what: whose(chart), ...found };
}

function whose(chart: Chart): string {
  return chart.parent === undefined ? "the chart's values.yaml" : `values.yaml of ${chart.metadata.name}`;
}

/** The place of the longest part of a path that a text has. */
function inText(path: Path, text: string, file: string): { span: Span; depth: number } | undefined {
  try {
    const located = parseWithSpans(text, { file });
    for (let depth = path.length; depth > 0; depth--) {
      const span = located.keySpan(path.slice(0, depth));
      if (span !== undefined) return { span, depth };
    }
  } catch {
    // What does not parse has set nothing.
  }
  return undefined;
}
