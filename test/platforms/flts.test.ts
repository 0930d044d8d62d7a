/**
 * What the FLTS documents and reports want of the chart, and what its contract says, compared with what it renders. Which box of
 * the documents' checklists each test ticks stands in platforms/flts/README.md.
 */
import assert from "node:assert/strict";
import { spawn, spawnSync } from "node:child_process";
import { globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "../../src/goyaml/index.ts";
import { chart, connects, contract, type Json, objects, podsOf, selects, strings } from "./flts.ts";
import { sumOfRequests } from "./requests.ts";

const dev = ["values-complete.yaml", "values-dev.yaml"];
const prod = ["values-complete.yaml", "values-prod.yaml"];
const toText = (all: readonly Json[]) => all.map((object) => JSON.stringify(object)).join("\n---\n");
const find = (all: readonly Json[], kind: string, name: string): Json => {
  const found = all.find((object) => object.kind === kind && object.metadata.name === name);
  assert.ok(found, `there is no ${kind} ${name}`);
  return found;
};

const split = (names: string) => names.split(" ");

/** The 18 services of the reports, by the names of their objects. */
const services = {
  StatefulSet: ["kafka", "minio", "postgres"],
  Deployment: split(
    "mlflow fastapi-app eda train-gru train-lstm nonml-prophet eval inference inference-lb prometheus grafana locust locust-worker",
  ),
  Job: ["minio-init", "preprocess"],
};

test("all 18 services are there, under the documents' names", async () => {
  const all = await objects();
  for (const [kind, names] of Object.entries(services)) {
    const there = all
      .filter((object) => object.kind === kind)
      .map((object) => object.metadata.name.replace(/-[0-9a-f]{8}$/, ""));
    for (const name of names) assert.ok(there.includes(name), `${kind} ${name}`);
  }
  assert.equal(Object.values(services).flat().length, 18);
  assert.equal(find(all, "Service", "inference-lb").spec.ports[0].port, 80);
  assert.equal(find(all, "Service", "mlflow").spec.ports[0].port, 5000);
  assert.equal(find(all, "Service", "grafana").spec.ports[0].port, 3000);
  assert.equal(find(all, "Service", "locust").spec.ports[0].port, 8089);
});

test("the files of the completion report's tree are there", () => {
  const top = "Chart.yaml values-complete.yaml values-dev.yaml values-prod.yaml README.md";
  const reports = "DEPLOYMENT_SUMMARY.md COMPLETION_REPORT.md";
  const infrastructure = "persistent-volume-claims.yaml kafka.yaml object-storages.yaml minio-init-job.yaml";
  const pipeline = "pipeline.yaml training-services.yaml monitoring.yaml locust.yaml hpa.yaml ingress.yaml";
  const rest = "_helpers.tpl configmaps.yaml service.yaml serviceaccount.yaml NOTES.txt secrets.yaml";
  const templates = split(`${infrastructure} ${pipeline} ${rest}`).map((file) => `templates/${file}`);
  const tree = [...split(`${top} ${reports}`), ...templates];
  assert.deepEqual(globSync(tree, { cwd: chart }).toSorted(), tree.toSorted());
});

test("each of our own services is given what its contract says, no more and no less", async () => {
  const all = await objects();
  const pods = podsOf(all);
  for (const [name, service] of Object.entries(contract.services)) {
    const [container] = pods.get(service.object).spec.containers;
    const config = find(all, "ConfigMap", `${service.object}-config`).data;
    assert.deepEqual(container.envFrom, [{ configMapRef: { name: `${service.object}-config` } }], name);
    const own = new Map<string, Json>((container.env ?? []).map((item: Json) => [item.name, item]));
    assert.deepEqual([...Object.keys(config), ...own.keys()].toSorted(), Object.keys(service.env).toSorted(), name);
    for (const [variable, who] of Object.entries(service.env)) {
      const label = `${name}: ${variable}`;
      if (who === "secret") assert.ok(own.get(variable)?.valueFrom?.secretKeyRef, label);
      else if (variable in config && variable !== "EXTRA_HASH_SALT") assert.notEqual(config[variable], "", label);
    }
    assert.deepEqual(container.command, service.command, name);
    assert.deepEqual(container.args, service.args, name);
    assert.equal(container.image, `${service.image}:1.0.0`, name);
    const ports = Object.fromEntries((container.ports ?? []).map((port: Json) => [port.name, port.containerPort]));
    assert.deepEqual(ports, service.ports ?? {}, name);
    if (service.health?.live !== undefined) {
      assert.equal(container.livenessProbe.httpGet.path, service.health.live, name);
      assert.equal(container.startupProbe.httpGet.path, service.health.live, name);
      assert.equal(container.readinessProbe.httpGet.path, service.health.ready, name);
      assert.equal(container.livenessProbe.httpGet.port, "http", name);
    }
    if (service.health?.heartbeat !== undefined)
      assert.match(container.livenessProbe.exec.command[2], new RegExp(service.health.heartbeat), name);
  }
});

test("values.yaml has a setting for each variable that users decide, and its schema knows no other", () => {
  const { properties } = JSON.parse(readFileSync(join(chart, "values.schema.json"), "utf8"));
  const at = (path: string): Json => path.split(".").reduce((node, key) => node[key].properties, properties);
  const blocks = { "train-gru": "train.gru", "train-lstm": "train.lstm", "nonml-prophet": "nonml.prophet" };
  for (const [name, service] of Object.entries(contract.services)) {
    const path = { ...blocks, "fastapi-app": "fastapi" }[name] ?? name;
    const wanted = Object.entries(service.env).filter(([, who]) => who === "value");
    assert.deepEqual(
      Object.keys(at(path)["env"].properties).toSorted(),
      wanted.map(([variable]) => variable).toSorted(),
      name,
    );
    assert.equal(at(path)["env"].additionalProperties, false, name);
  }
});

test("topics and buckets of the contract are created, and named by those who use them", async () => {
  const all = await objects();
  const topics = find(all, "ConfigMap", "kafka-topics").data.topics.trim().split("\n");
  assert.deepEqual(
    topics.toSorted(),
    Object.entries(contract.topics)
      .map(([name, { partitions }]) => `${name} ${partitions}`)
      .toSorted(),
  );
  const init = podsOf(all).get("minio-init").spec.containers[0].command;
  const made = [...init.slice(4), "dataset"];
  assert.match(init[2], /"\$@" dataset/);
  assert.deepEqual(made.toSorted(), Object.keys(contract.buckets).toSorted());
  for (const [name, service] of Object.entries(contract.services)) {
    const { data } = find(all, "ConfigMap", `${service.object}-config`);
    const given = Object.values(data);
    for (const topic of [...(service.consumes ?? []), ...(service.produces ?? [])]) {
      assert.ok(given.includes(topic), `${name} is not told of the topic ${topic}`);
      const { producer, consumers } = contract.topics[topic] as Contract["topics"][string];
      assert.ok([...producer, ...consumers].includes(name), `the topic ${topic} does not know ${name}`);
    }
    for (const bucket of [...(service.reads ?? []), ...(service.writes ?? [])])
      assert.ok(bucket in contract.buckets, `${name} uses a bucket ${bucket}`);
  }
});
type Contract = typeof contract;

test("a dev release requests at most 4 CPUs and 8 GB, a prod release about 30 CPUs and 50 GB", async () => {
  for (const files of [dev, ["values-dev.yaml"]]) {
    const sum = sumOfRequests(toText(await objects(files)));
    assert.ok(sum.cpu <= 4 && sum.memory <= 8e9, JSON.stringify(sum));
  }
  for (const files of [prod, ["values-prod.yaml"]]) {
    const sum = sumOfRequests(toText(await objects(files)));
    assert.ok(Math.abs(sum.cpu - 30) <= 3 && Math.abs(sum.memory - 50e9) <= 5e9, JSON.stringify(sum));
  }
});

test("every container, init containers and hooks too, says what it needs and may take", async () => {
  for (const files of [[], dev, prod]) {
    for (const [name, pod] of podsOf(await objects(files))) {
      for (const container of [...(pod.spec.initContainers ?? []), ...pod.spec.containers]) {
        const { requests = {}, limits = {} } = container.resources ?? {};
        const label = `${name} ${container.name}`;
        for (const key of ["cpu", "memory", "ephemeral-storage"]) assert.ok(requests[key], `${label}: requests.${key}`);
        for (const key of ["memory", "ephemeral-storage"]) assert.ok(limits[key], `${label}: limits.${key}`);
        assert.match(container.image, /:[^:]*\d[^:]*$/, label);
        assert.doesNotMatch(container.image, /bitnami|:latest/, label);
        assert.equal(container.securityContext.readOnlyRootFilesystem, true, label);
        assert.equal(container.securityContext.allowPrivilegeEscalation, false, label);
        assert.deepEqual(container.securityContext.capabilities, { drop: ["ALL"] }, label);
      }
      assert.equal(pod.spec.securityContext.runAsNonRoot, true, name);
      assert.notEqual(pod.spec.securityContext.runAsUser, 0, name);
      assert.deepEqual(pod.spec.securityContext.seccompProfile, { type: "RuntimeDefault" }, name);
    }
  }
});

test("volumes have the summary's sizes, and dev has none for monitoring", async () => {
  const sizes = (all: readonly Json[]) =>
    Object.fromEntries(
      all
        .filter(({ kind }) => kind === "PersistentVolumeClaim")
        .map(({ metadata, spec }) => [metadata.name, spec.resources.requests.storage]),
    );
  assert.deepEqual(sizes(await objects(dev)), { "minio-data": "5Gi", "postgres-data": "2Gi" });
  const all = await objects(prod);
  const retained = { "minio-data": "100Gi", "postgres-data": "50Gi", "prometheus-data": "20Gi", "grafana-data": "5Gi" };
  assert.deepEqual(sizes(all), retained);
  for (const name of Object.keys(retained))
    assert.equal(
      find(all, "PersistentVolumeClaim", name).metadata.annotations["helm.sh/resource-policy"],
      "keep",
      name,
    );
  const claims = podsOf(all);
  for (const name of ["minio", "postgres", "prometheus", "grafana"]) {
    const data = claims.get(name).spec.volumes.find((volume: Json) => volume.name === "data");
    assert.equal(data.persistentVolumeClaim.claimName, `${name}-data`);
  }
});

test("a dev release trains 5 epochs and is reached by node ports", async () => {
  const all = await objects(["values-dev.yaml"]);
  for (const name of ["train-gru", "train-lstm"])
    assert.equal(find(all, "ConfigMap", `${name}-config`).data.EPOCHS, "5");
  for (const name of ["mlflow", "grafana", "inference-lb", "locust"])
    assert.equal(find(all, "Service", name).spec.type, "NodePort", name);
});

test("a prod release has TLS at its host names, and room for a replica to be away", async () => {
  const all = await objects(prod);
  const ways = { "inference-lb": "api", mlflow: "mlflow", grafana: "grafana" };
  for (const [service, host] of Object.entries(ways)) {
    const { spec } = find(all, "Ingress", service);
    assert.deepEqual(spec.tls, [{ hosts: [`${host}.prod.example.com`], secretName: "flts-tls-prod" }]);
    assert.equal(spec.rules[0].http.paths[0].backend.service.name, service);
    assert.equal(spec.ingressClassName, "nginx");
  }
  for (const name of ["kafka", "mlflow", "fastapi-app", "inference", "inference-lb", "locust-worker", "train-gru"])
    find(all, "PodDisruptionBudget", name);
  const { minReplicas, maxReplicas } = find(all, "HorizontalPodAutoscaler", "inference").spec;
  assert.deepEqual([minReplicas, maxReplicas], [4, 20]);
  assert.equal(find(all, "StatefulSet", "kafka").spec.replicas, 3);
});

test("existing Secrets reach every consumer, and nothing is made in their place", async () => {
  const secrets = { minio: "keys-of-minio", postgres: "keys-of-postgres", grafana: "keys-of-grafana" };
  const set = Object.entries(secrets).map(([owner, name]) => `${owner}.auth.existingSecret=${name}`);
  const all = await objects(["values-prod.yaml"], ...set, "inferenceLb.stats.existingSecret=keys-of-stats");
  const used = new Map<string, Set<string>>();
  const note = (secret: string, key: string) => used.set(secret, (used.get(secret) ?? new Set()).add(key));
  for (const pod of podsOf(all).values()) {
    for (const volume of pod.spec.volumes ?? [])
      for (const item of volume.secret?.items ?? []) note(volume.secret.secretName, item.key);
    for (const container of pod.spec.containers)
      for (const { valueFrom } of container.env ?? [])
        if (valueFrom?.secretKeyRef) note(valueFrom.secretKeyRef.name, valueFrom.secretKeyRef.key);
  }
  assert.deepEqual(Object.fromEntries([...used].map(([name, keys]) => [name, [...keys].toSorted()])), {
    "keys-of-minio": ["accessKey", "secretKey"],
    "keys-of-postgres": ["database", "password", "username"],
    "keys-of-grafana": ["password", "username"],
    "keys-of-stats": ["password", "username"],
  });
  assert.deepEqual(
    all.filter(({ kind, metadata }) => kind === "Secret" || /make-/.test(metadata.name)),
    [],
  );
});

test("a password in dev's values is in its Secret alone", async () => {
  const words = ["minio.auth.accessKey=OPEN1", "minio.auth.secretKey=OPEN2", "postgres.auth.password=OPEN3"];
  words.push("grafana.auth.password=OPEN4", "inferenceLb.stats.password=OPEN5");
  const all = await objects(["values-dev.yaml"], ...words);
  const found = all.flatMap((object) =>
    strings(object)
      .filter(({ text }) => text.includes("OPEN"))
      .map(({ path }) => `${object.kind} ${object.metadata.name}${path}`),
  );
  assert.deepEqual(found.toSorted(), [
    "Secret grafana-credentials.stringData.password",
    "Secret inference-lb-stats.stringData.password",
    "Secret minio-credentials.stringData.accessKey",
    "Secret minio-credentials.stringData.secretKey",
    "Secret postgres-credentials.stringData.password",
  ]);
});

test("two releases in a namespace share no object", async () => {
  const names = (all: readonly Json[]) => all.map(({ kind, metadata }) => `${kind}/${metadata.name}`);
  const blue = await objects([], "namePrefix=blue-");
  const green = new Set(names(await objects([], "namePrefix=green-")));
  // Hooks are named after their release; these two would have different ones.
  const shared = names(blue).filter((name) => green.has(name) && !/\/flts-(make|test)-/.test(name));
  assert.deepEqual(shared, []);
  for (const { path, text } of blue.flatMap((object) => strings(object)))
    assert.doesNotMatch(text, /^http:\/\/(minio|mlflow|fastapi-app|inference)/, path);
});

test("each service can be switched off, and leaves nothing behind", async () => {
  const all = ["kafka", "minio", "postgres", "mlflow", "fastapi", "eda", "preprocess", "train.gru", "train.lstm"];
  all.push("nonml.prophet", "eval", "inference", "inferenceLb", "prometheus", "grafana");
  all.push("locust", "locust.master", "locust.worker");
  const names: Readonly<Record<string, readonly string[]>> = {
    fastapi: ["fastapi-app"],
    "train.gru": ["train-gru"],
    "train.lstm": ["train-lstm"],
    "nonml.prophet": ["nonml-prophet"],
    inferenceLb: ["inference-lb"],
    locust: ["locust", "locust-worker"],
    "locust.master": ["locust"],
    "locust.worker": ["locust-worker"],
  };
  const elsewhere: Readonly<Record<string, readonly string[]>> = {
    kafka: ["kafka.external.bootstrapServers=k:9092"],
    minio: ["minio.external.endpoint=http://s3", "minio.auth.existingSecret=s"],
    postgres: ["postgres.external.host=db", "postgres.auth.existingSecret=s"],
    mlflow: ["mlflow.external.url=http://m"],
    fastapi: ["fastapi.external.url=http://g"],
    inference: ["inference.external.host=i"],
    prometheus: ["prometheus.external.url=http://p"],
    "locust.master": ["locust.master.external.host=l"],
  };
  for (const service of all) {
    const off = await objects([], `${service}.enabled=false`, ...(elsewhere[service] ?? []));
    const gone = names[service] ?? [service];
    const left = off.filter(({ metadata, kind }) => {
      const component = metadata.labels?.["app.kubernetes.io/component"] ?? "";
      // What a service of others needs is still made: topics, buckets, the name of its policy's other end, the file that
      // Locust's workers read.
      const shared = kind === "ExternalSecret" || (service === "locust.master" && metadata.name === "locust-file");
      return gone.includes(component) && !shared;
    });
    assert.deepEqual(
      left.map(({ kind, metadata }) => `${kind}/${metadata.name}`),
      [],
      service,
    );
  }
});

test("the policies let through what is needed and nothing else", async () => {
  const all = await objects();
  const pods = podsOf(all);
  const needed: Readonly<Record<string, readonly string[]>> = {
    "kafka:9092": [
      "kafka",
      "kafka-topics",
      "preprocess",
      "train-gru",
      "train-lstm",
      "nonml-prophet",
      "eval",
      "inference",
    ],
    "kafka:9093": ["kafka"],
    "minio:9000": split(
      "minio-init mlflow fastapi-app train-gru train-lstm nonml-prophet eval inference prometheus flts-test-minio",
    ),
    "postgres:5432": ["mlflow"],
    "mlflow:5000": ["train-gru", "train-lstm", "nonml-prophet", "eval", "inference", "flts-test-mlflow"],
    "fastapi-app:8000": split(
      "eda preprocess train-gru train-lstm nonml-prophet eval inference flts-test-fastapi-app flts-test-roundtrip",
    ),
    "inference:8000": ["inference-lb", "locust-worker", "flts-test-inference"],
    "inference:9091": ["prometheus"],
    "inference-lb:8080": ["locust-worker"],
    "inference-lb:8404": ["prometheus", "flts-test-inference-lb"],
    "prometheus:9090": ["grafana", "flts-test-prometheus"],
    "grafana:3000": ["prometheus", "flts-test-grafana"],
    "locust:5557": ["locust-worker"],
    "locust:8089": ["flts-test-locust"],
  };
  const serving = new Set(Object.keys(needed).map((door) => door.split(":")[0] as string));
  for (const [door, callers] of Object.entries(needed)) {
    const [target = "", port] = door.split(":");
    for (const [name, pod] of pods) {
      // Test pods may ask any service; hooks that make Secrets talk to the API server.
      const hook = /^flts-(test|make)-/.test(name);
      const allowed = connects(all, pod, pods.get(target), Number(port));
      if (callers.includes(name)) assert.ok(allowed, `${name} must reach ${door}`);
      else if (!hook) assert.ok(!allowed, `${name} must not reach ${door}`);
    }
  }
  // Nobody is without a policy, and what serves nobody takes no connection.
  for (const [name, pod] of pods) {
    const own = all.filter(
      ({ kind, spec }) => kind === "NetworkPolicy" && selects(spec.podSelector, pod.metadata.labels),
    );
    assert.equal(own.length, 1, name);
    assert.deepEqual(own[0].spec.policyTypes, ["Ingress", "Egress"], name);
    const http = contract.services[name]?.ports?.["http"];
    if (!serving.has(name) && http === undefined) assert.deepEqual(own[0].spec.ingress, [], name);
  }
});

test("Services, monitors and disruption budgets select pods that are there, at ports that they have", async () => {
  const all = await objects(["ci/platform-cluster-values.yaml"]);
  const pods = [...podsOf(all).values()];
  for (const { kind, metadata, spec } of all) {
    if (kind === "Service") {
      const found = pods.filter((pod) => selects({ matchLabels: spec.selector }, pod.metadata.labels));
      assert.equal(found.length, 1, metadata.name);
      const ports = found[0].spec.containers.flatMap(({ ports: own = [] }: Json) => own.map((port: Json) => port.name));
      for (const { targetPort } of spec.ports)
        assert.ok(ports.includes(targetPort), `${metadata.name}: ${targetPort} of ${ports}`);
    } else if (kind === "ServiceMonitor") {
      const found = all.filter((item) => item.kind === "Service" && selects(spec.selector, item.metadata.labels));
      const ports = found.flatMap((item) => item.spec.ports.map((port: Json) => port.name));
      for (const { port } of spec.endpoints) assert.ok(ports.includes(port), `${metadata.name}: ${port} of ${ports}`);
    } else if (kind === "PodDisruptionBudget") {
      assert.ok(
        pods.some((pod) => selects(spec.selector, pod.metadata.labels)),
        metadata.name,
      );
    }
  }
});

test("Prometheus asks what serves metrics, and rules and dashboards speak of series that are there", async () => {
  const all = await objects();
  const { data } = find(all, "ConfigMap", "prometheus-settings");
  const config = parse(data["prometheus.yaml"]) as Json;
  const jobs = config.scrape_configs.map((job: Json) => job.job_name);
  assert.deepEqual(jobs, ["prometheus", "inference", "inference-lb", "minio", "grafana"]);
  const { metrics, series = [] } = contract.services["inference"] as Contract["services"][string];
  const [, inference] = config.scrape_configs;
  assert.equal(inference.metrics_path, metrics?.path);
  assert.deepEqual(inference.dns_sd_configs[0].names, ["inference-headless.forecasts.svc"]);
  assert.equal(inference.dns_sd_configs[0].port, metrics?.port);
  const { groups } = parse(data["alerts.yaml"]) as Json;
  const boards = find(all, "ConfigMap", "grafana-dashboards").data;
  const panels = Object.values(boards).flatMap((text) => JSON.parse(text as string).panels);
  const said: string[] = groups.flatMap((group: Json) => group.rules.map((rule: Json) => rule.expr));
  said.push(...panels.flatMap((panel: Json) => panel.targets.map((target: Json) => target.expr)));
  const names = said.flatMap((expr) => expr.match(/\binference_\w+/g) ?? []);
  assert.ok(names.length > 10);
  for (const name of names) assert.ok(series.includes(name.replace(/_(bucket|sum|count)$/, "")), name);
  const provisioned = find(all, "ConfigMap", "grafana-provisioning").data;
  const rules = (parse(provisioned["rules.yaml"]) as Json).groups.flatMap((group: Json) => group.rules);
  assert.deepEqual(
    rules.map((rule: Json) => rule.title),
    groups.flatMap((group: Json) => group.rules.map((rule: Json) => rule.alert)),
  );
  assert.equal((parse(provisioned["policies.yaml"]) as Json).policies[0].receiver, "nobody");
});

test("alerts go where the contact points say, and no address stands in a ConfigMap", async () => {
  const all = await objects(["ci/contact-points-values.yaml"]);
  const { data } = find(all, "ConfigMap", "grafana-provisioning");
  const points = (parse(data["contact-points.yaml"]) as Json).contactPoints;
  assert.deepEqual(
    points.map((point: Json) => point.name),
    ["nobody", "slack", "pagerduty", "email"],
  );
  assert.equal(points[1].receivers[0].settings.url, "$SLACK_WEBHOOK_URL");
  assert.equal((parse(data["policies.yaml"]) as Json).policies[0].receiver, "pagerduty");
  const env = podsOf(all).get("grafana").spec.containers[0].env as Json[];
  assert.deepEqual(env.find(({ name }) => name === "PAGERDUTY_INTEGRATION_KEY").valueFrom.secretKeyRef, {
    name: "alerting",
    key: "integrationKey",
  });
});

test("preprocessing runs anew when its settings change, and only then", async () => {
  const jobOf = async (...set: string[]) =>
    (await objects([], ...set)).find(({ kind, metadata }) => kind === "Job" && metadata.name.startsWith("preprocess-"))
      .metadata.name;
  const first = await jobOf();
  assert.equal(await jobOf("grafana.replicas=1").catch(() => first), first);
  assert.equal(await jobOf("inference.env.QUEUE_WORKERS=2"), first);
  assert.notEqual(await jobOf("preprocess.env.DATASET_NAME=ElBorn"), first);
  assert.notEqual(await jobOf("preprocess.runId=again"), first);
});

const python = spawnSync("python3", ["--version"]).status === 0;

test("the locustfile that Locust is given is Python", { skip: !python }, async () => {
  const text = find(await objects(), "ConfigMap", "locust-file").data["locustfile.py"];
  const compile = "import sys; compile(sys.stdin.read(), 'locustfile.py', 'exec')";
  const ran = spawnSync("python3", ["-c", compile], { input: text, encoding: "utf8" });
  assert.equal(ran.status, 0, ran.stderr);
});

const curl = spawnSync("curl", ["--version"]).status === 0;

/** Runs a test hook's script as its container would, with another address in it. */
async function ask(pod: Json, replace: (text: string) => string): Promise<{ code: number; out: string }> {
  const [shell, flag, script, name, ...expectations] = pod.spec.containers[0].command as string[];
  const folder = mkdtempSync(join(tmpdir(), "slipway-flts-"));
  try {
    const env = { PATH: process.env["PATH"] ?? "", MAX_SECONDS: "1", GATEWAY_URL: replace("http://fastapi-app:8000") };
    const words = [flag, (script as string).replaceAll("/tmp/", `${folder}/`), ...(name === undefined ? [] : [name])];
    return await new Promise((resolve, reject) => {
      const child = spawn(shell as string, [...(words as string[]), ...expectations.map(replace)], { env });
      let out = "";
      child.stdout.on("data", (data) => (out += data));
      child.stderr.on("data", (data) => (out += data));
      child.on("error", reject);
      child.on("close", (code) => resolve({ code: code ?? -1, out }));
    });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

async function serving<T>(listener: RequestListener, work: (address: string) => Promise<T>): Promise<T> {
  const server = createServer(listener);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  try {
    return await work(`http://127.0.0.1:${(server.address() as AddressInfo).port}`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

test("test hooks pass on right answers and fail on a wrong status, body or delay", { skip: !curl }, async () => {
  const pods = podsOf(await objects());
  const asked = (name: string, answer: (path: string) => { status: number; body: string; after?: number }) =>
    serving(
      (request, response) => {
        const { status, body, after = 0 } = answer(request.url ?? "");
        setTimeout(() => response.writeHead(status).end(body), after);
      },
      (address) => ask(pods.get(name), (text) => text.replace(/http:\/\/[a-z-]+:\d+/, address)),
    );
  const right: Readonly<Record<string, (path: string) => { status: number; body: string }>> = {
    "flts-test-mlflow": (path) => ({ status: 200, body: path === "/health" ? "OK" : '{"experiments":[]}' }),
    "flts-test-minio": (path) =>
      path === "/minio/health/live" ? { status: 200, body: "" } : { status: 403, body: "<Code>AccessDenied</Code>" },
    "flts-test-fastapi-app": (path) => (path === "/readyz" ? { status: 200, body: "" } : { status: 404, body: "" }),
    "flts-test-inference": (path) =>
      path === "/healthz" ? { status: 200, body: '{"model_ready":false}' } : { status: 400, body: "{}" },
    "flts-test-inference-lb": (path) =>
      path === "/metrics" ? { status: 200, body: "haproxy_backend_active_servers 2" } : { status: 401, body: "" },
    "flts-test-prometheus": (path) => ({
      status: 200,
      body: path === "/-/ready" ? "Prometheus Server is Ready." : '"InferenceDown" [1,"1"]',
    }),
    "flts-test-grafana": (path) =>
      path === "/api/health" ? { status: 200, body: '{"database": "ok"}' } : { status: 401, body: "" },
    "flts-test-locust": () => ({ status: 200, body: "<title>Locust</title>" }),
    "flts-test-eda": () => ({ status: 200, body: "" }),
    "flts-test-eval": () => ({ status: 200, body: "" }),
  };
  const hooks = [...pods.keys()].filter((name) => name.startsWith("flts-test-") && name !== "flts-test-roundtrip");
  assert.deepEqual(Object.keys(right).toSorted(), hooks.toSorted());
  for (const [name, answer] of Object.entries(right)) {
    const good = await asked(name, answer);
    assert.equal(good.code, 0, `${name}: ${good.out}`);
    assert.doesNotMatch(good.out, /FAIL/);
    const status = await asked(name, () => ({ status: 500, body: answer("/").body }));
    assert.equal(status.code, 1, `${name} passes on status 500`);
    assert.match(status.out, /FAIL .*status 500/);
  }
  const body = await asked("flts-test-mlflow", () => ({ status: 200, body: "no" }));
  assert.match(`${body.code} ${body.out}`, /^1 [\s\S]*does not contain \^OK\$/);
  const open = await asked("flts-test-minio", () => ({ status: 200, body: "<ListBucketResult>" }));
  assert.match(`${open.code} ${open.out}`, /^1 [\s\S]*status 200, expected 403/);
  const late = await asked("flts-test-locust", () => ({ status: 200, body: "Locust", after: 1500 }));
  assert.match(`${late.code} ${late.out}`, /^1 [\s\S]*(timed out|Timeout)/);
});

test("the round trip fails when other bytes come back", { skip: !curl }, async () => {
  const pod = podsOf(await objects()).get("flts-test-roundtrip");
  for (const [spoil, code] of [
    [(kept: string) => kept, 0],
    [(kept: string) => `${kept}.`, 1],
    [() => "--boundary\r\nContent-Disposition: form-data", 1],
  ] as const) {
    let kept = "";
    const ran = await serving(
      (request, response) => {
        if (request.method === "POST") {
          request.setEncoding("utf8").on("data", (text) => (kept += text));
          request.on("end", () => response.end('{"status": "success"}'));
        } else response.end(spoil(kept));
      },
      (address) => ask(pod, (text) => text.replace("http://fastapi-app:8000", address)),
    );
    assert.equal(ran.code, code, ran.out);
  }
});
