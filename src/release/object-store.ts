import { SlipwayError, isSlipwayError, messageOf } from "../base/index.ts";
import { isAlreadyExists, isConflict, isNotFound, wellKnown, type ApiObject, type KubeClient } from "../kube/index.ts";
import { decodeRelease, decodeSummary, encodeRelease } from "./codec.ts";
import { deleteOtherParts, readParts, splitRecord, writeParts, type PartsThere, type RecordParts } from "./parts.ts";
import { recordKey, type Release, type ReleaseStatus, type ReleaseSummary } from "./record.ts";
import {
  alreadyExists,
  notFound,
  userLabels,
  type CallOptions,
  type ReleaseStore,
  type RevisionInfo,
} from "./store.ts";

/** The name that Helm's requests get as field manager from their User-Agent. */
const recordManager = "Helm";

/**
 * Releases in Secrets (type `helm.sh/release.v1`) or ConfigMaps, exactly as Helm keeps them. One that is too large
 * for an object (for `room` characters) is stored in parts (parts.ts).
 */
export function objectStore(
  kind: "Secret" | "ConfigMap",
  client: KubeClient,
  namespace: string | undefined,
  room?: number,
): ReleaseStore {
  const resource = kind === "Secret" ? wellKnown.secrets : wellKnown.configMaps;
  const own = () => {
    if (namespace === undefined)
      throw new SlipwayError("releases of every namespace can only be read", { code: "release.namespace" });
    return namespace;
  };
  const ref = (name: string, version: number) => ({ resource, namespace: own(), name: recordKey(name, version) });

  const read = async (object: ApiObject, options: CallOptions): Promise<Release> => {
    const data = stored(object);
    const text = kind === "Secret" ? Buffer.from(data, "base64").toString("latin1") : data;
    const release = await decodeRelease(text, object.metadata.labels ?? {});
    return await readParts(client, kind, object, release, signal(options));
  };

  const stored = (object: ApiObject) => (object.data as Record<string, string> | undefined)?.release ?? "";

  const objectsOf = async (selector: string, options: CallOptions): Promise<ApiObject[]> =>
    await explain(
      selector === "" ? "list: failed to list" : "query: failed to query with labels",
      options,
      client.list(resource, namespace, {
        labelSelector: selector === "" ? "owner=helm" : `${selector},owner=helm`,
        ...signal(options),
      }),
    );

  /** What can be read of the objects: Helm passes over records that it cannot read. */
  const readable = async <T>(objects: readonly ApiObject[], use: (object: ApiObject) => Promise<T>): Promise<T[]> => {
    const out: T[] = [];
    for (const object of objects) {
      try {
        out.push(await use(object));
      } catch {
        // Not a record, or a damaged one.
      }
    }
    return out;
  };

  const summaryAt = async (object: ApiObject): Promise<ReleaseSummary> => {
    const text = stored(object);
    const labels = object.metadata.labels ?? {};
    // What is base64 in a Secret's data is decoded no further than needed.
    const start = (length: number) =>
      kind === "ConfigMap"
        ? text.slice(0, length)
        : Buffer.from(text.slice(0, Math.ceil(length / 3) * 4), "base64").toString("latin1");
    return await decodeSummary(start, {
      namespace: object.metadata.namespace ?? "",
      version: Number(labels.version),
      labels,
    });
  };

  const write = async (
    release: Release,
    stamp: "createdAt" | "modifiedAt",
    annotations: Record<string, string>,
  ): Promise<{ object: unknown; parts: RecordParts | undefined }> => {
    let encoded = await encodeRelease(release);
    const parts = await splitRecord(release, encoded, room);
    if (parts !== undefined) encoded = parts.main;
    const object = {
      apiVersion: "v1",
      kind,
      metadata: {
        name: recordKey(release.name, release.version),
        namespace: own(),
        labels: {
          ...userLabels(release.labels),
          [stamp]: String(Math.floor(client.clock.now() / 1000)),
          name: release.name,
          owner: "helm",
          status: release.status,
          version: String(release.version),
        },
        ...(Object.keys(annotations).length === 0 ? {} : { annotations }),
      },
      ...(kind === "Secret" ? { type: "helm.sh/release.v1" } : {}),
      data: { release: kind === "Secret" ? Buffer.from(encoded, "latin1").toString("base64") : encoded },
    };
    return { object, parts };
  };

  /** What is there of a record that is kept in parts; undefined when it is gone. */
  const partsOf = async ({ name, version }: Release, options: CallOptions): Promise<PartsThere | undefined> => {
    const found = await client.list(resource, own(), {
      labelSelector: `name=${name},version=${version}`,
      metadataOnly: true,
      ...signal(options),
    });
    const main = found.find((object) => object.metadata.name === recordKey(name, version));
    return main && { kind, main, objects: found.filter((object) => object.metadata.labels?.owner === "slipway") };
  };

  return {
    driver: kind,
    async index(name, options = {}) {
      const selector = [name === undefined ? "" : `name=${name}`, options.selector ?? "", "owner=helm"]
        .filter((term) => term !== "")
        .join(",");
      const objects = await explain(
        name === undefined ? "list: failed to list" : "query: failed to query with labels",
        options,
        client.list(resource, namespace, {
          labelSelector: selector,
          metadataOnly: true,
          pageSize: 2000,
          ...signal(options),
        }),
      );
      return objects.flatMap((object) => infoOf(object));
    },
    async get(name, version, options = {}) {
      const key = recordKey(name, version);
      let object: ApiObject;
      try {
        object = await client.get(ref(name, version), signal(options));
      } catch (error) {
        options.signal?.throwIfAborted();
        if (isNotFound(error)) throw notFound({ name, namespace: own(), version });
        throw wrapped(`get: failed to get "${key}"`, error);
      }
      try {
        const release = await read(object, options);
        return { ...release, labels: userLabels(release.labels) };
      } catch (error) {
        options.signal?.throwIfAborted();
        const fix = `${kind} ${key} in namespace ${own()} is damaged. Restore it; or delete it, and the release stands at the revision before.`;
        throw wrapped(
          `get: failed to decode data "${key}"`,
          error,
          isSlipwayError(error, "release.record") ? { fix } : {},
        );
      }
    },
    async query(selector, options = {}) {
      return await readable(await objectsOf(selector, options), (object) => read(object, options));
    },
    async summaries(selector, options = {}) {
      return await readable(await objectsOf(selector, options), summaryAt);
    },
    async newest(most, options = {}) {
      const listing = { labelSelector: "owner=helm", pageSize: most, ...signal(options) };
      const objects = await explain("list: failed to list", options, client.listOnePage(resource, namespace, listing));
      if (objects === undefined) return undefined;
      const version = (object: ApiObject) => Number(object.metadata.labels?.version);
      const found = new Map<string, ReleaseSummary>();
      for (const object of objects.toSorted((a, b) => version(b) - version(a))) {
        const key = `${object.metadata.namespace}/${object.metadata.labels?.name}`;
        // One that cannot be read gives way to the one before it, as in Helm.
        if (!found.has(key)) for (const summary of await readable([object], summaryAt)) found.set(key, summary);
      }
      return [...found.values()];
    },
    async create(release, options = {}) {
      const { object, parts } = await write(release, "createdAt", options.annotations ?? {});
      let created: ApiObject;
      try {
        created = await client.create(resource, own(), object, { fieldManager: recordManager, ...signal(options) });
      } catch (error) {
        options.signal?.throwIfAborted();
        if (isAlreadyExists(error)) throw alreadyExists();
        throw wrapped("create: failed to create", error);
      }
      if (parts !== undefined) await writeParts(client, { kind, main: created, objects: [] }, parts, signal(options));
    },
    async update(release, options = {}) {
      const { object, parts } = await write(release, "modifiedAt", options.annotations ?? {});
      const there = parts === undefined ? undefined : await partsOf(release, options);
      // The parts first: at every moment the record that is there has all of its own.
      if (parts !== undefined && there !== undefined) await writeParts(client, there, parts, signal(options));
      await explain(
        "update: failed to update",
        options,
        client.update(ref(release.name, release.version), object, { fieldManager: recordManager, ...signal(options) }),
      );
      if (parts !== undefined && there !== undefined) await deleteOtherParts(client, there, parts.marker);
    },
    async annotate(name, version, annotations, fit, options = {}) {
      for (;;) {
        const object = await client.get(ref(name, version), signal(options));
        if (!fit(object.metadata.annotations ?? {})) return false;
        const metadata = { ...object.metadata, annotations: { ...object.metadata.annotations, ...annotations } };
        try {
          await client.update(
            ref(name, version),
            { ...object, metadata },
            {
              fieldManager: recordManager,
              ...signal(options),
            },
          );
          return true;
        } catch (error) {
          if (!isConflict(error)) throw error;
        }
      }
    },
    async delete(name, version, options = {}) {
      try {
        await client.delete(ref(name, version), signal(options));
      } catch (error) {
        if (isNotFound(error)) throw notFound({ name, namespace: own(), version });
        throw error;
      }
    },
  };
}

function infoOf(object: ApiObject): RevisionInfo[] {
  const labels = object.metadata.labels ?? {};
  const version = Number(labels.version);
  if (labels.name === undefined || !Number.isInteger(version)) return [];
  return [
    {
      name: labels.name,
      namespace: object.metadata.namespace ?? "",
      version,
      status: (labels.status ?? "unknown") as ReleaseStatus,
      labels,
      annotations: object.metadata.annotations ?? {},
    },
  ];
}

function signal(options: CallOptions): { signal?: AbortSignal } {
  return options.signal === undefined ? {} : { signal: options.signal };
}

function wrapped(prefix: string, error: unknown, more: { fix?: string } = {}): SlipwayError {
  const facts = error instanceof SlipwayError ? error.facts : { code: "release.store", cause: error };
  return new SlipwayError(`${prefix}: ${messageOf(error)}`, { ...facts, ...more });
}

async function explain<T>(prefix: string, options: CallOptions, work: Promise<T>): Promise<T> {
  try {
    return await work;
  } catch (error) {
    options.signal?.throwIfAborted();
    throw wrapped(prefix, error);
  }
}
