/** Who is at work: for people, and for telling whether that process still lives. */
interface Holder {
  readonly user: string;
  readonly host: string;
  readonly pid: number;
  /** The machine and process namespace it runs in. */
  readonly machine: string;
  /** When the process started, in its system's own ticks; tells a reused pid. */
  readonly started: string;
  /** The operation inside the process. */
  readonly id: string;
}

/** The operations of this process that are under way. */
export const alive = new Set<string>();

/** `user@host pid 123`, what messages say. */
export function describeHolder(identity: string): string {
  const holder = parseHolder(identity);
  return holder === undefined ? identity : `${holder.user}@${holder.host} (pid ${holder.pid})`;
}

/** A holder's identity, taken apart; undefined for what is none of ours. */
export function parseHolder(identity: string): Holder | undefined {
  const [user, host, pid, machine, started, id] = identity.split("|");
  if (id === undefined) return undefined;
  return { user: user ?? "", host: host ?? "", pid: Number(pid), machine: machine ?? "", started: started ?? "", id };
}

/** The identity of a new operation of this process. */
export async function ownIdentity(): Promise<string> {
  const os = await import("node:os");
  const { randomUUID } = await import("node:crypto");
  const id = randomUUID().slice(0, 8);
  const user = (() => {
    try {
      return os.userInfo().username;
    } catch {
      return "unknown";
    }
  })();
  return [user, os.hostname(), process.pid, await machineId(), await startOf(process.pid), id]
    .join("|")
    .replaceAll("\n", "");
}

function orNothing(read: () => string): string {
  try {
    return read();
  } catch {
    return "";
  }
}

/** The boot and the process namespace: pids mean something only inside. */
export async function machineId(): Promise<string> {
  const { readFileSync, readlinkSync } = await import("node:fs");
  const boot = orNothing(() => readFileSync("/proc/sys/kernel/random/boot_id", "utf8"));
  const namespace = orNothing(() => readlinkSync("/proc/self/ns/pid"));
  return `${boot.trim().slice(0, 8)}${namespace.replace(/\D/g, "")}`;
}

/** When a process started: field 22 of /proc/PID/stat. "" where there is no /proc, "dead" for one that only waits to be reaped. */
async function startOf(pid: number): Promise<string> {
  const { readFileSync } = await import("node:fs");
  const stat = orNothing(() => readFileSync(`/proc/${pid}/stat`, "utf8"));
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return fields[0] === "Z" || fields[0] === "X" ? "dead" : (fields[19] ?? "");
}

/** True when the holder is known to be dead: a process of this machine that is gone. */
export async function isDead(identity: string): Promise<boolean> {
  const holder = parseHolder(identity);
  if (holder === undefined) return false;
  const os = await import("node:os");
  if (holder.host !== os.hostname() || holder.machine !== (await machineId()) || holder.machine === "") return false;
  if (holder.pid === process.pid && holder.started === (await startOf(process.pid))) return !alive.has(identity);
  try {
    process.kill(holder.pid, 0);
  } catch (error) {
    return (error as { code?: string }).code === "ESRCH";
  }
  return holder.started !== "" && (await startOf(holder.pid)) !== holder.started;
}
