/** What a request is about, read from its method and path (apiserver's RequestInfo). */

export interface RequestInfo {
  readonly isResource: boolean;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly verb: string;
  readonly group: string;
  readonly version: string;
  readonly apiVersion: string;
  readonly namespace: string;
  readonly plural: string;
  readonly name: string;
  readonly subresource: string;
  /** What follows the subresource: of proxy requests. */
  readonly rest: string;
}

const verbs: Record<string, string> = {
  POST: "create",
  GET: "get",
  HEAD: "get",
  PUT: "update",
  PATCH: "patch",
  DELETE: "delete",
};

/** Namespaces' own subresources, which look like resources in a namespace. */
const namespaceSubresources = new Set(["status", "finalize"]);

function decodePart(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}

export function readRequest(method: string, target: string): RequestInfo {
  const mark = target.indexOf("?");
  const path = mark < 0 ? target : target.slice(0, mark);
  const query = new URLSearchParams(mark < 0 ? "" : target.slice(mark + 1));
  const other: RequestInfo = {
    isResource: false,
    path,
    query,
    verb: method.toLowerCase(),
    group: "",
    version: "",
    apiVersion: "",
    namespace: "",
    plural: "",
    name: "",
    subresource: "",
    rest: "",
  };
  let parts = path
    .split("/")
    .filter((part) => part !== "")
    .map(decodePart);
  let group = "";
  if (parts[0] === "api") {
    if (parts.length < 3) return other;
    parts = parts.slice(1);
  } else if (parts[0] === "apis") {
    if (parts.length < 4) return other;
    group = parts[1] as string;
    parts = parts.slice(2);
  } else return other;
  const version = parts[0] as string;
  parts = parts.slice(1);
  let watching = false;
  if (parts[0] === "watch" && parts.length > 1) {
    watching = true;
    parts = parts.slice(1);
  }
  let namespace = "";
  if (parts[0] === "namespaces" && parts.length > 1) {
    namespace = parts[1] as string;
    if (parts.length > 2 && !namespaceSubresources.has(parts[2] as string)) parts = parts.slice(2);
  }
  const [plural = "", name = "", subresource = "", ...rest] = parts;
  let verb = verbs[method] ?? "";
  if (name === "" && verb === "get") {
    verb = "list";
    const watch = query.get("watch");
    if (watching || (watch !== null && watch !== "0" && watch !== "false")) verb = "watch";
  } else if (watching && verb === "get") verb = "watch";
  else if (name === "" && verb === "delete") verb = "deletecollection";
  return {
    isResource: true,
    path,
    query,
    verb,
    group,
    version,
    apiVersion: group === "" ? version : `${group}/${version}`,
    namespace,
    plural,
    name,
    subresource,
    rest: rest.join("/"),
  };
}
