import { editDistance, type GoMap, isMap, SlipwayError, type Span } from "../base/index.ts";

/** A helmfile as it is written, after its parts, bases and templates have been merged. All fields are the document's own. */
export interface HelmfileSpec {
  bases?: string[];
  environments?: Record<string, EnvironmentSpec | null>;
  values?: ValuesEntry[];
  helmDefaults?: Partial<ReleaseSpec>;
  repositories?: RepositorySpec[];
  releases?: ReleaseSpec[];
  templates?: Record<string, Partial<ReleaseSpec>>;
  defaultInherit?: string | string[];
  commonLabels?: Record<string, string>;
  hooks?: HookSpec[];
  namespace?: string;
  kubeContext?: string;
  apiVersions?: string[];
  kubeVersion?: string;
  missingFileHandler?: string;
}

/** A path (globs allowed; `.gotmpl` is rendered first) or values given in place. */
export type ValuesEntry = string | GoMap;

export interface EnvironmentSpec {
  values?: ValuesEntry[];
  kubeContext?: string;
  missingFileHandler?: string;
}

export interface RepositorySpec {
  name: string;
  url: string;
  username?: string;
  password?: string;
  caFile?: string;
  certFile?: string;
  keyFile?: string;
  passCredentials?: boolean;
  skipTLSVerify?: boolean;
}

export interface HookSpec {
  name?: string;
  events: string[];
  command?: string;
  args?: string[];
  showlogs?: boolean;
}

/** One `set:` entry: a single value, a list of values, or a file's content. */
export interface SetEntry {
  name: string;
  value?: unknown;
  values?: unknown[];
  file?: string;
}

export interface ReleaseSpec {
  name: string;
  namespace?: string;
  chart: string;
  version?: string;
  labels?: Record<string, string>;
  installed?: boolean;
  installedTemplate?: string;
  condition?: string;
  conditionTemplate?: string;
  needs?: string[];
  inherit?: { template: string; except?: string[] }[];
  values?: ValuesEntry[];
  valuesTemplate?: ValuesEntry[];
  set?: SetEntry[];
  setString?: SetEntry[];
  setTemplate?: SetEntry[];
  kubeContext?: string;
  createNamespace?: boolean;
  wait?: boolean;
  waitTemplate?: string;
  waitForJobs?: boolean;
  /** Seconds, as in helmfile. */
  timeout?: number;
  atomic?: boolean;
  rollbackOnFailure?: boolean;
  cleanupOnFail?: boolean;
  force?: boolean;
  forceConflicts?: boolean;
  takeOwnership?: boolean;
  reuseValues?: boolean;
  historyMax?: number;
  description?: string;
  enableDNS?: boolean;
  devel?: boolean;
  skipSchemaValidation?: boolean;
  disableOpenAPIValidation?: boolean;
  disableValidation?: boolean;
  missingFileHandler?: string;
  hooks?: HookSpec[];
  apiVersions?: string[];
  kubeVersion?: string;
  deleteWait?: boolean;
  deleteTimeout?: number;
  cascade?: string;
}

type Keys = Readonly<Record<string, true | "later" | "ignored">>;

const keys = (supported: string, later = "", ignored = ""): Keys => {
  const table: Record<string, true | "later" | "ignored"> = {};
  for (const name of supported.split(" ")) table[name] = true;
  for (const name of later.split(" ")) if (name) table[name] = "later";
  for (const name of ignored.split(" ")) if (name) table[name] = "ignored";
  return table;
};

// Every key that helmfile 1.8 knows. What Slipway cannot do yet is refused by name rather than passed over;
// what makes no sense without child processes (names of binaries, arguments to them) is accepted and has no effect.
const releaseKeys = keys(
  "name namespace chart version labels installed installedTemplate condition conditionTemplate needs inherit values " +
    "valuesTemplate set setString setTemplate kubeContext createNamespace wait waitTemplate waitForJobs timeout atomic " +
    "rollbackOnFailure cleanupOnFail force forceConflicts takeOwnership reuseValues historyMax description enableDNS devel " +
    "skipSchemaValidation disableOpenAPIValidation disableValidation missingFileHandler hooks apiVersions kubeVersion " +
    "deleteWait deleteTimeout cascade",
  "chartPath directory secrets env valuesPathPrefix waitRetries updateStrategy verify verifyTemplate keyring unitTests " +
    "dependencies jsonPatches strategicMergePatches transformers adopt serverSide forceGoGetter forceNamespace postRenderer " +
    "postRendererArgs missingFileHandlerConfig trackMode trackTimeout trackLogs trackFailedLogs trackKinds skipKinds " +
    "trackResources trackFailOnError helmStuckGrace resolveOCIVersions",
  "disableValidationOnInstall insecureSkipTLSVerify plainHttp skipDeps skipRefresh suppressDiff suppressOutputLineRegex " +
    "recreatePods syncReleaseLabels",
);
const defaultsKeys = keys(
  Object.keys(releaseKeys)
    .filter((key) => releaseKeys[key] === true)
    .join(" "),
  Object.keys(releaseKeys)
    .filter((key) => releaseKeys[key] === "later")
    .join(" "),
  "args diffArgs syncArgs templateArgs skipCRDs " +
    Object.keys(releaseKeys)
      .filter((key) => releaseKeys[key] === "ignored")
      .join(" "),
);
const topKeys = keys(
  "bases environments values helmDefaults repositories releases templates defaultInherit commonLabels hooks namespace " +
    "kubeContext apiVersions kubeVersion missingFileHandler",
  "helmfiles chart missingFileHandlerConfig llm",
  "helmBinary kustomizeBinary lockFilePath",
);
const environmentKeys = keys("values kubeContext missingFileHandler", "secrets missingFileHandlerConfig mergeStrategy");
const repositoryKeys = keys(
  "name url username password caFile certFile keyFile passCredentials skipTLSVerify",
  "oci registryConfig managed verify keyring",
  "plainHttp",
);
const hookKeys = keys("name events command args showlogs", "kubectlApply");
const setKeys = keys("name value values file");

/** Where a path of the document stands. */
export type SpanOf = (path: readonly (string | number)[]) => Span | undefined;

/**
 * Checks one document of a helmfile: known keys (helmfile decodes strictly), the kinds of what stands in them.
 * Throws fleet.invalid with the document's place; gives the document back, typed.
 */
export function checkSpec(document: unknown, file: string, spanOf: SpanOf): HelmfileSpec {
  if (document === null || document === undefined) return {};
  const check = new Checker(file, spanOf);
  const top = check.map(document, [], topKeys, "state.helmStateAlias");
  for (const [name, environment] of Object.entries(check.optionalMap(top.environments, ["environments"]))) {
    if (environment !== null) check.map(environment, ["environments", name], environmentKeys, "state.EnvironmentSpec");
  }
  check.each(top.repositories, ["repositories"], (item, path) => {
    const repository = check.map(item, path, repositoryKeys, "state.RepositorySpec");
    check.text(repository.name, [...path, "name"]);
    check.text(repository.url, [...path, "url"]);
  });
  check.hooks(top.hooks, ["hooks"]);
  if (top.helmDefaults) check.release(top.helmDefaults, ["helmDefaults"], defaultsKeys, "state.HelmSpec");
  for (const [name, template] of Object.entries(check.optionalMap(top.templates, ["templates"]))) {
    check.release(template, ["templates", name], releaseKeys, "state.TemplateSpec");
  }
  check.each(top.releases, ["releases"], (item, path) => {
    const release = check.release(item, path, releaseKeys, "state.ReleaseSpec");
    check.text(release.name, [...path, "name"]);
  });
  return top;
}

class Checker {
  readonly file: string;
  readonly spanOf: SpanOf;
  constructor(file: string, spanOf: SpanOf) {
    this.file = file;
    this.spanOf = spanOf;
  }

  fail(path: readonly (string | number)[], message: string, fix?: string): never {
    const span = this.spanOf(path);
    const at = span ? `line ${span.line}: ` : "";
    throw new SlipwayError(`failed to read ${this.file}: ${at}${message}`, {
      code: "fleet.invalid",
      path: pathText(path),
      ...(span && { span }),
      ...(fix && { fix }),
    });
  }

  map(value: unknown, path: readonly (string | number)[], known: Keys, goType: string): GoMap {
    if (!isMap(value)) return this.fail(path, `${pathText(path) || "the document"} has to be a map`);
    for (const key of Object.keys(value)) {
      const state = known[key];
      if (state === undefined) {
        const near = nearest(key, Object.keys(known));
        this.fail([...path, key], `field ${key} not found in type ${goType}`, near && `Did you mean ${near}?`);
      }
      if (state === "later") {
        this.fail([...path, key], `${pathText([...path, key])}: slipway fleet cannot do this yet`);
      }
    }
    return value;
  }

  optionalMap(value: unknown, path: readonly (string | number)[]): GoMap {
    if (value === undefined || value === null) return {};
    if (!isMap(value)) this.fail(path, `${pathText(path)} has to be a map`);
    return value;
  }

  each(value: unknown, path: readonly (string | number)[], visit: (item: unknown, path: (string | number)[]) => void) {
    if (value === undefined || value === null) return;
    if (!Array.isArray(value)) return this.fail(path, `${pathText(path)} has to be a list`);
    value.forEach((item, index) => visit(item, [...path, index]));
  }

  text(value: unknown, path: readonly (string | number)[]) {
    if (typeof value !== "string" || value === "") this.fail(path, `${pathText(path)} has to be a non-empty string`);
  }

  hooks(value: unknown, path: readonly (string | number)[]) {
    this.each(value, path, (item, at) => {
      const hook = this.map(item, at, hookKeys, "event.Hook");
      if (!Array.isArray(hook.events)) this.fail([...at, "events"], `${pathText([...at, "events"])} has to be a list`);
    });
  }

  release(value: unknown, path: readonly (string | number)[], known: Keys, goType: string): GoMap {
    const release = this.map(value, path, known, goType);
    this.hooks(release.hooks, [...path, "hooks"]);
    for (const key of ["set", "setString", "setTemplate"]) {
      this.each(release[key], [...path, key], (item, at) => this.map(item, at, setKeys, "state.SetValue"));
    }
    for (const key of ["needs", "values", "valuesTemplate"]) this.each(release[key], [...path, key], () => {});
    return release;
  }
}

function pathText(path: readonly (string | number)[]): string {
  return path.map((step, i) => (typeof step === "number" ? `[${step}]` : i === 0 ? step : `.${step}`)).join("");
}

/** The known name that differs in at most two letters, ignoring case. */
function nearest(name: string, known: readonly string[]): string | undefined {
  let best: string | undefined;
  let least = 3;
  for (const candidate of known) {
    const distance = editDistance(name.toLowerCase(), candidate.toLowerCase());
    if (distance < least) [best, least] = [candidate, distance];
  }
  return best;
}
