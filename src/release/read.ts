import { SlipwayError, compareStrings, type GoMap } from "../base/index.ts";
import * as lateChart from "../chart/index.ts";
import { revisionsOf } from "./history.ts";
import { timeOf } from "./go-time.ts";
import { checkName, nameProblem } from "./names.ts";
import { checkReachable } from "./reach.ts";
import type { Release, ReleaseStatus, ReleaseSummary } from "./record.ts";
import type { Session } from "./session.ts";
import type { RevisionInfo } from "./store.ts";
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
 * The last revision of every release. Of each only the summary is decoded. Few records are one request; of many, superseded
 * revisions, which are most, come by their labels alone: they matter only where one is its release's last. A few paged
 * requests, however many releases and revisions there are.
 */
export async function runList(session: Session, options: ListOptions): Promise<ReleaseSummary[]> {
  // What is wrong is told where there are no releases, too.
  if (options.selector) matchesSelector({}, options.selector);
  // Superseded revisions are the last ones never; asked for alone, every one of them is shown.
  const onlySuperseded = options.statuses?.length === 1 && options.statuses[0] === "superseded";
  const releases = await orUnreachable(session, () =>
    onlySuperseded ? session.store.summaries("status=superseded", { signal: session.signal }) : newestOfAll(session),
  );
  const matches = releases.filter(
    (release) =>
      (options.filter === undefined || options.filter(release.name)) &&
      (options.statuses === undefined || options.statuses.includes(release.status)) &&
      (!options.selector || matchesSelector(release.labels, options.selector)),
  );
  sortReleases(matches, options);
  const offset = Math.max(0, options.offset ?? 0);
  const limit = options.limit ?? 0;
  return matches.slice(offset, limit > 0 ? offset + limit : undefined);
}

/**
 * Helm asks whether the server answers before it asks anything else. Here that is only asked, in Helm's words, when the
 * question itself has failed: a request and a connection less.
 */
async function orUnreachable<T>(session: Session, ask: () => Promise<T>): Promise<T> {
  // Releases in memory are asked of nobody.
  if (session.store.driver === "Memory") await checkReachable(session.client, session.signal);
  try {
    return await ask();
  } catch (error) {
    session.signal?.throwIfAborted();
    await checkReachable(session.client, session.signal);
    throw error;
  }
}

/** How many records are read in one go. */
const fewRecords = 50;

async function newestOfAll(session: Session): Promise<ReleaseSummary[]> {
  const call = { signal: session.signal };
  const few = await session.store.newest(fewRecords, call);
  if (few !== undefined) return few;
  const [releases, superseded] = await Promise.all([
    session.store.summaries("status!=superseded", call),
    session.store.index(undefined, { ...call, selector: "status=superseded" }),
  ]);
  return await lastRevisions(session, releases, superseded);
}

/** The newest of each release; one whose newest revision says "superseded", which is odd but possible, is read as well. */
async function lastRevisions(
  session: Session,
  releases: readonly ReleaseSummary[],
  superseded: readonly RevisionInfo[],
): Promise<ReleaseSummary[]> {
  const latest = new Map<string, ReleaseSummary | RevisionInfo>();
  for (const entry of [...releases, ...superseded]) {
    const key = `${entry.namespace}/${entry.name}`;
    const best = latest.get(key);
    if (best === undefined || best.version <= entry.version) latest.set(key, entry);
  }
  const odd = [...latest.values()].filter((entry) => !("lastDeployed" in entry || "description" in entry));
  const found = await inParallel(
    [...new Set(odd.map((entry) => entry.name))],
    async (name) => await session.store.summaries(`name=${name},status=superseded`, { signal: session.signal }),
  );
  for (const summary of found.flat()) {
    const key = `${summary.namespace}/${summary.name}`;
    if (latest.get(key)?.version === summary.version) latest.set(key, summary);
  }
  return [...latest.values()].flatMap((entry) => ("description" in entry ? [entry] : []));
}

function sortReleases(releases: ReleaseSummary[], options: ListOptions): void {
  const byName = (a: ReleaseSummary, b: ReleaseSummary) => compareStrings(a.name, b.name);
  const byDate = (a: ReleaseSummary, b: ReleaseSummary) => {
    const difference = Math.floor(timeOf(a.lastDeployed) / 1000) - Math.floor(timeOf(b.lastDeployed) / 1000);
    return difference || byName(a, b);
  };
  releases.sort(options.byDate ? byDate : byName);
  if (options.reverse) releases.reverse();
}

/**
 * Kubernetes' label selectors: `a=b`, `a==b`, `a!=b`, `a in (b,c)`, `a notin (b)`, `a`, `!a`, `a>1`, `a<1`. Throws
 * `release.selector` for anything else.
 */
export function matchesSelector(labels: Readonly<Record<string, string>>, selector: string): boolean {
  const terms = selector.match(/(?:[^,()]|\([^()]*\))+/g) ?? [];
  const refuse = (text: string): never => {
    throw new SlipwayError(`unable to parse requirement: ${text}`, { code: "release.selector" });
  };
  if (terms.join(",") !== selector) refuse(selector);
  return terms.map((term) => matchesTerm(labels, term.trim()) ?? refuse(term.trim())).every(Boolean);
}

/** Whether labels meet one requirement; undefined for what is none. */
function matchesTerm(labels: Readonly<Record<string, string>>, term: string): boolean | undefined {
  const [, not, name = "", rest = ""] = /^(!?)\s*([^\s!=<>(),]+)\s*(.*)$/.exec(term) ?? [];
  if (name === "") return undefined;
  const value = labels[name];
  if (rest === "") return (value !== undefined) === (not === "");
  const [, operator, wanted = ""] = /^(==|=|!=|<|>)\s*([^\s!=<>(),]*)$/.exec(rest) ?? [];
  const [, among, list = ""] = /^(in|notin)\s*\(([^()!=<>]*)\)$/.exec(rest) ?? [];
  if (not === "!") return undefined;
  if (among !== undefined) {
    const values = list.split(",").map((word) => word.trim());
    return (value !== undefined && values.includes(value)) === (among === "in");
  }
  if (operator === "<" || operator === ">") {
    const difference = Number(value) - Number(wanted);
    if (!/^[+-]?\d+$/.test(wanted)) return undefined;
    return value !== undefined && /^[+-]?\d+$/.test(value) && (operator === "<" ? difference < 0 : difference > 0);
  }
  return operator === undefined ? undefined : (value === wanted) === (operator !== "!=");
}

/** Every revision of a release, oldest first; the summary of each. Throws `release.not-found`. */
export async function runHistory(session: Session, name: string): Promise<ReleaseSummary[]> {
  if (nameProblem(name) !== undefined) await checkReachable(session.client, session.signal);
  checkName(name, "release name is invalid: ");
  const releases = await orUnreachable(session, () =>
    session.store.summaries(`name=${name}`, { signal: session.signal }),
  );
  if (releases.length === 0) lastOf(await revisionsOf(session, name), session, name);
  return releases.sort((a, b) => a.version - b.version);
}

/** One revision, or the last one (0); with Helm's own labels. Throws `release.not-found`. */
export async function runGet(session: Session, name: string, version: number): Promise<Release> {
  if (nameProblem(name) !== undefined) await checkReachable(session.client, session.signal);
  checkName(name, "releaseContent: Release name is invalid: ");
  const read = async (wanted: number) => await session.store.get(name, wanted, { signal: session.signal });
  return await orUnreachable(session, async () => {
    if (version > 0) return await read(version);
    // Helm shows its own labels when it found the revision by a query, and only the user's when asked for it by number.
    const { version: wanted, labels } = lastOf(await revisionsOf(session, name), session, name);
    return { ...(await read(wanted)), labels };
  });
}

/** The values of a revision as its templates saw them: the user's over the chart's (its subcharts' are not on record). */
export function computedValues(release: Release): GoMap {
  return release.chart === null
    ? (release.config ?? {})
    : lateChart.coalesceValues(chartOfRecord(release.chart), release.config);
}
