import { seededRandom, sleep, type Clock } from "../../src/base/index.ts";
import { loadFiles, type Chart } from "../../src/chart/index.ts";
import { createVirtualClock, startCluster, type Cluster } from "../../src/cluster/index.ts";
import { KubeClient, wellKnown, type ApiRequest, type Transport } from "../../src/kube/index.ts";
import type { ReleaseSite } from "../../src/release/index.ts";

/** An embedded cluster in this process, on a clock that does not wait. */
export interface Lab {
  readonly cluster: Cluster;
  readonly clock: Clock;
  readonly client: KubeClient;
  readonly site: ReleaseSite;
  /** How requests get there; wrap it to break them. */
  readonly transport: Transport;
  /** Another client of the same cluster. */
  connect(transport?: Transport): KubeClient;
  /** Whether custom kinds can be made here. */
  establishesCrds(): Promise<boolean>;
  /** Data of a ConfigMap, or undefined when there is none. */
  configMap(name: string): Promise<Record<string, string> | undefined>;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function openLab(options: { strictWebhooks?: boolean } = {}): Promise<Lab> {
  const clock = createVirtualClock();
  const cluster = await startCluster({ listen: false, clock, random: seededRandom(7), ...options });
  const transport: Transport = (request: ApiRequest) =>
    cluster.handle({ ...request, headers: { ...request.headers, authorization: `Bearer ${cluster.token}` } });
  const connect = (through: Transport = transport) => new KubeClient(through, { clock });
  const client = connect();
  return {
    cluster,
    clock,
    client,
    transport,
    connect,
    site: { client, namespace: "default" },
    async establishesCrds() {
      const path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
      const spec = {
        group: "probe.example.com",
        scope: "Namespaced",
        names: { plural: "probes", singular: "probe", kind: "Probe", listKind: "ProbeList" },
        versions: [{ name: "v1", served: true, storage: true, schema: { openAPIV3Schema: { type: "object" } } }],
      };
      const body = {
        apiVersion: "apiextensions.k8s.io/v1",
        kind: "CustomResourceDefinition",
        metadata: { name: "probes.probe.example.com" },
        spec,
      };
      await client.json({ method: "POST", path, body });
      await sleep(clock, 2000);
      return await client.json({ method: "GET", path: "/apis/probe.example.com/v1" }).then(
        () => true,
        () => false,
      );
    },
    async configMap(name) {
      const found = await client.find({ resource: wellKnown.configMaps, namespace: "default", name });
      return found === undefined ? undefined : (found.data as Record<string, string>);
    },
    async [Symbol.asyncDispose]() {
      await cluster.stop();
    },
  };
}

/** A chart from its templates. Its name is `app`, its version 1.0.0. */
export function chartOf(templates: Record<string, string>, more: Record<string, string> = {}): Chart {
  const files: Record<string, string> = {
    "Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\nappVersion: '2'\n",
    ...more,
  };
  for (const [name, text] of Object.entries(templates)) files[`templates/${name}`] = text;
  return loadFiles(Object.entries(files).map(([name, text]) => ({ name, data: new TextEncoder().encode(text) })));
}

/** A ConfigMap's template. */
export function configMap(
  name: string,
  value = "{{ .Values.value | default 1 | quote }}",
  annotations: Record<string, string> = {},
): string {
  const lines = Object.entries(annotations).map(([key, text]) => `    ${key}: "${text}"\n`);
  return `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${lines.length === 0 ? "" : `  annotations:\n${lines.join("")}`}data:\n  value: ${value}\n`;
}

/** A Deployment's template; `annotations` are its pods'. */
export function deployment(
  name: string,
  options: { annotations?: Record<string, string>; spec?: string; container?: string; replicas?: number } = {},
): string {
  const lines = Object.entries(options.annotations ?? {}).map(([key, text]) => `        ${key}: "${text}"\n`);
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}}
spec:
  replicas: ${options.replicas ?? 1}
${options.spec ?? ""}  selector: {matchLabels: {app: ${name}}}
  template:
    metadata:
      labels: {app: ${name}}
${lines.length === 0 ? "" : `      annotations:\n${lines.join("")}`}    spec:
      containers:
        - name: main
          image: nginx:1
${options.container ?? ""}`;
}

/** A way to the cluster on which some requests are answered with 403, as for an account that lacks a right. */
export function withoutRight(lab: Lab, to: (request: ApiRequest) => boolean, message = "it is forbidden"): Transport {
  const status = { kind: "Status", apiVersion: "v1", status: "Failure", reason: "Forbidden", code: 403, message };
  return async (request) =>
    to(request)
      ? {
          status: 403,
          headers: {},
          body: (async function* () {
            yield new TextEncoder().encode(JSON.stringify(status));
          })(),
        }
      : await lab.transport(request);
}
