import {
  dns1035LabelProblems,
  dns1123SubdomainProblems,
  pathSegmentProblems,
  qualifiedNameProblems,
} from "../names.ts";
import { sameJson } from "../objects.ts";
import type { Loose } from "../strategy.ts";
import {
  duplicate,
  each,
  forbiddenCause,
  invalidValue,
  labelSelector,
  notSupported,
  oneOf,
  required,
} from "./common.ts";
import type { Out } from "./common.ts";
import { webhookService, webhookUrl } from "./webhook-client.ts";

/** admissionregistration.k8s.io: webhooks, policies and their bindings. CEL expressions are not compiled here. */

const failurePolicies = ["Fail", "Ignore"];
const matchPolicies = ["Equivalent", "Exact"];
const operations = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const scopes = ["*", "Cluster", "Namespaced"];
const reviewVersions = ["v1", "v1beta1"];
const quietEffects = ["None", "NoneOnDryRun"];
const allEffects = ["None", "NoneOnDryRun", "Some", "Unknown"];

function rule(given: Loose, at: string, out: Out): void {
  const ops: string[] = given.operations ?? [];
  if (ops.length === 0) out.push(required(`${at}.operations`));
  if (ops.length > 1 && ops.includes("*"))
    out.push(invalidValue(`${at}.operations`, ops, "if '*' is present, must not specify other operations"));
  for (const [i, one] of ops.entries()) oneOf(one, operations, `${at}.operations[${i}]`, out);
  for (const [field, what] of [
    ["apiGroups", "API groups"],
    ["apiVersions", "API versions"],
  ] as const) {
    const list: string[] = given[field] ?? [];
    if (list.length === 0) out.push(required(`${at}.${field}`));
    if (list.length > 1 && list.includes("*"))
      out.push(invalidValue(`${at}.${field}`, list, `if '*' is present, must not specify other ${what}`));
  }
  for (const [i, version] of (given.apiVersions ?? []).entries())
    if (version === "") out.push(required(`${at}.apiVersions[${i}]`));
  resources(given.resources ?? [], `${at}.resources`, out);
  if (given.scope !== undefined) oneOf(given.scope, scopes, `${at}.scope`, out);
}

function resources(list: string[], at: string, out: Out): void {
  if (list.length === 0) out.push(required(at));
  const allOf = new Set<string>();
  const everywhere = new Set<string>();
  let plain = false;
  for (const [i, full] of list.entries()) {
    if (full === "") {
      out.push(required(`${at}[${i}]`));
      continue;
    }
    const slash = full.indexOf("/");
    if (slash < 0) {
      plain = full !== "*";
      continue;
    }
    const [resource, sub] = [full.slice(0, slash), full.slice(slash + 1)];
    if (allOf.has(resource))
      out.push(invalidValue(`${at}[${i}]`, full, `if '${resource}/*' is present, must not specify ${full}`));
    if (everywhere.has(sub))
      out.push(invalidValue(`${at}[${i}]`, full, `if '*/${sub}' is present, must not specify ${full}`));
    if (sub === "*") allOf.add(resource);
    if (resource === "*") everywhere.add(sub);
  }
  if (list.length > 1 && list.includes("*/*"))
    out.push(invalidValue(at, list, "if '*/*' is present, must not specify other resources"));
  if (list.includes("*") && plain) {
    const why = "if '*' is present, must not specify other resources without subresources";
    out.push(invalidValue(at, list, why));
  }
}

/** What an older state of the configuration excuses. */
interface Rules {
  readonly noSideEffects: boolean;
  readonly knownVersion: boolean;
  readonly uniqueNames: boolean;
  readonly conditions: boolean;
}

const strict: Rules = { noSideEffects: true, knownVersion: true, uniqueNames: true, conditions: true };

function qualifiedHook(name: string, at: string, out: Out): void {
  if (name === "") out.push(required(at));
  else {
    const problems = dns1123SubdomainProblems(name);
    if (problems.length > 0) out.push(invalidValue(at, name, problems.join(",")));
    else if (name.split(".").length < 3) {
      out.push(invalidValue(at, name, "should be a domain with at least three segments separated by dots"));
    }
  }
}

function hook(given: Loose, mutating: boolean, rules: Rules, at: string, out: Out): void {
  qualifiedHook(given.name ?? "", `${at}.name`, out);
  for (const [i, one] of (given.rules ?? []).entries()) rule(one, `${at}.rules[${i}]`, out);
  if (given.failurePolicy !== undefined) oneOf(given.failurePolicy, failurePolicies, `${at}.failurePolicy`, out);
  if (given.matchPolicy !== undefined) oneOf(given.matchPolicy, matchPolicies, `${at}.matchPolicy`, out);
  const effects = rules.noSideEffects ? quietEffects : allEffects;
  if (given.sideEffects === undefined)
    out.push(required(`${at}.sideEffects`, `must specify one of ${effects.join(", ")}`));
  else oneOf(given.sideEffects, effects, `${at}.sideEffects`, out);
  const timeout = given.timeoutSeconds;
  if (timeout !== undefined && (timeout > 30 || timeout < 1))
    out.push(invalidValue(`${at}.timeoutSeconds`, timeout, "the timeout value must be between 1 and 30 seconds"));
  labelSelector(given.namespaceSelector, `${at}.namespaceSelector`, out);
  labelSelector(given.objectSelector, `${at}.objectSelector`, out);
  if (mutating && given.reinvocationPolicy !== undefined)
    oneOf(given.reinvocationPolicy, ["IfNeeded", "Never"], `${at}.reinvocationPolicy`, out);
  const { url, service } = given.clientConfig ?? {};
  if ((url === undefined) === (service === undefined)) {
    out.push(required(`${at}.clientConfig`, "exactly one of url or service is required"));
  } else if (url !== undefined) webhookUrl(url, `${at}.clientConfig.url`, out);
  else webhookService(service, `${at}.clientConfig.service`, out);
  if (rules.conditions) matchConditions(given.matchConditions, `${at}.matchConditions`, out);
}

function versions(list: string[], rules: Rules, at: string, out: Out): void {
  if (list.length === 0) {
    out.push(required(at, `must specify one of ${reviewVersions.join(", ")}`));
    return;
  }
  const seen = new Set<string>();
  for (const [i, version] of list.entries()) {
    if (seen.has(version)) {
      out.push(invalidValue(`${at}[${i}]`, version, "duplicate version"));
      continue;
    }
    seen.add(version);
    each(dns1035LabelProblems(version), `${at}[${i}]`, version, out);
  }
  if (rules.knownVersion && !list.some((one) => reviewVersions.includes(one)))
    out.push(invalidValue(at, list, `must include at least one of ${reviewVersions.join(", ")}`));
}

function configuration(object: Loose, mutating: boolean, rules: Rules, out: Out): void {
  const names = new Set<string>();
  for (const [i, one] of (object.webhooks ?? []).entries()) {
    const at = `webhooks[${i}]`;
    hook(one, mutating, rules, at, out);
    versions(one.admissionReviewVersions ?? [], rules, `${at}.admissionReviewVersions`, out);
    const name: string = one.name ?? "";
    if (!rules.uniqueNames || name === "") continue;
    if (names.has(name)) out.push(duplicate(`${at}.name`, name));
    names.add(name);
  }
}

const webhooksOf = (object: Loose): Loose[] => object.webhooks ?? [];

function excused(object: Loose, old: Loose): Rules {
  const before = webhooksOf(old);
  const conditions = (list: Loose[]) => list.map((one) => one.matchConditions ?? []);
  return {
    noSideEffects: before.every((one) => quietEffects.includes(one.sideEffects)),
    knownVersion: before.every((one) => {
      const list: string[] = one.admissionReviewVersions ?? [];
      return list.length === 0 || list.some((version) => reviewVersions.includes(version));
    }),
    uniqueNames: new Set(before.map((one) => one.name)).size === before.length,
    conditions: !sameJson(conditions(webhooksOf(object)), conditions(before)),
  };
}

export const webhooks = (mutating: boolean) => ({
  create: (object: Loose, out: Out) => configuration(object, mutating, strict, out),
  update: (object: Loose, old: Loose, out: Out) => configuration(object, mutating, excused(object, old), out),
});

function matchConditions(list: Loose[] | undefined, at: string, out: Out): void {
  const given = list ?? [];
  const names = new Set<string>();
  if (given.length > 64) {
    out.push({
      type: "FieldValueTooMany",
      field: at,
      value: String(given.length),
      detail: "must have at most 64 items",
    });
  }
  for (const [i, one] of given.entries()) {
    const path = `${at}[${i}]`;
    const name: string = one.name ?? "";
    if (String(one.expression ?? "").trim() === "") out.push(required(`${path}.expression`));
    if (name === "") out.push(required(`${path}.name`));
    else {
      each(qualifiedNameProblems(name), `${path}.name`, name, out);
      if (names.has(name)) out.push(duplicate(`${path}.name`, name));
      names.add(name);
    }
  }
}

function paramKind(given: Loose, at: string, out: Out): void {
  const version: string = given.apiVersion ?? "";
  const parts = version.split("/");
  if (version === "") out.push(required(`${at}.apiVersion`));
  else if (parts.length > 2)
    out.push(invalidValue(`${at}.apiVersion`, version, `unexpected GroupVersion string: ${version}`));
  else {
    const [group, name] = version === "/" ? ["", ""] : parts.length === 1 ? ["", version] : (parts as [string, string]);
    const groupProblems = group === "" ? [] : dns1123SubdomainProblems(group);
    if (groupProblems.length > 0) out.push(invalidValue(`${at}.apiVersion`, group, groupProblems.join(",")));
    if (name === "") out.push(invalidValue(`${at}.apiVersion`, version, "version must be specified"));
    else {
      const problems = dns1035LabelProblems(name);
      if (problems.length > 0) out.push(invalidValue(`${at}.apiVersion`, name, problems.join(",")));
    }
  }
  const kind: string = given.kind ?? "";
  if (kind === "") out.push(required(`${at}.kind`));
  else {
    const problems = dns1035LabelProblems(kind.toLowerCase());
    if (problems.length > 0) {
      const why = `may have mixed case, but should otherwise match: ${problems.join(",")}`;
      out.push(invalidValue(`${at}.kind`, kind, why));
    }
  }
}

function matchResources(given: Loose, at: string, out: Out): void {
  if (given === undefined) return;
  if (given.matchPolicy === undefined) out.push(required(`${at}.matchPolicy`));
  else oneOf(given.matchPolicy, matchPolicies, `${at}.matchPolicy`, out);
  for (const field of ["namespaceSelector", "objectSelector"]) {
    if (given[field] === undefined) out.push(required(`${at}.${field}`));
    else labelSelector(given[field], `${at}.${field}`, out);
  }
  for (const field of ["resourceRules", "excludeResourceRules"]) {
    for (const [i, one] of (given[field] ?? []).entries()) {
      const path = `${at}.${field}[${i}]`;
      const names = new Set<string>();
      for (const [k, name] of (one.resourceNames ?? []).entries()) {
        each(pathSegmentProblems(name), `${path}.resourceNames[${k}]`, name, out);
        if (names.has(name)) out.push(duplicate(`${path}.resourceNames[${k}]`, name));
        names.add(name);
      }
      rule(one, path, out);
    }
  }
}

/** What mutates cannot stand before deletions. */
function mutatingOperations(match: Loose, at: string, out: Out): void {
  const supported = ["*", "CONNECT", "CREATE", "UPDATE"];
  for (const one of match?.resourceRules ?? [])
    for (const operation of one.operations ?? []) oneOf(operation, supported, `${at}.resourceRules.operations`, out);
}

const blank = (text: unknown): boolean => String(text ?? "").trim() === "";

const reserved = new Set(
  "true false null in as break const continue else for function if import let loop package namespace return var void while".split(
    " ",
  ),
);

function variables(list: Loose[] | undefined, out: Out): void {
  for (const [i, one] of (list ?? []).entries()) {
    const at = `spec.variables[${i}]`;
    if (blank(one.name)) out.push(required(`${at}.name`, "name is not specified"));
    else if (!/^[_a-zA-Z][_a-zA-Z0-9]*$/.test(one.name) || reserved.has(one.name)) {
      out.push(invalidValue(`${at}.name`, one.name, "must be a valid CEL identifier"));
    }
    if (blank(one.expression)) out.push(required(`${at}.expression`, "expression is not specified"));
  }
}

function policyStart(spec: Loose, mutating: boolean, conditions: boolean, out: Out): void {
  if (spec.failurePolicy === undefined) out.push(required("spec.failurePolicy"));
  else oneOf(spec.failurePolicy, failurePolicies, "spec.failurePolicy", out);
  if (spec.paramKind !== undefined) paramKind(spec.paramKind, "spec.paramKind", out);
  if (spec.matchConstraints === undefined) out.push(required("spec.matchConstraints"));
  else {
    matchResources(spec.matchConstraints, "spec.matchConstraints", out);
    if ((spec.matchConstraints.resourceRules ?? []).length === 0)
      out.push(required("spec.matchConstraints.resourceRules"));
    if (mutating) mutatingOperations(spec.matchConstraints, "spec.matchConstraints", out);
  }
  if (conditions) matchConditions(spec.matchConditions, "spec.matchConditions", out);
  variables(spec.variables, out);
}

const reasons = ["Forbidden", "Invalid", "RequestEntityTooLarge", "Unauthorized"];

function validation(one: Loose, at: string, out: Out): void {
  if (blank(one.expression)) out.push(required(`${at}.expression`, "expression is not specified"));
  if (one.messageExpression && blank(one.messageExpression))
    out.push(invalidValue(`${at}.messageExpression`, one.messageExpression, "must be non-empty if specified"));
  const message: string = one.message ?? "";
  const trimmed = message.trim();
  if (message !== "" && trimmed === "")
    out.push(invalidValue(`${at}.message`, message, "must be non-empty if specified"));
  else if (/[\n\r]/.test(trimmed)) out.push(invalidValue(`${at}.message`, message, "must not contain line breaks"));
  else if (/[\n\r]/.test(String(one.expression ?? "").trim()) && trimmed === "") {
    out.push(required(`${at}.message`, "message must be specified if expression contains line breaks"));
  }
  if (one.reason !== undefined && !reasons.includes(one.reason)) oneOf(one.reason, reasons, `${at}.reason`, out);
}

const needed = "validations or auditAnnotations must contain at least one item";

function validatingPolicy({ metadata, spec = {} }: Loose, conditions: boolean, out: Out): void {
  policyStart(spec, false, conditions, out);
  const validations: Loose[] = spec.validations ?? [];
  const audits: Loose[] = spec.auditAnnotations ?? [];
  if (validations.length === 0 && audits.length === 0) {
    out.push(required("spec.validations", needed), required("spec.auditAnnotations", needed));
    return;
  }
  for (const [i, one] of validations.entries()) validation(one, `spec.validations[${i}]`, out);
  const keys = new Set<string>();
  for (const [i, one] of audits.entries()) {
    const at = `spec.auditAnnotations[${i}]`;
    const key: string = one.key ?? "";
    const full = `${metadata.name}/${key}`;
    each(qualifiedNameProblems(full), `${at}.key`, full, out);
    if (blank(one.valueExpression)) out.push(required(`${at}.valueExpression`, "valueExpression is not specified"));
    if (keys.has(key)) out.push(duplicate(`${at}.key`, key));
    keys.add(key);
  }
}

function mutation(one: Loose, at: string, out: Out): void {
  const fields = { JSONPatch: "jsonPatch", ApplyConfiguration: "applyConfiguration" } as const;
  const type: string = one.patchType ?? "";
  if (type === "") out.push(required(`${at}.patchType`));
  else if (type !== "JSONPatch" && type !== "ApplyConfiguration") {
    out.push(notSupported(`${at}.patchType`, type, ["ApplyConfiguration", "JSONPatch"]));
  } else {
    const own = fields[type];
    const other = own === "jsonPatch" ? "applyConfiguration" : "jsonPatch";
    if (one[own] === undefined) out.push(required(`${at}.${own}`, `must be specified when patchType is ${type}`));
    else if (blank(one[own].expression)) out.push(required(`${at}.${own}.expression`));
    if (one[other] !== undefined)
      out.push(invalidValue(`${at}.${other}`, `{${other}}`, `must not be specified when patchType is ${type}`));
  }
}

function mutatingPolicy({ spec = {} }: Loose, conditions: boolean, out: Out): void {
  policyStart(spec, true, conditions, out);
  const mutations: Loose[] = spec.mutations ?? [];
  if (mutations.length === 0) out.push(required("spec.mutations", "mutations must contain at least one item"));
  for (const [i, one] of mutations.entries()) mutation(one, `spec.mutations[${i}]`, out);
  if (!spec.reinvocationPolicy) out.push(required("spec.reinvocationPolicy"));
  else oneOf(spec.reinvocationPolicy, ["IfNeeded", "Never"], "spec.reinvocationPolicy", out);
}

const sameConditions = (object: Loose, old: Loose): boolean =>
  sameJson(object.spec?.paramKind ?? null, old.spec?.paramKind ?? null) &&
  sameJson(object.spec?.matchConditions ?? [], old.spec?.matchConditions ?? []);

export const policy = (mutating: boolean) => {
  const check = mutating ? mutatingPolicy : validatingPolicy;
  return {
    create: (object: Loose, out: Out) => check(object, true, out),
    update: (object: Loose, old: Loose, out: Out) => check(object, !sameConditions(object, old), out),
  };
};

function paramRef(given: Loose, out: Out): void {
  if (given === undefined) return;
  const at = "spec.paramRef";
  const name: string = given.name ?? "";
  const both = "name and selector are mutually exclusive";
  if (name !== "") {
    each(pathSegmentProblems(name), `${at}.name`, name, out);
    if (given.selector !== undefined) out.push(forbiddenCause(`${at}.name`, both));
  }
  if (given.selector !== undefined) {
    labelSelector(given.selector, `${at}.selector`, out);
    if (name !== "") out.push(forbiddenCause(`${at}.selector`, both));
  }
  if (name === "" && given.selector === undefined) out.push(required(at, "one of name or selector must be specified"));
  const action: string = given.parameterNotFoundAction ?? "";
  if (action === "") out.push(required(`${at}.parameterNotFoundAction`));
  else if (action !== "Deny" && action !== "Allow")
    out.push(notSupported(`${at}.parameterNotFoundAction`, action, ["Deny", "Allow"]));
}

export function policyBinding({ spec = {} }: Loose, mutating: boolean, out: Out): void {
  const name: string = spec.policyName ?? "";
  if (name === "") out.push(required("spec.policyName"));
  else each(dns1123SubdomainProblems(name), "spec.policyName", name, out);
  paramRef(spec.paramRef, out);
  matchResources(spec.matchResources, "spec.matchResources", out);
  if (mutating) {
    mutatingOperations(spec.matchResources, "spec.matchResources", out);
    return;
  }
  const actions: string[] = spec.validationActions ?? [];
  const at = "spec.validationActions";
  for (const [i, action] of actions.entries()) {
    oneOf(action, ["Audit", "Deny", "Warn"], `${at}[${i}]`, out);
    if (actions.indexOf(action) < i) out.push(duplicate(`${at}[${i}]`, action));
  }
  if (actions.includes("Deny") && actions.includes("Warn")) {
    const why =
      "must not contain both Deny and Warn (repeating the same validation failure information in the API response and headers serves no purpose)";
    out.push(invalidValue(at, actions, why));
  }
  if (actions.length === 0) out.push(required(at, "at least one validation action is required"));
}
