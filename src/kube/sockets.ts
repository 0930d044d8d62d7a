import type { Socket } from "node:net";
import type { ConnectionOptions } from "node:tls";
import { limitConnecting } from "./connect-limits.ts";

/** How TLS to the API server is made. */
export type TlsOptions = ConnectionOptions;

/** Makes sockets to the host of an address, over TLS where there are options for it. Later ones resume the first one's session. */
export function socketsTo(to: URL, tls: TlsOptions | undefined): () => Promise<Socket> {
  const host = to.hostname.replace(/^\[|\]$/g, "");
  const port = Number(to.port || (to.protocol === "https:" ? 443 : 80));
  let session: Buffer | undefined;
  return async () => {
    const { connect, isIP } = await import("node:net");
    const secure = tls === undefined ? undefined : await import("node:tls");
    return await new Promise((resolve, reject) => {
      const socket =
        secure?.connect({
          servername: isIP(host) ? "" : host,
          ...tls,
          host,
          port,
          ALPNProtocols: ["http/1.1"],
          ...(session === undefined ? {} : { session }),
        }) ?? connect(port, host);
      limitConnecting(socket, secure !== undefined);
      socket.setKeepAlive(true, 30_000);
      socket.setNoDelay(true);
      socket.on("session", (made: Buffer) => (session = made));
      socket.once("error", reject);
      socket.once(secure === undefined ? "connect" : "secureConnect", () => {
        socket.off("error", reject);
        resolve(socket);
      });
    });
  };
}

/** Makes sockets to a server through a proxy. */
export async function socketsThrough(
  proxy: URL,
  server: URL,
  tls: TlsOptions | undefined,
): Promise<() => Promise<Socket>> {
  const { proxyConnector } = await import("./proxy.ts");
  const connect = await proxyConnector(proxy, server, tls);
  return async () =>
    await new Promise((resolve, reject) => {
      connect((error, socket) => {
        if (socket === undefined) return reject(error ?? new Error("no socket"));
        socket.setNoDelay(true);
        resolve(socket);
      });
    });
}
