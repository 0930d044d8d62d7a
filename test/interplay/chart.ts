import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { randomBelow, seededRandom, type Random } from "../../src/base/index.ts";

/** A made-up chart: its files, and what its walks may do. */
export interface MadeChart {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
  readonly hasTests: boolean;
}

/** Chooses by chance, the same for the same seed. */
export class Dice {
  private readonly random: Random;
  constructor(seed: number) {
    this.random = seededRandom(seed);
  }
  below(bound: number): number {
    return randomBelow(this.random, bound);
  }
  chance(percent: number): boolean {
    return this.below(100) < percent;
  }
  pick<T>(items: readonly T[]): T {
    return items[this.below(items.length)] as T;
  }
}

/**
 * A chart whose shape is a matter of chance: workloads, services, secrets, lists, subcharts, hooks of many events,
 * kept objects, custom resources, objects that come and go with values, values that make a template or the API server
 * refuse. `controllers: false` leaves out what only controllers finish (hooks of kind Job or Pod, tests), `lists: false`
 * objects of kind List (for which stock Helm reads the OpenAPI document as protobuf).
 */
export function makeChart(seed: number, options: { controllers: boolean; lists: boolean }): MadeChart {
  const dice = new Dice(seed);
  const files = new Map<string, string>();
  const name = dice.pick(["app", "web-app", "demo2", "x"]);
  files.set(
    "Chart.yaml",
    [
      `apiVersion: v2`,
      `name: ${name}`,
      `version: ${dice.pick(["0.1.0", "1.2.3-rc.1+build"])}`,
      `appVersion: "${dice.pick(["1.0", "v2"])}"`,
      "",
    ].join("\n"),
  );
  files.set(
    "values.yaml",
    [
      "replicas: 1",
      "extra: false",
      "kept: false",
      "broken: false",
      "invalid: false",
      "image: nginx",
      "data:",
      "  a: one",
      "  b: two",
      "list: [1, 2]",
      "port: 80",
      "",
    ].join("\n"),
  );
  files.set(
    "templates/_helpers.tpl",
    `{{- define "labels" }}\napp: {{ .Release.Name }}\nchart: {{ .Chart.Name }}\n{{- end }}\n`,
  );
  files.set("templates/config.yaml", configMap("cm", true));
  if (dice.chance(70)) files.set("templates/deployment.yaml", deployment(dice));
  if (dice.chance(60)) files.set("templates/service.yaml", service());
  if (dice.chance(50)) files.set("templates/secret.yaml", secret());
  if (dice.chance(40))
    files.set(
      "templates/many.yaml",
      [configMap("m1", false), configMap("m2", false), "# nothing but a comment\n"].join("---\n"),
    );
  if (dice.chance(30) && options.lists) files.set("templates/list.yaml", list());
  if (dice.chance(30)) files.set("templates/role.yaml", rbac());
  if (dice.chance(30)) files.set("templates/cluster-role.yaml", clusterRole());
  if (dice.chance(25)) files.set("templates/statefulset.yaml", statefulSet());
  if (dice.chance(25)) files.set("templates/cronjob.yaml", cronJob());
  if (dice.chance(40))
    files.set("templates/extra.yaml", `{{- if .Values.extra }}\n${configMap("extra", true)}{{- end }}\n`);
  if (dice.chance(40))
    files.set(
      "templates/kept.yaml",
      `{{- if not .Values.kept }}\n${configMap("kept", false, "    helm.sh/resource-policy: keep\n")}{{- end }}\n`,
    );
  if (dice.chance(40))
    files.set("templates/broken.yaml", `{{- if .Values.broken }}{{ fail "broken by values" }}{{ end }}\n`);
  if (dice.chance(40))
    files.set("templates/zz-invalid.yaml", `{{- if .Values.invalid }}\n${configMap("UPPER_case", false)}{{- end }}\n`);
  if (dice.chance(30))
    files.set("templates/NOTES.txt", "Release {{ .Release.Name }} revision {{ .Release.Revision }}\n");
  if (dice.chance(30)) {
    files.set("charts/sub/Chart.yaml", "apiVersion: v2\nname: sub\nversion: 0.2.0\n");
    files.set("charts/sub/values.yaml", "size: 3\n");
    files.set(
      "charts/sub/templates/cm.yaml",
      `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-sub\ndata:\n  size: {{ .Values.size | quote }}\n`,
    );
  }
  for (const event of [
    "pre-install",
    "post-install",
    "pre-upgrade",
    "post-upgrade",
    "pre-rollback",
    "post-rollback",
    "pre-delete",
    "post-delete",
  ]) {
    if (dice.chance(20)) files.set(`templates/hook-${event}.yaml`, hook(dice, event, options.controllers));
  }
  const hasTests = options.controllers && dice.chance(40);
  if (hasTests) files.set("templates/tests/test.yaml", testPod());
  return { name, files, hasTests };
}

// What the server refuses comes last of its kind: Slipway sends the objects of a kind at once, stock Helm upgrades one by
// one and stops, so that only what precedes the refusal is sure to be there in both.

/** Writes a chart into a folder, for stock Helm to read. */
export function writeChart(chart: MadeChart, folder: string): void {
  for (const [name, text] of chart.files) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const labels = `  labels:{{ include "labels" . | indent 4 }}\n`;

function configMap(suffix: string, data: boolean, annotations = ""): string {
  return (
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-${suffix}\n${labels}` +
    (annotations === "" ? "" : `  annotations:\n${annotations}`) +
    (data
      ? `data:\n  {{- toYaml .Values.data | nindent 2 }}\n  list: {{ .Values.list | toJson | quote }}\n`
      : `data:\n  fixed: "yes"\n`)
  );
}

function deployment(dice: Dice): string {
  const strategy = dice.pick(["", "  strategy:\n    type: Recreate\n", "  revisionHistoryLimit: 2\n"]);
  return `apiVersion: apps/v1
kind: Deployment
metadata:
  name: {{ .Release.Name }}-app
${labels}spec:
  replicas: {{ .Values.replicas }}
${strategy}  selector:
    matchLabels: {app: {{ .Release.Name }}}
  template:
    metadata:
      labels: {app: {{ .Release.Name }}}
    spec:
      containers:
        - name: main
          image: {{ .Values.image }}
          env:
            {{- range $key, $value := .Values.data }}
            - {name: {{ upper $key }}, value: {{ $value | quote }}}
            {{- end }}
          ports:
            - containerPort: {{ .Values.port }}
        {{- if .Values.extra }}
        - name: side
          image: busybox
        {{- end }}
`;
}

function service(): string {
  return `apiVersion: v1
kind: Service
metadata:
  name: {{ .Release.Name }}-svc
${labels}spec:
  selector: {app: {{ .Release.Name }}}
  ports:
    - {name: http, port: {{ .Values.port }}, targetPort: 8080}
    {{- if .Values.extra }}
    - {name: more, port: 9090, targetPort: 9090}
    {{- end }}
`;
}

function secret(): string {
  return `apiVersion: v1\nkind: Secret\nmetadata:\n  name: {{ .Release.Name }}-secret\ntype: Opaque\nstringData:\n  image: {{ .Values.image | quote }}\n`;
}

function list(): string {
  return `apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata: {name: "{{ .Release.Name }}-l1"}\n- apiVersion: v1\n  kind: ServiceAccount\n  metadata: {name: "{{ .Release.Name }}-l2"}\n`;
}

function rbac(): string {
  return `apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: "{{ .Release.Name }}-role"}
rules:
  - {apiGroups: [""], resources: [pods], verbs: [get{{ if .Values.extra }}, list{{ end }}]}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: "{{ .Release.Name }}-role"}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: "{{ .Release.Name }}-role"}
subjects:
  - {kind: ServiceAccount, name: default, namespace: "{{ .Release.Namespace }}"}
`;
}

function clusterRole(): string {
  return `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "{{ .Release.Namespace }}-{{ .Release.Name }}"}\nrules:\n  - {apiGroups: [""], resources: [nodes], verbs: [get]}\n`;
}

function statefulSet(): string {
  return `apiVersion: apps/v1
kind: StatefulSet
metadata: {name: "{{ .Release.Name }}-sts"}
spec:
  serviceName: none
  replicas: {{ .Values.replicas }}
  selector: {matchLabels: {sts: {{ .Release.Name }}}}
  template:
    metadata: {labels: {sts: {{ .Release.Name }}}}
    spec: {containers: [{name: main, image: {{ .Values.image }}}]}
`;
}

function cronJob(): string {
  return `apiVersion: batch/v1
kind: CronJob
metadata: {name: "{{ .Release.Name }}-cron"}
spec:
  schedule: "0 3 * * *"
  jobTemplate:
    spec:
      template:
        spec: {restartPolicy: Never, containers: [{name: main, image: {{ .Values.image }}}]}
`;
}

function hook(dice: Dice, event: string, controllers: boolean): string {
  const policy = dice.pick(["", "before-hook-creation", "hook-succeeded", "before-hook-creation,hook-succeeded"]);
  const annotations =
    `    helm.sh/hook: ${event}\n    helm.sh/hook-weight: "${dice.below(5) - 2}"\n` +
    (policy === "" ? "" : `    helm.sh/hook-delete-policy: ${policy}\n`);
  if (!controllers || dice.chance(50)) return configMap(`hook-${event}`, false, annotations);
  return `apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-${event}
  annotations:
${annotations}spec:
  backoffLimit: 0
  template:
    spec: {restartPolicy: Never, containers: [{name: main, image: busybox}]}
`;
}

function testPod(): string {
  return `apiVersion: v1\nkind: Pod\nmetadata:\n  name: {{ .Release.Name }}-test\n  annotations:\n    helm.sh/hook: test\nspec:\n  restartPolicy: Never\n  containers: [{name: main, image: busybox}]\n`;
}
