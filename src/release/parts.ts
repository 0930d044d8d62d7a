import { SlipwayError } from "../base/index.ts";
import { apiVersionOf, wellKnown, type ApiObject, type KubeClient } from "../kube/index.ts";
import { encodeRelease, releaseFromJson, releaseJson, unzip, zip, type RawRelease } from "./codec.ts";
import { goJson } from "./go-json.ts";
import { isPending, recordKey, type Release, type StoredChart, type StoredFile } from "./record.ts";

/**
 * Releases too large for one Secret (1 MiB) are kept in parts. The main object stays a record that stock Helm can
 * read: first without the chart's templates and files (Helm can still roll back, upgrade and uninstall, for those
 * need the manifest only); when that is too large as well, without manifest and hooks, and at last without values and
 * notes. In the manifest's place stands an object of a kind that no server has, so that stock Helm refuses to touch such
 * a release, and says why, instead of taking it for empty and deleting everything. Nothing is ever cut off.
 *
 * What was taken out stands, zipped, in part objects that the main object owns: whoever deletes it deletes them too. A
 * file of the stored chart says which they are. Stock Helm keeps that file whatever it does with the record: marks it
 * superseded (which drops annotations), or copies its chart into the revision of a rollback.
 */
export interface RecordParts {
  /** The main object's data. */
  readonly main: string;
  readonly marker: Marker;
  readonly pieces: readonly Buffer[];
}

/** Where the rest of a record is. */
interface Marker {
  /** For people. */
  readonly note: string;
  /** The record that the parts were written for. */
  readonly record: string;
  /** What of the release is in them. */
  readonly holds: readonly (keyof Release)[];
  readonly parts: number;
  readonly sha256: string;
}

const markerFile = "slipway.dev/parts.json";
const digestLabel = "slipway.dev/parts";
const indexAnnotation = "slipway.dev/part";

/** The API server refuses data above 1 MiB in all; names, labels and managed fields need a little of it. */
const roomInObject = 1024 * 1024 - 16 * 1024;

/** What is taken out, in the order in which it is tried. */
const takenOut: readonly (readonly (keyof Release)[])[] = [
  ["chart"],
  ["chart", "manifest", "hooks"],
  ["chart", "manifest", "hooks", "config", "notes"],
];

/** The parts of a record, or undefined when it fits into one object. */
export async function splitRecord(
  release: Release,
  encoded: string,
  room = roomInObject,
): Promise<RecordParts | undefined> {
  if (encoded.length <= room) return undefined;
  for (const holds of takenOut) {
    const zipped = await zip(goJson(releaseJson({ ...blank, ...only(release, holds) })));
    const { createHash } = await import("node:crypto");
    const marker: Marker = {
      note: noteOf(release),
      record: recordKey(release.name, release.version),
      holds,
      parts: Math.ceil(zipped.length / room),
      sha256: createHash("sha256").update(zipped).digest("hex"),
    };
    const main = await encodeRelease(without(release, marker));
    // Should even the last one be too large, the server says so.
    if (main.length > room && holds !== takenOut.at(-1)) continue;
    const pieces = Array.from({ length: marker.parts }, (_, at) => zipped.subarray(at * room, (at + 1) * room));
    return { main, marker, pieces };
  }
  return undefined;
}

const blank: Release = releaseFromJson({}, {});

function only(release: Release, keys: readonly (keyof Release)[]): Partial<Release> {
  return Object.fromEntries(keys.map((key) => [key, release[key]]));
}

function noteOf({ name, version }: Release): string {
  return `Revision ${version} of ${name} is too large for one Secret. Slipway keeps the rest of it in parts beside this record.`;
}

/** What is left of a release in its main record. */
function without(release: Release, marker: Marker): Release {
  const chart = release.chart ?? {
    metadata: null,
    lock: null,
    templates: null,
    values: null,
    schema: null,
    files: null,
  };
  const file: StoredFile = { name: markerFile, data: Buffer.from(goJson(marker)).toString("base64") };
  const bare: StoredChart = { ...chart, templates: null, files: [file], schema: null, lock: null };
  const light: Release = { ...release, chart: bare };
  if (!marker.holds.includes("manifest")) return light;
  const refused: Release = { ...light, manifest: refusedManifest(release), hooks: [] };
  if (!marker.holds.includes("config")) return refused;
  return { ...refused, chart: { ...bare, values: null }, config: null, notes: marker.note };
}

/** Stock Helm builds the objects of a manifest before it changes anything, and prints name and kind of what it cannot build. */
function refusedManifest(release: Release): string {
  return `# ${noteOf(release)}
# Use slipway to read it, to upgrade, roll back or uninstall it: Helm finds this note only, and would delete or lose everything.
apiVersion: slipway.dev/v1
kind: ReleaseTooLargeForHelm
metadata:
  name: use-slipway-for-this-release
`;
}

type Kind = "Secret" | "ConfigMap";

/** The parts that are there of a record, of any of its states. */
export interface PartsThere {
  readonly kind: Kind;
  /** The main object: what owns them. */
  readonly main: Pick<ApiObject, "metadata">;
  readonly objects: readonly ApiObject[];
}

/** Writes the parts of a record that are not there yet; they are never changed afterwards. */
export async function writeParts(
  client: KubeClient,
  { kind, main, objects }: PartsThere,
  { marker, pieces }: RecordParts,
  call: { signal?: AbortSignal },
): Promise<void> {
  const resource = resourceOf(kind);
  const { name: record, namespace, uid, labels } = main.metadata;
  const there = new Set(objects.map((object) => object.metadata.name));
  for (const [index, piece] of pieces.entries()) {
    // Of this very record: parts of one by the same name that is being deleted are not taken for them.
    const name = `${record}.${uid?.slice(0, 8)}.${marker.sha256.slice(0, 8)}.${index + 1}`;
    if (there.has(name)) continue;
    const object = {
      apiVersion: apiVersionOf(resource),
      kind,
      metadata: {
        name,
        namespace,
        labels: {
          name: labels?.name,
          owner: "slipway",
          version: labels?.version,
          [digestLabel]: digestText(marker),
        },
        annotations: { [indexAnnotation]: String(index + 1) },
        ownerReferences: [{ apiVersion: "v1", kind, name: record, uid }],
      },
      ...(kind === "Secret" ? { type: "slipway.dev/release-part.v1" } : {}),
      [bytesField(kind)]: { part: piece.toString("base64") },
    };
    await client.create(resource, namespace, object, { fieldManager: "slipway", ...call });
  }
}

/** Deletes the parts of earlier states of a record. That some stay does no harm: they end with the record. */
export async function deleteOtherParts(
  client: KubeClient,
  { kind, main, objects }: PartsThere,
  marker: Marker,
): Promise<void> {
  for (const { metadata } of objects) {
    if (metadata.labels?.[digestLabel] === digestText(marker)) continue;
    const ref = { resource: resourceOf(kind), namespace: main.metadata.namespace, name: metadata.name };
    await client.delete(ref).catch(() => {});
  }
}

/** The whole release behind a main object; the release as it is when it is not in parts. */
export async function readParts(
  client: KubeClient,
  kind: Kind,
  main: ApiObject,
  release: Release,
  call: { signal?: AbortSignal },
): Promise<Release> {
  const marker = markerOf(release);
  if (marker === undefined) return release;
  const found = await client.list(resourceOf(kind), main.metadata.namespace, {
    labelSelector: `${digestLabel}=${digestText(marker)},owner=slipway`,
    pageSize: 10,
    ...call,
  });
  // Equal parts of a record that is being deleted may still be there.
  const byIndex = new Map(found.map((object) => [Number(object.metadata.annotations?.[indexAnnotation]), object]));
  const pieces: Buffer[] = [];
  for (let index = 1; index <= marker.parts; index++) {
    const data = byIndex.get(index)?.[bytesField(kind)] as { part?: string } | undefined;
    if (data?.part === undefined) return withoutParts(release, marker, index, main.metadata.name);
    pieces.push(Buffer.from(data.part, "base64"));
  }
  const zipped = Buffer.concat(pieces);
  const { createHash } = await import("node:crypto");
  if (createHash("sha256").update(zipped).digest("hex") !== marker.sha256)
    throw broken(`the parts of release record ${main.metadata.name} do not belong together`);
  const taken = releaseFromJson(JSON.parse(await unzip(zipped)) as RawRelease, {});
  return { ...release, ...only(taken, marker.holds) };
}

function markerOf(release: Release): Marker | undefined {
  const [file, ...others] = release.chart?.files ?? [];
  if (file?.name !== markerFile || others.length > 0 || release.chart?.templates !== null) return undefined;
  return JSON.parse(Buffer.from(file.data, "base64").toString("utf8")) as Marker;
}

/**
 * What a record is whose parts are missing. Of a pending one they were never written: nothing of it had been applied, for
 * that comes after. One that stock Helm copied in a rollback loses the chart's files when the revision it copied goes;
 * it has no manifest but one that could not be applied. Of any other it is an error.
 */
function withoutParts(release: Release, marker: Marker, index: number, key: string): Release {
  if (!isPending(release.status) && marker.record === key)
    throw broken(`part ${index} of ${marker.parts} of release record ${key} is missing`);
  const chart = release.chart === null ? null : { ...release.chart, files: null };
  return { ...release, chart, ...(marker.holds.includes("manifest") ? { manifest: "" } : {}) };
}

function broken(message: string): SlipwayError {
  return new SlipwayError(message, { code: "release.record" });
}

function resourceOf(kind: Kind) {
  return kind === "Secret" ? wellKnown.secrets : wellKnown.configMaps;
}

function bytesField(kind: Kind): "data" | "binaryData" {
  return kind === "Secret" ? "data" : "binaryData";
}

/** As much of the digest as a label takes. */
function digestText({ sha256 }: Marker): string {
  return sha256.slice(0, 40);
}
