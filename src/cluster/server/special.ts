import type { ApiResponse } from "./respond.ts";
import { jsonOf, jsonResponse, success } from "./respond.ts";
import type { SpecialCall } from "./handler.ts";
import type { Authenticator } from "../auth.ts";
import { emptyOf } from "../core.ts";
import { issuer } from "../auth.ts";
import { newUid, timestamp } from "../objects.ts";
import { badRequest, conflict, invalid, notFound, refuse, tooManyRequests } from "../status.ts";
import type { Stored } from "../store.ts";
import type { Loose } from "../strategy.ts";
import { invalidValue } from "../causes.ts";
import { decodeObject } from "./body.ts";
import { review } from "./reviews.ts";
import { metrics } from "./metrics.ts";
import { applyScale, needReplicas, scaled, scaleOf, scaleOwners, scaleServed, scaleTable } from "./scale.ts";
import { negotiate } from "../negotiate.ts";
import { validationOf } from "./options.ts";
import { checkName, readPatch } from "./verbs.ts";
import { typeOfKind } from "../../schema/index.ts";
import type { TypeInfo } from "../../schema/index.ts";
import { decode } from "../decode.ts";
import { shapeOf, updateManagedFields } from "../../manifest/index.ts";
import { patchObject, patchTypes } from "./patch.ts";

/** What the kubelet's side and the disruption controller offer. */
export interface SpecialHooks {
  evict?(pod: Stored): { allowed: true } | { allowed: false; message: string; cause: string };
  logs?(call: SpecialCall, pod: Stored): Promise<ApiResponse> | ApiResponse;
}

/** Requests that are no plain reads or writes of an object; undefined leaves them to the handler. */
export function createSpecial(authenticator: Authenticator, hooks: SpecialHooks) {
  return (call: SpecialCall): Promise<ApiResponse> | ApiResponse | undefined => {
    const { type, info } = call;
    if (info.subresource === "") {
      if (type.group === "authorization.k8s.io" || type.group === "authentication.k8s.io")
        return reviews(call, authenticator);
      if (type.plural === "bindings" && info.verb === "create") return bind(call, undefined);
      if (type.plural === "componentstatuses") return components(call);
      if (type.computed === true) return metrics(call);
      return undefined;
    }
    const id = `${type.table}/${info.subresource}`;
    switch (id) {
      case "/pods/eviction":
        return info.verb === "create" ? evict(call, hooks) : undefined;
      case "/pods/binding":
        return info.verb === "create" ? bind(call, info.name) : undefined;
      case "/pods/log":
        if (info.verb !== "get") return undefined;
        return hooks.logs?.(call, call.core.get(type, info.namespace, info.name));
      case "/serviceaccounts/token":
        return info.verb === "create" ? token(call, authenticator) : undefined;
      case "/namespaces/finalize":
        return info.verb === "update" ? finalize(call) : undefined;
      default:
        return info.subresource === "scale" && type.subresources.some((sub) => sub.name === "scale")
          ? scale(call)
          : undefined;
    }
  };
}

function answer(call: SpecialCall, status: number, object: object): ApiResponse {
  return jsonResponse(status, jsonOf(object), call.printing);
}

function reviews(call: SpecialCall, authenticator: Authenticator): ApiResponse | undefined {
  const { type, info } = call;
  if (info.verb !== "create") return undefined;
  const object = decodeObject(call.body(), type, { validation: "Ignore", warnings: [] });
  if (type.namespaced) object.metadata.namespace = info.namespace;
  const entries = updateManagedFields(emptyOf(type), object, type.shape, call.core.writer(type, call.context));
  if (entries.length > 0) object.metadata.managedFields = entries;
  const done = review(call.core, type, object, call.caller, info.namespace, authenticator);
  return done === undefined ? undefined : answer(call, 201, done);
}

function components(call: SpecialCall): ApiResponse | undefined {
  const { info } = call;
  const names = ["etcd-0", "scheduler", "controller-manager"].sort();
  const of = (name: string) => ({
    metadata: { name },
    conditions: [{ type: "Healthy", status: "True", message: "ok" }],
  });
  call.printing.warnings.push("v1 ComponentStatus is deprecated in v1.19+");
  if (info.verb === "list") {
    return answer(call, 200, { kind: "ComponentStatusList", apiVersion: "v1", metadata: {}, items: names.map(of) });
  }
  if (info.verb !== "get") return undefined;
  if (!names.includes(info.name)) throw notFound(call.type, info.name);
  return answer(call, 200, { kind: "ComponentStatus", apiVersion: "v1", ...of(info.name) });
}

function scale(call: SpecialCall): ApiResponse {
  const { core, type, info, context } = call;
  const old = core.get(type, info.namespace, info.name);
  const current = scaleOf(type, old);
  const show = (object: Loose) => scaleResponse(call, object);
  if (info.verb === "get") {
    needReplicas(type, old);
    return show(current);
  }
  if (info.verb !== "update" && info.verb !== "patch") {
    throw refuse(405, "MethodNotAllowed", "the server does not allow this method on the requested resource", {});
  }
  const scaleType = scaleServed();
  let wanted: Loose;
  if (info.verb === "update") {
    wanted = decodeObject(call.body(), scaleType, { validation: validationOf(info.query), warnings: context.warnings });
    checkName(type, wanted, info);
  } else {
    const patch = readPatch(call);
    if (patch.contentType === patchTypes.apply) {
      const { object, managedFields } = applyScale(core, type, old, patch, context);
      return show(
        scaleOf(type, core.update(type, old, object, { ...context, patch: true, manager: "" }, managedFields)),
      );
    }
    const shown = { ...current, metadata: { ...current.metadata, managedFields: scaleOwners(old) } };
    wanted = patchObject(scaleType, shown, patch, context).object;
  }
  const version = wanted.metadata?.resourceVersion;
  if (version !== undefined && version !== old.metadata.resourceVersion) {
    throw conflict(
      type,
      info.name,
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }
  const replicas = wanted.spec?.replicas ?? 0;
  if (replicas < 0) {
    throw invalid({ group: "autoscaling", kind: "Scale" }, info.name, [
      invalidValue("spec.replicas", replicas, "must be greater than or equal to 0"),
    ]);
  }
  return show(scaleOf(type, scaled(core, type, old, replicas, context)));
}

/** A Scale as the client asked for it: a table, too. */
function scaleResponse(call: SpecialCall, object: Loose): ApiResponse {
  const wanted = negotiate(call.request.headers["accept"], ["Table"]);
  if (wanted?.as !== "Table") return answer(call, 200, object);
  return answer(call, 200, scaleTable(object, call.core.clock.now()));
}

function bind(call: SpecialCall, podName: string | undefined): ApiResponse {
  const { core, info, context } = call;
  const body: Loose = call.body();
  const name = podName ?? body.metadata?.name ?? "";
  const pods = core.types.at("v1", "pods");
  if (pods === undefined) throw notFound({ group: "", plural: "pods" }, name);
  const pod: Loose = core.get(pods, info.namespace, name);
  const target = body.target ?? {};
  if (target.kind !== undefined && target.kind !== "" && target.kind !== "Node") {
    const shown = JSON.stringify(target.kind);
    throw refuse(500, "", `target.kind: Unsupported value: ${shown}: supported values: "Node", "<empty>"`);
  }
  if (!target.name) throw refuse(500, "", "target.name: Required value");
  if (pod.metadata.deletionTimestamp !== undefined) {
    throw conflict(
      { group: "", plural: "pods/binding" },
      name,
      `pod ${name} is being deleted, cannot be assigned to a host`,
    );
  }
  if (pod.spec.nodeName) {
    throw conflict(
      { group: "", plural: "pods/binding" },
      name,
      `pod ${name} is already assigned to node ${JSON.stringify(pod.spec.nodeName)}`,
    );
  }
  const next: Loose = { ...pod, spec: { ...pod.spec, nodeName: target.name }, status: { ...pod.status } };
  const conditions = (next.status.conditions ?? []).filter((one: Loose) => one.type !== "PodScheduled");
  next.status.conditions = [
    ...conditions,
    { type: "PodScheduled", status: "True", lastProbeTime: null, lastTransitionTime: core.now() },
  ];
  if (!context.dryRun) core.registry.update(pods, next as Stored);
  return answer(call, 201, { kind: "Status", apiVersion: "v1", metadata: {}, status: "Success", code: 201 });
}

function evict(call: SpecialCall, hooks: SpecialHooks): ApiResponse {
  const { core, type, info, context } = call;
  const pod: Loose = core.get(type, info.namespace, info.name);
  const body: Loose = call.body();
  const name = body.metadata?.name ?? "";
  if (name !== "" && name !== info.name) {
    throw badRequest("name in URL does not match name in Eviction object");
  }
  const ended = pod.status?.phase === "Succeeded" || pod.status?.phase === "Failed" || pod.status?.phase === "Pending";
  if (!ended && pod.metadata.deletionTimestamp === undefined && hooks.evict !== undefined && !context.dryRun) {
    const decision = hooks.evict(pod as Stored);
    if (!decision.allowed) {
      throw tooManyRequests(decision.message, { causes: [{ reason: "DisruptionBudget", message: decision.cause }] });
    }
  }
  const { dryRun: _, ...options } = body.deleteOptions ?? {};
  core.delete(type, info.namespace, info.name, options, context);
  return answer(call, 201, { ...success({}), details: undefined, code: 201 });
}

function finalize(call: SpecialCall): ApiResponse {
  const { core, type, info, context } = call;
  const old: Loose = core.get(type, "", info.name);
  const body: Loose = decodeObject(call.body(), type, { validation: "Ignore", warnings: [] });
  const version = body.metadata.resourceVersion;
  if (version && version !== old.metadata.resourceVersion) {
    throw conflict(
      type,
      info.name,
      "the object has been modified; please apply your changes to the latest version and try again",
    );
  }
  const next: Loose = { ...old, spec: body.spec ?? {} };
  const stored = context.dryRun ? next : core.registry.update(type, next as Stored);
  return answer(call, 200, stored);
}

const shortest = 600;
const longest = 2 ** 32;

function token(call: SpecialCall, authenticator: Authenticator): ApiResponse {
  const { core, type, info } = call;
  const account = core.get(type, info.namespace, info.name);
  const given = call.body();
  const tokenType = typeOfKind("authentication.k8s.io/v1", "TokenRequest") as TypeInfo;
  const body: Loose = decode(tokenType, given);
  const { spec } = body;
  const seconds = spec.expirationSeconds ?? 3600;
  const kind = { group: "authentication.k8s.io", kind: "TokenRequest" };
  if (seconds < shortest) {
    throw invalid(kind, "", [
      invalidValue("spec.expirationSeconds", seconds, "may not specify a duration less than 10 minutes"),
    ]);
  }
  if (seconds > longest) {
    throw invalid(kind, "", [
      invalidValue("spec.expirationSeconds", seconds, "may not specify a duration larger than 2^32 seconds"),
    ]);
  }
  const bound = boundObject(call, spec.boundObjectRef);
  const now = Math.floor(core.clock.now() / 1000);
  const audiences: string[] = (spec.audiences ?? []).length > 0 ? spec.audiences : [issuer];
  const text = authenticator.sign({
    aud: audiences,
    exp: now + seconds,
    iat: now,
    iss: issuer,
    jti: newUid(core.random),
    nbf: now,
    sub: `system:serviceaccount:${info.namespace}:${info.name}`,
    "kubernetes.io": {
      namespace: info.namespace,
      serviceaccount: { name: info.name, uid: account.metadata.uid as string },
      ...bound,
    },
  });
  const owners = updateManagedFields(decode(tokenType, {}), body, shapeOf(tokenType), {
    ...core.writer(type, call.context),
    apiVersion: "authentication.k8s.io/v1",
  });
  return answer(call, 201, {
    kind: "TokenRequest",
    apiVersion: "authentication.k8s.io/v1",
    metadata: {
      name: info.name,
      namespace: info.namespace,
      uid: account.metadata.uid,
      creationTimestamp: core.now(),
      ...(owners.length === 0 ? {} : { managedFields: owners }),
    },
    spec: { audiences, expirationSeconds: seconds, boundObjectRef: spec.boundObjectRef ?? null },
    status: { token: text, expirationTimestamp: timestamp((now + seconds) * 1000) },
  });
}

function boundObject(call: SpecialCall, reference: Loose): Loose {
  if (reference === undefined || reference === null) return {};
  const plurals: Record<string, string> = { Pod: "pods", Secret: "secrets" };
  const plural = plurals[reference.kind];
  if (plural === undefined) {
    throw badRequest(`cannot bind token for object of type ${reference.apiVersion ?? ""}, Kind=${reference.kind}`);
  }
  const found = call.core.store.get(`/${plural}`, `${call.info.namespace}/${reference.name}`);
  if (found === undefined) throw notFound({ group: "", plural }, reference.name);
  if (reference.uid && reference.uid !== found.metadata.uid) {
    throw conflict(
      { group: "", plural },
      reference.name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { [reference.kind.toLowerCase()]: { name: found.metadata.name, uid: found.metadata.uid } };
}
