import type { Command, CommandEntry, FlagSpec } from "./command.ts";
import { bareValue } from "./flags.ts";
import { formatDuration, goQuote } from "./go-text.ts";

/** What help is printed of. */
export interface HelpSubject {
  readonly path: readonly string[];
  readonly command?: Command;
  readonly entries: readonly CommandEntry[];
}

const program = {
  examples: `# See what a chart becomes, without a cluster
slipway template demo ./chart -f prod.yaml --set image.tag=1.2

# Install or upgrade a release and wait until it is ready
slipway upgrade --install demo ./chart -n shop --create-namespace --wait

# A Kubernetes on this machine, with nothing else installed
slipway cluster start

# Every release of a helmfile
slipway fleet --file deployments/dev/helmfile.yaml apply`,
  about: "Slipway puts Helm charts and helmfiles on Kubernetes, and brings a Kubernetes to try them on.",
};

/** The help text of a command: examples, what it does, usage, commands, flags in columns, global flags. */
export function helpText(subject: HelpSubject, globals: readonly FlagSpec[], columns = 100): string {
  const { command, entries } = subject;
  const name = subject.path.join(" ");
  const own = [...(command?.flags ?? []), helpFlag(name)];
  const parts = [
    `Examples:\n${indent(command?.examples ?? program.examples)}`,
    wrapText(command === undefined ? program.about : (command.long ?? command.short), columns),
    `Usage:\n${usageLines(subject)
      .map((line) => `  ${line}\n`)
      .join("")}`.trimEnd(),
  ];
  if (command?.aliases?.length) parts.push(`Also called: ${command.aliases.join(", ")}`);
  const visible = entries.filter((entry) => entry.hidden !== true);
  if (visible.length > 0)
    parts.push(
      `Commands:\n${twoColumns(
        visible.map((entry) => [entry.name, entry.short]),
        columns,
      )}`,
    );
  parts.push(`Flags:\n${flagColumns(own, columns)}`);
  parts.push(`Global flags:\n${flagColumns(globals, columns)}`);
  if (visible.length > 0) parts.push(`"${name} COMMAND --help" tells more about a command.`);
  return `${parts.join("\n\n")}\n`;
}

/** The lines under "Usage:". */
export function usageLines(subject: HelpSubject): string[] {
  const name = subject.path.join(" ");
  const lines: string[] = [];
  if (subject.command?.run !== undefined) {
    lines.push([name, subject.command.args, "[flags]"].filter((part) => part).join(" "));
  }
  if (subject.entries.length > 0) lines.push(`${name} COMMAND [flags]`);
  return lines;
}

function helpFlag(name: string): FlagSpec {
  return { name: "help", short: "h", type: "bool", usage: `help for ${name}` };
}

function flagColumns(flags: readonly FlagSpec[], columns: number): string {
  const rows = flags
    .filter((flag) => flag.hidden !== true && flag.deprecated === undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((flag): [string, string] => [flagLabel(flag), flag.usage + defaultNote(flag)]);
  return twoColumns(rows, columns);
}

/** pflag's left column: `-n, --name type[="bare"]`. */
function flagLabel(flag: FlagSpec): string {
  const short = flag.short === undefined ? "    " : `-${flag.short}, `;
  const kind = flag.type === "bool" ? "" : ` ${flag.kind ?? kinds[flag.type]}`;
  const bare = flag.type !== "bool" && bareValue(flag) !== undefined ? `[=${bareValue(flag)}]` : "";
  return `${short}--${flag.name}${kind}${bare}`;
}

const kinds: Readonly<Record<FlagSpec["type"], string>> = {
  bool: "",
  string: "string",
  int: "int",
  float32: "number",
  duration: "duration",
  stringSlice: "strings",
  stringArray: "string",
  stringToString: "key=value",
};

function defaultNote(flag: FlagSpec): string {
  const value = flag.default;
  if (value === undefined || value === "" || value === 0 || value === false) return "";
  if (flag.type === "duration" && typeof value === "number") return ` (default ${formatDuration(value)})`;
  return ` (default ${flag.type === "string" ? goQuote(String(value)) : value})`;
}

/** Two columns, the right one wrapped; a left cell that is far too wide stands on a line of its own. */
function twoColumns(rows: readonly (readonly [string, string])[], columns: number): string {
  const widest = Math.max(...rows.map(([left]) => left.length));
  const left = Math.min(widest, Math.max(24, Math.floor(columns * 0.45)));
  const lines: string[] = [];
  for (const [label, text] of rows) {
    const wrapped = wrap(text, Math.max(30, columns - left - 6));
    if (label.length > left) lines.push(`  ${label}`);
    wrapped.forEach((line, i) => {
      const cell = i === 0 && label.length <= left ? label : "";
      lines.push(`  ${cell.padEnd(left)}   ${line}`.trimEnd());
    });
  }
  return lines.join("\n");
}

function wrap(text: string, width: number): string[] {
  const lines: string[] = [];
  let line = "";
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line);
      line = word;
    } else line = line === "" ? word : `${line} ${word}`;
  }
  lines.push(line);
  return lines;
}

/** Wraps paragraphs; lines that are indented (code) or begin a list item stay lines of their own. */
function wrapText(text: string, columns: number): string {
  const joined = text.replace(/([^\n])\n(?![\n -])/g, "$1 ");
  return joined
    .split("\n")
    .flatMap((line) => (line.startsWith(" ") ? [line] : wrap(line, columns)))
    .join("\n");
}

function indent(text: string): string {
  return text
    .trim()
    .split("\n")
    .map((line) => (line.trim() === "" ? "" : `  ${line}`))
    .join("\n");
}
