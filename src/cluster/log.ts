import {
  closeSync,
  existsSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";
import { crc32 } from "node:zlib";
import { SlipwayError } from "../base/index.ts";
import type { Journal, Store, Stored } from "./store.ts";

/**
 * The cluster's state on disk: a snapshot and a log of what came after it. Each record is a line `crc32 json`. A write
 * is in the log (handed to the operating system) before it is acknowledged, so the end of the process loses nothing;
 * the disk is only waited for when a snapshot is made and at the stop, so a machine's crash may lose the last seconds.
 */

type LogRecord = [revision: number, table: string, key: string, object: Stored | null];

const compactFrom = 16 * 1024 * 1024;

function line(record: LogRecord): string {
  const json = JSON.stringify(record);
  return `${crc32(json).toString(16).padStart(8, "0")} ${json}\n`;
}

/** A record, or undefined where the line is torn or altered. */
function parse(text: string): LogRecord | undefined {
  if (text.length < 10 || text[8] !== " ") return undefined;
  const json = text.slice(9);
  if (crc32(json).toString(16).padStart(8, "0") !== text.slice(0, 8)) return undefined;
  return JSON.parse(json) as LogRecord;
}

export interface OpenedLog extends Journal {
  /** What was repaired while reading, for people. */
  readonly messages: readonly string[];
  close(): void;
}

/** Reads a folder's state into the store, and keeps what changes from now on. Throws where the state cannot be read. */
export function openLog(dir: string, store: Store): OpenedLog {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const release = lock(dir);
  try {
    return open(dir, store, release);
  } catch (error) {
    release();
    throw error;
  }
}

function open(dir: string, store: Store, release: () => void): OpenedLog {
  const messages: string[] = [];
  const snapshot = join(dir, "snapshot");
  const log = join(dir, "log");
  if (existsSync(snapshot)) replay(snapshot, store, messages, false);
  const kept = existsSync(log) ? replay(log, store, messages, true) : 0;
  store.forgetHistory();
  let file = openSync(log, "a", 0o600);
  let size = kept;
  let live = 0;
  ftruncateSync(file, size);
  const append = (record: LogRecord) => {
    const bytes = Buffer.from(line(record));
    try {
      let written = 0;
      while (written < bytes.length) written += writeSync(file, bytes, written);
      size += bytes.length;
    } catch (error) {
      // nothing of a record that did not fit may stay
      try {
        ftruncateSync(file, size);
      } catch {}
      throw new SlipwayError(`the cluster's log cannot be written: ${(error as Error).message}`, {
        code: "cluster.log-write",
        cause: error,
        fix: "Make room on the disk that holds the cluster's folder.",
      });
    }
  };
  const compact = () => {
    const temporary = `${snapshot}.new`;
    const out = openSync(temporary, "w", 0o600);
    try {
      let parts: string[] = [line([store.revision, "", "", null])];
      let count = 0;
      for (const table of store.allTables()) {
        for (const [key, object] of table.objects) {
          parts.push(line([Number(object.metadata.resourceVersion), table.name, key, object]));
          if (parts.length >= 1000) {
            writeAll(out, parts.join(""));
            count += parts.length;
            parts = [];
          }
        }
      }
      writeAll(out, parts.join(""));
      live = count + parts.length;
      fsyncSync(out);
    } finally {
      closeSync(out);
    }
    renameSync(temporary, snapshot);
    ftruncateSync(file, 0);
    size = 0;
  };
  return {
    messages,
    put(table, key, object, revision) {
      if (size > compactFrom + live * 512) {
        try {
          compact();
        } catch {
          // the log goes on; the next attempt may find room
        }
      }
      append([revision, table, key, object]);
    },
    remove: (table, key, revision) => append([revision, table, key, null]),
    close() {
      try {
        if (size > 0) compact();
        fsyncSync(file);
      } catch {
        // the log as it is holds everything
      } finally {
        closeSync(file);
        file = -1;
        release();
      }
    },
  };
}

function writeAll(file: number, text: string): void {
  const bytes = Buffer.from(text);
  let written = 0;
  while (written < bytes.length) written += writeSync(file, bytes, written);
}

/** Reads records; answers how many bytes are good. Only the end of a log may be torn. */
function replay(path: string, store: Store, messages: string[], tearable: boolean): number {
  const bytes = readFileSync(path);
  let at = 0;
  let number = 0;
  while (at < bytes.length) {
    number++;
    const end = bytes.indexOf(10, at);
    const record = end < 0 ? undefined : parse(bytes.toString("utf8", at, end));
    if (record === undefined) {
      const rest = end < 0 ? -1 : bytes.indexOf(10, end + 1);
      if (!tearable || (rest >= 0 && parse(bytes.toString("utf8", end + 1, rest)) !== undefined)) {
        throw new SlipwayError(`${path}: record ${number} is damaged`, {
          code: "cluster.log-damaged",
          span: { file: path, line: number, column: 1 },
          fix: "Delete the cluster's folder to start afresh, or put back a copy of it.",
        });
      }
      messages.push(
        `${path}: the last record was torn (${bytes.length - at} bytes) and has been dropped; it had not been acknowledged`,
      );
      return at;
    }
    const [revision, table, key, object] = record;
    if (table === "") store.revision = Math.max(store.revision, revision);
    else store.restore(table, key, object ?? undefined, revision);
    at = end + 1;
  }
  return at;
}

/** One server a folder: a file with the process's id and start, taken over when that process is gone. */
function lock(dir: string): () => void {
  const path = join(dir, "lock");
  const mine = `${process.pid} ${startOf(process.pid) ?? ""}`;
  for (let attempt = 0; attempt < 3; attempt++) {
    try {
      writeFileSync(path, mine, { flag: "wx", mode: 0o600 });
      return () => rmSync(path, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") throw error;
    }
    let holder = "";
    try {
      holder = readFileSync(path, "utf8");
    } catch {
      continue;
    }
    const [pid = "", start = ""] = holder.split(" ");
    if (isAlive(Number(pid), start)) {
      throw new SlipwayError(`the folder ${dir} is in use by process ${pid}`, {
        code: "cluster.locked",
        fix: "Stop that cluster first, or give this one another name.",
      });
    }
    rmSync(path, { force: true });
  }
  throw new SlipwayError(`the folder ${dir} cannot be locked`, { code: "cluster.locked" });
}

function startOf(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, "utf8");
    return text.slice(text.lastIndexOf(")") + 2).split(" ")[19];
  } catch {
    return undefined;
  }
}

function isAlive(pid: number, start: string): boolean {
  if (!(pid > 0)) return false;
  try {
    process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
  const now = startOf(pid);
  return start === "" || now === undefined || now === start;
}
