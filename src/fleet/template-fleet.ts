import type { Chart } from "../chart/index.ts";
import { type Capabilities, joinedText, render, type RenderOptions, type Rendered } from "../render/index.ts";
import { type ChartSource, releaseChart, syncRepositories } from "./charts.ts";
import { fileHooks, type HookSite, releaseHooks } from "./fleet-hooks.ts";
import { plan } from "./graph.ts";
import type { FleetRelease } from "./releases.ts";
import type { Fleet } from "./select.ts";
import { type ExtraValues, releaseValues } from "./values.ts";

/** How releases are rendered: everything but what a helmfile says itself. */
export interface FleetRenderOptions {
  readonly source: ChartSource;
  readonly extra?: ExtraValues;
  /** Capabilities for a release, by its `kubeVersion` and `apiVersions`. */
  readonly capabilities?: (release: FleetRelease) => Capabilities | undefined;
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
      yield await renderRelease(release, await loading, options);
      continue;
    }
    // Its hooks may write the chart for this release alone.
    let error: unknown;
    try {
      await releaseHooks(release, site, "prepare", "template");
      yield await renderRelease(release, await releaseChart(release, options.source), options);
    } catch (failure) {
      error = failure;
      throw failure;
    } finally {
      await releaseHooks(release, site, "cleanup", "template", error);
    }
  }
}

async function renderRelease(
  release: FleetRelease,
  chart: Chart,
  options: FleetRenderOptions,
): Promise<RenderedRelease> {
  const values = await releaseValues(release, options.source.host, options.extra);
  const capabilities = options.capabilities?.(release);
  const rendered = await render(chart, values, {
    ...options.render,
    ...(capabilities && { capabilities }),
    skipSchemaValidation: release.skipSchemaValidation ?? false,
    release: {
      name: release.name,
      namespace: release.namespace ?? "default",
      revision: 1,
      isInstall: true,
      isUpgrade: false,
    },
  });
  return { release, chart, rendered, text: printed(rendered, options.includeCrds ?? false) };
}

/** CRDs (each file as it is), manifests, hooks: what `helm template` prints. */
function printed(rendered: Rendered, includeCrds: boolean): string {
  const crds = includeCrds ? rendered.crds.map(({ source, text }) => `---\n# Source: ${source}\n${text}\n`) : [];
  const manifest = rendered.manifest.trim();
  const hooks = rendered.hooks.map((hook) => joinedText({ source: hook.path, text: hook.manifest }));
  return `${crds.join("")}${manifest === "" ? "" : `${manifest}\n`}${hooks.join("")}`;
}
