import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Transport } from "../../../src/kube/index.ts";

/** What is to happen to one request of those that come through, counted from 1. */
export interface Fault {
  /** The request's number; only requests that `counts` accepts are counted. */
  readonly at: number;
  /** `before`: the server never hears of the request; `after`: it has answered, and the client does not know. */
  readonly when: "before" | "after";
  /** Which requests count; all, unless told. */
  readonly counts?: (method: string, path: string) => boolean;
  /** What happens; the request is held meanwhile. Gives what becomes of it. */
  strike(): Promise<Outcome>;
}

/** The connection is cut, the request goes on as if nothing had been, or this is answered. */
export type Outcome = "cut" | "pass" | { readonly status: number; readonly body: string };

/**
 * A way to an API server that counts the requests and lets one of them meet a fault. It speaks plain HTTP on loopback
 * and adds the credentials of its own connection.
 */
export interface FaultyWay {
  readonly url: string;
  /** Starts counting anew, towards this fault. */
  arm(fault: Fault | undefined): void;
  /** How many requests came since. */
  readonly count: number;
  /** Whether the fault has struck, and at what. */
  readonly struck: string | undefined;
  close(): void;
}

/** Opens a way over a transport. */
export async function openWay(transport: Transport): Promise<FaultyWay> {
  let fault: Fault | undefined;
  let count = 0;
  let struck: string | undefined;

  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const method = request.method ?? "GET";
    const path = request.url ?? "/";
    const body = await buffer(request);
    const counted = fault === undefined || fault.counts === undefined || fault.counts(method, path);
    if (counted) count++;
    const meets = counted && fault !== undefined && count === fault.at ? fault : undefined;
    if (meets !== undefined) struck = `${method} ${path.split("?")[0]}`;
    if (meets?.when === "before" && !(await goesOn(await meets.strike(), response))) return;
    const headers: Record<string, string> = {};
    for (const name of ["accept", "content-type", "user-agent"]) {
      const value = request.headers[name];
      if (typeof value === "string") headers[name] = value;
    }
    const gone = new AbortController();
    response.on("close", () => gone.abort());
    const answer = await transport({
      method,
      path,
      headers,
      signal: gone.signal,
      ...(body.length === 0 ? {} : { body }),
    });
    const streams = /[?&](watch|follow)=(true|1)/.test(path);
    if (streams) {
      if (meets?.when === "after" && !(await goesOn(await meets.strike(), response))) return;
      response.writeHead(answer.status, plain(answer.headers));
      response.flushHeaders();
      for await (const chunk of answer.body) response.write(chunk);
    } else {
      const chunks: Uint8Array[] = [];
      for await (const chunk of answer.body) chunks.push(chunk);
      if (meets?.when === "after" && !(await goesOn(await meets.strike(), response))) return;
      response.writeHead(answer.status, plain(answer.headers));
      for (const chunk of chunks) response.write(chunk);
    }
    response.end();
  }

  const server: Server = createServer((request, response) => {
    // Whatever goes wrong on the way is a broken connection to the client.
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    arm(next) {
      fault = next;
      count = 0;
      struck = undefined;
    },
    get count() {
      return count;
    },
    get struck() {
      return struck;
    },
    close() {
      server.closeAllConnections();
      server.close();
    },
  };
}

/** False when the request has ended here. */
async function goesOn(outcome: Outcome, response: ServerResponse): Promise<boolean> {
  if (outcome === "pass") return true;
  if (outcome === "cut") response.destroy();
  else {
    response.writeHead(outcome.status, { "content-type": "application/json" });
    response.end(outcome.body);
  }
  return false;
}

/** Headers without those that speak of the connection or of an encoding that is undone by now. */
function plain(headers: Readonly<Record<string, string>>): Record<string, string> {
  const own = ["connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"];
  return Object.fromEntries(Object.entries(headers).filter(([name]) => !own.includes(name)));
}
