import type { Loose } from "../strategy.ts";

/** The flow schemas, priority levels and priorities of API groups that every cluster starts with. */

const queue = (queues: number, handSize: number) => ({
  type: "Queue",
  queuing: { queues, handSize, queueLengthLimit: 50 },
});

const limited = (nominalConcurrencyShares: number, limitResponse: Loose, lendablePercent: number) => ({
  type: "Limited",
  limited: { nominalConcurrencyShares, limitResponse, lendablePercent },
});

export function priorityLevels(): [name: string, spec: Loose][] {
  return [
    ["catch-all", limited(5, { type: "Reject" }, 0)],
    ["exempt", { type: "Exempt", exempt: { nominalConcurrencyShares: 0, lendablePercent: 0 } }],
    ["global-default", limited(20, queue(128, 6), 50)],
    ["leader-election", limited(10, queue(16, 4), 0)],
    ["node-high", limited(40, queue(64, 6), 25)],
    ["system", limited(30, queue(64, 6), 33)],
    ["workload-high", limited(40, queue(128, 6), 50)],
    ["workload-low", limited(100, queue(128, 6), 90)],
  ];
}

const group = (name: string) => ({ kind: "Group", group: { name } });
const user = (name: string) => ({ kind: "User", user: { name } });
const account = (namespace: string, name: string) => ({ kind: "ServiceAccount", serviceAccount: { namespace, name } });
const everybody = [group("system:unauthenticated"), group("system:authenticated")];
const resources = (verbs: string[], apiGroups: string[], names: string[], clusterScope: boolean) => ({
  verbs,
  apiGroups,
  resources: names,
  ...(clusterScope ? { clusterScope } : {}),
  namespaces: ["*"],
});
const everything = {
  resourceRules: [resources(["*"], ["*"], ["*"], true)],
  nonResourceRules: [{ verbs: ["*"], nonResourceURLs: ["*"] }],
};

function schema(level: string, precedence: number, distinguisher: string, subjects: Loose[], rule: Loose): Loose {
  return {
    priorityLevelConfiguration: { name: level },
    matchingPrecedence: precedence,
    ...(distinguisher === "" ? {} : { distinguisherMethod: { type: distinguisher } }),
    rules: [{ subjects, ...rule }],
  };
}

export function flowSchemas(): [name: string, spec: Loose][] {
  const leases = ["coordination.k8s.io"];
  const managers = [user("system:kube-controller-manager"), user("system:kube-scheduler")];
  const system = account("kube-system", "*");
  const health = { nonResourceRules: [{ verbs: ["get"], nonResourceURLs: ["/healthz", "/readyz", "/livez"] }] };
  return [
    ["catch-all", schema("catch-all", 10000, "ByUser", everybody, everything)],
    ["exempt", schema("exempt", 1, "", [group("system:masters")], everything)],
    ["global-default", schema("global-default", 9900, "ByUser", everybody, everything)],
    ["kube-controller-manager", schema("workload-high", 800, "ByNamespace", [managers[0]], everything)],
    ["kube-scheduler", schema("workload-high", 800, "ByNamespace", [managers[1]], everything)],
    ["kube-system-service-accounts", schema("workload-high", 900, "ByNamespace", [system], everything)],
    ["probes", schema("exempt", 2, "", everybody, health)],
    ["service-accounts", schema("workload-low", 9000, "ByUser", [group("system:serviceaccounts")], everything)],
    [
      "system-leader-election",
      schema("leader-election", 100, "ByUser", [...managers, system], {
        resourceRules: [resources(["get", "create", "update"], leases, ["leases"], false)],
      }),
    ],
    [
      "system-node-high",
      schema("node-high", 400, "ByUser", [group("system:nodes")], {
        resourceRules: [
          resources(["*"], [""], ["nodes", "nodes/status"], true),
          resources(["*"], leases, ["leases"], false),
        ],
      }),
    ],
    ["system-nodes", schema("system", 500, "ByUser", [group("system:nodes")], everything)],
  ];
}

const priorities: Readonly<Record<string, number>> = {
  "": 18000,
  apps: 17800,
  "events.k8s.io": 17750,
  "authentication.k8s.io": 17700,
  "authorization.k8s.io": 17600,
  autoscaling: 17500,
  batch: 17400,
  "certificates.k8s.io": 17300,
  "networking.k8s.io": 17200,
  policy: 17100,
  "rbac.authorization.k8s.io": 17000,
  "storage.k8s.io": 16800,
  "apiextensions.k8s.io": 16700,
  "admissionregistration.k8s.io": 16700,
  "scheduling.k8s.io": 16600,
  "coordination.k8s.io": 16500,
  "node.k8s.io": 16300,
  "discovery.k8s.io": 16200,
  "resource.k8s.io": 16200,
  "flowcontrol.apiserver.k8s.io": 16100,
};

/** The minimal priority of a built-in group, and the priority of a version within it. */
export function groupPriorities(name: string, version: string): [group: number, version: number] {
  const own = version === "v2" ? 30 : name === "" ? 1 : /^(flow|resource)/.test(name) ? 21 : 15;
  return [priorities[name] ?? 1000, own];
}
