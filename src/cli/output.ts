import type { Context, FlagSpec } from "./command.ts";

/** Helm's output formats. */
export type OutputFormat = "table" | "json" | "yaml";

const formats: readonly string[] = ["table", "json", "yaml"];

/** The flag `-o, --output`, as Helm has it on every command that prints data. */
export const outputFlag: FlagSpec = {
  name: "output",
  short: "o",
  type: "string",
  kind: "format",
  default: "table",
  values: formats,
  usage: "print as table, json or yaml",
  check(text) {
    if (!formats.includes(text)) throw new Error("invalid format type");
    return text;
  },
};

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
