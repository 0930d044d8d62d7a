import { namespace } from "./calls.ts";

/** Variants of specs that are wrong in one way each. */

const pods = `/api/v1/namespaces/${namespace}/pods`;
const container = { name: "c", image: "i" };
const pod = (spec: Record<string, unknown>, first: Record<string, unknown> = {}) => ({
  metadata: { name: "v" },
  spec: { containers: [{ ...container, ...first }], ...spec },
});

export function* invalidCases(): Generator<[name: string, path: string, bodies: unknown[]]> {
  yield [
    "pods",
    pods,
    [
      { metadata: { name: "v" }, spec: {} },
      { metadata: { name: "v" }, spec: { containers: [{}] } },
      { metadata: { name: "v" }, spec: { containers: [{ name: "Bad_", image: "" }] } },
      { metadata: { name: "v" }, spec: { containers: [container, container] } },
      pod({}, { image: " i " }),
      pod({}, { imagePullPolicy: "Sometimes" }),
      pod({}, { terminationMessagePolicy: "X" }),
      pod({}, { ports: [{ containerPort: 0 }] }),
      pod({}, { ports: [{ containerPort: 70000, protocol: "X", name: "Too_Long_Port_Name" }] }),
      pod({}, { ports: [{ containerPort: 1, hostPort: 70000 }] }),
      pod(
        {},
        {
          ports: [
            { containerPort: 1, name: "a" },
            { containerPort: 2, name: "a" },
          ],
        },
      ),
      pod({}, { env: [{ name: "", value: "x" }] }),
      pod({}, { env: [{ name: "a=b", value: "x" }] }),
      pod({}, { env: [{ name: "A", value: "x", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } }] }),
      pod({}, { env: [{ name: "A", valueFrom: {} }] }),
      pod({}, { env: [{ name: "A", valueFrom: { fieldRef: { fieldPath: "metadata.nothing" } } }] }),
      pod({}, { env: [{ name: "A", valueFrom: { secretKeyRef: { name: "", key: "" } } }] }),
      pod({}, { env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "x", key: "bad key!" } } }] }),
      pod({}, { env: [{ name: "A", valueFrom: { resourceFieldRef: { resource: "x" } } }] }),
      pod({}, { envFrom: [{}] }),
      pod({}, { envFrom: [{ configMapRef: {}, secretRef: { name: "s" } }] }),
      pod({}, { resources: { requests: { cpu: "2" }, limits: { cpu: "1" } } }),
      pod({}, { resources: { requests: { cpu: "-1" } } }),
      pod({}, { resources: { requests: { "example.com/gpu": "1" } } }),
      pod({}, { resources: { limits: { "example.com/gpu": "1.5" } } }),
      pod({}, { resources: { limits: { "bad resource": "1" } } }),
      pod({}, { resources: { limits: { nothing: "1" } } }),
      pod({}, { resources: { limits: { "hugepages-2Mi": "4Mi" } } }),
      pod({}, { resources: { limits: { memory: "1" }, requests: { memory: "0.5" } } }),
      pod({}, { livenessProbe: {} }),
      pod({}, { livenessProbe: { httpGet: { port: 0 } } }),
      pod({}, { livenessProbe: { httpGet: { port: 80 }, tcpSocket: { port: 80 } } }),
      pod({}, { livenessProbe: { httpGet: { port: "" } } }),
      pod({}, { livenessProbe: { httpGet: { port: 80, scheme: "FTP" } } }),
      pod({}, { livenessProbe: { exec: {} } }),
      pod(
        {},
        {
          livenessProbe: {
            tcpSocket: { port: 80 },
            successThreshold: 2,
            periodSeconds: -1,
            timeoutSeconds: -1,
            failureThreshold: -1,
            initialDelaySeconds: -1,
          },
        },
      ),
      pod({}, { readinessProbe: { tcpSocket: { port: 80 }, terminationGracePeriodSeconds: 5 } }),
      pod({}, { lifecycle: { postStart: {} } }),
      pod({}, { lifecycle: { preStop: { sleep: { seconds: -1 } } } }),
      pod({}, { volumeMounts: [{ name: "x", mountPath: "/x" }] }),
      pod({ volumes: [{ name: "x", emptyDir: {} }] }, { volumeMounts: [{ name: "x" }] }),
      pod(
        { volumes: [{ name: "x", emptyDir: {} }] },
        {
          volumeMounts: [
            { name: "x", mountPath: "/a" },
            { name: "x", mountPath: "/a" },
          ],
        },
      ),
      pod(
        { volumes: [{ name: "x", emptyDir: {} }] },
        { volumeMounts: [{ name: "x", mountPath: "/a", subPath: "../x" }] },
      ),
      pod(
        { volumes: [{ name: "x", emptyDir: {} }] },
        { volumeMounts: [{ name: "x", mountPath: "/a", subPath: "/x", subPathExpr: "$(A)" }] },
      ),
      pod(
        { volumes: [{ name: "x", emptyDir: {} }] },
        { volumeMounts: [{ name: "x", mountPath: "/a:b", mountPropagation: "Bidirectional" }] },
      ),
      pod({ volumes: [{ name: "Bad_", emptyDir: {} }] }),
      pod({
        volumes: [
          { name: "x", emptyDir: {} },
          { name: "x", emptyDir: {} },
        ],
      }),
      pod({ volumes: [{ name: "x", emptyDir: {}, hostPath: { path: "/x" } }] }),
      pod({ volumes: [{ name: "x", hostPath: { path: "/x", type: "Nothing" } }] }),
      pod({ volumes: [{ name: "x", hostPath: { path: "" } }] }),
      pod({ volumes: [{ name: "x", hostPath: { path: "/a/../b" } }] }),
      pod({ volumes: [{ name: "x", secret: {} }] }),
      pod({ volumes: [{ name: "x", secret: { secretName: "s", defaultMode: 1000, items: [{ key: "", path: "" }] } }] }),
      pod({ volumes: [{ name: "x", configMap: {} }] }),
      pod({
        volumes: [
          {
            name: "x",
            configMap: {
              name: "c",
              items: [
                { key: "a", path: "/abs" },
                { key: "b", path: "../up" },
              ],
            },
          },
        ],
      }),
      pod({ volumes: [{ name: "x", persistentVolumeClaim: {} }] }),
      pod({ volumes: [{ name: "x", nfs: {} }] }),
      pod({ volumes: [{ name: "x", nfs: { server: "s", path: "rel" } }] }),
      pod({ volumes: [{ name: "x", emptyDir: { sizeLimit: "-1" } }] }),
      pod({ volumes: [{ name: "x", projected: { sources: [{}] } }] }),
      pod({
        volumes: [{ name: "x", projected: { sources: [{ serviceAccountToken: { path: "", expirationSeconds: 5 } }] } }],
      }),
      pod({ volumes: [{ name: "x", downwardAPI: { items: [{ path: "x" }] } }] }),
      pod({ volumes: [{ name: "x", csi: {} }] }),
      pod({ volumes: [{ name: "x", iscsi: {} }] }),
      pod({ restartPolicy: "Sometimes" }),
      pod({ dnsPolicy: "X" }),
      pod({ dnsPolicy: "None" }),
      pod({ dnsConfig: { nameservers: ["1", "2.2.2.2", "3.3.3.3", "4.4.4.4"], searches: ["-"], options: [{}] } }),
      pod({ terminationGracePeriodSeconds: -1 }),
      pod({ activeDeadlineSeconds: 0 }),
      pod({ hostname: "Bad_", subdomain: "Bad_" }),
      pod({ nodeName: "Bad_" }),
      pod({ nodeSelector: { "bad key!": "v" } }),
      pod({ nodeSelector: { k: "bad value!" } }),
      pod({ serviceAccountName: "nobody" }),
      pod({ priorityClassName: "none" }),
      pod({ schedulerName: "" }),
      pod({ schedulerName: "Bad_" }),
      pod({ hostAliases: [{ ip: "x", hostnames: ["Bad_"] }] }),
      pod({ tolerations: [{ key: "bad key!" }] }),
      pod({ tolerations: [{ operator: "Equal" }] }),
      pod({ tolerations: [{ key: "k", operator: "Exists", value: "v" }] }),
      pod({ tolerations: [{ key: "k", operator: "X", effect: "Y" }] }),
      pod({ tolerations: [{ key: "k", effect: "NoSchedule", tolerationSeconds: 5 }] }),
      pod({
        affinity: { nodeAffinity: { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [] } } },
      }),
      pod({
        affinity: {
          nodeAffinity: {
            requiredDuringSchedulingIgnoredDuringExecution: {
              nodeSelectorTerms: [
                {
                  matchExpressions: [
                    { key: "a", operator: "In" },
                    { key: "b", operator: "Exists", values: ["x"] },
                    { key: "c", operator: "X" },
                    { key: "d", operator: "Gt", values: ["a", "b"] },
                  ],
                },
              ],
            },
          },
        },
      }),
      pod({
        affinity: {
          nodeAffinity: { preferredDuringSchedulingIgnoredDuringExecution: [{ weight: 0, preference: {} }] },
        },
      }),
      pod({ affinity: { podAffinity: { requiredDuringSchedulingIgnoredDuringExecution: [{ topologyKey: "" }] } } }),
      pod({
        affinity: {
          podAntiAffinity: {
            preferredDuringSchedulingIgnoredDuringExecution: [
              {
                weight: 101,
                podAffinityTerm: {
                  topologyKey: "t",
                  labelSelector: { matchExpressions: [{ key: "a", operator: "In" }] },
                },
              },
            ],
          },
        },
      }),
      pod({ topologySpreadConstraints: [{ maxSkew: 0, topologyKey: "", whenUnsatisfiable: "" }] }),
      pod({
        topologySpreadConstraints: [
          { maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "ScheduleAnyway", minDomains: 2 },
          { maxSkew: 1, topologyKey: "a", whenUnsatisfiable: "ScheduleAnyway" },
        ],
      }),
      pod({ securityContext: { runAsUser: -1, fsGroup: -1, supplementalGroups: [-1], runAsGroup: -5 } }),
      pod({
        securityContext: {
          sysctls: [{ name: "" }, { name: "Bad Name" }, { name: "a", value: "" }, { name: "a", value: "" }],
        },
      }),
      pod({ securityContext: { seccompProfile: { type: "X" } } }),
      pod({ securityContext: { seccompProfile: { type: "Localhost" } } }),
      pod({ securityContext: { fsGroupChangePolicy: "X" } }),
      pod({}, { securityContext: { runAsUser: -1, privileged: true, allowPrivilegeEscalation: false } }),
      pod({}, { securityContext: { capabilities: { add: ["SYS_ADMIN"] }, allowPrivilegeEscalation: false } }),
      pod({}, { securityContext: { procMount: "X" } }),
      pod({ hostNetwork: true }, { ports: [{ containerPort: 80, hostPort: 81 }] }),
      pod({ hostPID: true, shareProcessNamespace: true }),
      pod({ hostUsers: false, hostNetwork: true }),
      pod({ initContainers: [{ name: "c", image: "i" }] }),
      pod({ initContainers: [{ name: "i", image: "i", livenessProbe: { exec: { command: ["a"] } } }] }),
      pod({ initContainers: [{ name: "i", image: "i", restartPolicy: "Never" }] }),
      pod({}, { restartPolicy: "Always" }),
      pod({ imagePullSecrets: [{}] }),
      pod({ readinessGates: [{ conditionType: "bad type!" }] }),
      pod({ runtimeClassName: "Bad_" }),
      pod({ preemptionPolicy: "X" }),
      pod({ os: { name: "x" } }),
      pod({ schedulingGates: [{ name: "Bad Gate" }, { name: "a" }, { name: "a" }] }),
      pod({ ephemeralContainers: [{ name: "e", image: "i" }] }),
      pod({ overhead: { cpu: "1" } }),
      { metadata: { name: "v", annotations: { "bad key!": "x" } }, spec: { containers: [container] } },
      { metadata: { name: "a.b.c" }, spec: { containers: [container] } },
    ],
  ];
  const services = `/api/v1/namespaces/${namespace}/services`;
  const service = (spec: Record<string, unknown>) => ({ metadata: { name: "v" }, spec });
  yield [
    "services",
    services,
    [
      service({}),
      service({ ports: [] }),
      service({ clusterIP: "None" }),
      service({ ports: [{ port: 0 }] }),
      service({ ports: [{ port: 80, protocol: "X" }] }),
      service({ ports: [{ port: 80 }, { port: 81 }] }),
      service({
        ports: [
          { name: "a", port: 80 },
          { name: "a", port: 81 },
        ],
      }),
      service({
        ports: [
          { name: "a", port: 80 },
          { name: "b", port: 80 },
        ],
      }),
      service({ ports: [{ name: "Bad_", port: 80 }] }),
      service({ ports: [{ port: 80, targetPort: 70000 }] }),
      service({ ports: [{ port: 80, targetPort: "Bad_Name" }] }),
      service({ ports: [{ port: 80, nodePort: 31000 }] }),
      service({ type: "NodePort", ports: [{ port: 80, nodePort: 80 }] }),
      service({ type: "X", ports: [{ port: 80 }] }),
      service({ type: "ExternalName" }),
      service({ type: "ExternalName", externalName: "Bad_" }),
      service({ type: "ExternalName", externalName: "a.b", clusterIP: "10.96.0.9" }),
      service({ ports: [{ port: 80 }], sessionAffinity: "X" }),
      service({
        ports: [{ port: 80 }],
        sessionAffinity: "ClientIP",
        sessionAffinityConfig: { clientIP: { timeoutSeconds: 0 } },
      }),
      service({ ports: [{ port: 80 }], selector: { "bad key!": "x" } }),
      service({ ports: [{ port: 80 }], clusterIP: "1.2.3.4" }),
      service({ ports: [{ port: 80 }], clusterIP: "x" }),
      service({ ports: [{ port: 80 }], externalIPs: ["x", "0.0.0.0", "127.0.0.1"] }),
      service({ ports: [{ port: 80 }], loadBalancerSourceRanges: ["10.0.0.0/8"] }),
      service({ type: "LoadBalancer", ports: [{ port: 80 }], loadBalancerSourceRanges: ["x"] }),
      service({ ports: [{ port: 80 }], externalTrafficPolicy: "Local" }),
      service({ type: "NodePort", ports: [{ port: 80 }], externalTrafficPolicy: "X" }),
      service({ ports: [{ port: 80 }], internalTrafficPolicy: "X" }),
      service({ ports: [{ port: 80 }], ipFamilies: ["X"] }),
      service({ ports: [{ port: 80 }], ipFamilyPolicy: "X" }),
      service({ ports: [{ port: 80 }], ipFamilyPolicy: "RequireDualStack" }),
      service({ ports: [{ port: 80 }], ipFamilies: ["IPv6"] }),
      service({ ports: [{ port: 80 }], loadBalancerClass: "a.b/c" }),
      service({ type: "LoadBalancer", ports: [{ port: 80 }], loadBalancerClass: "Bad Class" }),
      service({ ports: [{ port: 80, appProtocol: "Bad Proto" }] }),
      service({ ports: [{ port: 80 }], healthCheckNodePort: 31111 }),
      { metadata: { name: "1bad" }, spec: { ports: [{ port: 80 }] } },
      { metadata: { name: "v" } },
    ],
  ];
  const apps = `/apis/apps/v1/namespaces/${namespace}`;
  const template = { metadata: { labels: { a: "b" } }, spec: { containers: [container] } };
  const spec = (more: Record<string, unknown>) => ({
    metadata: { name: "v" },
    spec: { selector: { matchLabels: { a: "b" } }, template, ...more },
  });
  yield [
    "deployments",
    `${apps}/deployments`,
    [
      { metadata: { name: "v" } },
      spec({ replicas: -1 }),
      spec({ minReadySeconds: -1, revisionHistoryLimit: -1, progressDeadlineSeconds: 0 }),
      spec({ minReadySeconds: 10, progressDeadlineSeconds: 5 }),
      spec({ selector: {} }),
      spec({ selector: { matchLabels: { x: "y" } } }),
      spec({ selector: { matchExpressions: [{ key: "a", operator: "In" }] } }),
      spec({ selector: { matchExpressions: [{ key: "a", operator: "X" }] } }),
      spec({ selector: { matchLabels: { "bad key!": "bad value!" } } }),
      spec({ strategy: { type: "X" } }),
      spec({ strategy: { type: "Recreate", rollingUpdate: { maxSurge: 1 } } }),
      spec({ strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
      spec({ strategy: { rollingUpdate: { maxSurge: -1, maxUnavailable: "150%" } } }),
      spec({ strategy: { rollingUpdate: { maxSurge: "abc", maxUnavailable: "5" } } }),
      spec({ template: { metadata: { labels: { a: "b" } }, spec: { ...template.spec, restartPolicy: "Never" } } }),
      spec({ template: { metadata: { labels: { a: "b" } }, spec: { ...template.spec, activeDeadlineSeconds: 5 } } }),
      spec({ template: { metadata: { labels: { a: "bad value!" } }, spec: { containers: [{ name: "c" }] } } }),
      spec({ template: { metadata: { labels: { a: "b" } }, spec: {} } }),
    ],
  ];
  yield [
    "replicasets",
    `${apps}/replicasets`,
    [
      { metadata: { name: "v" } },
      spec({ replicas: -1, minReadySeconds: -1 }),
      spec({ selector: {} }),
      spec({ selector: { matchLabels: { x: "y" } } }),
      spec({ template: undefined }),
      spec({ template: { metadata: { labels: { a: "b" } }, spec: { ...template.spec, restartPolicy: "OnFailure" } } }),
    ],
  ];
  yield [
    "statefulsets",
    `${apps}/statefulsets`,
    [
      { metadata: { name: "v" } },
      spec({ replicas: -1 }),
      spec({ podManagementPolicy: "X" }),
      spec({ updateStrategy: { type: "X" } }),
      spec({ updateStrategy: { type: "OnDelete", rollingUpdate: { partition: 1 } } }),
      spec({ updateStrategy: { rollingUpdate: { partition: -1 } } }),
      spec({ selector: {} }),
      spec({ selector: { matchLabels: { x: "y" } } }),
      spec({ persistentVolumeClaimRetentionPolicy: { whenDeleted: "X", whenScaled: "Y" } }),
      spec({ ordinals: { start: -1 } }),
      spec({ minReadySeconds: -1, revisionHistoryLimit: -1 }),
      spec({ serviceName: "Bad_" }),
      spec({ template: { metadata: { labels: { a: "b" } }, spec: { ...template.spec, restartPolicy: "Never" } } }),
      spec({ volumeClaimTemplates: [{ metadata: { name: "d" }, spec: {} }] }),
    ],
  ];
  yield [
    "daemonsets",
    `${apps}/daemonsets`,
    [
      { metadata: { name: "v" } },
      spec({ updateStrategy: { type: "X" } }),
      spec({ updateStrategy: { rollingUpdate: { maxUnavailable: 0 } } }),
      spec({ updateStrategy: { rollingUpdate: { maxUnavailable: 1, maxSurge: 1 } } }),
      spec({ updateStrategy: { rollingUpdate: { maxUnavailable: "120%" } } }),
      spec({ minReadySeconds: -1, revisionHistoryLimit: -1 }),
      spec({ selector: { matchLabels: { x: "y" } } }),
      spec({ template: { metadata: { labels: { a: "b" } }, spec: { ...template.spec, restartPolicy: "Never" } } }),
    ],
  ];
  const batch = `/apis/batch/v1/namespaces/${namespace}`;
  const jobTemplate = { spec: { containers: [container], restartPolicy: "Never" } };
  const job = (more: Record<string, unknown>) => ({
    metadata: { name: "v" },
    spec: { template: jobTemplate, ...more },
  });
  yield [
    "jobs",
    `${batch}/jobs`,
    [
      { metadata: { name: "v" } },
      job({ template: { spec: { containers: [container] } } }),
      job({
        parallelism: -1,
        completions: -1,
        backoffLimit: -1,
        activeDeadlineSeconds: -1,
        ttlSecondsAfterFinished: -1,
      }),
      job({ completionMode: "X" }),
      job({ completionMode: "Indexed" }),
      job({ completionMode: "Indexed", completions: 5, parallelism: 200000 }),
      job({ selector: { matchLabels: { a: "b" } } }),
      job({ manualSelector: true, selector: { matchLabels: { a: "b" } } }),
      job({ podFailurePolicy: { rules: [{ action: "X" }] } }),
      job({ podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [] } }] } }),
      job({
        podFailurePolicy: { rules: [{ action: "FailJob", onExitCodes: { operator: "In", values: [0, 3, 2, 2] } }] },
      }),
      job({ podReplacementPolicy: "X" }),
      job({ backoffLimitPerIndex: 1 }),
      job({ maxFailedIndexes: 1 }),
      job({ managedBy: "Bad" }),
      { metadata: { name: "x".repeat(64) }, spec: { template: jobTemplate } },
    ],
  ];
  const cron = (more: Record<string, unknown>) => ({
    metadata: { name: "v" },
    spec: { schedule: "* * * * *", jobTemplate: { spec: { template: jobTemplate } }, ...more },
  });
  yield [
    "cronjobs",
    `${batch}/cronjobs`,
    [
      { metadata: { name: "v" } },
      cron({ schedule: "" }),
      cron({ schedule: "x" }),
      cron({ schedule: "60 * * * *" }),
      cron({ schedule: "TZ=UTC * * * * *" }),
      cron({ timeZone: "Nowhere/Else" }),
      cron({ timeZone: "" }),
      cron({ concurrencyPolicy: "X" }),
      cron({ startingDeadlineSeconds: -1, successfulJobsHistoryLimit: -1, failedJobsHistoryLimit: -1 }),
      cron({ jobTemplate: { spec: { template: { spec: { containers: [container] } } } } }),
      cron({ jobTemplate: { spec: {} } }),
      { metadata: { name: "x".repeat(53) }, spec: cron({}).spec },
    ],
  ];
  const hpa = (more: Record<string, unknown>) => ({
    metadata: { name: "v" },
    spec: { maxReplicas: 2, scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" }, ...more },
  });
  yield [
    "horizontalpodautoscalers",
    `/apis/autoscaling/v2/namespaces/${namespace}/horizontalpodautoscalers`,
    [
      { metadata: { name: "v" } },
      hpa({ maxReplicas: 0 }),
      hpa({ minReplicas: 0 }),
      hpa({ minReplicas: 5 }),
      hpa({ minReplicas: -1 }),
      hpa({ scaleTargetRef: { kind: "", name: "" } }),
      hpa({ scaleTargetRef: { kind: "Bad/Kind", name: "a/b" } }),
      hpa({ metrics: [{}] }),
      hpa({ metrics: [{ type: "X" }] }),
      hpa({ metrics: [{ type: "Resource" }] }),
      hpa({ metrics: [{ type: "Resource", resource: {} }] }),
      hpa({ metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "Utilization" } } }] }),
      hpa({
        metrics: [
          { type: "Resource", resource: { name: "cpu", target: { type: "Utilization", averageUtilization: 0 } } },
        ],
      }),
      hpa({ metrics: [{ type: "Resource", resource: { name: "cpu", target: { type: "X", averageValue: "1" } } }] }),
      hpa({ metrics: [{ type: "Pods", pods: { metric: { name: "" }, target: { type: "Value", value: "1" } } }] }),
      hpa({ metrics: [{ type: "Object", object: { metric: { name: "m" }, target: { type: "Value", value: "1" } } }] }),
      hpa({ metrics: [{ type: "External", external: { metric: { name: "m" }, target: { type: "Value" } } }] }),
      hpa({ behavior: { scaleUp: { stabilizationWindowSeconds: 4000, selectPolicy: "X" } } }),
      hpa({ behavior: { scaleDown: { policies: [{ type: "X", value: 0, periodSeconds: 0 }] } } }),
    ],
  ];
  const ingress = (more: Record<string, unknown>) => ({ metadata: { name: "v" }, spec: more });
  const backend = { service: { name: "s", port: { number: 80 } } };
  yield [
    "ingresses",
    `/apis/networking.k8s.io/v1/namespaces/${namespace}/ingresses`,
    [
      ingress({}),
      { metadata: { name: "v" } },
      ingress({ defaultBackend: {} }),
      ingress({ defaultBackend: { service: { name: "" } } }),
      ingress({ defaultBackend: { service: { name: "s", port: {} } } }),
      ingress({ defaultBackend: { service: { name: "s", port: { number: 80, name: "x" } } } }),
      ingress({ defaultBackend: { service: { name: "Bad_", port: { number: 70000 } } } }),
      ingress({ rules: [{ host: "Bad_" }] }),
      ingress({ rules: [{ host: "1.2.3.4" }] }),
      ingress({ rules: [{ host: "*.a.b" }, { host: "*a" }] }),
      ingress({ rules: [{ http: {} }] }),
      ingress({ rules: [{ http: { paths: [] } }] }),
      ingress({ rules: [{ http: { paths: [{ path: "/", backend }] } }] }),
      ingress({ rules: [{ http: { paths: [{ path: "rel", pathType: "Prefix", backend }] } }] }),
      ingress({ rules: [{ http: { paths: [{ path: "//a/../b", pathType: "Exact", backend }] } }] }),
      ingress({ rules: [{ http: { paths: [{ path: "/", pathType: "X", backend }] } }] }),
      ingress({ defaultBackend: backend, ingressClassName: "Bad_" }),
      ingress({ defaultBackend: backend, tls: [{ hosts: ["Bad_"], secretName: "Bad_" }] }),
    ],
  ];
  const policy = (more: Record<string, unknown>) => ({ metadata: { name: "v" }, spec: { podSelector: {}, ...more } });
  yield [
    "networkpolicies",
    `/apis/networking.k8s.io/v1/namespaces/${namespace}/networkpolicies`,
    [
      policy({ podSelector: { matchLabels: { "bad key!": "x" } } }),
      policy({ policyTypes: ["X"] }),
      policy({ policyTypes: ["Ingress", "Egress", "Ingress"] }),
      policy({ ingress: [{ ports: [{ port: 0 }] }] }),
      policy({ ingress: [{ ports: [{ port: "Bad_Port" }] }] }),
      policy({ ingress: [{ ports: [{ port: 80, protocol: "X" }] }] }),
      policy({ ingress: [{ ports: [{ port: 80, endPort: 70 }, { endPort: 5 }, { port: "a", endPort: 5 }] }] }),
      policy({ ingress: [{ from: [{}] }] }),
      policy({
        ingress: [{ from: [{ ipBlock: { cidr: "x" } }, { ipBlock: { cidr: "10.0.0.0/8", except: ["11.0.0.0/8"] } }] }],
      }),
      policy({ egress: [{ to: [{ ipBlock: { cidr: "10.0.0.0/8" }, podSelector: {} }] }] }),
    ],
  ];
  const budget = (more: Record<string, unknown>) => ({ metadata: { name: "v" }, spec: more });
  yield [
    "poddisruptionbudgets",
    `/apis/policy/v1/namespaces/${namespace}/poddisruptionbudgets`,
    [
      budget({ minAvailable: 1, maxUnavailable: 1 }),
      budget({ minAvailable: -1 }),
      budget({ maxUnavailable: "150%" }),
      budget({ maxUnavailable: "x" }),
      budget({ selector: { matchLabels: { "bad key!": "x" } } }),
      budget({ unhealthyPodEvictionPolicy: "X" }),
      budget({}),
    ],
  ];
  const core = `/api/v1/namespaces/${namespace}`;
  yield [
    "configmaps",
    `${core}/configmaps`,
    [
      { metadata: { name: "v" }, data: { "bad key!": "x" } },
      { metadata: { name: "v" }, data: { a: "x" }, binaryData: { a: "AA==" } },
      { metadata: { name: "v" }, data: { "..a": "x", ".": "y", "..": "z" } },
      { metadata: { name: "v" }, data: { a: "x".repeat(1_100_000) } },
    ],
  ];
  yield [
    "secrets",
    `${core}/secrets`,
    [
      { metadata: { name: "v" }, data: { "bad key!": "AA==" } },
      { metadata: { name: "v" }, type: "kubernetes.io/tls" },
      { metadata: { name: "v" }, type: "kubernetes.io/dockerconfigjson", data: { ".dockerconfigjson": "AA==" } },
      { metadata: { name: "v" }, type: "kubernetes.io/dockerconfigjson" },
      { metadata: { name: "v" }, type: "kubernetes.io/dockercfg" },
      { metadata: { name: "v" }, type: "kubernetes.io/basic-auth" },
      { metadata: { name: "v" }, type: "kubernetes.io/ssh-auth" },
      { metadata: { name: "v" }, type: "kubernetes.io/service-account-token" },
    ],
  ];
  const claim = (more: Record<string, unknown>) => ({
    metadata: { name: "v" },
    spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } }, ...more },
  });
  yield [
    "persistentvolumeclaims",
    `${core}/persistentvolumeclaims`,
    [
      { metadata: { name: "v" }, spec: {} },
      claim({ accessModes: ["X"] }),
      claim({ accessModes: ["ReadWriteOncePod", "ReadWriteOnce"] }),
      claim({ resources: {} }),
      claim({ resources: { requests: { storage: "0" } } }),
      claim({ resources: { requests: { storage: "-1Gi" } } }),
      claim({ storageClassName: "Bad_" }),
      claim({ volumeMode: "X" }),
      claim({ selector: { matchExpressions: [{ key: "a", operator: "In" }] } }),
      claim({ dataSource: { kind: "", name: "" } }),
    ],
  ];
  yield [
    "persistentvolumes",
    "/api/v1/persistentvolumes",
    [
      { metadata: { name: "v" }, spec: {} },
      { metadata: { name: "v" }, spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" } } },
      {
        metadata: { name: "v" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          capacity: { storage: "1Gi" },
          hostPath: { path: "/a" },
          nfs: { server: "s", path: "/p" },
        },
      },
      {
        metadata: { name: "v" },
        spec: {
          accessModes: ["ReadWriteOnce"],
          capacity: { cpu: "1" },
          hostPath: { path: "/a" },
          persistentVolumeReclaimPolicy: "X",
        },
      },
      {
        metadata: { name: "v" },
        spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, local: { path: "/a" } },
      },
    ],
  ];
  yield [
    "namespaces",
    "/api/v1/namespaces",
    [
      { metadata: { name: "a.b" } },
      { metadata: { name: "x".repeat(64) } },
      { metadata: { name: "v" }, spec: { finalizers: ["bad finalizer!"] } },
      { metadata: { name: "v", labels: { "pod-security.kubernetes.io/enforce": "x" } } },
    ],
  ];
  yield [
    "nodes",
    "/api/v1/nodes",
    [
      {
        metadata: { name: "v" },
        spec: {
          taints: [
            { key: "a", effect: "X" },
            { key: "", effect: "NoSchedule" },
          ],
        },
      },
      {
        metadata: { name: "v" },
        spec: {
          taints: [
            { key: "a", effect: "NoSchedule" },
            { key: "a", effect: "NoSchedule" },
          ],
        },
      },
      { metadata: { name: "v" }, spec: { podCIDR: "x", podCIDRs: ["x"] } },
    ],
  ];
  yield [
    "resourcequotas",
    `${core}/resourcequotas`,
    [
      { metadata: { name: "v" }, spec: { hard: { cpu: "-1" } } },
      { metadata: { name: "v" }, spec: { hard: { "bad name!": "1", pods: "1.5" } } },
      { metadata: { name: "v" }, spec: { hard: { pods: "1" }, scopes: ["X", "Terminating", "NotTerminating"] } },
    ],
  ];
  yield [
    "limitranges",
    `${core}/limitranges`,
    [
      { metadata: { name: "v" }, spec: { limits: [{ type: "X" }] } },
      { metadata: { name: "v" }, spec: { limits: [{ type: "Container", min: { cpu: "2" }, max: { cpu: "1" } }] } },
      { metadata: { name: "v" }, spec: { limits: [{ type: "Container", default: { cpu: "2" }, max: { cpu: "1" } }] } },
      { metadata: { name: "v" }, spec: { limits: [{ type: "Pod", default: { cpu: "2" } }] } },
      { metadata: { name: "v" }, spec: { limits: [{ type: "PersistentVolumeClaim" }] } },
      { metadata: { name: "v" }, spec: { limits: [{ type: "Container" }, { type: "Container" }] } },
    ],
  ];
  yield [
    "endpoints",
    `${core}/endpoints`,
    [
      { metadata: { name: "v" }, subsets: [{}] },
      { metadata: { name: "v" }, subsets: [{ addresses: [{ ip: "x" }], ports: [{ port: 0 }] }] },
      {
        metadata: { name: "v" },
        subsets: [
          {
            addresses: [{ ip: "127.0.0.1" }],
            ports: [
              { port: 80, name: "a" },
              { port: 81, name: "Bad_" },
            ],
          },
        ],
      },
      { metadata: { name: "v" }, subsets: [{ addresses: [{ ip: "10.0.0.1" }], ports: [{ port: 80 }, { port: 81 }] }] },
    ],
  ];
  const rbac = "/apis/rbac.authorization.k8s.io/v1";
  yield [
    "roles",
    `${rbac}/namespaces/${namespace}/roles`,
    [
      { metadata: { name: "v" }, rules: [{}] },
      { metadata: { name: "v" }, rules: [{ verbs: ["get"] }] },
      { metadata: { name: "v" }, rules: [{ verbs: ["get"], apiGroups: [""] }] },
      { metadata: { name: "v" }, rules: [{ verbs: ["get"], nonResourceURLs: ["/x"] }] },
      { metadata: { name: "a/b" } },
    ],
  ];
  yield [
    "clusterroles",
    `${rbac}/clusterroles`,
    [
      { metadata: { name: "v" }, rules: [{ verbs: [], nonResourceURLs: ["/x"], apiGroups: [""] }] },
      { metadata: { name: "v" }, aggregationRule: {} },
      { metadata: { name: "v" }, aggregationRule: { clusterRoleSelectors: [{ matchLabels: { "bad key!": "x" } }] } },
    ],
  ];
  yield [
    "rolebindings",
    `${rbac}/namespaces/${namespace}/rolebindings`,
    [
      { metadata: { name: "v" } },
      { metadata: { name: "v" }, roleRef: { kind: "X", name: "", apiGroup: "y" } },
      { metadata: { name: "v" }, roleRef: { kind: "Role", name: "r" }, subjects: [{ kind: "X", name: "" }] },
      {
        metadata: { name: "v" },
        roleRef: { kind: "Role", name: "r" },
        subjects: [
          { kind: "ServiceAccount", name: "Bad_" },
          { kind: "User", name: "", apiGroup: "x" },
        ],
      },
    ],
  ];
  yield [
    "clusterrolebindings",
    `${rbac}/clusterrolebindings`,
    [
      { metadata: { name: "v" }, roleRef: { kind: "Role", name: "r" } },
      {
        metadata: { name: "v" },
        roleRef: { kind: "ClusterRole", name: "r" },
        subjects: [{ kind: "ServiceAccount", name: "s" }],
      },
    ],
  ];
  yield [
    "storageclasses",
    "/apis/storage.k8s.io/v1/storageclasses",
    [
      { metadata: { name: "v" } },
      { metadata: { name: "v" }, provisioner: "Bad Provisioner" },
      { metadata: { name: "v" }, provisioner: "a/b", reclaimPolicy: "X" },
      { metadata: { name: "v" }, provisioner: "a/b", volumeBindingMode: "X" },
      { metadata: { name: "v" }, provisioner: "a/b", parameters: { "": "x" } },
    ],
  ];
  yield [
    "priorityclasses",
    "/apis/scheduling.k8s.io/v1/priorityclasses",
    [
      { metadata: { name: "system-x" }, value: 1 },
      { metadata: { name: "v" }, value: 2000000000 },
      { metadata: { name: "v" }, value: 1, preemptionPolicy: "X" },
    ],
  ];
  yield [
    "leases",
    `/apis/coordination.k8s.io/v1/namespaces/${namespace}/leases`,
    [
      { metadata: { name: "v" }, spec: { leaseDurationSeconds: 0, leaseTransitions: -1 } },
      { metadata: { name: "v" }, spec: { holderIdentity: "" } },
    ],
  ];
  yield [
    "endpointslices",
    `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`,
    [
      { metadata: { name: "v" } },
      { metadata: { name: "v" }, addressType: "X", endpoints: [] },
      {
        metadata: { name: "v" },
        addressType: "IPv4",
        endpoints: [{ addresses: [] }, { addresses: ["x"] }, { addresses: ["::1"] }],
      },
      {
        metadata: { name: "v" },
        addressType: "IPv4",
        endpoints: [],
        ports: [
          { name: "a", port: 1 },
          { name: "a", port: 2 },
        ],
      },
      {
        metadata: { name: "v" },
        addressType: "IPv4",
        endpoints: [],
        ports: [{ name: "Bad_", port: 70000, protocol: "X" }],
      },
    ],
  ];
  yield [
    "ingressclasses",
    "/apis/networking.k8s.io/v1/ingressclasses",
    [
      { metadata: { name: "v" }, spec: {} },
      { metadata: { name: "v" }, spec: { controller: "nodomain" } },
      { metadata: { name: "v" }, spec: { controller: "a.b/c", parameters: { kind: "", name: "" } } },
      {
        metadata: { name: "v" },
        spec: { controller: "a.b/c", parameters: { kind: "K", name: "n", scope: "Namespace" } },
      },
    ],
  ];
  yield [
    "runtimeclasses",
    "/apis/node.k8s.io/v1/runtimeclasses",
    [{ metadata: { name: "v" } }, { metadata: { name: "v" }, handler: "Bad_" }],
  ];
  yield [
    "replicationcontrollers",
    `${core}/replicationcontrollers`,
    [{ metadata: { name: "v" } }, { metadata: { name: "v" }, spec: { replicas: -1, selector: { x: "y" }, template } }],
  ];
  yield ["serviceaccounts", `${core}/serviceaccounts`, [{ metadata: { name: "Bad_" } }]];
  yield [
    "controllerrevisions",
    `${apps}/controllerrevisions`,
    [{ metadata: { name: "v" }, revision: -1 }, { metadata: { name: "v" } }],
  ];
  yield [
    "podtemplates",
    `${core}/podtemplates`,
    [{ metadata: { name: "v" } }, { metadata: { name: "v" }, template: { spec: { containers: [] } } }],
  ];
}
