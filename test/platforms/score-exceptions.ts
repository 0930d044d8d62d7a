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
    line: /NetworkPolicy\/\S*-test\S*:/,
    reason: "kube-score takes a bare Pod's labels before it has read them, so no policy matches a test's pod",
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
];
