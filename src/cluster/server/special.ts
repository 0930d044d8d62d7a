import type { ApiResponse } from "./respond.ts";
import { jsonOf, jsonResponse, success } from "./respond.ts";
import type { SpecialCall } from "./handler.ts";
import type { Authenticator } from "../auth.ts";
import { matchNamespace } from "../core.ts";
import { emptyOf } from "../field-owners.ts";
import { sentType, type ServedType } from "../served.ts";
import { badRequest, conflict, invalid, notFound, refuse, tooManyRequests } from "../status.ts";
import type { Stored } from "../store.ts";
import type { Loose } from "../strategy.ts";
import { invalidValue } from "../causes.ts";
import { decodeObject } from "./body.ts";
import { printList, shape } from "./lists.ts";
import { review } from "./reviews.ts";
import { token } from "./token.ts";
import { metrics } from "./metrics.ts";
import { applyScale, needReplicas, scaled, scaleOf, scaleOwners, scaleServed, scaleTable } from "./scale.ts";
import { negotiate } from "../negotiate.ts";
import { validationOf } from "./options.ts";
import { checkName, readPatch } from "./verbs.ts";
import { updateManagedFields } from "../../manifest/index.ts";
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
      if (type.group === "authorization.k8s.io" || type.group === "authentication.k8s.io") {
        // reviews have no names
        if (info.name !== "") throw refuse(404, "NotFound", "the server could not find the requested resource", {});
        return reviews(call, authenticator);
      }
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

/** The parts of the control plane, which are all well: they are one process with what answers here. */
function components(call: SpecialCall): ApiResponse | undefined {
  const { info, type, core } = call;
  const of = (name: string) =>
    ({
      kind: type.kind,
      apiVersion: type.apiVersion,
      metadata: { name },
      conditions: [{ type: "Healthy", status: "True", message: "ok" }],
    }) as unknown as Stored;
  const names = ["controller-manager", "etcd-0", "scheduler"];
  call.printing.warnings.push("v1 ComponentStatus is deprecated in v1.19+");
  const wanted = negotiate(call.request.headers["accept"], ["Table"]) ?? { format: "json" };
  if (info.verb === "list") return printList(call, wanted, { items: names.map(of) });
  if (info.verb !== "get") return undefined;
  if (!names.includes(info.name)) throw notFound({ group: "", plural: "componentstatus" }, info.name);
  return jsonResponse(200, shape(type, of(info.name), wanted, core, info.query), call.printing);
}

function scale(call: SpecialCall): ApiResponse {
  const { core, type, info, context } = call;
  const scaleType = scaleServed();
  const options = { validation: validationOf(info), warnings: context.warnings };
  const sent = info.verb === "update" ? decodeObject(call.body(), scaleType, options) : undefined;
  if (sent !== undefined) checkName(type, sent, info);
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
  let wanted: Loose;
  if (sent !== undefined) wanted = sent;
  else {
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
  const body: Loose = decodeObject(call.body(), sentType("v1", "Binding"), { validation: "Ignore", warnings: [] });
  const given: string = body.metadata.name ?? "";
  const name = podName ?? given;
  if (name === "") throw badRequest("Name parameter required.");
  if (name !== given) throw badRequest("name in URL does not match name in Binding object");
  matchNamespace(call.type, body.metadata, info.namespace);
  const pods = core.types.at("v1", "pods") as ServedType;
  const { target } = body;
  if (target.kind !== undefined && target.kind !== "Node") {
    const shown = JSON.stringify(target.kind);
    throw refuse(500, "", `target.kind: Unsupported value: ${shown}: supported values: "Node", "<empty>"`);
  }
  if (!target.name) throw refuse(500, "", "target.name: Required value");
  const pod: Loose = core.get(pods, info.namespace, name);
  const { uid } = body.metadata;
  if (uid !== undefined && uid !== pod.metadata.uid) {
    const why = `Precondition failed: UID in precondition: ${uid}, UID in object meta: ${pod.metadata.uid}`;
    const key = `/registry/pods/${info.namespace}/${name}`;
    throw conflict(
      pods,
      name,
      `StorageError: invalid object, Code: 4, Key: ${key}, ResourceVersion: 0, AdditionalErrorMsg: ${why}`,
    );
  }
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
  const given = call.body();
  // clients of before v1.22 speak v1beta1, which is the same
  const former = given["apiVersion"] === "policy/v1beta1" && given["kind"] === "Eviction";
  const sent = former ? { ...given, apiVersion: "policy/v1" } : given;
  const body: Loose = decodeObject(sent, sentType("policy/v1", "Eviction"), { validation: "Ignore", warnings: [] });
  if (body.metadata.name !== info.name) throw badRequest("name in URL does not match name in Eviction object");
  const pod: Loose = core.get(type, info.namespace, info.name);
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
  const body: Loose = decodeObject(call.body(), type, { validation: "Ignore", warnings: [] });
  checkName(type, body as Stored, info);
  const old: Loose = core.get(type, "", info.name);
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
