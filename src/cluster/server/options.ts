import { invalidValue, notSupported } from "../causes.ts";
import { readProtobuf } from "../protobuf.ts";
import type { Cause } from "../status.ts";
import { badRequest, invalid, unsupportedMediaType } from "../status.ts";
import { bodyText, parseBody } from "./body.ts";
import type { FieldValidation } from "./body.ts";
import type { RequestInfo } from "./request.ts";
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

/** The kind that upstream gives a request's options when it refuses them. */
function optionsKind({ verb }: RequestInfo): { group: string; kind: string } {
  const kinds: Readonly<Record<string, string>> = { update: "Update", patch: "Patch", delete: "Delete" };
  return { group: "meta.k8s.io", kind: `${kinds[verb.replace(/collection$/, "")] ?? "Create"}Options` };
}

export function readDryRun(info: RequestInfo): boolean {
  const given = info.query.getAll("dryRun").filter((text) => text !== "");
  if (given.length === 0) return false;
  const wrong = given.filter((text) => text !== "All");
  if (wrong.length > 0) throw invalid(optionsKind(info), "", [notSupported("dryRun", given, ["All"])]);
  return true;
}

export function managerOf(info: RequestInfo, userAgent: string): string {
  const given = info.query.get("fieldManager") ?? "";
  if (given.length > 128) {
    throw invalid(optionsKind(info), "", [
      { type: "FieldValueTooLong", field: "fieldManager", detail: "may not be more than 128 bytes" },
    ]);
  }
  if (given !== "") {
    const causes: Cause[] = [];
    let at = 0;
    for (const char of given) {
      if (/[\p{C}\p{Z}]/u.test(char) && char !== " ") {
        const code = (char.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, "0");
        causes.push(invalidValue("fieldManager", given, `invalid character U+${code} (at position ${at})`));
      }
      at += Buffer.byteLength(char);
    }
    if (causes.length > 0) throw invalid(optionsKind(info), "", causes);
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

export function validationOf(info: RequestInfo): FieldValidation {
  const given = info.query.get("fieldValidation") ?? "";
  if (given === "") return "Warn";
  if (given === "Ignore" || given === "Warn" || given === "Strict") return given;
  throw invalid(optionsKind(info), "", [notSupported("fieldValidation", given, ["", "Ignore", "Strict", "Warn"])]);
}
