import { spawn, type ChildProcess } from "node:child_process";
import { mkdirSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { join } from "node:path";
import type { ApiServer } from "../../../test/tools/reference-server.ts";

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
