import assert from "node:assert/strict";
import { test } from "node:test";
import { addPod, nodeState, parseQuantity, podRequests, schedule, type NodeState } from "./index.ts";

// eslint-disable-next-line @typescript-eslint/no-explicit-any
type Json = any;

const node = (name: string, extra: Json = {}): NodeState =>
  nodeState({
    metadata: { name, labels: { "kubernetes.io/hostname": name, ...extra.labels } },
    spec: { taints: extra.taints ?? [], unschedulable: extra.unschedulable },
    status: { allocatable: { cpu: "4", memory: "8Gi", pods: "110" } },
  });

const pod = (spec: Json, labels: Json = { app: "a" }): Json => ({
  metadata: { name: `p${Math.abs(JSON.stringify(spec).length)}`, namespace: "default", labels },
  spec: { containers: [{ name: "c", resources: { requests: spec.requests } }], ...spec },
});

const none = "No preemption victims found for incoming pod";
const useless = "Preemption is not helpful for scheduling";
const term = { labelSelector: { matchLabels: { app: "a" } }, topologyKey: "kubernetes.io/hostname" };

const busy = () => {
  const state = node("n1");
  addPod(state, {
    ...pod({ requests: { cpu: "3" }, nodeName: "n1" }),
    metadata: { name: "busy", namespace: "default", labels: { app: "a" } },
  });
  return state;
};

const table: { name: string; pod: Json; nodes: () => NodeState[]; expect: string }[] = [
  { name: "it fits", pod: pod({ requests: { cpu: "1" } }), nodes: () => [node("n1")], expect: "n1" },
  { name: "emptier first", pod: pod({}), nodes: () => [busy(), node("n2")], expect: "n2" },
  {
    name: "cpu on a busy node",
    pod: pod({ requests: { cpu: "2" } }),
    nodes: () => [busy()],
    expect: `0/1 nodes are available: 1 Insufficient cpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 ${none}.`,
  },
  {
    name: "more cpu than any node has",
    pod: pod({ requests: { cpu: "9", memory: "99Gi" } }),
    nodes: () => [node("n1"), node("n2")],
    expect: `0/2 nodes are available: 2 Insufficient cpu, 2 Insufficient memory. no new claims to deallocate, preemption: 0/2 nodes are available: 2 ${useless}.`,
  },
  {
    name: "an extended resource nobody has",
    pod: pod({ requests: { "nvidia.com/gpu": "1" } }),
    nodes: () => [node("n1")],
    expect: `0/1 nodes are available: 1 Insufficient nvidia.com/gpu. no new claims to deallocate, preemption: 0/1 nodes are available: 1 ${useless}.`,
  },
  {
    name: "node selector and taint",
    pod: pod({ nodeSelector: { disk: "ssd" } }),
    nodes: () => [node("n1"), node("n2", { taints: [{ key: "k", effect: "NoSchedule" }] })],
    expect: `0/2 nodes are available: 1 node(s) didn't match Pod's node affinity/selector, 1 node(s) had untolerated taint(s). no new claims to deallocate, preemption: 0/2 nodes are available: 2 ${useless}.`,
  },
  {
    name: "a tolerated taint",
    pod: pod({ tolerations: [{ key: "k", operator: "Exists" }] }),
    nodes: () => [node("n2", { taints: [{ key: "k", value: "v", effect: "NoSchedule" }] })],
    expect: "n2",
  },
  {
    name: "cordoned",
    pod: pod({}),
    nodes: () => [node("n1", { unschedulable: true })],
    expect: `0/1 nodes are available: 1 node(s) were unschedulable. no new claims to deallocate, preemption: 0/1 nodes are available: 1 ${useless}.`,
  },
  {
    name: "required anti-affinity",
    pod: pod({ affinity: { podAntiAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }),
    nodes: () => [busy()],
    expect: `0/1 nodes are available: 1 node(s) didn't match pod anti-affinity rules. no new claims to deallocate, preemption: 0/1 nodes are available: 1 ${none}.`,
  },
  {
    name: "required affinity goes where the others are",
    pod: pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }),
    nodes: () => [node("n2"), busy()],
    expect: "n1",
  },
  {
    name: "the first of a group that wants to be with itself",
    pod: pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }),
    nodes: () => [node("n2")],
    expect: "n2",
  },
  {
    name: "affinity to nobody",
    pod: pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [term] } } }, { app: "b" }),
    nodes: () => [node("n2")],
    expect: `0/1 nodes are available: 1 node(s) didn't match pod affinity rules. no new claims to deallocate, preemption: 0/1 nodes are available: 1 ${useless}.`,
  },
  {
    name: "spread over zones",
    pod: pod({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: term.labelSelector },
      ],
    }),
    nodes: () => {
      const a = node("n1", { labels: { zone: "a" } });
      addPod(a, { metadata: { name: "x", namespace: "default", labels: { app: "a" } }, spec: { containers: [] } });
      return [a, node("n2", { labels: { zone: "b" } })];
    },
    expect: "n2",
  },
  {
    name: "spread over a label that is missing",
    pod: pod({
      topologySpreadConstraints: [
        { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: term.labelSelector },
      ],
    }),
    nodes: () => [node("n1")],
    expect: `0/1 nodes are available: 1 node(s) didn't match pod topology spread constraints (missing required label). no new claims to deallocate, preemption: 0/1 nodes are available: 1 ${useless}.`,
  },
  { name: "no nodes", pod: pod({}), nodes: () => [], expect: "no nodes available to schedule pods" },
];

for (const row of table) {
  test(`schedule: ${row.name}`, () => {
    const placement = schedule(row.pod, row.nodes());
    assert.equal(placement.node ?? ("message" in placement ? placement.message : ""), row.expect);
  });
}

test("a claim that is not bound refuses before any node is asked", () => {
  const placement = schedule(pod({}), [node("n1"), node("n2")], {
    refused: "pod has unbound immediate PersistentVolumeClaims",
  });
  assert.equal(
    "message" in placement && placement.message,
    `0/2 nodes are available: pod has unbound immediate PersistentVolumeClaims. not found`,
  );
});

test("quantities", () => {
  for (const [text, value] of [
    ["100m", 0.1],
    ["1.5", 1.5],
    ["128Mi", 134217728],
    ["1e3", 1000],
    ["2G", 2e9],
    ["x", undefined],
  ] as const) {
    assert.equal(parseQuantity(text), value);
  }
});

test("requests: sidecars add up, an init container may be the peak", () => {
  assert.deepEqual(
    podRequests({
      metadata: { name: "p" },
      spec: {
        containers: [{ resources: { requests: { cpu: "100m" } } }, { resources: { requests: { cpu: "200m" } } }],
        initContainers: [
          { restartPolicy: "Always", resources: { requests: { cpu: "50m" } } },
          { resources: { requests: { cpu: "1", memory: "1Mi" } } },
        ],
      },
    }),
    { cpu: 1050, memory: 2 ** 20 },
  );
});
