import { isMap, SlipwayError } from "../../base/index.ts";
import { parse } from "../../goyaml/index.ts";
import { compareVersions, parseConstraint, parseVersion } from "../../semver/index.ts";

/** One version of a chart in an index.yaml. */
export interface IndexEntry {
  readonly name: string;
  readonly version: string;
  readonly appVersion?: string;
  readonly description?: string;
  readonly deprecated?: boolean;
  readonly urls: readonly string[];
  readonly digest?: string;
}

/** index.yaml: every chart's versions, newest first. */
export interface RepositoryIndex {
  readonly entries: ReadonlyMap<string, readonly IndexEntry[]>;
}

/** Reads an index.yaml. Entries without a valid version are left out, as Helm skips them. Throws chart.index. */
export function parseIndex(text: string, source: string): RepositoryIndex {
  const index = parse(text, { file: source });
  if (!isMap(index) || !isMap(index.entries ?? {})) {
    throw new SlipwayError(`${source}: not a chart repository's index`, { code: "chart.index" });
  }
  if (!index.apiVersion)
    throw new SlipwayError("no API version specified", { code: "chart.index", doing: `reading ${source}` });
  const entries = new Map<string, IndexEntry[]>();
  for (const [name, versions] of Object.entries((index.entries ?? {}) as Record<string, unknown>)) {
    if (!Array.isArray(versions)) continue;
    const valid = versions.filter(
      (entry): entry is IndexEntry =>
        isMap(entry) && typeof entry.version === "string" && versionOf(entry.version) !== undefined,
    );
    valid.sort((a, b) => compareVersions(parseVersion(b.version), parseVersion(a.version)));
    entries.set(name, valid);
  }
  return { entries };
}

/**
 * The entry that `--version` names: the exact version first, then the newest that the range allows; without one the
 * newest that is no pre-release. Throws chart.not-found in Helm's words.
 */
export function findEntry(index: RepositoryIndex, name: string, version: string): IndexEntry {
  const versions = index.entries.get(name);
  if (!versions) throw new SlipwayError("no chart name found", { code: "chart.not-found" });
  const exact = versions.find((entry) => entry.version === version);
  if (exact) return exact;
  const constraint = parseConstraint(version === "" ? "*" : version);
  const allowed = versions.find((entry) => constraint.check(parseVersion(entry.version)));
  if (!allowed) {
    throw new SlipwayError(`no chart version found for ${name}-${version}`, {
      code: "chart.not-found",
      fix: `The repository has: ${
        versions
          .slice(0, 5)
          .map((entry) => entry.version)
          .join(", ") || "no versions"
      }`,
    });
  }
  return allowed;
}

/** An entry's first address, made whole: relative ones start at the repository's, keeping its query. */
export function entryUrl(entry: IndexEntry, repositoryUrl: string): string {
  const url = entry.urls?.[0];
  if (!url) throw new SlipwayError(`chart "${entry.name}" has no downloadable URLs`, { code: "chart.not-found" });
  if (/^[a-z][a-z0-9+.-]*:/i.test(url)) return url;
  const base = new URL(repositoryUrl);
  const whole = new URL(url, `${base.origin}${base.pathname.replace(/\/*$/, "/")}`);
  if (base.search && !whole.search) whole.search = base.search;
  return whole.href;
}

function versionOf(text: string) {
  try {
    return parseVersion(text);
  } catch {
    return undefined;
  }
}
