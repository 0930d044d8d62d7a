import type { RenderOptions } from "../render/index.ts";
import type { Context, FlagSpec, Flags } from "./command.ts";

/** Whether a `$ref` of a values.schema.json may name an address. */
export const remoteSchemasFlag: FlagSpec = {
  name: "allow-remote-schemas",
  type: "bool",
  usage: "fetch what a values.schema.json refers to",
};

/** What {@link remoteSchemasFlag} says, for rendering and lint. */
export function remoteSchemas(context: Context, flags: Flags): Pick<RenderOptions, "loadSchema"> {
  if (!flags.bool(remoteSchemasFlag.name)) return {};
  return {
    loadSchema: async (url) => {
      const { download, parseSchema } = await import("../chart/index.ts");
      const { fromBytes } = await import("../base/index.ts");
      return parseSchema(fromBytes(await download(url, {}, context.signal)));
    },
  };
}
