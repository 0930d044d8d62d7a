/**
 * What the charts' pods run, taken from rendered manifests and run with this machine's sh and curl: tests pass against
 * servers that keep the contract and fail against servers that do not; Jobs do what they are for, once and again.
 */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { hasProgram } from "./programs.ts";
import { find, type Manifest, render, sandbox, services, variables } from "./charts.ts";
import { consoleServer, featureStore, horizon, type Fault } from "./stand-in.ts";

const curl = hasProgram("curl") ? false : "there is no curl";
const store = services["onfs-api-server"] as NonNullable<(typeof services)[string]>;

interface Wrong {
  readonly what: string;
  readonly fault: Fault;
  readonly says: RegExp;
  readonly env?: Readonly<Record<string, string>>;
}

const late: Fault = { delay: 1300 };

test(
  "the store's API test passes against its contract, and fails on a wrong body, status, guard or delay",
  { skip: curl },
  async () => {
    const objects = await render("online-feature-store", { files: ["values-dev.yaml"] });
    const container = find(objects, "Pod", "online-feature-store-test-api").spec.containers[0];
    const tokens = find(objects, "Secret", "online-feature-store-callers").stringData;
    await using server = await featureStore(store, tokens);
    using box = sandbox(["/tmp", "/caller"]);
    box.write("/caller/token", tokens.test);
    const run = (env: Record<string, string> = {}) =>
      box.run(container, { STORE_URL: server.url, MAX_SECONDS: "5", ...env });
    const good = await run();
    assert.equal(good.code, 0, good.err);
    assert.match(good.out, /retrieve as test is let in/);
    const wrongs: Wrong[] = [
      { what: "body", fault: { body: { "/health/self": '{"message":"false"}' } }, says: /health: answered/ },
      { what: "status", fault: { status: { "/health/self": 503 } }, says: /health: status 503 instead of 200/ },
      {
        what: "open API",
        fault: { status: { "/api/v1/features/persist": 200 } },
        says: /persist without a caller: status 200 instead of 400/,
      },
      { what: "delay", fault: late, says: /no answer within 1s/, env: { MAX_SECONDS: "1" } },
    ];
    for (const { what, fault, says, env } of wrongs) {
      server.fault = fault;
      const ran = await run(env);
      assert.notEqual(ran.code, 0, what);
      assert.match(ran.err, says, what);
    }
    server.fault = {};
    box.write("/caller/token", "another");
    assert.match((await run()).err, /retrieve as test: its token is refused/);
  },
);

test("the store's latency test fails when too many answers are late, or one is wrong", { skip: curl }, async () => {
  const container = find(await render("online-feature-store"), "Pod", "online-feature-store-test-latency").spec
    .containers[0];
  await using server = await featureStore(store, {});
  using box = sandbox();
  const run = (max: string) =>
    box.run(container, { STORE_URL: server.url, REQUESTS: "10", PERCENTILE: "90", MAX_MILLISECONDS: max });
  const good = await run("5000");
  assert.equal(good.code, 0, good.err);
  assert.match(good.out, /^ok of 10 requests: p90 /);
  server.fault = { delay: 60 };
  const slow = await run("30");
  assert.equal(slow.code, 1);
  assert.match(slow.out, /^FAIL of 10 requests/);
  server.fault = { status: { "/health/self": 500 } };
  assert.match((await run("5000")).err, /request 1: status 500/);
});

test("Horizon's test wants its health page and a guard", { skip: curl }, async () => {
  const container = find(await render("horizon"), "Pod").spec.containers[0];
  const contract = services["horizon"] as NonNullable<(typeof services)[string]>;
  await using server = await horizon(contract);
  using box = sandbox();
  const run = (env: Record<string, string> = {}) => box.run(container, { HORIZON_URL: server.url, ...env });
  const good = await run();
  assert.equal(good.code, 0, good.err);
  const wrongs: Wrong[] = [
    { what: "body", fault: { body: { "/health": "{}" } }, says: /health: answered/ },
    { what: "status", fault: { status: { "/health": 500 } }, says: /health: status 500/ },
    {
      what: "open",
      fault: { status: { [variables(container)["GUARDED_PATH"] as string]: 200 } },
      says: /a guarded route without a token: status 200 instead of 401/,
    },
    { what: "delay", fault: late, says: /no answer within 1s/, env: { MAX_SECONDS: "1" } },
  ];
  for (const { what, fault, says, env } of wrongs) {
    server.fault = fault;
    const ran = await run(env);
    assert.notEqual(ran.code, 0, what);
    assert.match(ran.err, says, what);
  }
});

test(
  "the console's test wants page, settings, deep links and missing files as they are meant",
  { skip: curl },
  async () => {
    const objects = await render("trufflebox-ui", { files: ["values-dev.yaml"] });
    const container = find(objects, "Pod").spec.containers[0];
    const contract = services["trufflebox-ui"] as NonNullable<(typeof services)[string]>;
    const env = find(objects, "ConfigMap").data["env.js"];
    await using server = await consoleServer(contract, env);
    using box = sandbox();
    const run = (over: Record<string, string> = {}) => box.run(container, { UI_URL: server.url, ...over });
    const good = await run();
    assert.equal(good.code, 0, good.err);
    const wrongs: Wrong[] = [
      {
        what: "settings",
        fault: { body: { "/env.js": 'window.env={"REACT_APP_HORIZON_BASE_URL":"http://else"}' } },
        says: /the settings: /,
      },
      { what: "page", fault: { body: { "/": "Welcome to nginx!" } }, says: /the page: / },
      {
        what: "missing file",
        fault: { status: { "/static/js/no-such-file.js": 200 } },
        says: /status 200 instead of 404/,
      },
      { what: "delay", fault: late, says: /no answer within 1s/, env: { MAX_SECONDS: "1" } },
    ];
    for (const { what, fault, says, env: over } of wrongs) {
      server.fault = fault;
      const ran = await run(over);
      assert.notEqual(ran.code, 0, what);
      assert.match(ran.err, says, what);
    }
    await using guarded = await consoleServer(contract, env, true);
    assert.equal((await run({ UI_URL: guarded.url, GUARDED: "true" })).code, 0);
    server.fault = {};
    assert.match((await run({ GUARDED: "true" })).err, /\/: status 200 instead of 401/);
  },
);

test("sdk-common writes a row and reads it back in time, with the token of its Secret", { skip: curl }, async () => {
  for (const set of [[], ["row.type=int64_values"]]) {
    const objects = await render("sdk-common", { files: ["values-dev.yaml"], set });
    const container = find(objects, "Job").spec.template.spec.containers[0];
    const secret = find(objects, "Secret").stringData;
    await using server = await featureStore(store, secret);
    using box = sandbox(["/tmp", "/check", "/caller"]);
    for (const [name, text] of Object.entries(find(objects, "ConfigMap").data))
      box.write(`/check/${name}`, text as string);
    box.write("/caller/token", secret.test);
    const run = (env: Record<string, string> = {}) =>
      box.run(container, { STORE_URL: server.url, CONNECT_SECONDS: "1", MAX_MILLISECONDS: "5000", ...env });
    const good = await run();
    assert.equal(good.code, 0, good.err);
    assert.match(good.out, /ok: wrote \d+.*\nok: read it back in \d+ ms/);
    server.fault = { body: { "/api/v1/features/retrieve/decoded": '{"rows":[{"columns":["of yesterday"]}]}' } };
    assert.match((await run()).err, /is not what came back/);
    server.fault = { status: { "/api/v1/features/persist": 500 } };
    assert.match((await run()).err, /persist: status 500/);
    server.fault = { delay: 40 };
    assert.match((await run({ MAX_MILLISECONDS: "20" })).out, /FAIL: read it back in/);
    server.fault = {};
    box.write("/caller/token", "another");
    assert.match((await run()).err, /persist: status 401/);
    const nobody = await box.run(container, { STORE_URL: "http://127.0.0.1:1", CONNECT_SECONDS: "1" });
    assert.match(nobody.err, /persist: the store gives no answer/);
  }
});

/** The step of a bootstrap Job by its name. */
function step(objects: readonly Manifest[], name: string): Manifest {
  const job = objects.find(({ kind, metadata }) => kind === "Job" && /-bootstrap-\w+$/.test(metadata.name));
  const { initContainers = [], containers } = job.spec.template.spec;
  return [...initContainers, ...containers].find((container: Manifest) => container.name === name);
}

/** A program that writes down how it was called and what it was given. */
const recorder = (also = "") => `#!/bin/sh
printf '%s\\n' "$*" >>"$RECORD"
for word in "$@"; do case $word in --defaults-file=*) cat "\${word#*=}" >>"$RECORD.files" ;; *cqlshrc|*client.properties) cat "$word" >>"$RECORD.files" ;; esac; done
${also}
`;

test("the bootstrap Job gives Scylla its schema and Kafka its topics; logins stay out of arguments", async () => {
  const objects = await render("online-feature-store", {
    files: ["ci/05-bootstrap-with-logins-values.yaml"].flatMap((file) => ["values-prod.yaml", file]),
  });
  const files = find(objects, "ConfigMap", "online-feature-store-bootstrap").data;
  using box = sandbox(["/tmp", "/bootstrap", "/login"]);
  for (const [name, text] of Object.entries(files)) box.write(`/bootstrap/${name}`, text as string);
  box.write("/login/username", "onfs");
  box.write("/login/password", 'quo"ted\\secret');
  const record = join(box.folder, "record");
  box.write("/bin/cqlsh", recorder('case "$*" in *"scylla-0."*) exit 1 ;; esac'), 0o755);
  box.write("/bin/kafka-topics.sh", recorder(), 0o755);
  const scylla = await box.run(step(objects, "scylla"), { RECORD: record });
  assert.equal(scylla.code, 0, scylla.err);
  const [first, second] = readFileSync(record, "utf8").split("\n");
  assert.match(first as string, /-f \S+\/bootstrap\/schema\.cql scylla-0\.scylla\.databases 9042$/);
  assert.match(
    second as string,
    /scylla-1\.scylla\.databases 9042$/,
    "the next host is asked when the first does not answer",
  );
  assert.match(readFileSync(`${record}.files`, "utf8"), /username = onfs\npassword = quo"ted\\secret/);
  const kafka = await box.run(step(objects, "kafka"), { RECORD: record, KAFKA_BIN: join(box.folder, "bin") });
  assert.equal(kafka.code, 0, kafka.err);
  assert.match(
    readFileSync(record, "utf8"),
    /--create --if-not-exists --topic online-feature-store\.feature_ingestion --partitions 6 --replication-factor 3/,
  );
  assert.match(
    readFileSync(`${record}.files`, "utf8"),
    /security\.protocol=SASL_SSL\nsasl\.mechanism=SCRAM-SHA-512\nsasl\.jaas\.config=\S+ScramLoginModule required username="onfs" password="quo\\\\"ted\\\\\\\\secret";/,
  );
  assert.doesNotMatch(readFileSync(record, "utf8"), /secret/);
});

test("Horizon's bootstrap Job makes database, tables and administrator; nothing can end a quoted string", async () => {
  const objects = await render("horizon", { files: ["ci/01-everything-on-values.yaml"] });
  const files = find(objects, "ConfigMap", "horizon-full-bootstrap").data;
  using box = sandbox(["/tmp", "/bootstrap", "/login", "/admin"]);
  for (const [name, text] of Object.entries(files)) box.write(`/bootstrap/${name}`, text as string);
  box.write("/login/username", "root");
  box.write("/login/password", "hidden-secret");
  const hash = `$2a$10$${"a".repeat(53)}`;
  box.write("/admin/password-hash", `${hash}\n`);
  const record = join(box.folder, "record");
  box.write("/bin/mysql", recorder('cat >>"$RECORD.sql"'), 0o755);
  const run = (env: Record<string, string> = {}) => box.run(step(objects, "mysql"), { RECORD: record, ...env });
  const good = await run();
  assert.equal(good.code, 0, good.err);
  const sql = readFileSync(`${record}.sql`, "utf8");
  assert.match(sql, /^CREATE DATABASE IF NOT EXISTS `horizon` CHARACTER SET utf8mb4;/);
  assert.equal(sql.match(/CREATE TABLE IF NOT EXISTS/g)?.length, 41);
  assert.match(sql, /INSERT IGNORE INTO users .* 'admin@example\.com', '\$2a\$10\$a{53}', 'admin', TRUE\);/);
  assert.match(readFileSync(`${record}.files`, "utf8"), /password="hidden-secret"/);
  assert.doesNotMatch(readFileSync(record, "utf8"), /hidden-secret/);
  assert.match((await run({ ADMIN_EMAIL: "a'; DROP TABLE users; --@b" })).err, /this is no e-mail address/);
  assert.match((await run({ MYSQL_DATABASE: "a`b" })).err, /letters, digits and _ only/);
  box.write("/admin/password-hash", "password");
  assert.match((await run()).err, /must be given as a bcrypt hash/);
});

test("the backup keeps what is whole, refuses what is not, and removes the oldest", async () => {
  const objects = await render("horizon", { set: ["backup.enabled=true", "backup.keep=2"] });
  const spec = find(objects, "CronJob").spec.jobTemplate.spec.template.spec;
  const container = (name: string) =>
    [...spec.initContainers, ...spec.containers].find((it: Manifest) => it.name === name);
  const mounts = ["/tmp", "/scripts", "/login", "/staging", "/backup"];
  using box = sandbox(mounts);
  for (const [name, text] of Object.entries(find(objects, "ConfigMap", "horizon-backup").data))
    box.write(`/scripts/${name}`, text as string);
  box.write("/login/username", "root");
  box.write("/login/password", "hidden-secret");
  const record = join(box.folder, "record");
  const dump =
    'for word in "$@"; do case $word in --result-file=*) printf "CREATE TABLE a;\\n-- Dump completed on today\\n" >"${word#*=}" ;; esac; done';
  box.write("/bin/mysqldump", recorder(dump), 0o755);
  const dumped = await box.run(container("mysql"), { RECORD: record });
  assert.equal(dumped.code, 0, dumped.err);
  assert.match(readFileSync(record, "utf8"), /--single-transaction .* horizon$/m);
  assert.doesNotMatch(readFileSync(record, "utf8"), /hidden-secret/);

  const data = Buffer.from("a database of etcd");
  const snapshot = Buffer.concat([data, createHash("sha256").update(data).digest()]);
  box.write("/staging/etcd.db", snapshot);
  const backup = join(box.folder, "backup");
  for (const old of ["2020-01-01T00-00-00Z", "2021-01-01T00-00-00Z", "lost+found", ".partial-2020"])
    box.write(`/backup/${old}/x`, "");
  const kept = await box.run(container("keep"));
  assert.equal(kept.code, 0, kept.err);
  const names = readdirSync(backup).toSorted();
  assert.equal(names.length, 3);
  assert.deepEqual([names[0], names[2]], ["2021-01-01T00-00-00Z", "lost+found"]);
  const fresh = join(backup, names[1] as string);
  assert.deepEqual(readdirSync(fresh).toSorted(), ["SHA256SUMS", "etcd.db.gz", "mysql.sql.gz"]);

  snapshot[3] = 0;
  box.write("/staging/etcd.db", snapshot);
  assert.match((await box.run(container("keep"))).err, /etcd snapshot is damaged/);
  writeFileSync(join(box.folder, "staging", "mysql.sql"), "CREATE TABLE a");
  assert.match((await box.run(container("keep"))).err, /MySQL dump is not complete/);
  assert.equal(readdirSync(backup).filter((name) => /^\d/.test(name)).length, 2, "a broken run removes no backup");
  assert.ok(existsSync(fresh));
});
