import { resolve } from "node:path";
import type { ExtraValues } from "../../../fleet/index.ts";
import type { Context, Flags } from "../../command.ts";

/** What `--values` and `--set` of a fleet command add to every release. */
export async function extraValues(context: Context, flags: Flags): Promise<ExtraValues> {
  const { readFile } = await import("node:fs/promises");
  const files = await Promise.all(
    flags.list("values").map(async (name) => ({ name, text: await readFile(resolve(context.cwd, name), "utf8") })),
  );
  return { files, set: flags.list("set") };
}
