/** Charts and command lines that go wrong, one for each kind of error; what is said stands in golden/NAME.txt. */
export interface ErrorCase {
  readonly name: string;
  /** Files by their path; `chart/` is the chart unless `args` say otherwise. */
  readonly files: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** The exit code; 1 unless it is given. */
  readonly code?: number;
  /** Stock Helm says something else first, and why. */
  readonly differs?: string;
}

const chartYaml = "apiVersion: v2\nname: app\nversion: 1.0.0\n";
const values = "image:\n  repository: nginx\n  tag: v1\nreplicas: 2\nports:\n  - 80\n  - 443\nname: web\n";

/** A chart with one template. */
function template(text: string, more: Record<string, string> = {}): Record<string, string> {
  return {
    "chart/Chart.yaml": chartYaml,
    "chart/values.yaml": values,
    "chart/templates/a.yaml": text,
    ...more,
  };
}

export const cases: readonly ErrorCase[] = [
  // the chart
  { name: "chart-yaml-missing", files: { "chart/values.yaml": "a: 1\n" } },
  { name: "chart-yaml-broken", files: { "chart/Chart.yaml": "apiVersion: v2\nname: [a\n" } },
  {
    name: "chart-yaml-wrong-type",
    files: { "chart/Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\nkeywords: one\n" },
  },
  { name: "chart-name-missing", files: { "chart/Chart.yaml": "apiVersion: v2\nversion: 1.0.0\n" } },
  { name: "chart-version-wrong", files: { "chart/Chart.yaml": "apiVersion: v2\nname: app\nversion: one\n" } },
  { name: "chart-api-version-unknown", files: { "chart/Chart.yaml": "apiVersion: v9\nname: app\nversion: 1.0.0\n" } },
  { name: "chart-type-unknown", files: { "chart/Chart.yaml": `${chartYaml}type: thing\n` } },
  { name: "chart-is-library", files: { "chart/Chart.yaml": `${chartYaml}type: library\n` } },
  { name: "chart-not-found", files: {}, args: ["template", "./nowhere"] },
  { name: "chart-no-archive", files: { "values.yaml": "a: 1\n" }, args: ["template", "./values.yaml"] },
  {
    name: "dependency-missing",
    files: {
      "chart/Chart.yaml": `${chartYaml}dependencies:\n  - name: redis\n    version: "1"\n    repository: https://example.com\n`,
    },
  },
  {
    name: "dependency-twice",
    files: {
      "chart/Chart.yaml": `${chartYaml}dependencies:\n  - name: a\n    repository: x\n  - name: b\n    alias: a\n    repository: x\n`,
    },
  },
  {
    name: "subchart-broken",
    files: { "chart/Chart.yaml": chartYaml, "chart/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\n" },
  },
  { name: "helmignore-double-star", files: { ...template("a: 1\n"), "chart/.helmignore": "docs/**\n" } },
  {
    name: "kube-version-too-old",
    files: { ...template("a: 1\n"), "chart/Chart.yaml": `${chartYaml}kubeVersion: ">=1.40"\n` },
  },
  { name: "kube-version-flag", files: template("a: 1\n"), args: ["template", "chart", "--kube-version", "1"] },
  { name: "release-name", files: template("a: 1\n"), args: ["template", "Not_Good", "chart"] },
  // values
  { name: "values-broken", files: { ...template("a: 1\n"), "chart/values.yaml": "a: 1\n  b: 2\n" } },
  {
    name: "values-list",
    files: { ...template("a: 1\n"), "my.yaml": "- a\n- b\n" },
    args: ["template", "chart", "-f", "my.yaml"],
  },
  { name: "values-file-missing", files: template("a: 1\n"), args: ["template", "chart", "-f", "none.yaml"] },
  {
    name: "values-file-tab",
    files: { ...template("a: 1\n"), "my.yaml": "a:\n\tb: 1\n" },
    args: ["template", "chart", "-f", "my.yaml"],
  },
  { name: "set-no-value", files: template("a: 1\n"), args: ["template", "chart", "--set", "image.tag"] },
  { name: "set-scalar-as-map", files: template("a: 1\n"), args: ["template", "chart", "--set", "name=a,name.b=c"] },
  { name: "set-index", files: template("a: 1\n"), args: ["template", "chart", "--set", "ports[x]=1"] },
  { name: "set-json", files: template("a: 1\n"), args: ["template", "chart", "--set-json", "a={1"] },
  { name: "set-file-missing", files: template("a: 1\n"), args: ["template", "chart", "--set-file", "a=none.txt"] },
  {
    name: "subchart-values-not-a-map",
    files: { ...template("a: 1\n"), "chart/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n" },
    args: ["template", "chart", "--set", "sub=5"],
  },
  {
    name: "schema",
    files: {
      ...template("a: 1\n"),
      "chart/values.schema.json":
        '{"required":["port"],"properties":{"replicas":{"minimum":5},"image":{"properties":{"tag":{"pattern":"^[0-9]"}}}}}',
    },
  },
  {
    name: "schema-of-a-flag",
    files: { ...template("a: 1\n"), "chart/values.schema.json": '{"properties":{"replicas":{"type":"string"}}}' },
    args: ["template", "chart", "--set", "replicas=3"],
  },
  {
    name: "schema-of-values-file-and-flags",
    files: {
      ...template("a: 1\n"),
      "chart/values.schema.json":
        '{"properties":{"replicas":{"type":"string"},"image":{"properties":{"tag":{"type":"string"},"digest":{"type":"string"}}}}}',
      "my.yaml": "replicas: 5\n",
    },
    args: ["template", "chart", "-f", "my.yaml", "--set", "image.tag=3", "--set-json", 'image={"digest":1}'],
  },
  { name: "schema-invalid", files: { ...template("a: 1\n"), "chart/values.schema.json": '{"type":"objekt"}' } },
  { name: "schema-no-json", files: { ...template("a: 1\n"), "chart/values.schema.json": "{type: object}" } },
  {
    name: "schema-remote",
    files: { ...template("a: 1\n"), "chart/values.schema.json": '{"$ref":"https://example.com/x.json"}' },
    differs: "Helm fetches the schema",
  },
  // templates that do not parse
  { name: "parse-unclosed", files: template("a: {{ .Values.name\n") },
  { name: "parse-end-missing", files: template("{{ if .Values.name }}\na: 1\n") },
  { name: "parse-function", files: template("a: {{ toYml .Values }}\n") },
  { name: "parse-variable", files: template("a: {{ $x }}\n") },
  { name: "parse-several", files: template("a: {{ if }}\n", { "chart/templates/b.yaml": "b: {{ nope 1 }}\n" }) },
  // templates that fail
  { name: "exec-nil", files: template("a: {{ .Values.imag.tag }}\n") },
  { name: "exec-nil-in-with", files: template("{{ with .Values.image }}\na: {{ .tga.x }}\n{{ end }}\n") },
  {
    name: "exec-include-chain",
    files: template('a: {{ include "one" . }}\n', {
      "chart/templates/_h.tpl":
        '{{ define "one" }}{{ include "two" . }}{{ end }}{{ define "two" }}{{ .Values.nme.x }}{{ end }}\n',
    }),
  },
  { name: "exec-field-of-scalar", files: template("a: {{ .Values.name.first }}\n") },
  { name: "exec-type", files: template("a: {{ upper .Values.replicas }}\n") },
  {
    name: "exec-type-from-set",
    files: template("a: {{ upper .Values.replicas }}\n"),
    args: ["template", "chart", "--set", "replicas=3"],
  },
  { name: "exec-compare", files: template("{{ if eq .Values.replicas 2 }}\na: 1\n{{ end }}\n") },
  { name: "exec-index", files: template("a: {{ index .Values.ports 5 }}\n") },
  { name: "exec-range", files: template("{{ range .Values.replicas }}\na: 1\n{{ end }}\n") },
  {
    name: "exec-template-missing",
    files: template('a: {{ include "lables" . }}\n', { "chart/templates/_h.tpl": '{{ define "labels" }}x{{ end }}' }),
  },
  { name: "exec-required", files: template('a: {{ required "image.digest is needed" .Values.image.digest }}\n') },
  { name: "exec-fail", files: template('{{ fail "no way" }}\n') },
  {
    name: "exec-tpl",
    files: template("a: {{ tpl .Values.text . }}\n"),
    args: ["template", "chart", "--set", "text={{ .Values.a.b }}"],
  },
  {
    name: "exec-recursion-template",
    files: template('{{ define "r" }}{{ template "r" . }}{{ end }}a: {{ template "r" . }}\n'),
  },
  {
    name: "exec-recursion",
    files: template('{{ include "r" . }}', {
      "chart/templates/_h.tpl": '{{ define "r" }}{{ include "r" . }}{{ end }}',
    }),
    differs: "Helm prints every one of 1,000 links",
  },
  { name: "exec-semver", files: template('a: {{ semverCompare "bad" "1.0.0" }}\n') },
  {
    name: "exec-subchart",
    files: {
      "chart/Chart.yaml": chartYaml,
      "chart/charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
      "chart/charts/sub/values.yaml": "db:\n  host: x\n",
      "chart/charts/sub/templates/s.yaml": "a: {{ .Values.bd.host }}\n",
    },
    args: ["template", "chart", "--set", "sub.db.port=5"],
  },
  {
    name: "exec-several",
    files: template("a: {{ .Values.x.y }}\n", { "chart/templates/b.yaml": "a: {{ .Values.z.y }}\n" }),
  },
  {
    name: "limit-steps",
    files: template("{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}"),
    args: ["template", "chart", "--render-timeout", "1s"],
    differs: "Helm runs on",
  },
  { name: "limit-repeat", files: template('{{ repeat 2000000000 "x" }}'), differs: "Helm takes the memory" },
  // what comes out
  { name: "yaml-mapping", files: template("a: b: c\n") },
  {
    name: "yaml-from-helper",
    files: template('metadata:\n  labels:\n    {{- include "l" . | nindent 4 }}\n', {
      "chart/templates/_h.tpl": '{{ define "l" -}}\nok: yes\n bad: indent\n{{- end }}',
    }),
  },
  { name: "yaml-tab", files: template("a:\n\tb: 1\n") },
  { name: "yaml-after-an-action", files: template("{{- if true }}\na:\n  b: 1\n c: 2\n{{- end }}\n") },
  { name: "yaml-no-object", files: template("just text\n") },
  { name: "yaml-second-document", files: template("a: 1\n---\nb: {{ .Values.name }}: x\n") },
  { name: "show-only-missing", files: template("a: 1\n"), args: ["template", "chart", "-s", "templates/none.yaml"] },
  { name: "dry-run-flag", files: template("a: 1\n"), args: ["template", "chart", "--dry-run=maybe"] },
  {
    name: "post-renderer-missing",
    files: template("a: 1\n"),
    args: ["template", "chart", "--post-renderer", "no-such-program"],
    differs: "Helm 4 takes plugins only",
  },
  // dependencies and fleets
  {
    name: "dependency-update-offline",
    files: {
      "chart/Chart.yaml": `${chartYaml}dependencies:\n  - name: redis\n    version: "1"\n    repository: http://127.0.0.1:1/charts\n`,
    },
    args: ["dependency", "update", "chart"],
    differs: "Helm names a file of its cache, by a digest, and not the repository",
  },
  {
    name: "dependency-update-skip-refresh",
    files: {
      "chart/Chart.yaml": `${chartYaml}dependencies:\n  - name: redis\n    version: "1"\n    repository: http://127.0.0.1:1/charts\n`,
    },
    args: ["dependency", "update", "chart", "--skip-refresh"],
    differs: "Helm names a file of its cache, by a digest, and not the repository",
  },
  {
    name: "fleet-schema",
    files: {
      ...template("a: 1\n"),
      "chart/values.schema.json": '{"properties":{"replicas":{"type":"string"},"name":{"type":"integer"}}}',
      "helmfile.yaml":
        "releases:\n  - name: web\n    chart: ./chart\n    values:\n      - replicas: 5\n      - web.yaml\n",
      "web.yaml": "name: x\n",
    },
    args: ["fleet", "template"],
    differs: "no command of Helm's",
  },
  {
    name: "fleet-schema-of-a-flag",
    files: {
      ...template("a: 1\n"),
      "chart/values.schema.json": '{"properties":{"replicas":{"type":"string"}}}',
      "helmfile.yaml": "releases:\n  - name: web\n    chart: ./chart\n",
    },
    args: ["fleet", "template", "--set", "replicas=5"],
    differs: "no command of Helm's",
  },
  {
    name: "fleet-exec",
    files: {
      ...template("a: {{ .Values.image.tagg.x }}\n"),
      "helmfile.yaml":
        "releases:\n  - name: web\n    chart: ./chart\n    set:\n      - name: image.tag\n        value: v2\n",
    },
    args: ["fleet", "template"],
    differs: "no command of Helm's",
  },
  {
    name: "fleet-template-of-a-part",
    files: { "helmfile.yaml.gotmpl": "values: [{a: 1}]\n---\nreleases:\n  - name: {{ .Values.b }}\n    chart: x\n" },
    args: ["fleet", "list"],
    differs: "no command of Helm's",
  },
  {
    name: "fleet-rendered-yaml",
    files: { "helmfile.yaml.gotmpl": "{{ if true }}\n\nreleases:\n  - name: x\n   chart: x\n{{ end }}\n" },
    args: ["fleet", "list"],
    differs: "no command of Helm's",
  },
  {
    name: "fleet-field",
    files: { "helmfile.yaml": "values: []\n---\nreleases:\n  - name: x\n    chart: x\n    timeout: 5m\n" },
    args: ["fleet", "list"],
    differs: "no command of Helm's",
  },
  {
    name: "fleet-environment",
    files: {
      "helmfile.yaml.gotmpl": "environments:\n  prod: {values: [{a: 1}]}\n---\nreleases:\n  - name: {{ .Values.a }}\n",
    },
    args: ["fleet", "-e", "prd", "list"],
    code: 3,
    differs: "no command of Helm's",
  },
  { name: "name-twice", files: template("a: 1\n"), args: ["template", "n", "chart", "--name-template", "x"] },
];
