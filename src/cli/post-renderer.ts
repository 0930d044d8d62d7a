import { SlipwayError } from "../base/index.ts";
import type { RenderOptions } from "../render/index.ts";
import type { Context, Flags } from "./command.ts";

/** The post-renderer that the flags name. */
export function postRenderer(_context: Context, flags: Flags): RenderOptions["postRender"] | undefined {
  if (flags.string("post-renderer") === "") return undefined;
  throw new SlipwayError("post-renderers are not supported yet", { code: "cli.flag" });
}
