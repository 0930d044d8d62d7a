import { forbiddenCause, required } from "../causes.ts";
import type { ServedType } from "../served.ts";
import { badRequest, invalid, notFound, refuse, unsupportedMediaType } from "../status.ts";
import type { Stored } from "../store.ts";
import type { Wanted } from "../negotiate.ts";
import { bodyText, decodeObject } from "./body.ts";
import { deleted, deletedCollection } from "./deletes.ts";
import type { HandlerPorts, SpecialCall } from "./handler.ts";
import { listed, shape, watched } from "./lists.ts";
import { readBody, validationOf } from "./options.ts";
import { applyObject, patchObject, patchTypes } from "./patch.ts";
import type { PatchRequest } from "./patch.ts";
import { checkGetVersion } from "./reads.ts";
import type { RequestInfo } from "./request.ts";
import type { ApiResponse } from "./respond.ts";
import { jsonResponse } from "./respond.ts";

/** The verbs on objects that can be stored. */

export function perform(call: SpecialCall, wanted: Wanted, ports: HandlerPorts): ApiResponse {
  const { core, type, info, request, printing, context } = call;
  const show = (status: number, object: Stored): ApiResponse =>
    jsonResponse(status, shape(type, object, wanted, core, info.query), printing);
  switch (info.verb) {
    case "get":
      checkGetVersion(info.query, core.store.revision);
      return show(200, core.get(type, info.namespace, info.name));
    case "list":
      return listed(call, wanted);
    case "watch":
      return watched(call, wanted, ports);
    case "create": {
      const { data, ...rest } = readBody(request, type.kind);
      const object = decodeObject(data, type, {
        validation: validationOf(info),
        warnings: context.warnings,
        ...rest,
      });
      return show(201, core.create(type, info.namespace, object, context));
    }
    case "update": {
      const { data, ...rest } = readBody(request, type.kind);
      const object = decodeObject(data, type, {
        validation: validationOf(info),
        warnings: context.warnings,
        ...rest,
      });
      checkName(type, object, info);
      const old = core.find(type, info.namespace, info.name);
      if (old === undefined) {
        if (type.strategy.createOnUpdate !== true || info.subresource !== "") throw notFound(type, info.name);
        if (object.metadata.uid !== undefined) {
          throw refuse(
            409,
            "Conflict",
            `Precondition failed: UID in precondition: ${object.metadata.uid}, UID in object meta: `,
          );
        }
        return show(201, core.create(type, info.namespace, object, context));
      }
      return show(200, core.update(type, old, object, context));
    }
    case "patch":
      return patched(call, show);
    case "delete":
      return deleted(call);
    default:
      return deletedCollection(call, wanted);
  }
}

export function checkName(type: ServedType, object: Stored, info: RequestInfo): void {
  const name = object.metadata.name ?? "";
  if (name === "") {
    throw badRequest(`the name of the object (${info.name} based on URL) was undeterminable: name must be provided`);
  }
  if (name !== info.name) {
    throw badRequest(`the name of the object (${name}) does not match the name on the URL (${info.name})`);
  }
  if (type.namespaced) {
    const namespace = object.metadata.namespace ?? "";
    if (namespace !== "" && namespace !== info.namespace) {
      throw badRequest(
        `the namespace of the object (${namespace}) does not match the namespace on the request (${info.namespace})`,
      );
    }
  }
}

/** A PATCH's body and options, checked. Throws a StatusError. */
export function readPatch(call: SpecialCall): PatchRequest {
  const { type, info, request } = call;
  const contentType = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  const accepted: string[] = [
    patchTypes.json,
    patchTypes.merge,
    ...(type.custom === undefined ? [patchTypes.strategic] : []),
    patchTypes.apply,
  ];
  if (!accepted.includes(contentType)) {
    if (contentType === patchTypes.strategic) throw unsupportedMediaType(accepted);
    throw refuse(415, "UnsupportedMediaType", "415: Unsupported Media Type", {});
  }
  const apply = contentType === patchTypes.apply;
  const force = info.query.get("force");
  const causes = [];
  if (apply && (info.query.get("fieldManager") ?? "") === "") {
    causes.push(required("fieldManager", "is required for apply patch"));
  }
  if (!apply && force !== null) causes.push(forbiddenCause("force", "may not be specified for non-apply patch"));
  if (causes.length > 0) throw invalid({ group: "meta.k8s.io", kind: "PatchOptions" }, "", causes);
  return {
    contentType,
    text: bodyText(request.body),
    validation: validationOf(info),
    force: force === "true" || force === "1" || force === "",
  };
}

function patched(call: SpecialCall, show: (status: number, object: Stored) => ApiResponse): ApiResponse {
  const { core, type, info, context } = call;
  const patch = readPatch(call);
  const apply = patch.contentType === patchTypes.apply;
  const old = core.find(type, info.namespace, info.name);
  if (apply) {
    const result = applyObject(core, type, old, patch, context);
    if (old === undefined) {
      if (info.subresource !== "") throw notFound(type, info.name);
      const object = result.object;
      checkName(type, object, info);
      if (object.metadata.uid !== undefined && object.metadata.uid !== "") {
        throw refuse(
          409,
          "Conflict",
          `Operation cannot be fulfilled on ${type.group === "" ? type.plural : `${type.plural}.${type.group}`} ${JSON.stringify(info.name)}: uid mismatch: the provided object specified uid ${object.metadata.uid}, and no existing object was found`,
          { name: info.name, ...(type.group === "" ? {} : { group: type.group }), kind: type.plural },
        );
      }
      return show(201, core.create(type, info.namespace, object, context, result.managedFields));
    }
    checkName(type, result.object, info);
    return show(200, core.update(type, old, result.object, { ...context, patch: true }, result.managedFields));
  }
  if (old === undefined) throw notFound(type, info.name);
  const { object } = patchObject(type, old, patch, context);
  checkPatchedName(type, object, info);
  return show(200, core.update(type, old, object, { ...context, patch: true }));
}

function checkPatchedName(type: ServedType, object: Stored, info: RequestInfo): void {
  const name = object.metadata.name ?? "";
  if (name !== info.name) {
    throw badRequest(
      name === ""
        ? "name must be provided"
        : `the name of the object (${name}) does not match the name on the URL (${info.name})`,
    );
  }
  const namespace = object.metadata.namespace ?? "";
  if (type.namespaced && namespace !== "" && namespace !== info.namespace) {
    throw badRequest(
      `the namespace of the object (${namespace}) does not match the namespace on the URL (${info.namespace})`,
    );
  }
}
