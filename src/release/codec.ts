import { SlipwayError, messageOf, type GoMap } from "../base/index.ts";
import { goJson, sorted } from "./go-json.ts";
import type { HookRun, Release, ReleaseHook, ReleaseStatus, ReleaseSummary, StoredChart } from "./record.ts";

/**
 * A release as Helm 4's JSON: same keys, same order, empty ones left out. Helm 3 reads it too. Labels are not in it:
 * they are the storage object's.
 */
export function releaseJson(release: Release): Record<string, unknown> {
  return {
    ...text("name", release.name),
    info: infoJson(release),
    ...(release.chart === null ? {} : { chart: chartJson(release.chart) }),
    ...(release.config === null || Object.keys(release.config).length === 0 ? {} : { config: sorted(release.config) }),
    ...text("manifest", release.manifest),
    ...(release.hooks.length === 0 ? {} : { hooks: release.hooks.map(hookJson) }),
    ...(release.version === 0 ? {} : { version: release.version }),
    ...text("namespace", release.namespace),
    ...text("apply_method", release.applyMethod),
  };
}

/** The `info` part alone. */
export function infoJson(release: Release): Record<string, unknown> {
  return {
    ...text("first_deployed", release.firstDeployed),
    ...text("last_deployed", release.lastDeployed),
    ...text("deleted", release.deleted),
    ...text("description", release.description),
    ...text("status", release.status),
    ...(release.rollbackRevision === 0 ? {} : { rollback_revision: release.rollbackRevision }),
    ...text("notes", release.notes),
  };
}

function text(key: string, value: string | undefined): Record<string, string> {
  return value === undefined || value === "" ? {} : { [key]: value };
}

function chartJson(chart: StoredChart): Record<string, unknown> {
  return {
    metadata: metadataOf(chart),
    lock: chart.lock ?? null,
    templates: chart.templates,
    values: chart.values === null ? null : sorted(chart.values),
    schema: chart.schema,
    // Helm 4 leaves every other empty time out.
    schemamodtime: chart.schemamodtime ?? goZeroTime,
    files: chart.files,
    ...text("modtime", chart.modtime),
  };
}

const goZeroTime = "0001-01-01T00:00:00Z";

/** Its annotations are a Go map; the rest is a struct. */
function metadataOf({ metadata }: StoredChart): unknown {
  return metadata?.annotations ? { ...metadata, annotations: sorted(metadata.annotations) } : metadata;
}

function hookJson(hook: ReleaseHook): Record<string, unknown> {
  return {
    ...text("name", hook.name),
    ...text("kind", hook.kind),
    ...text("path", hook.path),
    ...text("manifest", hook.manifest),
    ...(hook.events.length === 0 ? {} : { events: hook.events }),
    last_run: {
      ...text("started_at", hook.lastRun.startedAt),
      ...text("completed_at", hook.lastRun.completedAt),
      phase: hook.lastRun.phase,
    },
    ...(hook.weight === 0 ? {} : { weight: hook.weight }),
    ...(hook.deletePolicies.length === 0 ? {} : { delete_policies: hook.deletePolicies }),
    ...(hook.outputLogPolicies.length === 0 ? {} : { output_log_policies: hook.outputLogPolicies }),
  };
}

/** Helm's encoding: base64 of gzip (best compression) of the JSON. */
export async function encodeRelease(release: Release): Promise<string> {
  return (await zip(goJson(releaseJson(release)))).toString("base64");
}

/** Text, gzipped as Go does it. */
export async function zip(content: string): Promise<Buffer> {
  const { gzipSync } = await import("node:zlib");
  const bytes = gzipSync(Buffer.from(content, "utf8"), { level: 9 });
  // Go's header names no operating system.
  bytes[9] = 0xff;
  return bytes;
}

/** The inverse of {@link zip}; text that is not gzipped is taken as it is, as Helm does. */
export async function unzip(bytes: Buffer): Promise<string> {
  if (bytes.length > 3 && bytes[0] === 0x1f && bytes[1] === 0x8b && bytes[2] === 0x08) {
    const { gunzipSync } = await import("node:zlib");
    return gunzipSync(bytes).toString("utf8");
  }
  return bytes.toString("utf8");
}

/** Reads a record that Helm 3, Helm 4 or Slipway wrote. Throws `release.record` when it is none. */
export async function decodeRelease(data: string, labels: Record<string, string>): Promise<Release> {
  let value: RawRelease;
  try {
    value = JSON.parse(await unzip(Buffer.from(data, "base64"))) as RawRelease;
  } catch (error) {
    throw new SlipwayError(messageOf(error), { code: "release.record", cause: error });
  }
  return releaseFromJson(value, labels);
}

/** How much of a stored record is looked at first for its summary; four times as much each time that is not enough. */
const firstLook = 4096;

/**
 * The summary of a record from its beginning alone, where Helm writes name, info and the chart's metadata: the rest, most
 * of it the chart's files, is neither unzipped nor parsed. `start(n)` gives at least the first n characters of the record
 * as it is stored, all when there are fewer. Namespace, revision and labels are the storage object's.
 */
export async function decodeSummary(
  start: (length: number) => string,
  object: { namespace: string; version: number; labels: Record<string, string> },
): Promise<ReleaseSummary> {
  const { constants, gunzipSync } = await import("node:zlib");
  for (let length = firstLook; ; length *= 4) {
    const data = start(length);
    const whole = data.length < length;
    if (whole) break;
    const bytes = Buffer.from(data.slice(0, length), "base64");
    if (bytes[0] !== 0x1f || bytes[1] !== 0x8b) break;
    let text: string;
    try {
      text = gunzipSync(bytes, { finishFlush: constants.Z_SYNC_FLUSH }).toString("utf8");
    } catch {
      break;
    }
    const head = untilLock(text);
    if (head !== undefined) return summaryOf(releaseFromJson(head, object.labels), object);
  }
  return summaryOf(await decodeRelease(start(Number.POSITIVE_INFINITY), object.labels), object);
}

/** The record up to the chart's lock, which follows its metadata; undefined where the text does not reach so far. */
function untilLock(text: string): RawRelease | undefined {
  for (let at = text.indexOf(',"lock":'); at >= 0; at = text.indexOf(',"lock":', at + 1)) {
    try {
      // Only the chart's own lock stands two levels deep: with any other one this is no JSON.
      return JSON.parse(`${text.slice(0, at)}}}`) as RawRelease;
    } catch {
      // An annotation of that name.
    }
  }
  return undefined;
}

/** What a list shows of a release. */
export function summaryOf(
  release: Release,
  { namespace, version }: { namespace: string; version: number } = release,
): ReleaseSummary {
  const { chart, config: _config, manifest: _manifest, hooks: _hooks, applyMethod: _method, ...rest } = release;
  return { ...rest, namespace, version, chart: chart === null ? null : { metadata: chart.metadata } };
}

interface RawRun {
  started_at?: string;
  completed_at?: string;
  phase?: string;
}
interface RawHook {
  name?: string;
  kind?: string;
  path?: string;
  manifest?: string;
  events?: string[];
  last_run?: RawRun;
  weight?: number;
  delete_policies?: string[];
  output_log_policies?: string[];
}
/** Helm's JSON, of either version. */
export interface RawRelease {
  name?: string;
  info?: {
    first_deployed?: string;
    last_deployed?: string;
    deleted?: string;
    description?: string;
    status?: string;
    rollback_revision?: number;
    notes?: string;
  };
  chart?: StoredChart | null;
  config?: GoMap | null;
  manifest?: string;
  hooks?: RawHook[] | null;
  version?: number;
  namespace?: string;
  apply_method?: string;
}

/** The release in Helm's JSON. Helm 3 writes Go's zero times as "" or as year 1: both are no time at all. */
export function releaseFromJson(value: RawRelease, labels: Record<string, string>): Release {
  const info = value.info ?? {};
  return {
    name: value.name ?? "",
    namespace: value.namespace ?? "",
    version: value.version ?? 0,
    status: (info.status ?? "unknown") as ReleaseStatus,
    description: info.description ?? "",
    ...time("firstDeployed", info.first_deployed),
    ...time("lastDeployed", info.last_deployed),
    ...time("deleted", info.deleted),
    rollbackRevision: info.rollback_revision ?? 0,
    notes: info.notes ?? "",
    chart: value.chart ?? null,
    config: value.config ?? null,
    manifest: value.manifest ?? "",
    hooks: (value.hooks ?? []).map(hookFromJson),
    labels,
    applyMethod: (value.apply_method ?? "") as Release["applyMethod"],
  };
}

function hookFromJson(hook: RawHook): ReleaseHook {
  const run = hook.last_run ?? {};
  return {
    name: hook.name ?? "",
    kind: hook.kind ?? "",
    path: hook.path ?? "",
    manifest: hook.manifest ?? "",
    events: (hook.events ?? []) as ReleaseHook["events"],
    weight: hook.weight ?? 0,
    deletePolicies: hook.delete_policies ?? [],
    outputLogPolicies: hook.output_log_policies ?? [],
    lastRun: {
      ...time("startedAt", run.started_at),
      ...time("completedAt", run.completed_at),
      phase: (run.phase ?? "") as HookRun["phase"],
    },
  };
}

function time<K extends string>(key: K, value: string | undefined): { [P in K]?: string } {
  return value === undefined || value === "" || value.startsWith("0001-01-01")
    ? {}
    : ({ [key]: value } as { [P in K]?: string });
}
