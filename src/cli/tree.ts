import type { Command, CommandEntry, FlagSpec } from "./command.ts";
import { takesWord, type FlagTable, flagTable, usageError } from "./flags.ts";
import { goQuote } from "./go-text.ts";

/** A command found on a command line. */
export interface Found {
  /** The words that name it, `slipway` first. */
  readonly path: readonly string[];
  /** Undefined: the program itself. */
  readonly command?: Command;
  /** The table it was found in or leads to: what `Did you mean this?` draws on. */
  readonly entries: readonly CommandEntry[];
  /** The command line without the words that name the command. */
  readonly rest: readonly string[];
}

/**
 * Walks down the command table as cobra does: the first word that is no flag and no flag's value names the next
 * command. A word that a group does not know is an error with suggestions.
 */
export async function findCommand(
  words: readonly string[],
  root: readonly CommandEntry[],
  globals: readonly FlagSpec[],
): Promise<Found> {
  const path = ["slipway"];
  let command: Command | undefined;
  let entries = root;
  let rest = [...words];
  for (;;) {
    const at = commandWord(rest, flagTable(command?.flags ?? [], globals));
    const word = at === undefined ? undefined : (rest[at] as string);
    if (at === undefined || word === undefined || entries.length === 0) break;
    const entry = entries.find((candidate) => candidate.name === word || candidate.aliases?.includes(word));
    if (entry === undefined) {
      // `slipway get --help` and `slipway get` are fine; `slipway get nonsense` is not, unless the group runs itself.
      if (command?.run !== undefined) break;
      throw await unknownCommand(word, path, entries);
    }
    command = (await entry.load()).command;
    path.push(command.name);
    rest = rest.toSpliced(at, 1);
    entries = command.subcommands ?? [];
  }
  return { path, ...(command === undefined ? {} : { command }), entries, rest };
}

/** The index of the first word that is neither a flag nor the value of one. Unknown flags are taken to need a value. */
function commandWord(words: readonly string[], table: FlagTable): number | undefined {
  for (let i = 0; i < words.length; i++) {
    const word = words[i] as string;
    if (word === "--") return undefined;
    if (!word.startsWith("-")) {
      if (word !== "") return i;
      continue;
    }
    if (word.includes("=") || word === "-h" || word === "--help") continue;
    const spec = word.startsWith("--") ? table.byName.get(word.slice(2)) : table.byShort.get(word.slice(1));
    const takesValue = spec === undefined || takesWord(spec, words[i + 1]);
    if (takesValue && (word.startsWith("--") || word.length === 2)) i++;
  }
  return undefined;
}

async function unknownCommand(word: string, path: readonly string[], entries: readonly CommandEntry[]): Promise<Error> {
  const { suggest } = await import("./suggest.ts");
  const visible = entries.filter((entry) => entry.hidden !== true);
  const near = suggest(
    word,
    visible.map((entry) => entry.name),
  );
  const hint = near.length === 0 ? "" : `\n\nDid you mean this?\n${near.map((name) => `\t${name}\n`).join("")}`;
  return usageError(`unknown command ${goQuote(word)} for ${goQuote(path.join(" "))}${hint}`, path);
}
