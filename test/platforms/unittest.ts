/** The helm-unittest suites of a chart, run by stock helm-unittest. */
import { globSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import { runProgram } from "./render.ts";

/** True when the chart has suites. */
export function hasSuites(folder: string): boolean {
  return globSync("tests/*_test.yaml", { cwd: folder }).length > 0;
}

/**
 * What failed, empty when all passed. The schema is compiled anew for each test, which takes half of the time: it is asked
 * in schema_test.yaml, which says what it refuses, and left out elsewhere (values files meet it when they are linted).
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
  const aboutSchema = (file: string) => basename(file) === "schema_test.yaml";
  const words = ["--strict", "--color=false", "--with-subchart=false"];
  if (options.failFast === true) words.push("--failfast");
  // It makes much that lives shortly: collecting it less often saves a third of its time.
  const env = { GOGC: "400", ...process.env };
  for (const { files, schema } of [
    { files: suites.filter((file) => !aboutSchema(file)), schema: ["--skip-schema-validation"] },
    { files: suites.filter(aboutSchema), schema: [] },
  ]) {
    if (files.length === 0) continue;
    const named = files.flatMap((file) => ["-f", file]);
    const ran = await runProgram(helmUnittest, [...words, ...schema, ...named, chart], { env });
    if (ran.code !== 0) return [`${ran.out}${ran.err}`.trim()];
  }
  return [];
}
