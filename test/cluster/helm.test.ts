/** Stock Helm 3 and 4 against the embedded cluster: a release's whole life, hooks, tests, lookup, server-side dry run. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { resources, startCluster, type Cluster } from "../../src/cluster/index.ts";
import { tool } from "../tools/tools.ts";

const folder = mkdtempSync(join(tmpdir(), "slipway-helm-"));
const chart = join(folder, "chart");
const kubeconfig = join(folder, "config");
let cluster: Cluster;

const files: Readonly<Record<string, string>> = {
  "Chart.yaml": "apiVersion: v2\nname: life\nversion: 1.0.0\n",
  "values.yaml": "replicas: 1\nbroken: false\n",
  "templates/web.yaml": `apiVersion: apps/v1
kind: Deployment
metadata: {name: {{ .Release.Name }}}
spec:
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
      annotations: {sim.slipway.dev/never-ready: "{{ .Values.broken }}"}
    spec: {containers: [{name: c, image: "web:1", readinessProbe: {httpGet: {port: 80}}}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: {{ .Release.Name }}-found}
data:
  namespace: {{ lookup "v1" "Namespace" "" .Release.Namespace | dig "metadata" "uid" "" | quote }}
  nothing: {{ lookup "v1" "Secret" .Release.Namespace "nothing" | len | quote }}
`,
  "templates/hooks.yaml": `{{- range list "pre-install" "post-install" "pre-upgrade" "post-rollback" "post-delete" }}
---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ $.Release.Name }}-{{ . }}
  annotations: {helm.sh/hook: {{ . }}, helm.sh/hook-delete-policy: "before-hook-creation,hook-succeeded"}
spec:
  backoffLimit: 0
  template: {spec: {restartPolicy: Never, containers: [{name: c, image: "hook:1"}]}}
{{- end }}
---
apiVersion: v1
kind: Pod
metadata: {name: {{ .Release.Name }}-test, annotations: {helm.sh/hook: test}}
spec: {restartPolicy: Never, containers: [{name: c, image: "test:1"}]}
`,
};

before(async () => {
  mkdirSync(join(chart, "templates"), { recursive: true });
  for (const [name, text] of Object.entries(files)) writeFileSync(join(chart, name), text);
  cluster = await startCluster({ name: "helm" });
  writeFileSync(kubeconfig, cluster.kubeconfig(), { mode: 0o600 });
});

after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

for (const name of ["helm3", "helm4"]) {
  const helm = tool(name);
  test(`the life of a release with ${name}`, { skip: helm.skip, timeout: 120_000 }, async () => {
    const env = {
      ...process.env,
      KUBECONFIG: kubeconfig,
      HELM_CACHE_HOME: join(folder, "cache"),
      HELM_CONFIG_HOME: join(folder, "helm"),
      HELM_DATA_HOME: join(folder, "data"),
      KUBECACHEDIR: join(folder, "kube"),
    };
    const run = (line: string, fails = false) =>
      new Promise<string>((resolve, reject) => {
        execFile(helm.path, [...line.split(" "), "-n", name], { env, timeout: 60_000 }, (error, out, err) => {
          if ((error !== null) === fails) resolve(out + err);
          else reject(new Error(`${name} ${line}: ${out}${err}`));
        });
      });
    const wait = "--wait --timeout 20s";
    const get = (plural: keyof typeof resources, of: string) => cluster.api.get(resources[plural], name, of);
    const dry = await run(`install demo ${chart} --create-namespace --dry-run=server`);
    assert.match(dry, /nothing: "0"/);
    assert.equal(get("deployments", "demo"), undefined);
    assert.match(await run(`install demo ${chart} --create-namespace ${wait}`), /STATUS: deployed/);
    assert.equal(get("jobs", "demo-pre-install"), undefined);
    assert.match(await run("test demo"), /Phase: +Succeeded/);
    assert.match(await run(`upgrade demo ${chart} --set replicas=3 ${wait}`), /REVISION: 2/);
    assert.equal((get("deployments", "demo") as { status?: { readyReplicas?: number } }).status?.readyReplicas, 3);
    const uid = cluster.api.get(resources.namespaces, undefined, name)?.metadata.uid;
    assert.equal((get("configMaps", "demo-found") as { data?: Record<string, string> }).data?.["namespace"], uid);
    const failed = await run(`upgrade demo ${chart} --set broken=true --wait --timeout 4s`, true);
    assert.match(failed, /UPGRADE FAILED/);
    assert.match(await run("status demo"), /STATUS: failed/);
    assert.match(await run(`rollback demo 1 ${wait}`), /Rollback was a success/);
    assert.match(await run("history demo"), /^4\s.*deployed.*Rollback to 1/m);
    assert.match(await run("get manifest demo"), /replicas: 1/);
    assert.match(await run(`uninstall demo ${wait}`), /release "demo" uninstalled/);
    for (const left of ["deployments", "replicaSets", "jobs", "secrets"] as const) {
      assert.deepEqual(
        cluster.api.list(resources[left], name).map((one) => one.metadata.name),
        [],
      );
    }
  });
}
