import assert from "node:assert/strict";
import { test } from "node:test";
import { matchesSelector } from "../../schedule/index.ts";
import { resources } from "../api.ts";
import { evict } from "./disruption.ts";
import { kinds, type Resource } from "./port.ts";
import { allocateService } from "./service-addresses.ts";
import { startControllers, type ControllerOptions } from "./start.ts";
import { bench, object, template, type Bench } from "./testing.ts";
import type { Json, Obj } from "./object.ts";

type Started = Bench & { stop(): void; get(resource: Resource, name: string): Obj };

function start(options: ControllerOptions = {}): Started {
  const it = bench();
  const controllers = startControllers(it.api, { onError: it.onError, ...options });
  return {
    ...it,
    stop: () => controllers.stop(),
    get: (resource, name) => it.api.get(resource, resource.namespaced ? "default" : undefined, name) as Obj,
  };
}

const deployment = (name: string, replicas: number, extra: Json = {}): Obj =>
  object("apps/v1", "Deployment", name, {
    replicas,
    selector: { matchLabels: { app: name } },
    template: template({ app: name }, "app:1", extra),
    strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: "25%", maxUnavailable: "25%" } },
    progressDeadlineSeconds: 600,
    revisionHistoryLimit: 10,
  });

const service = (name: string, spec: Json = {}): Obj =>
  object("v1", "Service", name, {
    type: "ClusterIP",
    selector: { app: name },
    ports: [{ name: "http", port: 80, targetPort: "web", protocol: "TCP" }],
    ...spec,
  });

test("a service's slices and Endpoints follow its ready pods", () => {
  const it = start({ zones: ["a", "b"] });
  it.api.create(kinds.services, service("web", { clusterIP: "None" }));
  const ports = [{ name: "web", containerPort: 8080, protocol: "TCP" }];
  const containers = [{ name: "app", image: "app:1", ports, readinessProbe: { httpGet: { port: 8080 } } }];
  it.api.create(kinds.deployments, deployment("web", 2, { containers }));
  it.pass(2);
  const [slice] = it.api.list(kinds.endpointSlices, "default") as [Obj];
  assert.equal(slice.metadata.labels?.["service.kubernetes.io/headless"], "");
  assert.deepEqual(slice["ports"], [{ name: "http", protocol: "TCP", port: 8080 }]);
  assert.equal(slice["endpoints"].length, 2);
  assert.deepEqual(slice["endpoints"][0].conditions, { ready: true, serving: true, terminating: false });
  assert.ok(["a", "b"].includes(slice["endpoints"][0].zone));
  assert.equal(it.get(kinds.endpoints, "web")["subsets"][0].addresses.length, 2);
  it.api.edit(kinds.deployments, "default", "web", (web) => {
    web.spec.template.metadata.annotations = { "sim.slipway.dev/never-ready": "true" };
    web.spec.strategy = { type: "Recreate" };
  });
  it.pass(3);
  assert.deepEqual(
    it.api.list(kinds.endpointSlices, "default")[0]?.["endpoints"].map((item: Json) => item.conditions.ready),
    [false, false],
  );
  assert.equal(it.get(kinds.endpoints, "web")["subsets"][0].notReadyAddresses.length, 2);
  it.api.delete(kinds.services, "default", "web");
  it.pass(1);
  assert.equal(it.api.list(kinds.endpointSlices, "default").length, 0);
  assert.equal(it.api.list(kinds.endpoints, "default").length, 0);
  it.stop();
});

test("cluster IPs and node ports", () => {
  const it = bench();
  const made = allocateService(it.api, service("a", { type: "NodePort" }));
  assert.match(made.spec.clusterIP, /^10\.96\./);
  assert.deepEqual(made.spec.clusterIPs, [made.spec.clusterIP]);
  assert.deepEqual([made.spec.ipFamilies, made.spec.ipFamilyPolicy], [["IPv4"], "SingleStack"]);
  const port: number = made.spec.ports[0].nodePort;
  assert.ok(port >= 30000 && port <= 32767);
  it.api.create(kinds.services, made);
  const refused = (spec: Json) => {
    try {
      allocateService(it.api, service("b", spec));
      return "";
    } catch (error) {
      return (error as Error).message;
    }
  };
  const ports = [{ port: 80, nodePort: port, protocol: "TCP" }];
  const ip = made.spec.clusterIP;
  assert.equal(
    refused({ type: "NodePort", ports }),
    `Service "b" is invalid: spec.ports[0].nodePort: Invalid value: ${port}: provided port is already allocated`,
  );
  assert.match(
    refused({ type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }),
    /The range of valid ports is 30000-32767$/,
  );
  assert.equal(
    refused({ clusterIP: ip }),
    `Service "b" is invalid: spec.clusterIPs: Invalid value: ["${ip}"]: failed to allocate IP ${ip}: provided IP is already allocated`,
  );
  assert.match(
    refused({ clusterIP: "1.2.3.4" }),
    /the provided IP \(1\.2\.3\.4\) is not in the valid range\. The range of valid IPs is 10\.96\.0\.0\/16$/,
  );
  assert.match(
    refused({ ipFamilyPolicy: "RequireDualStack" }),
    /this cluster is not configured for dual-stack services$/,
  );
  // A client that sends the service as it wrote it keeps what it was given.
  const again = allocateService(it.api, service("a", { type: "NodePort" }), it.api.get(kinds.services, "default", "a"));
  assert.deepEqual([again.spec.clusterIP, again.spec.ports[0].nodePort], [ip, port]);
  const plain = allocateService(it.api, { ...again, spec: { ...again.spec, type: "ClusterIP" } }, again);
  assert.deepEqual([plain.spec.clusterIP, plain.spec.ports[0].nodePort], [ip, undefined]);
  const external = service("c", { type: "ExternalName", externalName: "x.example", ports: undefined });
  assert.equal(allocateService(it.api, external).spec.clusterIP, undefined);
});

test("load balancers and ingresses get an address", () => {
  const it = start();
  it.api.create(kinds.services, service("lb", { type: "LoadBalancer" }));
  it.api.create(kinds.ingresses, object("networking.k8s.io/v1", "Ingress", "web", { rules: [] }));
  it.pass(1);
  assert.deepEqual(it.get(kinds.services, "lb").status.loadBalancer.ingress, [{ ip: "198.18.0.1", ipMode: "VIP" }]);
  assert.equal(it.get(kinds.ingresses, "web").status.loadBalancer.ingress.length, 1);
  it.stop();
});

const owner = (it: Obj, block = true) => ({
  apiVersion: it.apiVersion,
  kind: it.kind,
  name: it.metadata.name,
  uid: it.metadata.uid ?? "",
  blockOwnerDeletion: block,
});

test("garbage: in the background, in the foreground, orphaned, and with two owners", () => {
  const it = start();
  const config = (name: string, owners: Obj[] = []) =>
    it.api.create(kinds.configMaps, {
      apiVersion: "v1",
      kind: "ConfigMap",
      metadata: { name, namespace: "default", ownerReferences: owners.map((o) => owner(o)) },
    });
  const [a, b] = [config("a"), config("b")];
  config("of-a", [a]);
  config("of-both", [a, b]);
  it.pass(1);
  it.api.delete(kinds.configMaps, "default", "a");
  it.pass(1);
  assert.equal(it.api.get(kinds.configMaps, "default", "of-a"), undefined);
  assert.deepEqual(
    it.get(kinds.configMaps, "of-both").metadata.ownerReferences?.map((o) => o.name),
    ["b"],
  );
  it.api.delete(kinds.configMaps, "default", "b", { propagationPolicy: "Orphan" });
  it.pass(1);
  assert.equal(it.api.get(kinds.configMaps, "default", "b"), undefined);
  assert.deepEqual(it.get(kinds.configMaps, "of-both").metadata.ownerReferences ?? [], []);
  it.api.create(kinds.deployments, deployment("web", 2, { annotations: { "sim.slipway.dev/stop-after": "5s" } }));
  it.pass(2);
  it.api.delete(kinds.deployments, "default", "web", { propagationPolicy: "Foreground" });
  it.pass(3);
  assert.ok(it.get(kinds.deployments, "web").metadata.deletionTimestamp, "waits for its pods");
  it.pass(4);
  assert.equal(it.api.get(kinds.deployments, "default", "web"), undefined);
  assert.equal(it.api.list(kinds.pods, "default").length, 0);
  it.stop();
});

test("a namespace goes when it is empty, and says what holds it up", () => {
  const it = start({ caBundle: "PEM" });
  it.api.create(kinds.namespaces, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name: "gone" },
    spec: { finalizers: ["kubernetes"] },
    status: { phase: "Active" },
  });
  it.pass(1);
  assert.equal(it.api.get(kinds.configMaps, "gone", "kube-root-ca.crt")?.data["ca.crt"], "PEM");
  assert.ok(it.api.get(kinds.serviceAccounts, "gone", "default"));
  const held = { name: "held", namespace: "gone", finalizers: ["example.com/hold"] };
  it.api.create(kinds.configMaps, { apiVersion: "v1", kind: "ConfigMap", metadata: held });
  it.api.create(kinds.deployments, { ...deployment("web", 2), metadata: { name: "web", namespace: "gone" } });
  it.pass(1);
  it.api.delete(kinds.namespaces, undefined, "gone");
  it.pass(5);
  const namespace = it.api.get(kinds.namespaces, undefined, "gone") as Obj;
  assert.equal(namespace.status.phase, "Terminating");
  const texts = namespace.status.conditions.map(
    (item: Json) => `${item.type}=${item.status} ${item.reason}: ${item.message}`,
  );
  assert.deepEqual(texts.slice(3), [
    "NamespaceContentRemaining=True SomeResourcesRemain: Some resources are remaining: configmaps. has 1 resource instances",
    "NamespaceFinalizersRemaining=True SomeFinalizersRemain: Some content in the namespace has finalizers remaining: example.com/hold in 1 resource instances",
  ]);
  it.api.edit(kinds.configMaps, "gone", "held", (map) => void (map.metadata.finalizers = []));
  it.pass(1);
  assert.equal(it.api.get(kinds.namespaces, undefined, "gone"), undefined);
  it.stop();
});

const claim = (name: string, spec: Json = {}): Obj =>
  object("v1", "PersistentVolumeClaim", name, {
    accessModes: ["ReadWriteOnce"],
    resources: { requests: { storage: "1Gi" } },
    ...spec,
  });

test("claims are bound by the default class, wait for a class that is not there, and their volumes go with them", () => {
  const it = start();
  it.api.create(kinds.persistentVolumeClaims, claim("data"));
  it.api.create(kinds.persistentVolumeClaims, claim("fast", { storageClassName: "fast" }));
  it.api.create(kinds.persistentVolumeClaims, claim("none", { storageClassName: "" }));
  it.pass(1);
  const data = it.get(kinds.persistentVolumeClaims, "data");
  assert.equal(data.spec.storageClassName, "standard");
  assert.deepEqual(data.status, { phase: "Bound", accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } });
  assert.equal(it.get(kinds.persistentVolumes, data.spec.volumeName).status.phase, "Bound");
  const events = it.events("PersistentVolumeClaim");
  assert.ok(events.some((text) => text.startsWith('ProvisioningFailed: storageclass.storage.k8s.io "fast" not found')));
  assert.ok(
    events.some((text) =>
      text.startsWith("FailedBinding: no persistent volumes available for this claim and no storage class is set"),
    ),
  );
  const volumes = [{ name: "v", persistentVolumeClaim: { claimName: "fast" } }];
  it.api.create(kinds.pods, object("v1", "Pod", "waits", { containers: [{ name: "c", image: "c" }], volumes }));
  it.pass(1);
  assert.match(
    it.events("Pod")[0] ?? "",
    /^FailedScheduling: 0\/2 nodes are available: pod has unbound immediate PersistentVolumeClaims\. not found/,
  );
  const fast = { apiVersion: "storage.k8s.io/v1", kind: "StorageClass", metadata: { name: "fast" } };
  it.api.create(kinds.storageClasses, {
    ...fast,
    provisioner: "x.example/y",
    volumeBindingMode: "WaitForFirstConsumer",
  });
  it.pass(3);
  assert.equal(it.get(kinds.persistentVolumeClaims, "fast").status.phase, "Bound");
  assert.equal(it.get(kinds.pods, "waits").status.phase, "Running");
  const { volumeName } = data.spec;
  it.api.delete(kinds.persistentVolumeClaims, "default", "data");
  it.pass(1);
  assert.equal(it.api.get(kinds.persistentVolumes, undefined, volumeName), undefined);
  it.stop();
});

test("a disruption budget counts, lets go and refuses in upstream's words", () => {
  const it = start();
  it.api.create(kinds.deployments, deployment("web", 3));
  const spec = { maxUnavailable: 1, selector: { matchLabels: { app: "web" } } };
  it.api.create(kinds.podDisruptionBudgets, object("policy/v1", "PodDisruptionBudget", "web", spec));
  it.pass(2);
  const { conditions, ...numbers } = it.get(kinds.podDisruptionBudgets, "web").status;
  assert.deepEqual(numbers, {
    currentHealthy: 3,
    desiredHealthy: 2,
    expectedPods: 3,
    disruptionsAllowed: 1,
    observedGeneration: 1,
  });
  assert.equal(conditions[0].reason, "SufficientPods");
  const pods = it.api.list(kinds.pods, "default").filter((pod) => matchesSelector(spec.selector, pod.metadata.labels));
  evict(it.api, pods[0] as Obj);
  assert.throws(
    () => evict(it.api, pods[1] as Obj),
    (error: Json) => {
      assert.equal(error.message, "Cannot evict pod as it would violate the pod's disruption budget.");
      assert.equal(error.status.code, 429);
      return /needs 2 healthy pods and has \d currently|does not allow evicting pods currently/.test(
        error.status.details.causes[0].message,
      );
    },
  );
  it.api.delete(kinds.pods, "default", (pods[0] as Obj).metadata.name);
  it.pass(3);
  assert.equal(it.get(kinds.podDisruptionBudgets, "web").status.disruptionsAllowed, 1);
  it.stop();
});

test("an autoscaler goes up with load and down after five minutes without", () => {
  const it = start();
  const containers = [{ name: "app", image: "a", resources: { requests: { cpu: "100m" } } }];
  it.api.create(
    kinds.deployments,
    deployment("web", 1, { containers, annotations: { "sim.slipway.dev/cpu": "200m" } }),
  );
  it.api.create(
    kinds.horizontalPodAutoscalers,
    object("autoscaling/v2", "HorizontalPodAutoscaler", "web", {
      scaleTargetRef: { apiVersion: "apps/v1", kind: "Deployment", name: "web" },
      minReplicas: 1,
      maxReplicas: 10,
      metrics: [
        { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 80 } } },
      ],
    }),
  );
  it.pass(60);
  const hpa = it.get(kinds.horizontalPodAutoscalers, "web");
  const texts = hpa.status.conditions.map((item: Json) => `${item.type}=${item.status} ${item.reason}`);
  assert.equal(it.get(kinds.deployments, "web").spec.replicas, 10);
  assert.deepEqual(texts, [
    "AbleToScale=True ReadyForNewScale",
    "ScalingActive=True ValidMetricFound",
    "ScalingLimited=True TooManyReplicas",
  ]);
  assert.deepEqual(hpa.status.currentMetrics[0].resource.current, { averageUtilization: 200, averageValue: "200m" });
  assert.match(
    it.events("HorizontalPodAutoscaler").at(-1) ?? "",
    /^SuccessfulRescale: New size: 10; reason: cpu resource utilization \(percentage of request\) above target$/,
  );
  for (const pod of it.api.list(kinds.pods, "default")) {
    it.api.edit(kinds.pods, "default", pod.metadata.name, (quiet) => {
      quiet.metadata.annotations = { ...quiet.metadata.annotations, "sim.slipway.dev/cpu": "10m" };
    });
  }
  it.pass(120);
  assert.equal(it.get(kinds.deployments, "web").spec.replicas, 10);
  it.pass(240);
  assert.equal(it.get(kinds.deployments, "web").spec.replicas, 2);
  it.stop();
});

test("an autoscaler says what it cannot find", () => {
  const it = start();
  const scaleTargetRef = { apiVersion: "apps/v1", kind: "Deployment", name: "nobody" };
  const spec = { scaleTargetRef, maxReplicas: 3 };
  it.api.create(kinds.horizontalPodAutoscalers, object("autoscaling/v2", "HorizontalPodAutoscaler", "lost", spec));
  it.pass(1);
  assert.deepEqual(it.events("HorizontalPodAutoscaler"), ['FailedGetScale: deployments.apps "nobody" not found']);
  it.stop();
});

test("what a completed Job names is put there as a placeholder; what nobody names is waited for", () => {
  const it = start();
  const hook = (name: string, args: string[]): Obj =>
    object("batch/v1", "Job", name, {
      parallelism: 1,
      completions: 1,
      backoffLimit: 1,
      selector: { matchLabels: { "job-name": name } },
      template: template({ "job-name": name }, "certgen:1", {
        restartPolicy: "Never",
        containers: [{ name: "create", image: "certgen:1", args, env: [{ name: "OUT", value: "generated" }] }],
      }),
    });
  it.api.create(kinds.jobs, hook("certs", ["create", "--host=x,y", "--secret-name=web-admission"]));
  const volumes = [
    { name: "a", secret: { secretName: "web-admission" } },
    { name: "b", configMap: { name: "generated", items: [{ key: "app.yaml", path: "app.yaml" }] } },
  ];
  it.api.create(kinds.pods, object("v1", "Pod", "web", { containers: [{ name: "c", image: "c" }], volumes }));
  const nobody = [{ name: "c", image: "c", envFrom: [{ secretRef: { name: "nobody" } }] }];
  it.api.create(kinds.pods, object("v1", "Pod", "waits", { containers: nobody }));
  it.pass(3);
  const secret = it.get(kinds.secrets, "web-admission");
  assert.equal(
    secret.metadata.annotations?.["sim.slipway.dev/placeholder"],
    'stands in for what Job "certs" would have made',
  );
  assert.deepEqual(it.get(kinds.configMaps, "generated").data, { "app.yaml": "placeholder" });
  assert.equal(it.get(kinds.pods, "web").status.phase, "Running");
  assert.equal(it.api.get(kinds.secrets, "default", "nobody"), undefined);
  assert.equal(
    it.get(kinds.pods, "waits").status.containerStatuses[0].state.waiting.reason,
    "CreateContainerConfigError",
  );
  it.stop();
});

test("what a completed Job's Role lets it make by name is put there for pods that wait for it", () => {
  const it = start();
  const rbac = "rbac.authorization.k8s.io/v1";
  const rules = [
    { apiGroups: [""], resources: ["secrets"], resourceNames: ["password"], verbs: ["get"] },
    { apiGroups: [""], resources: ["secrets"], verbs: ["create"] },
  ];
  const role = { ...object(rbac, "Role", "init", {}), rules };
  const subjects = [{ kind: "ServiceAccount", name: "init", namespace: "default" }];
  const roleRef = { apiGroup: "rbac.authorization.k8s.io", kind: "Role", name: "init" };
  it.api.create(resources.roles, role);
  it.api.create(resources.roleBindings, { ...object(rbac, "RoleBinding", "init", {}), subjects, roleRef });
  const spec = { restartPolicy: "Never", serviceAccountName: "init", containers: [{ name: "c", image: "c" }] };
  const job = {
    parallelism: 1,
    completions: 1,
    backoffLimit: 1,
    selector: { matchLabels: { "job-name": "init" } },
    template: template({ "job-name": "init" }, "c", spec),
  };
  it.api.create(kinds.jobs, object("batch/v1", "Job", "init", job));
  const env = [{ name: "P", valueFrom: { secretKeyRef: { name: "password", key: "auth" } } }];
  it.api.create(kinds.pods, object("v1", "Pod", "redis", { containers: [{ name: "c", image: "c", env }] }));
  it.pass(3);
  assert.deepEqual(it.get(kinds.secrets, "password").data, { auth: btoa("placeholder") });
  it.stop();
});

test("what a ready operator names under a flag for secrets is put there for pods that wait for it", () => {
  const it = start();
  const webhook = [{ name: "certs", secret: { secretName: "operator-certs" } }];
  it.api.create(
    kinds.pods,
    object("v1", "Pod", "webhook", { containers: [{ name: "c", image: "c" }], volumes: webhook }),
  );
  it.pass(1);
  assert.equal(it.api.get(kinds.secrets, "default", "operator-certs"), undefined);
  const args = ["--cert-secret-name=operator-certs", "--unasked-secret-name=unasked"];
  it.api.create(kinds.pods, object("v1", "Pod", "operator", { containers: [{ name: "c", image: "c", args }] }));
  it.pass(3);
  assert.equal(
    it.get(kinds.secrets, "operator-certs").metadata.annotations?.["sim.slipway.dev/placeholder"],
    'stands in for what Pod "operator" would have made',
  );
  assert.equal(it.get(kinds.pods, "webhook").status.phase, "Running");
  assert.equal(it.api.get(kinds.secrets, "default", "unasked"), undefined);
  it.stop();
});

test("NoExecute taints evict, at once or when a toleration's time is over; pods of a lost node go", () => {
  const it = start({ nodes: 1 });
  const spec = (tolerations: Json[]) => ({ containers: [{ name: "c", image: "c" }], tolerations });
  const toleration = { key: "gone", operator: "Exists", effect: "NoExecute" };
  it.api.create(kinds.pods, object("v1", "Pod", "none", spec([])));
  it.api.create(kinds.pods, object("v1", "Pod", "while", spec([{ ...toleration, tolerationSeconds: 60 }])));
  it.api.create(kinds.pods, object("v1", "Pod", "ever", spec([toleration])));
  it.pass(1);
  it.api.edit(
    kinds.nodes,
    undefined,
    "node-1",
    (node) => void (node.spec.taints = [{ key: "gone", effect: "NoExecute" }]),
  );
  it.pass(50);
  const names = () => it.api.list(kinds.pods, "default").map((pod) => pod.metadata.name);
  assert.deepEqual(names(), ["ever", "while"]);
  assert.ok(it.events("Pod").includes("TaintManagerEviction: Marking for deletion Pod default/none"));
  it.pass(15);
  assert.deepEqual(names(), ["ever"]);
  it.api.delete(kinds.nodes, undefined, "node-1");
  it.pass(1);
  assert.deepEqual(names(), []);
  it.stop();
});

test("controllers that start again take up what is there: free volumes, lone pods, ended jobs, waiting claims", () => {
  const it = bench();
  let controllers = startControllers(it.api, { onError: it.onError });
  it.api.create(kinds.persistentVolumes, {
    apiVersion: "v1",
    kind: "PersistentVolume",
    metadata: { name: "free" },
    spec: { capacity: { storage: "1Gi" }, accessModes: ["ReadWriteOnce"], storageClassName: "own" },
  });
  it.api.create(kinds.persistentVolumeClaims, claim("waits", { storageClassName: "late" }));
  it.api.create(kinds.pods, {
    ...object("v1", "Pod", "lone", { containers: [{ name: "c", image: "c" }], nodeName: "node-1" }),
    metadata: { name: "lone", namespace: "default", finalizers: ["batch.kubernetes.io/job-tracking"] },
  });
  it.api.create(kinds.services, service("web", { type: "LoadBalancer" }));
  controllers.stop();
  controllers = startControllers(it.api, { onError: it.onError });
  it.pass(1);
  assert.equal(it.api.get(kinds.persistentVolumes, undefined, "free")?.status.phase, "Available");
  assert.equal(it.api.get(kinds.persistentVolumeClaims, "default", "waits")?.status.phase, "Pending");
  assert.equal(it.api.get(kinds.pods, "default", "lone")?.status.phase, "Running");
  assert.deepEqual(it.api.get(kinds.pods, "default", "lone")?.metadata.finalizers, []);
  controllers.stop();
});

test("Endpoints made by hand are mirrored into slices, and follow", () => {
  const it = start();
  it.api.create(kinds.services, service("outside", { selector: undefined }));
  const subsets = [
    { addresses: [{ ip: "192.0.2.1" }], notReadyAddresses: [{ ip: "192.0.2.2" }], ports: [{ port: 5432 }] },
  ];
  it.api.create(kinds.endpoints, { ...object("v1", "Endpoints", "outside", undefined), subsets });
  it.pass(1);
  const slices = () => it.api.list(kinds.endpointSlices, "default");
  assert.deepEqual(
    slices().map((slice) => [slice["addressType"], slice["ports"], slice["endpoints"]]),
    [
      [
        "IPv4",
        [{ name: "", port: 5432, protocol: "TCP" }],
        [
          { addresses: ["192.0.2.1"], conditions: { ready: true } },
          { addresses: ["192.0.2.2"], conditions: { ready: false } },
        ],
      ],
    ],
  );
  it.api.edit(kinds.endpoints, "default", "outside", (edited) => void (edited["subsets"][0].notReadyAddresses = []));
  it.pass(1);
  assert.equal(slices()[0]?.["endpoints"].length, 1);
  it.api.delete(kinds.endpoints, "default", "outside");
  it.pass(1);
  assert.equal(slices().length, 0);
  it.stop();
});

test("Secrets for service accounts are filled, and go with their account", () => {
  const it = start({ caBundle: "PEM", issueToken: (account) => `token of ${account.metadata.name}` });
  it.api.create(kinds.serviceAccounts, object("v1", "ServiceAccount", "robot", undefined));
  const annotations = { "kubernetes.io/service-account.name": "robot" };
  it.api.create(kinds.secrets, {
    ...object("v1", "Secret", "robot-token", undefined, { annotations }),
    type: "kubernetes.io/service-account-token",
  });
  it.pass(1);
  const { data } = it.get(kinds.secrets, "robot-token");
  assert.deepEqual(data, { token: btoa("token of robot"), "ca.crt": btoa("PEM"), namespace: btoa("default") });
  it.api.delete(kinds.serviceAccounts, "default", "robot");
  it.pass(1);
  assert.equal(it.api.get(kinds.secrets, "default", "robot-token"), undefined);
  it.stop();
});

test("ClusterRoles gather the rules of others", () => {
  const it = start();
  const role = (name: string, extra: Json) => ({
    apiVersion: "rbac.authorization.k8s.io/v1",
    kind: "ClusterRole",
    metadata: { name, ...(extra.labels === undefined ? {} : { labels: extra.labels }) },
    ...extra.role,
  });
  const rule = { apiGroups: ["x.example"], resources: ["things"], verbs: ["get"] };
  const aggregationRule = { clusterRoleSelectors: [{ matchLabels: { gather: "yes" } }] };
  it.api.create(kinds.clusterRoles, role("all", { role: { aggregationRule } }));
  it.api.create(kinds.clusterRoles, role("part", { labels: { gather: "yes" }, role: { rules: [rule] } }));
  it.pass(1);
  assert.deepEqual(it.get(kinds.clusterRoles, "all")["rules"], [rule]);
  it.api.delete(kinds.clusterRoles, undefined, "part");
  it.pass(1);
  assert.deepEqual(it.get(kinds.clusterRoles, "all")["rules"], []);
  it.stop();
});

test("a pod that fits nowhere is placed soon after room is made, however often it was tried before", () => {
  const it = start({ nodes: 1, nodeCpu: "2" });
  const of = (cpu: string) => ({ containers: [{ name: "c", image: "c", resources: { requests: { cpu } } }] });
  it.api.create(kinds.pods, object("v1", "Pod", "first", of("2")));
  it.pass(1);
  it.api.create(kinds.pods, object("v1", "Pod", "second", of("1")));
  for (let i = 0; i < 30; i++) {
    it.api.create(kinds.pods, object("v1", "Pod", `small-${i}`, of("0")));
    it.pass(5);
  }
  assert.match(it.events("Pod").join("\n"), /FailedScheduling: 0\/1 nodes are available: 1 Insufficient cpu/);
  it.api.delete(kinds.pods, "default", "first");
  it.pass(2);
  assert.equal(it.get(kinds.pods, "second").status.phase, "Running");
  it.stop();
});
