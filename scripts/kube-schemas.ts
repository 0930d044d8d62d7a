/**
 * JSON schemas of Kubernetes' own kinds and of the CRDs that charts lean on, for kubeconform: made once from the Go
 * modules that publish them, into a cache folder outside the clone.
 *
 *     node scripts/kube-schemas.ts           makes what is missing and prints the folders
 *
 * A kind's schema is one file, `<group>/<kind>_<version>.json` (the core group's folder is `v1`), that holds the
 * definitions it needs. Fields that the API does not know are refused, and quantities and int-or-string values are
 * checked. Where a field may be missing it may be null, which the API server takes for the same.
 */
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { parse } from "../src/goyaml/index.ts";
import { hasGo, toolsCache } from "../test/tools/tools.ts";
import { vendorCrds } from "./vendor-crds.ts";

/** The newest patch of each supported Kubernetes, from which its schemas are made. */
export const kubernetesVersions = ["1.32.13", "1.33.13", "1.34.4", "1.35.4", "1.36.3"] as const;

/** Changed with what is made of the sources, so that older files are not taken. */
const recipe = 2;

type Json = Record<string, any>;

/** Where the schemas lie, by kubeconform's `-schema-location`. */
export interface KubeSchemas {
  /** For `-kubernetes-version`: those whose schemas are there. */
  readonly versions: readonly string[];
  readonly locations: readonly string[];
}

/**
 * The schemas, made where they are missing. Without Go, and for a module that cannot be had, an Error says so;
 * `offline` answers those that are there already.
 */
export function kubeSchemas(options: { readonly offline?: boolean } = {}): KubeSchemas {
  const base = join(dirname(toolsCache()), "schemas", `${recipe}`);
  const versions: string[] = [];
  for (const version of kubernetesVersions) {
    const folder = join(base, `v${version}`);
    if (!existsSync(folder)) {
      if (options.offline === true) continue;
      const swagger = join(moduleFolder("k8s.io/kubernetes", `v${version}`), "api", "openapi-spec", "swagger.json");
      writeAll(folder, builtinSchemas(JSON.parse(readFileSync(swagger, "utf8")).definitions));
    }
    versions.push(version);
  }
  const sets = vendorCrds(options);
  const crds = join(base, `crds-${sets.map(({ name, version }) => `${name}${version}`).join("-")}`);
  if (!existsSync(crds)) {
    const files = sets.flatMap((set) => set.files).map((file) => readFileSync(file, "utf8"));
    writeAll(crds, new Map(files.flatMap((text) => crdSchemas(parse(text) as Json))));
  }
  const file = "{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json";
  return { versions, locations: [join(base, "{{.NormalizedKubernetesVersion}}", file), join(crds, file)] };
}

/** Where `go mod download` leaves a module's files. */
function moduleFolder(module: string, version: string): string {
  if (!hasGo()) throw new Error(`${module}: Go is needed to fetch it`);
  const run = spawnSync("go", ["mod", "download", "-json", `${module}@${version}`], {
    cwd: dirname(import.meta.dirname),
    encoding: "utf8",
    env: { ...process.env, GOFLAGS: "-mod=mod" },
  });
  if (run.status !== 0) throw new Error(`${module}@${version} cannot be fetched: ${run.stdout}${run.stderr}`);
  return (JSON.parse(run.stdout) as { Dir: string }).Dir;
}

function writeAll(folder: string, schemas: ReadonlyMap<string, Json>): void {
  const temporary = `${folder}.${process.pid}`;
  for (const [name, schema] of schemas) {
    const path = join(temporary, name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, JSON.stringify(schema));
  }
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // Another process was first.
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

const quantity = {
  anyOf: [{ type: "number" }, { type: "string", pattern: "^[+-]?[0-9.]+([eE][-+]?[0-9]+|[numkMGTPE]|[KMGTPE]i)?$" }],
};

/** The schemas of Kubernetes' own kinds, by file name. */
function builtinSchemas(definitions: Json): Map<string, Json> {
  const strict: Json = {};
  for (const [name, definition] of Object.entries(definitions)) strict[name] = strictDefinition(name, definition);
  const out = new Map<string, Json>();
  for (const [name, definition] of Object.entries(definitions)) {
    for (const { group, version, kind } of (definition as Json)["x-kubernetes-group-version-kind"] ?? []) {
      // DeleteOptions and WatchEvent are listed under every group.
      if (definition["x-kubernetes-group-version-kind"].length > 1) continue;
      const apiVersion = group === "" ? version : `${group}/${version}`;
      const needed = closure(strict, name);
      const own = structuredClone(strict[name]);
      own.properties = { ...own.properties, apiVersion: { enum: [apiVersion] }, kind: { enum: [kind] } };
      own.required = [...new Set([...(own.required ?? []), "apiVersion", "kind"])];
      out.set(fileOf(group, version, kind), { ...own, definitions: needed });
    }
  }
  return out;
}

function fileOf(group: string, version: string, kind: string): string {
  return `${group === "" ? version : group}/${kind.toLowerCase()}_${version}.json`;
}

function strictDefinition(name: string, definition: Json): Json {
  if (name.endsWith(".IntOrString")) return { type: ["string", "integer"] };
  if (name.endsWith(".resource.Quantity")) return quantity;
  const out: Json = {};
  if (definition["type"] !== undefined) out["type"] = definition["type"];
  if (definition["required"] !== undefined) out["required"] = definition["required"];
  if (definition["format"] !== undefined) out["format"] = definition["format"];
  if (definition["properties"] !== undefined) {
    const required: string[] = definition["required"] ?? [];
    out["properties"] = Object.fromEntries(
      Object.entries(definition["properties"] as Json).map(([key, value]) => [
        key,
        required.includes(key) ? field(value) : { anyOf: [field(value), { type: "null" }] },
      ]),
    );
    out["additionalProperties"] = false;
  }
  return out;
}

/** A field without its prose and list markers. */
function field(schema: Json): Json {
  if (schema["$ref"] !== undefined) return { $ref: schema["$ref"] };
  const out: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key === "items" || key === "additionalProperties") out[key] = field(value);
    else if (key === "type" || key === "format") out[key] = value;
  }
  return out;
}

/** The definitions that one of them reaches. */
function closure(definitions: Json, name: string): Json {
  const out: Json = {};
  const visit = (value: unknown): void => {
    for (const [, found] of JSON.stringify(value).matchAll(/"#\/definitions\/([^"]+)"/g)) {
      if (found === undefined || found in out) continue;
      out[found] = definitions[found];
      visit(definitions[found]);
    }
  };
  visit(definitions[name]);
  return out;
}

/** The schemas of a CustomResourceDefinition's versions, by file name. */
function crdSchemas(crd: Json): [string, Json][] {
  const { group, names, versions } = crd["spec"];
  return versions.map((version: Json) => {
    const schema = strictCrd(version["schema"]["openAPIV3Schema"]);
    schema["properties"] = {
      ...schema["properties"],
      apiVersion: { enum: [`${group}/${version["name"]}`] },
      kind: { enum: [names.kind] },
      metadata: { type: "object" },
    };
    schema["required"] = [...new Set([...(schema["required"] ?? []), "apiVersion", "kind", "metadata"])];
    return [fileOf(group, version["name"], names.kind), schema];
  });
}

function strictCrd(schema: Json): Json {
  const out: Json = {};
  for (const [key, value] of Object.entries(schema)) {
    if (key.startsWith("x-kubernetes") || key === "description" || key === "default" || key === "example") continue;
    if (key === "properties") out[key] = mapValues(value, strictCrd);
    else if (key === "items" || key === "not") out[key] = strictCrd(value);
    else if (key === "additionalProperties") out[key] = typeof value === "object" ? strictCrd(value) : value;
    else if (["anyOf", "allOf", "oneOf"].includes(key)) out[key] = value.map(bare);
    else if (key !== "nullable") out[key] = value;
  }
  if (schema["x-kubernetes-int-or-string"] === true) out["type"] = ["string", "integer"];
  const open =
    schema["x-kubernetes-preserve-unknown-fields"] === true || schema["x-kubernetes-embedded-resource"] === true;
  if (schema["properties"] !== undefined && schema["additionalProperties"] === undefined && !open)
    out["additionalProperties"] = false;
  if (schema["nullable"] === true && typeof out["type"] === "string") out["type"] = [out["type"], "null"];
  return out;
}

/** Inside anyOf and its like fields are only narrowed: what is not named there is not refused. */
function bare(schema: Json): Json {
  const out = strictCrd(schema);
  if (out["additionalProperties"] === false && schema["additionalProperties"] === undefined)
    delete out["additionalProperties"];
  if (out["properties"] !== undefined) out["properties"] = mapValues(schema["properties"], bare);
  return out;
}

function mapValues(map: Json, change: (value: Json) => Json): Json {
  return Object.fromEntries(Object.entries(map).map(([key, value]) => [key, change(value)]));
}

if (import.meta.main) {
  const { versions, locations } = kubeSchemas();
  for (const version of versions) console.log(`Kubernetes ${version}`);
  for (const location of locations) console.log(location);
}
