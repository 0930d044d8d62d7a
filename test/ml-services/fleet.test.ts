/** The commands of the ML services' README, with `slipway fleet` and `slipway` in helmfile's and helm's place. */
import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { test } from "node:test";
import { openLab, type Ran } from "./lab.ts";

const ok = (ran: Ran): Ran => {
  assert.equal(ran.code, 0, `${ran.out}\n${ran.err}`);
  return ran;
};

test("the dev fleet: applied, left alone when nothing changed, shown, taken away", async () => {
  await using lab = await openLab();
  const dev = ["fleet", "--file", "deployments/dev/helmfile.yaml"];
  const first = ok(await lab.slipway(...dev, "apply"));
  assert.match(first.out, /UPDATED RELEASES:\nNAME +\tNAMESPACE\tCHART +\tVERSION\tDURATION/);
  assert.match(first.err, /^dev-ml-api: deployed, revision 1, /m);
  assert.deepEqual((await readdir(join(lab.home, "dist"))).sort(), ["ml-api-2.0.0.tgz", "ml-batch-2.0.0.tgz"]);

  const again = ok(await lab.slipway(...dev, "apply"));
  assert.equal(again.out, "");
  assert.match(again.err, /^dev-ml-api: unchanged$/m);

  const list = ok(await lab.slipway("list", "--all-namespaces", "-o", "json"));
  assert.deepEqual(
    JSON.parse(list.out).map((r: Record<string, string>) => [r["name"], r["namespace"], r["revision"], r["status"]]),
    [
      ["dev-ml-api", "dev", "1", "deployed"],
      ["dev-ml-batch", "dev", "1", "deployed"],
    ],
  );

  ok(await lab.slipway(...dev, "--selector", "service=ml-batch", "sync"));
  const status = ok(await lab.slipway(...dev, "status", "--output", "json"));
  assert.deepEqual(
    JSON.parse(status.out).map((r: Record<string, unknown>) => [r["name"], r["revision"], r["status"]]),
    [
      ["dev-ml-api", 1, "deployed"],
      ["dev-ml-batch", 2, "deployed"],
    ],
  );

  ok(await lab.slipway(...dev, "destroy"));
  assert.equal(JSON.parse(ok(await lab.slipway("list", "-A", "-o", "json")).out).length, 0);
});

test("one release alone, by its label", async () => {
  await using lab = await openLab();
  ok(await lab.slipway("fleet", "--selector", "service=ml-api", "--file", "deployments/dev/helmfile.yaml", "apply"));
  const list = ok(await lab.slipway("list", "-A", "-q"));
  assert.equal(list.out, "dev-ml-api\n");
});

test("staging and prod come up too, and their namespaces may enforce the restricted standard", async () => {
  await using lab = await openLab();
  for (const environment of ["staging", "prod"]) {
    lab.cluster.api.create(
      { group: "", version: "v1", plural: "namespaces", kind: "Namespace", namespaced: false },
      {
        apiVersion: "v1",
        kind: "Namespace",
        metadata: { name: environment, labels: { "pod-security.kubernetes.io/enforce": "restricted" } },
      },
    );
    const file = `deployments/${environment}/helmfile.yaml`;
    ok(await lab.slipway("fleet", "--file", file, "--environment", environment, "apply"));
  }
  const list = JSON.parse(ok(await lab.slipway("list", "-A", "-o", "json")).out);
  assert.equal(list.filter((release: { status: string }) => release.status === "deployed").length, 4);
});

test("a fleet that cannot be worked on says why, once, and ends with 1", async () => {
  await using lab = await openLab();
  const broken = join(lab.home, "helmfile.yaml");
  const chart = join(lab.env["HOME"] ?? "", "chart");
  await mkdir(join(chart, "templates"), { recursive: true });
  await writeFile(join(chart, "Chart.yaml"), "apiVersion: v2\nname: broken\nversion: 1.0.0\n");
  await writeFile(join(chart, "templates", "cm.yaml"), "a: {{ .Values.missing.key }}\n");
  await writeFile(broken, "releases:\n  - name: bad\n    namespace: x\n    chart: ./chart\n");
  const template = await lab.slipway("fleet", "--file", broken, "apply");
  assert.equal(template.code, 1);
  assert.match(template.err, /nil pointer evaluating interface \{\}\.key/);
  assert.doesNotMatch(template.err, /^ {4}at /m);
  const none = await lab.slipway("fleet", "--file", broken, "--selector", "a=b", "apply");
  assert.deepEqual([none.code, /no releases found that matches specified selector\(a=b\)/.test(none.err)], [3, true]);
});

/** A chart repository that offers one small chart under another's name and version. */
async function standIn(
  lab: { slipway(...words: string[]): Promise<Ran>; home: string },
  name: string,
  version: string,
) {
  const folder = join(lab.home, name);
  const files = {
    "Chart.yaml": `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    "templates/cm.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {{ .Release.Name }}\n",
  };
  for (const [path, text] of Object.entries(files)) {
    await mkdir(dirname(join(folder, path)), { recursive: true });
    await writeFile(join(folder, path), text);
  }
  ok(await lab.slipway("package", folder, "--destination", lab.home));
  const archive = await readFile(join(lab.home, `${name}-${version}.tgz`));
  const digest = createHash("sha256").update(archive).digest("hex");
  const index = `apiVersion: v1
entries:
  ${name}:
  - apiVersion: v2
    name: ${name}
    version: ${version}
    digest: ${digest}
    urls: [${name}-${version}.tgz]
`;
  return { "index.yaml": index, [`${name}-${version}.tgz`]: archive };
}

test("published charts come from their repository, by a helmfile and by the helm commands", async () => {
  const environment: Record<string, string> = {};
  await using lab = await openLab(environment);
  const url = await lab.serve(await standIn(lab, "external-secrets", "2.9.0"));
  (lab.env as Record<string, string>)["SLIPWAY_REPOSITORY_EXTERNAL_SECRETS"] = url;
  ok(await lab.slipway("fleet", "apply", "--file", "deployments/published/helmfile.yaml"));
  assert.equal(ok(await lab.slipway("list", "-n", "external-secrets", "-q")).out, "external-secrets\n");
  ok(await lab.slipway("uninstall", "external-secrets", "-n", "external-secrets"));

  ok(await lab.slipway("repo", "add", "eso", url));
  ok(await lab.slipway("repo", "update"));
  ok(await lab.slipway("install", "again", "eso/external-secrets", "-n", "fresh", "--create-namespace"));
  assert.match(ok(await lab.slipway("get", "manifest", "again", "-n", "fresh")).out, /name: again/);
});
