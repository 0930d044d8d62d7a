import type { Caller, Core } from "../core.ts";
import type { Authenticator } from "../auth.ts";
import { issuer } from "../auth.ts";
import type { Attributes } from "../rbac.ts";
import { decide, grantsOf } from "../rbac.ts";
import { badRequest, invalid } from "../status.ts";
import { invalidValue } from "../causes.ts";
import type { Loose } from "../strategy.ts";
import type { ServedType } from "../served.ts";

/** Access and token reviews: answered, never stored. */

function attributesOf(spec: Loose): Attributes {
  const resource = spec.resourceAttributes;
  if (resource !== undefined) {
    return {
      verb: resource.verb ?? "",
      group: resource.group ?? "",
      resource: resource.resource ?? "",
      subresource: resource.subresource ?? "",
      ...(resource.name ? { name: resource.name } : {}),
      namespace: resource.namespace ?? "",
    };
  }
  return { verb: spec.nonResourceAttributes?.verb ?? "", path: spec.nonResourceAttributes?.path ?? "" };
}

function checkSpec(type: ServedType, object: Loose, subject: boolean): void {
  const { spec } = object;
  const causes = [];
  if (spec.resourceAttributes !== undefined && spec.nonResourceAttributes !== undefined) {
    causes.push(
      invalidValue(
        "spec.nonResourceAttributes",
        spec.nonResourceAttributes,
        "cannot be specified in combination with resourceAttributes",
      ),
    );
  }
  if (spec.resourceAttributes === undefined && spec.nonResourceAttributes === undefined) {
    causes.push(
      invalidValue(
        "spec.resourceAttributes",
        spec.nonResourceAttributes ?? null,
        "exactly one of nonResourceAttributes or resourceAttributes must be specified",
      ),
    );
  }
  if (subject && !spec.user && (spec.groups ?? []).length === 0) {
    causes.push(invalidValue("spec.user", spec.user ?? "", "at least one of user or group must be specified"));
  }
  if (causes.length > 0) throw invalid({ group: type.group, kind: "" }, "", causes);
}

function statusOf(core: Core, caller: Caller, spec: Loose): Loose {
  const { allowed, reason } = decide(core.store, caller, attributesOf(spec));
  return { allowed, ...(reason === "" ? {} : { reason }) };
}

/** Answers a review; undefined when the type is none. */
export function review(
  core: Core,
  type: ServedType,
  object: Loose,
  caller: Caller,
  namespace: string,
  authenticator: Authenticator,
): Loose | undefined {
  const metadata = object.metadata ?? {};
  switch (type.plural) {
    case "selfsubjectaccessreviews":
      checkSpec(type, object, false);
      return { ...object, metadata, status: statusOf(core, caller, object.spec) };
    case "subjectaccessreviews":
    case "localsubjectaccessreviews": {
      checkSpec(type, object, true);
      if (type.plural === "localsubjectaccessreviews") {
        const place = object.spec.resourceAttributes?.namespace;
        if (place !== undefined && place !== namespace) {
          throw badRequest(`spec.resourceAttributes.namespace must match namespace: ${namespace}`);
        }
      }
      const subject: Caller = { name: object.spec.user ?? "", groups: object.spec.groups ?? [] };
      return { ...object, metadata, status: statusOf(core, subject, object.spec) };
    }
    case "selfsubjectrulesreviews": {
      const place = object.spec?.namespace ?? "";
      if (place === "") throw badRequest("no namespace on request");
      const resourceRules: Loose[] = [];
      const nonResourceRules: Loose[] = [];
      for (const { rules } of grantsOf(core.store, caller, place)) {
        for (const rule of rules) {
          if ((rule.resources ?? []).length > 0) {
            const { verbs, apiGroups, resources, resourceNames } = rule;
            resourceRules.push({
              verbs,
              apiGroups,
              resources,
              ...(resourceNames === undefined ? {} : { resourceNames }),
            });
          }
          if ((rule.nonResourceURLs ?? []).length > 0)
            nonResourceRules.push({ verbs: rule.verbs, nonResourceURLs: rule.nonResourceURLs });
        }
      }
      return { ...object, metadata: {}, spec: {}, status: { resourceRules, nonResourceRules, incomplete: false } };
    }
    case "selfsubjectreviews":
      return {
        ...object,
        metadata: { ...metadata, creationTimestamp: core.now() },
        status: { userInfo: userInfo(caller) },
      };
    case "tokenreviews": {
      const token = object.spec?.token ?? "";
      if (token === "") throw badRequest("token is required for TokenReview in authentication");
      const found = authenticator.token(token);
      if (found === undefined) {
        return {
          ...object,
          metadata,
          status: { user: {}, error: "invalid bearer token" },
        };
      }
      const audiences: string[] = object.spec.audiences ?? [];
      const own = [...(found.claims?.aud ?? [issuer])];
      const shared = audiences.length === 0 ? own : audiences.filter((one) => own.includes(one));
      if (shared.length === 0) {
        return {
          ...object,
          metadata,
          status: {
            user: {},
            error: `token audiences ${JSON.stringify(own)} is invalid for the target audiences ${JSON.stringify(audiences)}`,
          },
        };
      }
      return { ...object, metadata, status: { authenticated: true, user: userInfo(found.caller), audiences: shared } };
    }
    default:
      return undefined;
  }
}

function userInfo(caller: Caller): Loose {
  return {
    username: caller.name,
    ...(caller.uid === undefined ? {} : { uid: caller.uid }),
    groups: caller.groups,
    ...(caller.extra === undefined ? {} : { extra: caller.extra }),
  };
}
