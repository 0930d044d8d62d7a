import type { Loose } from "../strategy.ts";
import { humanDuration } from "./text.ts";
import { count, name, none, old, selector, unset, webhookCells } from "./cells.ts";
import type { Printer } from "./cells.ts";

/** Cells of what charts seldom hold: webhooks and policies, flow control, devices. */

/** What a binding's policy is parametrised by; a selector as Go prints the struct. */
function paramText(reference: Loose): string {
  if (reference === undefined) return unset;
  if (reference.name) return reference.namespace ? `${reference.namespace}/${reference.name}` : reference.name;
  const labels = Object.entries((reference.selector?.matchLabels ?? {}) as Record<string, string>)
    .map(([key, value]) => `${key}: ${value},`)
    .join("");
  return `&LabelSelector{MatchLabels:map[string]string{${labels}},MatchExpressions:[]LabelSelectorRequirement{},}`;
}

function claimState({ metadata, status = {} }: Loose): string {
  const deleted = metadata.deletionTimestamp !== undefined;
  const states = deleted ? ["deleted"] : [];
  if (status.allocation === undefined) {
    if (!deleted) states.push("pending");
  } else {
    states.push("allocated");
    if ((status.reservedFor ?? []).length > 0) states.push("reserved");
  }
  return states.join(",");
}

export const rarePrinters: Readonly<Record<string, Printer>> = {
  "/componentstatuses": ({ metadata, conditions }) => {
    const { status, message, error } = conditions.find((one: Loose) => one.type === "Healthy");
    return [metadata.name, status === "True" ? "Healthy" : "Unhealthy", message ?? "", error ?? ""];
  },
  "admissionregistration.k8s.io/validatingwebhookconfigurations": webhookCells,
  "admissionregistration.k8s.io/mutatingwebhookconfigurations": webhookCells,
  "admissionregistration.k8s.io/validatingadmissionpolicies": (o, now) => [
    name(o),
    count(o.spec?.validations),
    o.spec?.paramKind === undefined ? unset : `${o.spec.paramKind.apiVersion}/${o.spec.paramKind.kind}`,
    old(o, now),
  ],
  "admissionregistration.k8s.io/validatingadmissionpolicybindings": (o, now) => {
    const p = o.spec?.paramRef;
    const text =
      p === undefined ? unset : p.name ? (p.namespace ? `${p.namespace}/${p.name}` : p.name) : selector(p.selector);
    return [name(o), o.spec?.policyName ?? "", text, old(o, now)];
  },
  "flowcontrol.apiserver.k8s.io/flowschemas": (o, now) => {
    const dangling = (o.status?.conditions ?? []).find((c: Loose) => c.type === "Dangling")?.status ?? "?";
    return [
      name(o),
      o.spec.priorityLevelConfiguration?.name ?? "",
      o.spec.matchingPrecedence ?? 0,
      o.spec.distinguisherMethod?.type ?? none,
      old(o, now),
      dangling,
    ];
  },
  "flowcontrol.apiserver.k8s.io/prioritylevelconfigurations": (o, now) => {
    const limited = o.spec.limited;
    const queuing = limited?.limitResponse?.queuing;
    return [
      name(o),
      o.spec.type,
      (limited ?? o.spec.exempt)?.nominalConcurrencyShares ?? none,
      queuing?.queues ?? none,
      queuing?.handSize ?? none,
      queuing?.queueLengthLimit ?? none,
      old(o, now),
    ];
  },
  "apiregistration.k8s.io/apiservices": (o, now) => {
    const service = o.spec.service;
    const where = service === undefined || service === null ? "Local" : `${service.namespace}/${service.name}`;
    const condition = (o.status?.conditions ?? []).find((c: Loose) => c.type === "Available");
    const available =
      condition === undefined
        ? "Unknown"
        : condition.status === "True"
          ? "True"
          : `${condition.status} (${condition.reason})`;
    return [name(o), where, available, old(o, now)];
  },
  "certificates.k8s.io/certificatesigningrequests": (o, now) => {
    const conditions: Loose[] = o.status?.conditions ?? [];
    let state = "";
    if (conditions.some((c) => c.type === "Denied")) state = "Denied";
    else if (conditions.some((c) => c.type === "Approved")) state = "Approved";
    else state = "Pending";
    if (conditions.some((c) => c.type === "Failed")) state += ",Failed";
    if (o.status?.certificate) state += ",Issued";
    const seconds = o.spec.expirationSeconds;
    return [
      name(o),
      old(o, now),
      o.spec.signerName || none,
      o.spec.username ?? "",
      seconds === undefined ? none : humanDuration(seconds * 1000),
      state,
    ];
  },
  "admissionregistration.k8s.io/mutatingadmissionpolicies": (o, now) => [
    name(o),
    count(o.spec?.mutations),
    o.spec?.paramKind === undefined ? unset : `${o.spec.paramKind.apiVersion}/${o.spec.paramKind.kind}`,
    old(o, now),
  ],
  "admissionregistration.k8s.io/mutatingadmissionpolicybindings": (o, now) => [
    name(o),
    o.spec?.policyName ?? "",
    paramText(o.spec?.paramRef),
    old(o, now),
  ],
  "resource.k8s.io/resourceclaims": (o, now) => [name(o), claimState(o), old(o, now)],
  "resource.k8s.io/resourceslices": (o, now) => [
    name(o),
    o.spec?.nodeName ?? "",
    o.spec?.driver ?? "",
    o.spec?.pool?.name ?? "",
    old(o, now),
  ],
};
