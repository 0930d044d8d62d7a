import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
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
  const end = (signal: NodeJS.Signals) => {
    if (existsSync(`/proc/${pid}`)) process.kill(pid, signal);
  };
  const answers = () =>
    spawnSync(kubelabTool("kubectl").path, ["--kubeconfig", kubeconfig, "get", "--raw", "/readyz"]).status === 0;
  // A proof that is ended from outside leaves nothing running.
  for (const signal of ["SIGINT", "SIGTERM"] as const)
    process.once(signal, () => {
      end("SIGKILL");
      run("down", "--name", name, "--purge");
      process.exit(1);
    });
  return {
    kubeconfig,
    async restart() {
      end("SIGKILL");
      // Its port is free once it is gone.
      while (existsSync(`/proc/${pid}`)) await sleep(systemClock, 20);
      let child: ChildProcess | undefined;
      do {
        if (child === undefined || child.exitCode !== null) {
          child = spawn(program, words, { stdio: "ignore", detached: true });
          child.unref();
          pid = child.pid as number;
        }
        await sleep(systemClock, 200);
      } while (!answers());
    },
    async stop() {
      end("SIGTERM");
      await sleep(systemClock, 1000);
      run("down", "--name", name, "--purge");
    },
  };
}
