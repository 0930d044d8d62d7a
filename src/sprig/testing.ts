import { seededRandom } from "../base/index.ts";
import { TemplateSet } from "../gotemplate/index.ts";
import { sprigFuncs, type SprigOptions } from "./funcs.ts";

/** For this room's tests: a template's output, at noon of 1 June 2024, with the same chance every time. */
export function render(template: string, options: Partial<SprigOptions> = {}, values: object = {}): string {
  const clock = { now: () => Date.UTC(2024, 5, 1, 12) };
  const funcs = sprigFuncs({ clock, random: seededRandom(1), ...options });
  const set = new TemplateSet({ name: "t", funcs, missingKey: "zero" });
  set.parse("t", template);
  return set.execute("t", values);
}
