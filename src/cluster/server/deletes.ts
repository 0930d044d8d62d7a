import { invalidValue, notSupported } from "../causes.ts";
import { badRequest, invalid, StatusError } from "../status.ts";
import type { Wanted } from "../negotiate.ts";
import { sentType } from "../served.ts";
import { decodeObject } from "./body.ts";
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
  const body = (call.request.body?.length ?? 0) > 0 ? sentOptions(call) : queryOptions(info.query);
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

/** The options in the body. Upstream decodes them without the words around what is wrong with an object. */
function sentOptions(call: SpecialCall): Record<string, unknown> {
  try {
    const body = call.body();
    const { kind = "DeleteOptions", apiVersion = "v1" } = body;
    if (typeof kind === "string" && kind !== "DeleteOptions") {
      const version = JSON.stringify(body["apiVersion"] ?? "meta.k8s.io/v1");
      throw badRequest(
        `no kind ${JSON.stringify(kind)} is registered for version ${version} in scheme "pkg/runtime/scheme.go:111"`,
      );
    }
    // every group's version has them
    const known = typeof apiVersion === "string" && apiVersion.split("/").length <= 2;
    const data = { ...body, kind, apiVersion: known ? "v1" : apiVersion };
    const options: Record<string, unknown> = decodeObject(data, sentType("v1", "DeleteOptions"), {
      validation: "Ignore",
      warnings: [],
    });
    return options;
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    throw badRequest(
      (error.status.message ?? "")
        .replace(/^DeleteOptions in version "v1" cannot be handled as a DeleteOptions: /, "")
        .replace(/^the object provided is unrecognized \(must be of type \w+\): (.*) \([^()]*\)$/, "$1"),
    );
  }
}

function queryOptions(query: URLSearchParams): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const grace = query.get("gracePeriodSeconds");
  if (grace !== null) {
    if (!/^-?\d+$/.test(grace)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(grace)}: invalid syntax`);
    out["gracePeriodSeconds"] = Number(grace);
  }
  const orphan = query.get("orphanDependents");
  if (orphan !== null) out["orphanDependents"] = orphan === "true";
  const policy = query.get("propagationPolicy");
  if (policy !== null) out["propagationPolicy"] = policy;
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
