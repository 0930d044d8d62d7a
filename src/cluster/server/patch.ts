import { parse as parseYaml } from "../../goyaml/index.ts";
import {
  checkTyped,
  goMap,
  jsonMergePatch,
  jsonPatch,
  PatchError,
  serverSideApply,
  strategicMerge,
} from "../../manifest/index.ts";
import type { Conflict, ManagedFieldsEntry, PatchOperation } from "../../manifest/index.ts";
import { goJson, invalidValue } from "../causes.ts";
import type { Core, WriteContext } from "../core.ts";
import { emptyOf } from "../field-owners.ts";
import type { ServedType } from "../served.ts";
import { badRequest, invalid, quote, refuse, StatusError, tooLarge } from "../status.ts";
import type { Stored } from "../store.ts";
import type { FieldValidation } from "./body.ts";
import { decodeObject, duplicateFields, jsonProblem } from "./body.ts";

/** The four patches, applied to an object. */

export const patchTypes = {
  json: "application/json-patch+json",
  merge: "application/merge-patch+json",
  strategic: "application/strategic-merge-patch+json",
  apply: "application/apply-patch+yaml",
} as const;

const mostOperations = 10_000;

export interface PatchRequest {
  readonly contentType: string;
  readonly text: string;
  readonly validation: FieldValidation;
  readonly force: boolean;
}

/** A patch's outcome: the decoded object, and for apply its managedFields. */
export interface Patched {
  readonly object: Stored;
  readonly managedFields?: ManagedFieldsEntry[];
}

const rejected = () => refuse(422, "Invalid", "the server rejected our request due to an error in our request", {});

function parseJson(text: string, what: (why: string) => StatusError): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw what(jsonProblem(text));
  }
}

/** Applies a patch other than apply. */
export function patchObject(type: ServedType, current: Stored, request: PatchRequest, context: WriteContext): Patched {
  const { contentType, text, validation } = request;
  const strict: string[] = [];
  let patched: unknown;
  let shownPatch: string | undefined;
  if (contentType === patchTypes.json) {
    const operations = parseJson(text, (why) =>
      badRequest(validation === "Ignore" ? why : `error decoding patch: ${why}`),
    );
    if (!Array.isArray(operations)) {
      const kind = operations === null ? "null" : typeof operations;
      throw badRequest(
        `error decoding patch: json: cannot unmarshal ${kind} into Go value of type []handlers.jsonPatchOp`,
      );
    }
    if (operations.length > mostOperations) {
      throw tooLarge(`The allowed maximum operations in a JSON patch is ${mostOperations}, got ${operations.length}`);
    }
    try {
      patched = jsonPatch(current, operations as PatchOperation[]);
    } catch {
      throw rejected();
    }
  } else if (contentType === patchTypes.merge) {
    const patch = parseJson(text, (why) =>
      badRequest(validation === "Ignore" ? "Invalid JSON Patch" : `error decoding patch: ${why}`),
    );
    if (typeof patch !== "object" || patch === null || Array.isArray(patch)) {
      const kind = Array.isArray(patch) ? "array" : typeof patch;
      if (patch !== null)
        throw badRequest(
          `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
        );
    }
    if (validation !== "Ignore") strict.push(...duplicateFields(text));
    patched = jsonMergePatch(current, patch ?? {});
  } else {
    const patch = parseJson(text, badRequest);
    if (typeof patch !== "object" || patch === null || Array.isArray(patch)) {
      const kind = Array.isArray(patch) ? "array" : typeof patch;
      throw badRequest(
        `error decoding patch: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
      );
    }
    if (validation !== "Ignore") strict.push(...duplicateFields(text));
    shownPatch = goMap(patch);
    try {
      patched = strategicMerge(current, patch as Record<string, unknown>, type.type);
    } catch (error) {
      if (!(error instanceof PatchError)) throw error;
      if (error.status === 400) throw badRequest(error.message);
      throw refuse(error.status, "", error.message);
    }
  }
  const shown = shownPatch ?? goJson(touched(patched, current));
  const refusePatch = (why: string) => invalid({ group: "", kind: "" }, "", [invalidValue("patch", shown, why)]);
  if (typeof patched !== "object" || patched === null || Array.isArray(patched)) {
    throw refusePatch(`json: cannot unmarshal ${Array.isArray(patched) ? "array" : typeof patched} into Go value`);
  }
  const warnings: string[] = [];
  let object: Stored;
  try {
    object = decodeObject(patched as Record<string, unknown>, type, { validation: "Warn", warnings });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const why = whyNot(error, type);
    throw refusePatch(shownPatch === undefined ? why : converterWords(why));
  }
  const problems = [...strict, ...warnings];
  if (problems.length > 0 && validation !== "Ignore") {
    if (validation === "Strict") throw refusePatch(`strict decoding error: ${problems.join(", ")}`);
    context.warnings.push(...problems);
  }
  return { object };
}

/** What a refusal to decode says is wrong, without the words about the type in front. */
function whyNot(error: StatusError, type: ServedType): string {
  const message = error.status.message ?? "";
  const words = ` cannot be handled as a ${type.kind}: `;
  const at = message.indexOf(words);
  return at < 0 ? message : message.slice(at + words.length);
}

const goKinds: Readonly<Record<string, string>> = { object: "map", array: "slice", number: "int64", bool: "bool" };

/**
 * Strategic merges and applied configurations become Go structs by a converter with words of its own, not by
 * encoding/json.
 */
function converterWords(why: string): string {
  if (why.startsWith("illegal base64")) return `error decoding from json: ${why}`;
  const found = /^json: cannot unmarshal (\w+)( [-\d.e+]+)? into Go struct field \S+ of type (.+)$/.exec(why);
  if (found === null) return why;
  const [, what = "", number, goType = ""] = found;
  const given = number?.includes(".") === true ? "float64" : (goKinds[what] ?? what);
  if (goType.startsWith("[]")) return `cannot restore slice from ${given}`;
  if (goType.startsWith("map[")) return `cannot restore map from ${given}`;
  // named types are structs, but for those that an object does not fit: strings
  if (goType.includes(".") && what !== "object") return `cannot restore struct from: ${given}`;
  return what === "object" || what === "array"
    ? `unrecognized type: ${goType.includes(".") ? "string" : goType}`
    : `cannot convert ${given} to ${goType}`;
}

/** Upstream's patch library sorts the keys of maps that it opened, and leaves the others as they were. */
function touched(value: unknown, before: unknown): unknown {
  if (value === before || typeof value !== "object" || value === null || Array.isArray(value)) return value;
  const old = (before ?? {}) as Record<string, unknown>;
  const out: Record<string, unknown> = {};
  for (const key of Object.keys(value).sort()) out[key] = touched((value as Record<string, unknown>)[key], old[key]);
  return out;
}

/** An applied configuration's text as data. Throws a StatusError. */
export function parseApplied(text: string): Record<string, unknown> {
  let config: unknown;
  try {
    config = parseYaml(text);
  } catch (error) {
    throw badRequest(`error decoding YAML: ${(error as Error).message}`);
  }
  if (typeof config !== "object" || config === null || Array.isArray(config)) {
    const kind = Array.isArray(config) ? "array" : config === null ? "null" : typeof config;
    throw badRequest(
      `error decoding YAML: error unmarshaling JSON: while decoding JSON: json: cannot unmarshal ${kind} into Go value of type map[string]interface {}`,
    );
  }
  return config as Record<string, unknown>;
}

/** Server-side apply of a configuration to the object, or to nothing. */
export function applyObject(
  core: Core,
  type: ServedType,
  current: Stored | undefined,
  request: PatchRequest,
  context: WriteContext,
): Patched {
  const config = parseApplied(request.text);
  const live = current ?? emptyOf(type);
  const apiVersion = textOf(config["apiVersion"]);
  const shownType = `${apiVersion.includes("/") ? apiVersion : `/${apiVersion}`}, Kind=${textOf(config["kind"])}`;
  if (apiVersion !== type.apiVersion || config["kind"] !== type.kind) {
    throw badRequest(`invalid object type: ${shownType}`);
  }
  const metadata = (config["metadata"] ?? {}) as Record<string, unknown>;
  if (Array.isArray(metadata["managedFields"])) {
    throw badRequest("metadata.managedFields must be nil");
  }
  const problems = checkTyped(config, type.shape);
  if (problems.length > 0) {
    const text =
      problems.length === 1 ? problems[0] : `errors:\n${problems.map((problem) => `  ${problem}`).join("\n")}`;
    throw refuse(500, "", `failed to create typed patch object (${nameOf(config)}; ${shownType}): ${text}`);
  }
  const applied = serverSideApply(live, config, type.shape, { ...core.writer(type, context), force: request.force });
  if (applied.conflicts.length > 0) throw applyConflict(applied.conflicts);
  if (applied.object === undefined) {
    // nothing differs: only the owner may be new
    return { object: structuredClone({ ...live }), managedFields: applied.managedFields };
  }
  let object: Stored;
  try {
    object = decodeObject(applied.object, type, { validation: "Ignore", warnings: [] });
  } catch (error) {
    if (!(error instanceof StatusError)) throw error;
    const why = converterWords(whyNot(error, type));
    throw refuse(
      500,
      "",
      `failed to convert new object (${nameOf(config)}; ${shownType}) to proper version: unable to convert unstructured object to ${shownType}: ${why}`,
    );
  }
  return { object, managedFields: applied.managedFields };
}

function nameOf(config: Record<string, unknown>): string {
  const metadata = (config["metadata"] ?? {}) as Record<string, unknown>;
  return `${textOf(metadata["namespace"])}/${textOf(metadata["name"])}`;
}

const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

/** 409 with every field that others own. */
function applyConflict(conflicts: readonly Conflict[]): StatusError {
  const who = (conflict: Conflict) => {
    const { manager, entry } = conflict;
    let text = quote(manager);
    if (entry.subresource !== undefined && entry.subresource !== "")
      text += ` with subresource ${quote(entry.subresource)}`;
    if (entry.operation === "Update" && entry.apiVersion !== undefined) {
      text += ` using ${entry.apiVersion}`;
    }
    return text;
  };
  const causes = conflicts.map((one) => ({
    reason: "FieldManagerConflict",
    message: `conflict with ${who(one)}`,
    field: one.path,
  }));
  const groups = new Map<string, string[]>();
  for (const one of conflicts) {
    const key = who(one);
    const list = groups.get(key);
    if (list === undefined) groups.set(key, [one.path]);
    else list.push(one.path);
  }
  let message = `Apply failed with ${conflicts.length} conflict${conflicts.length === 1 ? "" : "s"}: `;
  if (conflicts.length === 1) message += `conflict with ${who(conflicts[0] as Conflict)}: ${conflicts[0]?.path}`;
  else if (groups.size === 1) {
    const [key, paths] = [...groups][0] as [string, string[]];
    message += `conflicts with ${key}:\n${paths.map((path) => `- ${path}`).join("\n")}`;
  } else {
    message += [...groups]
      .map(([key, paths]) => `conflicts with ${key}:\n${paths.map((path) => `- ${path}`).join("\n")}`)
      .join("\n");
  }
  const error = refuse(409, "Conflict", message, { causes });
  return error;
}
