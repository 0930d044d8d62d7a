/** `kubectl port-forward` to a simulated pod: over SPDY/3.1 in a WebSocket, or the channels of v4.channel.k8s.io. */
import type { Json, Obj } from "../controllers/object.ts";
import { SpdyConnection } from "./spdy.ts";
import type { WebSocket } from "./websocket.ts";

export const tunnelProtocol = "SPDY/3.1+portforward.k8s.io";
export const forwardProtocols = [tunnelProtocol, "v4.channel.k8s.io", "portforward.k8s.io"];

/** What a simulated port answers to the first bytes: HTTP to HTTP, a line of text to anything else. */
export function portAnswer(pod: Obj, port: number, request: Buffer): Buffer {
  const about = `${pod.metadata.namespace}/${pod.metadata.name}`;
  const listening = (pod.spec.containers ?? []).some((container: Json) =>
    (container.ports ?? []).some((it: Json) => it.containerPort === port),
  );
  const text = `This is port ${port} of the simulated pod ${about} in Slipway's embedded cluster. Nothing runs there${
    listening ? "" : ", and no container says that it listens there"
  }.\n`;
  if (!/^[A-Z]+ \S+ HTTP\/1\.[01]\r\n/.test(request.toString("latin1"))) return Buffer.from(text);
  return Buffer.from(
    [
      "HTTP/1.1 200 OK",
      "Content-Type: text/plain; charset=utf-8",
      `Content-Length: ${Buffer.byteLength(text)}`,
      "Server: slipway-simulated",
      "Connection: close",
      "",
      text,
    ].join("\r\n"),
  );
}

/** Serves the tunnelled form: kubectl opens an error and a data stream for each connection. */
export function serveTunnel(socket: WebSocket, pod: Obj): void {
  const spdy = new SpdyConnection((data) => socket.send(data));
  socket.onMessage = (data) => spdy.take(data);
  socket.onClose = () => spdy.close();
  spdy.onStream = (stream) => {
    if (stream.headers["streamtype"] === "error") {
      // Nothing goes wrong on a simulated port: the stream of errors ends at once.
      stream.end();
      return;
    }
    const port = Number(stream.headers["port"] ?? 0);
    let done = false;
    stream.onData = (data) => {
      if (done) return;
      done = true;
      stream.write(portAnswer(pod, port, data));
      stream.end();
    };
    stream.onEnd = () => {
      if (done) return;
      done = true;
      stream.write(portAnswer(pod, port, Buffer.alloc(0)));
      stream.end();
    };
  };
}

/** Serves the channel form: two channels a port, data and errors, each begun with the port's number. */
export function serveChannels(socket: WebSocket, pod: Obj, ports: readonly number[]): void {
  for (const [i, port] of ports.entries()) {
    const number = [port & 255, port >> 8];
    socket.send(Buffer.from([2 * i, ...number]));
    socket.send(Buffer.from([2 * i + 1, ...number]));
  }
  const done = new Set<number>();
  socket.onMessage = (data) => {
    const channel = data[0] ?? 0;
    const port = ports[channel >> 1];
    if (port === undefined || channel % 2 === 1 || done.has(channel) || data.length < 2) return;
    done.add(channel);
    socket.send(Buffer.concat([Buffer.from([channel]), portAnswer(pod, port, data.subarray(1))]));
    if (done.size === ports.length) socket.close();
  };
}
