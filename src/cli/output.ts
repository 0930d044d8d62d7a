import type { FlagSpec } from "./command.ts";

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
