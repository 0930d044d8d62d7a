import { isSlipwayError } from "../base/index.ts";
import type { CommandEntry, Context, Flags } from "./command.ts";
import { flagTable, parseFlags, usageError } from "./flags.ts";
import { globalFlags } from "./globals.ts";
import { goQuote } from "./go-text.ts";
import { signalCode } from "./signals.ts";
import { type Found, findCommand } from "./tree.ts";

/**
 * Runs one command line (without the program's name) and answers its exit code. Errors are printed here, to the
 * context's stderr: `Error: …`, where it happened, what to do; and as data on stdout, where -o asks for data and the
 * command line itself is right. Nothing is thrown.
 */
export async function run(
  words: readonly string[],
  entries: readonly CommandEntry[],
  context: Context,
): Promise<number> {
  const globals = globalFlags(context.env);
  let debug = context.env["HELM_DEBUG"] === "true" || words.includes("--debug");
  let found: Found | undefined;
  let format: "json" | "yaml" | undefined;
  try {
    // `slipway help get values` is `slipway get values --help`.
    // `slipway __complete …` takes its words raw: they are somebody's unfinished command line.
    const asked =
      words[0] === "help"
        ? [...words.slice(1), "--help"]
        : words[0] === "__complete"
          ? ["__complete", "--", ...words.slice(1)]
          : words;
    found = await findCommand(asked, entries, globals);
    const { command, rest } = found;
    const { args, flags, help, warnings } = parseFlags(rest, flagTable(command?.flags ?? [], globals));
    for (const warning of warnings) context.err(warning);
    debug = flags.bool("debug");
    if (help || command?.run === undefined) {
      const { helpText } = await import("./help.ts");
      context.out(helpText(found, globals, context.columns));
      return 0;
    }
    checkArity(found, args);
    format = dataFormat(flags);
    return await command.run(withColor(context, flags), args, flags);
  } catch (error) {
    // Nobody reads any more (`slipway … | head`): nothing to say, and the exit code is a broken pipe's.
    if (isSlipwayError(error, "cli.closed")) return 141;
    if (format !== undefined) {
      const { printFailure } = await import("./release-output.ts");
      await printFailure(context, format, error);
    }
    const { printError } = await import("./print-error.ts");
    await printError(error, context, debug);
    if (isSlipwayError(error, "cli.usage")) {
      const path = error.facts.path ?? found?.path.join(" ") ?? "slipway";
      context.err(`Run '${path} --help' for usage.\n`);
    }
    return exitCode(error);
  }
}

/**
 * For a run that a signal ended what shells say of it (130 of SIGINT, 143 of SIGTERM); 3 when no release or no environment
 * of a fleet matched, as helmfile; else 1.
 */
function exitCode(error: unknown): number {
  if (isSlipwayError(error, "cli.interrupted")) return signalCode(error.facts.cause);
  return isSlipwayError(error, "fleet.none") || isSlipwayError(error, "fleet.environment") ? 3 : 1;
}

/** The format for programs that -o asks for, if any: what fails is told in it as well. What is a default asks for nothing. */
function dataFormat(flags: Flags): "json" | "yaml" | undefined {
  const format = flags.given.has("output") ? flags.string("output") : "";
  return format === "json" || format === "yaml" ? format : undefined;
}

/** Helm's words for too few or too many positional arguments. */
function checkArity(found: Found, args: readonly string[]): void {
  const [least, most] = found.command?.arity ?? [0, -1];
  if (args.length >= least && (most < 0 || args.length <= most)) return;
  const plural = (n: number) => `${n} ${n === 1 ? "argument" : "arguments"}`;
  let what: string;
  if (most === 0) what = "accepts no arguments";
  else if (least === most) what = `requires ${plural(least)}`;
  else if (args.length < least) what = `requires at least ${plural(least)}`;
  else what = `accepts at most ${plural(most)}`;
  const usage = [...found.path, found.command?.args, "[flags]"].filter((part) => part).join(" ");
  throw usageError(`${goQuote(found.path.join(" "))} ${what}\n\nUsage:  ${usage}`);
}

/** --color, --colour and --no-color over what the terminal can do. */
function withColor(context: Context, flags: Flags): Context {
  const mode = flags.bool("no-color") ? "never" : flags.string(flags.given.has("colour") ? "colour" : "color");
  // Asking whether stdout is a terminal is not free: only who prints colours asks.
  const own: PropertyDescriptorMap = Object.getOwnPropertyDescriptors(context);
  own["color"] = { get: () => mode === "always" || (mode === "auto" && context.isTTY), enumerable: true };
  return Object.defineProperties({}, own) as Context;
}
