/** Kubernetes objects as data: parsing, identity, order, merging, readiness. */
export * from "./object.ts";
export * from "./parse.ts";
export * from "./readiness.ts";
// The render engineer's: split.ts, order.ts, hooks.ts; the cluster-API engineer's: patch.ts, merge.ts, apply.ts.
