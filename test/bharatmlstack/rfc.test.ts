/** The requirement document, carried out: its tree, its example values, its commands, by stock Helm and by Slipway. */
import assert from "node:assert/strict";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { parse, parseDocuments } from "../../src/goyaml/index.ts";
import { platformCharts } from "../platforms/charts.ts";
import { runProgram } from "../platforms/render.ts";
import { tool } from "../tools/tools.ts";
import { charts, find, type Manifest, platform, render, type Service, services } from "./charts.ts";
import { readRfc } from "./rfc.ts";

const rfc = readRfc();
const scratch = mkdtempSync(join(tmpdir(), "slipway-rfc-"));
after(() => rmSync(scratch, { recursive: true, force: true }));
const stock = { 4: tool("helm4"), 3: tool("helm3") };

/** The charts that the tree gives a way in. */
const exposed = charts.filter((chart) => chart !== "sdk-common");

test("every file of the document's tree is there", () => {
  assert.equal(rfc.files.length, 50);
  assert.deepEqual(
    rfc.files.filter((file) => !existsSync(join(platform, "helm", file))),
    [],
  );
});

test("the document's commands run in every component's folder", { skip: stock[4].skip || stock[3].skip }, async () => {
  assert.deepEqual(rfc.commands, ["helm lint", "helm template"]);
  for (const chart of charts) {
    const cwd = join(platform, "helm", chart);
    for (const line of rfc.commands) {
      // Neither is given a chart in the text; the folder one stands in is meant.
      const words: string[] = [...line.split(" ").slice(1), "."];
      const outputs: string[] = [];
      for (const helm of [stock[4], stock[3]]) {
        const ran = await runProgram(helm.path, words, { cwd });
        assert.equal(ran.code, 0, `${chart}: ${line}: ${ran.err}${ran.out}`);
        outputs.push(ran.out);
      }
      const context = memoryContext({ cwd });
      assert.equal(await run(words, commands, context), 0, context.stderr);
      if (line === "helm template") assert.equal(context.stdout, outputs[0], chart);
    }
  }
});

test("the document's example values: an Ingress by default, the Gateway when they are turned round", async () => {
  const example = parse(rfc.values) as Record<string, { enabled: boolean; host: string; className: string }>;
  assert.deepEqual(Object.keys(example), ["ingress", "gateway"]);
  const file = join(scratch, "example.yaml");
  writeFileSync(file, rfc.values);
  const turned = join(scratch, "turned.yaml");
  writeFileSync(
    turned,
    rfc.values
      .replace("enabled: true", "enabled: on")
      .replace("enabled: false", "enabled: true")
      .replace("enabled: on", "enabled: false"),
  );
  for (const chart of exposed) {
    const folder = join(platform, "helm", chart);
    const rendered = async (values: string) => {
      const context = memoryContext({ cwd: folder });
      assert.equal(await run(["template", chart, ".", "-f", values], commands, context), 0, context.stderr);
      return parseDocuments(context.stdout).filter((object) => object !== null) as Manifest[];
    };
    const ingress = find(await rendered(file), "Ingress");
    assert.equal(ingress.spec.ingressClassName, "nginx");
    assert.equal(ingress.spec.rules[0].host, "bharatmlstack.local");
    const routed = await rendered(turned);
    assert.equal(routed.filter((object) => object.kind === "Ingress").length, 0);
    const gateway = find(routed, "Gateway");
    assert.equal(gateway.spec.gatewayClassName, "istio");
    const https = gateway.spec.listeners.find((listener: Manifest) => listener.name === "https");
    assert.equal(https.tls.certificateRefs[0].name, "bharatmlstack-tls");
    const route = routed.find((object) => object.kind === "HTTPRoute");
    assert.deepEqual(route.spec.hostnames, ["bharatmlstack.prod.com"]);
  }
});

const cases = platformCharts().filter(({ platform: name }) => name === "bharatmlstack");

/** Every container of the objects' pods, with the pod's name. */
function* containers(objects: readonly Manifest[]): Generator<{ owner: string; spec: Manifest; container: Manifest }> {
  for (const object of objects) {
    const spec =
      object.kind === "Pod"
        ? object.spec
        : (object.spec?.jobTemplate?.spec.template.spec ?? object.spec?.template?.spec);
    if (!Array.isArray(spec?.containers)) continue;
    for (const container of [...(spec.initContainers ?? []), ...spec.containers])
      yield { owner: `${object.kind}/${object.metadata.name}`, spec, container };
  }
}

test("pods are what the contract says: image, ports, health page, user and every mandatory variable", async () => {
  for (const [name, service] of Object.entries(services)) {
    const chart = cases.find((it) => it.name === service.chart);
    assert.ok(chart);
    for (const values of chart.cases) {
      const objects = await render(service.chart, {
        files: values.files.map((file) => file.slice(chart.folder.length + 1)),
      });
      const owner = [...containers(objects)].find(({ container }) => container.image.startsWith(`${service.image}:`));
      if (name === "onfs-consumer" && owner === undefined) continue;
      assert.ok(owner, `${name} in ${values.name}`);
      const { container, spec } = owner;
      const where = `${name} in ${values.name}`;
      assert.equal(container.image, `${service.image}:${service.version}`, where);
      for (const port of container.ports)
        assert.deepEqual(
          [port.containerPort, port.protocol],
          [service.ports[port.name]?.number, service.ports[port.name]?.protocol],
          where,
        );
      for (const probe of ["startupProbe", "livenessProbe", "readinessProbe"])
        assert.deepEqual(container[probe].httpGet, { path: service.health.path, port: service.health.port }, where);
      if (service.user > 10000) assert.equal(spec.securityContext.runAsUser, service.user, where);
      if (service.environment["browser"] === undefined) expectVariables(where, service, objects, container);
      else {
        const env = JSON.parse(
          (
            /window\.env = (.*);/.exec(find(objects, "ConfigMap", service.chart).data["env.js"]) as RegExpExecArray
          )[1] as string,
        );
        assert.deepEqual(Object.keys(env).toSorted(), service.environment["browser"].toSorted());
      }
    }
  }
});

/** All groups of variables of which one is set must be set as a whole; `always` must be set. */
function expectVariables(where: string, service: Service, objects: readonly Manifest[], container: Manifest): void {
  const names = new Set<string>((container.env ?? []).map((item: Manifest) => item.name));
  for (const { configMapRef } of container.envFrom ?? [])
    for (const object of objects)
      if (object.kind === "ConfigMap" && object.metadata.name === configMapRef?.name)
        for (const key of Object.keys(object.data)) names.add(key);
  for (const [group, wanted] of Object.entries(service.environment)) {
    const set = (pattern: string) =>
      [...names].some((it) => new RegExp(`^${pattern.replace("<id>", "\\d+")}$`).test(it));
    const own = wanted.filter((pattern) => pattern.includes("<id>"));
    if (group !== "always" && own.length > 0 && !own.some(set)) continue;
    for (const pattern of wanted) assert.ok(set(pattern), `${where}: ${pattern} (${group}) is not set`);
  }
}

test("every pod is restricted, every image pinned and none of Bitnami's, nothing secret stands in plain sight", async () => {
  for (const chart of cases) {
    for (const values of chart.cases) {
      const where = `${chart.name}, ${values.name}`;
      const objects = await render(chart.name, {
        files: values.files.map((file) => file.slice(chart.folder.length + 1)),
      });
      for (const { owner, spec, container } of containers(objects)) {
        const label = `${where}: ${owner} (${container.name})`;
        assert.equal(spec.securityContext.runAsNonRoot, true, label);
        assert.ok(spec.securityContext.runAsUser > 0, label);
        assert.equal(spec.securityContext.seccompProfile.type, "RuntimeDefault", label);
        assert.equal(container.securityContext.readOnlyRootFilesystem, true, label);
        assert.equal(container.securityContext.allowPrivilegeEscalation, false, label);
        assert.deepEqual(container.securityContext.capabilities.drop, ["ALL"], label);
        assert.match(container.image, /:v?\d+\.\d+(\.\d+)?$|@sha256:/, label);
        assert.doesNotMatch(container.image, /bitnami/, label);
        for (const item of container.env ?? [])
          if (/PASSWORD|TOKEN|PRIVATE_KEY|SECRET/.test(item.name) && !item.name.endsWith("_FILE"))
            assert.ok(item.valueFrom?.secretKeyRef !== undefined, `${label}: ${item.name} has a value`);
        assert.doesNotMatch(JSON.stringify([container.command, container.args]), /for-dev-only/, label);
        if (/^(Cron)?Job\/(horizon|sdk-common)-/.test(owner))
          assert.doesNotMatch(JSON.stringify(container.command), /\bsleep\b|\becho\b/, label);
      }
      for (const object of objects)
        if (object.kind === "ConfigMap" && object.data !== undefined)
          assert.doesNotMatch(JSON.stringify(object.data), /for-dev-only|password: root/, where);
    }
  }
});

test("the README's table of services says what the contract says", () => {
  const readme = readFileSync(join(platform, "README.md"), "utf8");
  for (const [name, { image, version, health, chart }] of Object.entries(services))
    assert.ok(
      readme.includes(`| \`${name}\` | \`${chart}\` | \`${image}:${version}\` |`) &&
        readme.includes(`\`GET ${health.path}\``),
      name,
    );
});
