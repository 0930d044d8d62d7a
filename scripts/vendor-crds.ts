/**
 * The CustomResourceDefinitions of six operators that charts lean on, from their Go modules: fetched once into a cache
 * folder outside the clone, one folder of YAML files a set.
 *
 *     node scripts/vendor-crds.ts            fetches what is missing and prints the folders
 *     import { vendorCrds } from "…/scripts/vendor-crds.ts"
 */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { hasGo, toolsCache } from "../test/tools/tools.ts";

/** A set of definitions: where it comes from, and where its files lie. */
export interface CrdSet {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  /** Folder of YAML files, each with one CustomResourceDefinition. */
  readonly folder: string;
  readonly files: readonly string[];
}

const sources: readonly {
  readonly name: string;
  readonly module: string;
  readonly version: string;
  readonly path: string;
}[] = [
  {
    name: "prometheus-operator",
    module: "github.com/prometheus-operator/prometheus-operator",
    version: "v0.85.0",
    path: "example/prometheus-operator-crd",
  },
  { name: "gateway-api", module: "sigs.k8s.io/gateway-api", version: "v1.6.3", path: "config/crd/standard" },
  { name: "keda", module: "github.com/kedacore/keda/v2", version: "v2.21.0", path: "config/crd/bases" },
  {
    name: "external-secrets",
    module: "github.com/external-secrets/external-secrets",
    version: "v1.3.2",
    path: "config/crds/bases",
  },
  { name: "cert-manager", module: "github.com/cert-manager/cert-manager", version: "v1.21.2", path: "deploy/crds" },
  { name: "argo-cd", module: "github.com/argoproj/argo-cd/v3", version: "v3.5.7", path: "manifests/crds" },
];

/**
 * The sets, fetched where they are missing. Without Go, and for a module that cannot be had, an Error says so; `offline`
 * answers those that are there already.
 */
export function vendorCrds(options: { readonly offline?: boolean } = {}): CrdSet[] {
  const out: CrdSet[] = [];
  for (const { name, module, version, path } of sources) {
    const folder = join(dirname(toolsCache()), "crds", `${name}-${version}`);
    if (!existsSync(folder)) {
      if (options.offline === true) continue;
      fetchInto(folder, module, version, path);
    }
    const files = readdirSync(folder)
      .toSorted()
      .map((file) => join(folder, file));
    out.push({ name, module, version, folder, files });
  }
  return out;
}

function fetchInto(folder: string, module: string, version: string, path: string): void {
  if (!hasGo()) throw new Error(`${module}: Go is needed to fetch it`);
  const run = spawnSync("go", ["mod", "download", "-json", `${module}@${version}`], {
    cwd: dirname(import.meta.dirname),
    encoding: "utf8",
    env: { ...process.env, GOFLAGS: "-mod=mod" },
  });
  if (run.status !== 0) throw new Error(`${module}@${version} cannot be fetched: ${run.stdout}${run.stderr}`);
  const { Dir: source } = JSON.parse(run.stdout) as { Dir: string };
  const temporary = `${folder}.${process.pid}`;
  rmSync(temporary, { recursive: true, force: true });
  mkdirSync(temporary, { recursive: true });
  for (const file of readdirSync(join(source, path))) {
    const from = join(source, path, file);
    if (!/\.ya?ml$/.test(file) || !/^kind: CustomResourceDefinition$/m.test(readFileSync(from, "utf8"))) continue;
    cpSync(from, join(temporary, file), { mode: 0 });
  }
  try {
    renameSync(temporary, folder);
  } catch (error) {
    // another process was first
    rmSync(temporary, { recursive: true, force: true });
    if (!existsSync(folder)) throw error;
  }
}

if (import.meta.main)
  for (const { name, version, folder, files } of vendorCrds())
    console.log(`${name} ${version}: ${files.length} in ${folder}`);
