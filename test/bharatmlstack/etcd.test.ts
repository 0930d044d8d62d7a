/** The bootstrap Jobs' etcd step against a real etcd: it creates what is missing, keeps what is there, and may run again. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { sleep, systemClock } from "../../src/base/clock.ts";
import { kubelabTool } from "../tools/kubelab.ts";
import { find, type Manifest, render, sandbox, type Sandbox } from "./charts.ts";
import { hasProgram } from "./programs.ts";

const etcd = kubelabTool("etcd");
const skip = etcd.skip || (hasProgram("curl") ? false : "there is no curl");

interface Etcd extends AsyncDisposable {
  readonly url: string;
  call(path: string, body: object, token?: string): Promise<Record<string, Manifest>>;
  value(key: string, token?: string): Promise<string | undefined>;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

async function startEtcd(): Promise<Etcd> {
  const folder = mkdtempSync(join(tmpdir(), "slipway-etcd-"));
  const [client, peer] = [await freePort(), await freePort()];
  const url = `http://127.0.0.1:${client}`;
  const peers = `http://127.0.0.1:${peer}`;
  const clients = ["--listen-client-urls", url, "--advertise-client-urls", url];
  const members = ["--listen-peer-urls", peers, "--initial-advertise-peer-urls", peers];
  const words = ["--data-dir", folder, ...clients, ...members, "--initial-cluster", `default=${peers}`];
  const child = spawn(etcd.path, words, { stdio: "ignore" });
  const ended = new Promise((resolve) => child.on("close", resolve));
  for (let tries = 0; tries < 200; tries++) {
    if ((await fetch(`${url}/health`).catch(() => undefined))?.ok === true) break;
    await sleep(systemClock, 50);
  }
  const base64 = (text: string) => Buffer.from(text).toString("base64");
  const call = async (path: string, body: object, token?: string) => {
    const headers = token === undefined ? {} : { authorization: token };
    const answer = await fetch(`${url}/v3/${path}`, { method: "POST", body: JSON.stringify(body), headers });
    return (await answer.json()) as Record<string, Manifest>;
  };
  return {
    url,
    call,
    async value(key, token) {
      const answer = await call("kv/range", { key: base64(key) }, token);
      const [found] = answer["kvs"] ?? [];
      return found === undefined ? undefined : Buffer.from(found.value, "base64").toString();
    },
    async [Symbol.asyncDispose]() {
      child.kill("SIGKILL");
      await ended;
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

/** The etcd step of a chart's bootstrap Job, with its files in place. */
async function prepared(chart: string, box: Sandbox, set: readonly string[], files: readonly string[] = []) {
  const objects = await render(chart, { files, set });
  const config = find(objects, "ConfigMap", `${chart}-bootstrap`).data;
  const job = find(objects, "Job", `${chart}-bootstrap`).spec.template.spec;
  const volume = job.volumes.find((it: Manifest) => it.name === "keys");
  for (const { key, path } of volume.configMap.items) box.write(`/keys/${path}`, config[key]);
  box.write("/bootstrap/etcd.sh", config["etcd.sh"]);
  return { container: job.containers[0], objects };
}

const mounts = ["/tmp", "/bootstrap", "/keys", "/callers", "/login"];

test("the store's keys and callers are written once, and a changed token again", { skip }, async () => {
  await using server = await startEtcd();
  using box = sandbox(mounts);
  const percentage = 'bootstrap.etcd.keys={"/config/onfs/p2p-enabled-percentage":"100"}';
  const { container, objects } = await prepared("online-feature-store", box, [percentage], ["values-dev.yaml"]);
  for (const [caller, token] of Object.entries(find(objects, "Secret", "online-feature-store-callers").stringData))
    box.write(`/callers/${caller}`, token as string);
  const run = (endpoints = server.url) => box.run(container, { ETCD_ENDPOINTS: endpoints, CONNECT_SECONDS: "4" });
  // An endpoint that is down is waited for, once, and passed over.
  const first = await run(`http://127.0.0.1:1,${server.url}`);
  assert.equal(first.code, 0, first.err);
  assert.equal(
    first.out,
    "created /config/onfs\ncreated /config/onfs/p2p-enabled-percentage\nwrote /config/onfs/security/reader/test\n",
  );
  assert.equal(await server.value("/config/onfs"), "{}");
  assert.equal(await server.value("/config/onfs/p2p-enabled-percentage"), "100");
  assert.equal(await server.value("/config/onfs/security/reader/test"), '{"token":"test"}');
  await server.call("kv/put", {
    key: Buffer.from("/config/onfs").toString("base64"),
    value: Buffer.from("mine").toString("base64"),
  });
  assert.equal(
    (await run()).out,
    "kept /config/onfs\nkept /config/onfs/p2p-enabled-percentage\nkept /config/onfs/security/reader/test\n",
  );
  assert.equal(await server.value("/config/onfs"), "mine");
  box.write("/callers/test", 'with "quotes" and \\');
  assert.match((await run()).out, /wrote \/config\/onfs\/security\/reader\/test/);
  assert.deepEqual(JSON.parse((await server.value("/config/onfs/security/reader/test")) as string), {
    token: 'with "quotes" and \\',
  });
});

test("Horizon's root keys are written by a login, and nothing without one", { skip }, async () => {
  await using server = await startEtcd();
  const password = 'quo"ted\\secret';
  await server.call("auth/user/add", { name: "root", password });
  await server.call("auth/user/grant", { user: "root", role: "root" });
  await server.call("auth/enable", {});
  using box = sandbox(mounts);
  const auth = ["bootstrap.enabled=true", "etcd.auth.enabled=true", "etcd.auth.existingSecret=e"];
  const { container } = await prepared("horizon", box, auth);
  box.write("/login/username", "root");
  box.write("/login/password", password);
  const run = () => box.run(container, { ETCD_ENDPOINTS: server.url, CONNECT_SECONDS: "4" });
  const good = await run();
  assert.equal(good.code, 0, good.err);
  const { token } = await server.call("auth/authenticate", { name: "root", password });
  for (const name of ["horizon", "onfs", "numerix", "inferflow", "skye", "workflow"])
    assert.equal(await server.value(`/config/${name}`, token), "{}");
  box.write("/login/password", "another");
  assert.match((await run()).err, /etcd refuses the login/);
  const none = await box.run(container, { ETCD_ENDPOINTS: "http://127.0.0.1:1", CONNECT_SECONDS: "1" });
  assert.match(none.err, /none of http:\/\/127\.0\.0\.1:1 answers/);
});
