import { basename } from "node:path";
import { type GoMap, isMap, messageOf, newMap, SlipwayError } from "../base/index.ts";
import { marshalJSON, parse, stringify } from "../goyaml/index.ts";
import { needId, releaseId } from "./graph.ts";
import { type Host } from "./host.ts";
import { inheritLayer } from "./merge.ts";
import { environmentData, type LoadedFile, mergedValues } from "./load.ts";
import { type HelmfileSpec, type ReleaseSpec, type SetEntry, type ValuesEntry } from "./spec.ts";
import { renderText } from "./template.ts";

/** A release ready to be worked on: templates inherited and executed, defaults filled in, identity settled. */
export interface FleetRelease extends ReleaseSpec {
  /** `[kubecontext/][namespace/]name`. */
  readonly id: string;
  /** Identities of the releases that have to be there first. */
  readonly needs: string[];
  readonly labels: Record<string, string>;
  /** False when `installed: false`: apply and sync take the release away. */
  readonly installed: boolean;
  /** False when its `condition` does not hold: it is left out of every command. */
  readonly enabled: boolean;
  readonly file: LoadedFile;
}

export interface ReleaseOptions {
  readonly host: Host;
  /** `--namespace`: over every release's own. */
  readonly namespace?: string;
  /** `--kube-context`: over every release's own. */
  readonly kubeContext?: string;
}

/** All releases of a helmfile, in the file's order. Throws fleet.* and template.* errors that name the release. */
export async function resolveReleases(file: LoadedFile, options: ReleaseOptions): Promise<FleetRelease[]> {
  const { spec } = file;
  const releases: FleetRelease[] = [];
  for (const written of spec.releases ?? []) {
    const inherited = inherit(defaultInherit(written, spec), spec, []);
    const release = await executeTemplates(withDefaults(inherited, file), file, options);
    if (!release.chart) fail(release, "encountered empty chart");
    const kubeContext = options.kubeContext || release.kubeContext || spec.kubeContext || file.environment.kubeContext;
    const namespace = options.namespace || release.namespace || spec.namespace;
    releases.push({
      ...release,
      ...(kubeContext && { kubeContext }),
      ...(namespace && { namespace }),
      id: releaseId(kubeContext, namespace, release.name),
      needs: (release.needs ?? []).map((need) => needId(need, kubeContext, namespace)),
      labels: release.labels ?? {},
      installed: release.installed ?? true,
      enabled: conditionHolds(release, mergedValues(file.environment)),
      file,
    });
  }
  refuseDuplicates(releases);
  return releases;
}

/** The labels that selectors see: the release's own and helmfile's implicit three. */
export function selectorLabels(release: FleetRelease): Record<string, string> {
  return { ...release.labels, name: release.name, namespace: release.namespace ?? "", chart: basename(release.chart) };
}

function fail(release: { name: string }, message: string, cause?: unknown): never {
  throw new SlipwayError(`release "${release.name}": ${message}`, {
    code: "fleet.release",
    path: `releases.${release.name}`,
    ...(cause !== undefined && { cause }),
  });
}

function defaultInherit(release: ReleaseSpec, spec: HelmfileSpec): ReleaseSpec {
  const defaults = [spec.defaultInherit ?? []].flat().map((name) => name.trim());
  const own = release.inherit ?? [];
  const missing = defaults.filter((name) => name && !own.some(({ template }) => template === name));
  return missing.length === 0
    ? release
    : { ...release, inherit: [...missing.map((template) => ({ template })), ...own] };
}

const mayBeExcepted = ["labels", "values", "valuesTemplate", "setTemplate", "set", "setString"];

function inherit(release: ReleaseSpec, spec: HelmfileSpec, path: readonly string[]): ReleaseSpec {
  let merged = {} as ReleaseSpec;
  for (const { template: name, except = [] } of release.inherit ?? []) {
    if (path.includes(name)) fail(release, `cyclic inheritance detected: ${[...path, name].join("->")}`);
    const template = spec.templates?.[name];
    if (!template) fail(release, `tried to inherit inexistent release template "${name}"`);
    const source: Record<string, unknown> = { ...inherit(template as ReleaseSpec, spec, [...path, name]) };
    for (const key of except) {
      if (!mayBeExcepted.includes(key)) {
        fail(release, `"${key}" is not allowed under \`inherit\`. Allowed values are ${mayBeExcepted.join(", ")}`);
      }
      delete source[key];
    }
    merged = inheritLayer(merged, source as unknown as ReleaseSpec);
  }
  const { inherit: _, ...own } = release;
  return inheritLayer(merged, own as ReleaseSpec);
}

function withDefaults(release: ReleaseSpec, { spec }: LoadedFile): ReleaseSpec {
  const { apiVersions = spec.apiVersions, kubeVersion = spec.kubeVersion, ...own } = release;
  return {
    ...spec.helmDefaults,
    ...own,
    labels: { ...own.labels, ...spec.commonLabels },
    ...(apiVersions && { apiVersions }),
    ...(kubeVersion && { kubeVersion }),
  };
}

/**
 * Fields that may hold templates are executed, each time as they are written and with what the time before gave as
 * `.Release`, until nothing changes: six times at most (helmfile's bound).
 */
async function executeTemplates(release: ReleaseSpec, file: LoadedFile, options: ReleaseOptions): Promise<ReleaseSpec> {
  let before = release;
  for (let turn = 0; turn < 6; turn++) {
    const after = await executeOnce(release, before, file, options);
    if (marshalJSON(after) === marshalJSON(before)) return withBooleans(after);
    before = after;
  }
  return fail(release, "recursive references can't be resolved");
}

/** What templates of a release see. */
export function releaseData(release: ReleaseSpec, file: LoadedFile, options: ReleaseOptions): GoMap {
  return Object.assign(newMap(), {
    Environment: environmentData(file.environment),
    Values: mergedValues(file.environment),
    Namespace: options.namespace ?? "",
    KubeContext: options.kubeContext ?? "",
    Chart: "",
    Release: Object.assign(newMap(), {
      Name: release.name,
      Namespace: options.namespace || release.namespace || "",
      Chart: release.chart,
      ChartVersion: release.version ?? "",
      KubeContext: release.kubeContext ?? "",
      Labels: Object.assign(newMap(), release.labels),
    }),
  });
}

async function executeOnce(
  release: ReleaseSpec,
  seen: ReleaseSpec,
  file: LoadedFile,
  options: ReleaseOptions,
): Promise<ReleaseSpec> {
  const scope = { dir: file.dir, host: options.host, data: releaseData(seen, file, options) };
  const text = async (value: string, where: string) => {
    try {
      return await renderText(value, scope);
    } catch (error) {
      return fail(
        release,
        `failed executing template expressions in ${where} = "${value}": ${messageOf(error)}`,
        error,
      );
    }
  };
  const result: ReleaseSpec = { ...release };
  for (const key of ["name", "chart", "namespace", "version"] as const) {
    const value = release[key];
    if (typeof value === "string") result[key] = (await text(value, key)).trim();
  }
  for (const key of ["installedTemplate", "conditionTemplate", "waitTemplate"] as const) {
    const value = release[key];
    if (value !== undefined) result[key] = await text(value, key);
  }
  if (release.labels) {
    result.labels = {};
    for (const [key, value] of Object.entries(release.labels)) {
      result.labels[key] = await text(value, `labels[${key}]`);
    }
  }
  if (release.needs) result.needs = await Promise.all(release.needs.map((need, i) => text(need, `needs[${i}]`)));
  const whole = async (entry: ValuesEntry, where: string): Promise<ValuesEntry> =>
    isMap(entry) ? (parse(await text(stringify(entry), where), { dialect: "v3" }) as GoMap) : text(entry, where);
  const values = await Promise.all(
    (release.values ?? []).map(async (entry, i) => (isMap(entry) ? entry : text(entry, `values[${i}]`))),
  );
  const templated = await Promise.all((release.valuesTemplate ?? []).map((e, i) => whole(e, `valuesTemplate[${i}]`)));
  if (release.values || release.valuesTemplate) result.values = [...templated, ...values];
  delete result.valuesTemplate;
  const set = await Promise.all((release.setTemplate ?? []).map((entry) => setEntry(entry, text)));
  if (release.setTemplate) result.set = [...set, ...(release.set ?? [])];
  delete result.setTemplate;
  return result;
}

async function setEntry(entry: SetEntry, text: (value: string, where: string) => Promise<string>): Promise<SetEntry> {
  const one = async (value: unknown) => (typeof value === "string" ? text(value, `set ${entry.name}`) : value);
  return {
    name: await text(entry.name, "set"),
    ...(entry.value !== undefined && { value: await text(entry.value, `set ${entry.name}`) }),
    ...(entry.values && { values: await Promise.all(entry.values.map(one)) }),
    ...(entry.file !== undefined && { file: await text(entry.file, "set") }),
  };
}

function withBooleans(release: ReleaseSpec): ReleaseSpec {
  const { installedTemplate, conditionTemplate, waitTemplate, ...result } = release;
  const boolean = (value: string, where: string): boolean => {
    const parsed = parse(value);
    if (typeof parsed !== "boolean") fail(release, `${where}: "${value}" is not true or false`);
    return parsed;
  };
  if (installedTemplate !== undefined) result.installed = boolean(installedTemplate, "installedTemplate");
  if (conditionTemplate !== undefined) result.condition = String(boolean(conditionTemplate, "conditionTemplate"));
  if (waitTemplate !== undefined) result.wait = boolean(waitTemplate, "waitTemplate");
  return result;
}

/** `condition: foo.enabled` against the environment's values; anything that is not true is false. */
function conditionHolds(release: ReleaseSpec, values: GoMap): boolean {
  const condition = release.condition ?? "";
  if (condition === "" || condition.toLowerCase() === "true") return true;
  if (condition.toLowerCase() === "false") return false;
  const steps = condition.split(".");
  if (steps.pop() !== "enabled") {
    fail(release, "Condition value must be in the form 'foo.enabled' where 'foo' can be modified as necessary");
  }
  let at: GoMap = values;
  let path = "";
  for (const step of steps) {
    path += `.${step}`;
    const next = at[step];
    if (next === undefined) fail(release, `environment values field '${path}' not found`);
    if (!isMap(next)) fail(release, `environment values field '${path}' is not a map`);
    at = next;
  }
  return at.enabled === true;
}

function refuseDuplicates(releases: readonly FleetRelease[]): void {
  const seen = new Set<string>();
  for (const { id, name, namespace, kubeContext } of releases) {
    if (seen.has(id)) {
      throw new SlipwayError(
        `duplicate release "${name}" found in namespace "${namespace ?? ""}"${kubeContext ? ` in kubecontext "${kubeContext}"` : ""}: there were 2 releases named "${name}" matching specified selector`,
        { code: "fleet.duplicate" },
      );
    }
    seen.add(id);
  }
}
