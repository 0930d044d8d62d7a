import { sameJson } from "../objects.ts";
import { notFoundCause } from "../causes.ts";
import { qosClass } from "../kinds/qos.ts";
import { dns1123LabelProblems } from "../names.ts";
import { goDiff } from "./go-value.ts";
import { wholePod } from "./pods.ts";
import type { Loose } from "../strategy.ts";
import { duplicate, each, forbiddenCause, invalidValue, required } from "./common.ts";
import type { Out } from "./common.ts";

/** What may change in a pod: its spec, its ephemeral containers, its resources. */

/** What may change of a Pod: images, a shorter deadline, more tolerations, a shorter grace of a doomed one. */
export function podUpdate(object: Loose, old: Loose, out: Out): void {
  wholePod(object.spec, out);
  const { spec } = object;
  const before = old.spec;
  if ((spec.containers ?? []).length !== (before.containers ?? []).length) {
    out.push(forbiddenCause("spec.containers", "pod updates may not add or remove containers"));
    return;
  }
  if ((spec.initContainers ?? []).length !== (before.initContainers ?? []).length) {
    out.push(forbiddenCause("spec.initContainers", "pod updates may not add or remove containers"));
    return;
  }
  for (const [i, one] of (spec.containers ?? []).entries()) {
    if (!one.image) out.push(required(`spec.containers[${i}].image`));
  }
  const deadline = spec.activeDeadlineSeconds;
  const oldDeadline = before.activeDeadlineSeconds;
  if (deadline !== undefined) {
    if (deadline < 0 || deadline > 2147483647) {
      out.push(invalidValue("spec.activeDeadlineSeconds", deadline, "must be between 0 and 2147483647, inclusive"));
      return;
    }
    if (oldDeadline !== undefined && oldDeadline < deadline) {
      out.push(invalidValue("spec.activeDeadlineSeconds", deadline, "must be less than or equal to previous value"));
      return;
    }
  } else if (oldDeadline !== undefined)
    out.push(invalidValue("spec.activeDeadlineSeconds", null, "must not update from a positive integer to nil value"));
  const oldTolerations: Loose[] = before.tolerations ?? [];
  const kept = oldTolerations.every((one) =>
    (spec.tolerations ?? []).some((other: Loose) =>
      sameJson({ ...one, tolerationSeconds: 0 }, { ...other, tolerationSeconds: 0 }),
    ),
  );
  if (!kept)
    out.push(
      forbiddenCause("spec.tolerations", "existing toleration can not be modified except its tolerationSeconds"),
    );
  const munged: Loose = structuredClone(spec);
  for (const kind of ["containers", "initContainers"]) {
    for (const [i, one] of (munged[kind] ?? []).entries()) one.image = before[kind][i].image;
  }
  if (oldDeadline === undefined) delete munged.activeDeadlineSeconds;
  else munged.activeDeadlineSeconds = oldDeadline;
  if (before.tolerations === undefined) delete munged.tolerations;
  else munged.tolerations = before.tolerations;
  if ((before.terminationGracePeriodSeconds ?? 0) < 0 && munged.terminationGracePeriodSeconds === 1) {
    munged.terminationGracePeriodSeconds = before.terminationGracePeriodSeconds;
  }
  if ((before.schedulingGates ?? []).length > 0) {
    munged.schedulingGates = before.schedulingGates;
    munged.nodeSelector = before.nodeSelector;
    munged.affinity = before.affinity;
  }
  if (!sameJson(munged, before)) {
    out.push(
      forbiddenCause(
        "spec",
        `pod updates may not change fields other than \`spec.containers[*].image\`,\`spec.initContainers[*].image\`,\`spec.activeDeadlineSeconds\`,\`spec.tolerations\` (only additions to existing tolerations),\`spec.terminationGracePeriodSeconds\` (allow it to be set to 1 if it was previously negative)\n${goDiff(specType, before, munged)}`,
      ),
    );
  }
}

const specType = "io.k8s.api.core.v1.PodSpec";

const named = (list: Loose[] | undefined): Map<string, Loose> => new Map((list ?? []).map((one) => [one.name, one]));

/** Through `ephemeralcontainers`: what is there stays as it is. */
export function ephemeralUpdate(object: Loose, old: Loose, out: Out): void {
  wholePod(object.spec, out);
  ephemeralContainers(object.spec, out);
  const after = named(object.spec.ephemeralContainers);
  const at = "spec.ephemeralContainers";
  for (const one of old.spec.ephemeralContainers ?? []) {
    const name = JSON.stringify(one.name);
    const next = after.get(one.name);
    if (next === undefined) out.push(forbiddenCause(at, `existing ephemeral containers ${name} may not be removed\n`));
    else if (!sameJson(next, one)) {
      const diff = goDiff("io.k8s.api.core.v1.EphemeralContainer", one, next);
      out.push(forbiddenCause(at, `existing ephemeral containers ${name} may not be changed\n${diff}`));
    }
  }
}

const ephemeralFields = new Set(
  "name image command args workingDir envFrom env resources volumeMounts volumeDevices terminationMessagePath terminationMessagePolicy imagePullPolicy securityContext stdin stdinOnce tty targetContainerName".split(
    " ",
  ),
);

function ephemeralContainers(spec: Loose, out: Out): void {
  const others = new Set([...(spec.containers ?? []), ...(spec.initContainers ?? [])].map((one: Loose) => one.name));
  const all = new Set(others);
  for (const [i, one] of (spec.ephemeralContainers ?? []).entries()) {
    const at = `spec.ephemeralContainers[${i}]`;
    if (!one.name) out.push(required(`${at}.name`));
    else each(dns1123LabelProblems(one.name), `${at}.name`, one.name, out);
    if (!one.image) out.push(required(`${at}.image`));
    if (all.has(one.name)) out.push(duplicate(`${at}.name`, one.name));
    all.add(one.name);
    const target = one.targetContainerName;
    if (target && !others.has(target)) out.push(notFoundCause(`${at}.targetContainerName`, target));
    for (const field of ["ports", "livenessProbe", "readinessProbe", "startupProbe", "lifecycle", "resizePolicy"]) {
      if (one[field] !== undefined && !ephemeralFields.has(field))
        out.push(forbiddenCause(`${at}.${field}`, "cannot be set for an Ephemeral Container"));
    }
    for (const [k, mount] of (one.volumeMounts ?? []).entries()) {
      for (const field of ["subPath", "subPathExpr"])
        if (mount[field])
          out.push(forbiddenCause(`${at}.volumeMounts[${k}].${field}`, "cannot be set for an Ephemeral Container"));
    }
  }
}

/** Through `resize`: CPU and memory may change, but not be taken away, nor the pod's class of service. */
export function resizeUpdate(object: Loose, old: Loose, out: Out): void {
  wholePod(object.spec, out);
  for (const kind of ["containers", "initContainers"]) {
    for (const [i, one] of (object.spec[kind] ?? []).entries()) {
      const before = old.spec[kind]?.[i]?.resources ?? {};
      for (const what of ["limits", "requests"]) {
        const gone = Object.keys(before[what] ?? {}).some((name) => one.resources?.[what]?.[name] === undefined);
        if (gone)
          out.push(forbiddenCause(`spec.${kind}[${i}].resources.${what}`, `resource ${what} cannot be removed`));
      }
    }
  }
  if (out.length === 0 && qosClass(object) !== qosClass(old)) {
    const why = "Pod QOS Class may not change as a result of resizing";
    out.push(invalidValue("spec", qosClass(object), why));
  }
}
