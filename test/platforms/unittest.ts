/** The helm-unittest suites of a chart, run by stock helm-unittest. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { runProgram } from "./render.ts";

/** True when the chart has suites. */
export function hasSuites(folder: string): boolean {
  return globSync("tests/*_test.yaml", { cwd: folder }).length > 0;
}

/**
 * What failed, empty when all passed.
 * @param options `template`: only the suites that name this file of templates/; all for one that others include
 */
export async function unittest(
  helmUnittest: string,
  chart: string,
  options: { readonly failFast?: boolean; readonly template?: string } = {},
): Promise<string[]> {
  const { template = "_all.tpl" } = options;
  const all = globSync("tests/*_test.yaml", { cwd: chart }).toSorted();
  const chosen = all.filter(
    (file) => template.endsWith(".tpl") || readFileSync(join(chart, file), "utf8").includes(template),
  );
  // A suite that names no templates asks for all of them.
  const suites = chosen.length > 0 ? chosen : all;
  const words = ["--strict", "--color=false", ...(options.failFast === true ? ["--failfast"] : [])];
  const files = suites.flatMap((file) => ["-f", file]);
  // It makes much that lives shortly: collecting it less often saves a third of its time.
  const env = { GOGC: "400", ...process.env };
  const ran = await runProgram(helmUnittest, [...words, "--with-subchart=false", ...files, chart], { env });
  return ran.code === 0 ? [] : [`${ran.out}${ran.err}`.trim()];
}
