/**
 * `npm start`: an embedded cluster under .slipway/, the dev fleet of the ML services on it, and what came of it.
 * Stays until Ctrl-C; with --once it ends when everything is ready (0) or cannot become so (1).
 * The kubeconfig is .slipway/kubeconfig; the user's own is never opened.
 */
import { mkdir, rm, writeFile } from "node:fs/promises";
import { dirname, join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf, systemClock } from "../src/base/index.ts";
import { fleetProgress } from "../src/cli/commands/fleet/progress.ts";
import { processContext } from "../src/cli/context.ts";
import { table } from "../src/cli/table.ts";
import { type Cluster, startCluster } from "../src/cluster/index.ts";
import { applyFleet, type Fleet, nodeHost, openFleet, type Outcome } from "../src/fleet/index.ts";
import { type ApiObject, KubeClient, wellKnown } from "../src/kube/index.ts";
import { isSimulated, list } from "../src/release/index.ts";

const root = dirname(dirname(fileURLToPath(import.meta.url)));
const home = join(root, ".slipway");
const kubeconfig = join(home, "kubeconfig");
const helmfile = join(root, "platforms", "ml-services", "deployments", "dev", "helmfile.yaml");
const context = processContext();

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const unknown = args.find((arg) => arg !== "--once");
  if (unknown !== undefined) {
    context.err(`Error: npm start takes --once and nothing else, not ${unknown}: npm start -- --once\n`);
    return 1;
  }
  const began = Date.now();
  let cluster: Cluster | undefined;
  try {
    cluster = await startCluster({ name: "start", dir: join(home, "clusters", "start") });
    await mkdir(home, { recursive: true });
    await writeFile(kubeconfig, cluster.kubeconfig(), { mode: 0o600 });
    context.err(`A Kubernetes of Slipway's own runs at ${cluster.url} (its pods are simulated).\n`);
    const client = inProcess(cluster);
    const outcomes = await apply(client);
    await show(client);
    const ready = outcomes.every(({ error }) => error === undefined) && (await everyPodReady(client));
    context.out(`\n${ready ? "Everything is ready" : "Not everything is ready"} after ${seconds(began)}.\n`);
    if (args.includes("--once")) {
      context.out("The cluster ends with this command; `bin/slipway cluster start` starts one that stays.\n");
      return ready ? 0 : 1;
    }
    context.out(
      `\n${howToReach()}\nCtrl-C ends the cluster; its state stays in ${relative(context.cwd, home) || "."}/.\n`,
    );
    await new Promise((resolve) => context.signal.addEventListener("abort", resolve, { once: true }));
    return 0;
  } catch (error) {
    context.err(`Error: ${messageOf(error)}\n`);
    return 1;
  } finally {
    await cluster?.stop();
    await rm(kubeconfig, { force: true });
  }
}

/** A client that calls the cluster's own handler, with its token: no socket between them. */
function inProcess(cluster: Cluster): KubeClient {
  const authorization = `Bearer ${cluster.token}`;
  return new KubeClient((request) => cluster.handle({ ...request, headers: { ...request.headers, authorization } }));
}

async function apply(client: KubeClient): Promise<Outcome[]> {
  const host = nodeHost(context.env);
  const fleet: Fleet = await openFleet({ host, cwd: root, file: helmfile, environment: "dev" });
  const progress = fleetProgress(context);
  const state = join(home, "helm");
  const outcomes = await applyFleet(fleet, {
    source: { host, paths: { config: join(state, "repositories.yaml"), cache: join(state, "repository") } },
    site: async (release) => ({ client, namespace: release.namespace ?? "default" }),
    clock: systemClock,
    signal: context.signal,
    concurrency: 0,
    hookEnv: { HELM_BIN: join(root, "bin", "slipway") },
    emit: progress.emit,
  });
  progress.end();
  return outcomes;
}

async function show(client: KubeClient): Promise<void> {
  const releases = await list({ client, namespace: undefined });
  context.out("\nRELEASES\n");
  context.out(
    table([
      ["NAME", "NAMESPACE", "REVISION", "STATUS", "CHART"],
      ...releases.map(({ name, namespace, version, status, chart }) => [
        name,
        namespace,
        String(version),
        status,
        `${chart?.metadata?.name ?? ""}-${chart?.metadata?.version ?? ""}`,
      ]),
    ]),
  );
  const pods = await podsOf(client);
  context.out("\nPODS\n");
  context.out(
    table([
      ["NAME", "NAMESPACE", "READY", "STATUS", "SIMULATED"],
      ...pods.map((pod) => [
        pod.metadata.name ?? "",
        pod.metadata.namespace ?? "",
        isReady(pod) ? "yes" : "no",
        phaseOf(pod),
        isSimulated(pod) ? "yes" : "no",
      ]),
    ]),
  );
  const services = await client.list({ ...wellKnown.pods, kind: "Service", plural: "services" }, "dev");
  context.out("\nSERVICES\n");
  context.out(
    table([
      ["NAME", "NAMESPACE", "ADDRESS", "PORTS"],
      ...services.map((service) => {
        const spec = service["spec"] as { clusterIP?: string; ports?: { port: number; protocol?: string }[] };
        const ports = (spec.ports ?? []).map(({ port, protocol }) => `${port}/${protocol ?? "TCP"}`).join(",");
        return [service.metadata.name ?? "", service.metadata.namespace ?? "", spec.clusterIP ?? "", ports];
      }),
    ]),
  );
}

function howToReach(): string {
  return [
    "In another terminal:",
    `  export KUBECONFIG=${kubeconfig}`,
    "  bin/slipway list --all-namespaces",
    "  bin/slipway status dev-ml-api -n dev",
    "  kubectl get pods -A -w",
    "  kubectl port-forward svc/dev-ml-api -n dev 8000:8000",
    "",
  ].join("\n");
}

async function podsOf(client: KubeClient): Promise<ApiObject[]> {
  return client.list(wellKnown.pods, "dev");
}

async function everyPodReady(client: KubeClient): Promise<boolean> {
  return (await podsOf(client)).every(isReady);
}

/** Ready, or a Job's pod that has done its work. */
function isReady(pod: ApiObject): boolean {
  const { conditions = [] } = (pod["status"] ?? {}) as { conditions?: { type: string; status: string }[] };
  return phaseOf(pod) === "Succeeded" || conditions.some(({ type, status }) => type === "Ready" && status === "True");
}

function phaseOf(pod: ApiObject): string {
  return ((pod["status"] ?? {}) as { phase?: string }).phase ?? "Unknown";
}

function seconds(began: number): string {
  return `${((Date.now() - began) / 1000).toFixed(1)} s`;
}
