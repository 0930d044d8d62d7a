/** `lint` beside stock Helm: every line of Helm's, in its order, and the place of each finding. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { tool } from "../tools/tools.ts";

const scratch = mkdtempSync(join(tmpdir(), "slipway-lint-"));
after(() => rmSync(scratch, { recursive: true, force: true }));

interface Row {
  readonly name: string;
  readonly files: Readonly<Record<string, string>>;
  readonly args?: readonly string[];
  /** Where the findings are, in their order: `file:line:column`, or nothing where there is no place. */
  readonly places: readonly string[];
}

const chart = "apiVersion: v2\nname: app\nversion: 1.0.0\nicon: https://example.com/icon.png\n";
const good = { "Chart.yaml": chart, "values.yaml": "a: 1\n" };
const object = (head: string, more = "") => `apiVersion: ${head}\nmetadata:\n  name: it\n${more}`;
const templates = (text: string, more: Record<string, string> = {}) => ({
  ...good,
  "templates/a.yaml": text,
  ...more,
});

const rows: readonly Row[] = [
  { name: "a good chart", files: templates(object("v1\nkind: ConfigMap")), places: [] },
  { name: "no templates", files: good, places: [""] },
  { name: "no Chart.yaml", files: { "values.yaml": "a: 1\n" }, places: [] },
  {
    name: "an empty Chart.yaml",
    files: { ...templates(""), "Chart.yaml": "" },
    places: [
      "Chart.yaml:1:1",
      "Chart.yaml:1:1",
      "Chart.yaml:1:1",
      "Chart.yaml:1:1",
      "Chart.yaml:1:1",
      "Chart.yaml:1:1",
      "",
    ],
  },
  {
    name: "no icon, no values",
    files: { "Chart.yaml": "apiVersion: v2\nname: app\nversion: 1.0.0\n", "templates/a.yaml": "" },
    places: ["Chart.yaml:1:1", ""],
  },
  {
    name: "fields of Chart.yaml",
    files: {
      ...templates(""),
      "Chart.yaml":
        "apiVersion: v3\nname: app\nversion: one\nicon: nowhere\ntype: thing\nmaintainers:\n- email: a@b\nsources:\n- not a url\n",
    },
    places: [
      "Chart.yaml:1:13",
      "Chart.yaml:3:10",
      "Chart.yaml:7:3",
      "Chart.yaml:9:3",
      "Chart.yaml:4:7",
      "Chart.yaml:5:7",
      "Chart.yaml:3:10",
      "Chart.yaml:1:1",
      "",
    ],
  },
  {
    name: "numbers where strings belong",
    files: { ...templates(""), "Chart.yaml": `${chart.replace("1.0.0", "1")}appVersion: 2\n` },
    places: ["Chart.yaml:3:10", "Chart.yaml:5:13", "Chart.yaml:3:10"],
  },
  {
    name: "a version that is no strict one",
    files: { ...templates(""), "Chart.yaml": chart.replace("1.0.0", '"1.0"') },
    places: ["Chart.yaml:3:10"],
  },
  {
    name: "an unknown field of Chart.yaml",
    files: { ...templates(""), "Chart.yaml": `${chart}colour: blue\n` },
    places: ["Chart.yaml:5:9"],
  },
  {
    name: "values that are no YAML",
    files: { ...templates(""), "values.yaml": "a: 1\n  b: 2\n" },
    places: ["values.yaml:2:4", "values.yaml:2:4", ""],
  },
  {
    name: "values against the schema",
    files: {
      ...templates("a: {{ .Values.a }}\n"),
      "values.schema.json": '{"type":"object","properties":{"a":{"type":"string"}}}',
    },
    places: ["values.yaml:1:1", ""],
  },
  {
    name: "a template that does not parse",
    files: templates("a: {{ if }}\n"),
    places: ["templates/a.yaml:1:10"],
  },
  {
    name: "a template that fails, called from another",
    files: templates('a: {{ include "h" . }}\n', {
      "templates/_h.tpl": '{{ define "h" }}\n{{ .Values.x.y.z }}{{ end }}',
    }),
    places: ["templates/_h.tpl:2:4"],
  },
  {
    name: "required and fail",
    files: templates('a: {{ required "give a b" .Values.b }}{{ fail "no" }}\n'),
    places: ["templates/a.yaml:1:1"],
  },
  { name: "output that is no YAML", files: templates("a: 1\n b: 2\n"), places: ["templates/a.yaml:2:2"] },
  {
    name: "names",
    files: templates(object("v1\nkind: ConfigMap").replace("it", "Not_Good")),
    places: ["templates/a.yaml:4:3"],
  },
  {
    name: "a deprecated type",
    files: templates(object("policy/v1beta1\nkind: PodDisruptionBudget")),
    places: ["templates/a.yaml:1:1"],
  },
  {
    name: "a deprecated type, asked for an old Kubernetes",
    files: templates(object("policy/v1beta1\nkind: PodDisruptionBudget")),
    args: ["--kube-version", "1.20"],
    places: [],
  },
  {
    name: "a selector that is missing",
    files: templates(
      object("apps/v1\nkind: Deployment", "spec:\n  template:\n    spec:\n      containers:\n      - name: a\n"),
    ),
    places: ["templates/a.yaml:2:1"],
  },
  {
    name: "a resource policy on an item of a list",
    files: templates(
      "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: ConfigMap\n  metadata:\n    name: a\n    annotations:\n      helm.sh/resource-policy: keep\n",
    ),
    places: ["templates/a.yaml:7:5", "templates/a.yaml:9:7"],
  },
  {
    name: "a file of an odd kind",
    files: templates("", { "templates/b.txtx": "a" }),
    places: ["templates/b.txtx:1:1"],
  },
  {
    name: "a tab, windows' line ends, two documents",
    files: templates(`${object("v1\r\nkind: ConfigMap")}---\r\na:\t1\n`),
    places: ["templates/a.yaml:6:1"],
  },
  {
    name: "a subchart that Chart.yaml does not name",
    files: { ...templates(""), "charts/sub/Chart.yaml": chart.replace("app", "sub"), "charts/sub/values.yaml": "" },
    places: ["Chart.yaml:1:1"],
  },
  {
    name: "a dependency that is not there",
    files: {
      ...templates(""),
      "Chart.yaml": `${chart}dependencies:\n- name: x\n  version: 1.0.0\n  repository: "@y"\n`,
    },
    places: ["Chart.yaml:6:3"],
  },
  {
    name: "subcharts, too",
    files: {
      ...templates(""),
      "charts/sub/Chart.yaml": "apiVersion: v2\nname: sub\nversion: 1.0.0\n",
      "charts/sub/templates/a.yaml": "{{ .Values.a.b }}",
    },
    args: ["--with-subcharts"],
    places: [
      "charts/sub/templates/a.yaml:1:4",
      "Chart.yaml:1:1",
      "charts/sub/Chart.yaml:1:1",
      "",
      "charts/sub/templates/a.yaml:1:4",
    ],
  },
  {
    name: "strict",
    files: templates(object("policy/v1beta1\nkind: PodDisruptionBudget")),
    args: ["--strict"],
    places: ["templates/a.yaml:1:1"],
  },
  {
    name: "quiet",
    files: { ...good, "Chart.yaml": chart.replace(/icon.*/, "") },
    args: ["--quiet"],
    places: ["Chart.yaml:1:1", ""],
  },
  { name: "quiet and good", files: templates(""), args: ["--quiet"], places: [] },
  {
    name: "values that make it fail",
    files: templates("{{ if .Values.bad }}{{ .Values.a.b.c }}{{ end }}\n"),
    args: ["--set", "bad=true"],
    places: ["templates/a.yaml:1:24"],
  },
  {
    name: "CRDs",
    files: templates("", {
      "crds/a.yaml": object("v1\nkind: ConfigMap"),
      "crds/b.yaml": object("apiextensions.k8s.io/v1\nkind: CustomResourceDefinition"),
    }),
    places: ["crds/a.yaml:1:1", "crds/a.yaml:1:1"],
  },
];

function lay(row: Row): string {
  const folder = join(scratch, row.name.replace(/\W+/g, "-"));
  for (const [name, text] of Object.entries(row.files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    writeFileSync(join(folder, name), text);
  }
  return folder;
}

async function ours(folder: string, args: readonly string[]) {
  const context = memoryContext({ cwd: folder });
  const code = await run(["lint", folder, ...args], commands, context);
  return { code, stdout: context.stdout, stderr: context.stderr };
}

interface Finding {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
}

for (const row of rows) {
  const args = row.args ?? [];
  test(`lint: ${row.name}`, async () => {
    const folder = lay(row);
    const { stdout } = await ours(folder, [...args, "-o", "json"]);
    const charts = (JSON.parse(stdout) as { charts: { messages?: Finding[] }[] }).charts;
    const places = charts
      .flatMap(({ messages = [] }) => messages)
      .map(({ file, line, column }) =>
        line === undefined ? "" : `${file?.replace(`${folder}/`, "")}:${line}:${column}`,
      );
    assert.deepEqual(places, row.places);
  });
  for (const version of [4, 3] as const) {
    const helm = tool(`helm${version}`);
    test(`lint: ${row.name}: the words of Helm ${version}`, { skip: helm.skip }, async () => {
      const folder = lay(row);
      const expected = await new Promise<{ code: number; stdout: string; stderr: string }>((resolve) => {
        execFile(helm.path, ["lint", folder, ...args], { cwd: folder }, (error, stdout, stderr) =>
          resolve({ code: error === null ? 0 : 1, stdout, stderr }),
        );
      });
      const got = await ours(folder, [...args, "--helm-version", String(version)]);
      assert.equal(got.stdout.replace(/^ {2,4}(?:--> |- ).*\n/gm, ""), expected.stdout);
      assert.equal(got.code, expected.code);
      const last = (text: string) => text.split("\n").findLast((line) => line.startsWith("Error: "));
      assert.equal(last(got.stderr), last(expected.stderr));
    });
  }
}
