import type { CommandEntry, Context, FlagSpec } from "./command.ts";
import { takesWord, type FlagTable, flagTable, parseFlags } from "./flags.ts";
import { globalFlags } from "./globals.ts";
import { findCommand } from "./tree.ts";

/** Lines of `value` or `value<TAB>description`, and whether file names make sense as well. */
export interface Completions {
  readonly values: readonly string[];
  readonly filesToo: boolean;
}

/** Completes the last of `words`: commands, flags, values of flags, and what a command says of its arguments. */
export async function completions(
  words: readonly string[],
  root: readonly CommandEntry[],
  context: Context,
): Promise<Completions> {
  const current = words.at(-1) ?? "";
  const before = words.slice(0, -1);
  const globals = globalFlags(context.env);
  let found: Awaited<ReturnType<typeof findCommand>>;
  try {
    found = await findCommand(before, root, globals);
  } catch {
    return { values: [], filesToo: false };
  }
  const { command, entries, rest } = found;
  const table = flagTable(command?.flags ?? [], globals);
  const open = before.includes("--") ? undefined : openFlag(before.at(-1), table);
  if (open !== undefined && open.complete === undefined) return flagValues(open, current, "");
  if (current.startsWith("-") && !before.includes("--")) return flagWords(current, table);
  let parsed: ReturnType<typeof parseFlags>;
  try {
    parsed = parseFlags(open === undefined ? rest : withoutLast(rest, before.at(-1)), table);
  } catch {
    return { values: [], filesToo: false };
  }
  if (open?.complete !== undefined) {
    const values = await open.complete(context, parsed.args, parsed.flags).catch(() => []);
    return { values: values.filter((value) => value.startsWith(current)), filesToo: false };
  }
  if (entries.length > 0 && parsed.args.length === 0) {
    const lines = entries.filter((entry) => entry.hidden !== true).map((entry) => `${entry.name}\t${entry.short}`);
    return { values: lines.filter((line) => line.startsWith(current)), filesToo: false };
  }
  if (command?.complete === undefined) return { values: [], filesToo: command?.args !== undefined };
  try {
    const values = await command.complete(context, parsed.args, parsed.flags);
    const near = values.filter((value) => value.startsWith(current));
    return { values: near, filesToo: near.length === 0 };
  } catch {
    // A cluster that does not answer is no reason to write into someone's prompt.
    return { values: [], filesToo: true };
  }
}

/** The words without the flag at their end, whose value is being written. */
function withoutLast(words: readonly string[], flag: string | undefined): string[] {
  const at = flag === undefined ? -1 : words.lastIndexOf(flag);
  return at < 0 ? [...words] : words.toSpliced(at, 1);
}

/** The flag whose value comes next, where the word before the current one is such a flag. */
function openFlag(word: string | undefined, table: FlagTable): FlagSpec | undefined {
  if (word === undefined || !word.startsWith("-") || word.includes("=")) return undefined;
  const spec = word.startsWith("--") ? table.byName.get(word.slice(2)) : table.byShort.get(word.slice(-1));
  return spec !== undefined && takesWord(spec, spec.values?.[0]) ? spec : undefined;
}

function flagValues(spec: FlagSpec, current: string, prefix: string): Completions {
  const values = (spec.values ?? []).filter((value) => value.startsWith(current)).map((value) => prefix + value);
  return { values, filesToo: spec.values === undefined };
}

function flagWords(current: string, table: FlagTable): Completions {
  const equals = current.indexOf("=");
  if (equals > 0) {
    const spec = table.byName.get(current.slice(2, equals));
    return spec === undefined
      ? { values: [], filesToo: false }
      : flagValues(spec, current.slice(equals + 1), current.slice(0, equals + 1));
  }
  const lines = [
    ...table.byName.values(),
    { name: "help", short: "h", type: "bool", usage: "help for this command" } as FlagSpec,
  ]
    .filter((spec) => spec.hidden !== true && spec.deprecated === undefined)
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map((spec) => `--${spec.name}\t${spec.usage}`);
  return { values: lines.filter((line) => line.startsWith(current)), filesToo: false };
}
