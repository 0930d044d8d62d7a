/**
 * Every helm command of the ADR's and the FLTS documents' code blocks, with `slipway` in place of `helm`, on stand-in
 * charts of the names and values files they use. (The platforms' own charts go through them in test/platforms.)
 */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { startCluster } from "../../src/cluster/index.ts";
import { commandsOf, filled } from "../platforms/documents.ts";

const bin = join(import.meta.dirname, "..", "..", "bin", "slipway");

/** A chart with what the documents speak of: a Deployment, a Service, notes, values files for each environment. */
function standIn(folder: string, name: string): void {
  const files: Record<string, string> = {
    "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: 0.1.0\nappVersion: "1.0.0"\n`,
    "values.yaml": "image: {repository: nginx, tag: v1}\nreplicas: 1\n",
    "templates/deployment.yaml":
      `apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: "{{ .Release.Name }}-inference"}\nspec:\n  replicas: {{ .Values.replicas }}\n` +
      `  selector: {matchLabels: {app: "{{ .Release.Name }}"}}\n  template:\n    metadata: {labels: {app: "{{ .Release.Name }}"}}\n` +
      `    spec: {containers: [{name: main, image: "{{ .Values.image.repository }}:{{ .Values.image.tag }}"}]}\n`,
    "templates/service.yaml": `apiVersion: v1\nkind: Service\nmetadata: {name: "{{ .Release.Name }}"}\nspec: {selector: {app: "{{ .Release.Name }}"}, ports: [{port: 80}]}\n`,
    "templates/NOTES.txt": "{{ .Release.Name }} is there\n",
  };
  for (const variant of ["dev", "staging", "prod", "complete"]) files[`values-${variant}.yaml`] = "replicas: 2\n";
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, file)), { recursive: true });
    writeFileSync(join(folder, file), text);
  }
}

for (const file of ["kubesentiment-helm-adr.md", "flts-completion-report.md", "flts-implementation-summary.md"]) {
  test(`the helm commands of ${file}`, async () => {
    const folder = mkdtempSync(join(tmpdir(), "slipway-commands-"));
    const cluster = await startCluster({ name: "commands" });
    try {
      standIn(join(folder, "helm", "mlops-sentiment"), "mlops-sentiment");
      standIn(join(folder, ".helm"), "flts-pipeline");
      writeFileSync(join(folder, "kubeconfig"), cluster.kubeconfig());
      const shell = (line: string) =>
        new Promise<{ code: number; text: string }>((resolve) => {
          const env = { HOME: folder, KUBECONFIG: join(folder, "kubeconfig"), PATH: process.env["PATH"] ?? "" };
          execFile("sh", ["-c", line], { cwd: folder, env }, (error, out, err) =>
            resolve({ code: error === null ? 0 : 1, text: out + err }),
          );
        });
      const commands = commandsOf(file)
        .map((line) => filled(line))
        .filter((line) => line.startsWith("helm "));
      assert.ok(commands.length >= 4, `${file} has ${commands.length} commands`);
      for (const command of commands) {
        const line = command.replace(/^helm /, `"${bin}" `);
        // Whoever rolls back has upgraded before.
        const [, release, space] = /^helm rollback (\S+) .*-n (\S+)/.exec(command) ?? [];
        if (release !== undefined) {
          const upgrade = `"${bin}" upgrade ${release} ./helm/${release} -n ${space}`;
          for (let i = 0; i < 2; i++) assert.equal((await shell(upgrade)).code, 0);
        }
        const { code, text } = await shell(line);
        assert.equal(code, 0, `${command}\n${text}`);
      }
    } finally {
      await cluster.stop();
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
