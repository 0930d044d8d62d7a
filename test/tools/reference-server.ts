import { spawn, spawnSync } from "node:child_process";
import { readFileSync, readlinkSync } from "node:fs";
import { dirname, join } from "node:path";
import { sleep, systemClock } from "../../src/base/index.ts";
import { kubelab, kubelabTool } from "./kubelab.ts";

/** An API server in a process of its own, which can be killed and started again over the same state. */
export interface ApiServer {
  readonly kubeconfig: string;
  /** Ends it with SIGKILL and starts it again; resolves when it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/**
 * The reference control plane of kubelab, with metrics-server where `metrics` asks for it; a restart is one of
 * kube-apiserver alone, etcd goes on.
 */
export async function referenceServer(options: { readonly metrics?: boolean } = {}): Promise<ApiServer> {
  const name = `slipway-${process.pid}`;
  const script = kubelab().path;
  const run = (...words: string[]) => {
    const made = spawnSync(script, words, { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`kubelab ${words.join(" ")}: ${made.stderr}`);
    return made.stdout;
  };
  const kubeconfig = /KUBECONFIG=(\S+)/.exec(
    run("up", "--name", name, ...(options.metrics ? [] : ["--no-metrics"])),
  )?.[1] as string;
  const pidFile = join(dirname(kubeconfig), "pid", "kube-apiserver");
  let pid = Number(readFileSync(pidFile, "utf8").split(" ")[0]);
  // The program itself: its name alone, which stands first among its words, is not to be found on PATH.
  const program = readlinkSync(`/proc/${pid}/exe`);
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(1, -1);
  const answers = () =>
    spawnSync(kubelabTool("kubectl").path, ["--kubeconfig", kubeconfig, "get", "--raw", "/readyz"]).status === 0;
  // A proof that is ended from outside leaves nothing running.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      process.kill(pid, "SIGKILL");
      run("down", "--name", name, "--purge");
      process.exit(1);
    });
  return {
    kubeconfig,
    async restart() {
      process.kill(pid, "SIGKILL");
      const child = spawn(program, words, { stdio: "ignore", detached: true });
      child.unref();
      pid = child.pid as number;
      do await sleep(systemClock, 200);
      while (!answers());
    },
    async stop() {
      process.kill(pid, "SIGTERM");
      await sleep(systemClock, 1000);
      run("down", "--name", name, "--purge");
    },
  };
}
