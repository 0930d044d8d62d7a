import type { Core } from "../core.ts";
import { asVersion } from "../stored-form.ts";
import { matchesLabels } from "../selectors.ts";
import type { ServedType } from "../served.ts";
import { badRequest, expired, invalid, refuse } from "../status.ts";
import { lowerBound } from "../store.ts";
import type { Stored, Table } from "../store.ts";
import { jsonProblem } from "./body.ts";
import { parseFieldSelector, parseLabelSelector } from "./selectors.ts";

export interface Listed {
  readonly items: readonly Stored[];
  readonly revision: number;
  readonly next?: string;
  readonly remaining?: number;
}

/** The test that a request's selectors make. */
export function selection(
  type: ServedType,
  query: URLSearchParams,
): { test?: (object: Stored) => boolean; name?: string } {
  const labels = query.get("labelSelector") ?? "";
  const fields = query.get("fieldSelector") ?? "";
  if (labels === "" && fields === "") return {};
  const requirements = parseLabelSelector(labels);
  const byField = fields === "" ? undefined : parseFieldSelector(fields, type);
  const test = (object: Stored) =>
    matchesLabels(requirements, object.metadata.labels) && (byField === undefined || byField.test(object));
  return byField?.name === undefined ? { test } : { test, name: byField.name };
}

interface Continue {
  v: string;
  rv: number;
  start: string;
}

function readContinue(token: string): Continue {
  let value: Continue;
  const refuse = (why: string) => badRequest(`invalid continue token: continue key is not valid: ${why}`);
  const odd = /[^\w-]/.exec(token);
  if (odd !== null) throw refuse(`illegal base64 data at input byte ${odd.index}`);
  const text = Buffer.from(token, "base64url").toString("latin1");
  try {
    value = JSON.parse(text) as Continue;
  } catch {
    throw refuse(jsonProblem(text));
  }
  if (value.v !== "meta.k8s.io/v1" || typeof value.start !== "string" || typeof value.rv !== "number") {
    throw refuse("server does not recognize this encoded version");
  }
  return value;
}

/** A list as a request's parameters ask for it. */
export function list(core: Core, type: ServedType, namespace: string, query: URLSearchParams): Listed {
  const { test } = selection(type, query);
  const table = core.store.table(type.table);
  const limit = nonNegative(query, "limit");
  const token = query.get("continue") ?? "";
  const version = query.get("resourceVersion") ?? "";
  const match = query.get("resourceVersionMatch") ?? "";
  nonNegative(query, "timeoutSeconds");
  checkListOptions(version, match, token, query.get("sendInitialEvents") ?? "");
  let revision = core.store.revision;
  let start = "";
  if (token !== "") {
    const read = readContinue(token);
    start = read.start;
    if (read.rv > 0) revision = read.rv;
  } else if (match === "Exact") revision = Number(version);
  else if (version !== "" && Number(version) > core.store.revision) {
    throw tooLargeVersion(version, core.store.revision);
  }
  const source =
    revision === core.store.revision ? table : snapshotAt(table, revision, core.store.revision, token !== "");
  const { keys, objects } = source;
  const prefix = type.namespaced && namespace !== "" ? `${namespace}/` : "";
  let from = prefix === "" ? 0 : lowerBound(keys, prefix);
  const to = prefix === "" ? keys.length : lowerBound(keys, `${namespace}0`);
  if (start !== "")
    from = Math.max(from, lowerBound(keys, prefix + start.replace(/\0$/, "") + (start.endsWith("\0") ? "\0" : "")));
  const items: Stored[] = [];
  let i = from;
  for (; i < to; i++) {
    if (limit > 0 && items.length >= limit) break;
    const object = asVersion(objects.get(keys[i] as string) as Stored, type);
    if (test === undefined || test(object)) items.push(object);
  }
  if (i >= to || limit === 0) return { items, revision };
  const last = (keys[i - 1] as string).slice(prefix.length);
  const next = Buffer.from(JSON.stringify({ v: "meta.k8s.io/v1", rv: revision, start: `${last}\0` })).toString(
    "base64url",
  );
  return { items, revision, next, ...(test === undefined ? { remaining: to - i } : {}) };
}

function nonNegative(query: URLSearchParams, name: string): number {
  const text = query.get(name);
  if (text === null || text === "") return 0;
  if (!/^-?\d+$/.test(text)) throw badRequest(`strconv.ParseInt: parsing ${JSON.stringify(text)}: invalid syntax`);
  return Math.max(0, Number(text));
}

/** A get may ask for a version that is at least so new. */
export function checkGetVersion(query: URLSearchParams, current: number): void {
  const version = query.get("resourceVersion") ?? "";
  if (version === "") return;
  if (!/^\d+$/.test(version)) throw unreadableVersion(version);
  if (Number(version) > current) throw tooLargeVersion(version, current);
}

/** What upstream does not foresee to be wrong: a 500 without a reason. */
export function unreadableVersion(version: string): Error {
  const shown = JSON.stringify(version);
  return refuse(
    500,
    "",
    `resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`,
  );
}

function tooLargeVersion(version: string, current: number): Error {
  const error = badRequest(`Too large resource version: ${version}, current: ${current}`);
  error.status.code = 504;
  error.status.reason = "Timeout";
  error.status.message = `Timeout: Too large resource version: ${version}, current: ${current}`;
  error.status.details = {
    causes: [{ reason: "ResourceVersionTooLarge", message: "Too large resource version" }],
    retryAfterSeconds: 1,
  };
  return error;
}

const listOptions = { group: "meta.k8s.io", kind: "ListOptions" };

function checkListOptions(version: string, match: string, token: string, initial: string): void {
  const causes = [];
  if (match !== "" && token !== "") {
    causes.push({
      type: "FieldValueForbidden" as const,
      field: "resourceVersionMatch",
      detail: "resourceVersionMatch is forbidden when continue is provided",
    });
  } else if (match !== "") {
    if (version === "") {
      causes.push({
        type: "FieldValueForbidden" as const,
        field: "resourceVersionMatch",
        detail: "resourceVersionMatch is forbidden unless resourceVersion is provided",
      });
    }
    if (match !== "Exact" && match !== "NotOlderThan") {
      causes.push({
        type: "FieldValueNotSupported" as const,
        field: "resourceVersionMatch",
        value: JSON.stringify(match),
        detail: 'supported values: "Exact", "NotOlderThan", ""',
      });
    } else if (match === "Exact" && version === "0") {
      causes.push({
        type: "FieldValueForbidden" as const,
        field: "resourceVersionMatch",
        detail: 'resourceVersionMatch "exact" is forbidden for resourceVersion "0"',
      });
    }
  }
  if (initial !== "") {
    const detail = "sendInitialEvents is forbidden for list";
    causes.push({ type: "FieldValueForbidden" as const, field: "sendInitialEvents", detail });
  }
  if (causes.length > 0) throw invalid(listOptions, "", causes);
  if (token !== "" && version !== "" && version !== "0") {
    throw badRequest("specifying resource version is not allowed when using continue");
  }
  if (version !== "" && !/^\d+$/.test(version)) {
    const shown = JSON.stringify(version);
    throw badRequest(
      `invalid resource version: resourceVersion: Invalid value: ${shown}: strconv.ParseUint: parsing ${shown}: invalid syntax`,
    );
  }
}

/** The table as it was at a revision, from its history. */
function snapshotAt(
  table: Table,
  revision: number,
  current: number,
  continued: boolean,
): { keys: string[]; objects: Map<string, Stored> } {
  if (revision < table.compacted) {
    throw expired(
      continued
        ? "The provided continue parameter is too old to display a consistent list result. You can start a new list without the continue parameter, or use the continue token in this response to retrieve the remainder of the results. Continuing with the provided token results in an inconsistent list - objects that were created, modified, or deleted between the time the first chunk was returned and now may show up in the list."
        : `The resourceVersion for the provided list is too old.`,
    );
  }
  if (revision > current) throw tooLargeVersion(String(revision), current);
  const objects = new Map(table.objects);
  for (let i = table.history.length - 1; i >= 0; i--) {
    const event = table.history[i];
    if (event === undefined || event.revision <= revision) break;
    const { namespace, name } = event.object.metadata;
    const key = namespace === undefined ? name : `${namespace}/${name}`;
    if (event.previous === undefined) objects.delete(key);
    else objects.set(key, event.previous);
  }
  return { keys: [...objects.keys()].sort(), objects };
}
