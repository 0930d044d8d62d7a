import { parseQuantity } from "../../manifest/index.ts";
import { qualifiedNameProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import { duplicate, each, forbiddenCause, invalidValue, isWhole, quantityNano, required } from "./common.ts";
import type { Out } from "./common.ts";
import { containerResource } from "./containers.ts";

/** ResourceQuotas and LimitRanges. */

const quotaNames = new Set([
  "cpu",
  "memory",
  "ephemeral-storage",
  "requests.cpu",
  "requests.memory",
  "requests.storage",
  "requests.ephemeral-storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers",
]);
const wholeNames = new Set([
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "persistentvolumeclaims",
  "configmaps",
  "services.nodeports",
  "services.loadbalancers",
]);
const scopes = new Set([
  "Terminating",
  "NotTerminating",
  "BestEffort",
  "NotBestEffort",
  "PriorityClass",
  "CrossNamespacePodAffinity",
  "VolumeAttributesClass",
]);

export function resourceQuota(object: Loose, out: Out): void {
  const hard: Record<string, string> = object.spec?.hard ?? {};
  for (const name of Object.keys(hard)) {
    const at = `spec.hard[${name}]`;
    resourceName(name, at, out);
    if (!name.includes("/") && !isQuotaName(name)) {
      out.push(invalidValue(at, name, "must be a standard resource for quota"));
    }
    const value = hard[name] as string;
    if (quantityNano(value) < 0n) out.push(invalidValue(at, value, "must be greater than or equal to 0"));
    else if (
      (wholeNames.has(name) || (name.includes("/") && !name.includes(".storageclass.storage.k8s.io/"))) &&
      !isWhole(value)
    )
      out.push(invalidValue(at, value, "must be an integer"));
  }
  const given: string[] = object.spec?.scopes ?? [];
  if (given.length === 0) return;
  for (const scope of given) if (!scopes.has(scope)) out.push(invalidValue("spec.scopes", given, "unsupported scope"));
  for (const [a, b] of [
    ["BestEffort", "NotBestEffort"],
    ["Terminating", "NotTerminating"],
  ] as const) {
    if (given.includes(a) && given.includes(b)) out.push(invalidValue("spec.scopes", given, "conflicting scopes"));
  }
}

export function resourceQuotaUpdate(object: Loose, old: Loose, out: Out): void {
  resourceQuota(object, out);
  const after = new Set<string>(object.spec?.scopes ?? []);
  const before = new Set<string>(old.spec?.scopes ?? []);
  if (after.size !== before.size || [...after].some((scope) => !before.has(scope)))
    out.push(invalidValue("spec.scopes", object.spec?.scopes ?? null, "field is immutable"));
}

const isQuotaName = (name: string): boolean => quotaNames.has(name) || /^(requests\.)?hugepages-/.test(name);

function resourceName(name: string, at: string, out: Out): void {
  const problems = qualifiedNameProblems(name);
  each(problems, at, name, out);
  if (problems.length === 0 && !name.includes("/") && name !== "storage" && !isQuotaName(name))
    out.push(invalidValue(at, name, "must be a standard resource type or fully qualified"));
}

export function limitRange(object: Loose, out: Out): void {
  const seen = new Set<string>();
  for (const [i, item] of (object.spec?.limits ?? []).entries()) {
    const at = `spec.limits[${i}]`;
    const type: string = item.type ?? "";
    each(qualifiedNameProblems(type), `${at}.type`, type, out);
    const named = qualifiedNameProblems(type).length === 0;
    if (named && !type.includes("/") && !["Pod", "Container", "PersistentVolumeClaim"].includes(type)) {
      out.push(invalidValue(`${at}.type`, type, "must be a standard limit type or fully qualified"));
    }
    if (seen.has(type)) out.push(duplicate(`${at}.type`, type));
    seen.add(type);
    const check = type === "Pod" || type === "Container" ? containerResource : resourceName;
    const resources = (field: string) => {
      for (const name of Object.keys(item[field] ?? {})) check(name, `${at}.${field}[${name}]`, out);
    };
    resources("max");
    resources("min");
    for (const field of ["default", "defaultRequest"]) {
      if (type !== "Pod") resources(field);
      else {
        if (Object.keys(item[field] ?? {}).length > 0)
          out.push(forbiddenCause(`${at}.${field}`, "may not be specified when `type` is 'Pod'"));
      }
    }
    if (type === "PersistentVolumeClaim" && item.min?.storage === undefined && item.max?.storage === undefined) {
      out.push(
        required(`${at}.limits`, "either minimum or maximum storage value is required, but neither was provided"),
      );
    }
    resources("maxLimitRequestRatio");
    const names = new Set(
      ["max", "min", "default", "defaultRequest", "maxLimitRequestRatio"].flatMap((field) =>
        Object.keys(item[field] ?? {}),
      ),
    );
    for (const name of names) {
      const min = item.min?.[name];
      const max = item.max?.[name];
      const request = item.defaultRequest?.[name];
      const standard = item.default?.[name];
      const above = (a: string | undefined, b: string | undefined) =>
        a !== undefined && b !== undefined && parseQuantity(a).nano > parseQuantity(b).nano;
      if (above(min, max))
        out.push(invalidValue(`${at}.min[${name}]`, min, `min value ${min} is greater than max value ${max}`));
      if (above(min, request))
        out.push(
          invalidValue(
            `${at}.defaultRequest[${name}]`,
            request,
            `min value ${min} is greater than default request value ${request}`,
          ),
        );
      if (above(request, max))
        out.push(
          invalidValue(
            `${at}.defaultRequest[${name}]`,
            request,
            `default request value ${request} is greater than max value ${max}`,
          ),
        );
      if (above(request, standard))
        out.push(
          invalidValue(
            `${at}.defaultRequest[${name}]`,
            request,
            `default request value ${request} is greater than default limit value ${standard}`,
          ),
        );
      if (above(min, standard))
        out.push(
          invalidValue(`${at}.default[${name}]`, min, `min value ${min} is greater than default value ${standard}`),
        );
      if (above(standard, max))
        out.push(
          invalidValue(`${at}.default[${name}]`, max, `default value ${standard} is greater than max value ${max}`),
        );
      const ratio = item.maxLimitRequestRatio?.[name];
      if (above("1", ratio))
        out.push(invalidValue(`${at}.maxLimitRequestRatio[${name}]`, ratio, `ratio ${ratio} is less than 1`));
    }
  }
}
