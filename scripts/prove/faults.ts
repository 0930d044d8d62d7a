/**
 * Faults with real processes: an upgrade of a release of forty objects goes through a way that counts its requests, and
 * at one of them something happens: it is killed with SIGKILL (`kill`), its connection is cut once (`cut`) or for good
 * (`lost`), the API server is killed and started again (`restart`), a webhook times out (`webhook`), a second upgrade
 * starts (`second`), or a stock Helm does (`helm`). Every request is struck, before the server hears of it and after it
 * has answered. Then the next plain upgrade has to succeed, with every object as it should be, nothing foreign touched,
 * no lease and no pending revision left, and stock Helm has to be able to go on.
 *
 *     npm run prove:faults                              every request of an upgrade, on an embedded cluster
 *     npm run prove:faults -- --every 10 --only kill,cut
 *     npm run prove:faults -- --reference               on kubelab's control plane
 */
import { execFile, spawn, spawnSync, type ChildProcess } from "node:child_process";
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { sleep, systemClock } from "../../src/base/index.ts";
import { KubeClient, connect, loadKubeconfig, wellKnown } from "../../src/kube/index.ts";
import { referenceServer } from "../../test/tools/reference-server.ts";
import { tool } from "../../test/tools/tools.ts";
import { openWay, type Fault, type Outcome } from "./faults/proxy.ts";
import { embeddedServer } from "./faults/server.ts";
import { openWebhook, type TimingOutWebhook } from "./faults/webhook.ts";
import { faultsOf, placeForeign, writeSubject } from "./faults/subject.ts";

const kinds = ["kill", "cut", "restart", "webhook", "second", "helm", "lost"] as const;
type Kind = (typeof kinds)[number];

const { values } = parseArgs({
  options: {
    every: { type: "string", default: "1" },
    seed: { type: "string", default: "1" },
    only: { type: "string", default: kinds.join(",") },
    when: { type: "string", default: "before,after" },
    apply: { type: "string", default: "ssa,csa" },
    reference: { type: "boolean", default: false },
    verbose: { type: "boolean", default: false },
  },
});

const folder = mkdtempSync(join(tmpdir(), "slipway-faults-"));
const namespace = "faults";
const chart = writeSubject(folder);
const program = buildOfSlipway();
const helms = { ssa: tool("helm4").path, csa: tool("helm3").path };

/** The bundle as it is now, in a place of its own: what others build meanwhile does not matter. */
function buildOfSlipway(): string {
  const root = join(import.meta.dirname, "..", "..");
  const made = spawnSync(join(root, "bin", "slipway"), ["version"], { encoding: "utf8" });
  if (made.status !== 0) throw new Error(made.stderr);
  const build = join(root, ".slipway", "build");
  const current = readFileSync(join(build, "current"), "utf8").split("\n")[0] as string;
  cpSync(join(build, current), join(folder, "slipway"), { recursive: true });
  return join(folder, "slipway", "slipway.cjs");
}

interface Ending {
  readonly code: number | null;
  readonly text: string;
}

const env = { HOME: folder, PATH: process.env["PATH"] ?? "" };

/** Starts Slipway; `ended` tells how it went. */
function slipway(kubeconfig: string, ...words: string[]): { child: ChildProcess; ended: Promise<Ending> } {
  const child = spawn(process.execPath, [program, ...words, "-n", namespace, "--kubeconfig", kubeconfig], { env });
  let text = "";
  child.stdout.on("data", (chunk: Buffer) => (text += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (text += chunk.toString()));
  return { child, ended: new Promise((resolve) => child.on("close", (code) => resolve({ code, text }))) };
}

function helm(apply: keyof typeof helms, ...words: string[]): Promise<Ending> {
  return new Promise((resolve) => {
    execFile(
      helms[apply],
      [...words, "-n", namespace, "--kubeconfig", server.kubeconfig],
      { env },
      (error, out, err) => {
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), text: out + err });
      },
    );
  });
}

const server = await (values.reference ? referenceServer() : embeddedServer(folder));
const connection = connect(await loadKubeconfig({ kubeconfig: server.kubeconfig, env: {} }), { env: {} });
const client = new KubeClient(connection.transport);
const way = await openWay(connection.transport);
const faulty = join(folder, "faulty.kubeconfig");
writeFileSync(
  faulty,
  `apiVersion: v1\nkind: Config\ncurrent-context: c\nclusters: [{name: c, cluster: {server: "${way.url}"}}]\ncontexts: [{name: c, context: {cluster: c, user: u}}]\nusers: [{name: u, user: {}}]\n`,
);

interface Case {
  readonly kind: Kind;
  readonly when: "before" | "after";
  readonly apply: "ssa" | "csa";
}

const wanted = values.only.split(",") as Kind[];
let webhook: TimingOutWebhook | undefined;
let cases = 0;
let wrong = 0;
const refused: Record<string, number> = {};

/** One case; false when the upgrade was over before the fault could strike. */
async function strike({ kind, when, apply }: Case, at: number): Promise<boolean> {
  // Half of the upgrades wait, so that the requests of a wait are struck as well.
  const run = slipway(faulty, "upgrade", "r", chart, "--set", "v=2", ...(at % 2 === 0 ? ["--wait"] : []));
  let beside: Ending | undefined;
  let striking: Promise<Outcome> | undefined;
  let lost = false;
  const outcomes: Record<Kind, () => Promise<Outcome>> = {
    kill: async () => {
      run.child.kill("SIGKILL");
      await run.ended;
      return "cut";
    },
    cut: async () => "cut",
    lost: async () => {
      lost = true;
      way.close();
      return "cut";
    },
    restart: async () => {
      await server.restart();
      return "cut";
    },
    webhook: async () => {
      await sleep(systemClock, 50);
      const message = `Internal error occurred: failed calling webhook "check.example.com": failed to call webhook: Post "https://check.example/?timeout=1s": context deadline exceeded`;
      const status = {
        kind: "Status",
        apiVersion: "v1",
        status: "Failure",
        reason: "InternalError",
        code: 500,
        message,
      };
      return { status: 500, body: JSON.stringify(status) };
    },
    second: async () => {
      beside = await slipway(server.kubeconfig, "upgrade", "r", chart, "--set", "v=2").ended;
      return "pass";
    },
    helm: async () => {
      beside = await helm(apply, "upgrade", "r", chart, "--set", "v=2");
      return "pass";
    },
  };
  const fault: Fault = {
    at,
    when,
    strike: () => (striking = outcomes[kind]()),
    ...(kind === "webhook"
      ? { counts: (method: string, path: string) => method !== "GET" && !/\/leases|\/secrets\/sh\.helm/.test(path) }
      : {}),
  };
  const hooked = kind === "webhook" ? webhook : undefined;
  way.arm(hooked === undefined ? fault : undefined);
  hooked?.arm(at);
  const first = await run.ended;
  // A request that nobody waits for, an event's say, may still be held.
  await striking;
  const struck = hooked === undefined ? way.struck : hooked.struck;
  hooked?.arm(0);
  if (struck !== undefined) cases++;
  const label = `${kind} ${when} request ${at} (${struck ?? "none"}), ${apply}`;
  const report = (what: string, ...texts: string[]) => {
    wrong++;
    console.log(`${label}: ${what}${texts.map((text) => `\n    ${text.trim().replaceAll("\n", "\n    ")}`).join("")}`);
  };
  if (struck === undefined && first.code !== 0) report("the upgrade failed without a fault", first.text);
  // What may fail for a while must say so; a single cut and a restart of the server are survived.
  if ((kind === "cut" || kind === "restart") && struck !== undefined && first.code !== 0 && at > 1)
    report("the upgrade itself did not survive it", first.text);
  if (beside !== undefined) {
    const key = `${kind} ${beside.code === 0 ? "succeeded" : "refused"}, the first ${first.code === 0 ? "succeeded" : "failed"}`;
    refused[key] = (refused[key] ?? 0) + 1;
    if (beside.code !== 0 && !/another operation|has no deployed|already exists|in progress/.test(beside.text))
      report("the second run was not told why", beside.text);
    if (beside.code !== 0 && first.code !== 0) report("both failed", first.text, beside.text);
  }
  if (lost) return struck !== undefined;
  // The next plain upgrade: to the same version by half of the cases, back to the old one by the others.
  const back = at % 2 === 1;
  const next = await slipway(server.kubeconfig, "upgrade", "r", chart, "--set", `v=${back ? 1 : 2}`).ended;
  if (next.code !== 0) report("the next upgrade failed", next.text, first.text);
  // What an upgrade that simply failed had created stays, as with Helm, where the next chart does not know of it.
  const faults = (await faultsOf(client, namespace, back ? 1 : 2)).filter(
    (what) => kind !== "webhook" || !what.endsWith("was left behind"),
  );
  if (faults.length > 0) report(faults.slice(0, 5).join("; "), first.text, next.text);
  const seen = await helm(apply, "history", "r");
  if (seen.code !== 0 || !/deployed/.test(seen.text)) report("helm history", seen.text);
  // Stock Helm brings it back to where the next case starts; with Helm 3 that is client-side apply.
  const restored = await helm(apply, "upgrade", "r", chart, "--set", "v=1");
  if (restored.code !== 0) {
    report("helm upgrade", restored.text);
    await begin(apply);
  }
  if (values.verbose) console.log(`${label}: exit ${first.code}`);
  return struck !== undefined;
}

/** The release at its first version, made by the stock Helm whose way of applying is wanted. */
async function begin(apply: Case["apply"]): Promise<void> {
  await helm(apply, "uninstall", "r", "--wait");
  const made = await helm(apply, "install", "r", chart);
  if (made.code !== 0) throw new Error(made.text);
}

for (const signal of ["SIGINT", "SIGTERM"] as const)
  process.once(signal, () => {
    const end = () => {
      rmSync(folder, { recursive: true, force: true });
      process.exit(1);
    };
    server.stop().then(end, end);
  });

const started = Date.now();
try {
  await client.create(wellKnown.namespaces, undefined, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: namespace },
  });
  await placeForeign(client, namespace);
  for (const kind of kinds.filter((entry) => wanted.includes(entry) && entry !== "lost")) {
    // The embedded cluster calls no webhooks: there the way answers as a server does whose webhook timed out.
    if (values.reference && kind === "webhook") webhook = await openWebhook(client, namespace);
    for (const apply of values.apply.split(",") as Case["apply"][]) {
      await begin(apply);
      for (const when of values.when.split(",") as Case["when"][]) {
        if (kind === "webhook" && when === "after") continue;
        const before = cases;
        const stride = Number(values.every) * (kind === "restart" ? 5 : 1);
        let at = 1 + (Number(values.seed) % stride);
        while (await strike({ kind, when, apply }, at)) at += stride;
        console.log(`${kind} ${when}, ${apply}: ${cases - before} cases, an upgrade has ${at - 1} requests or so`);
      }
    }
    await webhook?.close();
    webhook = undefined;
  }
  // A connection that is gone for good: the client gives up after its patience, the next run goes on.
  if (wanted.includes("lost")) {
    await begin("ssa");
    await strike({ kind: "lost", when: "after", apply: "ssa" }, 20);
    const next = await slipway(server.kubeconfig, "upgrade", "r", chart, "--set", "v=2").ended;
    const faults = next.code === 0 ? await faultsOf(client, namespace, 2) : [next.text];
    if (faults.length > 0) {
      wrong++;
      console.log(`lost: ${faults.join("; ")}`);
    }
  }
} finally {
  await webhook?.close().catch(() => {});
  way.close();
  connection.close();
  await server.stop();
  rmSync(folder, { recursive: true, force: true });
}
for (const [what, count] of Object.entries(refused)) console.log(`${what}: ${count}`);
console.log(`${cases} cases, ${wrong} wrong, ${((Date.now() - started) / 1000).toFixed(1)} s`);
process.exitCode = wrong === 0 && cases > 0 ? 0 : 1;
