import { immutable } from "../metadata.ts";
import { dns1123SubdomainProblems, qualifiedNameProblems } from "../names.ts";
import { sameJson } from "../objects.ts";
import type { Loose } from "../strategy.ts";
import { each, invalidValue, required } from "./common.ts";
import type { Out } from "./common.ts";
import { goValue } from "./go-value.ts";

/** Events, as the core group has always taken them and as events.k8s.io wants them. */

/** The fields of both versions by the names of the core group's. */
function fields(event: Loose): Loose {
  if (event.apiVersion === "v1") return { ...event, reportingController: event.reportingComponent };
  return {
    ...event,
    involvedObject: event.regarding ?? {},
    message: event.note,
    source: event.deprecatedSource,
    firstTimestamp: event.deprecatedFirstTimestamp,
    lastTimestamp: event.deprecatedLastTimestamp,
    count: event.deprecatedCount,
  };
}

const noMatch = "does not match event.namespace";

function long(value: string | undefined, most: number, field: string, needed: boolean, out: Out): void {
  if (needed && !value) out.push(required(field));
  if ((value ?? "").length > most) out.push(invalidValue(field, "", `can have at most ${most} characters`));
}

function legacy(event: Loose, out: Out): void {
  const namespace: string = event.metadata.namespace ?? "";
  const involved: string = event.involvedObject?.namespace ?? "";
  const at = "involvedObject.namespace";
  if (event.eventTime === undefined || event.eventTime === null) {
    if (involved === "" ? namespace !== "" && namespace !== "default" : namespace !== involved)
      out.push(invalidValue(at, involved, noMatch));
  } else {
    if (involved === "" && namespace !== "default" && namespace !== "kube-system")
      out.push(invalidValue(at, involved, noMatch));
    const field = event.apiVersion === "v1" ? "reportingComponent" : "reportingController";
    const controller: string = event.reportingController ?? "";
    if (controller === "") out.push(required(field));
    each(qualifiedNameProblems(controller), field, controller, out);
    long(event.reportingInstance, 128, "reportingInstance", true, out);
    long(event.action, 128, "action", true, out);
    long(event.reason, 128, "reason", true, out);
    long(event.message, 1024, "message", false, out);
  }
  each(dns1123SubdomainProblems(namespace), "namespace", namespace, out);
}

function series(event: Loose, out: Out): void {
  if (event.series === undefined) return;
  if ((event.series.count ?? 0) < 2) out.push(invalidValue("series.count", "", "should be at least 2"));
  if (!event.series.lastObservedTime) out.push(required("series.lastObservedTime"));
}

export function event(object: Loose, out: Out): void {
  const it = fields(object);
  legacy(it, out);
  if (object.apiVersion === "v1") return;
  series(it, out);
  if (!it.eventTime) out.push(required("eventTime"));
  if (it.type !== "Normal" && it.type !== "Warning")
    out.push(invalidValue("type", "", `has invalid value: ${it.type ?? ""}`));
  const unset = "needs to be unset";
  if (it.firstTimestamp) out.push(invalidValue("firstTimestamp", "", unset));
  if (it.lastTimestamp) out.push(invalidValue("lastTimestamp", "", unset));
  if (it.count) out.push(invalidValue("count", "", unset));
  if (it.source?.component || it.source?.host) out.push(invalidValue("source", "", unset));
}

export function eventUpdate(object: Loose, old: Loose, out: Out): void {
  const [next, before] = [fields(object), fields(old)];
  legacy(next, out);
  if (object.apiVersion === "v1") return;
  if (!sameJson(next.series ?? null, before.series ?? null)) series(next, out);
  const reference = "io.k8s.api.core.v1.ObjectReference";
  for (const [field, type, zero] of [
    ["involvedObject", reference, {}],
    ["reason", "", ""],
    ["message", "", ""],
    ["source", "io.k8s.api.core.v1.EventSource", {}],
    ["firstTimestamp", "", null],
    ["lastTimestamp", "", null],
    ["count", "", 0],
    ["reason", "", ""],
    ["type", "", ""],
    ["eventTime", "", null],
    ["action", "", ""],
    ["related", reference, null],
    ["reportingController", "", ""],
    ["reportingInstance", "", ""],
  ] as const) {
    const value = next[field] ?? zero;
    if (sameJson(value, before[field] ?? zero)) continue;
    out.push(invalidValue(field, type === "" || value === null ? value : goValue(type, value), immutable));
  }
}
