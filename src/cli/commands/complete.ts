import type { Command } from "../command.ts";
import { completions } from "../completions.ts";
import { commands } from "./index.ts";

/**
 * `slipway __complete WORD…`, which the shells' scripts call: the last word is the one being written. Prints
 * `value<TAB>description` lines and, last, `:4` (only these) or `:0` (files may follow), as cobra does.
 */
export const command: Command = {
  name: "__complete",
  short: "completions for a command line",
  examples: `slipway __complete get ""`,
  args: "WORD...",
  arity: [0, -1],
  flags: [],
  hidden: true,
  async run(context, args) {
    const { values, filesToo } = await completions(args, commands, context);
    context.out(`${values.map((line) => `${line}\n`).join("")}:${filesToo ? 0 : 4}\n`);
    return 0;
  },
};
