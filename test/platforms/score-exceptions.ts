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
];
