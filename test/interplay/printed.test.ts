import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, before, test } from "node:test";
import { startCluster, type Cluster } from "../../src/cluster/index.ts";
import { tool } from "../tools/tools.ts";
import { runSlipway } from "./run.ts";

const helm4 = tool("helm4");

const files: Record<string, string> = {
  "Chart.yaml":
    "apiVersion: v2\nname: web\nversion: 1.2.3\nappVersion: 4.5.6\nannotations: {z: last, a: first}\ndependencies: [{name: sub, version: 0.1.0}]\n",
  "values.yaml": "size: 1\nname: é\nsecret: s3\nlong: 12345678\nsub: {on: true}\n",
  "templates/cm.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-cm'}\ndata: {size: '{{ .Values.size }}', b: '<&>'}\n",
  "templates/secret.yaml":
    "apiVersion: v1\nkind: Secret\nmetadata: {name: '{{ .Release.Name }}-secret'}\nstringData: {a: '{{ .Values.secret }}'}\n",
  "templates/kept.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-kept', annotations: {helm.sh/resource-policy: keep}}\n",
  "templates/svc.yaml":
    "apiVersion: v1\nkind: Service\nmetadata: {name: '{{ .Release.Name }}'}\nspec: {selector: {app: x}, ports: [{port: 80}]}\n",
  "templates/dep.yaml":
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: '{{ .Release.Name }}'}\nspec:\n  replicas: 0\n  selector: {matchLabels: {app: x}}\n  template: {metadata: {labels: {app: x}}, spec: {containers: [{name: c, image: i}]}}\n",
  "templates/fail.yaml": "{{ if .Values.fail }}{{ fail .Values.fail }}{{ end }}\n",
  "templates/nothing.yaml": "{{ if .Values.nothing }}metadata: {name: x}{{ end }}\n",
  "values.schema.json": '{"properties": {"size": {"type": "integer"}}}',
  "templates/tests/one.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata: {name: '{{ .Release.Name }}-one', annotations: {helm.sh/hook: test, helm.sh/hook-weight: '-1'}}\nspec: {restartPolicy: Never, containers: [{name: c, image: i}]}\n",
  "templates/tests/two.yaml":
    "apiVersion: v1\nkind: Pod\nmetadata:\n  name: '{{ .Release.Name }}-two'\n  annotations: {helm.sh/hook: test, helm.sh/hook-delete-policy: 'before-hook-creation,hook-succeeded', sim.slipway.dev/fail: '{{ .Values.testfail }}'}\nspec: {restartPolicy: Never, containers: [{name: c, image: i}]}\n",
  "templates/hook.yaml":
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-hook', annotations: {helm.sh/hook: 'pre-install,post-upgrade', helm.sh/hook-weight: '3'}}\n",
  "templates/NOTES.txt": "\nHello {{ .Release.Name }}, revision {{ .Release.Revision }}\n\n",
  "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 0.1.0\n",
  "charts/sub/templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: '{{ .Release.Name }}-sub'}\n",
  "charts/sub/templates/NOTES.txt": "and its subchart\n",
};

/** Commands in order, each run by Slipway in one namespace and by stock Helm 4 in another. */
const script: readonly (readonly string[])[] = [
  ["install", "web", "CHART", "--description", "first one"],
  ["status", "web"],
  ["status", "web", "-o", "json"],
  ["status", "web", "-o", "yaml"],
  ["status", "web", "--revision", "1"],
  ["install", "web", "CHART"],
  ["install", "Web_", "CHART"],
  ["install", "json", "CHART", "-o", "json", "--labels", "team=ml,tier=x"],
  ["install", "yaml", "CHART", "-o", "yaml", "--set", "name=<b>", "--hide-notes"],
  ["install", "dry", "CHART", "--dry-run=client"],
  ["install", "dry", "CHART", "--dry-run=server", "--hide-secret"],
  ["install", "dry", "CHART", "--dry-run=client", "--hide-secret", "-o", "json"],
  ["install", "hidden", "CHART", "--hide-secret"],
  ["install", "debug", "CHART", "--dry-run=client", "--hide-notes", "--no-hooks"],
  ["install", "subs", "CHART"],
  ["install", "bad", "CHART", "--set", "fail=because"],
  ["install", "--generate-name", "--name-template", "x-{{ upper `a` | lower }}", "CHART"],
  ["install", "a", "CHART", "more"],
  ["install", "CHART"],
  ["upgrade", "web", "CHART", "--set", "size=2,long=1e3"],
  ["upgrade", "web", "CHART", "--set", "size=3", "-o", "json", "--reuse-values"],
  ["upgrade", "web", "CHART", "-o", "yaml", "--description", "changed", "--hide-notes"],
  ["upgrade", "web", "CHART", "--dry-run=server"],
  ["upgrade", "web", "CHART", "--dry-run=client", "--hide-secret"],
  ["upgrade", "web", "CHART", "--set", "fail=because"],
  ["upgrade", "web", "CHART", "--set", "size=much"],
  ["upgrade", "nope", "CHART"],
  ["upgrade", "--install", "fresh", "CHART"],
  ["upgrade", "--install", "fresh2", "CHART", "-o", "json"],
  ["rollback", "web", "1"],
  ["rollback", "web", "--dry-run=server"],
  ["rollback", "web", "99"],
  ["rollback", "web", "x"],
  ["rollback", "web", "99999999999999999999"],
  ["rollback", "nope"],
  ["history", "web"],
  ["history", "web", "--max", "2"],
  ["history", "web", "--max", "1", "-o", "json"],
  ["history", "web", "-o", "yaml"],
  ["history", "web", "--show-rollback-revision", "-o", "yaml"],
  ["history", "nope", "-o", "json"],
  ["status", "nope", "-o", "yaml"],
  ["get", "values", "nope", "-o", "json"],
  ["get", "all", "web", "--template", "{{.Release.Name}} {{.Release.Version}} {{.Release.Info.Description}}"],
  ["get", "all", "web", "--template", "{{range .Release.Hooks}}{{.Name}} {{.Kind}} {{.Weight}};{{end}}"],
  [
    "get",
    "all",
    "web",
    "--template",
    "{{.Release.Chart.Metadata.AppVersion}} {{.Release.Config}} {{len .Release.Chart.Templates}}",
  ],
  ["get", "all", "web", "--template", "{{.Release.Nope}}"],
  ["get", "all", "web", "--template", "{{printf `%d` .Release.Version}} {{.Release.Info.Deleted}} {{.Release.Labels}}"],
  ["get", "all", "web"],
  ["get", "values", "web", "--revision", "3"],
  ["get", "values", "web", "--revision", "3", "-a"],
  ["get", "values", "web", "--revision", "2", "-o", "json"],
  ["get", "values", "web", "--revision", "77"],
  ["get", "metadata", "json"],
  ["get", "metadata", "json", "-o", "yaml"],
  ["get", "metadata", "json", "-o", "json"],
  ["get", "notes", "subs"],
  ["get", "hooks", "web"],
  ["get", "manifest", "web", "--revision", "2"],
  ["list"],
  ["list", "-q"],
  ["list", "-q", "-o", "json"],
  ["list", "-q", "-o", "yaml"],
  ["list", "-m", "2", "--offset", "1", "-r"],
  ["list", "--filter", "^(web|fr).*$"],
  ["list", "--filter", "("],
  ["list", "-l", "team=ml"],
  ["list", "-l", "team in (ml,x),tier!=y", "-o", "yaml"],
  ["list", "--deployed", "--no-headers"],
  ["list", "--pending"],
  ["list", "--superseded"],
  ["list", "--failed", "-o", "json"],
  ["list", "--time-format", "Mon"],
  ["list", "--color", "always"],
  ["list", "--color", "always", "--no-headers"],
  ["status", "web", "--color", "always"],
  ["test", "web"],
  ["test", "web", "--logs", "--filter", "name=web-one"],
  ["test", "web", "--filter", "!name=web-two"],
  ["test", "nope"],
  ["upgrade", "web", "CHART", "--set", "testfail=true"],
  ["test", "web"],
  ["status", "web"],
  ["install", "flags", "CHART", "--force-replace"],
  ["install", "flags2", "CHART", "--force-replace", "--server-side=false"],
  ["upgrade", "flags2", "CHART", "--server-side=false", "--force-conflicts"],
  ["upgrade", "flags2", "CHART", "--force", "--force-conflicts"],
  ["upgrade", "flags2", "CHART", "--force-replace", "--history-max", "2"],
  ["install", "labels", "CHART", "--labels", "owner=me"],
  ["install", "waits", "CHART", "--wait=sometimes"],
  ["install", "dries", "CHART", "--dry-run=maybe"],
  ["install", "nothing", "CHART", "--set", "nothing=true"],
  ["upgrade", "json", "CHART", "--set", "nothing=true"],
  ["install", "times", "CHART", "--timeout", "soon"],
  ["upgrade", "flags2", "CHART", "--server-side=perhaps"],
  ["rollback", "flags2", "--description", "x".repeat(300)],
  ["rollback", "flags2", "1", "--description", "by hand", "--server-side=true"],
  ["list", "--max", "0"],
  ["list", "--max", "-1", "-q"],
  ["list", "-o", "xml"],
  ["history", "flags2", "--max", "0"],
  ["history", "flags2"],
  ["test", "web", "--filter", "bogus"],
  ["uninstall", "flags2", "--timeout", "20s", "--wait=legacy"],
  ["uninstall", "web", "--dry-run"],
  ["uninstall", "web", "--keep-history", "--description", "enough"],
  ["uninstall", "web", "--keep-history"],
  ["status", "web"],
  ["history", "web"],
  ["list", "--uninstalled"],
  ["list", "--uninstalled", "-o", "yaml", "--time-format", "2006"],
  ["upgrade", "web", "CHART"],
  ["rollback", "web", "2"],
  ["uninstall", "json", "yaml"],
  ["uninstall", "nope"],
  ["uninstall", "web", "--kube-as-user", "jane"],
  ["uninstall", "web", "--kube-as-user", "jane", "--dry-run"],
  ["uninstall", "nope", "--ignore-not-found"],
  ["uninstall", "web", "--cascade", "sideways"],
  ["uninstall", "web", "--wait", "--cascade", "foreground"],
  ["uninstall", "subs", "--no-hooks", "--cascade", "orphan"],
];

const spaces = { ours: "alpha", theirs: "omega" };
let cluster: Cluster;
let folder: string;
let kubeconfig: string;

before(async () => {
  cluster = await startCluster({ name: "printed" });
  folder = mkdtempSync(join(tmpdir(), "slipway-printed-"));
  kubeconfig = join(folder, "kubeconfig");
  writeFileSync(kubeconfig, cluster.kubeconfig());
  for (const [name, text] of Object.entries(files)) {
    const path = join(folder, "web", name);
    mkdirSync(dirname(path), { recursive: true });
    writeFileSync(path, text);
  }
});
after(async () => {
  await cluster.stop();
  rmSync(folder, { recursive: true, force: true });
});

/** What chance and time decide, made the same. */
function masked(text: string): string {
  return text
    .replaceAll(spaces.ours, "SPACE")
    .replaceAll(spaces.theirs, "SPACE")
    .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f-]{22}\b/g, "UID")
    .replace(/("?resourceVersion"?: ?)"?\d+"?/g, "$1N")
    .replace(/((?:modified|created)At"?[=:] ?"?)\d+/g, "$1N")
    .replace(/\b(Mon|Tue|Wed|Thu|Fri|Sat|Sun) [A-Z][a-z]{2} +\d+ [\d:]{8} \d{4}/g, "DATE")
    .replace(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(\.\d+)? [+-]\d{4} \w+( *)/g, "DATE ")
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:\d\d)/g, "DATE")
    .replace(/UPDATED(\u001b\[22m)? +\t/g, "UPDATED$1\t")
    .replace(/CLUSTER-IP +/g, "CLUSTER-IP ")
    .replace(
      /^RESOURCES:\n([^]*?)\n\n\n/m,
      (_, sections: string) =>
        // Helm keeps them in a map: their order is chance.
        `RESOURCES:\n${sections.split("\n\n").toSorted().join("\n\n")}\n\n\n`,
    )
    .replace(/\b10\.\d+\.\d+\.\d+ */g, "ADDRESS ")
    .replace(/\b\d+(ms|s)\b */g, "AGE ")
    .replace(/manager: (Helm|helm|slipway)/g, "manager: M");
}

/** The first line of the error, without what Slipway adds below. */
function errorOf(text: string): string {
  return /^Error: .*/m.exec(text)?.[0] ?? "";
}

/** What was printed but for a failure as data, which Helm has on no command (docs/releases.md tells of the difference). */
function withoutFailure(out: string): string {
  return /^\{"error":\{"message":"[^]*\}\}\n$/.test(out) || out.startsWith("error:\n  code: ") ? "" : out;
}

test("every verb prints what Helm 4 prints, and ends as it does", { skip: helm4.skip }, async (t) => {
  const helm = (words: readonly string[]) =>
    new Promise<{ code: number; out: string; err: string }>((resolve) => {
      execFile(helm4.path, words, { env: { HOME: folder, PATH: "" }, maxBuffer: 1 << 26 }, (error, out, err) =>
        resolve({ code: error === null ? 0 : Number(error.code ?? 1), out, err }),
      );
    });
  for (const words of script) {
    await t.test(words.join(" "), async () => {
      const line = (space: string) => [
        ...words.map((word) => (word === "CHART" ? join(folder, "web") : word)),
        ...["-n", space, "--create-namespace", "--kubeconfig", kubeconfig].filter(
          (word) => word !== "--create-namespace" || ["install", "upgrade"].includes(words[0] as string),
        ),
      ];
      const [ours, theirs] = [await runSlipway(line(spaces.ours)), await helm(line(spaces.theirs))];
      const out = theirs.code === 0 ? ours.out : withoutFailure(ours.out);
      assert.deepEqual({ code: ours.code, out: masked(out) }, { code: theirs.code, out: masked(theirs.out) });
      // The first cause of a failed wait may stand before Helm's words.
      const error = masked(errorOf(theirs.err)).replace(/^Error: /, "");
      assert.ok(masked(ours.text).includes(error), `${ours.text}\n--- Helm: ${error}`);
    });
  }
});
