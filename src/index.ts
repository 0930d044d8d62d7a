/**
 * Slipway as a library on Node: everything of `library.ts`, charts from disk, and Node's keys and time zones.
 *
 *     import { loadChart, mergeUserValues, nodePorts, render } from "slipway";
 *
 *     const chart = await loadChart("./my-chart"); // a folder or a .tgz
 *     const values = mergeUserValues({ set: ["image.tag=v2"] });
 *     const release = { name: "web", namespace: "default", revision: 1, isInstall: true, isUpgrade: false };
 *     const { manifest, hooks, notes } = await render(chart, values, { release, loadPorts: nodePorts });
 *
 * In a browser, bundlers take `library.ts` by the package's `browser` condition: there is no loadChart there, but
 * loadFiles and loadArchive. Everything else that Slipway is made of is in `slipway/rooms`.
 */
import type { PlatformPorts } from "./render/index.ts";

export * from "./library.ts";
export { loadChart } from "./chart/index.ts";

/** Node's keys, time zones and local zone, for `render`'s `loadPorts`. */
export async function nodePorts(): Promise<PlatformPorts> {
  const { nodeKeys } = await import("./sprig/node.ts");
  const { nodeZones } = await import("./gotime/node.ts");
  const zone = process.env["TZ"];
  return { keys: nodeKeys, zones: nodeZones(process.env), ...(zone === undefined ? {} : { timeZone: zone }) };
}
