/** Charts that reach into the corners of rendering; each is rendered by stock Helm and by Slipway. */
export interface ChartCase {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  /** Each a command line after `template chart`. */
  readonly runs?: readonly (readonly string[])[];
}

const chart = (more = "") => `apiVersion: v2\nname: app\nversion: 1.2.3\nappVersion: 1.10\n${more}`;
const sub = (name: string, more = "") => `apiVersion: v2\nname: ${name}\nversion: 1.0.0\n${more}`;
const show = (...expressions: string[]) =>
  `data:\n${expressions.map((text, i) => `  k${i}: {{ ${text} | toJson | quote }}\n`).join("")}`;

export const charts: readonly ChartCase[] = [
  {
    name: "objects",
    files: {
      "Chart.yaml": chart(
        "description: d\nkeywords: [a, b]\nannotations: {n: 1.50}\nmaintainers: [{name: x, email: a@b.c}]\n",
      ),
      "values.yaml": "a: 1\nb: {c: 2.5, d: null}\nbig: 1234567890\n",
      "a.txt": "one\ntwo\n",
      "conf/x.conf": "x=1\n",
      "conf/y.conf": "y: 2",
      "templates/a.yaml": [
        "data:",
        "  chart: {{ .Chart.Name }} {{ .Chart.Version }} {{ .Chart.AppVersion }} {{ .Chart.IsRoot }} {{ .Chart.Annotations }}",
        "  release: {{ .Release | toJson }}",
        "  template: {{ .Template | toJson }}",
        "  caps: {{ .Capabilities.KubeVersion }} {{ .Capabilities.KubeVersion.Minor }} {{ .Capabilities.KubeVersion.GitVersion }}",
        '  has: {{ .Capabilities.APIVersions.Has "apps/v1" }} {{ .Capabilities.APIVersions.Has "x/v1" }} {{ len .Capabilities.APIVersions }}',
        "  types: {{ typeOf .Values }} {{ typeOf .Values.b }} {{ typeOf .Release }} {{ typeOf .Files }} {{ typeOf .Capabilities }} {{ kindOf .Files }}",
        '  files: {{ .Files.Get "a.txt" | quote }} {{ .Files.Get "none" | quote }} {{ .Files.Lines "a.txt" | toJson }} {{ .Files.GetBytes "a.txt" | toJson }}',
        '  glob: {{ range $p, $d := .Files.Glob "conf/*.conf" }}{{ $p }}={{ $d | toString | quote }} {{ end }}',
        '  {{- (.Files.Glob "conf/*").AsConfig | nindent 2 }}',
        '  {{- (.Files.Glob "{a.txt,conf/[xy].conf}").AsSecrets | nindent 2 }}',
        '  asmap: {{ .Values.AsMap | dig "b" "c" 0 }} {{ (.Values.Table "b").c }} {{ .Values.PathValue "b.c" }}',
        "  none: [{{ .Values.none }}] [{{ .Release.None }}] [{{ .Values.b.d }}] <no value>x",
        '  print: {{ print .Values.b }} {{ printf "%v %d %s" .Values.big .Values.a .Values.b }} {{ .Values.big }}',
        "---",
        "{{ toYaml .Chart }}",
      ].join("\n"),
    },
    runs: [[], ["--is-upgrade", "-n", "ns", "--kube-version", "1.28.3-gke.1+x", "-a", "x/v1"], ["--set", "a=7,b.d=x"]],
  },
  {
    name: "overrides",
    files: {
      "Chart.yaml": chart(),
      "templates/_b.tpl": '{{ define "x" }}parent-b{{ end }}{{ define "w" }}kept{{ end }}',
      "templates/_a.tpl": '{{ define "x" }}parent-a{{ end }}{{ define "w" }}   {{ end }}',
      "templates/sub/_z.tpl": '{{ define "x" }}deep{{ end }}',
      "templates/Z.yaml": 'a: {{ include "x" . }} {{ template "w" }}\nset: {{ .Values.seen }}\n',
      "templates/m.yaml": '{{- $_ := set .Values "seen" "by-m" }}b: {{ .Values.seen }}\n',
      "templates/sub/n.yaml": '{{- $_ := set .Values "seen" "by-n" }}b: {{ .Values.seen }}\n',
      "charts/s1/Chart.yaml": sub("s1"),
      "charts/s1/templates/_a.tpl": '{{ define "x" }}s1{{ end }}{{ define "y" }}s1{{ end }}',
      "charts/s1/templates/a.yaml":
        'a: {{ include "x" . }} {{ include "y" . }} {{ .Template.Name }}\n{{- $_ := set .Values "from" "child" }}\n',
      "charts/s2/Chart.yaml": sub("s2"),
      "charts/s2/templates/_a.tpl": '{{ define "y" }}s2{{ end }}',
      "charts/lib/Chart.yaml": sub("lib", "type: Library\n".replace("L", "l")),
      "charts/lib/templates/_l.tpl": '{{ define "lib.x" }}lib {{ .Chart.Name }}{{ end }}',
      "charts/lib/templates/ignored.yaml": "a: never\n",
      "templates/use.yaml":
        'lib: {{ include "lib.x" . }}\nchild: {{ .Values.s1.from }} {{ .Subcharts.s1.Chart.Name }} {{ keys .Subcharts | sortAlpha }}\n',
    },
  },
  {
    name: "tpl",
    files: {
      "Chart.yaml": chart(),
      "values.yaml":
        'a: "{{ .Values.b }}"\nb: deep\nd: \'{{ define "inner" }}in {{ . }}{{ end }}{{ include "inner" "x" }}\'\ne: "{{/* only a comment */}}"\nf: "{{ tpl .Values.a . }}"\n',
      "templates/_h.tpl": '{{ define "outer" }}out {{ tpl .Values.a . }}{{ end }}',
      "templates/a.yaml":
        'a: {{ tpl .Values.a . }}\nd: {{ tpl .Values.d . }}\ne: [{{ tpl .Values.e . }}]\nf: {{ tpl .Values.f . }}\ng: {{ tpl "{{ include \\"outer\\" . }}" . }}\nh: {{ tpl "{{ .none }}" (dict) }}\n',
    },
  },
  {
    name: "values",
    files: {
      "Chart.yaml": chart(),
      "values.yaml":
        "keepnull: null\nmap: {a: 1, b: {c: 2, d: null}}\nlist: [1, 2]\nglobal: {g: 1, m: {x: 1}}\nsub: {x: null, y: from-parent, t: {u: 1}}\nscalar: 5\n",
      "templates/a.yaml": '{{ toYaml .Values }}\nhas: {{ hasKey .Values "keepnull" }}\n',
      "charts/sub/Chart.yaml": sub("sub"),
      "charts/sub/values.yaml": "x: 9\ny: 8\nz: 7\nt: {u: 2, v: 3}\nglobal: {g: 2, own: 3, m: {y: 2}}\n",
      "charts/sub/templates/a.yaml": "{{ toYaml .Values }}\n",
      "two.yaml": "map: null\nlist: null\n---\nmap: {b: {c: null}}\nextra: 1\n",
      "on.yaml": "y: 1\nn: 2\non: 3\n1: one\n1.5: x\ntrue: t\n? [a]\n: b\n",
      "three.yaml":
        "n: 0777\no: 0o17\np: 1_000\nq: 12:30\nr: 2020-01-02\ns: !!binary aGk=\nt: .5\nu: 1e3\nv: ~\nbase: &b {x: 1}\nw: {<<: *b, y: 2}\n",
    },
    runs: [
      [],
      ["-f", "chart/two.yaml"],
      ["-f", "chart/three.yaml"],
      ["--set", "map=null,sub.y=null,global.g=null"],
      ["--set", "scalar.x=1"],
      ["--set", "map=5,list[3]=x,list[1]=y"],
      ["--set", "n=5,m=-0,o=08,p=1.5,q=true,r=,s={a,2,null},t[0].u=v"],
      ["--set-string", "n=5,q=true,r=null"],
      ["--set-json", 'a={"b":[1,2.5]},c=null', "--set", "a.b[0]=9"],
      ["--set-json", '{"a":{"b":1},"map":{"z":1}}'],
      ["--set-literal", "a.b=c,d={e}"],
      ["--set", "a\\.b=1,c=x\\,y"],
    ],
  },
  {
    name: "dependencies",
    files: {
      "Chart.yaml": chart(
        [
          "dependencies:",
          "  - {name: one, version: 1.x, repository: r, condition: one.enabled, tags: [front]}",
          "  - {name: one, version: 1.x, repository: r, alias: again, import-values: [data, {child: deep.er, parent: up.here}]}",
          "  - {name: two, version: '>=1', repository: r, condition: 'two.on,two.off', tags: [back]}",
          "  - {name: three, version: 9.x, repository: r}",
          "",
        ].join("\n"),
      ),
      "values.yaml": "tags: {back: false}\nfromchild: mine\ntwo: {on: 3}\n",
      "templates/a.yaml":
        '{{ omit .Values "global" | toYaml }}\nsubs: {{ keys .Subcharts | sortAlpha }}\ndeps: {{ len .Chart.Dependencies }}\n',
      "charts/one/Chart.yaml": sub(
        "one",
        "dependencies:\n  - {name: leaf, version: '*', repository: r, condition: leaf.on}\n",
      ),
      "charts/one/values.yaml": "exports: {data: {fromchild: theirs, other: 1}}\ndeep: {er: {q: 1}}\n",
      "charts/one/templates/a.yaml":
        'name: {{ .Chart.Name }} {{ .Template.Name }}\nvalues: {{ omit .Values "global" | toJson }}\n',
      "charts/one/charts/leaf/Chart.yaml": sub("leaf"),
      "charts/one/charts/leaf/templates/a.yaml": "leaf: {{ .Template.Name }}\n",
      "charts/two/Chart.yaml": sub("two"),
      "charts/two/templates/a.yaml": "two: here\n",
      "charts/three/Chart.yaml": sub("three"),
      "charts/three/templates/a.yaml": "three: here\n",
      "charts/unlisted/Chart.yaml": sub("unlisted"),
      "charts/unlisted/templates/a.yaml": "unlisted: here\n",
      "charts/_skipped/Chart.yaml": sub("skipped"),
      "charts/loose.txt": "not a chart",
    },
    runs: [
      [],
      ["--set", "tags.back=true"],
      ["--set", "one.enabled=false,again.leaf.on=false"],
      ["--set", "two.on=true"],
      ["--set", "up.here.q=5,again.exports.data.other=2"],
    ],
  },
  {
    name: "documents",
    files: {
      "Chart.yaml": chart(),
      "crds/b.yaml": "kind: CustomResourceDefinition\nmetadata: {name: b}\n---\nkind: Second\n",
      "crds/a.yml": "kind: CustomResourceDefinition\nmetadata: {name: a}",
      "templates/order.yaml": [
        "Ingress",
        "Gateway",
        "Deployment",
        "Namespace",
        "Zebra",
        "",
        "ConfigMap",
        "Secret",
        "Service",
        "ValidatingWebhookConfiguration",
        "CustomResourceDefinition",
      ]
        .map((kind) => `kind: ${kind}\nmetadata: {name: x}\n`)
        .join("---\n"),
      "templates/odd.yaml":
        "\n\n---\n# only a comment\n---\n\n---apiVersion: v1\nkind: Glued\n--- # c\nkind: Commented   \n\n\n---\n",
      "templates/crlf.yaml": "kind: Crlf\r\nmetadata:\r\n  name: x\r\n---\r\nkind: Second\r\n\r\n",
      "templates/empty.yaml": "{{- /* nothing */ -}}\n   \n",
      "templates/text.txt": "kind: FromText\n",
      "templates/block.yaml": "kind: Block\ndata: |\n  a\n---\n  b: 1\n",
      "templates/NOTES.txt": "notes {{ .Release.Name }}\n",
      "templates/hooks.yaml": [
        "kind: Job\nmetadata:\n  name: one\n  annotations: {helm.sh/hook: 'pre-install, POST-upgrade', helm.sh/hook-weight: '5'}\n",
        "kind: ConfigMap\nmetadata:\n  name: two\n  annotations: {helm.sh/hook: test-success}\n",
        "kind: Pod\nmetadata:\n  name: three\n  annotations: {helm.sh/hook: 'pre-install,crd-install'}\n",
        "kind: Pod\nmetadata:\n  name: 1000000\n  annotations: {a: 1}\n",
      ].join("---\n"),
      "templates/tests/t.yaml": "kind: Pod\nmetadata:\n  name: t\n  annotations:\n    helm.sh/hook: test\n",
    },
    runs: [
      [],
      ["--include-crds"],
      ["--skip-tests"],
      ["--no-hooks"],
      ["-s", "templates/hooks.yaml"],
      ["-s", "templates/o*.yaml", "-s", "templates/crlf.yaml"],
      ["--include-crds", "-s", "crds/b.yaml"],
    ],
  },
  {
    name: "ignore",
    files: {
      "Chart.yaml": chart(),
      ".helmignore": "# comment\n*.bak\n/top.txt\ndocs/\nconf/*.tmp\n.git*\n",
      "a.bak": "x",
      "top.txt": "x",
      "conf/top.txt": "kept",
      "conf/a.tmp": "x",
      "docs/readme": "x",
      "templates/docs": "kind: FileNamedDocs\n",
      "templates/.hidden.yaml": "kind: Hidden\n",
      "templates/a.yaml": 'files: {{ range $p, $_ := .Files.Glob "**" }}{{ $p }} {{ end }}\n',
    },
  },
  {
    name: "v1",
    files: {
      "Chart.yaml": "name: app\nversion: 0.1.0\n",
      "requirements.yaml": "dependencies:\n  - {name: kid, version: '*', repository: r, alias: baby}\n",
      "charts/kid/Chart.yaml": "apiVersion: v1\nname: kid\nversion: 1.0.0\n",
      "charts/kid/templates/a.yaml": "kid: {{ .Chart.Name }} {{ .Chart.APIVersion }}\n",
      "templates/a.yaml": 'v: {{ .Chart.APIVersion }} {{ .Files.Get "requirements.yaml" | quote }}\n',
    },
  },
  {
    name: "printing",
    files: {
      "Chart.yaml": chart(),
      "values.yaml":
        'f: 1000000\ng: 0.00001\nh: 1e21\ni: 2097152.5\nl: [1, a, null, {b: [x]}]\ns: "a \\"b\\" \\u00e9\\n"\nt: true\ne: {}\nz: []\n',
      "templates/a.yaml": [
        show(".Values.l", ".Values.f", ".Values.g", ".Values.h", ".Values.i"),
        "  p: {{ .Values.f }} {{ .Values.g }} {{ .Values.h }} {{ .Values.i }} {{ .Values.l }} {{ .Values.t }} {{ .Values.e }} {{ .Values.z }}",
        "  q: {{ quote .Values.f .Values.s nil }} {{ squote .Values.s }}",
        '  r: {{ printf "%5d|%-5s|%05.1f|%q|%x|%T|%v|%%|%d" 42 "ab" 3.14159 "q\\n" "hex" .Values.l .Values.e "no" }}',
        "  {{- toYaml .Values | nindent 2 }}",
        "  {{- toYamlPretty .Values.l | nindent 2 }}",
        '  toml: {{ toToml (dict "a" 1 "b" (dict "c" .Values.f)) | quote }}',
      ].join("\n"),
    },
  },
];
