/**
 * `slipway fleet` beside stock helmfile: what `template` and `list` print to stdout, and the exit code. What helmfile
 * 1.8.0 with Helm 4 printed is kept in fleet/NAME.txt; `HELMFILE=/path/to/helmfile` writes it anew.
 */
import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { tool } from "../tools/tools.ts";

const scratch = mkdtempSync(join(tmpdir(), "slipway-fleet-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

/** A chart that shows what it is given. */
const chart = {
  "echo/Chart.yaml": "apiVersion: v2\nname: echo\nversion: 1.2.3\n",
  "echo/values.yaml": "a: 1\nb: {c: 2}\nl: [1, 2]\n",
  "echo/templates/cm.yaml": `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}", namespace: "{{ .Release.Namespace }}"}
data:
  values: {{ toJson .Values | quote }}
  kube: {{ .Capabilities.KubeVersion }} {{ .Capabilities.APIVersions.Has "foo/v1" }}
`,
  "echo/crds/x.yaml": "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: xs.x}\n",
};

interface Row {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly runs: readonly (readonly string[])[];
}

const web = "releases:\n  - name: web\n    namespace: shop\n    chart: ./echo\n";

const rows: readonly Row[] = [
  {
    name: "versions",
    files: {
      "helmfile.yaml": `kubeVersion: v1.30.0\napiVersions: [foo/v1]\n${web}  - {name: b, chart: ./echo, kubeVersion: 1.29}\n`,
    },
    runs: [["template"], ["template", "--include-crds"]],
  },
  {
    name: "environments",
    files: {
      "helmfile.yaml.gotmpl": `environments:
  default: {values: [{x: 1}]}
  prod: {values: [envs/prod.yaml, envs/more.yaml.gotmpl]}
---
${web}    values:
      - a: {{ .Values.x }}
        n: {{ .Environment.Name }}
        more: {{ .Values | get "more" "none" }}
`,
      "envs/prod.yaml": "x: 7\ny: yes\n",
      "envs/more.yaml.gotmpl": "more: {{ .Environment.Name | upper }}-{{ .Values.y }}\n",
    },
    runs: [
      ["template"],
      ["-e", "prod", "template"],
      ["-e", "prod", "--state-values-set", "x=9", "template"],
      ["-e", "nope", "template"],
    ],
  },
  {
    // helmfile reads by yaml.v3, Helm what it is given by yaml.v2.
    name: "words",
    files: {
      "helmfile.yaml": `commonLabels: {x: y, v: 1.10}
helmDefaults: {wait: on}
${web}    version: 1.2.3
    values:
      - {y: yes, n: [on, off, true], t: 0o17, o: 017, f: 1e3, big: 12345678901234567890}
      - plain.yaml
    set:
      - {name: b.c, value: 1.10}
      - {name: "l[1]", value: "x,y"}
      - {name: b.d, values: [1, yes, true]}
      - {name: f, file: f.txt}
    setString:
      - {name: s, value: 007}
`,
      "plain.yaml": "p: yes\nq: 017\n",
      "f.txt": "hello\n",
    },
    runs: [["template"], ["template", "--set", "a=9"], ["-l", "x=y,v=1.10", "list"], ["-l", "x!=y", "list"]],
  },
  {
    name: "templates",
    files: {
      "helmfile.yaml": `values: [{v: 3}]
templates:
  base: &base {namespace: n1, values: [{a: base}], labels: {from: base}}
---
releases:
  - name: web
    chart: ./echo
    namespace: "{{ .Values.v }}-ns"
    labels: {a: "{{ .Release.Name }}"}
    values: ["{{ .Release.Name }}.yaml"]
    valuesTemplate: [{space: "{{ .Release.Namespace }}", keep: '{{ "{{ x }}" }}'}]
    setTemplate: [{name: k, value: "{{ .Release.Labels.a }}"}]
  - {name: two, chart: ./echo, inherit: [{template: base}], values: [{b: {c: two}}]}
`,
      "web.yaml": "a: from-file\n",
    },
    runs: [["template"], ["list"], ["list", "--output", "json"]],
  },
  {
    name: "merge keys",
    files: {
      "helmfile.yaml": `templates:
  t: &t {namespace: n1, values: [{a: t}]}
releases:
  - {name: one, chart: ./echo, namespace: own, <<: *t}
  - {<<: *t, name: two, chart: ./echo}
`,
    },
    runs: [["template"]],
  },
  {
    name: "needs and selectors",
    files: {
      "helmfile.yaml": `releases:
  - {name: web, namespace: shop, chart: ./echo, needs: [shop/db]}
  - {name: db, namespace: shop, chart: ./echo, labels: {tier: back}}
  - {name: q, chart: ./echo, labels: {tier: back}}
  - {name: gone, namespace: shop, chart: ./echo, installed: false}
  - {name: off, namespace: shop, chart: ./echo, condition: off.enabled}
values: [{off: {enabled: false}}]
`,
    },
    runs: [
      ["template"],
      ["list"],
      ["-l", "tier=back", "template"],
      ["-l", "name=web", "template"],
      ["-l", "name=web", "template", "--include-needs"],
      ["-l", "name=nothing", "template"],
    ],
  },
  {
    name: "functions and hooks",
    files: {
      "helmfile.yaml.gotmpl": `${web}    values:
      - e: {{ exec "echo" (list "hi") | trim }}
        f: {{ readFile "f.txt" | trim }}
        r: {{ tpl "{{ .x }}" (dict "x" 1) }}
        y: {{ fromYaml "y: yes" | toYaml | trim | quote }}
      - v.yaml.gotmpl
    hooks:
      - {events: [prepare, cleanup], showlogs: true, command: echo, args: ["{{\`{{ .Event.Name }}\`}}"]}
`,
      "f.txt": "hello\n",
      "v.yaml.gotmpl": "release: {{ .Release.Name }}\nb:\n  c: null\n",
    },
    runs: [["template"], ["-n", "other", "template"]],
  },
  { name: "nothing to do", files: { "helmfile.yaml": "releases: []\n" }, runs: [["template"], ["list"]] },
];

function lay(folder: string, files: Row["files"]): void {
  for (const [name, text] of Object.entries({ ...chart, ...files })) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
}

const shown = (words: readonly string[], code: number | null, stdout: string) =>
  `$ ${words.join(" ")}\n${stdout}[exit code ${code}]\n`;

const helmfile = process.env["HELMFILE"];

for (const { name, files, runs } of rows) {
  test(`as helmfile: ${name}`, async () => {
    const cwd = join(scratch, name.replaceAll(" ", "-"));
    lay(cwd, files);
    const recorded = join(import.meta.dirname, "fleet", `${name.replaceAll(" ", "-")}.txt`);
    if (helmfile !== undefined) {
      const env = { PATH: process.env["PATH"], HOME: cwd };
      const stock = runs.map((words) => {
        const argv = ["--helm-binary", tool("helm4").path, ...words];
        const ran = spawnSync(helmfile, argv, { cwd, env, encoding: "utf8" });
        return shown(words, ran.status, ran.stdout);
      });
      writeFileSync(recorded, stock.join("\n"));
    }
    let text = "";
    for (const words of runs) {
      const context = memoryContext({ cwd, env: { PATH: process.env["PATH"], HOME: cwd } });
      const code = await run(["fleet", ...words], commands, context);
      text += (text === "" ? "" : "\n") + shown(words, code, context.stdout);
    }
    assert.equal(text, readFileSync(recorded, "utf8"));
  });
}
