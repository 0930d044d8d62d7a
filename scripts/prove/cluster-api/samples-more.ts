/** Samples of the kinds that charts seldom hold: policies, devices, certificates, addresses, and what is rare in other kinds. */
import type { Sample } from "./samples.ts";

const request =
  "LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlIZE1JR0ZBZ0VBTUNNeEVEQU9CZ05WQkFNTUIzTnZiV1Z2Ym1VeER6QU5CZ05WQkFvTUJuQmxiM0JzWlRCWgpNQk1HQnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQUJIbGpxMEdSR3BaYk01YVQrMlhMMGt6WXMzTk1zUUk2CklGNXZReWwxQUhiQzk0bmZ6Zy9xOUQ0N2M4Vkc0VWlpWTA0N2NrNW53TWQ5aUg3R3dFN1Ntb2VnQURBS0JnZ3EKaGtqT1BRUURBZ05IQURCRUFpQmpvZEpwbXhHSzQwWklUVjl5OE1kNlZSRCtoMXdPQjNiRy8vZnAvb2ZKK1FJZwpGV2tra2dKLzg3MkU4OFJVUDRWQXRWVGUwYUx1WjJjcldMR1JIOXM3cXlRPQotLS0tLUVORCBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0K";

const matchConstraints = {
  resourceRules: [
    { apiGroups: ["apps"], apiVersions: ["v1"], operations: ["CREATE", "UPDATE"], resources: ["deployments"] },
  ],
};

const claim = {
  devices: {
    requests: [{ name: "gpu", exactly: { deviceClassName: "gpu.example.com" } }],
  },
};

const fullClaim = {
  devices: {
    requests: [
      {
        name: "gpu",
        exactly: {
          deviceClassName: "gpu.example.com",
          allocationMode: "ExactCount",
          count: 2,
          selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }],
        },
      },
      { name: "any", firstAvailable: [{ name: "big", deviceClassName: "big.example.com" }] },
    ],
    constraints: [{ requests: ["gpu"], matchAttribute: "gpu.example.com/numa" }],
    config: [{ requests: ["gpu"], opaque: { driver: "gpu.example.com", parameters: { a: 1 } } }],
  },
};

export const moreSamples: readonly Sample[] = [
  {
    apiVersion: "events.k8s.io/v1",
    plural: "events",
    namespaced: true,
    minimal: {
      eventTime: "2024-01-01T00:00:00.000000Z",
      reportingController: "example.com/c",
      reportingInstance: "i",
      action: "Did",
      reason: "Because",
      type: "Normal",
      regarding: { kind: "Pod", name: "p", namespace: "NS" },
    },
    full: {
      eventTime: "2024-01-01T00:00:00.000000Z",
      reportingController: "example.com/c",
      reportingInstance: "i",
      action: "Did",
      reason: "Because",
      note: "words",
      type: "Warning",
      regarding: { kind: "Pod", name: "p", namespace: "NS", apiVersion: "v1" },
      related: { kind: "Node", name: "n", apiVersion: "v1" },
      series: { count: 2, lastObservedTime: "2024-01-01T00:00:00.000000Z" },
    },
  },
  {
    apiVersion: "resource.k8s.io/v1",
    plural: "deviceclasses",
    namespaced: false,
    minimal: { spec: {} },
    full: {
      spec: {
        selectors: [{ cel: { expression: 'device.driver == "gpu.example.com"' } }],
        config: [{ opaque: { driver: "gpu.example.com", parameters: { a: 1 } } }],
        extendedResourceName: "example.com/gpu",
      },
    },
  },
  {
    apiVersion: "resource.k8s.io/v1",
    plural: "resourceclaims",
    namespaced: true,
    minimal: { spec: claim },
    full: { spec: fullClaim },
  },
  {
    apiVersion: "resource.k8s.io/v1",
    plural: "resourceclaimtemplates",
    namespaced: true,
    minimal: { spec: { spec: claim } },
    full: { spec: { metadata: { labels: { a: "b" } }, spec: fullClaim } },
  },
  {
    apiVersion: "resource.k8s.io/v1",
    plural: "resourceslices",
    namespaced: false,
    minimal: {
      spec: { driver: "gpu.example.com", pool: { name: "pool", generation: 1, resourceSliceCount: 1 }, nodeName: "n" },
    },
    full: {
      spec: {
        driver: "gpu.example.com",
        pool: { name: "pool", generation: 1, resourceSliceCount: 2 },
        nodeSelector: { nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "Exists" }] }] },
        devices: [
          {
            name: "one",
            attributes: {
              model: { string: "m" },
              index: { int: 1 },
              good: { bool: true },
              driver: { version: "1.2.3" },
            },
            capacity: { memory: { value: "1Gi" } },
          },
          { name: "two" },
        ],
      },
    },
  },
  {
    apiVersion: "certificates.k8s.io/v1",
    plural: "certificatesigningrequests",
    namespaced: false,
    minimal: { spec: { request, signerName: "example.com/signer", usages: ["client auth"] } },
    full: {
      spec: {
        request,
        signerName: "kubernetes.io/kube-apiserver-client",
        usages: ["digital signature", "client auth"],
        expirationSeconds: 3600,
      },
    },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    plural: "ipaddresses",
    namespaced: false,
    named: "10.96.77.77",
    minimal: { spec: { parentRef: { resource: "services", name: "s", namespace: "n" } } },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    plural: "servicecidrs",
    namespaced: false,
    minimal: { spec: { cidrs: ["10.99.0.0/24"] } },
    full: { spec: { cidrs: ["10.98.0.0/24", "fd00:1::/112"] } },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    plural: "validatingadmissionpolicies",
    namespaced: false,
    minimal: { spec: { matchConstraints, validations: [{ expression: "object.spec.replicas <= 5" }] } },
    full: {
      spec: {
        failurePolicy: "Ignore",
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        matchConstraints: {
          ...matchConstraints,
          matchPolicy: "Exact",
          namespaceSelector: { matchLabels: { a: "b" } },
          objectSelector: { matchExpressions: [{ key: "a", operator: "Exists" }] },
          excludeResourceRules: [
            {
              apiGroups: ["apps"],
              apiVersions: ["v1"],
              operations: ["CREATE"],
              resources: ["deployments"],
              resourceNames: ["x"],
            },
          ],
        },
        matchConditions: [{ name: "some", expression: "request.operation == 'CREATE'" }],
        variables: [{ name: "n", expression: "object.spec.replicas" }],
        validations: [
          { expression: "variables.n <= 5", message: "too many", reason: "Forbidden" },
          { expression: "true", messageExpression: "'always'" },
        ],
        auditAnnotations: [{ key: "k", valueExpression: "'v'" }],
      },
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    plural: "validatingadmissionpolicybindings",
    namespaced: false,
    minimal: { spec: { policyName: "nothing", validationActions: ["Deny"] } },
    full: {
      spec: {
        policyName: "nothing",
        validationActions: ["Warn", "Audit"],
        paramRef: { name: "p", namespace: "n", parameterNotFoundAction: "Deny" },
        matchResources: { namespaceSelector: { matchLabels: { a: "b" } }, ...matchConstraints },
      },
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    plural: "mutatingadmissionpolicies",
    namespaced: false,
    minimal: {
      spec: {
        matchConstraints,
        reinvocationPolicy: "Never",
        mutations: [
          {
            patchType: "ApplyConfiguration",
            applyConfiguration: { expression: "Object{spec: Object.spec{replicas: 1}}" },
          },
        ],
      },
    },
    full: {
      spec: {
        matchConstraints,
        failurePolicy: "Ignore",
        reinvocationPolicy: "IfNeeded",
        paramKind: { apiVersion: "v1", kind: "ConfigMap" },
        variables: [{ name: "n", expression: "1" }],
        matchConditions: [{ name: "some", expression: "request.operation == 'CREATE'" }],
        mutations: [
          {
            patchType: "JSONPatch",
            jsonPatch: { expression: '[JSONPatch{op: "add", path: "/metadata/labels/x", value: "y"}]' },
          },
        ],
      },
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    plural: "mutatingadmissionpolicybindings",
    namespaced: false,
    minimal: { spec: { policyName: "nothing" } },
    full: {
      spec: {
        policyName: "nothing",
        paramRef: { selector: { matchLabels: { a: "b" } }, parameterNotFoundAction: "Allow" },
        matchResources: matchConstraints,
      },
    },
  },
];
