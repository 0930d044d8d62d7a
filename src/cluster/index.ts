import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { systemClock, systemRandom } from "../base/index.ts";
import type { Clock, Random } from "../base/index.ts";
import { createAdmission } from "./admission/index.ts";
import { resources, type ClusterApi } from "./api.ts";
import { Authenticator, newSigningKey } from "./auth.ts";
import { bootstrap } from "./bootstrap.ts";
import { allocateService } from "./controllers/service-addresses.ts";
import { startControllers } from "./controllers/index.ts";
import type { ControllerOptions } from "./controllers/index.ts";
import { registerConversions } from "./conversions.ts";
import { coreApi } from "./core-api.ts";
import { Core } from "./core.ts";
import { serveDefinitions } from "./crd/serve.ts";
import { impersonated } from "./impersonation.ts";
import type { OpenedLog } from "./log.ts";
import { startOwn } from "./own/start.ts";
import { podHooks } from "./nodes/hooks.ts";
import { upgrade } from "./nodes/upgrade.ts";
import { makeAuthority, makeLeaf } from "./pki.ts";
import { decide } from "./rbac.ts";
import { metricsTypes } from "./server/metrics.ts";
import { createHandler } from "./server/handler.ts";
import type { RequestInfo } from "./server/request.ts";
import type { ApiRequest, ApiResponse } from "./server/respond.ts";
import { createSpecial } from "./server/special.ts";
import { forbidden, unauthorized } from "./status.ts";
import { Store } from "./store.ts";
import { isVirtualClock, onVirtualClock } from "./virtual-transport.ts";

export type { ApiRequest, ApiResponse } from "./server/respond.ts";
export type { ClusterApi, KubeObject, Resource } from "./api.ts";
export { resources } from "./api.ts";
export { createVirtualClock, scaledClock, type VirtualClock } from "./virtual-clock.ts";
export { testCluster, type TestCluster } from "./test-cluster.ts";

export interface ClusterOptions extends ControllerOptions {
  readonly name?: string;
  /** Where state is kept; in memory only without it. */
  readonly dir?: string;
  /** False: no socket, only `handle`. */
  readonly listen?: { readonly host?: string; readonly port?: number } | false;
  readonly clock?: Clock;
  readonly random?: Random;
  /** False: the API alone, for controllers from elsewhere. */
  readonly controllers?: boolean;
  /** True: a webhook whose backend is simulated refuses what it would have been asked, instead of being passed over. */
  readonly strictWebhooks?: boolean;
  /** Told what was repaired or is otherwise worth knowing. */
  readonly onMessage?: (message: string) => void;
}

export interface Cluster {
  readonly name: string;
  /** The API in process: the same routing, authentication and serialisation as over the socket. */
  handle(request: ApiRequest): Promise<ApiResponse>;
  readonly api: ClusterApi;
  readonly url?: string;
  /** The authority's certificate, PEM. */
  readonly ca: string;
  /** The admin's bearer token. */
  readonly token: string;
  kubeconfig(): string;
  stop(): Promise<void>;
}

/** What a cluster is known by: made once, kept in its folder. */
interface Identity {
  readonly ca: string;
  readonly caKey: string;
  readonly certificate: string;
  readonly key: string;
  readonly host: string;
  readonly token: string;
  readonly signingKey: string;
}

function newIdentity(name: string, host: string, random: Random): Identity {
  const authorityName = `slipway-${name}`;
  const authority = makeAuthority(authorityName, systemClock, random);
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
      addresses: [...new Set(["127.0.0.1", "::1", ...(/^[\d.]+$|:/.test(host) ? [host] : []), "10.96.0.1"])],
      server: true,
      authorityName,
    },
    systemClock,
    random,
  );
  return {
    ca: authority.certificate,
    caKey: authority.key,
    certificate: leaf.certificate,
    key: leaf.key,
    host,
    token: Buffer.from(random.bytes(32)).toString("base64url"),
    signingKey: newSigningKey(),
  };
}

function identityOf(dir: string | undefined, name: string, host: string): Identity {
  // keys and tokens are never made from a seed
  if (dir === undefined) return newIdentity(name, host, systemRandom);
  const path = join(dir, "identity.json");
  if (existsSync(path)) {
    const known = JSON.parse(readFileSync(path, "utf8")) as Identity;
    if (known.host === host) return known;
  }
  const made = newIdentity(name, host, systemRandom);
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  writeFileSync(path, JSON.stringify(made), { mode: 0o600 });
  return made;
}

/**
 * Starts a cluster: reads its state, serves its API (over TLS and in process), and runs controllers and simulated nodes.
 * Rejects where the folder is in use or damaged, or the address is taken.
 */
export async function startCluster(options: ClusterOptions = {}): Promise<Cluster> {
  const given = options.clock ?? systemClock;
  // On a virtual clock the cluster's own timers do not make time pass: only clients that wait do.
  const clock = isVirtualClock(given) ? given.background() : given;
  const random = options.random ?? systemRandom;
  const name = options.name ?? "slipway";
  const host = options.listen === false ? "127.0.0.1" : (options.listen?.host ?? "127.0.0.1");
  const store = new Store(clock);
  let log: OpenedLog | undefined;
  if (options.dir !== undefined) {
    const { openLog } = await import("./log.ts");
    log = openLog(options.dir, store);
    for (const message of log.messages) options.onMessage?.(message);
    store.attach(log);
  }
  const identity = identityOf(options.dir, name, host);
  const core = new Core(store, clock, random);
  const api = coreApi(core);
  core.admission = createAdmission(core, {
    allocateService: (service, old) => allocateService(api, service, old),
    strictWebhooks: options.strictWebhooks === true,
  });
  registerConversions();
  await serveDefinitions(core);
  bootstrap(core, options.controllers !== false && options.workloads !== false);
  startOwn(core, options.controllers === false ? undefined : { strict: options.strictWebhooks === true });
  // what simulated pods use; no APIService stands for it, so that a chart may bring one
  if (options.controllers !== false) core.types.setCustom("metrics.k8s.io", metricsTypes());
  const authenticator = new Authenticator(store, clock, identity.token, identity.signingKey);
  const stop = new AbortController();
  const certificates = new WeakMap<ApiRequest, { commonName: string; organizations: readonly string[] }>();
  let address = "127.0.0.1:6443";
  const handle = createHandler(core, {
    authenticate(request) {
      const caller = authenticator.caller(request.headers, certificates.get(request));
      if (caller === undefined) return undefined;
      return impersonated(caller, request.headers, (attributes) => decide(store, caller, attributes));
    },
    authorize(caller, info) {
      const { allowed, reason } = decide(store, caller, attributesOf(info));
      return allowed ? true : reason;
    },
    special: createSpecial(authenticator, podHooks(api)),
    get address() {
      return address;
    },
    stop: stop.signal,
  });
  let close = async (): Promise<void> => {};
  let url: string | undefined;
  try {
    if (options.listen !== false) {
      const { listen } = await import("./listen.ts");
      const listening = await listen({
        host,
        port: options.listen?.port ?? 0,
        certificate: identity.certificate,
        key: identity.key,
        ca: identity.ca,
        handle(request, certificate) {
          if (certificate !== undefined) certificates.set(request, certificate);
          return handle(request);
        },
        upgrade(request, certificate, socket, head) {
          return upgrade(api, request, socket, head, (info) => {
            const sender = authenticator.caller(request.headers, certificate);
            if (sender === undefined) throw unauthorized();
            const caller = impersonated(sender, request.headers, (attributes) => decide(store, sender, attributes));
            // Streams into pods are creations, whatever verb the handshake has.
            const { allowed, reason } = decide(store, caller, attributesOf({ ...info, verb: "create" }));
            if (!allowed) throw forbidden(resources.pods, info.name, reason);
          });
        },
      });
      if (!/^(127\.|localhost$|::1$)/.test(host))
        options.onMessage?.(`the API listens on ${host}: whoever reaches it and has the token is its admin`);
      address = `${host.includes(":") ? `[${host}]` : host}:${listening.port}`;
      url = `https://${address}`;
      close = listening.close;
    }
  } catch (error) {
    log?.close();
    throw error;
  }
  const controllers =
    options.controllers === false
      ? undefined
      : startControllers(api, {
          ...options,
          caBundle: identity.ca,
          issueToken: (account, secret) => authenticator.signFor(account.metadata, secret.metadata),
        });
  let stopped: Promise<void> | undefined;
  return {
    name,
    handle: isVirtualClock(given) ? onVirtualClock(handle, given) : handle,
    api,
    ...(url === undefined ? {} : { url }),
    ca: identity.ca,
    token: identity.token,
    kubeconfig: () => kubeconfigOf(name, url ?? "https://127.0.0.1:6443", identity.ca, identity.token),
    stop() {
      stopped ??= (async () => {
        core.ended = true;
        controllers?.stop();
        stop.abort();
        await close();
        log?.close();
      })();
      return stopped;
    },
  };
}

function attributesOf(info: RequestInfo): Parameters<typeof decide>[2] {
  if (!info.isResource) return { verb: info.verb, path: info.path };
  return {
    verb: info.verb,
    group: info.group,
    resource: info.plural,
    subresource: info.subresource,
    ...(info.name === "" ? {} : { name: info.name }),
    namespace: info.namespace,
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
