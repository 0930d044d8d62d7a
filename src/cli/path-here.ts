import { normalize, resolve } from "node:path";
import type { Context } from "./command.ts";

/** A path as it was given, cleaned, where that leads to the same: messages name it. */
export function pathHere(context: Pick<Context, "cwd">, path: string): string {
  const clean = normalize(path).replace(/(.)\/+$/, "$1");
  return context.cwd === process.cwd() ? clean : resolve(context.cwd, clean);
}
