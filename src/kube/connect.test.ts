import assert from "node:assert/strict";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { after, test } from "node:test";
import { createGzip, constants } from "node:zlib";
import { connect } from "./connect.ts";
import type { Connection } from "./types.ts";

const ends: (() => void)[] = [];
after(() => {
  for (const end of ends) end();
});

/** A server that answers so, under a path of its own as Rancher's are, and a way to it. */
async function serving(answer: RequestListener): Promise<Connection & { address: string }> {
  const server = createServer(answer);
  ends.push(() => {
    server.closeAllConnections();
    server.close();
  });
  await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
  const { port } = server.address() as AddressInfo;
  const address = `http://127.0.0.1:${port}/k8s/clusters/c-1`;
  return { ...connect({ cluster: { server: address }, user: {}, namespace: "n" }), address };
}

test("who stops reading a packed watch lets go of its socket", async () => {
  const { promise: left, resolve } = Promise.withResolvers<void>();
  const { transport } = await serving((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
    gzip.pipe(response);
    gzip.write("one\n");
    response.once("close", () => resolve());
  });
  const { body } = await transport({ method: "GET", path: "/api/v1/pods?watch=1", headers: {} });
  for await (const chunk of body) {
    assert.equal(Buffer.from(chunk).toString(), "one\n");
    break;
  }
  await left;
});

test("a packed watch that breaks off is told with its whole address", async () => {
  const { transport, address } = await serving((_request, response) => {
    response.writeHead(200, { "content-encoding": "gzip" });
    const gzip = createGzip({ flush: constants.Z_SYNC_FLUSH });
    gzip.on("data", (chunk) => response.write(chunk, () => response.destroy()));
    gzip.write("one\n");
  });
  const { body } = await transport({ method: "GET", path: "/api/v1/pods?watch=1", headers: {} });
  await assert.rejects(
    async () => {
      for await (const _ of body) {
        // Until it breaks.
      }
    },
    (error: Error) => error.message.startsWith(`Get "${address}/api/v1/pods?watch=1": `),
  );
});
