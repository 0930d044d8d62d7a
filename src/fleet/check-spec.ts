import { type ErrorFacts, type GoMap, isMap, nearest, SlipwayError } from "../base/index.ts";
import type { HelmfileSpec } from "./spec.ts";

/**
 * What a field holds, as helmfile's Go types say: a string, bool or int, a list or map of strings, or anything that is
 * looked at elsewhere. `later` is refused by name rather than passed over; `ignored` makes no sense without child
 * processes (names of binaries, arguments to them) and has no effect.
 */
type Kind = "text" | "bool" | "int" | "texts" | "labels" | "any" | "later" | "ignored";
type Keys = Readonly<Record<string, Kind>>;

function keys(kinds: Partial<Record<Kind, string>>): Keys {
  const table: Record<string, Kind> = {};
  for (const [kind, names] of Object.entries(kinds)) for (const name of names.split(" ")) table[name] = kind as Kind;
  return table;
}

// Every key that helmfile 1.8 knows.
const releaseKeys = keys({
  text:
    "name namespace chart version installedTemplate condition conditionTemplate kubeContext waitTemplate description " +
    "missingFileHandler kubeVersion cascade",
  bool:
    "installed createNamespace wait waitForJobs atomic rollbackOnFailure cleanupOnFail force forceConflicts takeOwnership " +
    "reuseValues enableDNS devel skipSchemaValidation disableOpenAPIValidation disableValidation deleteWait",
  int: "timeout historyMax deleteTimeout",
  texts: "needs apiVersions",
  labels: "labels",
  any: "inherit values valuesTemplate set setString setTemplate hooks",
  later:
    "chartPath directory secrets env valuesPathPrefix waitRetries updateStrategy verify verifyTemplate keyring unitTests " +
    "dependencies jsonPatches strategicMergePatches transformers adopt serverSide forceGoGetter forceNamespace " +
    "postRenderer postRendererArgs missingFileHandlerConfig trackMode trackTimeout trackLogs trackFailedLogs trackKinds " +
    "skipKinds trackResources trackFailOnError helmStuckGrace resolveOCIVersions",
  ignored:
    "disableValidationOnInstall insecureSkipTLSVerify plainHttp skipDeps skipRefresh suppressDiff " +
    "suppressOutputLineRegex recreatePods syncReleaseLabels disableAutoDetectedKubeVersionForDiff kubedogQPS kubedogBurst",
});
const defaultsKeys: Keys = { ...releaseKeys, ...keys({ ignored: "args diffArgs syncArgs templateArgs skipCRDs" }) };
const topKeys = keys({
  text: "namespace kubeContext kubeVersion missingFileHandler",
  texts: "bases apiVersions",
  labels: "commonLabels",
  any: "environments values helmDefaults repositories releases templates defaultInherit hooks",
  later: "helmfiles chart missingFileHandlerConfig llm",
  ignored: "helmBinary kustomizeBinary lockFilePath ignoreMissingGitBranch",
});
const environmentKeys = keys({
  text: "kubeContext missingFileHandler",
  any: "values",
  later: "secrets missingFileHandlerConfig mergeStrategy",
});
const repositoryKeys = keys({
  text: "name url username password caFile certFile keyFile",
  bool: "passCredentials skipTLSVerify",
  later: "oci registryConfig managed verify keyring",
  ignored: "plainHttp",
});
const hookKeys = keys({ text: "name command", texts: "events args", bool: "showlogs", later: "kubectlApply" });
const setKeys = keys({ text: "name value file", any: "values" });

type Path = readonly (string | number)[];

/** One document of a helmfile, read, and what its text tells of places. */
export interface SpecDocument {
  readonly value: unknown;
  /** Names the file in errors. */
  readonly file: string;
  /** Where the key at a path stands: a span in the file or, in text that a template wrote, a finding that shows the line. */
  readonly place: (path: Path) => Pick<ErrorFacts, "span" | "details">;
  /** The text of a scalar as it is written: `1.10` is no number where a string is wanted. */
  readonly written: (path: Path) => string | undefined;
}

/**
 * Checks one document of a helmfile: known keys (helmfile decodes strictly), the kinds of what stands in them. Gives the
 * document back with its fields in the types they are declared with. Throws fleet.invalid with the place.
 */
export function checkSpec(document: SpecDocument): HelmfileSpec {
  if (document.value === null || document.value === undefined) return {};
  const check = new Checker(document);
  const top = check.map(document.value, [], topKeys, "state.helmStateAlias");
  for (const [name, environment] of Object.entries(check.optionalMap(top.environments, ["environments"]))) {
    if (environment !== null) check.map(environment, ["environments", name], environmentKeys, "state.EnvironmentSpec");
  }
  check.each(top.repositories, ["repositories"], (item, path) => {
    const repository = check.map(item, path, repositoryKeys, "state.RepositorySpec");
    check.needText(repository.name, [...path, "name"]);
    check.needText(repository.url, [...path, "url"]);
  });
  check.hooks(top.hooks, ["hooks"]);
  if (top.helmDefaults) check.release(top.helmDefaults, ["helmDefaults"], defaultsKeys, "state.HelmSpec");
  for (const [name, template] of Object.entries(check.optionalMap(top.templates, ["templates"]))) {
    check.release(template, ["templates", name], releaseKeys, "state.TemplateSpec");
  }
  check.each(top.releases, ["releases"], (item, path) => {
    const release = check.release(item, path, releaseKeys, "state.ReleaseSpec");
    check.needText(release.name, [...path, "name"]);
  });
  return top;
}

class Checker {
  readonly #document: SpecDocument;
  constructor(document: SpecDocument) {
    this.#document = document;
  }

  fail(path: Path, message: string, fix?: string): never {
    const place = this.#document.place(path);
    const at = place.span ? `line ${place.span.line}: ` : "";
    throw new SlipwayError(`failed to read ${this.#document.file}: ${at}${message}`, {
      code: "fleet.invalid",
      path: pathText(path),
      ...place,
      ...(fix && { fix }),
    });
  }

  map(value: unknown, path: Path, known: Keys, goType: string): GoMap {
    if (!isMap(value)) return this.fail(path, `${pathText(path) || "the document"} has to be a map`);
    for (const key of Object.keys(value)) {
      const kind = known[key];
      if (kind === undefined) {
        const near = nearest(key, Object.keys(known));
        this.fail([...path, key], `field ${key} not found in type ${goType}`, near && `Did you mean ${near}?`);
      }
      if (kind === "later") {
        this.fail([...path, key], `${pathText([...path, key])}: slipway fleet cannot do this yet`);
      }
      const typed = this.#typed(value[key], kind, [...path, key]);
      if (typed === undefined) delete value[key];
      else value[key] = typed;
    }
    return value;
  }

  /** A value in the type of its field, as yaml.v3 decodes it; undefined for a null, which sets nothing. */
  #typed(value: unknown, kind: Kind, path: Path): unknown {
    if (kind === "any" || kind === "ignored") return value;
    if (value === null) return undefined;
    switch (kind) {
      case "text":
        return this.#text(value, path);
      case "bool":
        if (typeof value === "boolean") return value;
        if (/^(?:y|yes|on)$/i.test(String(value))) return true;
        if (/^(?:n|no|off)$/i.test(String(value))) return false;
        return this.#unfit(value, "bool", path);
      case "int":
        return Number.isSafeInteger(value) ? value : this.#unfit(value, "int", path);
      case "texts":
        if (!Array.isArray(value)) return this.fail(path, `${pathText(path)} has to be a list`);
        return value.map((item, i) => this.#text(item, [...path, i]));
      default:
        if (!isMap(value)) return this.fail(path, `${pathText(path)} has to be a map`);
        for (const [key, item] of Object.entries(value)) value[key] = this.#text(item, [...path, key]);
        return value;
    }
  }

  #text(value: unknown, path: Path): string {
    if (typeof value === "string") return value;
    if (value === null) return "";
    if (typeof value !== "number" && typeof value !== "boolean") return this.#unfit(value, "string", path);
    return this.#document.written(path) ?? String(value);
  }

  #unfit(value: unknown, type: string, path: Path): never {
    const shown = Array.isArray(value) ? "!!seq" : isMap(value) ? "!!map" : `!!${tagOf(value)} \`${String(value)}\``;
    return this.fail(path, `${pathText(path)}: cannot unmarshal ${shown} into ${type}`);
  }

  optionalMap(value: unknown, path: Path): GoMap {
    if (value === undefined || value === null) return {};
    if (!isMap(value)) this.fail(path, `${pathText(path)} has to be a map`);
    return value;
  }

  each(value: unknown, path: Path, visit: (item: unknown, path: (string | number)[]) => void) {
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) return this.fail(path, `${pathText(path)} has to be a list`);
    value.forEach((item, index) => visit(item, [...path, index]));
  }

  needText(value: unknown, path: Path) {
    if (typeof value !== "string" || value === "") this.fail(path, `${pathText(path)} has to be a non-empty string`);
  }

  hooks(value: unknown, path: Path) {
    this.each(value, path, (item, at) => {
      const hook = this.map(item, at, hookKeys, "event.Hook");
      if (!Array.isArray(hook.events)) this.fail([...at, "events"], `${pathText([...at, "events"])} has to be a list`);
    });
  }

  release(value: unknown, path: Path, known: Keys, goType: string): GoMap {
    const release = this.map(value, path, known, goType);
    this.hooks(release.hooks, [...path, "hooks"]);
    for (const key of ["set", "setString", "setTemplate"]) {
      this.each(release[key], [...path, key], (item, at) => this.map(item, at, setKeys, "state.SetValue"));
    }
    for (const key of ["values", "valuesTemplate"]) this.each(release[key], [...path, key], () => {});
    return release;
  }
}

/** yaml.v3's name of a scalar's type. */
function tagOf(value: unknown): string {
  if (typeof value === "boolean") return "bool";
  if (typeof value !== "number") return "str";
  return Number.isInteger(value) ? "int" : "float";
}

function pathText(path: Path): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}
