import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SlipwayError } from "../../src/base/index.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { startCluster } from "../../src/cluster/index.ts";
import { configMap, deployment } from "./lab.ts";

test("Ctrl-C ends an install or upgrade in Helm's words; a template that fails is shown with its place and the value's file", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-interrupted-"));
  const cluster = await startCluster({ name: "interrupted" });
  try {
    const file = join(folder, "kubeconfig");
    writeFileSync(file, cluster.kubeconfig());
    const chart = join(folder, "app");
    mkdirSync(join(chart, "templates"), { recursive: true });
    writeFileSync(join(chart, "Chart.yaml"), "apiVersion: v2\nname: app\nversion: 1.0.0\n");
    writeFileSync(
      join(chart, "templates", "d.yaml"),
      deployment("d", { annotations: { "sim.slipway.dev/never-ready": "true" } }),
    );
    for (const [verb, failed] of [
      ["install", "INSTALLATION FAILED"],
      ["upgrade", "UPGRADE FAILED"],
    ] as const) {
      const abort = new AbortController();
      const context = memoryContext({ env: { HOME: folder }, signal: abort.signal });
      const ended = run([verb, "r", chart, "--wait", "--kubeconfig", file], commands, context);
      // Pressed once the wait is told of: time alone would say little on a busy machine.
      const pressing = setInterval(() => {
        if (context.stderr.includes("Deployment/d: "))
          abort.abort(new SlipwayError("interrupted", { code: "cli.interrupted" }));
      }, 50);
      assert.equal(await ended.finally(() => clearInterval(pressing)), 1);
      assert.match(
        context.stderr,
        new RegExp(`Release r has been cancelled\\.\n[^]*^Error: ${failed}: interrupted$`, "m"),
      );
    }
    writeFileSync(join(chart, "templates", "c.yaml"), configMap("c", "{{ .Values.image.tag.name }}"));
    const values = join(folder, "prod.yaml");
    writeFileSync(values, "image:\n  tag: v12\n");
    for (const words of [
      ["install", "other", chart],
      ["upgrade", "r", chart],
    ]) {
      const context = memoryContext({ env: { HOME: folder } });
      assert.equal(await run([...words, "-f", values, "--kubeconfig", file], commands, context), 1);
      assert.match(context.stderr, /FAILED: /);
      assert.match(context.stderr, /--> .*\/app\/templates\/c\.yaml:6:/);
      assert.match(context.stderr, /\^\^\^/);
      assert.match(context.stderr, /prod\.yaml:2/);
      const asData = memoryContext({ env: { HOME: folder } });
      await run([...words, "-f", values, "--kubeconfig", file, "-o", "json"], commands, asData);
      const { error } = JSON.parse(asData.stdout);
      assert.deepEqual([error.code, error.span.line], ["template.exec", 6]);
    }
  } finally {
    await cluster.stop();
    rmSync(folder, { recursive: true, force: true });
  }
});
