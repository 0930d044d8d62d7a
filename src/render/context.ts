import {
  type GoMap,
  compareStrings,
  fromBytes,
  int,
  isMap,
  newMap,
  nilOf,
  toBytes,
  withGoType,
} from "../base/index.ts";
import {
  type Chart,
  type ChartFile,
  type Dependency,
  type HelmVersion,
  type Maintainer,
  LateFile,
  type Metadata,
  chartFullPath,
  isLibrary,
} from "../chart/index.ts";
import { stringify } from "../goyaml/index.ts";
import type { Capabilities, HelmBuild } from "./capabilities.ts";
import { compileGlob } from "./glob.ts";
import { retyped } from "./values-methods.ts";
import { GoNamed, GoStruct, type StructField, func, stringMap, stringSlice } from "./go-objects.ts";

/** What `.Release` says. */
export interface ReleaseInfo {
  readonly name: string;
  readonly namespace: string;
  readonly revision: number;
  readonly isInstall: boolean;
  readonly isUpgrade: boolean;
}

/** A template to parse and, unless its name starts with `_`, to run. */
export interface Template {
  /** `chart/charts/sub/templates/x.yaml` */
  readonly name: string;
  readonly file: ChartFile;
  /** The path inside its own chart. */
  readonly path: string;
  readonly chart: Chart;
  /** What `.` is; shared by the templates of a chart. */
  readonly context: GoMap;
  readonly basePath: string;
}

/** The top of what templates see; made once for a rendering. */
export interface RootInput {
  readonly release: ReleaseInfo;
  readonly capabilities: Capabilities;
  readonly helm: HelmBuild;
  readonly helmVersion: HelmVersion;
}

/** Every template of a chart and its subcharts, in the order in which Helm parses and runs them. */
export function collectTemplates(chart: Chart, values: GoMap, input: RootInput): Template[] {
  const pkg = input.helmVersion === 3 ? "chartutil" : "common";
  const release = newMap();
  Object.assign(release, {
    Name: input.release.name,
    Namespace: input.release.namespace,
    IsUpgrade: input.release.isUpgrade,
    IsInstall: input.release.isInstall,
    Revision: int(input.release.revision),
    Service: "Helm",
  });
  const shared = { release, capabilities: capabilitiesObject(input, pkg), pkg, helmVersion: input.helmVersion };
  const templates = new Map<string, Template>();
  collect(chart, withGoType(values, `${pkg}.Values`), shared, templates);
  return Array.from(templates.values(), (template) => ({ template, depth: depthOf(template.name) }))
    .sort((a, b) => b.depth - a.depth || compareBytes(b.template.name, a.template.name))
    .map(({ template }) => template);
}

interface Shared {
  readonly release: GoMap;
  readonly capabilities: GoStruct;
  readonly pkg: string;
  readonly helmVersion: HelmVersion;
}

function collect(chart: Chart, values: GoMap, shared: Shared, templates: Map<string, Template>): GoMap {
  const subcharts = newMap();
  const context = withGoType(newMap(), `${shared.pkg}.Values`);
  Object.assign(context, {
    Chart: chartObject(chart, shared.helmVersion),
    Files: filesObject(chart.files),
    Release: shared.release,
    Capabilities: shared.capabilities,
    Values: values,
    Subcharts: subcharts,
  });
  for (const child of chart.dependencies) {
    const name = child.metadata.name;
    subcharts[name] = collect(child, childValues(values, name, shared.pkg), shared, templates);
  }
  const path = chartFullPath(chart);
  const library = isLibrary(chart);
  for (const file of chart.templates) {
    if (library && !baseName(file.name).startsWith("_")) continue;
    const name = `${path}/${file.name}`;
    templates.delete(name);
    templates.set(name, { name, file, path: file.name, chart, context, basePath: `${path}/templates` });
  }
  return context;
}

/**
 * A subchart's values: the very map that its parent has, so that what one changes the other sees, but under the type
 * of `.Values`, which has methods and is not a map[string]interface {} to functions that ask.
 */
function childValues(values: GoMap, name: string, pkg: string): GoMap {
  const own = Object.hasOwn(values, name) ? values[name] : undefined;
  const type = `${pkg}.Values`;
  return isMap(own) ? retyped(own, type) : withGoType(newMap(), type);
}

const baseName = (path: string) => path.slice(path.lastIndexOf("/") + 1);

// Helm's order: fewer slashes first, then by bytes; it goes through it backwards.
function depthOf(path: string): number {
  let depth = 0;
  for (let at = path.indexOf("/"); at >= 0; at = path.indexOf("/", at + 1)) depth++;
  return depth;
}

/** By bytes, those that are no UTF-8 included; names that are need not be made bytes of for every comparison. */
function compareBytes(a: string, b: string): number {
  if (a.isWellFormed() && b.isWellFormed()) return compareStrings(a, b);
  const [x, y] = [toBytes(a), toBytes(b)];
  const length = Math.min(x.length, y.length);
  for (let i = 0; i < length; i++) if (x[i] !== y[i]) return (x[i] as number) - (y[i] as number);
  return x.length - y.length;
}

function capabilitiesObject(input: RootInput, pkg: string): GoStruct {
  const { capabilities, helm, helmVersion } = input;
  const { version, major, minor, normalized } = capabilities.kubeVersion;
  const kubeVersion = new GoStruct(
    `${pkg}.KubeVersion`,
    [
      { name: "Version", value: version, json: "Version" },
      ...(helmVersion === 3 ? [] : [{ name: "normalizedVersion", value: normalized }]),
      { name: "Major", value: major, json: "Major" },
      { name: "Minor", value: minor, json: "Minor" },
    ],
    {
      methods: {
        String: func([], () => (helmVersion === 3 ? version : normalized), { result: "string" }),
        GitVersion: func([], () => version, { result: "string" }),
      },
      pointerFormat: () => (helmVersion === 3 ? version : normalized),
    },
  );
  const list = withGoType([...capabilities.apiVersions], "[]string");
  const has = new Set(capabilities.apiVersions);
  const apiVersions = new GoNamed(`${pkg}.VersionSet`, list, {
    Has: func(["string"], (name: string) => has.has(name), { result: "bool" }),
  });
  const optional = (name: string, value: string, json: string): StructField => ({ name, value, json, omitEmpty: true });
  const build = new GoStruct("version.BuildInfo", [
    optional("Version", helm.version, "version"),
    optional("GitCommit", helm.gitCommit, "git_commit"),
    optional("GitTreeState", helm.gitTreeState, "git_tree_state"),
    optional("GoVersion", helm.goVersion, "go_version"),
    ...(helmVersion === 3
      ? []
      : [{ name: "KubeClientVersion", value: helm.kubeClientVersion, json: "kube_client_version" }]),
  ]);
  const object: GoStruct = new GoStruct(
    `*${pkg}.Capabilities`,
    [
      { name: "KubeVersion", value: kubeVersion, json: "KubeVersion" },
      { name: "APIVersions", value: apiVersions, json: "APIVersions" },
      { name: "HelmVersion", value: build, json: "HelmVersion" },
    ],
    { methods: { Copy: func([], () => object, { result: `*${pkg}.Capabilities` }) } },
  );
  return object;
}

/** `.Chart`: a struct in Helm 3, a map of its fields in Helm 4. */
function chartObject(chart: Chart, helmVersion: HelmVersion): unknown {
  const isRoot = chart.parent === undefined;
  if (helmVersion === 4) return { ...metadataMap(chart.metadata), IsRoot: isRoot };
  const metadata = metadataStruct(chart.metadata);
  return new GoStruct(
    "struct { chart.Metadata; IsRoot bool }",
    [
      { name: "Metadata", value: metadata },
      { name: "IsRoot", value: isRoot, json: "IsRoot" },
    ],
    { embedded: metadata },
  );
}

function metadataFields(md: Metadata): StructField[] {
  const pointers = <T>(list: readonly (T | null)[] | null, type: string, make: (item: T) => unknown): unknown =>
    list === null
      ? nilOf(`[]*${type}`)
      : withGoType(
          list.map((item) => (item === null ? null : make(item))),
          `[]*${type}`,
        );
  return [
    { name: "Name", value: md.name, json: "name" },
    { name: "Home", value: md.home, json: "home" },
    { name: "Sources", value: stringSlice(md.sources), json: "sources" },
    { name: "Version", value: md.version, json: "version" },
    { name: "Description", value: md.description, json: "description" },
    { name: "Keywords", value: stringSlice(md.keywords), json: "keywords" },
    {
      name: "Maintainers",
      value: pointers(md.maintainers, "chart.Maintainer", maintainerStruct),
      json: "maintainers",
    },
    { name: "Icon", value: md.icon, json: "icon" },
    { name: "APIVersion", value: md.apiVersion, json: "apiVersion" },
    { name: "Condition", value: md.condition, json: "condition" },
    { name: "Tags", value: md.tags, json: "tags" },
    { name: "AppVersion", value: md.appVersion, json: "appVersion" },
    { name: "Deprecated", value: md.deprecated, json: "deprecated" },
    { name: "Annotations", value: stringMap(md.annotations), json: "annotations" },
    { name: "KubeVersion", value: md.kubeVersion, json: "kubeVersion" },
    {
      name: "Dependencies",
      value: pointers(md.dependencies, "chart.Dependency", dependencyStruct),
      json: "dependencies",
    },
    { name: "Type", value: md.type, json: "type" },
  ];
}

function metadataStruct(md: Metadata): GoStruct {
  return new GoStruct(
    "chart.Metadata",
    metadataFields(md).map((field) => ({ ...field, omitEmpty: true })),
  );
}

function maintainerStruct(maintainer: Maintainer): GoStruct {
  const field = (name: string, value: string): StructField => ({
    name,
    value,
    json: name.toLowerCase(),
    omitEmpty: true,
  });
  return new GoStruct("*chart.Maintainer", [
    field("Name", maintainer.name),
    field("Email", maintainer.email),
    field("URL", maintainer.url),
  ]);
}

function dependencyFields(dependency: Dependency): StructField[] {
  const { name, version, repository, condition, tags, enabled, importValues, alias } = dependency;
  return [
    { name: "Name", value: name, json: "name" },
    { name: "Version", value: version, json: "version", omitEmpty: true },
    { name: "Repository", value: repository, json: "repository" },
    { name: "Condition", value: condition, json: "condition", omitEmpty: true },
    { name: "Tags", value: stringSlice(tags), json: "tags", omitEmpty: true },
    { name: "Enabled", value: enabled, json: "enabled", omitEmpty: true },
    { name: "ImportValues", value: importValues ?? nilOf("[]interface {}"), json: "import-values", omitEmpty: true },
    { name: "Alias", value: alias, json: "alias", omitEmpty: true },
  ];
}

const dependencyStruct = (dependency: Dependency) => new GoStruct("*chart.Dependency", dependencyFields(dependency));

/** Helm 4's structToMap: Go's field names, every field, nested structs as maps, every slice a []interface {}. */
function metadataMap(md: Metadata): GoMap {
  const map = fieldsMap(metadataFields(md));
  map.Sources = [...(md.sources ?? [])];
  map.Keywords = [...(md.keywords ?? [])];
  map.Maintainers = (md.maintainers ?? [])
    .filter((m) => m !== null)
    .map((m) => Object.assign(newMap(), { Name: m.name, Email: m.email, URL: m.url }));
  map.Dependencies = (md.dependencies ?? [])
    .filter((d) => d !== null)
    .map((d) => {
      const fields = fieldsMap(dependencyFields(d));
      fields.Tags = [...(d.tags ?? [])];
      fields.ImportValues = [...(d.importValues ?? [])];
      return fields;
    });
  return map;
}

function fieldsMap(fields: readonly StructField[]): GoMap {
  const map = newMap();
  for (const field of fields) map[field.name] = field.value;
  return map;
}

/** `.Files`: the files that are neither templates nor what Helm reads itself. */
function filesObject(files: readonly ChartFile[]): GoNamed {
  const map = withGoType(newMap(), "map[string][]uint8");
  for (const file of files) {
    if (file instanceof LateFile) Object.defineProperty(map, file.name, { get: () => file.data, enumerable: true });
    else map[file.name] = file.data;
  }
  return filesOf(map);
}

function filesOf(map: GoMap): GoNamed {
  const bytes = (name: string) => (Object.hasOwn(map, name) ? (map[name] as Uint8Array) : new Uint8Array());
  const config = (value: (data: Uint8Array) => string) => {
    const out = newMap();
    for (const name of Object.keys(map)) out[baseName(name)] = value(map[name] as Uint8Array);
    return yamlText(out);
  };
  return new GoNamed("engine.files", map, {
    GetBytes: func(["string"], bytes, { result: "[]uint8" }),
    Get: func(["string"], (name: string) => fromBytes(bytes(name)), { result: "string" }),
    Glob: func(["string"], (pattern: string) => {
      const matches = compileGlob(pattern);
      const found = withGoType(newMap(), "map[string][]uint8");
      for (const name of Object.keys(map)) if (matches(name)) found[name] = map[name];
      return filesOf(found);
    }),
    AsConfig: func([], () => config(fromBytes), { result: "string" }),
    AsSecrets: func([], () => config(encodeBase64), { result: "string" }),
    Lines: func(["string"], (name: string) => withGoType(lines(bytes(name)), "[]string")),
  });
}

function lines(data: Uint8Array): string[] {
  if (data.length === 0) return [];
  const text = fromBytes(data);
  return (text.endsWith("\n") ? text.slice(0, -1) : text).split("\n");
}

/** Helm's toYaml: no line break at the end, and nothing at all where it fails. */
function yamlText(value: unknown): string {
  try {
    return stringify(value).replace(/\n$/, "");
  } catch {
    return "";
  }
}

function encodeBase64(data: Uint8Array): string {
  let binary = "";
  for (let i = 0; i < data.length; i += 0x8000) binary += String.fromCharCode(...data.subarray(i, i + 0x8000));
  return btoa(binary);
}
