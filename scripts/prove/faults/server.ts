import { spawn, spawnSync, type ChildProcess } from "node:child_process";
import { mkdirSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { sleep, systemClock } from "../../../src/base/index.ts";
import { kubelab, kubelabTool } from "../../../test/tools/kubelab.ts";

/** An API server in a process of its own, which can be killed and started again over the same state. */
export interface ApiServer {
  readonly kubeconfig: string;
  /** Ends it with SIGKILL and starts it again; resolves when it answers. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

const root = join(import.meta.dirname, "..", "..", "..");

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** An embedded cluster with a data folder. */
export async function embeddedServer(folder: string): Promise<ApiServer> {
  const kubeconfig = join(folder, "embedded.kubeconfig");
  const dir = join(folder, "cluster");
  mkdirSync(dir, { recursive: true });
  const port = await freePort();
  let child: ChildProcess;
  const start = async () => {
    child = spawn(
      process.execPath,
      [
        join(root, "src", "cli", "main.ts"),
        "cluster",
        "start",
        "--foreground",
        "--name",
        "faults",
        "--dir",
        dir,
        "--port",
        String(port),
        "--kubeconfig",
        kubeconfig,
      ],
      { stdio: ["ignore", "pipe", "inherit"], env: { ...process.env, HOME: folder } },
    );
    await new Promise<void>((resolve, reject) => {
      child.stdout?.on("data", (chunk: Buffer) => (chunk.toString().includes("runs at") ? resolve() : undefined));
      child.on("exit", (code) => reject(new Error(`the cluster ended with ${code}`)));
    });
  };
  const end = async (signal: "SIGKILL" | "SIGTERM") => {
    const gone = new Promise((resolve) => child.once("exit", resolve));
    child.kill(signal);
    await gone;
  };
  await start();
  return {
    kubeconfig,
    async restart() {
      await end("SIGKILL");
      await start();
    },
    stop: () => end("SIGTERM"),
  };
}

/** The reference control plane of kubelab; a restart is one of kube-apiserver alone, etcd goes on. */
export async function referenceServer(): Promise<ApiServer> {
  const name = `faults-${process.pid}`;
  const script = kubelab().path;
  const run = (...words: string[]) => {
    const made = spawnSync(script, words, { encoding: "utf8" });
    if (made.status !== 0) throw new Error(`kubelab ${words.join(" ")}: ${made.stderr}`);
    return made.stdout;
  };
  const kubeconfig = /KUBECONFIG=(\S+)/.exec(run("up", "--name", name, "--no-metrics"))?.[1] as string;
  const pidFile = join(dirname(kubeconfig), "pid", "kube-apiserver");
  let pid = Number(readFileSync(pidFile, "utf8").split(" ")[0]);
  const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  const answers = () =>
    spawnSync(kubelabTool("kubectl").path, ["--kubeconfig", kubeconfig, "get", "--raw", "/readyz"]).status === 0;
  return {
    kubeconfig,
    async restart() {
      process.kill(pid, "SIGKILL");
      const child = spawn(words[0] as string, words.slice(1), { stdio: "ignore", detached: true });
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
