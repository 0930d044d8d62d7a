import { SlipwayError, compareStrings, type GoMap } from "../base/index.ts";
import { coalesceValues } from "../chart/index.ts";
import { revisionsOf } from "./history.ts";
import { timeOf } from "./go-time.ts";
import { checkName } from "./names.ts";
import { checkReachable } from "./reach.ts";
import type { Release, ReleaseStatus } from "./record.ts";
import type { Session } from "./session.ts";
import { lastOf } from "./history.ts";
import { chartOfRecord } from "./stored-chart.ts";
import { inParallel } from "./parallel.ts";

export interface ListOptions {
  /** Show only these; all when left out. */
  readonly statuses?: readonly ReleaseStatus[];
  /** A regular expression over names. */
  readonly filter?: (name: string) => boolean;
  /** A label selector over the records' labels. */
  readonly selector?: string;
  readonly byDate?: boolean;
  readonly reverse?: boolean;
  readonly offset?: number;
  /** At most so many; 0 for all. */
  readonly limit?: number;
}

/**
 * The last revision of every release. Only these are read whole: which they are, the labels of all revisions tell. A
 * few paged requests, however many releases and revisions there are.
 */
export async function runList(session: Session, options: ListOptions): Promise<Release[]> {
  await checkReachable(session.client, session.signal);
  const call = { signal: session.signal };
  const index = (await session.store.index(undefined, call)).filter(
    (entry) => options.filter === undefined || options.filter(entry.name),
  );
  // Superseded revisions are the last ones never; asked for alone, every one of them is shown.
  const onlySuperseded = options.statuses?.length === 1 && options.statuses[0] === "superseded";
  const latest = new Map<string, (typeof index)[number]>();
  for (const entry of index) {
    const key = `${entry.namespace}/${entry.name}`;
    const best = latest.get(key);
    if (best === undefined || best.version <= entry.version) latest.set(key, entry);
  }
  const wanted = new Map(
    (onlySuperseded ? index : [...latest.values()]).map((entry) => [
      `${entry.namespace}/${entry.name}/${entry.version}`,
      entry,
    ]),
  );
  for (const [key, entry] of wanted)
    if (options.statuses !== undefined && !options.statuses.includes(entry.status)) wanted.delete(key);
  const releases = await readWanted(session, wanted, onlySuperseded);
  const matches = releases.filter(
    (release) =>
      options.selector === undefined || options.selector === "" || matchesSelector(release.labels, options.selector),
  );
  sortReleases(matches, options);
  const offset = options.offset ?? 0;
  return matches.slice(offset, options.limit ? offset + options.limit : undefined);
}

async function readWanted(
  session: Session,
  wanted: Map<string, { name: string; namespace: string; version: number }>,
  superseded: boolean,
): Promise<Release[]> {
  const call = { signal: session.signal };
  if (wanted.size === 0) return [];
  const found = new Map<string, Release>();
  const query = await session.store.query(superseded ? "status=superseded" : "status!=superseded", call);
  for (const release of query) found.set(`${release.namespace}/${release.name}/${release.version}`, release);
  const missing = [...wanted].filter(([key]) => !found.has(key));
  // A last revision that says "superseded" is odd but possible: somebody deleted the one after it.
  if (missing.length > 0 && !superseded) {
    const names = [...new Set(missing.map(([, entry]) => entry.name))];
    await inParallel(names, async (name) => {
      for (const release of await session.store.query(`name=${name},status=superseded`, call))
        found.set(`${release.namespace}/${release.name}/${release.version}`, release);
    });
  }
  return [...wanted.keys()].flatMap((key) => found.get(key) ?? []);
}

function sortReleases(releases: Release[], options: ListOptions): void {
  const byName = (a: Release, b: Release) => compareStrings(a.name, b.name);
  const byDate = (a: Release, b: Release) => {
    const difference = Math.floor(timeOf(a.lastDeployed) / 1000) - Math.floor(timeOf(b.lastDeployed) / 1000);
    return difference || byName(a, b);
  };
  releases.sort(options.byDate ? byDate : byName);
  if (options.reverse) releases.reverse();
}

/** Kubernetes' label selectors: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`. Throws `release.selector`. */
export function matchesSelector(labels: Record<string, string>, selector: string): boolean {
  for (const term of selector.match(/(?:[^,(]|\([^)]*\))+/g) ?? []) {
    const text = term.trim();
    const set = /^([^\s!=(),]+)\s+(in|notin)\s+\(([^)]*)\)$/.exec(text);
    const equals = /^([^\s!=(),]+)\s*(==|=|!=)\s*([^\s!=(),]*)$/.exec(text);
    const exists = /^(!?)\s*([^\s!=(),]+)$/.exec(text);
    if (set !== null) {
      const values = (set[3] as string).split(",").map((value) => value.trim());
      const has = labels[set[1] as string] !== undefined && values.includes(labels[set[1] as string] as string);
      if (has !== (set[2] === "in")) return false;
    } else if (equals !== null) {
      if ((labels[equals[1] as string] === equals[3]) !== (equals[2] !== "!=")) return false;
    } else if (exists !== null) {
      if ((labels[exists[2] as string] !== undefined) !== (exists[1] === "")) return false;
    } else throw new SlipwayError(`unable to parse requirement: ${text}`, { code: "release.selector" });
  }
  return true;
}

/** Every revision of a release, oldest first. Throws `release.not-found`. */
export async function runHistory(session: Session, name: string): Promise<Release[]> {
  await checkReachable(session.client, session.signal);
  checkName(name, "release name is invalid: ");
  const releases = await session.store.query(`name=${name}`, { signal: session.signal });
  if (releases.length === 0) lastOf(await revisionsOf(session, name));
  return releases.sort((a, b) => a.version - b.version);
}

/** One revision, or the last one (0); with Helm's own labels. Throws `release.not-found`. */
export async function runGet(session: Session, name: string, version: number): Promise<Release> {
  await checkReachable(session.client, session.signal);
  checkName(name, "releaseContent: Release name is invalid: ");
  const revisions = version > 0 ? [] : await revisionsOf(session, name);
  const wanted = version > 0 ? version : lastOf(revisions).version;
  const release = await session.store.get(name, wanted, { signal: session.signal });
  // Helm shows its own labels when it found the revision by a query, and only the user's when asked for it by number.
  return version > 0 ? release : { ...release, labels: lastOf(revisions).labels };
}

/** The values of a revision as its templates saw them: the user's over the chart's (its subcharts' are not on record). */
export function computedValues(release: Release): GoMap {
  return release.chart === null ? (release.config ?? {}) : coalesceValues(chartOfRecord(release.chart), release.config);
}
