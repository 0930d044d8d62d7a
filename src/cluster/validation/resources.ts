import { tooLong } from "../causes.ts";
import { immutable } from "../metadata.ts";
import { metadataOrder } from "../metadata-order.ts";
import { dns1123LabelProblems, dns1123SubdomainProblems, qualifiedNameProblems } from "../names.ts";
import { sameJson } from "../objects.ts";
import type { Loose } from "../strategy.ts";
import { duplicate, each, forbiddenCause, invalidValue, labelMap, notSupported, required } from "./common.ts";
import type { Out } from "./common.ts";
import { goValue } from "./go-value.ts";
import { nodeSelectorTerm } from "./pods.ts";
import { driverName } from "./storage.ts";

/** resource.k8s.io: device classes, claims, their templates, and slices. CEL selectors are not compiled here. */

const package_ = "io.k8s.api.resource.v1";

function label(name: string, at: string, out: Out): void {
  each(dns1123LabelProblems(name), at, name, out);
}

function selectors(list: Loose[] | undefined, at: string, out: Out): void {
  for (const [i, one] of (list ?? []).entries()) {
    if (one.cel === undefined) out.push(required(`${at}[${i}].cel`));
    else if (String(one.cel.expression ?? "") === "") {
      const why =
        "compilation failed: ERROR: <input>:1:0: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}";
      out.push(invalidValue(`${at}[${i}].cel.expression`, "", why));
    }
  }
}

function opaque(config: Loose, at: string, out: Out): void {
  const given = config.opaque;
  if (given === undefined) {
    out.push(required(`${at}.opaque`));
    return;
  }
  driverName(given.driver ?? "", `${at}.opaque.driver`, out);
  const path = `${at}.opaque.parameters`;
  const { parameters } = given;
  if (parameters === undefined || parameters === null) out.push(required(path));
  else if (typeof parameters !== "object" || Array.isArray(parameters))
    out.push(invalidValue(path, "<value omitted>", "must be a valid JSON object"));
}

export function deviceClass({ spec = {} }: Loose, out: Out): void {
  selectors(spec.selectors, "spec.selectors", out);
  for (const [i, config] of (spec.config ?? []).entries()) opaque(config, `spec.config[${i}]`, out);
  const name: string | undefined = spec.extendedResourceName;
  if (name === undefined) return;
  const good =
    name.includes("/") &&
    !name.startsWith("requests.") &&
    !/(^|\.)kubernetes\.io\//.test(name) &&
    qualifiedNameProblems(`requests.${name}`).length === 0;
  if (!good) out.push(invalidValue("spec.extendedResourceName", name, "must be a valid extended resource name"));
}

function allocation(request: Loose, at: string, out: Out): void {
  const { allocationMode = "", count = 0 } = request;
  if (allocationMode === "All") {
    if (count !== 0) out.push(invalidValue(`${at}.count`, count, "must not be specified when allocationMode is 'All'"));
  } else if (allocationMode === "ExactCount") {
    if (count <= 0) out.push(invalidValue(`${at}.count`, count, "must be greater than zero"));
  } else out.push(notSupported(`${at}.allocationMode`, allocationMode, ["All", "ExactCount"]));
}

function exactly(request: Loose, at: string, out: Out): void {
  const name: string = request.deviceClassName ?? "";
  if (name === "") out.push(required(`${at}.deviceClassName`));
  else each(dns1123SubdomainProblems(name), `${at}.deviceClassName`, name, out);
  selectors(request.selectors, `${at}.selectors`, out);
  allocation(request, at, out);
  for (const [i, one] of (request.tolerations ?? []).entries()) toleration(one, `${at}.tolerations[${i}]`, out);
}

function toleration(one: Loose, at: string, out: Out): void {
  if (one.key) each(qualifiedNameProblems(one.key), `${at}.key`, one.key, out);
  if (!one.operator) out.push(required(`${at}.operator`));
  else if (one.operator === "Exists") {
    if (one.value) out.push(invalidValue(`${at}.value`, one.value, "must be empty for operator `Exists`"));
  } else if (one.operator !== "Equal") out.push(notSupported(`${at}.operator`, one.operator, ["Equal", "Exists"]));
  if (one.effect && !["NoExecute", "NoSchedule", "None"].includes(one.effect))
    out.push(notSupported(`${at}.effect`, one.effect, ["NoExecute", "NoSchedule", "None"]));
}

const both = "exactly one of `exactly` or `firstAvailable` is required";
const refWords =
  "must be the name of a request in the claim or the name of a request and a subrequest separated by '/'";

/** The claim's part that claims and templates share. */
function claim(spec: Loose, at: string, out: Out): void {
  const devices = spec?.devices ?? {};
  const names = new Map<string, Set<string>>();
  for (const one of devices.requests ?? [])
    names.set(one.name ?? "", new Set((one.firstAvailable ?? []).map((sub: Loose) => sub.name)));
  const requests: Loose[] = devices.requests ?? [];
  for (const [i, one] of requests.entries()) {
    const path = `${at}.devices.requests[${i}]`;
    label(one.name ?? "", `${path}.name`, out);
    const subs: Loose[] = one.firstAvailable ?? [];
    if (one.exactly === undefined && subs.length === 0) out.push(required(path, both));
    else if (one.exactly !== undefined && subs.length > 0)
      out.push(invalidValue(path, null, `${both}, but multiple fields are set`));
    else if (subs.length > 0) {
      for (const [k, sub] of subs.entries()) {
        label(sub.name ?? "", `${path}.firstAvailable[${k}].name`, out);
        exactly(sub, `${path}.firstAvailable[${k}]`, out);
      }
      for (const [k, sub] of subs.entries())
        if (subs.findIndex((other) => other.name === sub.name) < k)
          out.push(duplicate(`${path}.firstAvailable[${k}]`, sub.name ?? ""));
    } else exactly(one.exactly, `${path}.exactly`, out);
    if (requests.findIndex((other) => other.name === one.name) < i) out.push(duplicate(path, one.name ?? ""));
  }
  const reference = (name: string, path: string) => {
    const segments = name.split("/");
    if (segments.length > 2) out.push(invalidValue(path, name, refWords));
    for (const segment of segments) label(segment, path, out);
    const subs = names.get(segments[0] as string);
    const known =
      segments.length <= 2 && subs !== undefined && (segments.length === 1 || subs.has(segments[1] as string));
    if (!known) out.push(invalidValue(path, name, refWords));
  };
  const references = (list: string[] | undefined, path: string) => {
    for (const [k, name] of (list ?? []).entries()) {
      reference(name, `${path}[${k}]`);
      if ((list ?? []).indexOf(name) < k) out.push(duplicate(`${path}[${k}]`, name));
    }
  };
  for (const [i, one] of (devices.constraints ?? []).entries()) {
    const path = `${at}.devices.constraints[${i}]`;
    references(one.requests, `${path}.requests`);
    if (one.matchAttribute !== undefined) attribute(one.matchAttribute, `${path}.matchAttribute`, out);
    else if (one.distinctAttribute !== undefined) attribute(one.distinctAttribute, `${path}.distinctAttribute`, out);
    else {
      const why = 'exactly one of "matchAttribute" or "distinctAttribute" is required, but multiple fields are set';
      out.push(required(path, why));
    }
  }
  for (const [i, one] of (devices.config ?? []).entries()) {
    const path = `${at}.devices.config[${i}]`;
    references(one.requests, `${path}.requests`);
    opaque(one, path, out);
  }
}

const identifier = /^[a-zA-Z_][a-zA-Z0-9_]*$/;

/** `domain/name`, the domain needed. */
function attribute(name: string, at: string, out: Out): void {
  if (name === "") out.push(required(at));
  else if (!name.includes("/")) {
    out.push(invalidValue(at, name, "must include a domain"));
    qualified(name, at, out);
  } else qualified(name, at, out);
}

function qualified(name: string, at: string, out: Out): void {
  if (name === "") {
    out.push(required(at, "name required"));
    return;
  }
  const parts = name.split("/");
  const id = (text: string) => {
    if (text === "") out.push(required(at, "the name must not be empty"));
    else {
      if (text.length > 32) out.push(tooLong(at, 32));
      if (!identifier.test(text)) {
        const why =
          "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_' (e.g. 'my_name',  or 'MY_NAME',  or 'MyName', regex used for validation is '[A-Za-z_][A-Za-z0-9_]*')";
        out.push(invalidValue(at, text, why));
      }
    }
  };
  if (parts.length === 1) id(parts[0] as string);
  else if (parts.length === 2) {
    const domain = parts[0] as string;
    if (domain === "") out.push(required(at, "the domain must not be empty"));
    else each(dns1123SubdomainProblems(domain), at, domain, out);
    id(parts[1] as string);
  } else out.push(invalidValue(at, name, "a qualified name must have at most one slash"));
}

export function resourceClaim(object: Loose, out: Out): void {
  claim(object.spec, "spec", out);
}

export function resourceClaimUpdate(object: Loose, old: Loose, out: Out): void {
  if (!sameJson(object.spec, old.spec))
    out.push(invalidValue("spec", goValue(`${package_}.ResourceClaimSpec`, object.spec), immutable));
}

const settable = new Set(["labels", "annotations"]);

function templateMetadata(metadata: Loose, out: Out): void {
  labelMap(metadata?.labels, "spec.metadata.labels", out);
  for (const field of metadataOrder) {
    const value = metadata?.[field];
    if (value !== undefined && value !== null && !settable.has(field))
      out.push(forbiddenCause(`spec.metadata.${field === "uid" ? "uID" : field}`, "cannot be set"));
  }
}

export function claimTemplate({ spec = {} }: Loose, out: Out): void {
  templateMetadata(spec.metadata, out);
  claim(spec.spec, "spec.spec", out);
}

export function claimTemplateUpdate(object: Loose, old: Loose, out: Out): void {
  claimTemplate(object, out);
  if (!sameJson(object.spec, old.spec))
    out.push(invalidValue("spec", goValue(`${package_}.ResourceClaimTemplateSpec`, object.spec), immutable));
}

const oneNode = "exactly one of `nodeName`, `nodeSelector`, `allNodes`, `perDeviceNodeSelection` is required";

function nodeSelector(selector: Loose, at: string, out: Out): void {
  const terms: Loose[] = selector.nodeSelectorTerms ?? [];
  if (terms.length === 0) out.push(required(`${at}.nodeSelectorTerms`, "must have at least one node selector term"));
  for (const [i, term] of terms.entries()) nodeSelectorTerm(term, `${at}.nodeSelectorTerms[${i}]`, out);
}

export function resourceSlice(object: Loose, out: Out, old?: Loose): void {
  const { spec = {} } = object;
  driverName(spec.driver ?? "", "spec.driver", out);
  const pool = spec.pool ?? {};
  const poolName: string = pool.name ?? "";
  if (poolName === "") out.push(required("spec.pool.name"));
  else for (const part of poolName.split("/")) each(dns1123SubdomainProblems(part), "spec.pool.name", part, out);
  if ((pool.resourceSliceCount ?? 0) <= 0)
    out.push(invalidValue("spec.pool.resourceSliceCount", pool.resourceSliceCount ?? 0, "must be greater than zero"));
  if ((pool.generation ?? 0) < 0)
    out.push(invalidValue("spec.pool.generation", pool.generation, "must be greater than or equal to zero"));
  if (old !== undefined) {
    if (poolName !== (old.spec.pool?.name ?? "")) out.push(invalidValue("spec.pool.name", poolName, immutable));
    for (const field of ["driver", "nodeName"]) {
      const empty = field === "driver" ? "" : null;
      const value = spec[field] ?? empty;
      if (!sameJson(value, old.spec[field] ?? empty)) out.push(invalidValue(`spec.${field}`, value, immutable));
    }
  }
  sliceNodes(spec, out);
  if (spec.sharedCounters !== undefined && spec.devices !== undefined)
    out.push(invalidValue("spec", "", "only one of `sharedCounters` or `devices` is allowed"));
  const devices: Loose[] = spec.devices ?? [];
  for (const [i, one] of devices.entries()) {
    device(one, `spec.devices[${i}]`, spec.perDeviceNodeSelection === true, out);
    if (devices.findIndex((other) => other.name === one.name) < i)
      out.push(duplicate(`spec.devices[${i}].name`, one.name ?? ""));
  }
  for (const [i, one] of (spec.sharedCounters ?? []).entries()) {
    const at = `spec.sharedCounters[${i}]`;
    if (!one.name) out.push(required(`${at}.name`));
    else label(one.name, `${at}.name`, out);
    if (Object.keys(one.counters ?? {}).length === 0) out.push(required(`${at}.counters`));
  }
}

function sliceNodes(spec: Loose, out: Out): void {
  const set: string[] = [];
  if (spec.nodeName !== undefined) {
    if (spec.nodeName === "")
      out.push(invalidValue("spec.nodeName", "", "must be either unset or set to a non-empty string"));
    else {
      set.push("`nodeName`");
      each(dns1123SubdomainProblems(spec.nodeName), "spec.nodeName", spec.nodeName, out);
    }
  }
  if (spec.nodeSelector !== undefined) {
    set.push("`nodeSelector`");
    nodeSelector(spec.nodeSelector, "spec.nodeSelector", out);
    const terms: Loose[] = spec.nodeSelector.nodeSelectorTerms ?? [];
    if (terms.length !== 1) {
      const shown = terms.map((term) => goValue("io.k8s.api.core.v1.NodeSelectorTerm", term));
      const why = "must have exactly one node selector term";
      out.push(invalidValue("spec.nodeSelector.nodeSelectorTerms", terms.length === 0 ? null : shown, why));
    }
  }
  for (const field of ["allNodes", "perDeviceNodeSelection"]) {
    if (spec[field] === true) set.push(`\`${field}\``);
    else if (spec[field] === false)
      out.push(invalidValue(`spec.${field}`, false, "must be either unset or set to true"));
  }
  if (set.length === 0) out.push(required("spec", oneNode));
  else if (set.length > 1)
    out.push(invalidValue("spec", `{${set.join(", ")}}`, `${oneNode}, but multiple fields are set`));
}

const values = ["int", "bool", "string", "version", "ints", "bools", "strings", "versions"];
const semver = /^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?$/;

function device(one: Loose, at: string, perDevice: boolean, out: Out): void {
  label(one.name ?? "", `${at}.name`, out);
  for (const [name, value] of Object.entries((one.attributes ?? {}) as Record<string, Loose>)) {
    const path = `${at}.attributes[${name}]`;
    qualified(name, path, out);
    const set = values.filter((field) => value[field] !== undefined);
    if (value.string !== undefined && value.string.length > 64) out.push(tooLong(`${path}.string`, 64));
    if (value.version !== undefined) {
      if (!semver.test(value.version)) {
        const why = "must be a string compatible with semver.org spec 2.0.0";
        out.push(invalidValue(`${path}.version`, value.version, why));
      }
      if (value.version.length > 64) out.push(tooLong(`${path}.version`, 64));
    }
    if (set.length === 0) out.push(invalidValue(path, "", "exactly one value must be specified"));
    else if (set.length > 1) {
      const shown: Record<string, unknown> = {};
      for (const field of ["int", "bool", "string", "version"])
        shown[`${field[0]?.toUpperCase()}${field.slice(1)}Value`] = value[field] ?? null;
      for (const field of ["int", "bool", "string", "version"])
        shown[`${field[0]?.toUpperCase()}${field.slice(1)}Values`] = value[`${field}s`] ?? null;
      out.push(invalidValue(path, shown, "exactly one value must be specified"));
    }
  }
  for (const [name, value] of Object.entries((one.capacity ?? {}) as Record<string, Loose>)) {
    const path = `${at}.capacity[${name}]`;
    qualified(name, path, out);
    if (value.requestPolicy !== undefined && one.allowMultipleAllocations !== true)
      out.push(forbiddenCause(`${path}.requestPolicy`, "allowMultipleAllocations must be true"));
  }
  for (const [i, taint] of (one.taints ?? []).entries()) {
    const path = `${at}.taints[${i}]`;
    each(qualifiedNameProblems(taint.key ?? ""), `${path}.key`, taint.key ?? "", out);
    if (!taint.effect) out.push(required(`${path}.effect`));
    else if (!["NoExecute", "NoSchedule", "None"].includes(taint.effect))
      out.push(notSupported(`${path}.effect`, taint.effect, ["NoExecute", "NoSchedule", "None"]));
  }
  deviceNodes(one, at, perDevice, out);
}

const oneOfThree =
  "exactly one of `nodeName`, `nodeSelector`, or `allNodes` is required when `perDeviceNodeSelection` is set to true in the ResourceSlice spec";

function deviceNodes(one: Loose, at: string, perDevice: boolean, out: Out): void {
  const given = ["nodeName", "nodeSelector", "allNodes"].filter((field) => one[field] !== undefined);
  if (!perDevice) {
    const why =
      "`nodeName`, `nodeSelector` and `allNodes` can only be set if `perDeviceNodeSelection` is set to true in the ResourceSlice spec";
    if (given.length > 0) out.push(invalidValue(at, null, why));
    return;
  }
  const set: string[] = [];
  if (one.nodeName === "") out.push(invalidValue(`${at}.nodeName`, "", "must not be empty"));
  else if (one.nodeName !== undefined) {
    set.push("`nodeName`");
    each(dns1123SubdomainProblems(one.nodeName), `${at}.nodeName`, one.nodeName, out);
  }
  if (one.nodeSelector !== undefined) {
    set.push("`nodeSelector`");
    nodeSelector(one.nodeSelector, `${at}.nodeSelector`, out);
  }
  if (one.allNodes === true) set.push("`allNodes`");
  else if (one.allNodes === false)
    out.push(invalidValue(`${at}.allNodes`, false, "must be either unset or set to true"));
  if (set.length === 0) out.push(required(at, oneOfThree));
  else if (set.length > 1) out.push(invalidValue(at, `{${set.join(", ")}}`, oneOfThree));
}
