import { invalidValue, notSupported } from "../causes.ts";
import { badRequest, invalid, StatusError } from "../status.ts";
import type { Wanted } from "../negotiate.ts";
import { list } from "./reads.ts";
import { printList } from "./lists.ts";
import type { SpecialCall } from "./handler.ts";
import type { ApiResponse } from "./respond.ts";
import { jsonOf, jsonResponse, success } from "./respond.ts";

/** DELETE of an object and of a collection. */

interface DeleteRequest {
  gracePeriodSeconds?: number;
  propagationPolicy?: "Background" | "Foreground" | "Orphan";
  preconditions?: { uid?: string; resourceVersion?: string };
  dryRun: boolean;
}

function readDelete(call: SpecialCall): DeleteRequest {
  const { info } = call;
  const out: DeleteRequest = { dryRun: call.context.dryRun };
  let body: Record<string, unknown> = {};
  if ((call.request.body?.length ?? 0) > 0) {
    body = call.body();
    if (body["kind"] !== undefined && body["kind"] !== "DeleteOptions") {
      const version = body["apiVersion"] ?? "meta.k8s.io/v1";
      throw badRequest(
        `no kind ${JSON.stringify(body["kind"])} is registered for version ${JSON.stringify(version)} in scheme "pkg/runtime/scheme.go:111"`,
      );
    }
  } else {
    for (const key of ["gracePeriodSeconds", "propagationPolicy", "orphanDependents"]) {
      const value = info.query.get(key);
      if (value === null) continue;
      body[key] = key === "gracePeriodSeconds" ? Number(value) : key === "orphanDependents" ? value === "true" : value;
    }
  }
  const grace = body["gracePeriodSeconds"];
  if (typeof grace === "number") out.gracePeriodSeconds = grace;
  const policy = body["propagationPolicy"];
  const orphan = body["orphanDependents"];
  const causes = [];
  if (policy !== undefined && policy !== null && orphan !== undefined && orphan !== null) {
    causes.push(
      invalidValue("propagationPolicy", policy, "orphanDependents and deletionPropagation cannot be both set"),
    );
  }
  if (policy !== undefined && policy !== null) {
    if (policy !== "Background" && policy !== "Foreground" && policy !== "Orphan") {
      causes.push(notSupported("propagationPolicy", policy, ["Foreground", "Background", "Orphan", "nil"]));
    } else out.propagationPolicy = policy;
  } else if (typeof orphan === "boolean") out.propagationPolicy = orphan ? "Orphan" : "Background";
  if (Array.isArray(body["dryRun"])) {
    out.dryRun = out.dryRun || body["dryRun"].includes("All");
    if (body["dryRun"].some((one) => one !== "All")) causes.push(notSupported("dryRun", body["dryRun"], ["All"]));
  }
  if (causes.length > 0) throw invalid({ group: "meta.k8s.io", kind: "DeleteOptions" }, "", causes);
  const preconditions = body["preconditions"] as { uid?: string; resourceVersion?: string } | undefined | null;
  if (preconditions) out.preconditions = preconditions;
  return out;
}

export function deleted(call: SpecialCall): ApiResponse {
  const { core, type, info, printing, context } = call;
  const { dryRun, ...deletion } = readDelete(call);
  if (type.strategy.deleteWarnings !== undefined && deletion.propagationPolicy === undefined) {
    context.warnings.push(...type.strategy.deleteWarnings);
  }
  const { object, gone } = core.delete(type, info.namespace, info.name, deletion, { ...context, dryRun });
  if (!gone || type.strategy.returnsDeleted === true) return jsonResponse(200, jsonOf(object), printing);
  const details: Record<string, unknown> = { name: info.name };
  if (type.group !== "") details["group"] = type.group;
  details["kind"] = type.plural;
  details["uid"] = object.metadata.uid;
  return jsonResponse(200, JSON.stringify(success(details)), printing);
}

export function deletedCollection(call: SpecialCall, wanted: Wanted): ApiResponse {
  const { core, type, info, context } = call;
  const { dryRun, ...deletion } = readDelete(call);
  const found = list(core, type, info.namespace, info.query);
  for (const object of found.items) {
    try {
      core.delete(type, object.metadata.namespace ?? "", object.metadata.name, deletion, { ...context, dryRun });
    } catch (error) {
      if (!(error instanceof StatusError) || error.status.code !== 404) throw error;
    }
  }
  return printList(call, wanted, found);
}
