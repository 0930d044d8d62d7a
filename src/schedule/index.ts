export { matchesNodeAffinity, tolerates, untolerated } from "./affinity.ts";
export { addPod, nodeState, removePod, withNode } from "./node-state.ts";
export { amountOf, milliValue, parseQuantity, wholeValue } from "./quantity.ts";
export { amountsOf, hostPorts, podRequests } from "./requests.ts";
export { fits, schedule, type Placement, type ScheduleOptions } from "./schedule.ts";
export { isEmptySelector, matchesMap, matchesSelector, type LabelSelector, type Labels } from "../manifest/index.ts";
export type { Amounts, NodeState, ScheduleObject } from "./types.ts";
