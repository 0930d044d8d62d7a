import type { Socket } from "node:net";

const dialing = 30_000;
const handshaking = 10_000;

/** Ends a socket that does not get through in the time that Go allows: 30 s to connect, then 10 s for TLS. */
export function limitConnecting(socket: Socket, secure: boolean): void {
  if (!socket.connecting) return;
  const giveUp = (code: string, words: string) => () =>
    socket.destroy(Object.assign(new Error(words), { code, syscall: "connect" }));
  let timer = setTimeout(giveUp("ETIMEDOUT", "i/o timeout"), dialing);
  socket.once("connect", () => {
    clearTimeout(timer);
    if (!secure) return;
    timer = setTimeout(giveUp("TLS_HANDSHAKE_TIMEOUT", "net/http: TLS handshake timeout"), handshaking);
    socket.once("secureConnect", () => clearTimeout(timer));
  });
  socket.once("close", () => clearTimeout(timer));
}
