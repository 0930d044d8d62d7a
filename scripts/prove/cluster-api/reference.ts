/** Starts a real kube-apiserver over etcd, alone (no controllers), for comparisons. */
import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { request } from "node:https";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { createPublicKey } from "node:crypto";
import { systemClock, systemRandom } from "../../../src/base/index.ts";
import { makeAuthority, makeLeaf } from "../../../src/cluster/pki.ts";
import { newSigningKey } from "../../../src/cluster/auth.ts";

export interface Answer {
  readonly status: number;
  readonly headers: Record<string, string>;
  readonly body: string;
}

export interface Call {
  readonly method: string;
  readonly path: string;
  readonly body?: string;
  readonly headers?: Record<string, string>;
  /** Watches: how long to listen. */
  readonly listen?: number;
  /** The answer is asked for again until it looks so, for at most five seconds. */
  readonly until?: RegExp;
}

/** A real API server and its store, as processes. */
export interface Reference extends Server {
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly pids: readonly number[];
}

export interface Server {
  call(call: Call): Promise<Answer>;
  stop(): Promise<void>;
}

/** Where the reference binaries are, or undefined. */
export function binaries(): string | undefined {
  const lab =
    process.env["KUBELAB_HOME"] ?? join(process.env["XDG_CACHE_HOME"] ?? join(homedir(), ".cache"), "kubelab");
  const bin = join(lab, "bin");
  return existsSync(join(bin, "kube-apiserver")) && existsSync(join(bin, "etcd")) ? bin : undefined;
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}

export async function startReference(bin: string): Promise<Reference> {
  const dir = mkdtempSync(join(tmpdir(), "reference-"));
  const authority = makeAuthority("reference", systemClock, systemRandom);
  const leaf = makeLeaf(
    authority,
    {
      commonName: "kube-apiserver",
      addresses: ["127.0.0.1"],
      dnsNames: ["localhost"],
      server: true,
      authorityName: "reference",
    },
    systemClock,
    systemRandom,
  );
  const write = (name: string, text: string) => {
    const path = join(dir, name);
    writeFileSync(path, text, { mode: 0o600 });
    return path;
  };
  const key = newSigningKey();
  const files = {
    crt: write("tls.crt", leaf.certificate),
    key: write("tls.key", leaf.key),
    ca: write("ca.crt", authority.certificate),
    tokens: write("tokens", 'secret,kubernetes-admin,,"system:masters"\n'),
    sa: write("sa.key", key),
    pub: write("sa.pub", createPublicKey(key).export({ type: "spki", format: "pem" }) as string),
  };
  const [client, peer, port] = [await freePort(), await freePort(), await freePort()];
  mkdirSync(join(dir, "etcd"));
  const children: ChildProcess[] = [];
  const run = (name: string, args: string[]) => {
    const child = spawn(join(bin, name), args, { stdio: ["ignore", "ignore", "pipe"] });
    child.stderr?.resume();
    children.push(child);
  };
  const etcd = `http://127.0.0.1:${client}`;
  run("etcd", [
    "--data-dir",
    join(dir, "etcd"),
    "--listen-client-urls",
    etcd,
    "--advertise-client-urls",
    etcd,
    "--listen-peer-urls",
    `http://127.0.0.1:${peer}`,
    "--initial-advertise-peer-urls",
    `http://127.0.0.1:${peer}`,
    "--initial-cluster",
    `default=http://127.0.0.1:${peer}`,
    "--unsafe-no-fsync",
    "--log-level",
    "error",
  ]);
  run("kube-apiserver", [
    `--etcd-servers=${etcd}`,
    "--bind-address=127.0.0.1",
    "--advertise-address=127.0.0.1",
    `--secure-port=${port}`,
    "--endpoint-reconciler-type=none",
    "--service-cluster-ip-range=10.96.0.0/16",
    "--allow-privileged=true",
    "--authorization-mode=Node,RBAC",
    `--tls-cert-file=${files.crt}`,
    `--tls-private-key-file=${files.key}`,
    `--token-auth-file=${files.tokens}`,
    "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
    `--service-account-key-file=${files.pub}`,
    `--service-account-signing-key-file=${files.sa}`,
  ]);
  const call = (one: Call) => send({ host: "127.0.0.1", port, ca: authority.certificate, token: "secret" }, one);
  const stop = async () => {
    for (const child of children) child.kill("SIGKILL");
    for (const child of children) {
      if (child.exitCode === null && child.signalCode === null) await new Promise((done) => child.once("exit", done));
    }
    rmSync(dir, { recursive: true, force: true });
  };
  const until = Date.now() + 60_000;
  for (;;) {
    try {
      const ready = await call({ method: "GET", path: "/readyz" });
      if (ready.status === 200) break;
    } catch {}
    if (Date.now() > until) {
      await stop();
      throw new Error("the reference API server did not start");
    }
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  return {
    call,
    stop,
    url: `https://127.0.0.1:${port}`,
    ca: authority.certificate,
    token: "secret",
    pids: children.map((child) => child.pid as number),
  };
}

/** One request over TLS. */
export function send(server: { host: string; port: number; ca: string; token: string }, call: Call): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const outgoing = request(
      {
        host: server.host,
        port: server.port,
        ca: server.ca,
        method: call.method,
        path: call.path,
        headers: {
          authorization: `Bearer ${server.token}`,
          "user-agent": "differential/1",
          ...(call.body === undefined ? {} : { "content-length": String(Buffer.byteLength(call.body)) }),
          ...call.headers,
        },
      },
      (response) => {
        const parts: Buffer[] = [];
        const done = () =>
          resolve({
            status: response.statusCode ?? 0,
            headers: response.headers as Record<string, string>,
            body: Buffer.concat(parts).toString(),
          });
        response.on("data", (part) => parts.push(part));
        response.on("end", done);
        response.on("error", done);
        if (call.listen !== undefined) setTimeout(() => outgoing.destroy(), call.listen);
      },
    );
    // an answer that never ends is a difference, not a hanging run
    outgoing.setTimeout(15_000, () => outgoing.destroy(new Error("no answer")));
    outgoing.on("error", (error) =>
      error.message === "no answer" ? resolve({ status: 0, headers: {}, body: error.message }) : reject(error),
    );
    outgoing.end(call.body);
  });
}
