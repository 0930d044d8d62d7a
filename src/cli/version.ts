/** The version of this package; package.json says the same (a test sees to it). */
export const version = "0.1.0";

/** The Helm whose behaviour is followed, and the Kubernetes whose API is spoken. */
export const helmVersion = "v4.3.1";
export const kubeVersion = "v1.37";
