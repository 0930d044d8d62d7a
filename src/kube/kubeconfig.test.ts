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
file("one/ca.pem", "");
const two = file(
  "two",
  `current-context: west
clusters:
- {name: east, cluster: {server: "https://other:6443"}}
- {name: west, cluster: {server: "https://west:6443", tls-server-name: w, insecure-skip-tls-verify: true}}
contexts:
- {name: west, context: {cluster: west, user: bob}}
users:
- {name: bob, user: {tokenFile: tok}}
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
  const ca = file("flag-ca", "");
  const config = await loadKubeconfig({
    kubeconfig: two,
    env: {},
    overrides: {
      server: "https://x",
      token: "t",
      caFile: ca,
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
    "certificate-authority": ca,
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
  const exec = (until: string, mode = "test", answers = plugin) => ({
    apiVersion: "client.authentication.k8s.io/v1",
    command: answers,
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
  // Requests that find it expired at once ask once.
  const busy = credentialSource({ exec: exec("2001-01-01T00:00:00Z") }, cluster, ports);
  await busy.get();
  await Promise.all([busy.get(), busy.get(), busy.get()]);
  assert.equal(readFileSync(join(folder, "runs"), "utf8").length, 4 * 6);
  // Whoever names a token means that, and over plain HTTP nothing of the kind is sent.
  const named = credentialSource({ token: "own", exec: exec("x", "no") }, cluster, ports);
  assert.deepEqual(await named.get(), { token: "own" });
  const plain = credentialSource({ token: "own", exec: exec("x", "no") }, { server: "http://east:6443" }, ports);
  assert.deepEqual(await plain.get(), {});
  const missing = credentialSource({ exec: { command: "no-such-plugin", installHint: "install it" } }, cluster, ports);
  await assert.rejects(missing.get(), (error: Error & { facts?: { fix?: string } }) => {
    assert.equal(error.message, "getting credentials: exec: executable no-such-plugin not found");
    assert.equal(error.facts?.fix, "install it");
    return true;
  });
});

test("a certificate beside a token file stays the same one, so that connections are kept", async () => {
  const user = { tokenFile: file("token", "t"), "client-certificate-data": "YQ==", "client-key": file("key", "k") };
  const source = credentialSource(user, { server: "https://east:6443" }, { clock: systemClock, env: {} });
  const [first, second] = [await source.get(), await source.get()];
  assert.ok(first.clientCertificate);
  assert.equal(first.clientCertificate, second.clientCertificate);
  assert.equal(first.clientKey, second.clientKey);
});

test("exec plugins' answers are checked in client-go's words", async () => {
  const version = "client.authentication.k8s.io/v1";
  const json = (status: unknown, apiVersion = version) =>
    JSON.stringify({ apiVersion, kind: "ExecCredential", status });
  for (const [answer, words] of [
    [`apiVersion: ${version}\nkind: ExecCredential\nstatus: {token: t}`, "t"],
    [json(undefined), "exec plugin didn't return a status field"],
    [json({}), "exec plugin didn't return a token or cert/key pair"],
    [json({ token: "t", clientKeyData: "k" }), "exec plugin returned only certificate or key, not both"],
    [json({ token: "t", expirationTimestamp: "soon" }), 'decoding stdout: cannot parse "soon" as a time'],
    [
      json({ token: "t" }, "v1beta1"),
      `exec plugin is configured to use API version ${version}, plugin returned version v1beta1`,
    ],
  ] as const) {
    const command = file("answers.sh", `#!/bin/sh\ncat <<'X'\n${answer}\nX\n`);
    chmodSync(command, 0o755);
    const exec = { apiVersion: version, command, interactiveMode: "Never" };
    const source = credentialSource({ exec }, { server: "https://x" }, { clock: systemClock, env: process.env });
    const told = await source.get().then(
      ({ token }) => token,
      (error: Error) => error.message.replace("getting credentials: ", ""),
    );
    assert.equal(told, words);
  }
});

/** A kubeconfig with these fields in its only cluster and its only user. */
function written(cluster: object, user: object, more: object = {}): string {
  return JSON.stringify({
    "current-context": "c",
    clusters: [{ name: "c", cluster: { server: "https://c", ...cluster } }],
    contexts: [{ name: "c", context: { cluster: "c", user: "u" } }],
    users: [{ name: "u", user }],
    ...more,
  });
}

test("what clientcmd refuses is refused, in its words", async () => {
  const exec = { apiVersion: "client.authentication.k8s.io/v1", command: "p", interactiveMode: "Never" };
  const lead = "error loading config file: ";
  for (const [text, words] of [
    [written({}, {}, { kind: "Pod" }), `${lead}no kind "Pod" is registered for version "v1"`],
    [
      written({}, {}, { clusters: {} }),
      `${lead}json: cannot unmarshal object into Go struct field Config.clusters of type []v1.NamedCluster`,
    ],
    [
      written({}, { token: 1 }),
      `${lead}json: cannot unmarshal number into Go struct field AuthInfo.users.user.token of type string`,
    ],
    [
      written({ "insecure-skip-tls-verify": "true" }, {}),
      `${lead}json: cannot unmarshal string into Go struct field Cluster.clusters.cluster.insecure-skip-tls-verify of type bool`,
    ],
    [written({ "certificate-authority-data": "abc!" }, {}), `${lead}illegal base64 data at input byte 3`],
    [written({}, {}, { users: [{ name: "u" }, { name: "u" }] }), `${lead}duplicate name "u" in list of users`],
    [written({}, {}, { users: [null] }), 'invalid configuration: user "u" was not found for context "c"'],
    [written({}, {}, { users: [null, { user: {} }] }), `${lead}duplicate name "" in list of users`],
    ["a: b: c", `${lead}yaml: mapping values are not allowed in this context`],
    [
      written({ "certificate-authority": "/no", "certificate-authority-data": "YQ==" }, { token: "t", username: "n" }),
      "invalid configuration: [more than one authentication method found for u; found [token basicAuth], only one is allowed, certificate-authority-data and certificate-authority are both specified for c. certificate-authority-data will override., unable to read certificate-authority /no for c due to open /no: no such file or directory]",
    ],
    [
      written({}, { "client-certificate-data": "YQ==" }),
      "invalid configuration: client-key-data or client-key must be specified for u to use the clientCert authentication method.",
    ],
    [
      written({}, { "as-groups": ["g"] }),
      "invalid configuration: requesting uid, groups or user-extra for u without impersonating a user",
    ],
    [
      written({ "proxy-url": "ftp://p" }, {}),
      `invalid configuration: invalid 'proxy-url' "ftp://p" for cluster "c": unsupported scheme "ftp", must be http, https, or socks5`,
    ],
    [
      written({ "proxy-url": "http://u:100%@p" }, {}),
      `invalid configuration: invalid 'proxy-url' "http://u:100%@p" for cluster "c": could not parse: http://u:100%@p`,
    ],
    [
      written({}, { exec: { ...exec, interactiveMode: undefined } }),
      "invalid configuration: interactiveMode must be specified for u to use exec authentication plugin",
    ],
    [
      written(
        {},
        { exec: { ...exec, apiVersion: "client.authentication.k8s.io/v1beta1", interactiveMode: undefined } },
      ),
      undefined,
    ],
    [
      written({}, { exec: { ...exec, env: [{ name: "", value: "" }] } }),
      "invalid configuration: env variable name must be specified for u to use exec authentication plugin",
    ],
    [
      written({}, { exec: { ...exec, env: [null] } }),
      "invalid configuration: env variable name must be specified for u to use exec authentication plugin",
    ],
    [
      written({ "insecure-skip-tls-verify": true, "certificate-authority-data": "YQ==" }, {}),
      "specifying a root certificates file with the insecure flag is not allowed",
    ],
    [written({}, { "auth-provider": { name: "gcp" } }), "The gcp auth plugin has been removed."],
    [written({ server: "ftp://x" }, {}), 'unsupported protocol scheme "ftp"'],
  ] as const) {
    const kubeconfig = file("written", text);
    const told = await loadKubeconfig({ kubeconfig, env: {} }).then(
      () => undefined,
      (error: Error) => error.message.replace(` "${kubeconfig}"`, ""),
    );
    assert.equal(told, words);
  }
});

test("flags of trust stand for all that the file says of it", async () => {
  const kubeconfig = file("trust", written({ "certificate-authority-data": "YQ==", "tls-server-name": "file" }, {}));
  const { cluster } = await loadKubeconfig({ kubeconfig, env: {}, overrides: { insecureSkipTlsVerify: true } });
  assert.deepEqual([cluster["certificate-authority-data"], cluster["insecure-skip-tls-verify"]], [undefined, true]);
  const other = await loadKubeconfig({ kubeconfig, env: {}, overrides: { server: "https://other" } });
  assert.equal(other.cluster["tls-server-name"], "");
  // A token stands in for an account that the file does not have.
  const gone = file("gone", written({}, {}, { users: [] }));
  await assert.rejects(loadKubeconfig({ kubeconfig: gone, env: {} }), /user "u" was not found for context "c"/);
  assert.equal((await loadKubeconfig({ kubeconfig: gone, env: {}, overrides: { token: "t" } })).user.token, "t");
});

test("the oidc provider's id-token is used while it lasts", async () => {
  const token = (exp: number) => `x.${Buffer.from(JSON.stringify({ exp })).toString("base64url")}.x`;
  const ports = { clock: systemClock, env: {} };
  const source = (exp: number) =>
    credentialSource(
      { "auth-provider": { name: "oidc", config: { "id-token": token(exp) } } },
      { server: "https://x" },
      ports,
    );
  assert.equal((await source(4e9).get()).token, token(4e9));
  await assert.rejects(source(1).get(), /id-token of the auth provider oidc is missing or has expired/);
});
