import assert from "node:assert/strict";
import { test } from "node:test";
import { sleep } from "../../src/base/index.ts";
import { wellKnown, type Transport } from "../../src/kube/index.ts";
import { install, uninstall, upgrade } from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab } from "./lab.ts";

test("--enable-dns lets getHostByName ask, without it the answer is empty", async () => {
  await using lab = await openLab();
  const chart = chartOf({ "c.yaml": configMap("dns", `{{ getHostByName "localhost" | quote }}`) });
  await install(lab.site, { name: "without", chart }).result;
  assert.deepEqual(await lab.configMap("dns"), { value: "" });
  await upgrade(lab.site, { name: "without", chart, enableDns: true }).result;
  assert.match((await lab.configMap("dns"))?.["value"] ?? "", /^(127\.0\.0\.1|::1)$/);
});

test("--render-subchart-notes adds the notes of subcharts", async () => {
  await using lab = await openLab();
  const chart = chartOf(
    { "NOTES.txt": "mine\n" },
    {
      "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
      "charts/sub/templates/NOTES.txt": "the subchart's\n",
    },
  );
  assert.equal((await install(lab.site, { name: "a", chart }).result).notes, "mine\n");
  const { notes } = await install(lab.site, { name: "b", chart, subchartNotes: true }).result;
  assert.match(notes, /mine/);
  assert.match(notes, /the subchart's/);
});

test("--cascade says what becomes of dependents", async () => {
  for (const [cascade, left] of [
    ["background", 0],
    ["foreground", 0],
    ["orphan", 1],
  ] as const) {
    await using lab = await openLab();
    await install(lab.site, { name: "r", chart: chartOf({ "d.yaml": deployment("d") }), wait: "watcher" }).result;
    await uninstall(lab.site, { name: "r", cascade, wait: "watcher" }).result;
    const gone = async () => (await lab.client.list(wellKnown.replicaSets, "default")).length === left;
    for (let i = 0; i < 50 && !(await gone()); i++) await sleep(lab.clock, 500);
    assert.ok(await gone(), cascade);
  }
});

test("templates see what they look up with client-go's numbers", async () => {
  await using lab = await openLab();
  const seen =
    `{{ $d := lookup "apps/v1" "Deployment" .Release.Namespace "d" }}` +
    `{{ if $d }}{{ typeOf $d.spec.replicas }} {{ eq $d.spec.replicas 2 }}{{ else }}nothing{{ end }}`;
  const chart = chartOf({ "d.yaml": deployment("d", { replicas: 2 }), "c.yaml": configMap("seen", `'${seen}'`) });
  await install(lab.site, { name: "r", chart }).result;
  assert.deepEqual(await lab.configMap("seen"), { value: "nothing" });
  await upgrade(lab.site, { name: "r", chart }).result;
  assert.deepEqual(await lab.configMap("seen"), { value: "int64 true" });
});

test("a server whose clock is an hour ahead: leases are read and written in its time", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "r", chart: chartOf({ "c.yaml": configMap("c") }) }).result;
  const ahead = 3_600_000;
  const renewals: number[] = [];
  const transport: Transport = async (request) => {
    if (request.method === "POST" && request.path.includes("/leases"))
      renewals.push(Date.parse(JSON.parse(new TextDecoder().decode(request.body)).spec.renewTime));
    const response = await lab.transport(request);
    return {
      ...response,
      headers: { ...response.headers, date: new Date(lab.clock.now() + ahead).toUTCString() },
    };
  };
  const site = { ...lab.site, client: lab.connect(transport) };
  // By our own clock this lease would be good for another hour and some seconds.
  const renewTime = new Date(lab.clock.now() + ahead).toISOString().replace("Z", "000Z");
  await lab.client.create(wellKnown.leases, "default", {
    apiVersion: "coordination.k8s.io/v1",
    kind: "Lease",
    metadata: { name: "sh.slipway.lock.v1.r" },
    spec: { holderIdentity: "ci|runner-9|77|elsewhere|123|abc", leaseDurationSeconds: 15, renewTime },
  });
  const began = lab.clock.now();
  await upgrade(site, { name: "r", chart: chartOf({ "c.yaml": configMap("c", '"2"') }) }).result;
  const waited = lab.clock.now() - began;
  assert.ok(waited >= 13_000 && waited < 20_000, `waited ${waited} ms`);
  await upgrade(site, { name: "r", chart: chartOf({ "c.yaml": configMap("c", '"3"') }) }).result;
  const skew = (renewals.at(-1) as number) - lab.clock.now();
  assert.ok(Math.abs(skew - ahead) < 5_000, `a lease was written ${skew} ms from our time`);
});

test("--create-namespace by an account that may not: the namespace that is there, or cannot be seen, is gone on with", async () => {
  await using lab = await openLab();
  const chart = chartOf({ "c.yaml": configMap("c") });
  /** A client whose namespaces are somebody else's: some requests for them are refused. */
  const limited = (...methods: string[]) => {
    const transport: Transport = async (request) => {
      if (!/^\/api\/v1\/namespaces(\/[^/]+)?(\?|$)/.test(request.path) || !methods.includes(request.method))
        return await lab.transport(request);
      const status = { kind: "Status", code: 403, reason: "Forbidden", message: "namespaces is forbidden" };
      const body = new TextEncoder().encode(JSON.stringify(status));
      return {
        status: 403,
        headers: {},
        body: (async function* () {
          yield body;
        })(),
      };
    };
    return { ...lab.site, client: lab.connect(transport) };
  };
  const options = { chart, createNamespace: true };
  await install(limited("PATCH", "POST", "GET"), { ...options, name: "unseen" }).result;
  await uninstall(lab.site, { name: "unseen" }).result;
  await install(limited("PATCH", "POST"), { ...options, name: "there", serverSide: false }).result;
  const missing = { ...limited("PATCH", "POST"), namespace: "missing" };
  await assert.rejects(install(missing, { ...options, name: "missing" }).result, /namespaces is forbidden/);
});
