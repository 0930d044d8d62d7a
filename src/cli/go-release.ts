import { GoObject, int, newMap, nilOf } from "../base/index.ts";
import { formatGoString, type Release, type ReleaseHook, type StoredChart } from "../release/index.ts";

/** A struct of Helm's: the fields a template can name; any other name is its error. */
class Struct extends GoObject {
  readonly goType: string;
  private readonly values: Readonly<Record<string, unknown>>;

  constructor(goType: string, values: Readonly<Record<string, unknown>>) {
    super();
    this.goType = goType;
    this.values = values;
  }

  override field(name: string): unknown {
    return Object.hasOwn(this.values, name) ? this.values[name] : undefined;
  }

  override toJSON(): unknown {
    return this.values;
  }

  format(): string {
    return `{${Object.values(this.values)
      .map((value) => (value instanceof GoObject ? value.format() : String(value)))
      .join(" ")}}`;
  }
}

/** A time as fmt prints it. */
class Time extends GoObject {
  readonly goType = "time.Time";
  private readonly text: string;

  constructor(text: string | undefined) {
    super();
    this.text = formatGoString(text ?? "0001-01-01T00:00:00Z");
  }

  format(): string {
    return this.text;
  }
}

/** A release under the names of Helm's Go fields: what `get all --template` is given. */
export function goRelease(release: Release): GoObject {
  return new Struct("*release.Release", {
    Name: release.name,
    Namespace: release.namespace,
    Version: int(release.version),
    Manifest: release.manifest,
    Config: release.config ?? nilOf("map[string]interface {}"),
    Labels: release.labels,
    ApplyMethod: release.applyMethod,
    Info: new Struct("*release.Info", {
      FirstDeployed: new Time(release.firstDeployed),
      LastDeployed: new Time(release.lastDeployed),
      Deleted: new Time(release.deleted),
      Description: release.description,
      Status: release.status,
      RollbackRevision: int(release.rollbackRevision),
      Notes: release.notes,
    }),
    Chart: release.chart === null ? null : goChart(release.chart),
    Hooks: release.hooks.map(goHook),
  });
}

function goChart(chart: StoredChart): GoObject {
  const files = (list: StoredChart["files"]) =>
    (list ?? []).map(
      (file) => new Struct("*common.File", { Name: file.name, Data: new Uint8Array(Buffer.from(file.data, "base64")) }),
    );
  return new Struct("*chart.Chart", {
    Metadata: goMetadata(chart.metadata),
    Values: chart.values ?? newMap(),
    Templates: files(chart.templates),
    Files: files(chart.files),
    Schema: new Uint8Array(Buffer.from(chart.schema ?? "", "base64")),
  });
}

/** The text fields of Chart.yaml, by Go's names. */
const texts = [
  "Name",
  "Home",
  "Version",
  "Description",
  "Icon",
  "AppVersion",
  "Condition",
  "Tags",
  "KubeVersion",
  "Type",
];

function goMetadata(metadata: StoredChart["metadata"]): GoObject | null {
  if (metadata === null) return null;
  const get = (name: string) => metadata[name.charAt(0).toLowerCase() + name.slice(1)];
  const structs = (list: unknown, type: string, names: readonly string[]) =>
    ((list as Record<string, unknown>[] | undefined) ?? []).map(
      (item) =>
        new Struct(
          type,
          Object.fromEntries(names.map((name) => [name, item[name === "URL" ? "url" : lowerFirst(name)] ?? ""])),
        ),
    );
  return new Struct("*chart.Metadata", {
    ...Object.fromEntries(texts.map((name) => [name, get(name) ?? ""])),
    APIVersion: metadata["apiVersion"] ?? "",
    Deprecated: metadata["deprecated"] ?? false,
    Sources: metadata["sources"] ?? [],
    Keywords: metadata["keywords"] ?? [],
    Annotations: metadata.annotations ?? newMap(),
    Maintainers: structs(metadata["maintainers"], "*chart.Maintainer", ["Name", "Email", "URL"]),
    Dependencies: structs(metadata.dependencies, "*chart.Dependency", [
      "Name",
      "Version",
      "Repository",
      "Condition",
      "Alias",
    ]),
  });
}

function lowerFirst(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1);
}

function goHook(hook: ReleaseHook): GoObject {
  return new Struct("*release.Hook", {
    Name: hook.name,
    Kind: hook.kind,
    Path: hook.path,
    Manifest: hook.manifest,
    Events: [...hook.events],
    LastRun: new Struct("release.HookExecution", {
      StartedAt: new Time(hook.lastRun.startedAt),
      CompletedAt: new Time(hook.lastRun.completedAt),
      Phase: hook.lastRun.phase,
    }),
    Weight: int(hook.weight),
    DeletePolicies: [...hook.deletePolicies],
    OutputLogPolicies: [...hook.outputLogPolicies],
  });
}
