/** Where named clusters keep their state, and the record of the process that serves one. */
import { mkdir, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { SlipwayError } from "../base/index.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** What stands in `server.json`: who serves the cluster, or served it last, and with which options. */
export interface ServerRecord {
  readonly name: string;
  readonly pid: number;
  /** Of the machine's clock, in milliseconds. */
  readonly startedAt: number;
  readonly url: string;
  readonly ca: string;
  readonly token: string;
  readonly options: ServeOptions;
}

/** What a cluster is started with; kept, so that the next start has them too. */
export interface ServeOptions {
  /** Where it listens; 127.0.0.1 without it. */
  readonly address?: string;
  readonly port?: number;
  readonly nodes?: number;
  readonly nodeCpu?: string;
  readonly nodeMemory?: string;
  readonly zones?: readonly string[];
  /** `x60`: sixty seconds of the cluster's in one of ours. */
  readonly clock?: string;
  readonly honourProbeDelays?: boolean;
  readonly strictWebhooks?: boolean;
}

/** What was done to a kubeconfig, to be undone on stop. */
export interface KubeconfigRecord {
  readonly file: string;
  /** The context that was current before. */
  readonly former: string;
  /** The file is ours: it was not there before. */
  readonly created: boolean;
}

/** $SLIPWAY_HOME, else XDG's data folder. */
export function slipwayHome(env: Env): string {
  const given = env["SLIPWAY_HOME"];
  if (given !== undefined && given !== "") return given;
  const data = env["XDG_DATA_HOME"] || join(env["HOME"] || homedir(), ".local", "share");
  return join(data, "slipway");
}

/** Clusters' names are labels: they become contexts and folders. Throws `cluster.name`. */
export function checkName(name: string): string {
  if (/^[a-z0-9]([a-z0-9-]{0,38}[a-z0-9])?$/.test(name)) return name;
  throw new SlipwayError(`${JSON.stringify(name)} is no name for a cluster`, {
    code: "cluster.name",
    fix: "use lower-case letters, digits and dashes, at most 40",
  });
}

/** The context, cluster and user in a kubeconfig. */
export function contextName(name: string): string {
  return `slipway-${name}`;
}

export function clusterFolder(env: Env, name: string, dir?: string): string {
  return dir === undefined || dir === "" ? join(slipwayHome(env), "clusters", checkName(name)) : dir;
}

export const stateFolder = (folder: string): string => join(folder, "state");
export const logFile = (folder: string): string => join(folder, "server.log");

async function readJson<T>(file: string): Promise<T | undefined> {
  try {
    return JSON.parse(await readFile(file, "utf8")) as T;
  } catch {
    // Not there, or torn: the process that wrote it did not get ready.
    return undefined;
  }
}

async function writeJson(folder: string, name: string, value: unknown): Promise<void> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const temporary = join(folder, `.${name}.${process.pid}`);
  await writeFile(temporary, `${JSON.stringify(value, undefined, 2)}\n`, { mode: 0o600 });
  await rename(temporary, join(folder, name));
}

export const readServer = (folder: string): Promise<ServerRecord | undefined> => readJson(join(folder, "server.json"));
export const writeServer = (folder: string, record: ServerRecord): Promise<void> =>
  writeJson(folder, "server.json", record);
/** The cluster's own time when it was last seen: a cluster on a fast clock must not go back when it starts again. */
export const readTime = async (folder: string): Promise<number> =>
  (await readJson<{ at: number }>(join(folder, "time.json")))?.at ?? 0;
export const writeTime = (folder: string, at: number): Promise<void> => writeJson(folder, "time.json", { at });
export const readKubeconfigRecord = (folder: string): Promise<KubeconfigRecord | undefined> =>
  readJson(join(folder, "kubeconfig.json"));
export const writeKubeconfigRecord = (folder: string, record: KubeconfigRecord): Promise<void> =>
  writeJson(folder, "kubeconfig.json", record);
export const forgetKubeconfigRecord = (folder: string): Promise<void> =>
  rm(join(folder, "kubeconfig.json"), { force: true });

/** The names of the clusters that have a folder, sorted. */
export async function clusterNames(env: Env): Promise<string[]> {
  try {
    const entries = await readdir(join(slipwayHome(env), "clusters"), { withFileTypes: true });
    return entries
      .filter((entry) => entry.isDirectory() && !entry.name.startsWith("."))
      .map((entry) => entry.name)
      .sort();
  } catch {
    return [];
  }
}
