import { SlipwayError } from "../base/index.ts";
import { parse } from "../goyaml/index.ts";
import { parseVersion } from "../semver/index.ts";
import { decodeStruct, type Field, type Shape } from "./go-struct.ts";
import type { Dependency, HelmVersion, Lock, Maintainer, Metadata } from "./types.ts";

/** An empty Chart.yaml. */
export function newMetadata(): Metadata {
  return {
    name: "",
    home: "",
    sources: null,
    version: "",
    description: "",
    keywords: null,
    maintainers: null,
    icon: "",
    apiVersion: "",
    condition: "",
    tags: "",
    appVersion: "",
    deprecated: false,
    annotations: null,
    kubeVersion: "",
    dependencies: null,
    type: "",
  };
}

function newDependency(): Dependency {
  return {
    name: "",
    version: "",
    repository: "",
    condition: "",
    tags: null,
    enabled: false,
    importValues: null,
    alias: "",
  };
}

const text: Shape = { kind: "string" };
const texts: Shape = { kind: "list", of: text, goType: "[]string" };
const same = (names: string[], shape: Shape): Record<string, Field> =>
  Object.fromEntries(names.map((name) => [name, { as: name, shape }]));

type Struct = Shape & { kind: "struct" };

function dependencyShape(pkg: string): Struct {
  return {
    kind: "struct",
    name: "Dependency",
    goType: `${pkg}.Dependency`,
    pointer: true,
    make: newDependency,
    fields: {
      ...same(["name", "version", "repository", "condition", "alias"], text),
      tags: { as: "tags", shape: texts },
      enabled: { as: "enabled", shape: { kind: "bool" } },
      "import-values": {
        as: "importValues",
        shape: { kind: "list", of: { kind: "any" }, goType: "[]interface {}" },
      },
    },
  };
}

function metadataShape(pkg: string): Struct {
  const maintainer: Struct = {
    kind: "struct",
    name: "Maintainer",
    goType: `${pkg}.Maintainer`,
    pointer: true,
    make: (): Maintainer => ({ name: "", email: "", url: "" }),
    fields: same(["name", "email", "url"], text),
  };
  return {
    kind: "struct",
    name: "Metadata",
    goType: `${pkg}.Metadata`,
    make: newMetadata,
    fields: {
      ...same(["name", "home", "version", "description", "icon", "apiVersion", "condition", "tags"], text),
      ...same(["appVersion", "kubeVersion", "type"], text),
      ...same(["sources", "keywords"], texts),
      maintainers: {
        as: "maintainers",
        shape: { kind: "list", of: maintainer, goType: `[]*${pkg}.Maintainer` },
      },
      deprecated: { as: "deprecated", shape: { kind: "bool" } },
      annotations: { as: "annotations", shape: { kind: "strings", goType: "map[string]string" } },
      dependencies: {
        as: "dependencies",
        shape: { kind: "list", of: dependencyShape(pkg), goType: `[]*${pkg}.Dependency` },
      },
    },
  };
}

const packageOf = (helmVersion: HelmVersion) => (helmVersion === 3 ? "chart" : "v2");

/** Fills metadata from parsed Chart.yaml or requirements.yaml, over what is there already, as Go's Unmarshal does. */
export function decodeMetadata(value: unknown, into: Metadata, helmVersion: HelmVersion): void {
  const pkg = packageOf(helmVersion);
  decodeStruct(metadataShape(pkg), value, into, `${pkg}.Metadata`);
}

/** Reads the text of a Chart.yaml, without checking it. Throws `yaml.parse` and `chart.metadata`. */
export function readMetadata(text: string, helmVersion: HelmVersion = 4): Metadata {
  const md = newMetadata();
  decodeMetadata(parse(text, { file: "Chart.yaml", numbers: "exact" }), md, helmVersion);
  return md;
}

/** Every key that Chart.yaml may hold at its top. */
export function metadataKeys(): string[] {
  return Object.keys(metadataShape("").fields);
}

/** Reads parsed Chart.lock or requirements.lock. */
export function decodeLock(value: unknown, helmVersion: HelmVersion): Lock {
  const pkg = packageOf(helmVersion);
  const lock: Lock = { generated: "0001-01-01T00:00:00Z", digest: "", dependencies: null };
  const shape: Struct = {
    kind: "struct",
    name: "Lock",
    goType: `${pkg}.Lock`,
    make: () => lock,
    fields: {
      ...same(["generated", "digest"], text),
      dependencies: {
        as: "dependencies",
        shape: { kind: "list", of: dependencyShape(pkg), goType: `[]*${pkg}.Dependency` },
      },
    },
  };
  decodeStruct(shape, value, lock, `${pkg}.Lock`);
  return lock;
}

const printable = /^[\x20-\x7e]*$/;
const space = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/;
const graphic = /[\p{L}\p{M}\p{N}\p{P}\p{S}]/u;

/** Spaces of every kind become plain ones, and what cannot be printed goes. */
function sanitize(value: string): string {
  if (printable.test(value)) return value;
  let out = "";
  for (const char of value) {
    if (space.test(char)) out += " ";
    else if (graphic.test(char)) out += char;
  }
  return out;
}

/**
 * Checks Chart.yaml as Helm does when it loads a chart, and cleans its strings in place. Throws `chart.metadata` with
 * Helm's `validation: …` message.
 */
export function validateMetadata(md: Metadata): void {
  for (const key of [
    "name",
    "description",
    "home",
    "icon",
    "condition",
    "tags",
    "appVersion",
    "kubeVersion",
  ] as const) {
    md[key] = sanitize(md[key]);
  }
  md.sources = md.sources?.map(sanitize) ?? null;
  md.keywords = md.keywords?.map(sanitize) ?? null;
  const quoted = JSON.stringify(md.name);
  if (md.apiVersion === "") invalid("chart.metadata.apiVersion is required", "apiVersion");
  if (md.name === "") invalid("chart.metadata.name is required", "name");
  if (md.name === "." || md.name === "..") invalid(`chart.metadata.name ${quoted} is not allowed`, "name");
  if (md.name.includes("/")) invalid(`chart.metadata.name ${quoted} is invalid`, "name");
  if (md.version === "") invalid("chart.metadata.version is required", "version");
  if (!isVersion(md.version)) {
    invalid(`chart.metadata.version ${JSON.stringify(md.version)} is invalid`, "version");
  }
  if (md.type !== "" && md.type !== "application" && md.type !== "library") {
    invalid("chart.metadata.type must be application or library", "type");
  }
  for (const maintainer of md.maintainers ?? []) validateMaintainer(maintainer);
  const seen = new Set<string>();
  for (const dependency of md.dependencies ?? []) {
    const key = validateDependency(dependency);
    if (seen.has(key)) {
      invalid(`more than one dependency with name or alias ${JSON.stringify(key)}`, "dependencies");
    }
    seen.add(key);
  }
}

function validateMaintainer(maintainer: Maintainer | null): void {
  if (maintainer === null) return invalid("maintainers must not contain empty or null nodes", "maintainers");
  maintainer.name = sanitize(maintainer.name);
  maintainer.email = sanitize(maintainer.email);
  maintainer.url = sanitize(maintainer.url);
}

/** Checks one dependency; answers its name in the values: the alias, or else the name. */
function validateDependency(dependency: Dependency | null): string {
  if (dependency === null) {
    return invalid("dependencies must not contain empty or null nodes", "dependencies");
  }
  dependency.name = sanitize(dependency.name);
  dependency.version = sanitize(dependency.version);
  dependency.repository = sanitize(dependency.repository);
  dependency.condition = sanitize(dependency.condition);
  dependency.tags = dependency.tags?.map(sanitize) ?? null;
  if (dependency.alias !== "" && !/^[a-zA-Z0-9_-]+$/.test(dependency.alias)) {
    invalid(`dependency ${JSON.stringify(dependency.name)} has disallowed characters in the alias`, "dependencies");
  }
  return dependency.alias === "" ? dependency.name : dependency.alias;
}

function isVersion(version: string): boolean {
  try {
    parseVersion(version);
    return true;
  } catch {
    return false;
  }
}

function invalid(message: string, path: string): never {
  throw new SlipwayError(`validation: ${message}`, { code: "chart.metadata", path });
}

/**
 * Chart.yaml as encoding/json writes Go's struct: empty fields left out. `helm show chart`, release records and
 * packaged charts are made of it.
 */
export function metadataJson(md: Metadata): Record<string, unknown> {
  return omitEmpty({
    name: md.name,
    home: md.home,
    sources: md.sources,
    version: md.version,
    description: md.description,
    keywords: md.keywords,
    maintainers: md.maintainers?.map((m) => (m === null ? null : omitEmpty({ ...m }))),
    icon: md.icon,
    apiVersion: md.apiVersion,
    condition: md.condition,
    tags: md.tags,
    appVersion: md.appVersion,
    deprecated: md.deprecated,
    annotations: md.annotations === null ? null : { ...md.annotations },
    kubeVersion: md.kubeVersion,
    dependencies: md.dependencies?.map((d) => (d === null ? null : dependencyJson(d))),
    type: md.type,
  });
}

/** A dependency as encoding/json writes it: name and repository always, the rest where set. */
export function dependencyJson(dependency: Dependency): Record<string, unknown> {
  const { name, version, repository, condition, tags, enabled, importValues, alias } = dependency;
  return {
    name,
    ...omitEmpty({ version }),
    repository,
    ...omitEmpty({ condition, tags, enabled, "import-values": importValues, alias }),
  };
}

/** Chart.lock as encoding/json writes it. */
export function lockJson(lock: Lock): Record<string, unknown> {
  return {
    generated: lock.generated,
    digest: lock.digest,
    dependencies: lock.dependencies?.map((d) => (d === null ? null : dependencyJson(d))) ?? null,
  };
}

function omitEmpty(value: Record<string, unknown>): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  for (const [key, field] of Object.entries(value)) {
    if (field === undefined || field === null || field === "" || field === false) continue;
    if (Array.isArray(field) && field.length === 0) continue;
    if (typeof field === "object" && Object.keys(field).length === 0) continue;
    out[key] = field;
  }
  return out;
}
