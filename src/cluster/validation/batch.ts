import { matchesLabels, requirementsOf } from "../selectors.ts";
import { immutable } from "../metadata.ts";
import { sameJson } from "../objects.ts";
import { dns1123LabelProblems, maxLenCharacters, qualifiedNameProblems } from "../names.ts";
import { goValue } from "./go-value.ts";
import type { Loose } from "../strategy.ts";
import { duplicate, each, invalidValue, labelSelector, nonNegative, notSupported, oneOf, required } from "./common.ts";
import type { Out } from "./common.ts";
import { podTemplate } from "./workloads.ts";

/** Jobs and CronJobs. */

const actions = ["Count", "FailIndex", "FailJob", "Ignore"];

function jobSpec(spec: Loose, path: string, out: Out): void {
  nonNegative(spec.parallelism, `${path}.parallelism`, out);
  nonNegative(spec.completions, `${path}.completions`, out);
  nonNegative(spec.activeDeadlineSeconds, `${path}.activeDeadlineSeconds`, out);
  nonNegative(spec.backoffLimit, `${path}.backoffLimit`, out);
  nonNegative(spec.ttlSecondsAfterFinished, `${path}.ttlSecondsAfterFinished`, out);
  nonNegative(spec.maxFailedIndexes, `${path}.maxFailedIndexes`, out);
  nonNegative(spec.backoffLimitPerIndex, `${path}.backoffLimitPerIndex`, out);
  if (spec.managedBy !== undefined && !/^[^/]+\/.+$/.test(spec.managedBy)) {
    out.push(
      invalidValue(`${path}.managedBy`, spec.managedBy, 'must be a domain-prefixed path (such as "acme.io/foo")'),
    );
  }
  if (spec.completionMode !== undefined) {
    if (!["NonIndexed", "Indexed"].includes(spec.completionMode)) {
      out.push(notSupported(`${path}.completionMode`, spec.completionMode, ["NonIndexed", "Indexed"]));
    }
    if (spec.completionMode === "Indexed") {
      if (spec.completions === undefined) out.push(required(`${path}.completions`, "when completion mode is Indexed"));
      if ((spec.parallelism ?? 0) > 100000) {
        out.push(
          invalidValue(
            `${path}.parallelism`,
            spec.parallelism,
            "must be less than or equal to 100000 when completion mode is Indexed",
          ),
        );
      }
    }
  }
  if (spec.completionMode !== "Indexed") {
    if (spec.maxFailedIndexes !== undefined && spec.backoffLimitPerIndex === undefined) {
      out.push(required(`${path}.backoffLimitPerIndex`, "when maxFailedIndexes is specified"));
    }
    for (const field of ["backoffLimitPerIndex", "maxFailedIndexes"]) {
      if (spec[field] !== undefined)
        out.push(invalidValue(`${path}.${field}`, spec[field], "requires indexed completion mode"));
    }
  }
  if (spec.podFailurePolicy !== undefined) failurePolicy(spec, `${path}.podFailurePolicy`, out);
  podTemplate(spec.template, `${path}.template`, out);
  const policy = spec.template?.spec?.restartPolicy;
  const at = `${path}.template.spec.restartPolicy`;
  if (!policy || policy === "Always") out.push(required(at, 'valid values: "OnFailure", "Never"'));
  else if (!["OnFailure", "Never"].includes(policy)) out.push(notSupported(at, policy, ["OnFailure", "Never"]));
  else if (spec.podFailurePolicy !== undefined && policy !== "Never") {
    out.push(invalidValue(at, policy, 'only "Never" is supported when podFailurePolicy is specified'));
  }
  if (spec.podReplacementPolicy !== undefined) {
    if (spec.podFailurePolicy !== undefined && spec.podReplacementPolicy !== "Failed") {
      oneOf(spec.podReplacementPolicy, ["Failed"], `${path}.podReplacementPolicy`, out);
    } else oneOf(spec.podReplacementPolicy, ["Failed", "TerminatingOrFailed"], `${path}.podReplacementPolicy`, out);
  }
}

function failurePolicy(spec: Loose, path: string, out: Out): void {
  for (const [i, rule] of (spec.podFailurePolicy.rules ?? []).entries()) {
    const at = `${path}.rules[${i}]`;
    if (!rule.action)
      out.push(required(`${at}.action`, `valid values: ${actions.map((a) => JSON.stringify(a)).join(", ")}`));
    else if (rule.action === "FailIndex") {
      if (spec.backoffLimitPerIndex === undefined)
        out.push(invalidValue(`${at}.action`, rule.action, "requires the backoffLimitPerIndex to be set"));
    } else if (!actions.includes(rule.action)) out.push(notSupported(`${at}.action`, rule.action, actions));
    const codes = rule.onExitCodes;
    if (codes !== undefined) {
      const below = `${at}.onExitCodes`;
      if (!["In", "NotIn"].includes(codes.operator)) {
        if (codes.operator) out.push(notSupported(`${below}.operator`, codes.operator, ["In", "NotIn"]));
        else out.push(required(`${below}.operator`, 'valid values: "In", "NotIn"'));
      }
      const values: number[] = codes.values ?? [];
      if (values.length === 0) out.push(invalidValue(`${below}.values`, values, "at least one value is required"));
      const seen = new Set<number>();
      let sorted = true;
      for (const [k, value] of values.entries()) {
        if (codes.operator === "In" && value === 0)
          out.push(invalidValue(`${below}.values[${k}]`, value, "must not be 0 for the In operator"));
        if (seen.has(value)) out.push(duplicate(`${below}.values[${k}]`, value));
        seen.add(value);
        if (k > 0 && (values[k - 1] as number) > value) sorted = false;
      }
      if (!sorted) out.push(invalidValue(`${below}.values`, values, "must be ordered"));
    }
    for (const [k, pattern] of (rule.onPodConditions ?? []).entries()) {
      const below = `${at}.onPodConditions[${k}]`;
      each(qualifiedNameProblems(pattern.type ?? ""), `${below}.type`, pattern.type ?? "", out);
      oneOf(pattern.status, ["False", "True", "Unknown"], `${below}.status`, out);
    }
    if ((rule.onPodConditions ?? []).length > 0 && codes !== undefined) {
      out.push({
        type: "FieldValueInvalid",
        field: at,
        detail: "specifying both OnExitCodes and OnPodConditions is not supported",
      });
    }
    if (codes === undefined && (rule.onPodConditions ?? []).length === 0) {
      out.push({
        type: "FieldValueInvalid",
        field: at,
        detail: "specifying one of OnExitCodes and OnPodConditions is required",
      });
    }
  }
}

export function job(object: Loose, out: Out): void {
  const { spec, metadata } = object;
  if (spec.manualSelector !== true) {
    const expected = { "batch.kubernetes.io/controller-uid": metadata.uid };
    const selector = spec.selector;
    const bare =
      selector !== undefined &&
      (selector.matchExpressions ?? []).length === 0 &&
      sameJson(selector.matchLabels ?? {}, expected);
    if (!bare && selector !== undefined)
      out.push(invalidValue("spec.selector", selector, "`selector` not auto-generated"));
  }
  wholeJobSpec(spec, out);
  if (spec.completionMode !== "Indexed" || !(spec.completions > 0) || !metadata.name) return;
  const host = `${metadata.name}-${spec.completions - 1}`;
  if (dns1123LabelProblems(host).length > 0) {
    const why = `will not able to create pod with invalid DNS label: ${host}`;
    out.push(invalidValue("metadata.name", metadata.name, why));
  }
}

function wholeJobSpec(spec: Loose, out: Out): void {
  jobSpec(spec, "spec", out);
  const { selector } = spec;
  const labels = spec.template?.metadata?.labels;
  if (selector === undefined) out.push(required("spec.selector"));
  else {
    const before = out.length;
    labelSelector(selector, "spec.selector", out);
    if (out.length > before) return;
  }
  // no selector selects nothing
  if (selector === undefined || !matchesLabels(requirementsOf(selector), labels))
    out.push(
      invalidValue("spec.template.metadata.labels", labels ?? null, "`selector` does not match template `labels`"),
    );
}

/** What may not change once a Job is there. */
export function jobUpdate(object: Loose, old: Loose, out: Out): void {
  job(object, out);
  wholeJobSpec(object.spec, out);
  const suspended = old.spec.suspend === true && old.status?.startTime === undefined;
  const same = (field: string, path: string) => {
    if (!sameJson(object.spec[field] ?? null, old.spec[field] ?? null))
      out.push(invalidValue(path, shownField(field, object.spec[field]), immutable));
  };
  if (object.spec.completionMode !== "Indexed" || object.spec.completions !== object.spec.parallelism)
    same("completions", "spec.completions");
  same("selector", "spec.selector");
  if (!suspended && !sameJson(object.spec.template, old.spec.template)) {
    out.push(
      invalidValue("spec.template", goValue("io.k8s.api.core.v1.PodTemplateSpec", object.spec.template), immutable),
    );
  }
  same("completionMode", "spec.completionMode");
  same("podFailurePolicy", "spec.podFailurePolicy");
  same("backoffLimitPerIndex", "spec.backoffLimitPerIndex");
  same("managedBy", "spec.managedBy");
  same("successPolicy", "spec.successPolicy");
}

const batch = "io.k8s.api.batch.v1";

/** A field as upstream's internal structs show it. */
function shownField(field: string, value: Loose): unknown {
  if (value === undefined) return null;
  if (field === "podFailurePolicy") return goValue(`${batch}.PodFailurePolicy`, value);
  return value;
}

const zones = new Map<string, boolean>();

function knownZone(zone: string): boolean {
  let known = zones.get(zone);
  if (known === undefined) {
    try {
      Intl.DateTimeFormat("en", { timeZone: zone });
      known = true;
    } catch {
      known = false;
    }
    zones.set(zone, known);
  }
  return known;
}

const ranges: readonly (readonly [name: string, low: number, high: number, names: readonly string[]])[] = [
  ["minute", 0, 59, []],
  ["hour", 0, 23, []],
  ["day", 1, 31, []],
  ["month", 1, 12, ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]],
  ["weekday", 0, 6, ["sun", "mon", "tue", "wed", "thu", "fri", "sat"]],
];

const descriptors = new Set(["@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"]);

/** What robfig/cron says of a schedule, or undefined. */
export function scheduleProblem(text: string): string | undefined {
  if (text === "") return "empty spec string";
  if (text.startsWith("@")) {
    if (descriptors.has(text)) return undefined;
    const every = /^@every (.*)$/.exec(text);
    if (every !== null) {
      return /^(\d+(\.\d+)?(ns|us|ms|s|m|h))+$/.test(every[1] as string)
        ? undefined
        : `failed to parse duration ${text}: time: invalid duration ${JSON.stringify(every[1])}`;
    }
    return `unrecognized descriptor: ${text}`;
  }
  const fields = text.trim().split(/\s+/);
  if (fields.length !== 5) return `expected exactly 5 fields, found ${fields.length}: [${fields.join(" ")}]`;
  for (const [i, field] of fields.entries()) {
    const [, low, high, names] = ranges[i] as (typeof ranges)[number];
    for (const part of field.split(",")) {
      const problem = rangeProblem(part, low, high, names);
      if (problem !== undefined) return problem;
    }
  }
  return undefined;
}

function rangeProblem(part: string, low: number, high: number, names: readonly string[]): string | undefined {
  const steps = part.split("/");
  if (steps.length > 2) return `too many slashes: ${part}`;
  const ends = (steps[0] as string).split("-");
  const number = (text: string): number | string => {
    const named = names.indexOf(text.toLowerCase());
    if (named >= 0) return named + (names.length === 12 ? 1 : 0);
    if (!/^\d+$/.test(text)) {
      if (/^-\d+$/.test(text)) return `negative number (${Number(text)}) not allowed: ${text}`;
      return `failed to parse int from ${text}: strconv.Atoi: parsing ${JSON.stringify(text)}: invalid syntax`;
    }
    return Number(text);
  };
  let start: number;
  let end: number;
  if (ends[0] === "*" || ends[0] === "?") {
    start = low;
    end = high;
  } else {
    const first = number(ends[0] as string);
    if (typeof first === "string") return first;
    start = first;
    if (ends.length > 2) return `too many hyphens: ${part}`;
    if (ends.length === 2) {
      const last = number(ends[1] as string);
      if (typeof last === "string") return last;
      end = last;
    } else end = start;
  }
  if (steps.length === 2) {
    const step = number(steps[1] as string);
    if (typeof step === "string") return step;
    if (ends.length === 1 && ends[0] !== "*") end = high;
    if (step === 0) return `step of range should be a positive number: ${part}`;
  }
  if (start < low) return `beginning of range (${start}) below minimum (${low}): ${part}`;
  if (end > high) return `end of range (${end}) above maximum (${high}): ${part}`;
  if (start > end) return `beginning of range (${start}) beyond end of range (${end}): ${part}`;
  return undefined;
}

export function cronJob(object: Loose, out: Out, isNew: boolean): void {
  const { spec, metadata } = object;
  if (!spec.schedule) out.push(required("spec.schedule"));
  else {
    if (/(^|\s)(CRON_)?TZ=/.test(spec.schedule)) {
      out.push(
        invalidValue(
          "spec.schedule",
          spec.schedule,
          "cannot use TZ or CRON_TZ in schedule, use timeZone field instead",
        ),
      );
    } else {
      const problem = scheduleProblem(spec.schedule);
      if (problem !== undefined) out.push(invalidValue("spec.schedule", spec.schedule, problem));
    }
  }
  nonNegative(spec.startingDeadlineSeconds, "spec.startingDeadlineSeconds", out);
  if (spec.timeZone !== undefined) {
    if (spec.timeZone === "") out.push(invalidValue("spec.timeZone", "", "timeZone must be nil or non-empty string"));
    else if (spec.timeZone.toLowerCase() === "local")
      out.push(
        invalidValue(
          "spec.timeZone",
          spec.timeZone,
          "timeZone must be an explicit time zone as defined in https://www.iana.org/time-zones",
        ),
      );
    else if (!knownZone(spec.timeZone))
      out.push(invalidValue("spec.timeZone", spec.timeZone, `unknown time zone ${spec.timeZone}`));
  }
  if (!spec.concurrencyPolicy) out.push(required("spec.concurrencyPolicy"));
  else oneOf(spec.concurrencyPolicy, ["Allow", "Forbid", "Replace"], "spec.concurrencyPolicy", out);
  jobSpec(spec.jobTemplate?.spec ?? {}, "spec.jobTemplate.spec", out);
  if (spec.jobTemplate?.spec?.manualSelector === true)
    out.push(notSupported("spec.jobTemplate.spec.manualSelector", true, ["nil", "false"]));
  nonNegative(spec.successfulJobsHistoryLimit, "spec.successfulJobsHistoryLimit", out);
  nonNegative(spec.failedJobsHistoryLimit, "spec.failedJobsHistoryLimit", out);
  if (isNew && (metadata.name ?? "").length > 52)
    out.push(invalidValue("metadata.name", metadata.name, maxLenCharacters(52)));
}
