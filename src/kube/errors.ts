import { SlipwayError, isSlipwayError } from "../base/index.ts";
import type { ApiStatus } from "./types.ts";

/**
 * What an API server refused, as an error in client-go's words: the Status' own message where there is one.
 * The Status is `facts.cause`; the code is `kube.` and its reason in kebab-case: `kube.not-found`, `kube.conflict`,
 * `kube.already-exists`, `kube.forbidden`, `kube.invalid`, `kube.too-many-requests` …
 */
export function statusError(status: ApiStatus): SlipwayError {
  return new SlipwayError(status.message, { code: `kube.${kebab(status.reason || "Unknown")}`, cause: status });
}

function kebab(reason: string): string {
  return reason.replace(/(?<=[a-z0-9])(?=[A-Z])/g, "-").toLowerCase();
}

/** The Status behind an error, if the server sent one. */
export function statusOf(error: unknown): ApiStatus | undefined {
  if (!isSlipwayError(error)) return undefined;
  const cause = error.facts.cause as ApiStatus | undefined;
  return typeof cause === "object" && cause !== null && typeof cause.code === "number" && "reason" in cause
    ? cause
    : undefined;
}

export function isNotFound(error: unknown): boolean {
  return statusOf(error)?.code === 404;
}
export function isForbidden(error: unknown): boolean {
  return statusOf(error)?.code === 403;
}
export function isAlreadyExists(error: unknown): boolean {
  return statusOf(error)?.reason === "AlreadyExists";
}
/** A write that lost a race, or a server-side apply that meets another owner. */
export function isConflict(error: unknown): boolean {
  const status = statusOf(error);
  return status?.code === 409 && status.reason !== "AlreadyExists";
}
/** The watch's or list's resourceVersion is too old (410 Gone, or reason Expired). */
export function isExpired(error: unknown): boolean {
  const status = statusOf(error);
  return status !== undefined && (status.code === 410 || status.reason === "Expired" || status.reason === "Gone");
}

/** The words of client-go where an answer carries no Status (`verb` and what it was about are appended as it does). */
const generic: Readonly<Record<number, readonly [reason: string, message: string]>> = {
  400: ["BadRequest", "the server rejected our request for an unknown reason"],
  401: ["Unauthorized", "the server has asked for the client to provide credentials"],
  403: ["Forbidden", "forbidden"],
  404: ["NotFound", "the server could not find the requested resource"],
  405: ["MethodNotAllowed", "the server does not allow this method on the requested resource"],
  406: ["NotAcceptable", "the server was unable to respond with a content type that the client supports"],
  409: ["Conflict", "the server reported a conflict"],
  410: ["Gone", "the server no longer has the requested resource"],
  413: ["RequestEntityTooLarge", "the request is too large"],
  415: ["UnsupportedMediaType", "the body of the request was in an unknown format"],
  422: ["Invalid", "the server rejected our request due to an error in our request"],
  429: ["TooManyRequests", "the server has received too many requests and has asked us to try again later"],
  500: ["InternalError", "an error on the server has prevented the request from succeeding"],
  503: ["ServiceUnavailable", "the server is currently unable to handle the request"],
  504: [
    "Timeout",
    "the server was unable to return a response in the time allotted, but may still be processing the request",
  ],
};

/** The Status of an answer: the one in its body, or client-go's words for its code. */
export function statusFromBody(code: number, text: string, verb: string, what: string): ApiStatus {
  if (text.startsWith("{")) {
    try {
      const status = JSON.parse(text) as Partial<ApiStatus>;
      // "Unauthorized" alone says less than client-go's words for the code.
      if (status.kind === "Status" && status.message !== "Unauthorized") {
        return { ...status, code: status.code ?? code, reason: status.reason ?? "", message: status.message ?? "" };
      }
    } catch {
      // Not a Status after all: what stands below says enough.
    }
  }
  const [reason, message] = generic[code] ?? [
    "Unknown",
    `the server responded with the status code ${code} but did not return more information`,
  ];
  const body = text.trim();
  const detail =
    code === 500 && body !== ""
      ? `an error on the server (${JSON.stringify(body)}) has prevented the request from succeeding`
      : message;
  const subject = what === "" ? "" : ` (${verb.toLowerCase()} ${what})`;
  return { reason, code, message: detail + subject };
}
