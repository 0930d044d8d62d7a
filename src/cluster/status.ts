import { SlipwayError } from "../base/index.ts";

/** One cause of a refusal, as metav1.StatusCause has it. */
export interface StatusCause {
  readonly reason?: string;
  readonly message?: string;
  readonly field?: string;
}

export interface StatusDetails {
  name?: string;
  group?: string;
  kind?: string;
  uid?: string;
  causes?: StatusCause[];
  retryAfterSeconds?: number;
}

/** metav1.Status, as it goes over the wire. */
export interface Status {
  kind: "Status";
  apiVersion: "v1";
  metadata: Record<string, unknown>;
  status: "Failure" | "Success";
  message?: string;
  reason?: string;
  details?: StatusDetails;
  code?: number;
}

/** A refusal of the API server: the message is upstream's, `status` is what a client gets. */
export class StatusError extends SlipwayError {
  readonly status: Status;
  constructor(status: Status) {
    super(status.message ?? "", { code: codeOf(status.reason ?? "Unknown") });
    this.name = "StatusError";
    this.status = status;
  }
}

/** NotFound → kube.not-found. */
function codeOf(reason: string): string {
  return `kube.${reason.replace(/(?<=[a-z])(?=[A-Z])/g, "-").toLowerCase()}`;
}

/** What a refusal is about: the resource's plural (or kind) with its group. */
export interface About {
  readonly group: string;
  readonly plural: string;
}

function failure(code: number, reason: string, message: string, details?: StatusDetails): StatusError {
  const status: Status = { kind: "Status", apiVersion: "v1", metadata: {}, status: "Failure", message };
  if (reason !== "") status.reason = reason;
  if (details !== undefined) status.details = details;
  status.code = code;
  return new StatusError(status);
}

/** schema.GroupResource's String: `deployments.apps`, or `pods` in the core group. */
export function qualified(about: About): string {
  return about.group === "" ? about.plural : `${about.plural}.${about.group}`;
}

function detailsOf(about: About, name: string): StatusDetails {
  const details: StatusDetails = {};
  if (name !== "") details.name = name;
  if (about.group !== "") details.group = about.group;
  if (about.plural !== "") details.kind = about.plural;
  return details;
}

export const notFound = (about: About, name: string): StatusError =>
  failure(404, "NotFound", `${qualified(about)} ${quote(name)} not found`, detailsOf(about, name));

export const alreadyExists = (about: About, name: string): StatusError =>
  failure(409, "AlreadyExists", `${qualified(about)} ${quote(name)} already exists`, detailsOf(about, name));

export const conflict = (about: About, name: string, why: string): StatusError =>
  failure(
    409,
    "Conflict",
    `Operation cannot be fulfilled on ${qualified(about)} ${quote(name)}: ${why}`,
    detailsOf(about, name),
  );

/** The words of every failed optimistic lock. */
export const modified = "the object has been modified; please apply your changes to the latest version and try again";

export const forbidden = (about: About, name: string, why: string): StatusError => {
  const message =
    about.plural === ""
      ? `forbidden: ${why}`
      : name === ""
        ? `${qualified(about)} is forbidden: ${why}`
        : `${qualified(about)} ${quote(name)} is forbidden: ${why}`;
  return failure(403, "Forbidden", message, detailsOf(about, name));
};

export const badRequest = (message: string): StatusError => failure(400, "BadRequest", message);

export const internalError = (message: string): StatusError =>
  failure(500, "InternalError", `Internal error occurred: ${message}`, { causes: [{ message }] });

export const unauthorized = (): StatusError => failure(401, "Unauthorized", "Unauthorized");

export const tooManyRequests = (message: string, details?: StatusDetails): StatusError =>
  failure(429, "TooManyRequests", message, details);

export const expired = (message: string): StatusError => failure(410, "Expired", message);

export const unsupportedMediaType = (accepted: readonly string[]): StatusError =>
  failure(
    415,
    "UnsupportedMediaType",
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(", ")}`,
  );

export const tooLarge = (message: string): StatusError => failure(413, "RequestEntityTooLarge", message);

/** Any other refusal. */
export const refuse = failure;

/** An invalid object: every cause, in the order they were found (errors.NewInvalid). */
export function invalid(kind: { group: string; kind: string }, name: string, causes: readonly Cause[]): StatusError {
  const details: StatusDetails = {};
  if (name !== "") details.name = name;
  if (kind.group !== "") details.group = kind.group;
  if (kind.kind !== "") details.kind = kind.kind;
  const shown: StatusCause[] = [];
  for (const cause of causes) {
    shown.push({ reason: cause.type, message: causeBody(cause), field: cause.field });
  }
  if (shown.length > 0) details.causes = shown;
  const title = kind.group === "" ? kind.kind : `${kind.kind}.${kind.group}`;
  const texts = [...new Set(causes.map(causeText))];
  const joined = texts.length === 0 ? "" : texts.length === 1 ? `: ${texts[0]}` : `: [${texts.join(", ")}]`;
  return failure(422, "Invalid", `${title} ${quote(name)} is invalid${joined}`, details);
}

/** field.Error: one thing that is wrong with an object. */
export interface Cause {
  readonly type: CauseType;
  readonly field: string;
  /** The bad value's text as it is shown, or undefined when none is. */
  readonly value?: string;
  readonly detail: string;
}

export type CauseType =
  | "FieldValueNotFound"
  | "FieldValueRequired"
  | "FieldValueDuplicate"
  | "FieldValueInvalid"
  | "FieldValueNotSupported"
  | "FieldValueForbidden"
  | "FieldValueTooLong"
  | "FieldValueTooMany"
  | "InternalError"
  | "FieldValueTypeInvalid";

const titles: Record<CauseType, string> = {
  FieldValueNotFound: "Not found",
  FieldValueRequired: "Required value",
  FieldValueDuplicate: "Duplicate value",
  FieldValueInvalid: "Invalid value",
  FieldValueNotSupported: "Unsupported value",
  FieldValueForbidden: "Forbidden",
  FieldValueTooLong: "Too long",
  FieldValueTooMany: "Too many",
  InternalError: "Internal error",
  FieldValueTypeInvalid: "Invalid value",
};

/** field.Error's ErrorBody. */
export function causeBody(cause: Cause): string {
  let text = titles[cause.type];
  if (cause.value !== undefined) text += `: ${cause.value}`;
  return cause.detail === "" ? text : `${text}: ${cause.detail}`;
}

/** field.Error's Error: `spec.replicas: Invalid value: -1: must be …`. */
export function causeText(cause: Cause): string {
  return `${cause.field}: ${causeBody(cause)}`;
}

/** Go's %q of a name. */
export function quote(text: string): string {
  return JSON.stringify(text);
}
