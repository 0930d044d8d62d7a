import { SlipwayError } from "../base/index.ts";
import { apiVersionSet, discover, findResource, noMatchError, type Discovery } from "./discovery.ts";
import { isAlreadyExists, isNotFound, statusOf } from "./errors.ts";
import { holdsSent } from "./holds.ts";
import type { RetryState } from "./retry.ts";
import { Sender, type CallOptions, type ReadOptions } from "./sender.ts";
import { apiVersionOf, resourcePath, type ApiObject, type ApiResource, type Transport } from "./types.ts";
import { Shared } from "./shared.ts";
import { watchObjects, type WatchEvent, type WatchOptions } from "./watch.ts";

export type { Call, CallOptions, ClientOptions, ReadOptions } from "./sender.ts";

export interface WriteOptions extends CallOptions {
  readonly fieldManager?: string;
  readonly fieldValidation?: "Strict" | "Warn" | "Ignore";
  readonly dryRun?: boolean;
}

export interface ListOptions extends ReadOptions {
  readonly labelSelector?: string;
  readonly fieldSelector?: string;
  /** Objects a page; 500 unless told. */
  readonly pageSize?: number;
  /** Only apiVersion, kind and metadata of each object. */
  readonly metadataOnly?: boolean;
}

export type PatchType = "json" | "merge" | "strategic" | "apply";

const patchTypes: Readonly<Record<PatchType, string>> = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
};

/** One object's address. The namespace of a cluster-wide object is ignored. */
export interface ObjectRef {
  readonly resource: ApiResource;
  readonly namespace?: string | undefined;
  readonly name: string;
}

/**
 * A client of one API server, over any transport. Methods throw SlipwayErrors: `kube.<reason>` with the server's own
 * words when it refused ({@link statusOf} gives the Status), `kube.unreachable`/`kube.connection-lost` when there was
 * no answer even after trying again. Every method takes an AbortSignal.
 */
export class KubeClient extends Sender {
  /** What the server serves; shared with clients made from this one. */
  private readonly served: { asked?: Shared<Discovery> | undefined } = {};

  /**
   * The same client, except that `before` is awaited ahead of every try of a request that may change something; what it
   * throws, the request throws.
   */
  guarded(before: () => Promise<void>): KubeClient {
    const transport: Transport = async (request) => {
      if (request.method !== "GET") await before();
      return await this.transport(request);
    };
    // Everything else is this client's: what one of them learns of the server, the other knows.
    return Object.create(this, { transport: { value: transport } }) as KubeClient;
  }

  /** GET /version: what Helm asks first. A cluster that has answered nothing yet is told as dead at once. */
  async version(options: CallOptions = {}): Promise<{ gitVersion: string; major: string; minor: string }> {
    return (await this.json({ method: "GET", path: "/version", ...options })) as {
      gitVersion: string;
      major: string;
      minor: string;
    };
  }

  /**
   * What the server serves; asked once for all who wait for it, and kept until {@link invalidate}. Who gives up leaves the
   * others waiting; what failed is asked anew by the next.
   */
  async discovery(options: CallOptions = {}): Promise<Discovery> {
    if (this.served.asked?.over !== false)
      this.served.asked = new Shared((signal) =>
        discover((path, accept) =>
          this.json({ method: "GET", path, signal, ...(accept === undefined ? {} : { headers: { accept } }) }),
        ),
      );
    return await this.served.asked.wait(options.signal);
  }

  /** Forgets what the server serves: after CRDs were installed. */
  invalidate(): void {
    this.served.asked = undefined;
  }

  /** `.Capabilities.APIVersions`. */
  async apiVersions(options: CallOptions = {}): Promise<string[]> {
    return apiVersionSet(await this.discovery(options));
  }

  /** The resource of a kind; `kube.no-match` with kubectl's words when it is not served. */
  async resourceFor(
    object: { apiVersion: string; kind: string; metadata?: { name?: string; namespace?: string } },
    options: CallOptions = {},
  ): Promise<ApiResource> {
    const found = findResource(await this.discovery(options), object.apiVersion, object.kind);
    if (found !== undefined) return found;
    throw noMatchError(object.apiVersion, object.kind, object.metadata?.name ?? "", object.metadata?.namespace ?? "");
  }

  /** The object; throws `kube.not-found`. */
  async get(ref: ObjectRef, options: ReadOptions = {}): Promise<ApiObject> {
    return (await this.json({ method: "GET", path: pathOf(ref), what: whatOf(ref), ...options })) as ApiObject;
  }

  /** The object, or undefined when it does not exist. */
  async find(ref: ObjectRef, options: ReadOptions = {}): Promise<ApiObject | undefined> {
    try {
      return await this.get(ref, options);
    } catch (error) {
      if (isNotFound(error)) return undefined;
      throw error;
    }
  }

  /** All objects of a resource, page by page; cluster-wide when `namespace` is undefined. */
  async list(resource: ApiResource, namespace: string | undefined, options: ListOptions = {}): Promise<ApiObject[]> {
    return (await this.listWithVersion(resource, namespace, options)).items;
  }

  /** The same, with the resourceVersion to watch from. A page that expired (410) starts the list anew. */
  async listWithVersion(
    resource: ApiResource,
    namespace: string | undefined,
    options: ListOptions = {},
  ): Promise<{ items: ApiObject[]; resourceVersion: string }> {
    const items: ApiObject[] = [];
    let token = "";
    let restarts = 0;
    for (;;) {
      let page;
      try {
        page = await this.page(resource, namespace, options, token);
      } catch (error) {
        if (token !== "" && statusOf(error)?.code === 410 && restarts++ < 3) {
          items.length = 0;
          token = "";
          continue;
        }
        throw error;
      }
      items.push(...page.items);
      token = page.token;
      if (token === "") return { items, resourceVersion: page.resourceVersion };
    }
  }

  /** All objects of a resource when they fit on one page, else undefined. */
  async listOnePage(
    resource: ApiResource,
    namespace: string | undefined,
    options: ListOptions = {},
  ): Promise<ApiObject[] | undefined> {
    const { items, token } = await this.page(resource, namespace, options, "");
    return token === "" ? items : undefined;
  }

  private async page(
    resource: ApiResource,
    namespace: string | undefined,
    options: ListOptions,
    token: string,
  ): Promise<{ items: ApiObject[]; token: string; resourceVersion: string }> {
    const query = new URLSearchParams({ limit: String(options.pageSize ?? 500) });
    if (options.labelSelector) query.set("labelSelector", options.labelSelector);
    if (options.fieldSelector) query.set("fieldSelector", options.fieldSelector);
    if (token !== "") query.set("continue", token);
    const accept = "application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1,application/json";
    const { items, metadata } = (await this.json({
      method: "GET",
      path: `${resourcePath(resource, namespace)}?${query}`,
      what: whatOf({ resource, name: "" }),
      ...(options.metadataOnly ? { headers: { accept } } : {}),
      ...(options.exact ? { exact: true } : {}),
      ...signalOf(options),
    })) as { items?: ApiObject[] | null; metadata?: { continue?: string; resourceVersion?: string } };
    // Items of a list carry neither kind nor apiVersion.
    for (const item of items ?? []) {
      item.apiVersion ??= apiVersionOf(resource);
      item.kind ??= resource.kind;
    }
    return { items: items ?? [], token: metadata?.continue ?? "", resourceVersion: metadata?.resourceVersion ?? "" };
  }

  /**
   * Creates the object. When an earlier try may have done it (the connection broke, or a 5xx) and the next says "already
   * exists", the object is read and taken as ours if it holds everything that was sent. Where the server makes up the
   * name (`generateName`) a second try would make a second object: what may have happened is not tried again.
   */
  async create(
    resource: ApiResource,
    namespace: string | undefined,
    object: unknown,
    options: WriteOptions = {},
  ): Promise<ApiObject> {
    const state: RetryState = {};
    const name = (object as ApiObject).metadata?.name ?? "";
    try {
      return (await this.json({
        method: "POST",
        path: resourcePath(resource, namespace) + writeQuery(options),
        what: whatOf({ resource, name }),
        body: object,
        state,
        once: name === "" && options.dryRun !== true,
        ...signalOf(options),
      })) as ApiObject;
    } catch (error) {
      if (!state.ambiguous || !isAlreadyExists(error) || name === "") throw error;
      const live = await this.find({ resource, namespace, name }, signalOf(options));
      if (live === undefined || !holdsSent(live, object)) throw error;
      return live;
    }
  }

  /** Replaces the object (PUT). With metadata.resourceVersion set a lost race is `kube.conflict`. */
  async update(ref: ObjectRef, object: unknown, options: WriteOptions = {}): Promise<ApiObject> {
    return (await this.json({
      method: "PUT",
      path: pathOf(ref) + writeQuery(options),
      what: whatOf(ref),
      body: object,
      ...signalOf(options),
    })) as ApiObject;
  }

  /** Patches the object. */
  async patch(
    ref: ObjectRef,
    type: PatchType,
    patch: unknown,
    options: WriteOptions & { force?: boolean } = {},
  ): Promise<ApiObject> {
    return (await this.patchWithStatus(ref, type, patch, options)).object;
  }

  /** Server-side apply. `created` tells a new object from a changed one. */
  async apply(
    ref: ObjectRef,
    object: unknown,
    options: WriteOptions & { force?: boolean } = {},
  ): Promise<{ object: ApiObject; created: boolean }> {
    return await this.patchWithStatus(ref, "apply", object, { force: false, ...options });
  }

  private async patchWithStatus(
    ref: ObjectRef,
    type: PatchType,
    patch: unknown,
    options: WriteOptions & { force?: boolean },
  ): Promise<{ object: ApiObject; created: boolean }> {
    const query = writeQuery(options, options.force === undefined ? {} : { force: String(options.force) });
    const response = await this.send({
      method: "PATCH",
      path: pathOf(ref) + query,
      what: whatOf(ref),
      body: patch,
      contentType: patchTypes[type],
      ...signalOf(options),
    });
    return { object: JSON.parse(response.text) as ApiObject, created: response.status === 201 };
  }

  /** Deletes the object; throws `kube.not-found` when there is none. */
  async delete(
    ref: ObjectRef,
    options: CallOptions & {
      propagation?: "Background" | "Foreground" | "Orphan";
      preconditions?: { uid?: string; resourceVersion?: string };
      gracePeriodSeconds?: number;
    } = {},
  ): Promise<void> {
    const body = {
      kind: "DeleteOptions",
      apiVersion: "v1",
      ...(options.propagation === undefined ? {} : { propagationPolicy: options.propagation }),
      ...(options.preconditions === undefined ? {} : { preconditions: options.preconditions }),
      ...(options.gracePeriodSeconds === undefined ? {} : { gracePeriodSeconds: options.gracePeriodSeconds }),
    };
    const state: RetryState = {};
    try {
      await this.send({ method: "DELETE", path: pathOf(ref), what: whatOf(ref), body, state, ...signalOf(options) });
    } catch (error) {
      // The first try may have done it before its connection broke.
      if (state.ambiguous && isNotFound(error)) return;
      throw error;
    }
  }

  /**
   * Follows a resource: first every object as ADDED (then `SYNC`), then changes, for as long as the signal allows.
   * Resumes over lost connections and restarts of the server that are over while the client is patient; lists anew when
   * its place is gone (410).
   */
  watch(resource: ApiResource, namespace: string | undefined, options: WatchOptions): AsyncIterable<WatchEvent> {
    return watchObjects(this, resource, namespace, options);
  }

  /** A container's log, as it comes. */
  async logs(
    namespace: string,
    pod: string,
    options: CallOptions & {
      container?: string;
      follow?: boolean;
      tailLines?: number;
      previous?: boolean;
      timestamps?: boolean;
    } = {},
  ): Promise<AsyncIterable<Uint8Array>> {
    const query = new URLSearchParams();
    if (options.container !== undefined) query.set("container", options.container);
    if (options.follow) query.set("follow", "true");
    if (options.previous) query.set("previous", "true");
    if (options.timestamps) query.set("timestamps", "true");
    if (options.tailLines !== undefined) query.set("tailLines", String(options.tailLines));
    const path = `/api/v1/namespaces/${encodeURIComponent(namespace)}/pods/${encodeURIComponent(pod)}/log`;
    const suffix = query.size === 0 ? "" : `?${query}`;
    return (await this.open({ method: "GET", path: path + suffix, what: `pods ${pod}`, ...signalOf(options) })).body;
  }
}

/** The path of one object. Without a name it would be that of all of them: refused, in client-go's words. */
function pathOf(ref: ObjectRef): string {
  if (ref.name === "") throw new SlipwayError("resource name may not be empty", { code: "kube.no-name" });
  return resourcePath(ref.resource, ref.namespace, ref.name);
}

function whatOf(ref: ObjectRef): string {
  const group = ref.resource.group === "" ? "" : `.${ref.resource.group}`;
  return `${ref.resource.plural}${group}${ref.name === "" ? "" : ` ${ref.name}`}`;
}

function signalOf(options: CallOptions): CallOptions {
  return options.signal === undefined ? {} : { signal: options.signal };
}

function writeQuery(options: WriteOptions, more: Record<string, string> = {}): string {
  const query = new URLSearchParams();
  if (options.dryRun) query.set("dryRun", "All");
  if (options.fieldManager !== undefined) query.set("fieldManager", options.fieldManager);
  if (options.fieldValidation !== undefined) query.set("fieldValidation", options.fieldValidation);
  for (const [key, value] of Object.entries(more)) query.set(key, value);
  return query.size === 0 ? "" : `?${query}`;
}
