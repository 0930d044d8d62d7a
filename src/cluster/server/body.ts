import { parse as parseYaml } from "../../goyaml/index.ts";
import { decode, DecodeError, emptyLists } from "../decode.ts";
import { typeOfKind } from "../../schema/index.ts";
import type { ServedType } from "../served.ts";
import { badRequest, quote } from "../status.ts";
import type { Stored } from "../store.ts";

/** Request bodies → objects of a served type, with the refusals and warnings of upstream's decoders. */

export type FieldValidation = "Ignore" | "Warn" | "Strict";

const decoder = new TextDecoder("utf-8", { fatal: false });

/** The bytes as text. */
export function bodyText(body: Uint8Array | undefined): string {
  return body === undefined ? "" : decoder.decode(body);
}

/** JSON or YAML text → data. Throws a StatusError. */
export function parseBody(text: string, yaml: boolean, kind: string): Record<string, unknown> {
  const unrecognized = (why: string) =>
    badRequest(
      `the object provided is unrecognized (must be of type ${kind}): couldn't get version/kind; json parse error: ${why} (${summary(text)})`,
    );
  let value: unknown;
  if (yaml) {
    try {
      value = parseYaml(text);
    } catch (error) {
      throw badRequest((error as Error).message);
    }
  } else {
    try {
      value = JSON.parse(text);
    } catch {
      throw unrecognized(jsonProblem(text));
    }
  }
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    const what = Array.isArray(value)
      ? "array"
      : value === null
        ? "null"
        : typeof value === "boolean"
          ? "bool"
          : typeof value;
    if (value === null) return {};
    throw unrecognized(
      `json: cannot unmarshal ${what} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
    );
  }
  return value as Record<string, unknown>;
}

/** The start of a body, as refusals show it: what looks like JSON as it is, anything else in hexadecimal. */
function summary(text: string): string {
  const bytes = Buffer.from(text);
  if (bytes.length === 0) return "<empty>";
  const start = bytes.subarray(0, 30);
  return `${start.toString(text[0] === "{" ? "utf8" : "hex")}${bytes.length > 30 ? " ..." : ""}`;
}

/** What encoding/json says of a text that is not JSON. */
export function jsonProblem(text: string): string {
  let i = 0;
  const skip = () => {
    while (/[ \t\r\n]/.test(text[i] ?? "")) i++;
  };
  class Stop extends Error {}
  const fail = (context: string): never => {
    if (i >= text.length) throw new Stop("unexpected end of JSON input");
    // Go looks at bytes, and shows the first of a letter that has several
    const char = String.fromCharCode(Buffer.from(String.fromCodePoint(text.codePointAt(i) as number))[0] as number);
    const shown = /[\u0080-\u00a0\u00ad]/.test(char)
      ? `'\\u00${char.charCodeAt(0).toString(16)}'`
      : char === "'"
        ? `'\\''`
        : char === '"'
          ? `'"'`
          : `'${JSON.stringify(char).slice(1, -1)}'`;
    throw new Stop(`invalid character ${shown} ${context}`);
  };
  const string = () => {
    i++;
    while (i < text.length && text[i] !== '"') {
      if (text[i] === "\\") i++;
      else if ((text[i] as string) < " ") fail("in string literal");
      i++;
    }
    if (i >= text.length) throw new Stop("unexpected end of JSON input");
    i++;
  };
  const value = (): void => {
    skip();
    const char = text[i];
    if (char === "{") {
      i++;
      skip();
      if (text[i] === "}") {
        i++;
        return;
      }
      for (;;) {
        skip();
        if (text[i] !== '"') fail("looking for beginning of object key string");
        string();
        skip();
        if (text[i] !== ":") fail("after object key");
        i++;
        value();
        skip();
        if (text[i] === "}") {
          i++;
          return;
        }
        if (text[i] !== ",") fail("after object key:value pair");
        i++;
      }
    }
    if (char === "[") {
      i++;
      skip();
      if (text[i] === "]") {
        i++;
        return;
      }
      for (;;) {
        value();
        skip();
        if (text[i] === "]") {
          i++;
          return;
        }
        if (text[i] !== ",") fail("after array element");
        i++;
      }
    }
    if (char === '"') return string();
    const number = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?/.exec(text.slice(i, i + 400));
    if (number !== null) {
      i += number[0].length;
      return;
    }
    for (const word of ["true", "false", "null"]) {
      if (char !== word[0]) continue;
      for (let k = 1; k < word.length; k++) {
        i++;
        if (text[i] !== word[k]) fail(`in literal ${word} (expecting '${word[k]}')`);
      }
      i++;
      return;
    }
    fail("looking for beginning of value");
  };
  try {
    value();
    skip();
    if (i < text.length) fail("after top-level value");
  } catch (error) {
    if (error instanceof Stop) return error.message;
    throw error;
  }
  return "unexpected end of JSON input";
}

/** `duplicate field "spec.replicas"`, for every key that an object of the text has twice. */
export function duplicateFields(text: string): string[] {
  const out: string[] = [];
  let i = 0;
  const space = () => {
    while (text.charCodeAt(i) <= 32) i++;
  };
  const string = (): string => {
    const from = i++;
    while (text[i] !== '"') i += text[i] === "\\" ? 2 : 1;
    i++;
    return JSON.parse(text.slice(from, i)) as string;
  };
  const value = (path: string): void => {
    space();
    const char = text[i];
    if (char === "{") {
      const seen = new Map<string, boolean>();
      i++;
      space();
      while (text[i] !== "}") {
        space();
        const key = string();
        const at = path === "" ? key : `${path}.${key}`;
        if (seen.has(key) && seen.get(key) !== true) {
          out.push(`duplicate field ${quote(at)}`);
          seen.set(key, true);
        } else if (!seen.has(key)) seen.set(key, false);
        space();
        i++; // colon
        value(at);
        space();
        if (text[i] === ",") i++;
        space();
      }
      i++;
    } else if (char === "[") {
      i++;
      space();
      for (let n = 0; text[i] !== "]"; n++) {
        value(`${path}[${n}]`);
        space();
        if (text[i] === ",") i++;
        space();
      }
      i++;
    } else if (char === '"') string();
    else while (i < text.length && !/[,\]}\s]/.test(text[i] as string)) i++;
  };
  value("");
  return out;
}

/** True when some object of the JSON text has a key twice: keys in the text against keys in the data. */
function hasDuplicates(text: string, data: unknown): boolean {
  let colons = 0;
  let inString = false;
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (inString) {
      if (code === 92) i++;
      else if (code === 34) inString = false;
    } else if (code === 34) inString = true;
    else if (code === 58) colons++;
  }
  let keys = 0;
  const count = (value: unknown) => {
    if (Array.isArray(value)) value.forEach(count);
    else if (typeof value === "object" && value !== null) {
      for (const key of Object.keys(value)) {
        keys++;
        count((value as Record<string, unknown>)[key]);
      }
    }
  };
  count(data);
  return colons !== keys;
}

/** The GVK words at the front of decoding refusals. */
const cannot = (apiVersion: string, kind: string, wanted: string, why: string) =>
  badRequest(
    `${kind} in version ${quote(apiVersion.slice(apiVersion.lastIndexOf("/") + 1))} cannot be handled as a ${wanted}: ${why}`,
  );

export interface DecodeContext {
  readonly validation: FieldValidation;
  readonly warnings: string[];
  /** The text the data came from, where it was JSON: duplicates are found in it. */
  readonly text?: string;
}

/** Data → the object as its Go type would hold it, defaults filled in. */
export function decodeObject(data: Record<string, unknown>, type: ServedType, context: DecodeContext): Stored {
  const apiVersion =
    typeof data["apiVersion"] === "string" && data["apiVersion"] !== "" ? data["apiVersion"] : type.apiVersion;
  const kind = typeof data["kind"] === "string" && data["kind"] !== "" ? data["kind"] : type.kind;
  if (apiVersion.split("/").length > 2) {
    const text = summary(context.text ?? JSON.stringify(data));
    throw badRequest(
      `the object provided is unrecognized (must be of type ${type.kind}): unexpected GroupVersion string: ${apiVersion} (${text})`,
    );
  }
  for (const key of ["apiVersion", "kind"] as const) {
    const value = data[key];
    if (value !== undefined && value !== null && typeof value !== "string") {
      const what = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
      throw badRequest(
        `the object provided is unrecognized (must be of type ${type.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into Go struct field .${key} of type string (${summary(context.text ?? JSON.stringify(data))})`,
      );
    }
  }
  if (type.type !== undefined && (apiVersion !== type.apiVersion || kind !== type.kind)) {
    throw wrongKind(data, apiVersion, kind, type);
  }
  const problems: string[] = [];
  let object: Stored;
  if (type.custom !== undefined) {
    if (data["apiVersion"] === undefined || data["kind"] === undefined) {
      if (data["kind"] === undefined || data["kind"] === "") throw badRequest(missingKind(data));
    }
    if (apiVersion !== type.apiVersion) {
      throw badRequest(
        `the API version in the data (${apiVersion}) does not match the expected API version (${type.apiVersion})`,
      );
    }
    if (kind !== type.kind) {
      throw badRequest(
        `${kind} in version ${quote(type.version)} cannot be handled as a ${type.kind}: unexpected kind`,
      );
    }
    object = { apiVersion, kind, ...type.custom.decode(data, problems) } as Stored;
  } else {
    try {
      const decoded = decode(type.type as never, data, { problems });
      object = { kind, apiVersion, ...decoded } as Stored;
      const empties = emptyLists.get(decoded);
      if (empties !== undefined) {
        emptyLists.set(
          object,
          empties.map(([holder, key]) => [holder === decoded ? object : holder, key] as const),
        );
      }
      object.kind = kind;
      object.apiVersion = apiVersion;
    } catch (error) {
      if (error instanceof DecodeError) throw cannot(apiVersion, kind, type.kind, error.message);
      throw error;
    }
  }
  if (context.validation !== "Ignore") {
    if (context.text !== undefined && hasDuplicates(context.text, data)) {
      const unknown = problems.map((problem) => problem.slice(problem.indexOf('"')));
      problems.push(
        ...duplicateFields(context.text).filter((text) => !unknown.includes(text.slice(text.indexOf('"')))),
      );
    }
    if (problems.length > 0) {
      if (context.validation === "Strict") {
        throw cannot(apiVersion, kind, type.kind, `strict decoding error: ${problems.join(", ")}`);
      }
      context.warnings.push(...problems);
    }
  }
  type.strategy.defaults?.(object);
  return object;
}

function missingKind(data: Record<string, unknown>): string {
  return `Object 'Kind' is missing in '${JSON.stringify(data)}'`;
}

/** Versions that are served no more, but that upstream still decodes. */
const formerKinds: Readonly<Record<string, string>> = {
  "apps/v1beta1": "Deployment StatefulSet ControllerRevision Scale",
  "apps/v1beta2": "Deployment DaemonSet ReplicaSet StatefulSet ControllerRevision Scale",
  "autoscaling/v2beta1": "HorizontalPodAutoscaler",
  "autoscaling/v2beta2": "HorizontalPodAutoscaler",
  "batch/v1beta1": "CronJob",
  "extensions/v1beta1": "Deployment DaemonSet ReplicaSet Ingress NetworkPolicy Scale",
  "networking.k8s.io/v1beta1": "Ingress IngressClass",
  "policy/v1beta1": "PodDisruptionBudget Eviction",
  "rbac.authorization.k8s.io/v1beta1": "Role RoleBinding ClusterRole ClusterRoleBinding",
};

/** Groups with a scheme of their own, which know of no others. */
const ownSchemes = ["apiextensions.k8s.io", "apiregistration.k8s.io"];

function wrongKind(data: Record<string, unknown>, given: string, kind: string, type: ServedType): Error {
  const apiVersion = given.replace(/^\//, "");
  const everywhere =
    apiVersion === "v1" && /^(Status|\w+Options|APIVersions|APIGroup|APIGroupList|APIResourceList)$/.test(kind);
  const former = formerKinds[apiVersion]?.split(" ").includes(kind) === true;
  const own = typeOfKind(apiVersion, kind);
  const known = own !== undefined || former;
  if (!everywhere && (!known || (ownSchemes.includes(type.group) && apiVersion !== type.apiVersion))) {
    return cannot(
      apiVersion,
      kind,
      type.kind,
      `no kind ${quote(kind)} is registered for version ${quote(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    );
  }
  if (own !== undefined) {
    try {
      decode(own, data, { problems: [] });
    } catch (error) {
      if (error instanceof DecodeError) return cannot(apiVersion, kind, type.kind, error.message);
    }
  }
  if (kind === type.kind) {
    return badRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${type.apiVersion})`,
    );
  }
  const hub = type.group === "" ? "core" : (type.group.split(".")[0] as string);
  return cannot(
    apiVersion,
    kind,
    type.kind,
    `converting (${apiVersion.slice(apiVersion.lastIndexOf("/") + 1)}.${kind}) to (${hub}.${type.kind}): unknown conversion`,
  );
}
