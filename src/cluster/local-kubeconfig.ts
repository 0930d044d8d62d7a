/** Puts a cluster's context into a kubeconfig file and takes it out again, under kubectl's own lock. */
import { mkdir, open, readFile, realpath, rename, rm, stat, writeFile } from "node:fs/promises";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { sleep, SlipwayError, systemClock } from "../base/index.ts";
import { addEntry, currentContext, removeEntry, type KubeconfigEntry } from "./kubeconfig-edit.ts";
import {
  forgetKubeconfigRecord,
  readKubeconfigRecord,
  writeKubeconfigRecord,
  type KubeconfigRecord,
} from "./local-home.ts";

type Env = Readonly<Record<string, string | undefined>>;

/** The file that kubectl would write to: --kubeconfig, the first of KUBECONFIG that exists (else its last), ~/.kube/config. */
export async function kubeconfigFile(env: Env, given: string): Promise<string> {
  if (given !== "") return given;
  const listed = (env["KUBECONFIG"] ?? "").split(delimiter).filter((it) => it !== "");
  for (const file of listed) if (await exists(file)) return file;
  return listed.at(-1) ?? join(env["HOME"] || homedir(), ".kube", "config");
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}

async function readOr(file: string, fallback: string): Promise<string> {
  return readFile(file, "utf8").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return fallback;
    throw error;
  });
}

/** Runs `work` while `FILE.lock` is ours, as kubectl locks; waits two seconds for another to let go. */
async function locked<T>(file: string, work: () => Promise<T>): Promise<T> {
  await mkdir(dirname(file), { recursive: true });
  const lock = `${file}.lock`;
  for (let tries = 0; ; tries++) {
    try {
      await (await open(lock, "wx", 0o600)).close();
      break;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
      if (tries >= 40) {
        throw new SlipwayError(`the kubeconfig ${file} is locked by another program`, {
          code: "kube.kubeconfig",
          fix: `remove ${lock} if no other program is writing it`,
        });
      }
      await sleep(systemClock, 50);
    }
  }
  try {
    return await work();
  } finally {
    await rm(lock, { force: true });
  }
}

/** Replaces the file's text in one step; a link stays a link. */
async function replace(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file);
  const mode = await stat(target).then(
    (it) => it.mode & 0o777,
    () => 0o600,
  );
  const temporary = `${target}.slipway-${process.pid}`;
  await writeFile(temporary, text, { mode });
  await rename(temporary, target);
}

/** Adds the cluster's entry, makes its context current, and notes in the cluster's folder what was current before. */
export async function joinKubeconfig(folder: string, file: string, entry: KubeconfigEntry): Promise<void> {
  const before = await readKubeconfigRecord(folder);
  if (before !== undefined && before.file !== file) await leaveKubeconfig(folder, entry.name);
  await locked(file, async () => {
    const there = await exists(file);
    const text = await readOr(file, "");
    const current = currentContext(text);
    const known = await readKubeconfigRecord(folder);
    // Ours is current already (a second start): what stood before it is on record.
    const former = current === entry.name ? (known?.former ?? "") : current;
    await replace(file, addEntry(text, entry));
    await writeKubeconfigRecord(folder, { file, former, created: known?.created ?? !there });
  });
}

/** Takes the cluster's entry out of the kubeconfig it was put into, and makes the former context current again. */
export async function leaveKubeconfig(folder: string, name: string): Promise<KubeconfigRecord | undefined> {
  const record = await readKubeconfigRecord(folder);
  if (record === undefined) return undefined;
  if (await exists(record.file)) {
    await locked(record.file, async () => {
      const text = await readOr(record.file, "");
      const next = removeEntry(text, name, record.former);
      if (next === "" && record.created) await rm(record.file, { force: true });
      else if (next !== text) await replace(record.file, next);
    });
  }
  await forgetKubeconfigRecord(folder);
  return record;
}
