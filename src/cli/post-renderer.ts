import { SlipwayError } from "../base/index.ts";
import type { RenderOptions } from "../render/index.ts";
import type { Context, Flags } from "./command.ts";

/**
 * The post-renderer that the flags name: a program (with --post-renderer-args) that gets manifests on stdin and gives
 * manifests on stdout. Throws `cli.post-renderer` in Helm 3's words when there is none or it fails.
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
    const fail = (message: string): never => {
      throw new SlipwayError(message, { code: "cli.post-renderer" });
    };
    const reason = (done.error as { code?: string } | undefined)?.code;
    if (reason === "ENOENT") {
      const quoted = JSON.stringify(program);
      fail(
        `invalid argument ${quoted} for "--post-renderer" flag: unable to find binary at ${program}: exec: ${quoted}: executable file not found in $PATH`,
      );
    }
    if (done.error !== undefined) fail(`error while running command ${program}: ${done.error.message}`);
    if (done.status !== 0) {
      const status = done.status === null ? `signal: ${done.signal}` : `exit status ${done.status}`;
      const told = `error while running command ${program}. error output:\n${fromBytes(done.stderr)}: ${status}`;
      fail(`error while running post render on files: ${told}`);
    }
    return fromBytes(done.stdout);
  };
}
