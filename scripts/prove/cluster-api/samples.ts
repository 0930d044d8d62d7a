import { moreSamples } from "./samples-more.ts";

/** A small and, where it matters, a full object of every kind that can be stored. */

export interface Sample {
  readonly apiVersion: string;
  readonly plural: string;
  readonly namespaced: boolean;
  /** Everything but apiVersion, kind and metadata. */
  readonly minimal: Record<string, unknown>;
  readonly full?: Record<string, unknown>;
  /** Further good objects, for what is changed by chance. */
  readonly more?: readonly Record<string, unknown>[];
  /** The name, where it follows from the content. */
  readonly named?: string;
  /** What the server itself adds a moment after the creation: it is waited for. */
  readonly settled?: RegExp;
}

const template = (labels: Record<string, string> = { app: "a" }, extra: Record<string, unknown> = {}) => ({
  metadata: { labels },
  spec: { containers: [{ name: "c", image: "nginx:1" }], ...extra },
});

export const fullPodSpec: Record<string, unknown> = {
  initContainers: [
    { name: "i", image: "busybox", command: ["sh"], args: ["-c", "true"], env: [{ name: "A", value: "b" }] },
    {
      name: "side",
      image: "envoy@sha256:0000000000000000000000000000000000000000000000000000000000000000",
      restartPolicy: "Always",
    },
  ],
  containers: [
    {
      name: "c",
      image: "registry:5000/a/b:latest",
      ports: [
        { containerPort: 80, name: "http" },
        { containerPort: 53, protocol: "UDP" },
      ],
      env: [
        { name: "N", valueFrom: { fieldRef: { fieldPath: "metadata.name" } } },
        { name: "S", valueFrom: { secretKeyRef: { name: "s", key: "k", optional: true } } },
        { name: "C", valueFrom: { configMapKeyRef: { name: "c", key: "k" } } },
        { name: "R", valueFrom: { resourceFieldRef: { resource: "limits.cpu" } } },
      ],
      envFrom: [{ configMapRef: { name: "c" }, prefix: "P_" }],
      resources: {
        requests: { cpu: "0.1", memory: "1024Mi" },
        limits: { cpu: "1000m", memory: "2Gi", "example.com/gpu": "1" },
      },
      livenessProbe: { httpGet: { port: "http", path: "/live" }, initialDelaySeconds: 1 },
      readinessProbe: { tcpSocket: { port: 80 } },
      startupProbe: { grpc: { port: 90 } },
      lifecycle: { preStop: { exec: { command: ["sleep", "1"] } }, postStart: { httpGet: { port: 80 } } },
      volumeMounts: [
        { name: "e", mountPath: "/e" },
        { name: "s", mountPath: "/s", readOnly: true, subPath: "x" },
      ],
      securityContext: {
        runAsUser: 1,
        runAsNonRoot: true,
        allowPrivilegeEscalation: false,
        capabilities: { drop: ["ALL"], add: ["NET_BIND_SERVICE"] },
        seccompProfile: { type: "RuntimeDefault" },
        readOnlyRootFilesystem: true,
      },
      workingDir: "/w",
      stdin: true,
      tty: true,
    },
  ],
  volumes: [
    { name: "e" },
    { name: "s", secret: { secretName: "s", items: [{ key: "a", path: "b" }] } },
    { name: "cm", configMap: { name: "c", optional: true } },
    { name: "h", hostPath: { path: "/h" } },
    { name: "p", persistentVolumeClaim: { claimName: "p" } },
    { name: "d", downwardAPI: { items: [{ path: "l", fieldRef: { fieldPath: "metadata.labels" } }] } },
    {
      name: "pr",
      projected: {
        sources: [{ secret: { name: "s" } }, { configMap: { name: "c" } }, { serviceAccountToken: { path: "t" } }],
      },
    },
    { name: "n", nfs: { server: "s", path: "/p" } },
    { name: "m", emptyDir: { medium: "Memory", sizeLimit: "1.5Gi" } },
    {
      name: "eph",
      ephemeral: {
        volumeClaimTemplate: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
      },
    },
  ],
  nodeSelector: { a: "b" },
  tolerations: [
    { key: "a", operator: "Equal", value: "b", effect: "NoSchedule" },
    { operator: "Exists", effect: "NoExecute", tolerationSeconds: 5 },
  ],
  affinity: {
    nodeAffinity: {
      requiredDuringSchedulingIgnoredDuringExecution: {
        nodeSelectorTerms: [{ matchExpressions: [{ key: "a", operator: "In", values: ["b"] }] }],
      },
    },
    podAntiAffinity: {
      preferredDuringSchedulingIgnoredDuringExecution: [
        { weight: 1, podAffinityTerm: { topologyKey: "t", labelSelector: { matchLabels: { a: "b" } } } },
      ],
    },
  },
  topologySpreadConstraints: [
    { maxSkew: 1, topologyKey: "zone", whenUnsatisfiable: "DoNotSchedule", labelSelector: { matchLabels: { a: "b" } } },
  ],
  securityContext: {
    fsGroup: 5,
    runAsUser: 7,
    supplementalGroups: [1, 2],
    sysctls: [{ name: "net.core.somaxconn", value: "1" }],
  },
  imagePullSecrets: [{ name: "pull" }],
  hostAliases: [{ ip: "1.2.3.4", hostnames: ["a", "b"] }],
  dnsConfig: { nameservers: ["1.1.1.1"], searches: ["x"], options: [{ name: "ndots", value: "2" }] },
  terminationGracePeriodSeconds: 5,
  shareProcessNamespace: true,
};

export const samples: readonly Sample[] = [
  {
    apiVersion: "v1",
    plural: "configmaps",
    namespaced: true,
    minimal: {},
    full: { data: { a: "b", "c.txt": "d\n" }, binaryData: { x: "AAEC" }, immutable: false },
  },
  {
    apiVersion: "v1",
    plural: "secrets",
    namespaced: true,
    minimal: {},
    full: { type: "Opaque", data: { a: "Yg==" }, stringData: { c: "d" } },
  },
  {
    apiVersion: "v1",
    plural: "serviceaccounts",
    namespaced: true,
    minimal: {},
    full: { secrets: [{ name: "s" }], imagePullSecrets: [{ name: "p" }], automountServiceAccountToken: false },
  },
  {
    apiVersion: "v1",
    plural: "endpoints",
    namespaced: true,
    minimal: {},
    full: {
      subsets: [
        {
          addresses: [{ ip: "10.0.0.1" }],
          ports: [
            { name: "w", port: 80 },
            { name: "x", port: 81, protocol: "UDP" },
          ],
        },
      ],
    },
  },
  {
    apiVersion: "v1",
    plural: "limitranges",
    namespaced: true,
    minimal: { spec: { limits: [] } },
    full: { spec: { limits: [{ type: "PersistentVolumeClaim", max: { storage: "5Gi" }, min: { storage: "1Gi" } }] } },
  },
  {
    apiVersion: "v1",
    plural: "resourcequotas",
    namespaced: true,
    minimal: {},
    full: { spec: { hard: { "count/widgets.example.com": "5", "requests.nvidia.com/gpu": "1" } } },
  },
  {
    apiVersion: "v1",
    plural: "podtemplates",
    namespaced: true,
    minimal: { template: template() },
    full: { template: { metadata: { labels: { app: "a" } }, spec: fullPodSpec } },
  },
  {
    apiVersion: "v1",
    plural: "pods",
    namespaced: true,
    minimal: { spec: { containers: [{ name: "c", image: "nginx" }] } },
    full: { spec: fullPodSpec },
  },
  {
    apiVersion: "v1",
    plural: "services",
    namespaced: true,
    minimal: { spec: { ports: [{ port: 80 }] } },
    full: {
      spec: {
        type: "LoadBalancer",
        selector: { a: "b" },
        ports: [
          { name: "http", port: 80, targetPort: "http" },
          { name: "dns", port: 53, protocol: "UDP" },
        ],
        sessionAffinity: "ClientIP",
        loadBalancerSourceRanges: ["10.0.0.0/8"],
        externalTrafficPolicy: "Local",
      },
    },
  },
  {
    apiVersion: "v1",
    plural: "replicationcontrollers",
    namespaced: true,
    minimal: { spec: { selector: { app: "a" }, template: template() } },
    full: {
      spec: {
        replicas: 2,
        minReadySeconds: 3,
        selector: { app: "a" },
        template: { metadata: { labels: { app: "a" } }, spec: fullPodSpec },
      },
    },
  },
  {
    apiVersion: "v1",
    plural: "persistentvolumeclaims",
    namespaced: true,
    minimal: { spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } } },
    full: {
      spec: {
        accessModes: ["ReadWriteMany", "ReadOnlyMany"],
        storageClassName: "x",
        volumeName: "v",
        volumeMode: "Block",
        selector: { matchLabels: { a: "b" } },
        resources: { requests: { storage: "1024Mi" }, limits: { storage: "2Gi" } },
      },
    },
  },
  {
    apiVersion: "v1",
    plural: "persistentvolumes",
    namespaced: false,
    minimal: { spec: { accessModes: ["ReadWriteOnce"], capacity: { storage: "1Gi" }, hostPath: { path: "/x" } } },
    full: {
      spec: {
        accessModes: ["ReadWriteOnce"],
        capacity: { storage: "1Gi" },
        csi: { driver: "d", volumeHandle: "h" },
        storageClassName: "s",
        persistentVolumeReclaimPolicy: "Delete",
        claimRef: { name: "n", namespace: "d" },
        nodeAffinity: { required: { nodeSelectorTerms: [{ matchExpressions: [{ key: "k", operator: "Exists" }] }] } },
      },
    },
  },
  {
    apiVersion: "v1",
    plural: "namespaces",
    namespaced: false,
    minimal: {},
    full: { spec: { finalizers: ["kubernetes", "example.com/x"] } },
  },
  {
    apiVersion: "v1",
    plural: "nodes",
    namespaced: false,
    minimal: {},
    full: {
      spec: { podCIDR: "10.1.0.0/24", unschedulable: true, taints: [{ key: "a", effect: "NoSchedule" }] },
      status: { capacity: { cpu: "4", memory: "8Gi" } },
    },
  },
  {
    apiVersion: "v1",
    plural: "events",
    namespaced: true,
    minimal: { involvedObject: { namespace: "NS" } },
    full: {
      involvedObject: { kind: "Pod", name: "p", namespace: "NS", apiVersion: "v1" },
      reason: "R",
      message: "m",
      type: "Normal",
      count: 2,
      source: { component: "c", host: "h" },
      firstTimestamp: "2024-01-01T00:00:00Z",
      lastTimestamp: "2024-01-01T01:00:00+01:00",
    },
  },
  {
    apiVersion: "apps/v1",
    plural: "deployments",
    namespaced: true,
    minimal: { spec: { selector: { matchLabels: { app: "a" } }, template: template() } },
    full: {
      spec: {
        replicas: 3,
        paused: true,
        minReadySeconds: 5,
        revisionHistoryLimit: 3,
        progressDeadlineSeconds: 100,
        strategy: { type: "RollingUpdate", rollingUpdate: { maxSurge: 1, maxUnavailable: "50%" } },
        selector: { matchExpressions: [{ key: "app", operator: "In", values: ["a", "b"] }] },
        template: { metadata: { labels: { app: "a" }, annotations: { x: "y" } }, spec: fullPodSpec },
      },
    },
  },
  {
    apiVersion: "apps/v1",
    plural: "replicasets",
    namespaced: true,
    minimal: { spec: { selector: { matchLabels: { app: "a" } }, template: template() } },
    full: {
      spec: {
        replicas: 0,
        minReadySeconds: 1,
        selector: { matchLabels: { app: "a" } },
        template: { metadata: { labels: { app: "a" } }, spec: fullPodSpec },
      },
    },
  },
  {
    apiVersion: "apps/v1",
    plural: "statefulsets",
    namespaced: true,
    minimal: { spec: { selector: { matchLabels: { app: "a" } }, serviceName: "s", template: template() } },
    full: {
      spec: {
        replicas: 2,
        podManagementPolicy: "Parallel",
        serviceName: "s",
        ordinals: { start: 1 },
        minReadySeconds: 1,
        updateStrategy: { type: "OnDelete" },
        persistentVolumeClaimRetentionPolicy: { whenDeleted: "Delete" },
        selector: { matchLabels: { app: "a" } },
        template: template(),
        volumeClaimTemplates: [
          {
            metadata: { name: "data" },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } },
          },
        ],
      },
    },
  },
  {
    apiVersion: "apps/v1",
    plural: "daemonsets",
    namespaced: true,
    minimal: { spec: { selector: { matchLabels: { app: "a" } }, template: template() } },
    full: {
      spec: {
        minReadySeconds: 1,
        updateStrategy: { type: "RollingUpdate", rollingUpdate: { maxUnavailable: "10%" } },
        selector: { matchLabels: { app: "a" } },
        template: { metadata: { labels: { app: "a" } }, spec: fullPodSpec },
      },
    },
  },
  {
    apiVersion: "apps/v1",
    plural: "controllerrevisions",
    namespaced: true,
    minimal: { revision: 1 },
    full: { revision: 2, data: { spec: { a: 1 } } },
  },
  {
    apiVersion: "batch/v1",
    plural: "jobs",
    namespaced: true,
    minimal: { spec: { template: template({ app: "a" }, { restartPolicy: "Never" }) } },
    full: {
      spec: {
        completions: 5,
        parallelism: 2,
        completionMode: "Indexed",
        backoffLimit: 3,
        activeDeadlineSeconds: 9,
        ttlSecondsAfterFinished: 10,
        suspend: true,
        podFailurePolicy: {
          rules: [
            { action: "FailJob", onExitCodes: { operator: "In", values: [1, 2] } },
            { action: "Ignore", onPodConditions: [{ type: "DisruptionTarget" }] },
          ],
        },
        template: template({ app: "a" }, { restartPolicy: "Never" }),
      },
    },
  },
  {
    apiVersion: "batch/v1",
    plural: "cronjobs",
    namespaced: true,
    minimal: {
      spec: {
        schedule: "*/5 * * * *",
        jobTemplate: { spec: { template: template({ app: "a" }, { restartPolicy: "OnFailure" }) } },
      },
    },
    full: {
      spec: {
        schedule: "@daily",
        timeZone: "Europe/Berlin",
        concurrencyPolicy: "Forbid",
        startingDeadlineSeconds: 100,
        suspend: true,
        successfulJobsHistoryLimit: 0,
        failedJobsHistoryLimit: 0,
        jobTemplate: {
          metadata: { labels: { a: "b" } },
          spec: { backoffLimit: 1, template: template({ app: "a" }, { restartPolicy: "Never" }) },
        },
      },
    },
  },
  {
    apiVersion: "autoscaling/v2",
    plural: "horizontalpodautoscalers",
    namespaced: true,
    minimal: { spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" } } },
    full: {
      spec: {
        minReplicas: 2,
        maxReplicas: 10,
        scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" },
        metrics: [
          { type: "Resource", resource: { name: "memory", target: { type: "AverageValue", averageValue: "500Mi" } } },
          { type: "Pods", pods: { metric: { name: "m" }, target: { type: "AverageValue", averageValue: "1k" } } },
        ],
        behavior: {
          scaleDown: { stabilizationWindowSeconds: 60 },
          scaleUp: { policies: [{ type: "Pods", value: 1, periodSeconds: 10 }] },
        },
      },
    },
  },
  {
    apiVersion: "autoscaling/v1",
    plural: "horizontalpodautoscalers",
    namespaced: true,
    minimal: { spec: { maxReplicas: 3, scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" } } },
    full: {
      spec: {
        minReplicas: 2,
        maxReplicas: 10,
        targetCPUUtilizationPercentage: 70,
        scaleTargetRef: { kind: "Deployment", name: "d", apiVersion: "apps/v1" },
      },
    },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    plural: "ingresses",
    namespaced: true,
    minimal: { spec: { defaultBackend: { service: { name: "s", port: { number: 80 } } } } },
    full: {
      spec: {
        ingressClassName: "n",
        tls: [{ hosts: ["a.b"], secretName: "t" }],
        rules: [
          {
            host: "a.b",
            http: {
              paths: [{ path: "/", pathType: "Prefix", backend: { service: { name: "s", port: { name: "http" } } } }],
            },
          },
        ],
      },
    },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    plural: "ingressclasses",
    namespaced: false,
    minimal: { spec: { controller: "example.com/x" } },
    full: { spec: { controller: "example.com/x", parameters: { kind: "P", name: "n", apiGroup: "g.example.com" } } },
  },
  {
    apiVersion: "networking.k8s.io/v1",
    plural: "networkpolicies",
    namespaced: true,
    minimal: { spec: { podSelector: {} } },
    full: {
      spec: {
        podSelector: { matchLabels: { a: "b" } },
        ingress: [
          {
            from: [{ podSelector: {} }, { ipBlock: { cidr: "10.0.0.0/8", except: ["10.1.0.0/16"] } }],
            ports: [{ port: 80 }, { port: "http", protocol: "TCP" }, { port: 1000, endPort: 2000 }],
          },
        ],
        egress: [{ to: [{ namespaceSelector: {} }] }],
      },
    },
  },
  {
    apiVersion: "policy/v1",
    plural: "poddisruptionbudgets",
    namespaced: true,
    minimal: { spec: { minAvailable: 1, selector: { matchLabels: { a: "b" } } } },
    full: {
      spec: {
        maxUnavailable: "30%",
        unhealthyPodEvictionPolicy: "AlwaysAllow",
        selector: { matchExpressions: [{ key: "a", operator: "Exists" }] },
      },
    },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    plural: "roles",
    namespaced: true,
    minimal: {},
    full: { rules: [{ apiGroups: [""], resources: ["pods"], verbs: ["get", "list"], resourceNames: ["x"] }] },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    plural: "rolebindings",
    namespaced: true,
    minimal: { roleRef: { kind: "Role", name: "r" } },
    full: {
      roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "view" },
      subjects: [
        { kind: "ServiceAccount", name: "s", namespace: "n" },
        { kind: "User", name: "u" },
        { kind: "Group", name: "g", apiGroup: "rbac.authorization.k8s.io" },
      ],
    },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    plural: "clusterroles",
    namespaced: false,
    minimal: {},
    full: {
      rules: [{ nonResourceURLs: ["/x/*"], verbs: ["get"] }],
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { a: "b" } }] },
    },
  },
  {
    apiVersion: "rbac.authorization.k8s.io/v1",
    plural: "clusterrolebindings",
    namespaced: false,
    minimal: { roleRef: { kind: "ClusterRole", name: "r" } },
    full: { roleRef: { kind: "ClusterRole", name: "view" }, subjects: [{ kind: "Group", name: "g" }] },
  },
  {
    apiVersion: "storage.k8s.io/v1",
    plural: "storageclasses",
    namespaced: false,
    minimal: { provisioner: "example.com/x" },
    full: {
      provisioner: "example.com/x",
      parameters: { a: "b" },
      reclaimPolicy: "Retain",
      mountOptions: ["ro"],
      allowVolumeExpansion: true,
      volumeBindingMode: "WaitForFirstConsumer",
      allowedTopologies: [{ matchLabelExpressions: [{ key: "z", values: ["a"] }] }],
    },
  },
  {
    apiVersion: "storage.k8s.io/v1",
    plural: "csidrivers",
    namespaced: false,
    minimal: { spec: {} },
    full: {
      spec: {
        attachRequired: false,
        podInfoOnMount: true,
        volumeLifecycleModes: ["Ephemeral"],
        fsGroupPolicy: "File",
        tokenRequests: [{ audience: "a" }],
      },
    },
  },
  {
    apiVersion: "storage.k8s.io/v1",
    plural: "csinodes",
    namespaced: false,
    minimal: { spec: { drivers: [] } },
    full: {
      spec: { drivers: [{ name: "d.example.com", nodeID: "n", topologyKeys: ["k"], allocatable: { count: 5 } }] },
    },
  },
  {
    apiVersion: "storage.k8s.io/v1",
    plural: "csistoragecapacities",
    namespaced: true,
    minimal: { storageClassName: "s" },
    full: {
      storageClassName: "s",
      capacity: "1Gi",
      maximumVolumeSize: "500Mi",
      nodeTopology: { matchLabels: { a: "b" } },
    },
  },
  {
    apiVersion: "storage.k8s.io/v1",
    plural: "volumeattachments",
    namespaced: false,
    minimal: { spec: { attacher: "a", nodeName: "n", source: { persistentVolumeName: "p" } } },
  },
  {
    apiVersion: "storage.k8s.io/v1",
    plural: "volumeattributesclasses",
    namespaced: false,
    minimal: { driverName: "d", parameters: { a: "b" } },
  },
  {
    apiVersion: "scheduling.k8s.io/v1",
    plural: "priorityclasses",
    namespaced: false,
    minimal: { value: 5 },
    full: { value: 100, description: "d", preemptionPolicy: "Never" },
  },
  {
    apiVersion: "discovery.k8s.io/v1",
    plural: "endpointslices",
    namespaced: true,
    minimal: { addressType: "IPv4", endpoints: [] },
    full: {
      addressType: "IPv4",
      ports: [
        { name: "http", port: 80 },
        { port: 53, protocol: "UDP", name: "dns" },
      ],
      endpoints: [
        {
          addresses: ["10.0.0.1"],
          conditions: { ready: true },
          nodeName: "n",
          zone: "z",
          targetRef: { kind: "Pod", name: "p" },
        },
      ],
    },
  },
  {
    apiVersion: "coordination.k8s.io/v1",
    plural: "leases",
    namespaced: true,
    minimal: {},
    full: {
      spec: {
        holderIdentity: "h",
        leaseDurationSeconds: 5,
        acquireTime: "2024-01-01T00:00:00.000001Z",
        renewTime: "2024-01-01T00:00:00.500000Z",
        leaseTransitions: 1,
      },
    },
  },
  {
    apiVersion: "node.k8s.io/v1",
    plural: "runtimeclasses",
    namespaced: false,
    minimal: { handler: "h" },
    full: { handler: "h", overhead: { podFixed: { cpu: "100m" } }, scheduling: { nodeSelector: { a: "b" } } },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    plural: "validatingwebhookconfigurations",
    namespaced: false,
    minimal: {},
    full: {
      webhooks: [
        {
          name: "a.b.c",
          admissionReviewVersions: ["v1"],
          sideEffects: "None",
          clientConfig: { service: { name: "s", namespace: "n" } },
          rules: [
            { apiGroups: ["none.example.com"], apiVersions: ["v1"], operations: ["CREATE"], resources: ["nones"] },
          ],
        },
      ],
    },
  },
  {
    apiVersion: "admissionregistration.k8s.io/v1",
    plural: "mutatingwebhookconfigurations",
    namespaced: false,
    minimal: {},
    full: {
      webhooks: [
        {
          name: "a.b.c",
          admissionReviewVersions: ["v1"],
          sideEffects: "NoneOnDryRun",
          failurePolicy: "Ignore",
          clientConfig: { url: "https://127.0.0.1:1/x" },
          rules: [{ apiGroups: ["none.example.com"], apiVersions: ["v1"], operations: ["*"], resources: ["nones"] }],
        },
      ],
    },
  },
  {
    apiVersion: "apiregistration.k8s.io/v1",
    plural: "apiservices",
    namespaced: false,
    named: "v1.g.example.com",
    settled: /"type":"Available"/,
    minimal: {
      spec: {
        group: "g.example.com",
        version: "v1",
        groupPriorityMinimum: 100,
        versionPriority: 10,
        service: { name: "s", namespace: "n" },
        insecureSkipTLSVerify: true,
      },
    },
  },
  {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    plural: "flowschemas",
    namespaced: false,
    settled: /"type":"Dangling"/,
    minimal: { spec: { priorityLevelConfiguration: { name: "exempt" } } },
    full: {
      spec: {
        priorityLevelConfiguration: { name: "workload-low" },
        matchingPrecedence: 900,
        distinguisherMethod: { type: "ByUser" },
        rules: [
          {
            subjects: [{ kind: "User", user: { name: "nobody-at-all" } }],
            resourceRules: [{ verbs: ["get"], apiGroups: ["*"], resources: ["*"], namespaces: ["*"] }],
          },
        ],
      },
    },
  },
  {
    apiVersion: "flowcontrol.apiserver.k8s.io/v1",
    plural: "prioritylevelconfigurations",
    namespaced: false,
    minimal: { spec: { type: "Limited", limited: { limitResponse: { type: "Reject" } } } },
    full: {
      spec: {
        type: "Limited",
        limited: { nominalConcurrencyShares: 5, limitResponse: { type: "Queue", queuing: {} } },
      },
    },
  },
  ...moreSamples,
];
