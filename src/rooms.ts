/**
 * Slipway's rooms, each under its name, for programs that need more than charts and rendering.
 *
 *     import { chart, release } from "slipway/rooms";
 *     const loaded = await chart.loadChart("./my-chart");
 *
 * docs/architecture.md tells what lives where.
 */
export * as base from "./base/index.ts";
export * as chart from "./chart/index.ts";
export * as cluster from "./cluster/index.ts";
export * as fleet from "./fleet/index.ts";
export * as gotemplate from "./gotemplate/index.ts";
export * as goyaml from "./goyaml/index.ts";
export * as kube from "./kube/index.ts";
export * as manifest from "./manifest/index.ts";
export * as release from "./release/index.ts";
export * as render from "./render/index.ts";
export * as schema from "./schema/index.ts";
export * as semver from "./semver/index.ts";
export * as sprig from "./sprig/index.ts";
