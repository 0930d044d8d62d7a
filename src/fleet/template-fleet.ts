import type { Chart } from "../chart/index.ts";
import {
  type Capabilities,
  defaultCapabilities,
  explainFailure,
  joinedText,
  parseKubeVersion,
  render,
  type RenderOptions,
  type Rendered,
} from "../render/index.ts";
import { type ChartSource, releaseChart, syncRepositories } from "./charts.ts";
import { failureOf } from "./failure.ts";
import { fileHooks, type HookSite, releaseHooks } from "./fleet-hooks.ts";
import { plan } from "./graph.ts";
import type { FleetRelease } from "./releases.ts";
import type { Fleet } from "./select.ts";
import { type ExtraValues, releaseValues } from "./values.ts";

/** How releases are rendered: everything but what a helmfile says itself. */
export interface FleetRenderOptions {
  readonly source: ChartSource;
  readonly extra?: ExtraValues;
  readonly render?: Partial<RenderOptions>;
  readonly includeCrds?: boolean;
  /** Where the hooks of `prepare` and `cleanup` run; without it they do not. */
  readonly hooks?: Omit<HookSite, "host">;
}

/** A release and what its chart renders to. */
export interface RenderedRelease {
  readonly release: FleetRelease;
  readonly chart: Chart;
  readonly rendered: Rendered;
  /** What `helm template` would print. */
  readonly text: string;
}

/**
 * Renders every selected release that is to be installed, one after the other, in the order of their needs. Hooks of
 * `prepare` run before a release's chart is read, those of `cleanup` when it has been rendered, as helmfile's do.
 * Throws what the chart, its values or its templates are refused for, explained, with the name of the release.
 */
export async function* templateFleet(fleet: Fleet, options: FleetRenderOptions): AsyncGenerator<RenderedRelease> {
  const releases = fleet.selected.filter(({ installed }) => installed);
  const site: HookSite | undefined = options.hooks && { ...options.hooks, host: options.source.host };
  await syncRepositories(releases, options.source);
  if (site) await fileHooks(fleet, site, "prepare", "template");
  try {
    yield* renderReleases(plan(releases, { known: fleet.all }).flat(), options, site);
  } finally {
    if (site) await fileHooks(fleet, site, "cleanup", "template");
  }
}

async function* renderReleases(
  releases: readonly FleetRelease[],
  options: FleetRenderOptions,
  site: HookSite | undefined,
): AsyncGenerator<RenderedRelease> {
  const charts = new Map<string, Promise<Chart>>();
  for (const release of releases) {
    if (site === undefined || release.hooks === undefined) {
      const key = `${release.file.dir}\0${release.chart}\0${release.version ?? ""}`;
      // One chart serves all releases that name it: its parsed templates are shared.
      const loading = charts.get(key) ?? releaseChart(release, options.source);
      charts.set(key, loading);
      yield await renderRelease(release, loading, options);
      continue;
    }
    yield await renderWithHooks(release, options, site);
  }
}

/** A release whose hooks may write the chart for it alone. */
async function renderWithHooks(
  release: FleetRelease,
  options: FleetRenderOptions,
  site: HookSite,
): Promise<RenderedRelease> {
  let error: unknown;
  try {
    await releaseHooks(release, site, "prepare", "template");
    return await renderRelease(release, releaseChart(release, options.source), options);
  } catch (failure) {
    error = failureOf(release, failure);
    throw error;
  } finally {
    await releaseHooks(release, site, "cleanup", "template", error);
  }
}

async function renderRelease(
  release: FleetRelease,
  loading: Promise<Chart>,
  options: FleetRenderOptions,
): Promise<RenderedRelease> {
  try {
    const chart = await loading;
    const rendered = await renderOrExplain(release, chart, options);
    return { release, chart, rendered, text: printed(rendered, options.includeCrds ?? false) };
  } catch (error) {
    throw failureOf(release, error);
  }
}

async function renderOrExplain(release: FleetRelease, chart: Chart, options: FleetRenderOptions): Promise<Rendered> {
  const { values, sources } = await releaseValues(release, options.source.host, options.extra);
  const renderOptions: RenderOptions = {
    ...options.render,
    capabilities: capabilitiesOf(release),
    skipSchemaValidation: release.skipSchemaValidation ?? false,
    release: {
      name: release.name,
      namespace: release.namespace ?? "default",
      revision: 1,
      isInstall: true,
      isUpgrade: false,
    },
  };
  try {
    return await render(chart, values, renderOptions);
  } catch (error) {
    throw await explainFailure(error, { chart, values, sources, options: renderOptions });
  }
}

/** What `kubeVersion` and `apiVersions` of a helmfile say of the cluster there would be. */
function capabilitiesOf({ kubeVersion, apiVersions = [] }: FleetRelease): Capabilities {
  const base = defaultCapabilities();
  return {
    kubeVersion: kubeVersion ? parseKubeVersion(kubeVersion, 4) : base.kubeVersion,
    apiVersions: [...base.apiVersions, ...apiVersions],
  };
}

/** CRDs (each file as it is), manifests, hooks: what `helm template` prints. */
function printed(rendered: Rendered, includeCrds: boolean): string {
  const crds = includeCrds ? rendered.crds.map(({ source, text }) => `---\n# Source: ${source}\n${text}\n`) : [];
  const manifest = rendered.manifest.trim();
  const hooks = rendered.hooks.map((hook) => joinedText({ source: hook.path, text: hook.manifest }));
  return `${crds.join("")}${manifest === "" ? "" : `${manifest}\n`}${hooks.join("")}`;
}
