import type { Context, FlagSpec } from "./command.ts";

/** Helm's output formats. */
export type OutputFormat = "table" | "json" | "yaml";

/** `-o, --output` with these formats, the first of them the default; any other is refused in Helm's words. */
export function formatFlag(formats: readonly [string, ...string[]], usage: string): FlagSpec {
  return {
    name: "output",
    short: "o",
    type: "string",
    kind: "format",
    default: formats[0],
    values: formats,
    usage,
    check(text) {
      if (!formats.includes(text)) throw new Error("invalid format type");
      return text;
    },
  };
}

/** The flag `-o, --output`, as Helm has it on every command that prints data. */
export const outputFlag: FlagSpec = formatFlag(["table", "json", "yaml"], "print as table, json or yaml");

/** Prints rows of one shape: as one line of JSON, as YAML, or as a table under the given headings. */
export async function printRows(
  context: Context,
  format: string,
  rows: readonly Readonly<Record<string, string | number | boolean>>[],
  headings: readonly string[],
): Promise<void> {
  if (format === "json") return context.out(`${JSON.stringify(rows)}\n`);
  if (format === "yaml") {
    const { stringify } = await import("../goyaml/index.ts");
    return context.out(stringify(rows));
  }
  const { table } = await import("./table.ts");
  const lines = table([headings, ...rows.map((row) => Object.values(row).map(String))]);
  // helmfile trims what follows the last column's text.
  context.out(lines.replace(/[ \t]+$/gm, ""));
}
