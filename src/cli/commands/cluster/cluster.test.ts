import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { fileURLToPath } from "node:url";

const folder = mkdtempSync(join(tmpdir(), "slipway-cluster-"));
const kubeconfig = join(folder, "config");
const env = { ...process.env, SLIPWAY_HOME: join(folder, "home"), KUBECONFIG: kubeconfig, HOME: folder };
/** The clone's program: a bundle, which starts in a fraction of the time that the sources take. */
const program = fileURLToPath(new URL("../../../../bin/slipway", import.meta.url));

const before = `apiVersion: v1
clusters:
- cluster:
    server: https://127.0.0.1:1
  name: mine
contexts:
- context:
    cluster: mine
    user: mine
  name: mine
current-context: mine # keep
kind: Config
users:
- name: mine
  user:
    token: t
`;

function slipway(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  return new Promise((resolve) => {
    execFile(program, ["cluster", ...args], { env, cwd: folder }, (error, out, err) =>
      resolve({ code: error === null ? 0 : ((error as { code?: number }).code ?? 1), out, err }),
    );
  });
}

after(async () => {
  await slipway("stop", "--all");
  rmSync(folder, { recursive: true, force: true });
});

test("two clusters come up beside each other, and the kubeconfig is as before when both are stopped", async () => {
  writeFileSync(kubeconfig, before);
  const [one, two] = [await slipway("start", "--name", "one"), await slipway("start", "--name", "two", "--nodes", "3")];
  assert.equal(one.code, 0, one.err);
  assert.equal(two.code, 0, two.err);
  assert.match(readFileSync(kubeconfig, "utf8"), /^current-context: slipway-two # keep$/m);
  const list = JSON.parse((await slipway("list", "-o", "json")).out);
  assert.deepEqual(
    list.map(({ name, state }: { name: string; state: string }) => `${name} ${state}`),
    ["one running", "two running"],
  );
  const status = JSON.parse((await slipway("status", "--name", "two", "-o", "json")).out);
  assert.equal(status.nodes, 3);
  assert.equal(status.kubeconfig, kubeconfig);
  assert.match((await slipway("events", "--name", "two")).out, /RegisteredNode/);
  const again = await slipway("start", "two", "--nodes", "5");
  assert.match(again.out, /^Cluster two was running already/);
  assert.match(again.err, /Warning: it goes on with the options it was started with; --nodes 5 would count/);
  assert.equal((await slipway("stop", "--name", "one")).code, 0);
  assert.match(readFileSync(kubeconfig, "utf8"), /^current-context: slipway-two # keep$/m);
  assert.equal((await slipway("stop", "--name", "two")).code, 0);
  assert.equal(readFileSync(kubeconfig, "utf8"), before);
  assert.equal((await slipway("status", "--name", "two")).code, 3);
});

test("what goes wrong is said in one message", async () => {
  const missing = await slipway("stop", "--name", "nobody");
  assert.equal(missing.code, 1);
  assert.match(missing.err, /^Error: there is no cluster "nobody"\n/);
  assert.match((await slipway("start", "--name", "No Good")).err, /"No Good" is no name for a cluster/);
  assert.match((await slipway("start", "--clock", "fast")).err, /--clock takes a factor such as x60, not fast/);
  assert.match((await slipway("start", "--node-cpu", "many")).err, /--node-cpu takes a quantity/);
  assert.match((await slipway("start", "--nodes", "0")).err, /--nodes takes a number from 1 to 5000, not 0/);
  assert.match((await slipway("start", "--nodes", "x")).err, /--nodes takes a number from 1 to 5000, not x/);
  assert.match((await slipway("delete", "a", "--name", "b")).err, /two names are given: a and --name b/);
  const server = createServer().listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const { port } = server.address() as { port: number };
  const taken = await slipway("start", "--name", "taken", "--port", String(port));
  server.close();
  assert.equal(taken.code, 1);
  assert.match(taken.err, new RegExp(`port ${port} is taken by another program`));
});

test("a cluster whose process was killed starts again", async () => {
  assert.equal((await slipway("start", "--name", "one")).code, 0);
  const { pid } = JSON.parse((await slipway("status", "--name", "one", "-o", "json")).out);
  process.kill(pid, "SIGKILL");
  for (;;) {
    try {
      process.kill(pid, 0);
      await new Promise((resolve) => setTimeout(resolve, 20));
    } catch {
      break;
    }
  }
  assert.match((await slipway("status", "--name", "one")).out, /State: +stopped/);
  const again = await slipway("start", "--name", "one");
  assert.equal(again.code, 0, again.err);
  assert.equal((await slipway("delete", "one")).out, "Cluster one is deleted\n");
  assert.equal((await slipway("status", "--name", "one")).code, 1);
});
