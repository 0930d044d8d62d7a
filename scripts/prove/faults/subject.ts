import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { wellKnown, type ApiObject, type KubeClient } from "../../../src/kube/index.ts";
import { history } from "../../../src/release/index.ts";
import { releaseKinds } from "../../../test/interplay/kinds.ts";

/**
 * The chart that is upgraded: forty objects of many kinds in either of its two versions, thirty-seven of them common,
 * three that come with `v=2` and three that go; hooks before and after.
 */
export function writeSubject(folder: string): string {
  const chart = join(folder, "subject");
  const files: Record<string, string> = {
    "Chart.yaml": "apiVersion: v2\nname: subject\nversion: 1.0.0\n",
    "values.yaml": "v: 1\n",
    "templates/config.yaml":
      `{{- range $i := until 26 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: "r-{{ $i }}"}\n` +
      `data: {v: "{{ $.Values.v }}"}\n{{- end }}\n`,
    "templates/changing.yaml":
      `{{- range $i := until 3 }}\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: "r-only-{{ $.Values.v }}-{{ $i }}"}\n` +
      `data: {v: "{{ $.Values.v }}"}\n{{- end }}\n`,
    "templates/account.yaml":
      `apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: r-account}\n---\n` +
      `apiVersion: v1\nkind: Secret\nmetadata: {name: r-secret}\nstringData: {v: "{{ .Values.v }}"}\n---\n` +
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: Role\nmetadata: {name: r-role}\n` +
      `rules: [{apiGroups: [""], resources: [pods], verbs: [get{{ if eq (int .Values.v) 2 }}, list{{ end }}]}]\n---\n` +
      `apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nmetadata: {name: r-role}\n` +
      `roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: r-role}\n` +
      `subjects: [{kind: ServiceAccount, name: r-account, namespace: "{{ .Release.Namespace }}"}]\n`,
    "templates/services.yaml":
      `{{- range $i := until 3 }}\n---\napiVersion: v1\nkind: Service\nmetadata: {name: "r-{{ $i }}"}\n` +
      `spec: {selector: {app: r}, ports: [{port: {{ add 80 $.Values.v }}}]}\n{{- end }}\n`,
    "templates/work.yaml":
      `{{- range $i := until 2 }}\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata: {name: "r-{{ $i }}"}\nspec:\n  replicas: 1\n` +
      `  selector: {matchLabels: {app: "r-{{ $i }}"}}\n  template:\n    metadata: {labels: {app: "r-{{ $i }}"}}\n` +
      `    spec: {containers: [{name: main, image: "nginx:{{ $.Values.v }}"}]}\n{{- end }}\n---\n` +
      `apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {name: r}\n` +
      `spec: {minAvailable: 1, selector: {matchLabels: {app: r-0}}}\n---\n` +
      `apiVersion: batch/v1\nkind: CronJob\nmetadata: {name: r}\nspec:\n  schedule: "0 {{ .Values.v }} * * *"\n` +
      `  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}}}}\n`,
    "templates/hooks.yaml": ["pre-upgrade", "post-upgrade"]
      .map(
        (event) =>
          `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: hook-${event}\n  annotations: {helm.sh/hook: ${event}}\ndata: {v: "{{ .Values.v }}"}\n`,
      )
      .join("---\n"),
  };
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(chart, name)), { recursive: true });
    writeFileSync(join(chart, name), text);
  }
  return chart;
}

/** Every object that a version of the chart has beside its hooks, by kind and name. */
function namesOf(version: 1 | 2): string[] {
  const out = ["ServiceAccount/r-account", "Secret/r-secret", "Role/r-role", "RoleBinding/r-role"];
  for (let i = 0; i < 26; i++) out.push(`ConfigMap/r-${i}`);
  for (let i = 0; i < 3; i++) out.push(`ConfigMap/r-only-${version}-${i}`, `Service/r-${i}`);
  out.push("Deployment/r-0", "Deployment/r-1", "PodDisruptionBudget/r", "CronJob/r");
  return out.toSorted();
}

/** Things in the namespace that belong to nobody, or to another release: they have to outlive everything. */
export async function placeForeign(client: KubeClient, namespace: string): Promise<void> {
  const theirs = (name: string) => ({
    metadata: {
      name,
      labels: { "app.kubernetes.io/managed-by": "Helm" },
      annotations: { "meta.helm.sh/release-name": "other", "meta.helm.sh/release-namespace": namespace },
    },
  });
  for (const object of [
    { metadata: { name: "foreign" } },
    { metadata: { name: "r-only-9", labels: { app: "r" } } },
    theirs("foreign-of-another-release"),
  ])
    await client.create(wellKnown.configMaps, namespace, { apiVersion: "v1", kind: "ConfigMap", ...object });
}

const foreign = ["foreign", "foreign-of-another-release", "r-only-9"];

/**
 * What is not as it has to be after a release was brought to a version: its objects and their values, what belongs to
 * others, its history, leases and their traces. An empty list when all is well.
 */
export async function faultsOf(client: KubeClient, namespace: string, version: 1 | 2): Promise<string[]> {
  const out: string[] = [];
  const live = new Map<string, ApiObject>();
  for (const resource of releaseKinds().filter(({ namespaced }) => namespaced))
    for (const object of await client.list(resource, namespace))
      live.set(`${resource.kind}/${object.metadata.name}`, object);
  const ours = [...live.keys()].filter((key) => /\/r-|\/r$/.test(key) && key !== "ConfigMap/r-only-9").toSorted();
  const wanted = namesOf(version);
  for (const name of wanted) if (!ours.includes(name)) out.push(`${name} is missing`);
  for (const name of ours) if (!wanted.includes(name)) out.push(`${name} was left behind`);
  for (const name of wanted.filter((entry) => entry.startsWith("ConfigMap/"))) {
    const value = (live.get(name)?.data as Record<string, string> | undefined)?.["v"];
    if (value !== String(version)) out.push(`${name} holds ${value}, not ${version}`);
  }
  for (const name of foreign) if (!live.has(`ConfigMap/${name}`)) out.push(`${name}, which is foreign, is gone`);
  const revisions = await history({ client, namespace }, "r");
  const statuses = revisions.map((revision) => revision.status);
  if (statuses.at(-1) !== "deployed") out.push(`the last revision is ${statuses.at(-1)}`);
  if (statuses.filter((status) => status === "deployed").length !== 1) out.push(`history: ${statuses.join(" ")}`);
  if (statuses.some((status) => status.startsWith("pending"))) out.push(`pending: ${statuses.join(" ")}`);
  for (const lease of await client.list(wellKnown.leases, namespace)) out.push(`lease ${lease.metadata.name} is left`);
  for (const [key, object] of live)
    if (Object.keys(object.metadata.annotations ?? {}).some((name) => name.startsWith("slipway.dev/")))
      out.push(`${key} carries annotations of Slipway's`);
  return out;
}
