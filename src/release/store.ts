import { SlipwayError } from "../base/index.ts";
import type { KubeClient } from "../kube/index.ts";
import type { Release, ReleaseStatus, ReleaseSummary } from "./record.ts";

/** What the labels of a stored revision tell, without reading the revision itself. */
export interface RevisionInfo {
  readonly name: string;
  readonly namespace: string;
  readonly version: number;
  readonly status: ReleaseStatus;
  readonly labels: Record<string, string>;
  readonly annotations: Record<string, string>;
}

export interface CallOptions {
  readonly signal?: AbortSignal | undefined;
}

/**
 * Where revisions of releases are kept. Errors are Helm's: `release.not-found` ("release: not found"),
 * `release.exists` ("release: already exists").
 */
export interface ReleaseStore {
  /** `Secret`, `ConfigMap`, `Memory`. */
  readonly driver: string;
  /**
   * Every revision (of one release; with `selector`, of these labels), by labels only; an empty list when there is none.
   */
  index(name: string | undefined, options?: CallOptions & { selector?: string }): Promise<RevisionInfo[]>;
  /** One revision. */
  get(name: string, version: number, options?: CallOptions): Promise<Release>;
  /** Whole revisions that have these labels (beside `owner=helm`). Ones that cannot be read are left out, as in Helm. */
  query(selector: string, options?: CallOptions): Promise<Release[]>;
  /** The same, but only what a list shows: most of each record is not even decoded. */
  summaries(selector: string, options?: CallOptions): Promise<ReleaseSummary[]>;
  /**
   * The newest revision of each release, in short, when there are at most `most` records in all: one request. Undefined
   * when there are more.
   */
  newest(most: number, options?: CallOptions): Promise<ReleaseSummary[] | undefined>;
  /** Stores a new revision; the annotations stand on the storage object until the next {@link update}. */
  create(release: Release, options?: CallOptions & { annotations?: Record<string, string> }): Promise<void>;
  /** Replaces a stored revision, its labels and its annotations. */
  update(release: Release, options?: CallOptions & { annotations?: Record<string, string> }): Promise<void>;
  /**
   * Changes annotations of a stored revision only, provided that those it has now fit; false when they do not. Reads and
   * replaces it, for which the rights suffice that storing needs.
   */
  annotate(
    name: string,
    version: number,
    annotations: Record<string, string>,
    fit: (now: Record<string, string>) => boolean,
    options?: CallOptions,
  ): Promise<boolean>;
  delete(name: string, version: number, options?: CallOptions): Promise<void>;
}

/** Helm's own labels, which users may not set. */
export const systemLabels: readonly string[] = ["name", "owner", "status", "version", "createdAt", "modifiedAt"];

/** Labels without Helm's own. */
export function userLabels(labels: Record<string, string>): Record<string, string> {
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !systemLabels.includes(key)));
}

/** Throws `release.labels` when a user's label has one of Helm's own names. */
export function checkLabels(labels: Record<string, string>): void {
  if (Object.keys(labels).some((key) => systemLabels.includes(key))) {
    throw new SlipwayError(
      `user supplied labels contains system reserved label name. System labels: [${systemLabels.join(" ")}]`,
      { code: "release.labels" },
    );
  }
}

/** What was looked for: a release, or one revision of it. */
export interface Sought {
  readonly name: string;
  readonly namespace: string;
  readonly version?: number;
}

/** Helm's `release: not found`, with what was looked for and where, as advice. */
export function notFound(sought: Sought): SlipwayError {
  const { name, namespace, version } = sought;
  return new SlipwayError("release: not found", {
    code: "release.not-found",
    fix:
      version === undefined
        ? `There is no release ${name} in namespace ${namespace}. \`slipway list -A\` lists those of all namespaces.`
        : `There is no revision ${version} of release ${name} in namespace ${namespace}. \`slipway history ${name}\` lists what there is.`,
  });
}

export function alreadyExists(): SlipwayError {
  return new SlipwayError("release: already exists", { code: "release.exists" });
}

const driversThereAre = "HELM_DRIVER takes secret (the default), configmap or memory.";

/**
 * The store that HELM_DRIVER names: `secret` (also "", "secrets"), `configmap` (also "configmaps"), `memory`.
 * `namespace` undefined reads every namespace (`list -A`). Throws `release.driver` for `sql`, which Slipway does not
 * have, and for names nobody knows.
 */
export async function openStore(
  driver: string,
  client: KubeClient,
  namespace: string | undefined,
): Promise<ReleaseStore> {
  switch (driver) {
    case "":
    case "secret":
    case "secrets": {
      const { objectStore } = await import("./object-store.ts");
      return objectStore("Secret", client, namespace);
    }
    case "configmap":
    case "configmaps": {
      const { objectStore } = await import("./object-store.ts");
      return objectStore("ConfigMap", client, namespace);
    }
    case "memory": {
      const { memoryStore } = await import("./memory-store.ts");
      return memoryStore(client.clock, namespace);
    }
    case "sql":
      throw new SlipwayError("HELM_DRIVER=sql is not supported: Slipway keeps releases in Secrets or ConfigMaps", {
        code: "release.driver",
        fix: driversThereAre,
      });
    default:
      throw new SlipwayError(`unknown driver "${driver}"`, {
        code: "release.driver",
        fix: driversThereAre,
      });
  }
}
