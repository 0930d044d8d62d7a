import assert from "node:assert/strict";
import { createPrivateKey, generateKeyPairSync, sign } from "node:crypto";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { createServer as createSocketServer, connect as connectSocket, type AddressInfo, type Socket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { after, before, test, type TestContext } from "node:test";
import { makeCertificate, pem, systemClock } from "../../src/base/index.ts";
import { startCluster, type Cluster } from "../../src/cluster/index.ts";
import { KubeClient, connect, loadKubeconfig, type KubeConfig } from "../../src/kube/index.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";

let folder: string;
let cluster: Cluster;
let port: number;

before(async () => {
  folder = mkdtempSync(join(tmpdir(), "slipway-ways-"));
  cluster = await startCluster({ name: "ways", dir: join(folder, "cluster") });
  port = Number(new URL(cluster.url as string).port);
});
after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** A kubeconfig file with this user, and what stands in its cluster besides the address. */
function kubeconfig(user: object, more: object = {}): string {
  const file = join(folder, `config-${Math.random()}`);
  const ca = Buffer.from(cluster.ca).toString("base64");
  const config = {
    apiVersion: "v1",
    kind: "Config",
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server: cluster.url, "certificate-authority-data": ca, ...more } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user }],
  };
  writeFileSync(file, JSON.stringify(config));
  return file;
}

async function who(config: KubeConfig, env: Record<string, string> = {}): Promise<{ user: string; groups: string[] }> {
  const connection = connect(config, { env });
  try {
    const answer = (await new KubeClient(connection.transport).json({
      method: "POST",
      path: "/apis/authentication.k8s.io/v1/selfsubjectreviews",
      body: { apiVersion: "authentication.k8s.io/v1", kind: "SelfSubjectReview" },
    })) as { status: { userInfo: { username: string; groups: string[] } } };
    return { user: answer.status.userInfo.username, groups: answer.status.userInfo.groups };
  } finally {
    connection.close();
  }
}

async function slipway(words: readonly string[], env: Record<string, string> = {}) {
  const context = memoryContext({ env: { HOME: folder, ...env } });
  return { code: await run(words, commands, context), out: context.stdout, err: context.stderr };
}

/** A certificate of the cluster's own authority, for a client, or for a server on this machine. */
function signedCertificate(commonName: string, organizations: string[] = []): { certificate: string; key: string } {
  const identity = JSON.parse(readFileSync(join(folder, "cluster", "identity.json"), "utf8")) as { caKey: string };
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const der = makeCertificate(
    {
      serial: Uint8Array.of(1, 2, 3, 4),
      issuer: { commonName: "slipway-ways" },
      subject: { commonName, organizations },
      notBefore: Date.now() - 3_600_000,
      notAfter: Date.now() + 3_600_000,
      spki: publicKey.export({ type: "spki", format: "der" }),
      isCA: false,
      keyUsage: [0, 2],
      clientAuth: true,
      serverAuth: true,
      addresses: [Uint8Array.of(127, 0, 0, 1)],
    },
    { algorithm: "ecdsa", sign: (data) => sign("sha256", data, createPrivateKey(identity.caKey)) },
  );
  return {
    certificate: pem("CERTIFICATE", der),
    key: privateKey.export({ type: "pkcs8", format: "pem" }) as string,
  };
}

test("client certificates, as data and as files", async () => {
  const pair = signedCertificate("jane", ["system:masters"]);
  writeFileSync(join(folder, "jane.crt"), pair.certificate);
  writeFileSync(join(folder, "jane.key"), pair.key);
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  for (const user of [
    { "client-certificate": "jane.crt", "client-key": "jane.key" },
    { "client-certificate-data": base64(pair.certificate), "client-key-data": base64(pair.key) },
  ]) {
    const file = kubeconfig(user);
    const { user: name, groups } = await who(await loadKubeconfig({ kubeconfig: file, env: {} }));
    assert.equal(name, "jane");
    assert.ok(groups.includes("system:masters"));
    const { code, err } = await slipway(["list", "--kubeconfig", file]);
    assert.equal(code, 0, err);
  }
});

test("tokens: in the file, in a file of their own that is read again when it changed, on the command line", async () => {
  const byToken = kubeconfig({ token: cluster.token });
  assert.equal((await slipway(["list", "--kubeconfig", byToken])).code, 0);
  const tokenFile = join(folder, "token");
  writeFileSync(tokenFile, "old and revoked\n");
  const byFile = await loadKubeconfig({ kubeconfig: kubeconfig({ tokenFile }), env: {} });
  const connection = connect(byFile, { env: {} });
  const client = new KubeClient(connection.transport);
  await assert.rejects(
    client.json({ method: "GET", path: "/api/v1/namespaces" }),
    /the server has asked for the client to provide credentials/,
  );
  writeFileSync(tokenFile, `${cluster.token}\n`);
  assert.ok(await client.json({ method: "GET", path: "/api/v1/namespaces" }));
  connection.close();
  const none = kubeconfig({});
  assert.equal((await slipway(["list", "--kubeconfig", none])).code, 1);
  assert.equal((await slipway(["list", "--kubeconfig", none, "--kube-token", cluster.token])).code, 0);
  assert.equal((await slipway(["list", "--kubeconfig", none], { HELM_KUBETOKEN: cluster.token })).code, 0);
});

test("a late 401 is about the token that its request carried, and takes no newer one away", async () => {
  const plugin = join(folder, "counting.sh");
  const version = "client.authentication.k8s.io/v1";
  writeFileSync(
    plugin,
    `#!/bin/sh
echo run >> ${folder}/runs
printf '{"apiVersion":"${version}","kind":"ExecCredential","status":{"token":"%s"}}' $(wc -l < ${folder}/runs)
`,
    { mode: 0o755 },
  );
  const { certificate: cert, key } = signedCertificate("server");
  const [held, late] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const server = createTlsServer({ cert, key }, (request, response) => {
    const known = request.headers.authorization === "Bearer 2";
    const answer = () => response.writeHead(known ? 200 : 401).end();
    if (known || request.url !== "/slow") return answer();
    held.resolve();
    return void late.promise.then(answer);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const exec = { apiVersion: version, command: plugin, interactiveMode: "Never" };
  const address = `https://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const connection = connect(
    { cluster: { server: address, "insecure-skip-tls-verify": true }, user: { exec }, namespace: "n" },
    { env: { PATH: process.env["PATH"] } },
  );
  const status = async (path: string) => (await connection.transport({ method: "GET", path, headers: {} })).status;
  const slow = status("/slow");
  await held.promise;
  assert.equal(await status("/quick"), 200);
  late.resolve();
  assert.equal(await slow, 200);
  assert.equal(readFileSync(join(folder, "runs"), "utf8"), "run\nrun\n");
  connection.close();
  server.closeAllConnections();
  server.close();
});

test("inside a pod: the service account's token, authority and namespace", async () => {
  const serviceAccount = join(folder, "serviceaccount");
  mkdirSync(serviceAccount);
  writeFileSync(join(serviceAccount, "token"), cluster.token);
  writeFileSync(join(serviceAccount, "ca.crt"), cluster.ca);
  writeFileSync(join(serviceAccount, "namespace"), "team-a");
  const env = { KUBERNETES_SERVICE_HOST: "127.0.0.1", KUBERNETES_SERVICE_PORT: String(port) };
  const config = await loadKubeconfig({ env, home: join(folder, "nowhere"), serviceAccount });
  assert.equal(config.namespace, "team-a");
  assert.equal((await who(config)).user, "kubernetes-admin");
  // A kubeconfig's context goes before it, but for the namespace; a file without a current one does not.
  const named = { env, serviceAccount, kubeconfig: kubeconfig({ token: "t" }) };
  assert.deepEqual((await loadKubeconfig(named)).namespace, "team-a");
  assert.deepEqual((await loadKubeconfig({ ...named, env: { ...env, POD_NAMESPACE: "team-b" } })).namespace, "team-b");
  const none = join(folder, "no-context");
  writeFileSync(none, readFileSync(named.kubeconfig, "utf8").replace('"current-context":"c"', '"current-context":""'));
  assert.equal((await loadKubeconfig({ ...named, kubeconfig: none })).cluster.server, `https://127.0.0.1:${port}`);
  const outside = await loadKubeconfig({ env, home: join(folder, "nowhere"), serviceAccount: join(folder, "none") });
  assert.equal(outside.cluster.server, "http://localhost:8080");
});

/** A SOCKS 5 proxy that wants a name and a password where it is offered them; counts what went through. */
async function socksProxy(): Promise<{ port: number; through: () => number; close: () => void; logins: string[] }> {
  let through = 0;
  const logins: string[] = [];
  const sockets = new Set<Socket>();
  const server = createSocketServer((client) => {
    sockets.add(client);
    client.on("error", () => {});
    const connected = (request: Buffer) => {
      assert.deepEqual([...request.subarray(0, 3)], [5, 1, 0]);
      const host =
        request[3] === 1 ? request.subarray(4, 8).join(".") : request.toString("latin1", 5, request.length - 2);
      const target = connectSocket(request.readUInt16BE(request.length - 2), host, () => {
        through++;
        client.write(Buffer.from([5, 0, 0, 1, 0, 0, 0, 0, 0, 0]));
        client.pipe(target).pipe(client);
      });
      sockets.add(target);
      target.on("error", () => client.destroy());
    };
    client.once("data", (greeting) => {
      assert.equal(greeting[0], 5);
      const wanted = greeting.includes(2, 2) ? 2 : 0;
      client.write(Buffer.from([5, wanted]));
      client.once("data", (next) => {
        if (wanted === 0) return connected(next);
        logins.push(
          next
            .toString("latin1")
            .replace(/[^a-z]+/g, " ")
            .trim(),
        );
        client.write(Buffer.from([1, 0]));
        client.once("data", connected);
      });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    through: () => through,
    logins,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

/** An HTTP proxy that wants a password; counts what went through. */
async function httpProxy(): Promise<{ port: number; through: () => number; close: () => void }> {
  let through = 0;
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on("connect", (request, client: Socket) => {
    sockets.add(client);
    const login = `Basic ${Buffer.from("me:secret").toString("base64")}`;
    if (request.headers["proxy-authorization"] !== login) {
      client.end("HTTP/1.1 407 Proxy Authentication Required\r\n\r\n");
      return;
    }
    const [host, at] = (request.url as string).split(":");
    const target = connectSocket(Number(at), host as string, () => {
      through++;
      client.write("HTTP/1.1 200 Connection Established\r\n\r\n");
      client.pipe(target).pipe(client);
    });
    sockets.add(target);
    client.on("error", () => target.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return {
    port: (server.address() as AddressInfo).port,
    through: () => through,
    close: () => {
      for (const socket of sockets) socket.destroy();
      server.close();
    },
  };
}

test("through SOCKS 5 and HTTP proxies of the kubeconfig, and what a proxy refuses is told", async () => {
  const [socks, http] = [await socksProxy(), await httpProxy()];
  try {
    const user = { token: cluster.token };
    for (const [url, proxy] of [
      [`socks5://127.0.0.1:${socks.port}`, socks],
      [`socks5://me:secret@127.0.0.1:${socks.port}`, socks],
      [`http://me:secret@127.0.0.1:${http.port}`, http],
    ] as const) {
      const { code, err } = await slipway(["list", "-A", "--kubeconfig", kubeconfig(user, { "proxy-url": url })]);
      assert.equal(code, 0, err);
      assert.ok(proxy.through() > 0, url);
    }
    assert.equal(socks.logins[0], "me secret");
    const refused = kubeconfig(user, { "proxy-url": `http://127.0.0.1:${http.port}` });
    const { code, err } = await slipway(["list", "--kubeconfig", refused]);
    assert.equal(code, 1);
    assert.match(err, /proxyconnect tcp: Proxy Authentication Required/);
    const nobody = kubeconfig(user, { "proxy-url": "http://127.0.0.1:1" });
    const away = await slipway(["list", "--kubeconfig", nobody]);
    assert.match(away.err, /proxyconnect tcp: dial tcp 127\.0\.0\.1:1: connect: connection refused/);
    assert.match(away.err, /the proxy 127\.0\.0\.1:1/);
  } finally {
    socks.close();
    http.close();
  }
});

test("a proxy that speaks TLS is known by its own name and the cluster's authority, for plain servers as well", async () => {
  const { certificate: cert, key } = signedCertificate("proxy");
  const proxy = createTlsServer({ cert, key }, (request, response) => response.end(request.url));
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const url = `https://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  const reached = async (more: object) => {
    const entry = { server: "http://cluster.internal:8001", "proxy-url": url, ...more };
    const connection = connect({ cluster: entry, user: {}, namespace: "n" });
    try {
      return await text((await connection.transport({ method: "GET", path: "/version", headers: {} })).body);
    } finally {
      connection.close();
    }
  };
  try {
    const whole = "http://cluster.internal:8001/version";
    const authority = { "certificate-authority-data": Buffer.from(cluster.ca).toString("base64") };
    assert.equal(await reached(authority), whole);
    assert.equal(await reached({ "insecure-skip-tls-verify": true }), whole);
    await assert.rejects(reached({}), /certificate signed by unknown authority/);
  } finally {
    proxy.closeAllConnections();
    proxy.close();
  }
});

test("the proxies of the environment are for other machines, unless NO_PROXY names them", async () => {
  const seen: string[] = [];
  const proxy = createServer();
  proxy.on("connect", (request, client: Socket) => {
    seen.push(request.url as string);
    client.end("HTTP/1.1 502 Bad Gateway\r\n\r\n");
  });
  await new Promise<void>((resolve) => proxy.listen(0, "127.0.0.1", resolve));
  const HTTPS_PROXY = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}`;
  try {
    const words = ["list", "--kube-token", "x", "--kubeconfig", kubeconfig({}, { server: "https://k8s.example:6443" })];
    assert.match((await slipway(words, { HTTPS_PROXY })).err, /Bad Gateway/);
    assert.deepEqual([...new Set(seen)], ["k8s.example:6443"]);
    seen.length = 0;
    // Asked for itself, without a proxy: a port of this machine where nobody listens.
    const own = ["list", "--kube-token", "x", "--kubeconfig", kubeconfig({}, { server: "https://0.0.0.0:1" })];
    assert.match((await slipway(own, { HTTPS_PROXY })).err, /Bad Gateway/);
    assert.match((await slipway(own, { HTTPS_PROXY, NO_PROXY: "0.0.0.0" })).err, /connection refused/);
    assert.deepEqual([...new Set(seen)], ["0.0.0.0:1"]);
    seen.length = 0;
    // Loopback never goes through one.
    const near = await slipway(["list", "--kubeconfig", kubeconfig({ token: cluster.token })], { HTTPS_PROXY });
    assert.equal(near.code, 0);
    assert.equal(seen.length, 0);
  } finally {
    proxy.close();
  }
});

test("impersonation, by flags, by the environment and by the kubeconfig, reaches the server as client-go sends it", async () => {
  const heard: Record<string, unknown>[] = [];
  const server = createServer((request, response) => {
    heard.push(Object.fromEntries(Object.entries(request.headers).filter(([name]) => name.startsWith("impersonate-"))));
    response.writeHead(403, { "content-type": "application/json" });
    response.end(JSON.stringify({ kind: "Status", status: "Failure", reason: "Forbidden", code: 403, message: "no" }));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const file = (user: object) => kubeconfig(user, { server: address, "certificate-authority-data": undefined });
  try {
    await slipway([
      "list",
      "--kubeconfig",
      file({}),
      "--kube-as-user",
      "jane",
      "--kube-as-group",
      "a",
      "--kube-as-group",
      "b",
    ]);
    await slipway(["list", "--kubeconfig", file({})], { HELM_KUBEASUSER: "joe", HELM_KUBEASGROUPS: "x,y" });
    await slipway([
      "list",
      "--kubeconfig",
      file({ as: "ann", "as-uid": "7", "as-groups": ["g"], "as-user-extra": { "example.com/scope": ["one"] } }),
    ]);
  } finally {
    server.closeAllConnections();
    server.close();
  }
  assert.deepEqual(heard[0], { "impersonate-user": "jane", "impersonate-group": "a, b" });
  assert.deepEqual(
    heard.find((entry) => entry["impersonate-user"] === "joe"),
    {
      "impersonate-user": "joe",
      "impersonate-group": "x, y",
    },
  );
  assert.deepEqual(heard.at(-1), {
    "impersonate-user": "ann",
    "impersonate-uid": "7",
    "impersonate-group": "g",
    "impersonate-extra-example.com%2fscope": "one",
  });
});

test("names of releases, revisions, namespaces and contexts complete a command line", async () => {
  const file = kubeconfig({ token: cluster.token });
  const chart = join(folder, "chart");
  mkdirSync(join(chart, "templates"), { recursive: true });
  writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: '2'\n");
  for (const name of ["first", "second"])
    assert.equal((await slipway(["install", name, chart, "--kubeconfig", file])).code, 0);
  assert.equal((await slipway(["upgrade", "first", chart, "--kubeconfig", file])).code, 0);
  const complete = async (...words: string[]) => {
    const at = words.length - 1;
    const { out } = await slipway(["__complete", ...words.slice(0, at), "--kubeconfig", file, words[at] as string]);
    return out.split("\n").slice(0, -2);
  };
  const names = ["first\tweb-1.0.0 -> deployed", "second\tweb-1.0.0 -> deployed"];
  for (const verb of ["status", "history", "upgrade", "rollback", "uninstall", "test", "recover"])
    assert.deepEqual(await complete(verb, ""), names, verb);
  assert.deepEqual(await complete("get", "values", "f"), [names[0]]);
  assert.deepEqual(await complete("uninstall", "first", ""), [names[1]]);
  const revisions = ["2\tApp: 2, Chart: web-1.0.0, deployed", "1\tApp: 2, Chart: web-1.0.0, superseded"];
  assert.deepEqual(await complete("rollback", "first", ""), revisions);
  const { out } = await slipway(["__complete", "status", "first", "--kubeconfig", file, "--revision", ""]);
  assert.deepEqual(out.split("\n").slice(0, -2), revisions);
  const spaces = await slipway(["__complete", "list", "--kubeconfig", file, "--namespace", "kube-s"]);
  assert.equal(spaces.out, "kube-system\n:4\n");
  const contexts = await slipway(["__complete", "list", "--kubeconfig", file, "--kube-context", ""]);
  assert.equal(contexts.out, "c\tc\n:4\n");
});

/** Lets waits of the machine's clock of so many milliseconds be over at once, and keeps what they would have been. */
function shortened(t: TestContext, from: number, to: number): readonly number[] {
  const waits: number[] = [];
  const schedule = systemClock.schedule.bind(systemClock);
  t.mock.method(systemClock, "schedule", (ms: number, fire: () => void) => {
    if (ms < from || ms > to) return schedule(ms, fire);
    waits.push(ms);
    return schedule(0, fire);
  });
  return waits;
}

test("--qps holds requests back after --burst-limit of them", async (t) => {
  // One in a thousand seconds, so that no slow machine makes up for it.
  const waits = shortened(t, 900_000, 9_000_000);
  const words = ["status", "nothing", "--kubeconfig", kubeconfig({ token: cluster.token }), "--qps", "0.001"];
  const { code, err } = await slipway([...words, "--burst-limit", "1"]);
  assert.equal(code, 1, err);
  assert.ok(waits.length > 0);
});

test("who waits because the server asks for it is told", async (t) => {
  const waits = shortened(t, 2000, 2000);
  let asked = 0;
  const server = createServer((_request, response) => {
    if (asked++ === 0) return response.writeHead(429, { "retry-after": "2" }).end();
    response.setHeader("content-type", "application/json");
    return response.end('{"kind":"SecretList","metadata":{},"items":[]}');
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const { code, err } = await slipway(["list", "--kube-apiserver", address]);
  server.closeAllConnections();
  server.close();
  assert.equal(code, 0, err);
  assert.match(err, /^Waiting for the API server: the server has received too many requests/);
  assert.ok(waits.length > 0);
});
