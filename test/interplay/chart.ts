import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { randomBelow, seededRandom, type Random } from "../../src/base/index.ts";

/** A made-up chart: its files, and what its walks may do. */
export interface MadeChart {
  readonly name: string;
  readonly files: ReadonlyMap<string, string>;
  readonly hasTests: boolean;
  /** The API group of the custom kind that its crds/ brings. */
  readonly customGroup?: string;
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
      "badhook: false",
      "hookfail: false",
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
  for (const [name, text] of Object.entries(more)) if (dice.chance(20)) files.set(`templates/${name}.yaml`, text);
  let customGroup: string | undefined;
  if (dice.chance(35)) {
    customGroup = `s${seed % 100_000}.example.com`;
    files.set("crds/thing.yaml", definition(customGroup));
    files.set("templates/thing.yaml", thing(customGroup));
  }
  if (dice.chance(30)) nestSubcharts(files, dice);
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
  if (dice.chance(40)) files.set("templates/hook-both.yaml", sharedHooks(dice, options.controllers));
  if (dice.chance(30)) files.set("templates/hook-bad.yaml", badHook(dice));
  const hasTests = options.controllers && dice.chance(40);
  if (hasTests) files.set("templates/tests/test.yaml", testPod());
  return { name, files, hasTests, ...(customGroup === undefined ? {} : { customGroup }) };
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

/** Kinds that a chart has now and then, a template each. */
const more: Readonly<Record<string, string>> = {
  lookup: `{{- $seen := lookup "v1" "ConfigMap" .Release.Namespace (printf "%s-cm" .Release.Name) }}
{{- $all := lookup "v1" "ConfigMap" .Release.Namespace "" }}
apiVersion: v1
kind: ConfigMap
metadata:
  name: {{ .Release.Name }}-lookup
data:
  seen: {{ if $seen }}{{ $seen.data.a | quote }}{{ else }}"nothing"{{ end }}
  kind: {{ $all.kind | default "none" }}
  nothing: {{ lookup "v1" "Secret" .Release.Namespace "no-such" | len | quote }}
`,
  job: `apiVersion: batch/v1
kind: Job
metadata: {name: "{{ .Release.Name }}-job-{{ .Release.Revision }}"}
spec:
  backoffLimit: 1
  template:
    spec: {restartPolicy: Never, containers: [{name: main, image: {{ .Values.image }}}]}
`,
  budget: `apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: "{{ .Release.Name }}-pdb"}
spec:
  {{- if .Values.extra }}
  maxUnavailable: 1
  {{- else }}
  minAvailable: {{ .Values.replicas }}
  {{- end }}
  selector: {matchLabels: {app: {{ .Release.Name }}}}
`,
  network: `apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: "{{ .Release.Name }}-np"}
spec:
  podSelector: {matchLabels: {app: {{ .Release.Name }}}}
  ingress:
    - ports: [{port: {{ .Values.port }}}]
    {{- if .Values.extra }}
    - from: [{podSelector: {}}]
    {{- end }}
`,
  ingress: `apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: "{{ .Release.Name }}-ing"}
spec:
  rules:
    - host: a.example.com
      http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: "{{ .Release.Name }}-svc", port: {number: {{ .Values.port }}}}}}]}
    {{- if .Values.extra }}
    - host: b.example.com
      http: {paths: [{path: /b, pathType: Exact, backend: {service: {name: other, port: {name: http}}}}]}
    {{- end }}
`,
  scaler: `apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: "{{ .Release.Name }}-hpa"}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: no-such}
  maxReplicas: {{ add 3 .Values.replicas }}
  metrics:
    - {type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: {{ .Values.port }}}}}
`,
  account: `apiVersion: v1
kind: ServiceAccount
metadata:
  name: {{ .Release.Name }}-account
  {{- if .Values.extra }}
  annotations: {role: extra}
  {{- end }}
automountServiceAccountToken: {{ not .Values.extra }}
`,
  claim: `apiVersion: v1
kind: PersistentVolumeClaim
metadata:
  name: {{ .Release.Name }}-claim
  annotations: {image: {{ .Values.image | quote }}}
spec: {accessModes: [ReadWriteOnce], storageClassName: nowhere, resources: {requests: {storage: 1Gi}}}
`,
  daemon: `apiVersion: apps/v1
kind: DaemonSet
metadata: {name: "{{ .Release.Name }}-daemon"}
spec:
  selector: {matchLabels: {daemon: {{ .Release.Name }}}}
  template:
    metadata: {labels: {daemon: {{ .Release.Name }}}}
    spec:
      nodeSelector: {no: such}
      containers: [{name: main, image: {{ .Values.image }}, env: [{name: A, value: {{ .Values.data.a | quote }}}]}]
`,
};

/** A definition in crds/: installed first, never changed, never deleted. Its group is this chart's alone. */
function definition(group: string): string {
  return `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: things.${group}}
spec:
  group: ${group}
  scope: Namespaced
  names: {plural: things, singular: thing, kind: Thing, listKind: ThingList}
  versions:
    - name: v1
      served: true
      storage: true
      schema:
        openAPIV3Schema:
          type: object
          properties:
            spec:
              type: object
              properties:
                size: {type: integer, minimum: 0}
                names: {type: array, items: {type: string}}
                mode: {type: string, default: plain}
                any: {type: object, x-kubernetes-preserve-unknown-fields: true}
`;
}

function thing(group: string): string {
  return `apiVersion: ${group}/v1
kind: Thing
metadata: {name: "{{ .Release.Name }}-thing"}
spec:
  size: {{ .Values.port }}
  names: [{{ .Values.image | quote }}{{ if .Values.extra }}, extra{{ end }}]
  any: {{ .Values.data | toJson }}
`;
}

/** Two levels of subcharts: one behind a condition, one under another name, with values handed down and up. */
function nestSubcharts(files: Map<string, string>, dice: Dice): void {
  files.set(
    "Chart.yaml",
    `${files.get("Chart.yaml")}dependencies:\n  - {name: opt, version: 0.1.0, condition: opt.enabled}\n  - {name: opt, version: 0.1.0, alias: again}\n`,
  );
  files.set(
    "values.yaml",
    `${files.get("values.yaml")}opt:\n  enabled: ${dice.chance(50)}\nagain:\n  deep: {size: 7}\n`,
  );
  files.set(
    "charts/opt/Chart.yaml",
    "apiVersion: v2\nname: opt\nversion: 0.1.0\ndependencies: [{name: deep, version: 0.1.0}]\n",
  );
  files.set("charts/opt/values.yaml", "deep: {size: 2}\n");
  files.set(
    "charts/opt/templates/cm.yaml",
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-{{ .Chart.Name }}\ndata: {global: {{ .Values.global | toJson | quote }}}\n`,
  );
  files.set("charts/opt/templates/NOTES.txt", "of a subchart\n");
  files.set("charts/opt/charts/deep/Chart.yaml", "apiVersion: v2\nname: deep\nversion: 0.1.0\n");
  files.set(
    "charts/opt/charts/deep/templates/cm.yaml",
    `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}-deep-{{ .Values.size }}\ndata: {size: {{ .Values.size | quote }}}\n`,
  );
}

/** An account and a Job that needs it, before both installing and upgrading, in order by weight. */
function sharedHooks(dice: Dice, controllers: boolean): string {
  const events = dice.pick([
    "pre-install,pre-upgrade",
    "post-install,post-upgrade,post-rollback",
    "pre-delete,pre-rollback",
  ]);
  const head = (weight: number) =>
    `    helm.sh/hook: ${events}\n    helm.sh/hook-weight: "${weight}"\n    helm.sh/hook-delete-policy: ${dice.pick(["before-hook-creation", "before-hook-creation,hook-failed", "hook-succeeded,hook-failed"])}\n`;
  const account = `apiVersion: v1\nkind: ServiceAccount\nmetadata:\n  name: {{ .Release.Name }}-hooks\n  annotations:\n${head(-5)}`;
  if (!controllers) return account;
  return `${account}---
apiVersion: batch/v1
kind: Job
metadata:
  name: {{ .Release.Name }}-shared
  annotations:
${head(5)}spec:
  backoffLimit: 0
  template:
    metadata:
      annotations: {sim.slipway.dev/fail: {{ .Values.hookfail | quote }}}
    spec: {restartPolicy: Never, serviceAccountName: "{{ .Release.Name }}-hooks", containers: [{name: main, image: busybox}]}
`;
}

/** A hook that the server refuses when values say so. */
function badHook(dice: Dice): string {
  const event = dice.pick(["pre-install", "pre-upgrade", "post-upgrade", "post-install", "pre-rollback"]);
  return `{{- if .Values.badhook }}\n${configMap("BAD_hook", false, `    helm.sh/hook: ${event}\n`)}{{- end }}\n`;
}
