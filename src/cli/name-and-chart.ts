import { SlipwayError } from "../base/index.ts";
import type { Flags } from "./command.ts";

/** What `[NAME] CHART` and the flags that make names say; `name` is undefined where nothing says one. */
export interface NameAndChart {
  readonly name: string | undefined;
  readonly ref: string;
}

/**
 * NAME and CHART from the arguments, or the name by --name-template, as Helm takes them. Throws `cli.args` for a third
 * argument and for a name beside --generate-name or --name-template.
 */
export async function nameAndChart(args: readonly string[], flags: Flags): Promise<NameAndChart> {
  const fail = (message: string) => new SlipwayError(message, { code: "cli.args" });
  const template = flags.string("name-template");
  const [first = "", second] = args;
  if (args.length > 2) throw fail(`expected at most two arguments, unexpected arguments: ${args.slice(2).join(", ")}`);
  if (second !== undefined) {
    if (flags.bool("generate-name")) throw fail("cannot set --generate-name and also specify a name");
    if (template !== "") throw fail("cannot set --name-template and also specify a name");
    return { name: first, ref: second };
  }
  if (template === "") return { name: undefined, ref: first };
  const { nameFromTemplate } = await import("../render/index.ts");
  return { name: await nameFromTemplate(template), ref: first };
}
