import { type GoMap, type Span, fromBytes, messageOf } from "../../base/index.ts";
import { type Chart, crdFiles, splitDocuments } from "../../chart/index.ts";
import { parse, parseWithSpans } from "../../goyaml/index.ts";
import { readHead } from "../../manifest/index.ts";
import { lintChartFile } from "./chart-file.ts";
import { lintTemplates } from "./templates.ts";
import { type LintInput, type LintMessage, type LintOptions, Messages } from "./types.ts";
import { lintValues } from "./values.ts";

export type { LintInput, LintMessage, LintOptions, Severity } from "./types.ts";

/** Everything that Helm's lint finds in a chart, in its order and words, each with its place in the chart's files. */
export async function lintChart(input: LintInput, user: GoMap, options: LintOptions = {}): Promise<LintMessage[]> {
  const messages = new Messages();
  const helmVersion = options.helmVersion ?? 4;
  lintChartFile(input, messages, helmVersion);
  await lintValues(input, user, messages, options);
  await lintTemplates(input, user, messages, options);
  await lintDependencies(input, messages);
  if (helmVersion === 4) await lintCrds(input, messages);
  return messages.list;
}

async function lintDependencies(input: LintInput, messages: Messages): Promise<void> {
  let chart: Chart;
  try {
    chart = await input.load();
  } catch (error) {
    messages.check("ERROR", "", `unable to load chart\n\t${messageOf(error)}`);
    return;
  }
  const wanted = (chart.metadata.dependencies ?? []).filter((dependency) => dependency !== null);
  const present = chart.dependencies.map((dependency) => dependency.metadata.name);
  const check = (severity: "ERROR" | "WARNING", what: string, names: readonly string[]) => {
    if (names.length === 0) return;
    const entry = wanted.findLast(({ name, alias }) => names.includes(alias === "" ? name : alias));
    const span = dependencySpan(input, entry && chart.metadata.dependencies?.indexOf(entry));
    messages.check(severity, input.folder, `${what}: ${names.join(",")}`, { span });
  };
  const named = wanted.map(({ name }) => name);
  check(
    "ERROR",
    "chart metadata is missing these dependencies",
    present.filter((name) => !named.includes(name)),
  );
  const keys = wanted.map(({ name, alias }) => (alias === "" ? name : alias));
  check(
    "ERROR",
    "multiple dependencies with name or alias",
    keys.filter((key, i) => keys.indexOf(key) < i),
  );
  check(
    "WARNING",
    "chart directory is missing these dependencies",
    named.filter((name) => !present.includes(name)),
  );
}

/** An entry of Chart.yaml's dependencies, or where there is none Chart.yaml itself. */
function dependencySpan(input: LintInput, index: number | undefined): Span {
  const file = "Chart.yaml";
  const text = input.files.find(({ name }) => name === file)?.data;
  const found = text && index !== undefined && parseWithSpans(fromBytes(text), { file }).span(["dependencies", index]);
  return found || { file, line: 1, column: 1 };
}

async function lintCrds(input: LintInput, messages: Messages): Promise<void> {
  const isFile = input.files.some(({ name }) => name === "crds");
  if (!isFile && !input.folders.has("crds")) return;
  if (!messages.check("ERROR", "crds/", isFile ? "not a directory" : undefined)) return;
  let chart: Chart;
  try {
    chart = await input.load();
  } catch (error) {
    messages.check("ERROR", "crds/", messageOf(error));
    return;
  }
  for (const crd of crdFiles(chart)) {
    if (!lintCrd(crd.name, fromBytes(crd.file.data), messages)) return;
  }
}

function lintCrd(name: string, text: string, messages: Messages): boolean {
  const at = (line: number) => ({ span: { file: name, line, column: 1 } });
  try {
    for (const document of splitDocuments(text)) {
      const value = parse(document.text);
      if (value === null || value === undefined) continue;
      const { apiVersion, kind } = readHead(document.text);
      const line = document.line + 1;
      const group = apiVersion.startsWith("apiextensions.k8s.io");
      messages.check("ERROR", name, group ? undefined : "apiVersion is not in 'apiextensions.k8s.io'", at(line));
      const isCrd = kind === "CustomResourceDefinition";
      messages.check("ERROR", name, isCrd ? undefined : "object kind is not 'CustomResourceDefinition'", at(line));
    }
    return true;
  } catch (error) {
    const message = messageOf(error).replace("util.SimpleHead", "rules.k8sYamlStruct");
    return messages.check("ERROR", name, `unable to parse YAML: ${message}`, at(1));
  }
}
