import { type GoMap, newMap, SlipwayError, systemClock, systemRandom } from "../base/index.ts";
import { func, type FuncMap, TemplateSet } from "../gotemplate/index.ts";
import { familiesOf, loadFamilies, sprigFuncs } from "../sprig/index.ts";
import { helmfileFunctions } from "./functions.ts";
import type { Host } from "./host.ts";

/** What a template of a helmfile may see and do. */
export interface TemplateScope {
  /** Paths in readFile and friends are relative to this folder; `_*.tpl` files in it are there for `include`. */
  readonly dir: string;
  readonly host: Host;
  /** `.Environment`, `.Values`, `.Release`, …; `.StateValues` is added. */
  readonly data: GoMap;
}

/** helmfile's name of every template it makes; it shows in errors. */
const rootName = "stringTemplate";

/** How deep `include` may go in one name. */
const mostIncludes = 1000;

/**
 * Renders one text of a helmfile (a part, a values file, a field of a release) as helmfile does: Go templates with
 * sprig and helmfile's own functions, where a missing key is an error. Text without an action is given back as it is.
 * Throws template.parse or template.exec with Go's message.
 */
export async function renderText(text: string, scope: TemplateScope): Promise<string> {
  if (!text.includes("{{")) return text;
  const helpers = scope.host.helpers(scope.dir);
  const words = [text, ...helpers.map(([, helper]) => helper)].join(" ").match(/[a-zA-Z_]\w*/g) ?? [];
  await loadFamilies(familiesOf(words));
  const data = Object.assign(newMap(), scope.data, { StateValues: scope.data.Values });
  return templates(scope, helpers, text).execute(rootName, data);
}

function templates(scope: TemplateScope, helpers: readonly [string, string][], text: string): TemplateSet {
  const sprig = sprigFuncs({ clock: systemClock, random: systemRandom });
  const nested = new Map<string, number>();
  const functions: FuncMap = {
    ...sprig,
    ...helmfileFunctions(scope, sprig),
    include: func(
      ["string", "interface {}"],
      (name: string, data: unknown) => {
        const depth = nested.get(name) ?? 0;
        if (depth > mostIncludes) {
          throw new Error(`rendering template has a nested reference name: ${name}: unable to execute template`);
        }
        nested.set(name, depth + 1);
        try {
          return set.execute(name, data);
        } finally {
          nested.set(name, depth);
        }
      },
      { result: "string" },
    ),
    tpl: func(
      ["string", "interface {}"],
      (content: string, data: unknown) => templates(scope, helpers, content).execute(rootName, data),
      { result: "string" },
    ),
  };
  const set = new TemplateSet({ name: rootName, funcs: functions, missingKey: "error" });
  for (const [path, helper] of helpers) {
    try {
      set.parse(rootName, helper);
    } catch (error) {
      if (!(error instanceof SlipwayError)) throw error;
      throw new SlipwayError(`failed to parse helper template ${path}: ${error.message}`, error.facts);
    }
  }
  set.parse(rootName, text);
  return set;
}
