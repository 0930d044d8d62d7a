/**
 * Faults of the embedded cluster's disk and process.
 *
 *     npm run prove:crash -- [--n 200] [--seed 7]
 *
 * `kill`: n times, a cluster under load from eight writers ends by kill -9 at a random moment and starts again; every write
 * that was acknowledged must be there (and nothing that was not asked for), and resourceVersions never go back. Each
 * third time the last record of the log is torn before the start: it must be dropped, with a message.
 * `full`: the disk takes no more (a limit on file sizes): writes are refused with an error, reads go on, the process
 * lives, and after a restart with room every acknowledged write is there.
 */
import { spawn, type ChildProcess } from "node:child_process";
import { appendFileSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { Agent, request } from "node:https";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { startCluster } from "../../src/cluster/index.ts";
import { Chance } from "./chance.ts";

// eslint-disable-next-line typescript/no-explicit-any
type Json = any;

/** `crash.ts serve FOLDER`: a cluster in this process, to be killed; prints one line of JSON when it serves. */
if (process.argv[2] === "serve") {
  const messages: string[] = [];
  const dir = process.argv[3] as string;
  const cluster = await startCluster({ name: "crash", dir, nodes: 0, onMessage: (text) => messages.push(text) });
  console.log(JSON.stringify({ url: cluster.url, ca: cluster.ca, token: cluster.token, messages }));
  await new Promise((resolve) => process.once("SIGTERM", resolve));
  await cluster.stop();
  process.exit(0);
}

const { values: flags } = parseArgs({
  options: { n: { type: "string", default: "200" }, seed: { type: "string", default: "7" } },
});
const times = Number(flags.n);
const chance = new Chance(Number(flags.seed));
const folder = mkdtempSync(join(tmpdir(), "slipway-crash-"));
const state = join(folder, "state");
const writers = 8;

interface Server {
  readonly child: ChildProcess;
  readonly agent: Agent;
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly messages: readonly string[];
}

/** Starts a server, under a limit of so many KiB a file where one is given. */
async function start(limit?: number): Promise<Server> {
  const script = [process.execPath, import.meta.filename, "serve", state];
  const child =
    limit === undefined
      ? spawn(script[0] as string, script.slice(1), { stdio: ["ignore", "pipe", "pipe"] })
      : spawn("bash", ["-c", `ulimit -f ${limit}; exec "$@"`, "bash", ...script], {
          stdio: ["ignore", "pipe", "pipe"],
        });
  let err = "";
  child.stderr?.on("data", (chunk) => (err += chunk));
  const line = await new Promise<string>((resolve, reject) => {
    let text = "";
    child.stdout?.on("data", (chunk) => {
      text += chunk;
      if (text.includes("\n")) resolve(text);
    });
    child.once("exit", (code) => reject(new Error(`the cluster did not start (${code}): ${err}`)));
  });
  return { child, agent: new Agent({ keepAlive: true }), ...(JSON.parse(line) as Omit<Server, "child" | "agent">) };
}

async function end(server: Server, signal: "SIGKILL" | "SIGTERM"): Promise<void> {
  const gone = new Promise((resolve) => server.child.once("exit", resolve));
  server.child.kill(signal);
  await gone;
  server.agent.destroy();
}

/** Rejects where no whole answer came. */
async function call(
  server: Server,
  method: string,
  path: string,
  body?: Json,
): Promise<{ status: number; body: Json }> {
  const { status, text: answer } = await new Promise<{ status: number; text: string }>((resolve, reject) => {
    const text = body === undefined ? undefined : JSON.stringify(body);
    const outgoing = request(
      new URL(path, server.url),
      {
        method,
        ca: server.ca,
        agent: server.agent,
        headers: {
          authorization: `Bearer ${server.token}`,
          "content-type": "application/json",
          ...(text === undefined ? {} : { "content-length": String(Buffer.byteLength(text)) }),
        },
      },
      (response) => {
        let out = "";
        response.on("data", (chunk) => (out += chunk));
        response.on("error", reject);
        response.on("aborted", () => reject(new Error("aborted")));
        response.on("end", () => resolve({ status: response.statusCode ?? 0, text: out }));
      },
    );
    outgoing.on("error", reject);
    outgoing.end(text);
  });
  return { status, body: JSON.parse(answer) };
}

const maps = "/api/v1/namespaces/default/configmaps";

/** What must be there: the value of each name, undefined for one that is gone; beside it what may be there instead. */
const known = new Map<string, { value: string | undefined; perhaps?: { value: string | undefined } }>();
let [acknowledged, refused, highest, serial] = [0, 0, 0, 0];

/** One writer: creates, changes and deletes its own objects until the server is gone, or `enough` says so. */
async function write(server: Server, index: number, enough: () => boolean): Promise<void> {
  const own = [...known.keys()].filter((name) => name.startsWith(`w${index}-`) && known.get(name)?.value !== undefined);
  while (!enough()) {
    const act = own.length < 5 || chance.chance(0.4) ? "create" : chance.chance(0.7) ? "change" : "delete";
    const name = act === "create" ? `w${index}-${serial++}` : chance.pick(own);
    const value = act === "delete" ? undefined : `${serial++}-${"x".repeat(chance.below(2000))}`;
    const entry = known.get(name) ?? { value: undefined };
    known.set(name, { ...entry, perhaps: { value } });
    try {
      const object = { metadata: { name }, data: { value } };
      const { status, body } =
        act === "create"
          ? await call(server, "POST", maps, object)
          : act === "change"
            ? await call(server, "PUT", `${maps}/${name}`, object)
            : await call(server, "DELETE", `${maps}/${name}`);
      if (status >= 400) {
        refused++;
        known.set(name, { value: entry.value });
        continue;
      }
      acknowledged++;
      highest = Math.max(highest, Number(body.metadata?.resourceVersion ?? 0) || 0);
      known.set(name, { value });
      if (act === "create") own.push(name);
      if (act === "delete") own.splice(own.indexOf(name), 1);
    } catch {
      return;
    }
  }
}

/** Compares what is there with what must be; answers what is wrong. */
async function check(server: Server): Promise<string[]> {
  const { status, body } = await call(server, "GET", maps);
  if (status !== 200) return [`the list answers ${status}`];
  const wrong: string[] = [];
  if (Number(body.metadata.resourceVersion) < highest)
    wrong.push(`resourceVersion ${body.metadata.resourceVersion} < ${highest}`);
  const found = new Map<string, string>(
    body.items
      .filter((one: Json) => one.metadata.name.startsWith("w"))
      .map((one: Json) => [one.metadata.name, one.data.value]),
  );
  for (const [name, { value, perhaps }] of known) {
    const there = found.get(name);
    if (there !== value && !(perhaps !== undefined && there === perhaps.value)) {
      wrong.push(`${name} is ${String(there).slice(0, 20)}, not ${String(value).slice(0, 20)}`);
    }
    if (there === undefined) known.delete(name);
    else known.set(name, { value: there });
  }
  for (const name of found.keys()) if (!known.has(name)) wrong.push(`${name} was never written`);
  return wrong;
}

let [passed, failed, torn] = [0, 0, 0];
const say = (what: string, wrong: readonly string[]) => {
  if (wrong.length === 0) passed++;
  else {
    failed++;
    console.log(`FAIL  ${what} (seed ${flags.seed}): ${wrong.slice(0, 5).join("; ")}`);
  }
};

/** Puts the first part of a record at the end of the log, as a write that was cut off would. */
function tear(): void {
  const log = join(state, "log");
  const text = readFileSync(log, "utf8");
  const last = text.trimEnd().split("\n").at(-1) ?? "";
  if (last.length > 20) appendFileSync(log, last.slice(0, 10 + chance.below(last.length - 12)));
}

const began = performance.now();
try {
  let server = await start();
  for (let i = 0; i < times; i++) {
    let stopping = false;
    const load = Array.from({ length: writers }, (_, index) => write(server, index, () => stopping));
    await new Promise((resolve) => setTimeout(resolve, 5 + chance.below(600)));
    await end(server, "SIGKILL");
    stopping = true;
    await Promise.all(load);
    const tears = i % 3 === 2;
    if (tears) tear();
    server = await start();
    const wrong = await check(server);
    const repaired = server.messages.some((text) => text.includes("torn"));
    if (tears && !repaired) wrong.push("the torn record was not told of");
    if (tears && repaired) torn++;
    say(`kill ${i + 1}`, wrong);
    if (i % 20 === 19) console.log(`${i + 1} kills, ${acknowledged} acknowledged writes, ${failed} failed so far`);
  }
  await end(server, "SIGTERM");
  console.log(`${times} kills, ${acknowledged} acknowledged writes, ${torn} torn records repaired`);

  // the disk is full: 600 KiB a file
  const before = acknowledged;
  server = await start(600);
  refused = 0;
  await Promise.all(Array.from({ length: writers }, (_, index) => write(server, index, () => refused > 40)));
  const reads = await call(server, "GET", `${maps}?limit=1`);
  const health = await call(server, "GET", "/version");
  say("a full disk refuses writes, and reads go on", [
    ...(refused > 40 ? [] : [`only ${refused} writes were refused`]),
    ...(reads.status === 200 && health.status === 200 ? [] : [`reads answer ${reads.status}`]),
    ...(server.child.exitCode === null ? [] : ["the process ended"]),
  ]);
  say("what was acknowledged on a full disk is there", await check(server));
  await end(server, "SIGKILL");
  server = await start();
  say("after the restart with room, too", await check(server));
  refused = 0;
  const target = acknowledged + 100;
  await Promise.all(
    Array.from({ length: writers }, (_, index) => write(server, index, () => acknowledged > target || refused > 0)),
  );
  say("writes go on", refused > 0 ? [`${refused} writes were refused`] : await check(server));
  await end(server, "SIGTERM");
  console.log(
    `full disk: ${acknowledged - before} acknowledged writes; ${((performance.now() - began) / 1000).toFixed(0)} s in all`,
  );
} finally {
  rmSync(folder, { recursive: true, force: true });
}
console.log(`${passed} passed, ${failed} failed, 0 skipped`);
process.exitCode = failed === 0 ? 0 : 1;
