export { evict } from "./disruption.ts";
export { allocateService, serviceRange } from "./service-addresses.ts";
export { startControllers, type ControllerOptions, type Controllers } from "./start.ts";
export { podLogs, type LogOptions } from "../nodes/logs.ts";
export { nodeMetrics, podMetrics } from "../nodes/metrics.ts";
export { nodeOptionsProblem, type NodeOptions } from "../nodes/node-objects.ts";
