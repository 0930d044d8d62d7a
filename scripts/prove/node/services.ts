/** The charts that run on the real node: their values there, their stand-ins, and what is told to these. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "../../../src/goyaml/index.ts";
import { root } from "../../../test/platforms/charts.ts";
import type { Contract } from "./images.ts";

type Orders = Readonly<Record<string, { readonly status?: number; readonly body?: string; readonly delay?: number }>>;

/** A service on the real node. */
export interface Service {
  readonly name: string;
  /** The chart's folder from the clone's root. */
  readonly chart: string;
  readonly values: Readonly<Record<string, unknown>>;
  /** What its stand-ins are, by the image's repository. */
  readonly contracts: Readonly<Record<string, Contract>>;
  readonly deployment: string;
  readonly container: string;
  /** Labels of its pods. */
  readonly selector: string;
  /** Where other pods reach it, without the namespace: `name:port`. */
  readonly address: string;
  /** The port inside the pod. */
  readonly port: number;
  /** A path that answers 200 to everybody who may call. */
  readonly path: string;
  /** The paths that the probes ask. */
  readonly readiness: string;
  readonly liveness: string;
  readonly preStopSeconds: number;
  /** A series of its metrics; undefined where it has none. */
  readonly series: string | undefined;
  /** TCP ports of what it needs elsewhere: databases and the like. */
  readonly needs?: readonly number[];
  /** The UDP port on which its pods talk among themselves. */
  readonly gossip?: number;
  /** Answers that `helm test` must not let pass. */
  readonly wrong: Readonly<Record<string, Orders>>;
  /** Objects that must be there before. */
  readonly before?: readonly object[];
}

/** A path that no probe asks and no test: requests to it may last. */
export const slowPath = "/slow";

const slow = { path: slowPath, body: "slow" };
const small = { requests: { cpu: "10m", memory: "32Mi", "ephemeral-storage": "8Mi" }, limits: { memory: "128Mi" } };
const anyPod = [{ podSelector: {} }];
const monitoring = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }];
const quick = {
  startup: { periodSeconds: 1 },
  readiness: { periodSeconds: 1, failureThreshold: 2 },
  liveness: { periodSeconds: 2, failureThreshold: 3 },
};

interface Described {
  readonly image: string;
  readonly ports: Readonly<Record<string, { readonly number: number }>>;
  readonly health: { readonly port: string; readonly path: string; readonly body: string };
  readonly metrics?: { readonly statsd: string; readonly samples: readonly string[] };
  readonly http?: readonly {
    readonly method: string;
    readonly path: string;
    readonly without?: number;
    readonly wrong?: number;
  }[];
}

/** BharatMLStack's own contract, of which its charts are made, too. */
const described = (
  parse(readFileSync(join(root, "platforms/bharatmlstack/helm/services.yaml"), "utf8")) as {
    services: Readonly<Record<string, Described>>;
  }
).services;

function bharat(name: string, header: string): { readonly contracts: Service["contracts"]; readonly port: number } {
  const { image, ports, health, metrics, http = [] } = described[name] as Described;
  const port = (ports[health.port] as { number: number }).number;
  const guarded = http.map((route) => ({ ...route, ...(route.wrong === undefined ? {} : { header }) }));
  const routes = [{ path: health.path, body: health.body }, ...guarded, slow];
  const contract = { port, routes, ...(metrics && { statsd: { to: metrics.statsd, samples: metrics.samples } }) };
  return { port, contracts: { [image]: contract, "docker.io/prom/statsd-exporter": { exporter: true } } };
}

const store = bharat("onfs-api-server", "online-feature-store-caller-id");
const horizon = bharat("horizon", "authorization");
const console = bharat("trufflebox-ui", "");

export const services: readonly Service[] = [
  {
    name: "ml-api",
    chart: "platforms/ml-services/charts/ml-api",
    values: {
      autoscaling: { enabled: false },
      replicaCount: 2,
      resources: small,
      probes: quick,
      metrics: { serviceMonitor: { enabled: true } },
      test: { body: '"status": *"ok"' },
    },
    contracts: {
      "docker.io/dineshkumar20/mlops": {
        port: 8000,
        metrics: "/metrics",
        routes: [{ path: "/", body: '{"status":"ok"}' }, slow],
      },
    },
    deployment: "ml-api",
    container: "ml-api",
    selector: "app.kubernetes.io/name=ml-api",
    address: "ml-api:8000",
    port: 8000,
    path: "/",
    readiness: "/",
    liveness: "/",
    preStopSeconds: 5,
    series: "stand_in_up",
    wrong: {
      "another body": { "/": { body: '{"status":"broken"}' } },
      "another status": { "/": { status: 203 } },
      "a late answer": { "/": { delay: 3 } },
    },
  },
  {
    name: "mlops-sentiment",
    chart: "platforms/kubesentiment/helm/mlops-sentiment",
    values: {
      prometheus: { enabled: false },
      grafana: { enabled: false },
      autoscaling: { enabled: false },
      replicaCount: 2,
      resources: small,
      probes: quick,
      modelCache: {
        persistence: { enabled: true, accessModes: ["ReadWriteMany"], size: "64Mi" },
        warmUp: { resources: small },
      },
      networkPolicy: { clients: anyPod, monitoring },
      monitoring: {
        enabled: true,
        serviceMonitor: { enabled: true },
        prometheus: { enabled: false },
        grafana: { enabled: false },
      },
    },
    contracts: {
      "docker.io/arec1b0/mlops-sentiment": {
        port: 8000,
        special: "sentiment",
        routes: [{ path: "/", body: "{}" }, { path: "/api/v1/ready", body: '{"status":"ready"}' }, slow],
      },
    },
    deployment: "mlops-sentiment",
    container: "mlops-sentiment",
    selector: "app.kubernetes.io/name=mlops-sentiment,app.kubernetes.io/component=api",
    address: "mlops-sentiment:80",
    port: 8000,
    path: "/",
    readiness: "/api/v1/ready",
    liveness: "/",
    preStopSeconds: 5,
    series: "sentiment_model_loaded",
    wrong: {
      "another label": { "/api/v1/predict": { body: '{"label":"NEUTRAL","score":0.5}' } },
      "another status": { "/api/v1/predict": { status: 500 } },
      "a late answer": { "/api/v1/predict": { delay: 3 } },
    },
  },
  {
    name: "online-feature-store",
    chart: "platforms/bharatmlstack/helm/online-feature-store",
    values: {
      replicaCount: 2,
      resources: small,
      probes: quick,
      ingress: { enabled: false },
      networkPolicy: { clients: anyPod, monitoring },
      metrics: { serviceMonitor: { enabled: true } },
      tests: { latency: { requests: 20, maxMilliseconds: 700 } },
    },
    ...store,
    deployment: "online-feature-store",
    container: "api",
    selector: "app.kubernetes.io/name=online-feature-store,app.kubernetes.io/component=api",
    address: "online-feature-store:8089",
    path: "/health/self",
    readiness: "/health/self",
    liveness: "/health/self",
    preStopSeconds: 10,
    series: "grpc_server_requests_total",
    // etcd, Scylla, Redis.
    needs: [2379, 9042, 6379],
    gossip: 8088,
    wrong: {
      "another body": { "/health/self": { body: '{"message":"false"}' } },
      "another status": { "/api/v1/features/retrieve": { status: 500 } },
      "late answers": { "/health/self": { delay: 1 } },
    },
  },
  {
    name: "horizon",
    chart: "platforms/bharatmlstack/helm/horizon",
    values: {
      replicaCount: 2,
      resources: small,
      probes: quick,
      ingress: { enabled: false },
      networkPolicy: { clients: anyPod, monitoring },
      metrics: { serviceMonitor: { enabled: true } },
    },
    ...horizon,
    deployment: "horizon",
    container: "horizon",
    selector: "app.kubernetes.io/name=horizon,app.kubernetes.io/component=server",
    address: "horizon:8082",
    path: "/health",
    readiness: "/health",
    liveness: "/health",
    preStopSeconds: 5,
    series: "api_request_count",
    // MySQL, etcd, Scylla, and what it calls for others.
    needs: [3306, 2379, 9042, 8094],
    wrong: {
      "another body": { "/health": { body: '{"message":"Application is down"}' } },
      "another status": { "/api/v1/online-feature-store/get-store": { status: 200 } },
      "a late answer": { "/api/v1/online-feature-store/get-store": { delay: 7 } },
    },
    before: [
      {
        apiVersion: "v1",
        kind: "Secret",
        metadata: { name: "horizon-mysql" },
        stringData: { username: "horizon", password: "password-of-the-proof" },
      },
    ],
  },
  {
    name: "trufflebox-ui",
    chart: "platforms/bharatmlstack/helm/trufflebox-ui",
    values: {
      replicaCount: 2,
      resources: small,
      probes: quick,
      ingress: { enabled: false },
      networkPolicy: { clients: anyPod },
      console: { horizonUrl: "https://horizon.example.com" },
    },
    port: console.port,
    contracts: Object.fromEntries(
      Object.entries(console.contracts).map(([image, contract]) => [image, { ...contract, special: "console" }]),
    ),
    deployment: "trufflebox-ui",
    container: "console",
    selector: "app.kubernetes.io/name=trufflebox-ui,app.kubernetes.io/component=console",
    address: "trufflebox-ui:80",
    path: "/",
    readiness: "/healthz",
    liveness: "/healthz",
    preStopSeconds: 5,
    series: undefined,
    wrong: {
      "another body": { "/": { body: "<html></html>" } },
      "another status": { "/env.js": { status: 500 } },
      "a late answer": { "/": { delay: 7 } },
    },
  },
];
