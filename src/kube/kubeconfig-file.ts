import { SlipwayError, messageOf } from "../base/index.ts";
import { parse } from "../goyaml/index.ts";

/** A cluster entry, with file paths already made absolute. */
export interface ClusterEntry {
  server?: string;
  "certificate-authority"?: string;
  "certificate-authority-data"?: string;
  "insecure-skip-tls-verify"?: boolean;
  "tls-server-name"?: string;
  "proxy-url"?: string;
  "disable-compression"?: boolean;
  extensions?: ({ name: string; extension?: unknown } | null)[];
}

export interface ExecPlugin {
  apiVersion?: string;
  command: string;
  args?: string[];
  env?: ({ name: string; value: string } | null)[];
  installHint?: string;
  provideClusterInfo?: boolean;
  interactiveMode?: string;
}

export interface UserEntry {
  "client-certificate"?: string;
  "client-certificate-data"?: string;
  "client-key"?: string;
  "client-key-data"?: string;
  token?: string;
  tokenFile?: string;
  username?: string;
  password?: string;
  as?: string;
  "as-uid"?: string;
  "as-groups"?: string[];
  "as-user-extra"?: Record<string, string[]>;
  exec?: ExecPlugin;
  "auth-provider"?: { name: string; config?: Record<string, string> };
}

export interface ContextEntry {
  cluster?: string;
  user?: string;
  namespace?: string;
}

/** One kubeconfig file as it is written. */
export interface KubeconfigFile {
  clusters?: { name: string; cluster?: ClusterEntry | null }[] | null;
  users?: { name: string; user?: UserEntry | null }[] | null;
  contexts?: { name: string; context?: ContextEntry | null }[] | null;
  "current-context"?: string;
}

/** What a field holds: a Go type by name, a list or map of one, or a struct. Fields that are not named hold anything. */
type Shape =
  | "string"
  | "bool"
  | "bytes"
  | { readonly list: Shape; readonly go: string }
  | { readonly map: Shape; readonly go: string }
  | { readonly struct: string; readonly go: string; readonly fields: Readonly<Record<string, Shape>> };

/** The fields of a kubeconfig with their types, made when the first file is read. */
function configShape(): Shape {
  const strings: Shape = { list: "string", go: "[]string" };
  const texts = (...names: string[]) => Object.fromEntries(names.map((name): [string, Shape] => [name, "string"]));
  const struct = (name: string, go: string, fields: Record<string, Shape>): Shape => ({ struct: name, go, fields });
  const named = (key: string, type: string, value: Shape): Shape => ({
    list: struct(`Named${type}`, `v1.Named${type}`, { name: "string", [key]: value }),
    go: `[]v1.Named${type}`,
  });
  const cluster = struct("Cluster", "v1.Cluster", {
    ...texts("server", "tls-server-name", "certificate-authority", "proxy-url"),
    "certificate-authority-data": "bytes",
    "insecure-skip-tls-verify": "bool",
    "disable-compression": "bool",
    extensions: {
      list: struct("NamedExtension", "v1.NamedExtension", texts("name")),
      go: "[]v1.NamedExtension",
    },
  });
  const exec = struct("ExecConfig", "v1.ExecConfig", {
    ...texts("apiVersion", "command", "installHint", "interactiveMode"),
    args: strings,
    env: { list: struct("ExecEnvVar", "v1.ExecEnvVar", texts("name", "value")), go: "[]v1.ExecEnvVar" },
    provideClusterInfo: "bool",
  });
  const user = struct("AuthInfo", "v1.AuthInfo", {
    ...texts("client-certificate", "client-key", "token", "tokenFile", "username", "password", "as", "as-uid"),
    "client-certificate-data": "bytes",
    "client-key-data": "bytes",
    "as-groups": strings,
    "as-user-extra": { map: strings, go: "map[string][]string" },
    exec,
    "auth-provider": struct("AuthProviderConfig", "v1.AuthProviderConfig", {
      name: "string",
      config: { map: "string", go: "map[string]string" },
    }),
  });
  return struct("Config", "v1.Config", {
    ...texts("kind", "apiVersion", "current-context"),
    clusters: named("cluster", "Cluster", cluster),
    users: named("user", "AuthInfo", user),
    contexts: named("context", "Context", struct("Context", "v1.Context", texts("cluster", "user", "namespace"))),
  });
}

/** A kubeconfig file's text, its types checked as clientcmd does. Throws `kube.config` in clientcmd's words. */
export function parseFile(file: string, text: string): KubeconfigFile {
  try {
    if (text.trim() === "") return {};
    const value = parse(text, { file });
    if (value === null) return {};
    if (typeof value !== "object" || Array.isArray(value)) {
      const kind = Array.isArray(value) ? "array" : typeof value;
      throw new Error(
        `couldn't get version/kind; json parse error: json: cannot unmarshal ${kind} into Go value of type struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }`,
      );
    }
    const { kind = "", apiVersion = "" } = value as { kind?: string; apiVersion?: string };
    if ((kind || "Config") !== "Config" || (apiVersion || "v1") !== "v1")
      throw new Error(`no kind "${kind || "Config"}" is registered for version "${apiVersion || "v1"}"`);
    checkType(value, configShape(), "", "");
    const config = value as KubeconfigFile;
    return {
      ...config,
      clusters: namedOnce(config.clusters, "clusters"),
      users: namedOnce(config.users, "users"),
      contexts: namedOnce(config.contexts, "contexts"),
    };
  } catch (error) {
    throw configError(
      `error loading config file "${file}": ${messageOf(error).replace("error converting YAML to JSON: ", "")}`,
      { cause: error },
    );
  }
}

/** Throws where a value is not of its Go type, in encoding/json's words. */
function checkType(value: unknown, shape: Shape, struct: string, path: string): void {
  if (value === null || value === undefined) return;
  const mismatch = (type: string) => {
    const kind = Array.isArray(value) ? "array" : typeof value === "boolean" ? "bool" : typeof value;
    return new Error(`json: cannot unmarshal ${kind} into Go struct field ${struct}.${path} of type ${type}`);
  };
  if (shape === "bool") {
    if (typeof value !== "boolean") throw mismatch("bool");
  } else if (typeof shape === "string") {
    if (typeof value !== "string") throw mismatch(shape === "bytes" ? "[]uint8" : "string");
    if (shape === "bytes") checkBase64(value);
  } else if ("list" in shape) {
    if (!Array.isArray(value)) throw mismatch(shape.go);
    for (const item of value) checkType(item, shape.list, struct, path);
  } else {
    if (typeof value !== "object" || Array.isArray(value)) throw mismatch(shape.go);
    for (const [key, item] of Object.entries(value)) {
      if ("map" in shape) checkType(item, shape.map, struct, path);
      else if (key in shape.fields)
        checkType(item, shape.fields[key] as Shape, shape.struct, path === "" ? key : `${path}.${key}`);
    }
  }
}

function checkBase64(text: string): void {
  const packed = text.replace(/[\r\n]/g, "");
  const wrong = packed.search(/[^A-Za-z0-9+/]/);
  const data = wrong < 0 ? packed.length : wrong;
  const padding = "=".repeat((4 - (data % 4)) % 4);
  if (data % 4 === 1 || packed.slice(data) !== padding) throw new Error(`illegal base64 data at input byte ${data}`);
}

/**
 * A list's entries; null and an entry without a name are called "", as Go reads them. Two of one name are an error;
 * clientcmd prints both whole, tokens and all, which is left out.
 */
function namedOnce<T extends { name: string }>(entries: readonly (T | null)[] | null | undefined, list: string): T[] {
  const seen = new Set<string>();
  return (entries ?? []).map((entry) => {
    const name = entry?.name ?? "";
    if (seen.has(name)) throw new Error(`duplicate name "${name}" in list of ${list}`);
    seen.add(name);
    return { ...(entry as T), name };
  });
}

/** What is wrong with a kubeconfig, or, `doing` something else, with what it says. */
export function configError(
  message: string,
  facts: { cause?: unknown; fix?: string; doing?: string } = {},
): SlipwayError {
  return new SlipwayError(message, { code: "kube.config", doing: "reading the kubeconfig", ...facts });
}
