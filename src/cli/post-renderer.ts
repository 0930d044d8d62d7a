import { SlipwayError } from "../base/index.ts";
import type { RenderOptions } from "../render/index.ts";
import type { Context, Flags } from "./command.ts";

/**
 * The post-renderer that the flags name: a program (with --post-renderer-args) that gets manifests on stdin and gives
 * manifests on stdout. Throws in Helm 3's words: `cli.flag` when there is no such program, `release.post-renderer` when it fails.
 */
export async function postRenderer(context: Context, flags: Flags): Promise<RenderOptions["postRender"] | undefined> {
  const program = flags.string("post-renderer");
  if (program === "") return undefined;
  const { spawnSync } = await import("node:child_process");
  const { fromBytes, toBytes } = await import("../base/index.ts");
  const args = flags.list("post-renderer-args");
  return (manifests) => {
    const done = spawnSync(program, args, {
      cwd: context.cwd,
      env: context.env,
      input: toBytes(manifests),
      maxBuffer: 1 << 30,
    });
    const fail = (message: string, code = "release.post-renderer"): never => {
      throw new SlipwayError(message, { code });
    };
    const reason = (done.error as { code?: string } | undefined)?.code ?? "";
    if (reason === "ENOENT" || reason === "EACCES") {
      const quoted = JSON.stringify(program);
      const words = reason === "ENOENT" ? "executable file not found in $PATH" : "permission denied";
      fail(
        `invalid argument ${quoted} for "--post-renderer" flag: unable to find binary at ${program}: exec: ${quoted}: ${words}`,
        "cli.flag",
      );
    }
    // Whoever does not read to the end is not at fault for that.
    if (done.error !== undefined && reason !== "EPIPE")
      fail(`error while running command ${program}: ${done.error.message}`);
    if (done.status !== 0) {
      const status = done.status === null ? `signal: ${done.signal}` : `exit status ${done.status}`;
      const told = `error while running command ${program}. error output:\n${fromBytes(done.stderr)}: ${status}`;
      fail(`error while running post render on files: ${told}`);
    }
    const out = fromBytes(done.stdout);
    // As Helm 4, and Helm 3 in its earlier versions: an upgrade to nothing would delete everything.
    if (out.trim() === "")
      fail(`error while running post render on files: post-renderer ${JSON.stringify(program)} produced empty output`);
    return out;
  };
}
