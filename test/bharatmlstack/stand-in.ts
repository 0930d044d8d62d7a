/** Small servers that answer as a service's contract says, and wrongly when they are told to. */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { sleep, systemClock } from "../../src/base/clock.ts";
import type { Service } from "./charts.ts";

/** What is wrong with a stand-in. */
export interface Fault {
  /** Milliseconds before each answer. */
  readonly delay?: number;
  /** Instead of the status that is right, on this path. */
  readonly status?: Readonly<Record<string, number>>;
  /** Instead of the body that is right, on this path. */
  readonly body?: Readonly<Record<string, string>>;
}

export interface StandIn extends AsyncDisposable {
  readonly url: string;
  fault: Fault;
}

type Answer = readonly [status: number, body: string];

async function serve(answer: (request: IncomingMessage, body: string) => Answer): Promise<StandIn> {
  const standIn = { url: "", fault: {} as Fault };
  const handle = async (request: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of request) chunks.push(chunk as Buffer);
    const path = request.url ?? "/";
    if (standIn.fault.delay !== undefined) await sleep(systemClock, standIn.fault.delay);
    const [status, body] = answer(request, Buffer.concat(chunks).toString("utf8"));
    response.writeHead(standIn.fault.status?.[path] ?? status, { "content-type": "application/json" });
    response.end(standIn.fault.body?.[path] ?? body);
  };
  const server: Server = createServer((request, response) => void handle(request, response));
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  standIn.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return Object.assign(standIn, {
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  });
}

/** The feature store: its health page, its guard, and one table in memory. */
export function featureStore(service: Service, tokens: Readonly<Record<string, string>>): Promise<StandIn> {
  const rows = new Map<string, unknown>();
  const [caller, token] = service.headers as readonly [string, string];
  return serve((request, body) => {
    if (request.url === service.health.path) return [service.health.status, service.health.body];
    const who = request.headers[caller];
    const secret = request.headers[token];
    const route = service.http?.find((it) => it.path === request.url && it.method === request.method);
    if (who === undefined || secret === undefined) return [400, '{"error":"header is missing"}'];
    if (typeof who !== "string" || tokens[who] !== secret) return [401, '{"error":"Invalid auth token"}'];
    if (route === undefined) return [404, "404 page not found"];
    const query = JSON.parse(body);
    if (query.entity_label === undefined) return [400, '{"error":"no entity"}'];
    const keyOf = (names: string[], values: string[]) => JSON.stringify([query.entity_label, names, values]);
    if (request.url?.endsWith("/persist") === true) {
      for (const { key_values: values, feature_values: features } of query.data)
        rows.set(keyOf(query.keys_schema, values), Object.values(features[0].values as object)[0][0]);
      return [200, '{"message":"ok"}'];
    }
    const found = query.keys.map(({ cols }: { cols: string[] }) => {
      const value = rows.get(keyOf(query.keys_schema, cols));
      return { keys: cols, columns: value === undefined ? [] : [String(value)] };
    });
    // As protojson writes it: sometimes with spaces.
    return [200, JSON.stringify({ keysSchema: query.keys_schema, rows: found }).replaceAll(",", ", ")];
  });
}

/** Horizon: its health page, and everything else behind a token. */
export function horizon(service: Service): Promise<StandIn> {
  return serve((request) =>
    request.url === service.health.path
      ? [service.health.status, service.health.body]
      : [401, '{"error":"Authorization header required"}'],
  );
}

/** What nginx does with the console's configuration. */
export function consoleServer(service: Service, env: string, guarded = false): Promise<StandIn> {
  const page = '<!DOCTYPE html><script src="/env.js"></script><div id="root"></div>';
  return serve((request) => {
    const path = request.url ?? "/";
    if (path === service.health.path) return [service.health.status, service.health.body];
    if (guarded) return [401, ""];
    if (path === "/env.js") return [200, env];
    return path.startsWith("/static/") ? [404, ""] : [200, page];
  });
}
