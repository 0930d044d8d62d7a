import assert from "node:assert/strict";
import { createServer as createHttpServer, type IncomingMessage, type ServerResponse } from "node:http";
import { connect, createServer, type AddressInfo, type Server, type Socket } from "node:net";
import { test, type TestContext } from "node:test";
import { randomBelow, seededRandom } from "../base/index.ts";
import { httpClient, type HttpAnswer, type HttpClient, type HttpRequest } from "./http1.ts";

const get: HttpRequest = { method: "GET", path: "/a?b=c", headers: { host: "server" } };

interface Peer {
  readonly client: HttpClient;
  /** How many sockets were made. */
  readonly opened: () => number;
  readonly sockets: Socket[];
}

/** A client of this server. */
async function clientOf(t: TestContext, server: Server, most = 4): Promise<Peer> {
  await new Promise<void>((ready) => server.listen(0, "127.0.0.1", ready));
  const { port } = server.address() as AddressInfo;
  const sockets: Socket[] = [];
  const client = httpClient(
    () =>
      new Promise((resolve, reject) => {
        const socket = connect(port, "127.0.0.1", () => resolve(socket));
        socket.on("error", reject);
        sockets.push(socket);
      }),
    most,
  );
  t.after(() => {
    client.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { client, sockets, opened: () => sockets.length };
}

/** A server that reads nothing and writes these texts, one a request and each in pieces of so many bytes; `end`: then hangs up. */
function scripted(answers: readonly string[], { piece = Number.POSITIVE_INFINITY, end = false } = {}): Server {
  let at = 0;
  const write = async (socket: Socket) => {
    const bytes = Buffer.from(answers[at++] ?? "", "latin1");
    for (let from = 0; from < bytes.length; from += piece) {
      socket.write(bytes.subarray(from, Math.min(bytes.length, from + piece)));
      await new Promise(setImmediate);
    }
    if (end) socket.end();
  };
  return createServer((socket) => {
    socket.setNoDelay(true);
    socket.on("error", () => {});
    socket.on("data", () => void write(socket));
  });
}

async function textOf(answer: HttpAnswer): Promise<string> {
  let text = "";
  for await (const piece of answer.body) text += Buffer.from(piece).toString("latin1");
  return text;
}

const whole = [
  { name: "a length", text: "HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello", body: "hello", keeps: true },
  { name: "no body", text: "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", body: "", keeps: true },
  { name: "204 has none", text: "HTTP/1.1 204 No Content\r\n\r\n", body: "", keeps: true, status: 204 },
  { name: "no reason", text: "HTTP/1.1 200\r\ncontent-length:2\r\n\r\nok", body: "ok", keeps: true },
  {
    name: "chunks, with extensions and trailers",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n5;a=b\r\nhello\r\n00A\r\n, my world\r\n0\r\nX: y\r\nZ: w\r\n\r\n",
    body: "hello, my world",
    keeps: true,
  },
  {
    name: "answers on the way to the answer",
    text: "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 201 Created\r\ncontent-length: 1\r\n\r\n1",
    body: "1",
    keeps: true,
    status: 201,
  },
  {
    name: "all until the end",
    text: "HTTP/1.1 200 OK\r\n\r\nuntil the end",
    body: "until the end",
    keeps: false,
    end: true,
  },
  {
    name: "a server that closes",
    text: "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: 2\r\n\r\nok",
    body: "ok",
    keeps: false,
  },
  { name: "HTTP/1.0", text: "HTTP/1.0 200 OK\r\nContent-Length: 2\r\n\r\nok", body: "ok", keeps: false },
];

for (const { name, text, body, keeps, status = 200, end = false } of whole) {
  test(`${name}, in one piece and byte by byte`, async (t) => {
    for (const piece of [Number.POSITIVE_INFINITY, 1]) {
      const { client, opened } = await clientOf(t, scripted([text, text], { piece, end }));
      for (let i = 0; i < 2; i++) {
        const answer = await client.send(get);
        assert.equal(answer.status, status);
        assert.equal(await textOf(answer), body);
      }
      assert.equal(opened(), keeps ? 1 : 2);
    }
  });
}

test("headers: in lower case, several of a name as one, bytes as they are", async (t) => {
  const text =
    'HTTP/1.1 200 OK\r\nWarning: 299 - "a"\r\nwarning:299 - "b"  \r\nX-Caf: \xc3\xa9\r\nConstructor: 1\r\nContent-Length: 0\r\n\r\n';
  const { client } = await clientOf(t, scripted([text]));
  const { headers } = await client.send(get);
  assert.deepEqual(headers, {
    warning: '299 - "a", 299 - "b"',
    "x-caf": "\xc3\xa9",
    constructor: "1",
    "content-length": "0",
  });
});

const broken: { name: string; text: string; error: RegExp; code?: string }[] = [
  { name: "nothing at all", text: "", error: /socket hang up/, code: "ECONNRESET" },
  { name: "half a head", text: "HTTP/1.1 200 OK\r\nContent-", error: /aborted/, code: "ECONNRESET" },
  {
    name: "half a body",
    text: "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhell",
    error: /aborted/,
    code: "ECONNRESET",
  },
  {
    name: "a chunk too few",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n",
    error: /socket hang up|aborted/,
    code: "ECONNRESET",
  },
  { name: "no HTTP", text: "SSH-2.0-OpenSSH\r\n\r\n", error: /malformed HTTP response "SSH-2.0-OpenSSH"/ },
  { name: "a header without a name", text: "HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", error: /malformed MIME header line/ },
  {
    name: "a header of two lines",
    text: "HTTP/1.1 200 OK\r\na: b\r\n c: d\r\n\r\n",
    error: /malformed MIME header line/,
  },
  {
    name: "two lengths",
    text: "HTTP/1.1 200 OK\r\nContent-Length: 2\r\nContent-Length: 3\r\n\r\nok!",
    error: /bad Content-Length "2, 3"/,
  },
  {
    name: "an unknown coding",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
    error: /unsupported transfer encoding/,
  },
  {
    name: "no size of a chunk",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nxyz\r\n",
    error: /invalid byte in chunk length/,
  },
  {
    name: "a chunk longer than it says",
    text: "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nokay\r\n0\r\n\r\n",
    error: /malformed chunked encoding/,
  },
  { name: "a head without end", text: `HTTP/1.1 200 OK\r\nA: ${"a".repeat(300_000)}`, error: /exceeded limit/ },
];

for (const { name, text, error, code } of broken) {
  test(`${name} is an error, and its socket is not used again`, async (t) => {
    const { client, sockets } = await clientOf(t, scripted([text], { end: true }));
    await assert.rejects(
      client.send(get).then(textOf),
      (thrown: NodeJS.ErrnoException) => error.test(thrown.message) && thrown.code === code,
    );
    assert.ok(sockets[0]?.destroyed);
  });
}

test("a head that would say something else is not sent", async (t) => {
  const { client, opened } = await clientOf(t, scripted([]));
  for (const bad of [
    { headers: { "impersonate-user": "a\r\nimpersonate-group: system:masters" } },
    { headers: { a: ["b", "c\n"] } },
    { path: "/a HTTP/1.1\r\n\r\nDELETE /b" },
    { path: "/a b" },
    { headers: { a: "\u{1f600}" } },
  ])
    await assert.rejects(client.send({ ...get, ...bad }), TypeError);
  assert.equal(opened(), 0);
});

test("sockets are kept, as many as wanted, as long as the server says", async (t) => {
  const ok = (more = "") => `HTTP/1.1 200 OK\r\n${more}Content-Length: 2\r\n\r\nok`;
  await t.test("the last one first", async (t) => {
    const { client, opened, sockets } = await clientOf(t, scripted(Array.from({ length: 20 }, () => ok())), 2);
    const three = async () => await Promise.all([1, 2, 3].map(async () => await textOf(await client.send(get))));
    await three();
    assert.equal(opened(), 3);
    assert.equal(sockets.filter((socket) => socket.destroyed).length, 1);
    await three();
    assert.equal(opened(), 4);
  });
  await t.test("not when the server is about to end it", async (t) => {
    const { client, opened } = await clientOf(t, scripted([1, 5, 5].map((s) => ok(`Keep-Alive: timeout=${s}\r\n`))));
    for (let i = 0; i < 3; i++) await textOf(await client.send(get));
    assert.equal(opened(), 2);
  });
  await t.test("not when it was ended, or said something unasked", async (t) => {
    for (const [more, end] of [
      ["", true],
      ["HTTP/1.1 408 Request Timeout\r\n\r\n", false],
    ] as const) {
      const { client, opened } = await clientOf(t, scripted([ok() + more, ok()], { end }));
      await textOf(await client.send(get));
      await new Promise((resolve) => setTimeout(resolve, 20));
      await textOf(await client.send(get));
      assert.equal(opened(), 2);
    }
  });
  await t.test("not after it was closed", async (t) => {
    const { client, sockets } = await clientOf(t, scripted([ok(), ok()]));
    const answer = await client.send(get);
    client.close();
    assert.equal(await textOf(answer), "ok");
    assert.ok(sockets[0]?.destroyed);
  });
});

test("an abort ends its own request with the signal's reason, at any moment", async (t) => {
  const ok = "HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok";
  const reason = new Error("enough");
  await t.test("before", async (t) => {
    const { client, opened } = await clientOf(t, scripted([]));
    await assert.rejects(client.send({ ...get, signal: AbortSignal.abort(reason) }), reason);
    assert.equal(opened(), 0);
  });
  await t.test("while connecting: the socket is there for the next request", async (t) => {
    const { client, opened } = await clientOf(t, scripted([ok]));
    const abort = new AbortController();
    const sent = client.send({ ...get, signal: abort.signal });
    abort.abort(reason);
    await assert.rejects(sent, reason);
    await new Promise((resolve) => setTimeout(resolve, 20));
    assert.equal(await textOf(await client.send(get)), "ok");
    assert.equal(opened(), 1);
  });
  for (const [when, text] of [
    ["while waiting for an answer", ""],
    ["in the midst of a head", "HTTP/1.1 200 OK\r\n"],
    ["in the midst of a body", "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nok"],
  ] as const) {
    await t.test(when, async (t) => {
      const { client, sockets } = await clientOf(t, scripted([text]));
      const abort = new AbortController();
      const read = client.send({ ...get, signal: abort.signal }).then(textOf);
      setTimeout(() => abort.abort(reason), 20);
      await assert.rejects(read, reason);
      assert.ok(sockets[0]?.destroyed);
    });
  }
});

test("who stops reading ends the socket; who reads slowly holds the server up", async (t) => {
  const size = 64 << 20;
  let written = 0;
  const { client, sockets } = await clientOf(
    t,
    createServer((socket) => {
      socket.on("error", () => {});
      socket.write(`HTTP/1.1 200 OK\r\nContent-Length: ${size}\r\n\r\n`);
      const more = () => {
        while (written < size && socket.write(Buffer.alloc(1 << 20))) written += 1 << 20;
      };
      socket.on("drain", more);
      more();
    }),
  );
  const answer = await client.send(get);
  for await (const _ of answer.body) {
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.ok(written < size / 2, `${written} bytes were written to one who does not read`);
    break;
  }
  assert.ok(sockets[0]?.destroyed);
});

test("many requests at once, against Node's own server", async (t) => {
  const seed = Number(process.env["SEED"] ?? Date.now() % 1_000_000);
  t.diagnostic(`SEED=${seed}`);
  const source = seededRandom(seed);
  const random = () => randomBelow(source, 1 << 20) / (1 << 20);
  const echo = async (request: IncomingMessage, response: ServerResponse) => {
    const sent: Buffer[] = [];
    for await (const piece of request) sent.push(piece as Buffer);
    const body = Buffer.concat(sent);
    const about = `${request.method} ${request.url} ${String(request.headers["x-many"])} `;
    if (random() < 0.5) response.setHeader("content-length", about.length + body.length);
    if (random() < 0.1) response.setHeader("connection", "close");
    response.statusCode = 200 + Math.floor(random() * 4);
    response.write(about);
    for (let at = 0; at < body.length;) {
      const next = at + 1 + Math.floor(random() * 40_000);
      response.write(body.subarray(at, next));
      if (random() < 0.3) await new Promise(setImmediate);
      at = next;
    }
    response.end();
  };
  const server = createHttpServer((request, response) => void echo(request, response));
  const { client, opened } = await clientOf(t, server, 8);
  const one = async (i: number) => {
    const body = random() < 0.3 ? undefined : Buffer.alloc(Math.floor(random() ** 4 * 300_000), `${i},`);
    const answer = await client.send({
      method: body === undefined ? "GET" : "PUT",
      path: `/${i}`,
      headers: { host: "server", "x-many": ["a", String(i)] },
      ...(body === undefined ? {} : { body }),
    });
    const text = await textOf(answer);
    const about = `${body === undefined ? "GET" : "PUT"} /${i} a, ${i} `;
    if (answer.status === 204) return assert.equal(text, "");
    assert.ok(text === about + (body?.toString("latin1") ?? ""), about);
  };
  for (let round = 0; round < 20; round++) await Promise.all(Array.from({ length: 10 }, (_, i) => one(round * 10 + i)));
  assert.ok(opened() < 150, `${opened()} sockets for 200 requests`);
});
