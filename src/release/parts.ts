import { SlipwayError } from "../base/index.ts";
import { apiVersionOf, wellKnown, type ApiObject, type KubeClient } from "../kube/index.ts";
import { encodeRelease, pack, unpack } from "./codec.ts";
import { goJson } from "./go-json.ts";
import type { Release, ReleaseHook, StoredChart } from "./record.ts";

/**
 * Releases too large for one Secret (1 MiB) are kept in parts. The main object stays a record that stock Helm can
 * read: first without the chart's templates and files (Helm can still roll back, upgrade and uninstall, for those
 * need the manifest only); when that is too large as well, also without manifest, hooks, values and notes, with a note
 * that says so in their place. What was taken out stands, packed, in part objects named `<key>.part1` … which the main
 * object owns, so that whoever deletes it deletes them too. Nothing is ever cut off.
 */
export interface RecordParts {
  /** The main object's data. */
  readonly main: string;
  readonly annotations: Record<string, string>;
  readonly pieces: readonly string[];
  readonly digest: string;
  readonly release: Release;
}

const countAnnotation = "slipway.dev/parts";
const digestAnnotation = "slipway.dev/parts-sha256";

/** The API server refuses data above 1 MiB in all; names, labels and managed fields need a little of it. */
const roomInObject = 1024 * 1024 - 16 * 1024;

interface Payload {
  chart: StoredChart | null;
  manifest?: string;
  hooks?: ReleaseHook[];
  config?: Release["config"];
  notes?: string;
}

/** The parts of a record, or undefined when it fits into one object. */
export async function splitRecord(
  release: Release,
  encoded: string,
  room = roomInObject,
): Promise<RecordParts | undefined> {
  if (encoded.length <= room) return undefined;
  const light: Release = { ...release, chart: bare(release.chart) };
  const lighter = await encodeRelease(light);
  if (lighter.length <= room) return await partsOf(release, lighter, { chart: release.chart }, room);
  const note =
    `# This revision of ${release.name} is too large for one Secret. Slipway keeps its manifest in parts beside it;\n` +
    `# use slipway to read, upgrade, roll back or uninstall it. Helm sees this note only.\n`;
  const main = await encodeRelease({ ...light, config: null, manifest: note, hooks: [], notes: note });
  return await partsOf(
    release,
    main,
    {
      chart: release.chart,
      manifest: release.manifest,
      hooks: release.hooks,
      config: release.config,
      notes: release.notes,
    },
    room,
  );
}

function bare(chart: StoredChart | null): StoredChart | null {
  return chart === null ? null : { ...chart, templates: null, files: null, schema: null, lock: null };
}

async function partsOf(release: Release, main: string, payload: Payload, room: number): Promise<RecordParts> {
  const { createHash } = await import("node:crypto");
  const packed = await pack(goJson(payload));
  const pieces: string[] = [];
  for (let at = 0; at < packed.length; at += room) pieces.push(packed.slice(at, at + room));
  const digest = createHash("sha256").update(packed).digest("hex");
  return {
    main,
    pieces,
    digest,
    release,
    annotations: { [countAnnotation]: String(pieces.length), [digestAnnotation]: digest },
  };
}

type Kind = "Secret" | "ConfigMap";

/** Writes the parts of a record beside its main object; ones that are there with the same content are left alone. */
export async function writeParts(
  client: KubeClient,
  kind: Kind,
  main: ApiObject,
  parts: RecordParts,
  signal: AbortSignal | undefined,
): Promise<void> {
  const resource = kind === "Secret" ? wellKnown.secrets : wellKnown.configMaps;
  const namespace = main.metadata.namespace;
  const call = signal === undefined ? {} : { signal };
  for (const [index, piece] of parts.pieces.entries()) {
    const name = `${main.metadata.name}.part${index + 1}`;
    const object = {
      apiVersion: apiVersionOf(resource),
      kind,
      metadata: {
        name,
        namespace,
        labels: { name: parts.release.name, owner: "slipway", version: String(parts.release.version) },
        annotations: { [digestAnnotation]: parts.digest },
        ownerReferences: [{ apiVersion: "v1", kind, name: main.metadata.name, uid: main.metadata.uid }],
      },
      ...(kind === "Secret" ? { type: "slipway.dev/release-part.v1" } : {}),
      data: { part: kind === "Secret" ? Buffer.from(piece, "latin1").toString("base64") : piece },
    };
    const there = await client.find({ resource, namespace, name }, call);
    if (there === undefined) await client.create(resource, namespace, object, { fieldManager: "slipway", ...call });
    else if (there.metadata.annotations?.[digestAnnotation] !== parts.digest) {
      await client.update({ resource, namespace, name }, object, { fieldManager: "slipway", ...call });
    }
  }
}

/** The whole release behind a main object; the release as it is when it is not in parts. */
export async function readParts(
  client: KubeClient,
  kind: Kind,
  main: ApiObject,
  release: Release,
  signal: AbortSignal | undefined,
): Promise<Release> {
  const count = Number(main.metadata.annotations?.[countAnnotation] ?? 0);
  if (count === 0) return release;
  const resource = kind === "Secret" ? wellKnown.secrets : wellKnown.configMaps;
  const call = signal === undefined ? {} : { signal };
  const pieces = await Promise.all(
    Array.from({ length: count }, async (_, index) => {
      const name = `${main.metadata.name}.part${index + 1}`;
      const part = await client.find({ resource, namespace: main.metadata.namespace, name }, call);
      if (part === undefined) {
        throw new SlipwayError(`part ${index + 1} of ${count} of release record ${main.metadata.name} is missing`, {
          code: "release.record",
        });
      }
      const data = (part.data as Record<string, string>).part ?? "";
      return kind === "Secret" ? Buffer.from(data, "base64").toString("latin1") : data;
    }),
  );
  const packed = pieces.join("");
  const { createHash } = await import("node:crypto");
  if (createHash("sha256").update(packed).digest("hex") !== main.metadata.annotations?.[digestAnnotation]) {
    throw new SlipwayError(`the parts of release record ${main.metadata.name} do not belong together`, {
      code: "release.record",
    });
  }
  const payload = JSON.parse(await unpack(packed)) as Payload;
  return {
    ...release,
    chart: payload.chart,
    ...(payload.manifest === undefined ? {} : { manifest: payload.manifest }),
    ...(payload.hooks === undefined ? {} : { hooks: payload.hooks }),
    ...(payload.config === undefined ? {} : { config: payload.config }),
    ...(payload.notes === undefined ? {} : { notes: payload.notes }),
  };
}
