/** The JavaScript client against the embedded cluster: reads and writes, watch, informers, exec, logs, port-forward. */
import assert from "node:assert/strict";
import { createServer, type Socket } from "node:net";
import type { AddressInfo } from "node:net";
import { Writable } from "node:stream";
import { after, before, test } from "node:test";
import * as k8s from "@kubernetes/client-node";
import { startCluster, type Cluster } from "../../src/cluster/index.ts";

let cluster: Cluster;
const config = new k8s.KubeConfig();

before(async () => {
  cluster = await startCluster({ name: "client-node" });
  config.loadFromString(cluster.kubeconfig());
});

after(() => cluster.stop());

const namespace = "default";

function pod(name: string): k8s.V1Pod {
  return { metadata: { name, labels: { app: name } }, spec: { containers: [{ name: "c", image: "c:1" }] } };
}

/** Keeps what is written to it. */
class Sink extends Writable {
  text = "";
  override _write(chunk: Buffer, _encoding: string, done: () => void): void {
    this.text += chunk.toString();
    done();
  }
}

async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  for (let i = 0; i < 400; i++) {
    if (await holds()) return;
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
  assert.fail(`waited in vain: ${what}`);
}

async function running(name: string): Promise<void> {
  const core = config.makeApiClient(k8s.CoreV1Api);
  await until(
    `${name} runs`,
    async () => (await core.readNamespacedPod({ name, namespace })).status?.phase === "Running",
  );
}

test("objects are made, read, patched, listed, refused and deleted", async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const made = await core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "a" }, data: { k: "1" } } });
  assert.equal(made.metadata?.namespace, namespace);
  const body = [{ op: "replace", path: "/data/k", value: "2" }];
  await core.patchNamespacedConfigMap({ name: "a", namespace, body });
  assert.equal((await core.readNamespacedConfigMap({ name: "a", namespace })).data?.["k"], "2");
  const listed = await core.listNamespacedConfigMap({ namespace, fieldSelector: "metadata.name=a", limit: 1 });
  assert.deepEqual(
    listed.items.map((item) => item.metadata?.name),
    ["a"],
  );
  await assert.rejects(
    core.createNamespacedConfigMap({ namespace, body: { metadata: { name: "A B" } } }),
    (error: k8s.ApiException<unknown>) => error.code === 422,
  );
  const objects = k8s.KubernetesObjectApi.makeApiClient(config);
  const spec = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "a", namespace } };
  assert.equal((await objects.read(spec)).metadata?.name, "a");
  await objects.delete(spec);
  await assert.rejects(objects.read(spec), (error: k8s.ApiException<unknown>) => error.code === 404);
});

test("a watch shows what happens", async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  const seen: string[] = [];
  const ended = new Promise<void>((resolve, reject) => {
    new k8s.Watch(config)
      .watch(
        `/api/v1/namespaces/${namespace}/secrets`,
        { fieldSelector: "metadata.name=w", timeoutSeconds: "3" },
        (type: string, object: k8s.V1Secret) => void seen.push(`${type} ${object.metadata?.name}`),
        () => resolve(),
      )
      .catch(reject);
  });
  await core.createNamespacedSecret({ namespace, body: { metadata: { name: "w" } } });
  await core.patchNamespacedSecret({
    name: "w",
    namespace,
    body: [{ op: "add", path: "/data", value: { a: "YQ==" } }],
  });
  await core.deleteNamespacedSecret({ name: "w", namespace });
  await ended;
  assert.deepEqual(seen, ["ADDED w", "MODIFIED w", "DELETED w"]);
});

test("an informer keeps a list up to date", async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  await core.createNamespacedPod({ namespace, body: pod("first") });
  const informer = k8s.makeInformer(config, `/api/v1/namespaces/${namespace}/pods`, () =>
    core.listNamespacedPod({ namespace }),
  );
  const seen: string[] = [];
  informer.on("add", (one) => void seen.push(`add ${one.metadata?.name}`));
  informer.on("delete", (one) => void seen.push(`delete ${one.metadata?.name}`));
  await informer.start();
  try {
    await core.createNamespacedPod({ namespace, body: pod("second") });
    await until("both are there", () => seen.includes("add first") && seen.includes("add second"));
    await until("the second runs", () => informer.get("second", namespace)?.status?.phase === "Running");
    await core.deleteNamespacedPod({ name: "second", namespace, gracePeriodSeconds: 0 });
    await until("the second is gone", () => seen.includes("delete second"));
  } finally {
    await informer.stop();
  }
});

test("exec and logs answer from the simulated pod", async () => {
  const core = config.makeApiClient(k8s.CoreV1Api);
  await core.createNamespacedPod({ namespace, body: pod("shell") });
  await running("shell");
  const [out, err] = [new Sink(), new Sink()];
  const status = await new Promise<k8s.V1Status>((resolve, reject) => {
    new k8s.Exec(config).exec(namespace, "shell", "c", ["ls"], out, err, null, false, resolve).catch(reject);
  });
  assert.deepEqual([status.status, status.reason], ["Failure", "NonZeroExitCode"]);
  await until("it says so", () => /is simulated: "ls" was not run/.test(err.text));
  const log = new Sink();
  await new k8s.Log(config).log(namespace, "shell", "c", log, { tailLines: 5 });
  await until("the log is there", () => log.text.includes("simulated"));
});

test("port-forward answers from the simulated pod", async () => {
  await config.makeApiClient(k8s.CoreV1Api).createNamespacedPod({ namespace, body: pod("port") });
  await running("port");
  const forward = new k8s.PortForward(config);
  const sockets: Socket[] = [];
  const server = createServer((socket) => {
    sockets.push(socket);
    forward.portForward(namespace, "port", [8080], socket, null, socket).catch(() => socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    const { port } = server.address() as AddressInfo;
    const answer = await fetch(`http://127.0.0.1:${port}/`);
    assert.match(await answer.text(), /This is port 8080 of the simulated pod default\/port/);
  } finally {
    for (const socket of sockets) socket.destroy();
    server.close();
  }
});
