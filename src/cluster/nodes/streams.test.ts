import assert from "node:assert/strict";
import { randomBytes } from "node:crypto";
import { PassThrough, type Duplex } from "node:stream";
import { test } from "node:test";
import { constants, createDeflate } from "node:zlib";
import type { Obj } from "../controllers/object.ts";
import { serveExec, type ExecRequest } from "./exec.ts";
import { portAnswer, serveChannels, serveTunnel } from "./port-forward.ts";
import { spdyDictionary } from "./spdy.ts";
import { acceptWebSocket, chooseProtocol, type WebSocket } from "./websocket.ts";

const pod: Obj = {
  apiVersion: "v1",
  kind: "Pod",
  metadata: { name: "web", namespace: "default" },
  spec: { containers: [{ name: "c", ports: [{ containerPort: 8080 }] }] },
};

/** A socket whose two ends are in hand. */
function pair(): { server: Duplex; sent: () => Buffer; give: (data: Buffer) => void } {
  const incoming = new PassThrough();
  const chunks: Buffer[] = [];
  const server = incoming as unknown as Duplex & { write: (data: Buffer | string) => boolean };
  server.write = ((data: Buffer | string) => {
    chunks.push(Buffer.from(data));
    return true;
  }) as never;
  server.end = ((data?: Buffer) => {
    if (data) chunks.push(Buffer.from(data));
    setImmediate(() => incoming.destroy());
    return server;
  }) as never;
  return { server, sent: () => Buffer.concat(chunks), give: (data) => void incoming.emit("data", data) };
}

const handshake = { "sec-websocket-key": "dGhlIHNhbXBsZSBub25jZQ==", "sec-websocket-version": "13" };

/** A client's frame: masked. */
function frame(data: Buffer, opcode = 2, final = true): Buffer {
  const mask = randomBytes(4);
  const body = Buffer.from(data.map((byte, i) => byte ^ (mask[i & 3] as number)));
  const size =
    data.length < 126
      ? Buffer.from([0x80 | data.length])
      : Buffer.from([0x80 | 126, data.length >> 8, data.length & 255]);
  return Buffer.concat([Buffer.from([(final ? 0x80 : 0) | opcode]), size, mask, body]);
}

test("a handshake is answered as RFC 6455 asks, and frames come through in any pieces", () => {
  const { server, sent, give } = pair();
  const socket = acceptWebSocket(handshake, server, Buffer.alloc(0), "v5.channel.k8s.io") as WebSocket;
  assert.match(
    sent().toString(),
    /Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=\r\nSec-WebSocket-Protocol: v5\.channel\.k8s\.io\r\n\r\n$/,
  );
  const messages: string[] = [];
  socket.onMessage = (data) => void messages.push(data.toString());
  const bytes = Buffer.concat([
    frame(Buffer.from("one")),
    frame(Buffer.from("tw"), 2, false),
    frame(Buffer.from("!"), 9),
    frame(Buffer.from("o"), 0),
    frame(Buffer.alloc(300, "x")),
  ]);
  for (const byte of bytes) give(Buffer.from([byte]));
  assert.deepEqual(messages, ["one", "two", "x".repeat(300)]);
  assert.ok(sent().includes(Buffer.from([0x8a, 1, 0x21])), "a ping gets its pong");
  assert.equal(acceptWebSocket({}, server, Buffer.alloc(0), undefined), undefined);
  assert.equal(chooseProtocol("a, v4.channel.k8s.io", ["v5.channel.k8s.io", "v4.channel.k8s.io"]), "v4.channel.k8s.io");
});

test("frames that are not masked or absurdly long end the connection", () => {
  for (const bad of [Buffer.from([0x82, 1, 65]), Buffer.from([0x82, 0xff, 0, 0, 0, 1, 0, 0, 0, 0])]) {
    const { server, give } = pair();
    const socket = acceptWebSocket(handshake, server, Buffer.alloc(0), undefined) as WebSocket;
    let got = false;
    socket.onMessage = () => (got = true);
    give(bad);
    assert.equal(got, false);
    assert.ok(server.destroyed);
  }
});

/** A WebSocket of nothing but what is sent. */
function fake(): WebSocket & { sent: Buffer[]; closed: boolean } {
  const it = {
    sent: [] as Buffer[],
    closed: false,
    onMessage: () => {},
    onClose: () => {},
    send: (data: Uint8Array) => void it.sent.push(Buffer.from(data)),
    close: () => void (it.closed = true),
  };
  return it;
}

const exec = (request: Partial<ExecRequest>, annotations = {}) => {
  const socket = fake();
  const target = { ...pod, metadata: { ...pod.metadata, annotations } };
  serveExec(socket, target, { container: "c", command: [], stdin: false, tty: false, ...request });
  return socket;
};
const shown = (socket: { sent: Buffer[] }) => socket.sent.map((data) => `${data[0]} ${data.subarray(1).toString()}`);
const success = '3 {"metadata":{},"status":"Success"}';
const failure = (code: number) =>
  `3 ${JSON.stringify({
    metadata: {},
    status: "Failure",
    message: `command terminated with non-zero exit code: exit status ${code}`,
    reason: "NonZeroExitCode",
    details: { causes: [{ reason: "ExitCode", message: String(code) }] },
  })}`;

test("exec says that it is simulated and ends with a status", () => {
  assert.deepEqual(shown(exec({ command: ["echo", "a", "b"] })), ["1 a b\n", success]);
  assert.deepEqual(shown(exec({ command: ["ls", "/"] })), [
    '2 container c of pod default/web is simulated: "ls /" was not run\n',
    failure(127),
  ]);
  // what kubectl cp runs: it must not think that it has copied anything
  assert.equal(shown(exec({ command: ["tar", "-xmf", "-"], stdin: true })).at(-1), failure(127));
  const settled = (code: string) => shown(exec({ command: ["ls"] }, { "sim.slipway.dev/exec-exit-code": code })).at(-1);
  assert.deepEqual([settled("2"), settled("0")], [failure(2), success]);
  const shell = exec({ command: ["sh"], stdin: true });
  assert.equal(shell.closed, false);
  shell.onMessage(Buffer.from("\0echo x\nexit\n"));
  assert.deepEqual(shown(shell).slice(1), ["1 x\n", success]);
  assert.ok(shell.closed);
  const typed = exec({ command: ["/bin/bash", "-l"], stdin: true });
  typed.onMessage(Buffer.from("\0ls\n"));
  typed.onMessage(Buffer.from([255, 0]));
  assert.deepEqual(shown(typed).slice(1), ['2 simulated: "ls" was not run\n', failure(127)]);
});

test("a forwarded port answers HTTP with HTTP and anything else with a line", () => {
  const http = portAnswer(pod, 8080, Buffer.from("GET / HTTP/1.1\r\nHost: x\r\n\r\n")).toString();
  assert.match(
    http,
    /^HTTP\/1\.1 200 OK\r\n[\s\S]*simulated pod default\/web in Slipway's embedded cluster\. Nothing runs there\.\n$/,
  );
  assert.match(
    portAnswer(pod, 1, Buffer.from("x")).toString(),
    /^This is port 1 .* no container says that it listens there\.\n$/,
  );
  const socket = fake();
  serveChannels(socket, pod, [8080]);
  assert.deepEqual(
    socket.sent.map((data) => [...data]),
    [
      [0, 0x90, 0x1f],
      [1, 0x90, 0x1f],
    ],
  );
  socket.onMessage(Buffer.from("\0hello"));
  assert.match((socket.sent[2] as Buffer).toString(), /^\0This is port 8080/);
});

test("the tunnelled form speaks SPDY: streams, header blocks with one compression, pings", async () => {
  const socket = fake();
  serveTunnel(socket, pod);
  const deflate = createDeflate({ dictionary: spdyDictionary() });
  const block = (headers: Record<string, string>): Promise<Buffer> => {
    const uint32 = (value: number) =>
      Buffer.from([value >>> 24, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]);
    const parts = Object.entries(headers).flatMap(([name, value]) => [
      uint32(name.length),
      Buffer.from(name),
      uint32(value.length),
      Buffer.from(value),
    ]);
    const plain = Buffer.concat([uint32(Object.keys(headers).length), ...parts]);
    return new Promise((resolve) => {
      const chunks: Buffer[] = [];
      const take = (chunk: Buffer) => void chunks.push(chunk);
      deflate.on("data", take);
      deflate.write(plain);
      deflate.flush(constants.Z_SYNC_FLUSH, () =>
        setImmediate(() => {
          deflate.removeListener("data", take);
          resolve(Buffer.concat(chunks));
        }),
      );
    });
  };
  const control = (type: number, body: Buffer, flags = 0) =>
    Buffer.concat([
      Buffer.from([0x80, 3, 0, type, flags, body.length >> 16, (body.length >> 8) & 255, body.length & 255]),
      body,
    ]);
  const open = async (id: number, headers: Record<string, string>) =>
    control(1, Buffer.concat([Buffer.from([0, 0, 0, id, 0, 0, 0, 0, 0, 0]), await block(headers)]));
  const data = (id: number, text: string) =>
    Buffer.concat([Buffer.from([0, 0, 0, id, 0, 0, 0, text.length]), Buffer.from(text)]);
  const bytes = Buffer.concat([
    await open(1, { streamtype: "error", port: "8080", requestid: "0" }),
    await open(3, { streamtype: "data", port: "8080", requestid: "0" }),
    control(6, Buffer.from([0, 0, 0, 9])),
    data(3, "GET / HTTP/1.1\r\n\r\n"),
  ]);
  for (let i = 0; i < bytes.length; i += 7) socket.onMessage(bytes.subarray(i, i + 7));
  for (let i = 0; i < 100 && !Buffer.concat(socket.sent).includes("HTTP/1.1 200 OK"); i++) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  const sent = Buffer.concat(socket.sent);
  assert.ok(sent.includes("HTTP/1.1 200 OK"));
  assert.ok(sent.includes(Buffer.from([0x80, 3, 0, 6, 0, 0, 0, 4, 0, 0, 0, 9])), "the ping comes back");
  socket.onClose();
});
