import { updateManagedFields } from "../../manifest/index.ts";
import type { Authenticator } from "../auth.ts";
import { issuer } from "../auth.ts";
import { invalidValue } from "../causes.ts";
import { matchNamespace } from "../core.ts";
import { emptyOf } from "../field-owners.ts";
import { newUid, timestamp } from "../objects.ts";
import { sentType } from "../served.ts";
import { badRequest, conflict, invalid, notFound } from "../status.ts";
import type { Loose } from "../strategy.ts";
import { decodeObject } from "./body.ts";
import type { SpecialCall } from "./handler.ts";
import { jsonOf, jsonResponse, type ApiResponse } from "./respond.ts";

/** `serviceaccounts/token`: tokens with an end, audiences, and an object that they are bound to. */

const shortest = 600;
const longest = 2 ** 32;

export function token(call: SpecialCall, authenticator: Authenticator): ApiResponse {
  const { core, type, info } = call;
  const tokenType = sentType("authentication.k8s.io/v1", "TokenRequest");
  const body: Loose = decodeObject(call.body(), tokenType, { validation: "Ignore", warnings: [] });
  const account = core.get(type, info.namespace, info.name);
  matchNamespace(type, body.metadata, info.namespace);
  const { spec } = body;
  const seconds: number = (spec.expirationSeconds ??= 3600);
  const kind = { group: "authentication.k8s.io", kind: "TokenRequest" };
  const given: string = body.metadata.name ?? "";
  if (given !== "" && given !== info.name) {
    throw invalid(kind, info.name, [
      invalidValue("metadata.name", given, "must match the service account name if specified"),
    ]);
  }
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
  const owners = updateManagedFields(emptyOf(tokenType), body, tokenType.shape, {
    ...core.writer(type, call.context),
    apiVersion: "authentication.k8s.io/v1",
  });
  const issued = {
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
  };
  return jsonResponse(201, jsonOf(issued), call.printing);
}

const bindable: Readonly<Record<string, string>> = { Pod: "pods", Secret: "secrets", Node: "nodes" };

/** What the token is bound to, as its claims say it. */
function boundObject(call: SpecialCall, reference: Loose): Loose {
  if (reference === undefined || reference === null) return {};
  const { kind = "", apiVersion = "", name = "", uid = "" } = reference;
  const plural = apiVersion === "v1" || apiVersion === "" ? bindable[kind] : undefined;
  if (plural === undefined) {
    const version = apiVersion.includes("/") ? apiVersion : `/${apiVersion}`;
    throw badRequest(`cannot bind token to object of type ${version}, Kind=${kind}`);
  }
  if (name === "") throw badRequest("Name parameter required.");
  const found = call.core.store.get(`/${plural}`, kind === "Node" ? name : `${call.info.namespace}/${name}`);
  if (found === undefined) throw notFound({ group: "", plural }, name);
  if (uid !== "" && uid !== found.metadata.uid) {
    throw conflict(
      { group: "", plural: kind },
      name,
      `the UID in the bound object reference (${uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  return { [kind.toLowerCase()]: { name: found.metadata.name, uid: found.metadata.uid } };
}
