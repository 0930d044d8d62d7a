import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { after, test } from "node:test";
import { nodeHost } from "./host.ts";
import { findFiles, loadFile, mergedValues } from "./load.ts";
import { resolveReleases } from "./releases.ts";

const made: string[] = [];
after(() => Promise.all(made.map((dir) => rm(dir, { recursive: true, force: true }))));

async function folder(files: Record<string, string>): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), "slipway-fleet-"));
  made.push(dir);
  for (const [name, text] of Object.entries(files)) {
    await mkdir(dirname(join(dir, name)), { recursive: true });
    await writeFile(join(dir, name), text);
  }
  return dir;
}

const plain = (value: unknown) => JSON.parse(JSON.stringify(value));

async function load(files: Record<string, string>, environment = "default", env: Record<string, string> = {}) {
  const dir = await folder(files);
  const host = nodeHost(env);
  const [file = ""] = findFiles(host, dir, undefined);
  const loaded = await loadFile(file, { host, environment });
  return { loaded, releases: await resolveReleases(loaded, { host }) };
}

test("bases lie below, parts replace lists, inherited templates fill gaps, fields are templates", async () => {
  const { releases } = await load({
    "common.yaml": `
helmDefaults: { wait: true, timeout: 60 }
templates:
  service:
    hooks:
      - events: [presync]
        command: echo
        args: ["{{ .Release.Name }}"]
    labels: { team: ml }
`,
    "helmfile.yaml": `bases: [common.yaml]
environments:
  default: {}
---
commonLabels: { fleet: x }
releases:
  - name: web-{{ .Environment.Name }}
    namespace: prod
    chart: ./web
    inherit: [{ template: service }]
    labels: { service: web }
    needs: [db]
  - name: db
    namespace: prod
    chart: ./db
    timeout: 5
    installed: false
`,
  });
  assert.deepEqual(
    releases.map(({ id, needs, labels, wait, timeout, installed }) => ({
      id,
      needs,
      labels: plain(labels),
      wait,
      timeout,
      installed,
    })),
    [
      {
        id: "prod/web-default",
        needs: ["prod/db"],
        labels: { team: "ml", service: "web", fleet: "x" },
        wait: true,
        timeout: 60,
        installed: true,
      },
      { id: "prod/db", needs: [], labels: { fleet: "x" }, wait: true, timeout: 5, installed: false },
    ],
  );
  assert.equal(releases[0]?.hooks?.length, 1);
});

test("environments: defaults, then the environment's files and maps, rendered when they are templates", async () => {
  const files = {
    "helmfile.yaml.gotmpl": `environments:
  default: {}
  staging:
    values:
      - env/staging.yaml
      - env/more.yaml.gotmpl
      - replicas: 3
---
values:
  - replicas: 1
    tier: none
releases:
  - name: {{ .Environment.Name }}-web
    chart: ./web
    values:
      - replicas: {{ .Values.replicas }}
        tier: {{ .Values.tier }}
        home: {{ requiredEnv "FLEET_HOME" }}
`,
    "env/staging.yaml": "tier: gold\nreplicas: 2\n",
    "env/more.yaml.gotmpl": "zone: {{ .Environment.Name | upper }}\n",
  };
  const { loaded, releases } = await load(files, "staging", { FLEET_HOME: "here" });
  assert.deepEqual(plain(mergedValues(loaded.environment)), { tier: "gold", replicas: 3, zone: "STAGING" });
  assert.equal(releases[0]?.name, "staging-web");
  assert.deepEqual(plain(releases[0]?.values), [{ replicas: 3, tier: "gold", home: "here" }]);
  await assert.rejects(load(files, "staging"), /required env var `FLEET_HOME` is not set/);
});

test("what is wrong with a helmfile is said with its place", async () => {
  const cases: [name: string, text: string, message: RegExp][] = [
    [
      "unknown key",
      "releases:\n  - name: a\n    chart: b\n    namspace: c\n",
      /line 4: field namspace not found in type state\.ReleaseSpec/,
    ],
    [
      "later",
      "releases:\n  - name: a\n    chart: b\n    jsonPatches: []\n",
      /releases\[0\]\.jsonPatches: slipway fleet cannot do this yet/,
    ],
    [
      "mixed parts",
      "environments:\n  default: {}\nreleases: []\n",
      /environments and releases cannot be defined within the same YAML part/,
    ],
    ["no name", "releases:\n  - chart: b\n", /releases\[0\]\.name has to be a non-empty string/],
    ["not a list", "releases: yes\n", /releases has to be a list/],
    ["no chart", "releases:\n  - name: a\n", /release "a": encountered empty chart/],
    ["twice", "releases:\n  - {name: a, chart: b}\n  - {name: a, chart: c}\n", /duplicate release "a"/],
    [
      "inherits nothing",
      "releases:\n  - {name: a, chart: b, inherit: [{template: x}]}\n",
      /tried to inherit inexistent release template "x"/,
    ],
  ];
  for (const [name, text, message] of cases) await assert.rejects(load({ "helmfile.yaml": text }), message, name);
  await assert.rejects(
    load({ "helmfile.yaml": "environments:\n  dev: {}\n" }, "prod"),
    /environment "prod" is not defined/,
  );
  await assert.rejects(load({}), /no state file found/);
});

test("conditions and templates of booleans decide whether a release takes part", async () => {
  const { releases } = await load({
    "helmfile.yaml": `values:
  - web: { enabled: false }
releases:
  - { name: a, chart: c, condition: web.enabled }
  - { name: b, chart: c, installedTemplate: '{{ eq .Release.Name "x" }}' }
`,
  });
  assert.deepEqual(
    releases.map(({ enabled, installed }) => [enabled, installed]),
    [
      [false, true],
      [true, false],
    ],
  );
});
