import { Chance } from "../chance.ts";

/** An object to be judged, and what the rules may look at beside it. */
export interface Question {
  readonly rules: "kstatus" | "legacy";
  /** Jobs must complete (`legacy`). */
  readonly jobs: boolean;
  readonly object: KubeJson;
  /** ReplicaSets and Pods. */
  readonly others: readonly KubeJson[];
}

export interface KubeJson {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: Record<string, unknown> & { readonly name: string };
  readonly [field: string]: unknown;
}

const template = { metadata: { labels: { app: "x" } }, spec: { containers: [{ name: "c", image: "i" }] } };
const selector = { matchLabels: { app: "x" } };
const standard = ["Ready", "Reconciling", "Stalled", "Available", "Progressing"];

/** Objects by chance, of every kind that the rules know and some that they do not, in states that are often near to ready. */
export function questions(seed: number, count: number): Question[] {
  const chance = new Chance(seed);
  const pick = <T>(...items: T[]): T => chance.pick(items);
  const some = (most = 3) => chance.below(most + 1);
  const maybe = (probability: number, make: () => object): object => (chance.chance(probability) ? make() : {});
  const observed = () => maybe(0.7, () => ({ observedGeneration: some(2) }));
  const share = () => pick<unknown>(0, 1, 2, "25%", "50%", "100%", "0%");
  const conditions = (types: string[], reasons: string[]) =>
    Array.from({ length: some() }, () => ({
      type: pick(...types, ...standard),
      status: pick("True", "False", "Unknown"),
      reason: pick(...reasons),
      message: pick("one", "two", ""),
    }));
  const metadata = () => ({
    name: "x",
    namespace: "default",
    uid: "u1",
    labels: { app: "x" },
    creationTimestamp: pick("2020-01-01T00:00:00Z", "2126-01-01T00:00:00Z"),
    ...maybe(0.7, () => ({ generation: some(2) })),
    ...maybe(0.1, () => ({ deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["a/b"] })),
  });
  const counts = (...names: string[]) => Object.fromEntries(names.map((name) => [name, some()]));
  const owner = (apiVersion: string, kind: string) => [{ apiVersion, kind, name: "x", uid: "u1", controller: true }];

  const selecting = () =>
    pick<object>(
      selector,
      { matchExpressions: [{ key: "app", operator: pick("In", "NotIn"), values: pick(["x"], ["y", "z"]) }] },
      { ...maybe(0.5, () => selector), matchExpressions: [{ key: "tier", operator: pick("Exists", "DoesNotExist") }] },
    );

  const kinds: Record<string, () => object> = {
    Deployment: () => ({
      apiVersion: "apps/v1",
      spec: {
        replicas: some(),
        selector,
        template,
        ...maybe(0.2, () => ({ paused: pick(true, false) })),
        ...maybe(0.5, () => ({ progressDeadlineSeconds: pick(600, 2147483647) })),
        strategy: pick<object>(
          { type: "Recreate" },
          { type: "RollingUpdate", rollingUpdate: { maxUnavailable: share(), maxSurge: share() } },
        ),
      },
      status: {
        ...observed(),
        ...counts("replicas", "updatedReplicas", "readyReplicas", "availableReplicas"),
        conditions: conditions(
          ["Progressing", "Available"],
          ["NewReplicaSetAvailable", "ProgressDeadlineExceeded", "ReplicaSetUpdated"],
        ),
      },
    }),
    StatefulSet: () => ({
      apiVersion: "apps/v1",
      spec: {
        ...maybe(0.8, () => ({ replicas: some() })),
        serviceName: "s",
        selector,
        template,
        ...maybe(0.8, () => ({
          updateStrategy: pick<object>(
            { type: "OnDelete" },
            { type: "RollingUpdate" },
            { type: "RollingUpdate", rollingUpdate: { partition: some() } },
          ),
        })),
      },
      status: {
        ...observed(),
        ...counts("replicas", "readyReplicas", "currentReplicas", "updatedReplicas"),
        currentRevision: pick("a", "b"),
        updateRevision: pick("a", "b"),
      },
    }),
    DaemonSet: () => ({
      apiVersion: "apps/v1",
      spec: {
        selector,
        template,
        updateStrategy: pick<object>(
          { type: "OnDelete" },
          { type: "RollingUpdate", rollingUpdate: { maxUnavailable: share() } },
        ),
      },
      status: {
        ...observed(),
        ...maybe(0.9, () => counts("desiredNumberScheduled")),
        ...counts("currentNumberScheduled", "updatedNumberScheduled", "numberAvailable", "numberReady"),
      },
    }),
    ReplicaSet: () => ({
      apiVersion: "apps/v1",
      spec: { ...maybe(0.8, () => ({ replicas: some() })), selector: selecting(), template },
      status: {
        ...observed(),
        ...counts("replicas", "fullyLabeledReplicas", "readyReplicas", "availableReplicas"),
        conditions: conditions(["ReplicaFailure"], ["FailedCreate"]),
      },
    }),
    ReplicationController: () => ({
      apiVersion: "v1",
      spec: { replicas: some(), selector: { app: "x" }, template },
      status: { ...observed(), ...counts("replicas", "readyReplicas") },
    }),
    Job: () => ({
      apiVersion: "batch/v1",
      spec: {
        template,
        backoffLimit: pick(0, 2, 6),
        ...maybe(0.5, () => ({ parallelism: some() })),
        ...maybe(0.6, () => ({ completions: some() })),
        ...maybe(0.2, () => ({ suspend: true })),
      },
      status: {
        ...maybe(0.7, () => ({ startTime: "2026-01-01T00:00:00Z" })),
        ...counts("succeeded", "active", "failed"),
        conditions: conditions(["Complete", "Failed", "Suspended"], ["BackoffLimitExceeded"]),
      },
    }),
    Pod: () => ({
      apiVersion: "v1",
      spec: template.spec,
      status: {
        phase: pick("Pending", "Running", "Succeeded", "Failed", ""),
        conditions: conditions(["PodScheduled", "Ready"], ["Unschedulable", "SchedulingGated", "ContainersNotReady"]),
        containerStatuses: Array.from({ length: some(2) }, (_, i) => ({
          name: `c${i}`,
          ready: chance.chance(0.5),
          restartCount: some(),
          image: "i",
          imageID: "",
          state: pick<object>(
            { waiting: { reason: pick("CrashLoopBackOff", "ImagePullBackOff", "ContainerCreating") } },
            { running: {} },
            { terminated: { exitCode: some(1) } },
          ),
        })),
      },
    }),
    Service: () => ({
      apiVersion: "v1",
      spec: {
        ...maybe(0.9, () => ({ type: pick("ClusterIP", "LoadBalancer", "NodePort", "ExternalName") })),
        ...maybe(0.7, () => ({ clusterIP: pick("10.0.0.1", "None", "") })),
        ...maybe(0.2, () => ({ externalIPs: pick<string[]>([], ["192.0.2.1"]) })),
      },
      status: { loadBalancer: maybe(0.5, () => ({ ingress: pick<object[]>([], [{ ip: "192.0.2.2" }]) })) },
    }),
    PersistentVolumeClaim: () => ({
      apiVersion: "v1",
      spec: {},
      status: maybe(0.9, () => ({ phase: pick("Bound", "Pending", "Lost") })),
    }),
    CustomResourceDefinition: () => ({
      apiVersion: "apiextensions.k8s.io/v1",
      spec: {},
      status: { conditions: conditions(["Established", "NamesAccepted"], ["Installing", "NotAccepted"]) },
    }),
    PodDisruptionBudget: () => ({
      apiVersion: "policy/v1",
      spec: {},
      status: { ...observed(), conditions: conditions(["DisruptionAllowed"], ["SufficientPods"]) },
    }),
    HorizontalPodAutoscaler: () => ({
      apiVersion: "autoscaling/v2",
      spec: { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "d" } },
      status: { ...observed(), conditions: conditions(["ScalingActive"], ["FailedGetResourceMetric"]) },
    }),
    Ingress: () => ({ apiVersion: "networking.k8s.io/v1", spec: {}, status: { loadBalancer: {} } }),
    CronJob: () => ({
      apiVersion: "batch/v1",
      spec: { schedule: "* * * * *", jobTemplate: { spec: { template } }, suspend: pick(true, false) },
      status: {},
    }),
    ConfigMap: () => ({ apiVersion: "v1", data: { a: "b" } }),
    Secret: () => ({ apiVersion: "v1", data: {} }),
    Namespace: () => ({ apiVersion: "v1", spec: {}, status: { phase: pick("Active", "Terminating") } }),
    APIService: () => ({
      apiVersion: "apiregistration.k8s.io/v1",
      spec: {},
      status: { conditions: conditions(["Available"], ["FailedDiscoveryCheck"]) },
    }),
    InferenceService: () => ({
      apiVersion: "serving.kserve.io/v1beta1",
      spec: {},
      ...maybe(0.8, () => ({ status: { ...observed(), conditions: conditions([], ["Waiting", ""]) } })),
    }),
  };
  /** Kinds that Helm 3's rules can be asked about: those of client-go. */
  const unknownToLegacy = ["APIService", "InferenceService", "CustomResourceDefinition"];

  const beside = (kind: string): object[] => {
    if (kind === "Deployment" && chance.chance(0.8))
      return [
        {
          apiVersion: "apps/v1",
          kind: "ReplicaSet",
          metadata: {
            name: "x-1",
            namespace: "default",
            uid: "u2",
            generation: some(2),
            labels: { app: "x" },
            ownerReferences: owner("apps/v1", kind),
          },
          spec: { replicas: some(), selector, template },
          status: { ...observed(), ...counts("replicas", "readyReplicas") },
        },
      ];
    if (kind !== "ReplicaSet" && kind !== "ReplicationController") return [];
    return Array.from({ length: some(2) }, (_, i) => ({
      apiVersion: "v1",
      kind: "Pod",
      metadata: {
        name: `p${i}`,
        namespace: "default",
        labels: pick<object>({ app: "x" }, { app: "x", tier: "t" }, { app: "y" }),
      },
      spec: template.spec,
      status: { phase: "Running", conditions: [{ type: "Ready", status: pick("True", "True", "False") }] },
    }));
  };

  return Array.from({ length: count }, () => {
    const kind = pick(...Object.keys(kinds));
    const rules = !unknownToLegacy.includes(kind) && chance.one(2) ? "legacy" : "kstatus";
    return {
      rules,
      jobs: rules === "legacy" && chance.one(2),
      object: { kind, metadata: metadata(), ...kinds[kind]?.() } as unknown as KubeJson,
      others: (rules === "legacy" ? beside(kind) : []) as KubeJson[],
    };
  });
}
