import { isSlipwayError, systemClock, systemRandom } from "../base/index.ts";
import type { Clock, Random } from "../base/index.ts";
import type { ClusterApi } from "./api.ts";
import { Authenticator, newSigningKey } from "./auth.ts";
import { bootstrap } from "./bootstrap.ts";
import type { NodeOptions } from "./controllers/index.ts";
import { coreApi } from "./core-api.ts";
import { Core } from "./core.ts";
import { makeAuthority, makeLeaf } from "./pki.ts";
import { createHandler } from "./server/handler.ts";
import type { ApiRequest, ApiResponse } from "./server/respond.ts";
import { Store } from "./store.ts";
import { isVirtualClock, onVirtualClock } from "./virtual-transport.ts";

export type { ApiRequest, ApiResponse } from "./server/respond.ts";
export type { ClusterApi, KubeObject, Resource } from "./api.ts";
export { resources } from "./api.ts";
export { createVirtualClock, scaledClock, type VirtualClock } from "./virtual-clock.ts";

export interface ClusterOptions extends NodeOptions {
  /** Honour initialDelaySeconds of the probes of simulated pods, which are passed over otherwise. */
  readonly honourProbeDelays?: boolean;
  readonly name?: string;
  /** Where state is kept; in memory only without it. */
  readonly dir?: string;
  /** False: no socket, only `handle`. */
  readonly listen?: { readonly host?: string; readonly port?: number } | false;
  readonly clock?: Clock;
  readonly random?: Random;
  /** False: no controllers, no scheduler, no nodes; the API alone. */
  readonly controllers?: boolean;
  /** Told of a controller's work that failed by a fault of ours; it is tried again. */
  readonly onFault?: (controller: string, key: string, error: unknown) => void;
}

export interface Cluster {
  readonly name: string;
  handle(request: ApiRequest): Promise<ApiResponse>;
  readonly api: ClusterApi;
  readonly url?: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  readonly token: string;
  kubeconfig(): string;
  stop(): Promise<void>;
}

/** Starts a cluster. */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const given = options.clock ?? systemClock;
  // On a virtual clock the cluster's own timers do not make time pass: only clients that wait do.
  const clock = isVirtualClock(given) ? given.background() : given;
  const random = options.random ?? systemRandom;
  const name = options.name ?? "slipway";
  const store = new Store(clock);
  const core = new Core(store, clock, random);
  const authorityName = `slipway-${name}`;
  const authority = makeAuthority(authorityName, systemClock, random);
  const token = Buffer.from(random.bytes(32)).toString("base64url");
  const authenticator = new Authenticator(store, clock, token, newSigningKey());
  bootstrap(core);
  const api = coreApi(core);
  let stopControllers = () => {};
  if (options.controllers !== false) {
    const { startControllers } = await import("./controllers/index.ts");
    const controllers = startControllers(api, {
      ...options,
      caBundle: authority.certificate,
      onError(controller, key, error) {
        // What the API refuses shows in events and conditions; only our own faults are worth a word.
        if (!isSlipwayError(error)) options.onFault?.(controller, key, error);
      },
    });
    stopControllers = () => controllers.stop();
  }
  const stop = new AbortController();
  const certificates = new WeakMap<ApiRequest, { commonName: string; organizations: readonly string[] }>();
  let address = "127.0.0.1:6443";
  const handle = createHandler(core, {
    authenticate: (request) => authenticator.caller(request.headers, certificates.get(request)),
    authorize: (caller) => (caller.groups.includes("system:masters") ? true : ""),
    special: () => undefined,
    get address() {
      return address;
    },
    stop: stop.signal,
  });
  let close = async (): Promise<void> => {};
  let url: string | undefined;
  if (options.listen !== false) {
    const { listen } = await import("./listen.ts");
    const host = options.listen?.host ?? "127.0.0.1";
    const leaf = makeLeaf(
      authority,
      {
        commonName: "kube-apiserver",
        dnsNames: [
          "localhost",
          "kubernetes",
          "kubernetes.default",
          "kubernetes.default.svc",
          "kubernetes.default.svc.cluster.local",
        ],
        addresses: [...new Set(["127.0.0.1", "::1", host, "10.96.0.1"])],
        server: true,
        authorityName,
      },
      systemClock,
      random,
    );
    const listening = await listen({
      host,
      port: options.listen?.port ?? 0,
      certificate: leaf.certificate,
      key: leaf.key,
      ca: authority.certificate,
      handle(request, certificate) {
        if (certificate !== undefined) certificates.set(request, certificate);
        return handle(request);
      },
    });
    address = `${host}:${listening.port}`;
    url = `https://${address}`;
    close = listening.close;
  }
  return {
    name,
    handle: isVirtualClock(given) ? onVirtualClock(handle, given) : handle,
    api,
    ...(url === undefined ? {} : { url }),
    ca: authority.certificate,
    token,
    kubeconfig: () => kubeconfigOf(name, url ?? "https://127.0.0.1:6443", authority.certificate, token),
    async stop() {
      stopControllers();
      stop.abort();
      await close();
    },
  };
}

function kubeconfigOf(name: string, server: string, ca: string, token: string): string {
  const id = `slipway-${name}`;
  return [
    "apiVersion: v1",
    "kind: Config",
    "clusters:",
    `- name: ${id}`,
    "  cluster:",
    `    server: ${server}`,
    `    certificate-authority-data: ${Buffer.from(ca).toString("base64")}`,
    "users:",
    `- name: ${id}`,
    "  user:",
    `    token: ${token}`,
    "contexts:",
    `- name: ${id}`,
    "  context:",
    `    cluster: ${id}`,
    `    user: ${id}`,
    `current-context: ${id}`,
    "",
  ].join("\n");
}
