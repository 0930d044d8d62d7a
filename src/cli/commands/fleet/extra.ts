import type { ExtraValues } from "../../../fleet/index.ts";
import type { Context, Flags } from "../../command.ts";

/** What `--values` and `--set` of a fleet command add to every release. */
export async function extraValues(context: Context, flags: Flags): Promise<ExtraValues> {
  const { readValuesFiles } = await import("../../values-flags.ts");
  return { files: await readValuesFiles(context, flags), set: flags.list("set") };
}
