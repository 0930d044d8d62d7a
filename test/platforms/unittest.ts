/** The helm-unittest suites of a chart, run by stock helm-unittest. */
import { globSync } from "node:fs";
import { runProgram } from "./render.ts";

/** True when the chart has suites. */
export function hasSuites(folder: string): boolean {
  return globSync("tests/*_test.yaml", { cwd: folder }).length > 0;
}

/** What failed, empty when all passed. */
export async function unittest(
  helmUnittest: string,
  chart: string,
  options: { failFast?: boolean } = {},
): Promise<string[]> {
  const words = ["--strict", "--color=false", ...(options.failFast === true ? ["--failfast"] : [])];
  const ran = await runProgram(helmUnittest, [...words, "--with-subchart=false", "-f", "tests/*_test.yaml", chart]);
  return ran.code === 0 ? [] : [`${ran.out}${ran.err}`.trim()];
}
