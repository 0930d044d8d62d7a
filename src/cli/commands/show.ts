import { SlipwayError, fromBytes, messageOf } from "../../base/index.ts";
import type { Chart } from "../../chart/index.ts";
import type { Command, CommandEntry, Context, FlagSpec, Flags } from "../command.ts";
import { chartFlags, locate } from "../repository-flags.ts";
import { helmVersionFlag, helmVersionOf } from "../values-flags.ts";

type Part = "chart" | "values" | "readme" | "crds" | "all";

const parts: Readonly<Record<Part, string>> = {
  all: "everything there is to show about a chart",
  chart: "a chart's Chart.yaml",
  crds: "a chart's CustomResourceDefinitions",
  readme: "a chart's README",
  values: "a chart's values.yaml",
};

const flags: readonly FlagSpec[] = [
  helmVersionFlag,
  { name: "verify", type: "bool", hidden: true, usage: "charts are not verified yet" },
  { name: "keyring", type: "string", hidden: true, usage: "charts are not verified yet" },
  { name: "plain-http", type: "bool", hidden: true, usage: "has no effect here" },
  ...chartFlags,
];

function part(name: Part): CommandEntry {
  const more: readonly FlagSpec[] =
    name === "values"
      ? [{ name: "jsonpath", type: "string", kind: "path", usage: "show only what this JSONPath finds" }]
      : [];
  const command: Command = {
    name,
    short: parts[name],
    examples: `# A folder, an archive, an address, or a chart of a repository
slipway show ${name} ./chart
slipway show ${name} external-secrets/external-secrets --version 2.9.0`,
    args: "CHART",
    arity: [1, 1],
    flags: [...flags, ...more],
    async run(context, args, given) {
      context.out(await show(context, name, args[0] as string, given));
      return 0;
    },
  };
  return { name, short: parts[name], load: async () => ({ command }) };
}

/** `slipway show`: what a chart says about itself. */
export const command: Command = {
  name: "show",
  aliases: ["inspect"],
  short: "what a chart says about itself",
  examples: `# The values that a chart can be given
slipway show values ./chart

# Chart.yaml, values.yaml, README and CRDs
slipway show all ./chart`,
  arity: [0, 0],
  flags: [],
  subcommands: (Object.keys(parts) as Part[]).map(part),
};

async function show(context: Context, what: Part, ref: string, given: Flags): Promise<string> {
  const { loadChart, metadataJson } = await import("../../chart/index.ts");
  const { stringify } = await import("../../goyaml/index.ts");
  const path = await locate(context, ref, given);
  const helmVersion = helmVersionOf(given);
  const chart = await loadChart(path, { helmVersion, lenient: true });
  const all = what === "all";
  let out = "";
  if (all || what === "chart") out += `${stringify(metadataJson(chart.metadata))}\n`;
  if ((all || what === "values") && chart.values !== null) {
    if (all) out += "---\n";
    const query = what === "values" ? given.string("jsonpath") : "";
    out += query === "" ? rawValues(chart) : await queried(context, query, chart);
  }
  if (all || what === "readme") out += readme(chart, all);
  if (all || what === "crds") out += await crds(chart, all, helmVersion === 3);
  return out;
}

function rawValues(chart: Chart): string {
  return chart.raw
    .filter(({ name }) => name === "values.yaml")
    .map(({ data }) => `${fromBytes(data)}\n`)
    .join("");
}

async function queried(context: Context, query: string, chart: Chart): Promise<string> {
  const { JsonPathSyntaxError, evaluateJsonPath } = await import("../jsonpath.ts");
  try {
    return evaluateJsonPath(query, chart.values);
  } catch (error) {
    if (error instanceof JsonPathSyntaxError) {
      throw new SlipwayError(`error parsing jsonpath ${query}: ${error.message}`, { code: "cli.flag" });
    }
    // What leads to nothing prints nothing, and is no failure, in either Helm; here it is said.
    context.err(`WARNING: ${query}: ${messageOf(error)}\n`);
    return "";
  }
}

function readme(chart: Chart, all: boolean): string {
  const names = ["readme.md", "readme.txt", "readme"];
  const file = chart.files.find(({ name }) => names.includes(name.toLowerCase()));
  return file === undefined ? "" : `${all ? "---\n" : ""}${fromBytes(file.data)}\n`;
}

/** Helm 4 puts `---` before every file that does not start with one, Helm 3 only before the first, and only in `all`. */
async function crds(chart: Chart, all: boolean, helm3: boolean): Promise<string> {
  const { crdFiles } = await import("../../chart/index.ts");
  return crdFiles(chart)
    .map(({ file }, i) => {
      const text = fromBytes(file.data);
      const separate = helm3 ? all && i === 0 : true;
      return `${separate && !text.startsWith("---") ? "---\n" : ""}${text}\n`;
    })
    .join("");
}
