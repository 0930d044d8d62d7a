import { dns1123LabelProblems, dns1123SubdomainProblems } from "../names.ts";
import { sameJson } from "../objects.ts";
import { flowSchemas, priorityLevels } from "../own/initial.ts";
import type { Loose } from "../strategy.ts";
import { each, forbiddenCause, invalidValue, notSupported, oneOf, required } from "./common.ts";
import type { Out } from "./common.ts";
import { goValue } from "./go-value.ts";

/** flowcontrol.apiserver.k8s.io: FlowSchemas and PriorityLevelConfigurations. */

const package_ = "io.k8s.api.flowcontrol.v1";
const verbs = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const mostPrecedence = 10000;

export function flowSchema(object: Loose, out: Out): void {
  const { spec, metadata } = object;
  const precedence = spec.matchingPrecedence ?? 0;
  const at = "spec.matchingPrecedence";
  if (precedence <= 0) out.push(invalidValue(at, precedence, "must be a positive value"));
  if (precedence > mostPrecedence) out.push(invalidValue(at, precedence, `must not be greater than ${mostPrecedence}`));
  if (precedence === 1 && metadata.name !== "exempt") {
    out.push(invalidValue(at, precedence, "only the schema named 'exempt' may have matchingPrecedence 1"));
  }
  const method = spec.distinguisherMethod;
  if (method !== undefined && !["ByNamespace", "ByUser"].includes(method.type)) {
    const shown = goValue(`${package_}.FlowDistinguisherMethod`, method);
    out.push(notSupported("spec.distinguisherMethod.type", shown, ["ByNamespace", "ByUser"]));
  }
  const level: string = spec.priorityLevelConfiguration?.name ?? "";
  if (level === "") out.push(required("spec.priorityLevelConfiguration.name", "must reference a priority level"));
  else each(dns1123SubdomainProblems(level), "spec.priorityLevelConfiguration.name", level, out);
  for (const [i, rule] of (spec.rules ?? []).entries()) policyRule(rule, `spec.rules[${i}]`, out);
  if (metadata.name === "exempt" || metadata.name === "catch-all") {
    const wanted = flowSchemas().find(([name]) => name === metadata.name)?.[1];
    if (!sameJson(spec, wanted)) {
      const shown = goValue(`${package_}.FlowSchemaSpec`, spec);
      out.push(invalidValue("spec", shown, `spec of '${metadata.name}' must equal the fixed value`));
    }
  }
  conditions(object, out);
}

/** What the status says is looked at, too. */
function conditions(object: Loose, out: Out): void {
  const seen = new Set<string>();
  for (const [i, condition] of (object.status?.conditions ?? []).entries()) {
    const at = `status.conditions[${i}].type`;
    const type: string = condition.type ?? "";
    if (seen.has(type)) out.push({ type: "FieldValueDuplicate", field: at, value: JSON.stringify(type), detail: "" });
    seen.add(type);
    if (type === "") out.push(required(at));
  }
}

export function flowStatus(object: Loose, _old: Loose, out: Out): void {
  conditions(object, out);
}

function policyRule(rule: Loose, at: string, out: Out): void {
  const subjects: Loose[] = rule.subjects ?? [];
  if (subjects.length === 0) out.push(required(`${at}.subjects`, "subjects must contain at least one value"));
  for (const [i, one] of subjects.entries()) subject(one, `${at}.subjects[${i}]`, out);
  const resources: Loose[] = rule.resourceRules ?? [];
  const others: Loose[] = rule.nonResourceRules ?? [];
  if (resources.length === 0 && others.length === 0) {
    out.push(required(at, "at least one of resourceRules and nonResourceRules has to be non-empty"));
  }
  for (const [i, one] of resources.entries()) resourceRule(one, `${at}.resourceRules[${i}]`, out);
  for (const [i, one] of others.entries()) nonResourceRule(one, `${at}.nonResourceRules[${i}]`, out);
}

const parts: Readonly<Record<string, string>> = { ServiceAccount: "serviceAccount", User: "user", Group: "group" };

function subject(one: Loose, at: string, out: Out): void {
  const own = parts[one.kind];
  if (own === undefined) {
    out.push(notSupported(`${at}.kind`, one.kind ?? "", ["Group", "ServiceAccount", "User"]));
    return;
  }
  const given = one[own];
  const path = `${at}.${own}`;
  if (given === undefined) out.push(required(path, `${own} is required when subject kind is '${one.kind}'`));
  else {
    const name: string = given.name ?? "";
    if (name === "") out.push(required(`${path}.name`));
    else if (own === "serviceAccount" && name !== "*") each(dns1123SubdomainProblems(name), `${path}.name`, name, out);
    if (own === "serviceAccount") {
      const namespace: string = given.namespace ?? "";
      if (namespace === "") out.push(required(`${path}.namespace`, "must specify namespace for service account"));
      else each(dns1123LabelProblems(namespace), `${path}.namespace`, namespace, out);
    }
  }
  for (const [kind, other] of [
    ["ServiceAccount", "serviceAccount"],
    ["User", "user"],
    ["Group", "group"],
  ] as const) {
    if (other !== own && one[other] !== undefined)
      out.push(forbiddenCause(`${at}.${other}`, `${other} is forbidden when subject kind is not '${kind}'`));
  }
}

function verbList(given: string[] | undefined, at: string, out: Out): void {
  const list = given ?? [];
  if (list.length === 0) out.push(required(at, "verbs must contain at least one value"));
  else if (list.includes("*")) {
    if (list.length > 1) out.push(invalidValue(at, list, "if '*' is present, must not specify other verbs"));
  } else if (!list.every((verb) => verbs.includes(verb))) out.push(notSupported(at, list, verbs));
}

function alone(given: string[] | undefined, what: string, at: string, none: string, out: Out): void {
  const list = given ?? [];
  if (list.length === 0) out.push(required(at, none));
  else if (list.length > 1 && list.includes("*"))
    out.push(invalidValue(at, list, `if '*' is present, must not specify other ${what}`));
}

function resourceRule(rule: Loose, at: string, out: Out): void {
  verbList(rule.verbs, `${at}.verbs`, out);
  alone(rule.apiGroups, "api groups", `${at}.apiGroups`, "resource rules must supply at least one api group", out);
  alone(rule.resources, "resources", `${at}.resources`, "resource rules must supply at least one resource", out);
  const namespaces: string[] = rule.namespaces ?? [];
  if (namespaces.length === 0 && rule.clusterScope !== true) {
    out.push(
      required(`${at}.namespaces`, "resource rules that are not cluster scoped must supply at least one namespace"),
    );
  } else if (namespaces.includes("*")) {
    if (namespaces.length > 1)
      out.push(invalidValue(`${at}.namespaces`, namespaces, "if '*' is present, must not specify other namespaces"));
  } else {
    for (const [i, name] of namespaces.entries()) {
      const intro = "each member of this list must be '*' or a DNS-1123 label; ";
      for (const message of dns1123LabelProblems(name))
        out.push(invalidValue(`${at}.namespaces[${i}]`, name, intro + message));
    }
  }
}

function nonResourceRule(rule: Loose, at: string, out: Out): void {
  verbList(rule.verbs, `${at}.verbs`, out);
  const urls: string[] = rule.nonResourceURLs ?? [];
  const path = `${at}.nonResourceURLs`;
  if (urls.length === 0) out.push(required(path, "nonResourceURLs must contain at least one value"));
  else if (urls.includes("*")) {
    if (urls.length > 1)
      out.push(invalidValue(path, urls, "if '*' is present, must not specify other non-resource URLs"));
  } else {
    for (const [i, url] of urls.entries()) {
      const why = urlProblem(url);
      if (why !== undefined) out.push(invalidValue(`${path}[${i}]`, url, why));
    }
  }
}

function urlProblem(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (url === "/") return undefined;
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const stars = url.split("*").length - 1;
  return stars > 1 || (stars === 1 && !url.endsWith("/*")) ? "wildcard can only do suffix matching" : undefined;
}

export function priorityLevel(object: Loose, out: Out): void {
  const { spec, metadata } = object;
  const zero = "flowcontrol.k8s.io/v1beta3-preserve-zero-concurrency-shares";
  if (metadata.annotations?.[zero] !== undefined)
    out.push(forbiddenCause("metadata.annotations", `annotation '${zero}' is forbidden`));
  const type: string = spec.type ?? "";
  if ((metadata.name === "exempt") !== (type === "Exempt")) {
    out.push(invalidValue("spec.type", type, "must be 'Exempt' if and only if `name` is 'exempt'"));
  }
  switch (type) {
    case "Exempt":
      if (spec.limited !== undefined)
        out.push(forbiddenCause("spec.limited", "must be nil if the type is not Limited"));
      if (spec.exempt !== undefined) shares(spec.exempt, "spec.exempt", out);
      break;
    case "Limited":
      if (spec.exempt !== undefined) out.push(forbiddenCause("spec.exempt", "must be nil if the type is Limited"));
      if (spec.limited === undefined) out.push(required("spec.limited", "must not be empty when type is Limited"));
      else limited(spec.limited, "spec.limited", out);
      break;
    case "":
      out.push(required("spec.type"));
      break;
    default:
      oneOf(type, ["Exempt", "Limited"], "spec.type", out);
  }
  mandatory(object, out);
  conditions(object, out);
}

function mandatory({ spec, metadata }: Loose, out: Out): void {
  const { name } = metadata;
  if (name !== "exempt" && name !== "catch-all") return;
  const wanted = priorityLevels().find(([one]) => one === name)?.[1];
  const shown = goValue(`${package_}.PriorityLevelConfigurationSpec`, spec);
  if (name === "exempt") {
    if (!sameJson({ ...spec, exempt: null }, { ...wanted, exempt: null })) {
      const why = "spec of 'exempt' except the 'spec.exempt' field must equal the fixed value";
      out.push(invalidValue("spec", shown, why));
    }
  } else if (!sameJson(spec, wanted)) {
    out.push(invalidValue("spec", shown, `spec of '${name}' must equal the fixed value`));
  }
}

const notNegative = "must be a non-negative integer";

function percent(value: number | undefined, at: string, out: Out): void {
  if (value !== undefined && (value < 0 || value > 100))
    out.push(invalidValue(at, value, "must be between 0 and 100, inclusive"));
}

function shares(level: Loose, at: string, out: Out): void {
  const nominal = level.nominalConcurrencyShares;
  if (nominal !== undefined && nominal < 0)
    out.push(invalidValue(`${at}.nominalConcurrencyShares`, nominal, notNegative));
  percent(level.lendablePercent, `${at}.lendablePercent`, out);
}

function limited(level: Loose, at: string, out: Out): void {
  const nominal = level.nominalConcurrencyShares ?? 0;
  if (nominal < 0) out.push(invalidValue(`${at}.nominalConcurrencyShares`, nominal, notNegative));
  limitResponse(level.limitResponse ?? {}, `${at}.limitResponse`, out);
  percent(level.lendablePercent, `${at}.lendablePercent`, out);
  const borrowing = level.borrowingLimitPercent;
  if (borrowing !== undefined && borrowing < 0)
    out.push(invalidValue(`${at}.borrowingLimitPercent`, borrowing, `if specified, ${notNegative}`));
}

function limitResponse(response: Loose, at: string, out: Out): void {
  const { queuing } = response;
  switch (response.type ?? "") {
    case "Reject":
      if (queuing !== undefined)
        out.push(forbiddenCause(`${at}.queuing`, "must be nil if limited.limitResponse.type is not Limited"));
      break;
    case "Queue":
      if (queuing === undefined)
        out.push(required(`${at}.queuing`, "must not be empty if limited.limitResponse.type is Limited"));
      else queues(queuing, `${at}.queuing`, out);
      break;
    case "":
      out.push(required(`${at}.type`));
      break;
    default:
      oneOf(response.type, ["Queue", "Reject"], `${at}.type`, out);
  }
}

const mostQueues = 10_000_000;
const hashBits = 60;

function queues(given: Loose, at: string, out: Out): void {
  const { queueLengthLimit = 0, queues: count = 0, handSize = 0 } = given;
  if (queueLengthLimit <= 0) out.push(invalidValue(`${at}.queueLengthLimit`, queueLengthLimit, "must be positive"));
  if (count <= 0) out.push(invalidValue(`${at}.queues`, count, "must be positive"));
  else if (count > mostQueues) {
    out.push(invalidValue(`${at}.queues`, count, `must not be greater than ${mostQueues}`));
  }
  if (handSize <= 0) out.push(invalidValue(`${at}.handSize`, handSize, "must be positive"));
  else if (handSize > count) {
    out.push(invalidValue(`${at}.handSize`, handSize, `should not be greater than queues (${count})`));
  } else {
    // the bits that dealing a hand of cards needs: the logarithm of the number of hands, as upstream estimates it
    const bits = Math.ceil(Math.log2(count) * handSize);
    if (bits > hashBits) {
      const why = `required entropy bits of deckSize ${count} and handSize ${handSize} should not be greater than ${hashBits}`;
      out.push(invalidValue(`${at}.handSize`, handSize, why));
    }
  }
}
