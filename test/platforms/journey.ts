/**
 * A chart's life on a cluster: in a namespace that enforces the restricted Pod Security Standard it is installed with
 * every values file, goes from environment to environment and back, is rolled back, tested and taken away. Nothing that
 * holds state may be made anew on the way, and what stays behind must be what the chart says will stay.
 */
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isSlipwayError, sleep, systemClock } from "../../src/base/index.ts";
import { commands } from "../../src/cli/commands/index.ts";
import { run } from "../../src/cli/run.ts";
import { memoryContext } from "../../src/cli/testing/memory-context.ts";
import { parseDocuments } from "../../src/goyaml/index.ts";
import { wellKnown, type ApiObject, type KubeClient } from "../../src/kube/index.ts";
import type { Case, PlatformChart } from "./charts.ts";
import { runProgram, type Ran } from "./render.ts";

/** Somebody who runs helm's command lines. */
export interface Helm {
  readonly name: string;
  run(words: readonly string[]): Promise<Ran>;
}

/** Stock Helm against a kubeconfig. */
export function stockHelm(name: string, path: string, env: Readonly<Record<string, string>>): Helm {
  return { name, run: (words) => runProgram(path, words, { env, seconds: 300 }) };
}

/** Slipway, in this process. */
export function slipwayHelm(env: Readonly<Record<string, string>>): Helm {
  return {
    name: "slipway",
    async run(words) {
      const context = memoryContext({ env });
      const code = await run([...words], commands, context);
      return { code, out: context.stdout, err: context.stderr };
    },
  };
}

/** What went wrong on a chart's way, as one sentence with what the tool said. */
export class Trouble extends Error {}

/** Objects that Kubernetes itself puts into a namespace, or that tell of what happened. */
const passing = new Set(["Event", "Endpoints", "EndpointSlice", "Lease", "ControllerRevision", "PodMetrics"]);

/** Kinds whose objects hold state: made anew, they would have lost it. */
const stateful = new Set(["StatefulSet", "PersistentVolumeClaim"]);

/** The objects of a namespace by `Kind/name`, without what is always there. */
export async function objectsIn(client: KubeClient, namespace: string): Promise<Map<string, ApiObject>> {
  client.invalidate();
  const { resources } = await client.discovery();
  const out = new Map<string, ApiObject>();
  const seen = new Set<string>();
  for (const resource of resources) {
    const kind = `${resource.group}/${resource.kind}`;
    if (!resource.namespaced || !resource.verbs.includes("list") || passing.has(resource.kind) || seen.has(kind))
      continue;
    seen.add(kind);
    for (const object of await client.list(resource, namespace)) {
      const { name } = object.metadata;
      if (name === "kube-root-ca.crt" || (resource.kind === "ServiceAccount" && name === "default")) continue;
      out.set(`${resource.kind}/${name}`, object);
    }
  }
  return out;
}

/** Makes a namespace whose pods must be restricted, with what the chart expects to find (before/CHART.yaml). */
export async function makeNamespace(client: KubeClient, name: string, chart: PlatformChart): Promise<void> {
  const labels = {
    "pod-security.kubernetes.io/enforce": "restricted",
    "pod-security.kubernetes.io/enforce-version": "latest",
  };
  await client.create(wellKnown.namespaces, undefined, {
    apiVersion: "v1",
    kind: "Namespace",
    metadata: { name, labels },
  });
  const file = join(import.meta.dirname, "before", `${chart.name}.yaml`);
  if (!existsSync(file)) return;
  for (const object of parseDocuments(readFileSync(file, "utf8")) as (ApiObject | null)[]) {
    if (object === null) continue;
    const resource = await client.resourceFor(object);
    if (resource.namespaced) {
      await client.create(resource, name, { ...object, metadata: { ...object.metadata, namespace: name } });
      continue;
    }
    // What belongs to no namespace, the chart's other runs find.
    await createUnlessThere(client, object.kind === "StorageClass" ? await asTheDefault(client, object) : object);
  }
}

/** A class by another name than the default one's, whose volumes come from the same place: only that is there. */
async function asTheDefault(client: KubeClient, named: ApiObject): Promise<ApiObject> {
  const classes = await client.list(await client.resourceFor(named), undefined);
  const usual = classes.find(({ metadata }) => metadata.annotations?.[defaultClass] === "true");
  if (usual === undefined) throw new Trouble("the cluster has no default StorageClass");
  const { provisioner, volumeBindingMode } = usual;
  return { ...named, provisioner, volumeBindingMode, allowVolumeExpansion: true };
}

const defaultClass = "storageclass.kubernetes.io/is-default-class";

/** Lets volumes of the default class grow, as most clouds do: charts ask for more in production than before it. */
export async function letVolumesGrow(client: KubeClient): Promise<void> {
  const resource = await client.resourceFor({ apiVersion: "storage.k8s.io/v1", kind: "StorageClass" });
  for (const { metadata } of await client.list(resource, undefined)) {
    if (metadata.annotations?.[defaultClass] !== "true") continue;
    await client.patch({ resource, name: metadata.name }, "merge", { allowVolumeExpansion: true });
  }
}

async function createUnlessThere(client: KubeClient, object: ApiObject): Promise<void> {
  try {
    await client.create(await client.resourceFor(object), undefined, object);
  } catch (error) {
    if (!isSlipwayError(error) || error.facts.code !== "kube.already-exists") throw error;
  }
}

/** Applies CustomResourceDefinitions and waits until their kinds are served. */
export async function installCrds(client: KubeClient, files: readonly string[]): Promise<void> {
  const wanted = new Set<string>();
  for (const file of files) {
    const object = parseDocuments(readFileSync(file, "utf8")).find((item) => item !== null) as ApiObject;
    wanted.add((object as any).spec.names.kind);
    await createUnlessThere(client, object);
  }
  for (let tries = 0; ; tries++) {
    client.invalidate();
    const served = new Set((await client.discovery()).resources.map(({ kind }) => kind));
    if ([...wanted].every((kind) => served.has(kind))) return;
    if (tries > 600) throw new Trouble("some CRDs are not served");
    await sleep(systemClock, 100);
  }
}

async function deleteNamespace(client: KubeClient, name: string): Promise<void> {
  await client.delete({ resource: wellKnown.namespaces, name });
  for (let tries = 0; tries < 300; tries++) {
    if ((await client.find({ resource: wellKnown.namespaces, name })) === undefined) return;
    await sleep(systemClock, 100);
  }
  throw new Trouble(`the namespace ${name} does not go away`);
}

const wait = ["--wait", "--timeout", "60s"];

export interface JourneyOptions {
  readonly client: KubeClient;
  readonly helm: Helm;
  readonly chart: PlatformChart;
  /** The chart's folder as it is given to helm. */
  readonly path: string;
  readonly say?: (line: string) => void;
}

async function step(options: JourneyOptions, label: string, words: readonly string[]): Promise<Ran> {
  const started = Date.now();
  const ran = await options.helm.run(words);
  options.say?.(
    `  ${options.helm.name} ${label}: ${ran.code === 0 ? "ok" : `exit ${ran.code}`}, ${Date.now() - started} ms`,
  );
  if (ran.code !== 0) throw new Trouble(`${options.helm.name} ${words.join(" ")}\n${ran.err || ran.out}`.trim());
  return ran;
}

/** Installs the chart with the values, waits until all is ready, and takes it away. */
export async function comeAndGo(options: JourneyOptions, values: Case, namespace: string): Promise<void> {
  const { client, chart, path } = options;
  await makeNamespace(client, namespace, chart);
  const before = await objectsIn(client, namespace);
  const files = values.files.flatMap((file) => ["-f", file]);
  await step(options, `install ${values.name}`, ["install", chart.release, path, "-n", namespace, ...files, ...wait]);
  await step(options, "uninstall", ["uninstall", chart.release, "-n", namespace, ...wait]);
  await expectLeft(options, namespace, before);
  await deleteNamespace(client, namespace);
}

/**
 * Goes through the environments in their order, back to the first, to a former revision, through the chart's tests, and
 * away. Throws {@link Trouble} at the first thing that is not as it should be.
 */
export async function travel(options: JourneyOptions, namespace: string): Promise<void> {
  const { client, chart, path } = options;
  const [first, ...rest] = chart.environments;
  if (first === undefined) return;
  await makeNamespace(client, namespace, chart);
  const before = await objectsIn(client, namespace);
  const identities = new Map<string, string>();
  const settle = async (label: string) => {
    const now = await objectsIn(client, namespace);
    // Values may take a StatefulSet away and bring it back; its claims are what it finds again.
    for (const key of identities.keys()) if (key.startsWith("StatefulSet/") && !now.has(key)) identities.delete(key);
    for (const [key, object] of now) {
      if (!stateful.has(object.kind)) continue;
      const uid = object.metadata.uid as string;
      const known = identities.get(key);
      if (known !== undefined && known !== uid)
        throw new Trouble(`${options.helm.name} ${label}: ${key} was made anew`);
      identities.set(key, uid);
    }
  };
  const go = async (label: string, words: readonly string[]) => {
    await step(options, label, words);
    await settle(label);
  };
  const files = (values: Case) => values.files.flatMap((file) => ["-f", file]);
  const release = [chart.release, path, "-n", namespace];
  await go(`install ${first.name}`, ["install", ...release, ...files(first), ...wait]);
  for (const values of [...rest, first])
    await go(`upgrade to ${values.name}`, ["upgrade", ...release, ...files(values), ...wait]);
  const last = String(rest.length + 1);
  if (!chart.noRollbackBy.includes(options.helm.name))
    await go(`rollback to ${last}`, ["rollback", chart.release, last, "-n", namespace, ...wait]);
  await go("test", ["test", chart.release, "-n", namespace]);
  await go("uninstall", ["uninstall", chart.release, "-n", namespace, ...wait]);
  await expectLeft(options, namespace, before);
  await deleteNamespace(client, namespace);
}

/** Objects of no namespace that a release made. */
async function releasedOutside(client: KubeClient, namespace: string): Promise<string[]> {
  const { resources } = await client.discovery();
  const out = new Set<string>();
  for (const resource of resources) {
    if (resource.namespaced || !resource.verbs.includes("list")) continue;
    for (const { metadata } of await client.list(resource, undefined))
      if (metadata.annotations?.["meta.helm.sh/release-namespace"] === namespace)
        out.add(`${resource.kind}/${metadata.name}`);
  }
  return [...out];
}

/** After an uninstall only what the chart keeps on purpose may be there, and what was there before. */
async function expectLeft(
  options: JourneyOptions,
  namespace: string,
  before: ReadonlyMap<string, ApiObject>,
): Promise<void> {
  let left: string[] = [];
  for (let tries = 0; tries < 100; tries++) {
    const now = await objectsIn(options.client, namespace);
    const there = [...now.keys(), ...(await releasedOutside(options.client, namespace))];
    left = there.filter((key) => !before.has(key) && !options.chart.keeps.some((kept) => kept.test(key)));
    if (left.length === 0) return;
    await sleep(systemClock, 100);
  }
  throw new Trouble(`${options.helm.name}: after uninstall there is still ${left.join(", ")}`);
}
