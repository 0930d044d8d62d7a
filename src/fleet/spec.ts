import type { GoMap } from "../base/index.ts";

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
  value?: string;
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
