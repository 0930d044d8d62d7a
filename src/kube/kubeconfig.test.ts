import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync, mkdirSync, chmodSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { systemClock } from "../base/index.ts";
import { credentialSource } from "./credentials.ts";
import { loadKubeconfig, overridesFromEnv } from "./kubeconfig.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-kubeconfig-"));
after(() => rmSync(folder, { recursive: true, force: true }));

function file(name: string, text: string): string {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
}

const one = file(
  "one/config",
  `clusters:
- {name: east, cluster: {server: "https://east:6443", certificate-authority: ca.pem}}
contexts:
- {name: east, context: {cluster: east, user: alice, namespace: team}}
users:
- {name: alice, user: {token: t1, tokenFile: tok}}
`,
);
const two = file(
  "two",
  `current-context: west
clusters:
- {name: east, cluster: {server: "https://other:6443"}}
- {name: west, cluster: {server: "https://west:6443", tls-server-name: w, insecure-skip-tls-verify: true}}
contexts:
- {name: west, context: {cluster: west, user: bob}}
users:
- {name: bob, user: {username: bob, password: pw}}
`,
);

test("several files are one: the first entry of a name wins, paths are relative to their file", async () => {
  const env = { KUBECONFIG: [one, join(folder, "missing"), two].join(":") };
  const west = await loadKubeconfig({ env });
  assert.deepEqual([west.cluster.server, west.namespace, west.context], ["https://west:6443", "default", "west"]);
  const east = await loadKubeconfig({ env, overrides: { context: "east" } });
  assert.equal(east.cluster.server, "https://east:6443");
  assert.equal(east.cluster["certificate-authority"], join(folder, "one", "ca.pem"));
  assert.equal(east.user.tokenFile, join(folder, "one", "tok"));
  assert.equal(east.namespace, "team");
});

test("flags win over files, in client-go's way", async () => {
  const config = await loadKubeconfig({
    kubeconfig: two,
    env: {},
    overrides: {
      server: "https://x",
      token: "t",
      caFile: "/ca",
      asUser: "root",
      asGroups: ["g"],
      namespace: "n",
      tlsServerName: "s",
      insecureSkipTlsVerify: false,
    },
  });
  assert.deepEqual(config.cluster, {
    server: "https://x",
    "tls-server-name": "s",
    "insecure-skip-tls-verify": false,
    "certificate-authority": "/ca",
  });
  assert.deepEqual(
    [config.user.token, config.user.as, config.user["as-groups"], config.namespace],
    ["t", "root", ["g"], "n"],
  );
  assert.deepEqual(
    overridesFromEnv({ HELM_KUBECONTEXT: "c", HELM_KUBEASGROUPS: "a,b", HELM_KUBEINSECURE_SKIP_TLS_VERIFY: "true" }),
    {
      context: "c",
      asGroups: ["a", "b"],
      insecureSkipTlsVerify: true,
    },
  );
});

test("what is wrong is said in clientcmd's words", async () => {
  const env = { HOME: folder };
  await assert.rejects(loadKubeconfig({ kubeconfig: "/nonexist", env }), {
    message: "stat /nonexist: no such file or directory",
  });
  await assert.rejects(loadKubeconfig({ kubeconfig: two, env, overrides: { context: "nope" } }), {
    message: 'context "nope" does not exist',
  });
  const text = file("text", "just words");
  await assert.rejects(
    loadKubeconfig({ kubeconfig: text, env }),
    /couldn't get version\/kind; json parse error: json: cannot unmarshal string into Go value/,
  );
  // Without any kubeconfig, and outside of a pod, client-go goes to localhost.
  assert.equal((await loadKubeconfig({ env })).cluster.server, "http://localhost:8080");
});

test("exec plugins are asked as client-go asks them, and again when their answer expired", async () => {
  const plugin = file(
    "plugin.sh",
    `#!/bin/sh
echo run >> ${folder}/runs
test "$MODE" = test || exit 3
echo "$KUBERNETES_EXEC_INFO" > ${folder}/info
printf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"secret","expirationTimestamp":"%s"}}' "$1"
`,
  );
  chmodSync(plugin, 0o755);
  const cluster = { server: "https://east:6443" };
  const exec = (until: string, mode = "test") => ({
    apiVersion: "client.authentication.k8s.io/v1",
    command: plugin,
    args: [until],
    env: [{ name: "MODE", value: mode }],
    provideClusterInfo: true,
    interactiveMode: "Never",
  });
  const ports = { clock: systemClock, env: { PATH: process.env["PATH"] } };
  const { readFileSync } = await import("node:fs");
  const lasting = credentialSource({ exec: exec("2999-01-01T00:00:00Z") }, cluster, ports);
  assert.equal((await lasting.get()).token, "secret");
  await lasting.get();
  assert.equal(readFileSync(join(folder, "runs"), "utf8"), "run\n");
  assert.equal(JSON.parse(readFileSync(join(folder, "info"), "utf8")).spec.cluster.server, "https://east:6443");
  const expired = credentialSource({ exec: exec("2001-01-01T00:00:00Z") }, cluster, ports);
  await expired.get();
  await expired.get();
  assert.equal(readFileSync(join(folder, "runs"), "utf8"), "run\nrun\nrun\n");
  const failing = credentialSource({ exec: exec("x", "no") }, cluster, ports);
  await assert.rejects(failing.get(), {
    message: `getting credentials: exec: executable ${plugin} failed with exit code 3`,
  });
  const missing = credentialSource({ exec: { command: "no-such-plugin", installHint: "install it" } }, cluster, ports);
  await assert.rejects(missing.get(), (error: Error & { facts?: { fix?: string } }) => {
    assert.equal(error.message, "getting credentials: exec: executable no-such-plugin not found");
    assert.equal(error.facts?.fix, "install it");
    return true;
  });
});
