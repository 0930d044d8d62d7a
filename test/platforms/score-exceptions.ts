/** What kube-score finds in the charts and is meant to be so. An exception that covers nothing any more fails the test. */
export interface Exception {
  /** kube-score's id of the check. */
  readonly check: string;
  /** `chart/case`; without it, everywhere. */
  readonly where?: RegExp;
  /** The finding's line: `Kind/version name (container): check: summary`. */
  readonly line?: RegExp;
  readonly reason: string;
}

export const exceptions: readonly Exception[] = [
  {
    check: "container-image-pull-policy",
    reason:
      "images are pinned by version or digest, so a node's copy is the right one; Always would make every restart depend on the registry",
  },
  {
    check: "container-resources",
    line: /CPU limit is not set/,
    reason: "a CPU limit throttles a service that has idle cores beside it; the request guarantees its share",
  },
  {
    check: "networkpolicy-targets-pod",
    where: /^ml-batch\/ci\/queue$/,
    reason: "kube-score does not know that a ScaledJob has pods",
  },
  {
    check: "pod-probes-identical",
    where: /^ml-api\//,
    reason: "GET / is the only route the service is known to have; liveness is the more patient of the two",
  },
  {
    check: "deployment-replicas",
    where: /^ml-api\/ci\/keda-queue$/,
    reason: "KEDA owns the number and keeps up two",
  },
  {
    check: "service-type",
    where: /^ml-api\/ci\/secrets-existing$/,
    reason: "these values ask for a node port",
  },
  {
    check: "pod-networkpolicy",
    where: /^(ml-api\/ci\/secrets-existing|ml-batch\/ci\/extras)$/,
    reason: "these values switch the policies off, to render that too",
  },
  {
    check: "deployment-replicas",
    where: /^mlops-sentiment\/(dev|ci\/08)/,
    line: /\/mlops-sentiment: /,
    reason: "one pod is enough for development",
  },
  {
    check: "deployment-replicas",
    where: /^mlops-sentiment\//,
    line: /mlops-sentiment-grafana: /,
    reason: "Grafana keeps its sessions in itself: it runs once",
  },
  {
    check: "pod-probes-identical",
    where: /^mlops-sentiment\//,
    line: /mlops-sentiment-(alertmanager|grafana): /,
    reason: "the probes of the charts prometheus and grafana",
  },
  {
    check: "container-security-context-user-group-id",
    where: /^mlops-sentiment\//,
    line: /mlops-sentiment-grafana \(grafana\): /,
    reason: "Grafana's image owns its files as user 472",
  },
  {
    check: "container-security-context-user-group-id",
    where: /^flts\//,
    line: /(kafka|postgres|inference-lb|grafana|locust)\S* \(/,
    reason:
      "these images own their files as users of their own: Kafka 1000, Postgres 999, HAProxy 99, Grafana 472, Locust 1000",
  },
  {
    check: "deployment-replicas",
    where: /^flts\//,
    line: /(prometheus|grafana|locust|eval|eda|preprocess): /,
    reason:
      "one keeps its state in its memory or on one volume (prometheus, grafana, locust), one decides (eval), and one is looked at by people (eda, preprocess)",
  },
  {
    check: "deployment-replicas",
    where: /^flts\/(?!prod)/,
    line: /(mlflow|fastapi-app|inference-lb): /,
    reason: "two pods each in production; elsewhere one is enough",
  },
  {
    check: "deployment-strategy",
    where: /^flts\//,
    line: /(prometheus|grafana|locust): /,
    reason: "two pods would write to one volume, or share the workers of one run: the old one goes first (Recreate)",
  },
  {
    check: "service-type",
    where: /^flts\/dev/,
    reason: "a laptop's cluster is reached by the node's ports",
  },
  {
    check: "pod-probes-identical",
    where: /^(online-feature-store|horizon|trufflebox-ui)\//,
    reason: "the services have one health page each, which asks nobody else; liveness is the more patient of the two",
  },
  {
    check: "deployment-replicas",
    where: /^(online-feature-store|horizon|trufflebox-ui)\/(default|dev|ci\/(01-grpc|02|03-mysql|04))/,
    reason: "one pod is enough for development and for what these values show; production has more",
  },
  {
    check: "deployment-replicas",
    where: /^online-feature-store\/ci\/03-everything-on$/,
    line: /-consumer: /,
    reason: "KEDA owns the number and keeps up two",
  },
  {
    check: "pod-networkpolicy",
    where: /^flts\/ci\/nothing-kept/,
    reason: "these values switch the policies off",
  },
  {
    check: "deployment-has-host-podantiaffinity",
    where: /^flts\/ci\/nothing-kept/,
    reason: "these values switch anti-affinity off",
  },
  {
    check: "deployment-replicas",
    where: /^flts\/ci\/nothing-kept/,
    line: /inference: /,
    reason: "these values run one replica",
  },
  {
    check: "pod-networkpolicy",
    where: /^mlops-sentiment\/ci\/08/,
    reason: "network policies are switched off there",
  },
  {
    check: "service-type",
    where: /^mlops-sentiment\/ci\/08/,
    reason: "a laptop reaches the service by the node's port",
  },
];
