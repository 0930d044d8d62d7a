import assert from "node:assert/strict";
import { test } from "node:test";
import type { Flags } from "./command.ts";
import { parseFlags, flagTable } from "./flags.ts";
import { postRenderer } from "./post-renderer.ts";
import { chartActionFlags } from "./action-flags.ts";
import { memoryContext } from "./testing/memory-context.ts";

/** What a post-renderer makes of a manifest: `sh -c SCRIPT`, or another program. */
async function rendered(script: string, program = "sh"): Promise<string> {
  const words = ["--post-renderer", program, "--post-renderer-args", "-c", "--post-renderer-args", script];
  const { flags }: { flags: Flags } = parseFlags(words, flagTable(chartActionFlags, []));
  const render = await postRenderer(memoryContext({ env: { PATH: process.env["PATH"] } }), flags);
  assert.ok(render);
  return render(manifest);
}

// More than a pipe holds.
const manifest = "a: 1\n".repeat(50_000);

test("a post-renderer gets the manifests and gives manifests", async () => {
  assert.equal(await rendered("sed s/1/2/"), manifest.replaceAll("1", "2"));
  assert.equal(await rendered("echo b: 2"), "b: 2\n");
});

test("one that fails, prints nothing or is not there is refused in Helm's words", async () => {
  for (const [script, program, code, words] of [
    ["echo oops >&2; exit 3", "sh", "release.post-renderer", /error output:\noops\n: exit status 3$/],
    ["echo", "sh", "release.post-renderer", /: post-renderer "sh" produced empty output$/],
    ["", "no-such-program", "cli.flag", /exec: "no-such-program": executable file not found in \$PATH$/],
    ["", import.meta.filename, "cli.flag", /exec: ".*post-renderer\.test\.ts": permission denied$/],
  ] as const)
    await assert.rejects(rendered(script, program), (error: Error & { code: string }) => {
      assert.match(error.message, words);
      return error.code === code;
    });
});
