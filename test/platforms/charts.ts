/** Every chart of the platforms and the values it is meant to be installed with: one entry makes all checks run. */
import { existsSync, globSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import type { Requests } from "./requests.ts";

export const root = join(import.meta.dirname, "..", "..");

/** How a chart is registered. Paths of values files are relative to the chart's folder. */
interface Registered {
  /** From the clone's root. */
  readonly chart: string;
  /** Values given with every installation, before the environment's own (FLTS's values-complete.yaml). */
  readonly always?: readonly string[];
  /** Environments in the order in which a release goes through them; without it, the chart's `values-*.yaml`. */
  readonly environments?: Readonly<Record<string, readonly string[]>>;
  /** The release's name; without it, the chart's. */
  readonly release?: string;
  /** False for a chart that says what is missing when it is rendered with nothing but its defaults. */
  readonly defaults?: false;
  /** `Kind/name` of what an uninstall leaves on purpose. */
  readonly keeps?: readonly RegExp[];
  /** Tools that cannot roll the chart back from the first environment to the last, with the reason at the entry. */
  readonly noRollbackBy?: readonly string[];
  /** The most that all pods of an environment together may request, counted as the scheduler does. */
  readonly budgets?: Readonly<Record<string, Requests>>;
}

const mlServices = {
  dev: ["../../values/dev/values.yaml"],
  staging: ["../../values/staging/values.yaml"],
  prod: ["../../values/prod/values.yaml"],
};

const registered: readonly Registered[] = [
  { chart: "platforms/ml-services/charts/ml-api", environments: mlServices },
  { chart: "platforms/ml-services/charts/ml-batch", environments: mlServices },
  // Callers know their tokens, so these outlive the release. Here and below, the Secret that External Secrets would make
  // and take away with its ExternalSecret is put there by a simulated operator, which takes nothing away.
  { chart: "platforms/bharatmlstack/helm/online-feature-store", keeps: [/^Secret\/.*-(callers|logins)$/] },
  // Backups are for the day when the release is gone.
  {
    chart: "platforms/bharatmlstack/helm/horizon",
    // Its backup claim is kept by a policy and patched by Helm 3 as FLTS's claims are, see below.
    noRollbackBy: ["helm3"],
    keeps: [/^PersistentVolumeClaim\/.*-backup$/, /^Secret\/.*-logins$/],
  },
  { chart: "platforms/bharatmlstack/helm/trufflebox-ui", keeps: [/^Secret\/.*-users$/] },
  { chart: "platforms/bharatmlstack/helm/sdk-common", keeps: [/^Secret\/.*-token$/] },
  {
    chart: "platforms/flts/.helm",
    environments: {
      dev: ["values-complete.yaml", "values-dev.yaml"],
      prod: ["values-complete.yaml", "values-prod.yaml"],
    },
    // Volumes and the credentials that belong to them outlive the release.
    keeps: [
      /^PersistentVolumeClaim\/(blue-)?(minio|postgres|prometheus|grafana)-data$/,
      /^PersistentVolumeClaim\/data-(blue-)?kafka-[0-2]$/,
      /^Secret\/(blue-)?((minio|postgres|grafana)-credentials|inference-lb-stats)$/,
    ],
    // Back to prod, Helm 3 patches the claims that dev does not name (but keeps) as if their volumes were to be taken away,
    // which the API server refuses. Helm 4 and Slipway apply.
    noRollbackBy: ["helm3"],
    budgets: { dev: { cpu: 4, memory: 8e9 }, prod: { cpu: 33, memory: 55e9 } },
  },
  {
    chart: "platforms/kubesentiment/helm/mlops-sentiment",
    // Prometheus' history and Alertmanager's silences.
    keeps: [
      /^PersistentVolumeClaim\/storage-volume-mlops-sentiment-prometheus-server-0$/,
      /^PersistentVolumeClaim\/storage-mlops-sentiment-alertmanager-0$/,
    ],
  },
];

/** One way to render a chart. */
export interface Case {
  /** "default", an environment's name, "FILE alone" where no environment is made of that values file alone, or "ci/NAME". */
  readonly name: string;
  /** Absolute paths for `-f`. */
  readonly files: readonly string[];
}

export interface PlatformChart {
  /** The chart's name, which is its folder's (FLTS's `.helm` bears its platform's). */
  readonly name: string;
  readonly platform: string;
  /** Absolute. */
  readonly folder: string;
  readonly release: string;
  readonly environments: readonly Case[];
  /** Values of ci/, by intent. A first line `# with: FILE…` names values files of the chart that go before. */
  readonly ci: readonly Case[];
  /** Environments, each values file by itself, ci/ and, where the chart allows it, no values at all. */
  readonly cases: readonly Case[];
  readonly noRollbackBy: readonly string[];
  readonly keeps: readonly RegExp[];
  readonly budgets: Readonly<Record<string, Requests>>;
}

/** The registered charts. */
export function platformCharts(): PlatformChart[] {
  return registered.map(open);
}

/**
 * The chart behind the library's own suites: it calls what a suite asks for, and no values of its own are meant to be
 * installed.
 */
export function librarySuites(): PlatformChart {
  return {
    name: "library",
    platform: "library",
    folder: join(root, "test", "platforms", "library"),
    release: "shop",
    environments: [],
    ci: [],
    cases: [],
    keeps: [],
    noRollbackBy: [],
    budgets: {},
  };
}

function open(entry: Registered): PlatformChart {
  const folder = join(root, entry.chart);
  const name = basename(folder) === ".helm" ? basename(dirname(folder)) : basename(folder);
  const always = entry.always ?? [];
  const found = globSync("values-*.yaml", { cwd: folder }).toSorted();
  const nameOf = (file: string) => file.replace(/^values-|\.yaml$/g, "");
  const sets =
    entry.environments ??
    Object.fromEntries(found.filter((file) => !always.includes(file)).map((file) => [nameOf(file), [file]]));
  const absolute = (files: readonly string[]) =>
    files.map((file) => {
      const path = join(folder, file);
      if (!existsSync(path)) throw new Error(`${entry.chart}: there is no ${file}`);
      return path;
    });
  const order = ["dev", "staging", "prod"];
  const environments = Object.entries(sets)
    .toSorted(([a], [b]) => order.indexOf(a) - order.indexOf(b))
    .map(([environment, files]) => ({ name: environment, files: absolute([...always, ...files]) }));
  const ci = globSync("ci/*.yaml", { cwd: folder })
    .toSorted()
    .map((file) => {
      const before = /^# with: (.+)$/m.exec(readFileSync(join(folder, file), "utf8").split("\n")[0] ?? "");
      return {
        name: file.replace(/(-values)?\.yaml$/, ""),
        files: absolute([...(before?.[1]?.split(" ") ?? []), file]),
      };
    });
  const whole = new Set(environments.map(({ files }) => files.join()));
  const alone = found
    .map((file) => ({ name: `${nameOf(file)} alone`, files: absolute([file]) }))
    .filter(({ files }) => !whole.has(files.join()));
  const bare = entry.defaults === false ? [] : [{ name: "default", files: [] }];
  return {
    name,
    platform: entry.chart.split("/")[1] as string,
    folder,
    release: entry.release ?? name,
    environments,
    ci,
    cases: [...bare, ...environments, ...alone, ...ci],
    keeps: entry.keeps ?? [],
    noRollbackBy: entry.noRollbackBy ?? [],
    budgets: entry.budgets ?? {},
  };
}
