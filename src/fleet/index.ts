/** Fleets: many releases from one helmfile, worked on in this process as helmfile works on them with helm. */
export type { ChartSource } from "./charts.ts";
export type { FleetAction, FleetEvent, Outcome } from "./events.ts";
export { type Host, nodeHost } from "./host.ts";
export { type FleetRelease, selectorLabels } from "./releases.ts";
export { type Fleet, type FleetOptions, openFleet } from "./select.ts";
export { type FleetRenderOptions, type RenderedRelease, templateFleet } from "./template-fleet.ts";
export type { ExtraValues } from "./values.ts";
export { applyFleet, destroyFleet, fleetStatus, type FleetWork, syncFleet } from "./work.ts";
