/**
 * Keeps what is said of the platforms' settings in one place, their values.yaml:
 *
 *     npm run charts                  writes each chart's values.schema.json and the table in its README.md
 *     npm run charts -- --check       writes nothing and ends with 1 where one of them differs
 *     npm run charts -- DIR…          does so for these charts only
 */
import { existsSync, globSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { parse } from "../src/goyaml/index.ts";
import { type Definitions, schemaOf } from "./charts/schema.ts";
import { readSettings } from "./charts/settings.ts";
import { withTable } from "./charts/table.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const definitionsFile = join(root, "platforms", "library", "definitions.yaml");

interface Metadata {
  readonly name: string;
  readonly type?: string;
  readonly dependencies?: readonly { readonly name: string; readonly alias?: string }[];
}

/** A file as it should be, beside what it is. */
export interface Written {
  readonly file: string;
  readonly wanted: string;
  readonly found: string | undefined;
}

/** The folders of all application charts under platforms/, links left aside. */
export function chartFolders(): string[] {
  return globSync(["platforms/**/Chart.yaml", "platforms/*/.helm/Chart.yaml"], { cwd: root })
    .filter((file) => !file.includes("/charts/slipway-common/") && !file.includes("/testdata/"))
    .map((file) => join(root, dirname(file)))
    .filter((folder) => metadataOf(folder).type !== "library")
    .filter((folder) => existsSync(join(folder, "values.yaml")))
    .toSorted();
}

/** What the generator makes of a chart: values.schema.json, and README.md where there is one. */
export function filesOf(folder: string): Written[] {
  const definitions = parse(readFileSync(definitionsFile, "utf8")) as Definitions;
  const { name, dependencies = [] } = metadataOf(folder);
  try {
    const settings = readSettings(readFileSync(join(folder, "values.yaml"), "utf8"));
    const subcharts = dependencies.map((dependency) => dependency.alias ?? dependency.name);
    const schema = schemaOf(name, settings, definitions, subcharts);
    const files = [written(join(folder, "values.schema.json"), `${JSON.stringify(schema, undefined, 2)}\n`)];
    const readme = join(folder, "README.md");
    if (existsSync(readme)) {
      files.push(written(readme, withTable(readFileSync(readme, "utf8"), settings, definitions)));
    }
    return files;
  } catch (error) {
    throw new Error(`${relative(root, folder)}: ${(error as Error).message}`, { cause: error });
  }
}

function metadataOf(folder: string): Metadata {
  return parse(readFileSync(join(folder, "Chart.yaml"), "utf8")) as Metadata;
}

function written(file: string, wanted: string): Written {
  return { file, wanted, found: existsSync(file) ? readFileSync(file, "utf8") : undefined };
}

function main(args: readonly string[]): number {
  const check = args.includes("--check");
  const named = args.filter((arg) => !arg.startsWith("--"));
  let different = 0;
  for (const folder of named.length > 0 ? named : chartFolders()) {
    for (const { file, wanted, found } of filesOf(folder)) {
      if (wanted === found) continue;
      different += 1;
      if (!check) writeFileSync(file, wanted);
      console.log(`${check ? "differs from values.yaml" : "written"}: ${relative(root, file)}`);
    }
  }
  return check && different > 0 ? 1 : 0;
}

if (import.meta.main) process.exitCode = main(process.argv.slice(2));
