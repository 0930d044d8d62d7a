import { GoObject, int, newMap, nilOf } from "../base/index.ts";
import { parseRfc3339, zeroMoment, type Location } from "../gotime/index.ts";
import type { Release, ReleaseHook, StoredChart } from "../release/index.ts";
import { GoTime } from "../sprig/index.ts";

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

/** A record's time with time.Time's methods, in the machine's zone; the zero time where there is none. */
function goTime(text: string | undefined, local: Location): GoTime {
  const { seconds, nanos, location } = (text === undefined ? undefined : parseRfc3339(text, local)) ?? zeroMoment;
  return new GoTime(seconds, nanos, location, local);
}

/** A release under the names of Helm's Go fields: what `get all --template` is given; `local` is the machine's zone. */
export function goRelease(release: Release, local: Location): GoObject {
  return new Struct("*release.Release", {
    Name: release.name,
    Namespace: release.namespace,
    Version: int(release.version),
    Manifest: release.manifest,
    Config: release.config ?? nilOf("map[string]interface {}"),
    Labels: release.labels,
    ApplyMethod: release.applyMethod,
    Info: new Struct("*release.Info", {
      FirstDeployed: goTime(release.firstDeployed, local),
      LastDeployed: goTime(release.lastDeployed, local),
      Deleted: goTime(release.deleted, local),
      Description: release.description,
      Status: release.status,
      RollbackRevision: int(release.rollbackRevision),
      Notes: release.notes,
    }),
    Chart: release.chart === null ? null : goChart(release.chart),
    Hooks: release.hooks.map((hook) => goHook(hook, local)),
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

function goHook(hook: ReleaseHook, local: Location): GoObject {
  return new Struct("*release.Hook", {
    Name: hook.name,
    Kind: hook.kind,
    Path: hook.path,
    Manifest: hook.manifest,
    Events: [...hook.events],
    LastRun: new Struct("release.HookExecution", {
      StartedAt: goTime(hook.lastRun.startedAt, local),
      CompletedAt: goTime(hook.lastRun.completedAt, local),
      Phase: hook.lastRun.phase,
    }),
    Weight: int(hook.weight),
    DeletePolicies: [...hook.deletePolicies],
    OutputLogPolicies: [...hook.outputLogPolicies],
  });
}
