import type { Chart } from "../chart/index.ts";
import { type Capabilities, joinedText, render, type RenderOptions, type Rendered } from "../render/index.ts";
import { type ChartSource, releaseChart, syncRepositories } from "./charts.ts";
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
}

/** A release and what its chart renders to. */
export interface RenderedRelease {
  readonly release: FleetRelease;
  readonly chart: Chart;
  readonly rendered: Rendered;
  /** What `helm template` would print. */
  readonly text: string;
}

/** Renders every selected release that is to be installed, one after the other, in the order of their needs. */
export async function* templateFleet(fleet: Fleet, options: FleetRenderOptions): AsyncGenerator<RenderedRelease> {
  const releases = fleet.selected.filter(({ installed }) => installed);
  await syncRepositories(releases, options.source);
  const charts = new Map<string, Promise<Chart>>();
  for (const release of plan(releases, { known: fleet.all }).flat()) {
    const key = `${release.file.dir}\0${release.chart}\0${release.version ?? ""}`;
    // One chart serves all releases that name it: its parsed templates are shared.
    const loading = charts.get(key) ?? releaseChart(release, options.source);
    charts.set(key, loading);
    const chart = await loading;
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
    yield { release, chart, rendered, text: printed(rendered, options.includeCrds ?? false) };
  }
}

/** CRDs (each file as it is), manifests, hooks: what `helm template` prints. */
function printed(rendered: Rendered, includeCrds: boolean): string {
  const crds = includeCrds ? rendered.crds.map(({ source, text }) => `---\n# Source: ${source}\n${text}\n`) : [];
  const manifest = rendered.manifest.trim();
  const hooks = rendered.hooks.map((hook) => joinedText({ source: hook.path, text: hook.manifest }));
  return `${crds.join("")}${manifest === "" ? "" : `${manifest}\n`}${hooks.join("")}`;
}
