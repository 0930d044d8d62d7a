import { invalidValue, notSupported } from "../causes.ts";
import { readProtobuf } from "../protobuf.ts";
import { badRequest, invalid, unsupportedMediaType } from "../status.ts";
import { bodyText, parseBody } from "./body.ts";
import type { FieldValidation } from "./body.ts";
import type { ApiRequest } from "./respond.ts";

/** What requests say beside their object: content types, dryRun, fieldManager, fieldValidation. */

const mediaTypes = ["application/json", "application/yaml", "application/vnd.kubernetes.protobuf"];

/** The body as data; its text too where it was JSON (strict decoding finds duplicate keys in it). */
export function readBody(request: ApiRequest, kind: string): { data: Record<string, unknown>; text?: string } {
  const type = (request.headers["content-type"] ?? "").split(";")[0]?.trim() ?? "";
  if (type === "application/vnd.kubernetes.protobuf") {
    try {
      return { data: readProtobuf(request.body ?? new Uint8Array()) };
    } catch (error) {
      throw badRequest(
        `the object provided is unrecognized (must be of type ${kind}): ${error instanceof Error ? error.message : String(error)}`,
      );
    }
  }
  const text = bodyText(request.body);
  if (type === "" || type === "application/json") return { data: parseBody(text, false, kind), text };
  if (type === "application/yaml") return { data: parseBody(text, true, kind) };
  throw unsupportedMediaType(mediaTypes);
}

const options = { group: "meta.k8s.io", kind: "CreateOptions" };

export function readDryRun(query: URLSearchParams): boolean {
  const given = query.getAll("dryRun").filter((text) => text !== "");
  if (given.length === 0) return false;
  const wrong = given.filter((text) => text !== "All");
  if (wrong.length > 0) throw invalid(options, "", [notSupported("dryRun", given, ["All"])]);
  return true;
}

export function managerOf(query: URLSearchParams, userAgent: string): string {
  const given = query.get("fieldManager") ?? "";
  if (given.length > 128) {
    throw invalid(options, "", [
      { type: "FieldValueTooLong", field: "fieldManager", detail: "may not be more than 128 bytes" },
    ]);
  }
  if (given !== "") {
    for (let i = 0; i < given.length; i++) {
      const code = given.charCodeAt(i);
      if (code < 32 || code === 127) {
        throw invalid(options, "", [invalidValue("fieldManager", given, `should only contain printable characters`)]);
      }
    }
    return given;
  }
  // prefixes of user agents stand for their programs
  const name = userAgent.split("/")[0] ?? "";
  const clean = [...name]
    .filter((char) => char >= " " && char !== "\u007f")
    .join("")
    .slice(0, 128);
  return clean === "" ? "unknown" : clean;
}

export function validationOf(query: URLSearchParams): FieldValidation {
  const given = query.get("fieldValidation") ?? "";
  if (given === "") return "Warn";
  if (given === "Ignore" || given === "Warn" || given === "Strict") return given;
  throw invalid(options, "", [notSupported("fieldValidation", given, ["", "Ignore", "Strict", "Warn"])]);
}
