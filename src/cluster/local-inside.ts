/** What is in a running cluster of this machine, asked over its own API. */
import { SlipwayError } from "../base/index.ts";
import { clusterFolder, readServer, type ServerRecord } from "./local-home.ts";

type Env = Readonly<Record<string, string | undefined>>;

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

/** One request to a running cluster, as its admin. */
async function ask(record: ServerRecord, path: string): Promise<Json> {
  const { request } = await import("node:https");
  return new Promise((resolve, reject) => {
    const call = request(
      new URL(path, record.url),
      {
        ca: record.ca,
        headers: { authorization: `Bearer ${record.token}`, accept: "application/json" },
        timeout: 10_000,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on("data", (chunk: Buffer) => chunks.push(chunk));
        response.on("error", reject);
        response.on("end", () => {
          const text = Buffer.concat(chunks).toString("utf8");
          if (response.statusCode === 200) resolve(JSON.parse(text));
          else
            reject(
              new SlipwayError(`the cluster answers ${response.statusCode}: ${text}`, { code: "cluster.request" }),
            );
        });
      },
    );
    call.on("error", reject);
    call.end();
  });
}

async function recordOf(env: Env, name: string, dir: string | undefined): Promise<ServerRecord> {
  const record = await readServer(clusterFolder(env, name, dir));
  if (record === undefined) throw new SlipwayError(`there is no cluster ${name}`, { code: "cluster.not-found" });
  return record;
}

export interface Inventory {
  readonly nodes: number;
  readonly namespaces: number;
  readonly pods: number;
  /** Ready, or a Job's pod that has done its work. */
  readonly podsReady: number;
}

/** What is in a running cluster, in numbers. */
export async function inventory(env: Env, name: string, dir?: string): Promise<Inventory> {
  const record = await recordOf(env, name, dir);
  const [nodes, namespaces, pods] = await Promise.all(
    ["/api/v1/nodes", "/api/v1/namespaces", "/api/v1/pods"].map(async (path) => (await ask(record, path)).items),
  );
  const ready = (pod: Json) =>
    pod.status?.phase === "Succeeded" ||
    (pod.status?.conditions ?? []).some((item: Json) => item.type === "Ready" && item.status === "True");
  return {
    nodes: nodes.length,
    namespaces: namespaces.length,
    pods: pods.length,
    podsReady: pods.filter(ready).length,
  };
}

export interface EventLine {
  readonly lastSeen: string;
  readonly namespace: string;
  readonly type: string;
  readonly reason: string;
  readonly kind: string;
  readonly name: string;
  readonly message: string;
  readonly count: number;
}

/** The events of a running cluster, oldest first; of one namespace where one is named. */
export async function events(env: Env, name: string, dir: string | undefined, namespace: string): Promise<EventLine[]> {
  const path = namespace === "" ? "/api/v1/events" : `/api/v1/namespaces/${encodeURIComponent(namespace)}/events`;
  const { items } = await ask(await recordOf(env, name, dir), path);
  const lines = (items as Json[]).map((event): EventLine & { order: number } => ({
    lastSeen: event.lastTimestamp ?? event.eventTime ?? event.metadata.creationTimestamp,
    namespace: event.metadata.namespace,
    type: event.type ?? "",
    reason: event.reason ?? "",
    kind: event.involvedObject?.kind ?? "",
    name: event.involvedObject?.name ?? "",
    message: event.message ?? "",
    count: event.count ?? 1,
    order: Number(event.metadata.resourceVersion),
  }));
  return lines.sort((a, b) => a.order - b.order).map(({ order: _, ...line }) => line);
}
