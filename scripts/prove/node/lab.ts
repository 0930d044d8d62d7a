/** kubelab's real node: started, given images, and asked by programs that run in its network. */
import { execFile, spawnSync } from "node:child_process";
import { join } from "node:path";

const kit = join(import.meta.dirname, "..", "..", "..", "..", "shared", "kubelab", "kubelab");

export interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

/** What an image is made of, beside Debian and Python. */
export interface Image {
  /** Folders, as `FOLDER:/TARGET`. */
  readonly layers?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  readonly entrypoint?: string;
}

export interface NodeLab extends AsyncDisposable {
  /** Makes an image and gives it to the node. */
  image(reference: string, image: Image): Promise<void>;
  /** Runs a program in the node's network, whatever its exit code; `input` goes to its standard input. */
  run(words: readonly string[], input?: string): Promise<Ran>;
  /** The same, and throws what the program said when it fails. Gives what it printed. */
  ok(words: readonly string[], input?: string): Promise<string>;
}

/** Why there can be no real node here; undefined where there can. */
export function noNode(): string | undefined {
  if (process.platform !== "linux" || process.getuid?.() !== 0) return "a real node needs Linux and root";
  const status = spawnSync(kit, ["status"], { encoding: "utf8" });
  return status.error ? "kubelab is not beside this clone" : undefined;
}

/**
 * Installs what the node needs (nft enforces the policies), builds its programs where they are missing, and starts it
 * under a name of its own. `keep` leaves it running afterwards.
 */
export async function openNode(name: string, options: { readonly keep: boolean }): Promise<NodeLab> {
  if (spawnSync("nft", ["--version"]).error) {
    const got = await program("apt-get", ["install", "-y", "--no-install-recommends", "nftables"]);
    if (got.code !== 0) throw new Error(`nft cannot be installed: ${got.err}`);
  }
  const succeed = async (words: readonly string[]) => {
    const ran = await program(kit, words);
    if (ran.code !== 0) throw new Error(`kubelab ${words.join(" ")}\n${ran.out}${ran.err}`);
  };
  await succeed(["build", "all"]);
  await succeed(["image-base", "python"]);
  await succeed(["node-up", "--name", name]);
  const run = (words: readonly string[], input?: string) =>
    program(kit, ["exec-node", "--name", name, "--", ...words], input);
  return {
    run,
    async ok(words, input) {
      const ran = await run(words, input);
      if (ran.code !== 0) throw new Error(`${words.join(" ")}\n${ran.out}${ran.err}`);
      return ran.out;
    },
    async image(reference, { layers = [], env = {}, entrypoint }) {
      const variables = Object.entries(env).flatMap(([key, value]) => ["--env", `${key}=${value}`]);
      const files = layers.flatMap((layer) => ["--from-dir", layer]);
      const start = entrypoint === undefined ? [] : ["--entrypoint", entrypoint];
      await succeed(["image", reference, "--base", "python", ...files, ...variables, ...start]);
    },
    async [Symbol.asyncDispose]() {
      if (!options.keep) await program(kit, ["down", "--name", name, "--purge"]);
    },
  };
}

/** Runs a program to its end, ten minutes at most. */
function program(file: string, words: readonly string[], input?: string): Promise<Ran> {
  return new Promise((resolve) => {
    const options = { encoding: "utf8" as const, maxBuffer: 1 << 26, timeout: 900_000 };
    const child = execFile(file, words, options, (error, out, err) => {
      const code = error === null ? 0 : typeof error.code === "number" ? error.code : 1;
      resolve({ code, out, err: err || (code !== 0 && out === "" ? String(error?.message) : "") });
    });
    child.stdin?.end(input ?? "");
  });
}
