/** An embedded cluster over TLS, a home folder of its own, and Slipway's command line against them. */
import { spawn } from "node:child_process";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { type Cluster, startCluster } from "../../src/cluster/index.ts";

export const root = join(import.meta.dirname, "..", "..");
export const platform = join(root, "platforms", "ml-services");

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export interface Lab extends AsyncDisposable {
  readonly cluster: Cluster;
  readonly env: Readonly<Record<string, string>>;
  readonly home: string;
  /** Runs a line of Slipway's, without the program's name, in the platform's folder. */
  slipway(...words: string[]): Promise<Ran>;
  /** Runs another program in the platform's folder, against the same cluster. */
  run(program: string, ...args: string[]): Promise<Ran>;
  /** Serves files by path on loopback; gives the address. */
  serve(files: Readonly<Record<string, string | Uint8Array>>): Promise<string>;
}

/** Starts everything; `await using` ends it. `env` is added to the environment of what is run. */
export async function openLab(env: Readonly<Record<string, string>> = {}): Promise<Lab> {
  const home = await mkdtemp(join(tmpdir(), "slipway-ml-services-"));
  const cluster = await startCluster({ name: "test", listen: { port: 0 } });
  await writeFile(join(home, "kubeconfig"), cluster.kubeconfig());
  const all: Record<string, string> = {
    HOME: home,
    PATH: process.env["PATH"] ?? "",
    KUBECONFIG: join(home, "kubeconfig"),
    HELM_BIN: join(root, "bin", "slipway"),
    CHART_DIST: join(home, "dist"),
    ...env,
  };
  const servers: Server[] = [];
  return {
    cluster,
    env: all,
    home,
    async slipway(...words) {
      const context = memoryContext({ env: all, cwd: platform });
      const code = await run(words, commands, context);
      return { code, out: context.stdout, err: context.stderr };
    },
    run: (program, ...args) =>
      new Promise((resolve, reject) => {
        const child = spawn(program, args, { cwd: platform, env: all, stdio: ["ignore", "pipe", "pipe"] });
        const texts = { out: "", err: "" };
        child.stdout.setEncoding("utf8").on("data", (text: string) => (texts.out += text));
        child.stderr.setEncoding("utf8").on("data", (text: string) => (texts.err += text));
        child.on("error", reject);
        child.on("close", (code) => resolve({ code: code ?? -1, ...texts }));
      }),
    async serve(files) {
      const server = createServer((request, response) => {
        const body = files[(request.url ?? "/").replace(/^\//, "")];
        response.writeHead(body === undefined ? 404 : 200).end(body);
      });
      servers.push(server);
      await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
      return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    },
    async [Symbol.asyncDispose]() {
      for (const server of servers) server.close();
      await cluster.stop();
      await rm(home, { recursive: true, force: true });
    },
  };
}
