/** Named clusters on this machine: each is a process of its own with a folder. Start, stop, look at, delete. */
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdir, open, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { SlipwayError, messageOf, sleep, systemClock, type Clock } from "../base/index.ts";
import {
  checkName,
  clusterFolder,
  clusterNames,
  contextName,
  logFile,
  readKubeconfigRecord,
  readServer,
  readTime,
  stateFolder,
  writeKubeconfigRecord,
  writeServer,
  writeTime,
  type ServeOptions,
  type ServerRecord,
} from "./local-home.ts";
import { joinKubeconfig, leaveKubeconfig } from "./local-kubeconfig.ts";

export { checkName, clusterFolder, contextName, slipwayHome, type ServeOptions } from "./local-home.ts";
export { kubeconfigFile } from "./local-kubeconfig.ts";
export { events, inventory } from "./local-inside.ts";

type Env = Readonly<Record<string, string | undefined>>;

export type ClusterState = "running" | "stopped" | "not answering";

export interface LocalCluster {
  readonly name: string;
  readonly state: ClusterState;
  readonly folder: string;
  readonly context: string;
  readonly url?: string;
  readonly pid?: number;
  readonly startedAt?: number;
  readonly kubeconfig?: string;
  readonly options: ServeOptions;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  try {
    // A process that has ended stays in the table until its parent asks for it: that may take init a second.
    return !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, "latin1"));
  } catch {
    return true;
  }
}

/** Whether something takes connections at the address. */
function answers(url: string): Promise<boolean> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve) => {
    const socket = connect({ host: hostname.replace(/^\[|\]$/g, ""), port: Number(port), timeout: 1000 });
    const end = (answer: boolean) => {
      socket.destroy();
      resolve(answer);
    };
    socket.once("connect", () => end(true));
    socket.once("error", () => end(false));
    socket.once("timeout", () => end(false));
  });
}

/** The process that wrote the record is gone, or its number belongs to another program now (nothing answers). */
async function stateOf(record: ServerRecord | undefined): Promise<ClusterState> {
  if (record === undefined || !isAlive(record.pid)) return "stopped";
  return (await answers(record.url)) ? "running" : "not answering";
}

/** What is known of one cluster; undefined when it has no folder with a record. */
export async function describe(env: Env, name: string, dir?: string): Promise<LocalCluster | undefined> {
  const folder = clusterFolder(env, name, dir);
  const record = await readServer(folder);
  if (record === undefined) return undefined;
  const state = await stateOf(record);
  const kubeconfig = (await readKubeconfigRecord(folder))?.file;
  return {
    name: record.name,
    state,
    folder,
    context: contextName(record.name),
    ...(state === "stopped" ? {} : { url: record.url, pid: record.pid, startedAt: record.startedAt }),
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    options: record.options,
  };
}

/** Every cluster in the home folder, by name. */
export async function listClusters(env: Env): Promise<LocalCluster[]> {
  const found = await Promise.all((await clusterNames(env)).map((name) => describe(env, name)));
  return found.filter((it) => it !== undefined);
}

export interface ServeRequest {
  readonly name: string;
  readonly folder: string;
  readonly options: ServeOptions;
  /** Told what belongs into a log: repairs, faults. */
  readonly say?: (text: string) => void;
}

/** `x60` → 60. Throws `cluster.clock`. */
export function clockFactor(text: string | undefined): number {
  if (text === undefined || text === "") return 1;
  const match = /^x?(\d+(?:\.\d+)?)$/.exec(text);
  const factor = match === null ? 0 : Number(match[1]);
  if (factor > 0) return factor;
  throw new SlipwayError(`--clock takes a factor such as x60, not ${text}`, { code: "cluster.clock" });
}

/** Serves a cluster in this process until `signal`; writes the record that others find it by. */
export async function serve(
  request: ServeRequest,
  signal: AbortSignal,
  onReady?: (record: ServerRecord) => Promise<void>,
): Promise<void> {
  const { startCluster, scaledClock } = await import("./index.ts");
  const { name, folder, options } = request;
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const say = request.say ?? (() => {});
  const factor = clockFactor(options.clock);
  const from = Math.max(systemClock.now(), await readTime(folder));
  const ahead = factor !== 1 || from > systemClock.now();
  const clock: Clock = ahead ? scaledClock(systemClock, factor, from) : systemClock;
  const { address, port, clock: _, zones, ...rest } = options;
  let cluster;
  try {
    cluster = await startCluster({
      name,
      dir: stateFolder(folder),
      listen: { host: address ?? "127.0.0.1", port: port ?? 0 },
      clock,
      ...rest,
      ...(zones === undefined ? {} : { zones }),
      onFault: (controller, key, error) =>
        say(`${controller} ${key}: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`),
      onMessage: (text) => say(`${text}\n`),
    });
  } catch (error) {
    throw inWords(error, options);
  }
  try {
    const record: ServerRecord = {
      name,
      pid: process.pid,
      startedAt: systemClock.now(),
      url: cluster.url ?? "",
      ca: cluster.ca,
      token: cluster.token,
      // The port stays the same from start to start, so that kubeconfigs copied elsewhere go on working.
      options: { ...options, port: Number(new URL(cluster.url ?? "https://x:0").port) },
    };
    await writeServer(folder, record);
    await onReady?.(record);
    const keepTime = () => {
      void writeTime(folder, clock.now());
      cancel = systemClock.schedule(10_000, keepTime);
    };
    let cancel = () => {};
    if (ahead) keepTime();
    signal.addEventListener("abort", () => cancel(), { once: true });
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  } finally {
    await cluster.stop();
    if (ahead) await writeTime(folder, clock.now());
  }
}

function inWords(error: unknown, options: ServeOptions): unknown {
  if ((error as NodeJS.ErrnoException).code === "EADDRINUSE") {
    return new SlipwayError(`port ${options.port} is taken by another program`, {
      code: "cluster.port",
      doing: "starting the embedded cluster",
      fix: "choose another with --port, or --port 0 for any that is free",
      cause: error,
    });
  }
  if (["EADDRNOTAVAIL", "ENOTFOUND", "EINVAL"].includes((error as NodeJS.ErrnoException).code ?? "")) {
    return new SlipwayError(`this machine has no address ${options.address}`, {
      code: "cluster.address",
      doing: "starting the embedded cluster",
      fix: "leave --address out to listen on 127.0.0.1",
      cause: error,
    });
  }
  return error;
}

export interface StartRequest {
  readonly env: Env;
  readonly name: string;
  readonly dir?: string;
  readonly options: ServeOptions;
  /** The file to put the context into; undefined leaves kubeconfigs alone. */
  readonly kubeconfig?: string;
  /** How this program is called again: the arguments after the Node executable. */
  readonly command: readonly string[];
  readonly timeout?: number;
}

/**
 * Starts a cluster in a process of its own, waits until it answers, and makes its context current. One that runs already is
 * left as it is. Throws `cluster.start` with the last lines of the log when it does not come up.
 */
export async function startLocal(request: StartRequest): Promise<{ cluster: LocalCluster; fresh: boolean }> {
  const { env, name } = request;
  checkName(name);
  const folder = clusterFolder(env, name, request.dir);
  const before = await readServer(folder);
  let fresh = false;
  let record = before;
  if ((await stateOf(before)) !== "running") {
    fresh = true;
    const options = merged(before?.options ?? {}, request.options);
    await mkdir(folder, { recursive: true, mode: 0o700 });
    record = await launch({ name, folder, options }, request.command, before, request.timeout ?? 30_000);
  }
  if (record === undefined) throw new SlipwayError("the cluster did not start", { code: "cluster.start" });
  if (request.kubeconfig !== undefined) {
    const { url: server, ca, token } = record;
    await joinKubeconfig(folder, request.kubeconfig, { name: contextName(name), server, ca, token });
  }
  return { cluster: (await describe(env, name, request.dir)) as LocalCluster, fresh };
}

/** What was asked for now over what was asked for before. */
function merged(old: ServeOptions, next: ServeOptions): ServeOptions {
  return { ...old, ...next };
}

async function launch(
  request: ServeRequest,
  command: readonly string[],
  before: ServerRecord | undefined,
  timeout: number,
): Promise<ServerRecord> {
  const log = await open(logFile(request.folder), "a", 0o600);
  const from = (await log.stat()).size;
  const child = spawn(process.execPath, [...process.execArgv, ...command, JSON.stringify(request)], {
    detached: true,
    stdio: ["ignore", log.fd, log.fd],
    cwd: request.folder,
    env: process.env,
  });
  let ended: string | undefined;
  child.once("exit", (code, signal) => (ended = signal ?? `exit code ${code}`));
  child.once("error", (error) => (ended = messageOf(error)));
  try {
    const limit = systemClock.now() + timeout;
    for (;;) {
      const record = await readServer(request.folder);
      const ours = record !== undefined && record.pid === child.pid && record.startedAt !== before?.startedAt;
      if (ours && (await answers(record.url))) return record;
      if (ended !== undefined || systemClock.now() > limit) break;
      await sleep(systemClock, 15);
    }
    if (ended === undefined && child.pid !== undefined) process.kill(child.pid, "SIGTERM");
    throw await failure(request, from, ended);
  } finally {
    child.unref();
    await log.close();
  }
}

/** The reason that the process wrote as its last word, as one message. */
async function failure(request: ServeRequest, from: number, ended: string | undefined): Promise<SlipwayError> {
  const text = (await readFile(logFile(request.folder))).subarray(from).toString("utf8").trim();
  const said = text
    .split("\n")
    .findLast((line) => line.startsWith("Error: "))
    ?.slice("Error: ".length);
  const why = said ?? (ended === undefined ? "it did not answer in time" : `its process ended (${ended})`);
  return new SlipwayError(`the embedded cluster ${request.name} did not start: ${why}`, {
    code: "cluster.start",
    fix: `its log is ${logFile(request.folder)}`,
  });
}

/** Stops the cluster's process and takes its context out of the kubeconfig; state stays. Answers what it was. */
export async function stopLocal(env: Env, name: string, dir?: string): Promise<ClusterState | undefined> {
  const folder = clusterFolder(env, name, dir);
  const record = await readServer(folder);
  if (record === undefined) return undefined;
  const state = await stateOf(record);
  if (state === "running") await terminate(record);
  await leave(env, folder, contextName(record.name));
  return state;
}

/** Takes a context out; a cluster that remembers it as the one before its own remembers the one before that instead. */
async function leave(env: Env, folder: string, context: string): Promise<void> {
  const left = await leaveKubeconfig(folder, context);
  if (left === undefined) return;
  for (const name of await clusterNames(env)) {
    const other = clusterFolder(env, name);
    const record = await readKubeconfigRecord(other);
    if (record?.file !== left.file || record.former !== context) continue;
    await writeKubeconfigRecord(other, { ...record, former: left.former });
  }
}

async function terminate(record: ServerRecord): Promise<void> {
  const signal = (name: "SIGTERM" | "SIGKILL") => {
    try {
      process.kill(record.pid, name);
    } catch {
      // Gone already.
    }
  };
  signal("SIGTERM");
  for (let waited = 0; isAlive(record.pid); waited += 20) {
    if (waited === 10_000) signal("SIGKILL");
    if (waited > 15_000) {
      throw new SlipwayError(`process ${record.pid} of the cluster ${record.name} does not end`, {
        code: "cluster.stop",
      });
    }
    await sleep(systemClock, 20);
  }
}

/** Stops the cluster and removes its folder. Answers false when there is none. */
export async function deleteLocal(env: Env, name: string, dir?: string): Promise<boolean> {
  const folder = clusterFolder(env, name, dir);
  const state = await stopLocal(env, name, dir);
  if (state === undefined) return false;
  await rm(folder, { recursive: true, force: true });
  return true;
}

/** Serves a cluster in this process, with its context in the kubeconfig while it runs. */
export async function serveHere(
  request: ServeRequest,
  signal: AbortSignal,
  kubeconfig: string | undefined,
  onReady: (record: ServerRecord) => void,
): Promise<void> {
  const id = contextName(request.name);
  try {
    await serve(request, signal, async (record) => {
      const { url: server, ca, token } = record;
      if (kubeconfig !== undefined) await joinKubeconfig(request.folder, kubeconfig, { name: id, server, ca, token });
      onReady(record);
    });
  } finally {
    await leaveKubeconfig(request.folder, id);
  }
}
