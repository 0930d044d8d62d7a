import { SlipwayError } from "../base/index.ts";
import { type Chart, type HelmVersion, isCompatible } from "../chart/index.ts";

/** A Kubernetes version, as `.Capabilities.KubeVersion` shows it. */
export interface KubeVersion {
  /** `v1.33.4-gke.1245000`; Helm 3 cuts it to `v1.33.4`. */
  readonly version: string;
  readonly major: string;
  readonly minor: string;
  /** Without suffixes: what a chart's `kubeVersion` is held against. */
  readonly normalized: string;
}

/** What the cluster (or Helm's idea of one) can do. */
export interface Capabilities {
  readonly kubeVersion: KubeVersion;
  /** `apps/v1`, and from a cluster also `apps/v1/Deployment`. */
  readonly apiVersions: readonly string[];
}

/** What `.Capabilities.HelmVersion` says. */
export interface HelmBuild {
  readonly version: string;
  readonly gitCommit: string;
  readonly gitTreeState: string;
  readonly goVersion: string;
  readonly kubeClientVersion: string;
}

/** The Helm builds whose output is reproduced. */
export function helmBuild(helmVersion: HelmVersion): HelmBuild {
  return {
    version: helmVersion === 3 ? "v3.22.0" : "v4.3.1",
    gitCommit: "",
    gitTreeState: "",
    goVersion: "go1.26.8",
    kubeClientVersion: helmVersion === 3 ? "" : "v1.37",
  };
}

/** The capabilities without a cluster: Kubernetes 1.37 and the versions that its Go client knows, in its order. */
export function defaultCapabilities(): Capabilities {
  return { kubeVersion: { version: "v1.37.0", major: "1", minor: "37", normalized: "v1.37.0" }, apiVersions };
}

/** The version that an API server tells at /version, as templates see it. */
export function serverVersion(told: { gitVersion: string; major: string; minor: string }): KubeVersion {
  const { gitVersion: version, major, minor } = told;
  return { version, major, minor, normalized: /^v?\d+(\.\d+){0,2}/.exec(version)?.[0] ?? version };
}

/**
 * Reads `--kube-version`. Throws `render.kube-version` in Helm's words (after `invalid kube version '…': `).
 */
export function parseKubeVersion(text: string, helmVersion: HelmVersion = 4): KubeVersion {
  const fail = (message: string): never => {
    throw new SlipwayError(`invalid kube version '${text}': ${message}`, { code: "render.kube-version" });
  };
  const quoted = JSON.stringify(text);
  const match = /^\s*v?([0-9]+(?:\.[0-9]+)*)(.*)$/.exec(text);
  if (match === null) return fail(`could not parse ${quoted} as version`);
  const parts = (match[1] as string).split(".");
  if (parts.length < 2) return fail(`illegal version string ${quoted}`);
  const [major, minor] = parts as [string, string];
  if (major.startsWith("0") && major !== "0") {
    return fail(`illegal zero-prefixed version component "${major}" in ${quoted}`);
  }
  const normalized = `v${parts.map((part) => String(BigInt(part))).join(".")}`;
  const given = text.startsWith("v") ? text : `v${text}`;
  return {
    version: helmVersion === 3 ? normalized : given,
    major: String(BigInt(major)),
    minor: String(BigInt(minor)),
    normalized,
  };
}

/** Throws `render.kube-version` where a chart's `kubeVersion` excludes this Kubernetes. */
export function checkKubeVersion(chart: Chart, capabilities: Capabilities, helmVersion: HelmVersion): void {
  const wanted = chart.metadata.kubeVersion;
  const { version, normalized } = capabilities.kubeVersion;
  const checked = helmVersion === 3 ? version : normalized;
  if (wanted === "" || isCompatible(wanted, checked)) return;
  throw new SlipwayError(`chart requires kubeVersion: ${wanted} which is incompatible with Kubernetes ${version}`, {
    code: "render.kube-version",
    path: "kubeVersion",
  });
}

const apiVersions: readonly string[] = (
  "v1 admissionregistration.k8s.io/v1 admissionregistration.k8s.io/v1alpha1 admissionregistration.k8s.io/v1beta1 " +
  "internal.apiserver.k8s.io/v1alpha1 apps/v1 apps/v1beta1 apps/v1beta2 authentication.k8s.io/v1 " +
  "authentication.k8s.io/v1alpha1 authentication.k8s.io/v1beta1 authorization.k8s.io/v1 authorization.k8s.io/v1beta1 " +
  "autoscaling/v1 autoscaling/v2 batch/v1 batch/v1beta1 certificates.k8s.io/v1 certificates.k8s.io/v1beta1 " +
  "certificates.k8s.io/v1alpha1 coordination.k8s.io/v1alpha2 coordination.k8s.io/v1beta1 coordination.k8s.io/v1 " +
  "discovery.k8s.io/v1 discovery.k8s.io/v1beta1 events.k8s.io/v1 events.k8s.io/v1beta1 extensions/v1beta1 " +
  "flowcontrol.apiserver.k8s.io/v1 flowcontrol.apiserver.k8s.io/v1beta1 flowcontrol.apiserver.k8s.io/v1beta2 " +
  "flowcontrol.apiserver.k8s.io/v1beta3 lifecycle.k8s.io/v1alpha1 networking.k8s.io/v1 networking.k8s.io/v1beta1 " +
  "node.k8s.io/v1 node.k8s.io/v1alpha1 node.k8s.io/v1beta1 policy/v1 policy/v1beta1 rbac.authorization.k8s.io/v1 " +
  "rbac.authorization.k8s.io/v1beta1 rbac.authorization.k8s.io/v1alpha1 resource.k8s.io/v1 resource.k8s.io/v1beta2 " +
  "resource.k8s.io/v1beta1 resource.k8s.io/v1alpha3 scheduling.k8s.io/v1alpha3 scheduling.k8s.io/v1beta1 " +
  "scheduling.k8s.io/v1 storage.k8s.io/v1beta1 storage.k8s.io/v1 storage.k8s.io/v1alpha1 " +
  "storagemigration.k8s.io/v1 storagemigration.k8s.io/v1beta1 apiextensions.k8s.io/v1beta1 apiextensions.k8s.io/v1"
).split(" ");
