import { SlipwayError, isSlipwayError } from "../../base/index.ts";
import type { Chart, HelmVersion } from "../../chart/index.ts";
import type { Hook, KubeObject } from "../../manifest/index.ts";
import type { Answers, Capabilities, OutlineCache, Rendered, RenderOptions } from "../../render/index.ts";
import { waitFlag } from "../action-flags.ts";
import { checkInstallable } from "../chart-input.ts";
import type { ClusterConnection } from "../cluster-connection.ts";
import type { Command, Context, Flags } from "../command.ts";
import { withDependencies } from "../dependency-update.ts";
import { nameAndChart } from "../name-and-chart.ts";
import { namespaceOf } from "../namespace.ts";
import { chartFlags, locate } from "../repository-flags.ts";
import { outlineFolder } from "../outline-cache.ts";
import { platformPorts } from "../platform-ports.ts";
import { machineRandom } from "../random.ts";
import { remoteSchemas, remoteSchemasFlag } from "../remote-schemas.ts";
import { spareOptimizing } from "../tiers.ts";
import {
  type GivenValues,
  helmVersionFlag,
  helmVersionOf,
  readText,
  readUserValues,
  valueFlags,
} from "../values-flags.ts";

/** `slipway template`: what a chart becomes, printed. */
export const command: Command = {
  name: "template",
  short: "what a chart becomes, without a cluster",
  examples: `# What a chart becomes with its defaults
slipway template ./chart

# With a release name, values and a Kubernetes version
slipway template web ./chart -f prod.yaml --set image.tag=v2 --kube-version 1.34

# Only some of the files
slipway template ./chart -s templates/deployment.yaml -s 'charts/*/templates/service.yaml'

# The same bytes as Helm 3 gives, and the same random values each time
slipway template ./chart --helm-version 3 --seed 1`,
  long:
    "Renders the chart's templates and prints the manifests, as `helm template` does, to the byte. Nothing is asked of " +
    "a cluster unless --dry-run=server says so.",
  args: "[NAME] CHART",
  arity: [1, -1],
  flags: [
    ...valueFlags,
    { name: "show-only", short: "s", type: "stringArray", usage: "print only what these templates become (globs)" },
    { name: "output-dir", type: "string", kind: "folder", usage: "write the manifests to files below a folder" },
    { name: "release-name", type: "bool", usage: "put the release name into the paths of --output-dir" },
    { name: "include-crds", type: "bool", usage: "print the chart's crds/ too" },
    { name: "skip-crds", type: "bool", usage: "has no effect here; CRDs are printed with --include-crds only" },
    { name: "skip-tests", type: "bool", usage: "leave test hooks out" },
    { name: "no-hooks", type: "bool", usage: "leave all hooks out" },
    { name: "is-upgrade", type: "bool", usage: "set .Release.IsUpgrade instead of .Release.IsInstall" },
    { name: "kube-version", type: "string", kind: "version", usage: "the Kubernetes of .Capabilities.KubeVersion" },
    {
      name: "api-versions",
      short: "a",
      type: "stringSlice",
      usage: "more API versions for .Capabilities.APIVersions",
    },
    { name: "generate-name", short: "g", type: "bool", usage: "has no effect here: the name is release-name" },
    { name: "name-template", type: "string", kind: "template", usage: "a template that makes the release name" },
    { name: "dependency-update", type: "bool", usage: "fetch missing dependencies first" },
    { name: "skip-schema-validation", type: "bool", usage: "do not hold the values against values.schema.json" },
    remoteSchemasFlag,
    { name: "enable-dns", type: "bool", usage: "let getHostByName ask the network" },
    {
      name: "dry-run",
      type: "string",
      kind: "mode",
      default: "client",
      bare: "unset",
      values: ["client", "server"],
      usage: "client: no cluster. server: lookup and capabilities from the cluster",
    },
    {
      name: "validate",
      type: "bool",
      deprecated: "use '--dry-run=server' instead",
      usage: "the same as --dry-run=server",
    },
    {
      name: "post-renderer",
      type: "string",
      kind: "program",
      usage: "a program that gets the manifests and changes them",
    },
    { name: "post-renderer-args", type: "stringArray", usage: "an argument of the post-renderer" },
    { name: "lookup-from", type: "stringArray", kind: "file", usage: "manifests that `lookup` finds its objects in" },
    { name: "seed", type: "int", usage: "make random values reproducible" },
    { name: "render-timeout", type: "duration", default: "30s", usage: "end the rendering when it takes longer" },
    helmVersionFlag,
    { name: "create-namespace", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "description", type: "string", hidden: true, usage: "has no effect here" },
    { name: "disable-openapi-validation", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "force", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "force-conflicts", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "force-replace", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "hide-notes", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "render-subchart-notes", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "labels", short: "l", type: "stringToString", hidden: true, usage: "has no effect here" },
    { name: "replace", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "rollback-on-failure", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "atomic", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "server-side", type: "string", bare: "true", default: "true", hidden: true, usage: "has no effect here" },
    { name: "take-ownership", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "timeout", type: "duration", default: "5m0s", hidden: true, usage: "has no effect here" },
    { ...waitFlag, hidden: true, usage: "has no effect here" },
    { name: "wait-for-jobs", type: "bool", hidden: true, usage: "has no effect here" },
    { name: "verify", type: "bool", hidden: true, usage: "charts are not verified yet" },
    { name: "keyring", type: "string", hidden: true, usage: "charts are not verified yet" },
    { name: "plain-http", type: "bool", hidden: true, usage: "has no effect here" },
    ...chartFlags,
  ],
  async run(context, args, flags) {
    const helmVersion = helmVersionOf(flags);
    const server = fromServer(context, flags);
    // Without a NAME it is this, whatever --generate-name says.
    const { name = "release-name", ref } = await nameAndChart(args, flags);
    const path = await locate(context, ref, flags);
    const given = await readUserValues(context, flags, helmVersion);
    const { loadChart } = await import("../../chart/index.ts");
    let now: (() => number) | undefined;
    const load = () =>
      loadChart(path, {
        helmVersion,
        warn: (message) => debugLine(context, flags, message),
        found: (files) => (now = spareOptimizing(files)),
      });
    const found = await load();
    for (const warning of found.warnings ?? []) context.err(`${warning}\n`);
    checkInstallable(found);
    if (found.metadata.deprecated) context.err("WARNING: This chart is deprecated\n");
    const chart = await withDependencies(context, flags, found, helmVersion, load);
    const outlines = outlineFolder(context);
    const aids = { ...(outlines && { outlines }), ...(now && { now }) };
    const rendered = await renderOrExplain(context, flags, chart, given, name, helmVersion, server, aids);
    for (const warning of rendered.warnings) context.err(`${warning.message}\n`);
    await print(context, flags, name, rendered, helmVersion);
    await outlines?.flush();
    return 0;
  },
};

/** What makes a rendering quicker: kept outlines, and a clock that looks after V8's compilers. */
interface Aids {
  readonly outlines?: OutlineCache;
  readonly now?: () => number;
}

/** Is the cluster to be asked? In Helm's words where the flag is wrong. */
function fromServer(context: Context, flags: Flags): boolean {
  if (flags.bool("validate")) return true;
  const mode = flags.string("dry-run");
  if (mode === "client") return false;
  if (mode === "server") return true;
  if (mode === "unset") {
    context.err(`level=WARN msg="--dry-run is deprecated and should be replaced with '--dry-run=client'"\n`);
    return false;
  }
  const quoted = JSON.stringify(mode);
  if (/^(1|t|T|TRUE|true|True)$/.test(mode)) {
    context.err(
      `level=WARN msg="boolean '--dry-run=${mode}' flag is deprecated and must be replaced with '--dry-run=client'"\n`,
    );
    return false;
  }
  const choices = /^(none|0|f|F|FALSE|false|False)$/.test(mode)
    ? '"server" or "client"'
    : '"none", "server", or "client"';
  throw new SlipwayError(`invalid dry-run value (${quoted}). Must be ${choices}`, { code: "cli.flag" });
}

function debugLine(context: Context, flags: Flags, message: string): void {
  if (flags.bool("debug")) context.err(`${message}\n`);
}

async function renderOrExplain(
  context: Context,
  flags: Flags,
  chart: Chart,
  given: GivenValues,
  name: string,
  helmVersion: HelmVersion,
  server: boolean,
  aids: Aids,
): Promise<Rendered> {
  const { RenderFailure, checkReleaseName, explainFailure } = await import("../../render/index.ts");
  checkReleaseName(name, helmVersion);
  const cluster = server ? await openServer(context, flags) : undefined;
  const options = await renderOptions(context, flags, name, helmVersion, cluster, aids);
  try {
    return await renderWithAnswers(chart, given, options, cluster);
  } catch (error) {
    if (error instanceof RenderFailure && flags.bool("debug")) {
      for (const [source, text] of error.files) {
        if (text.trim() !== "") context.out(`---\n# Source: ${source}\n${text}\n`);
      }
    }
    throw await explainFailure(error, { chart, values: given.values, sources: given.sources, options });
  } finally {
    cluster?.close();
  }
}

async function openServer(context: Context, flags: Flags): Promise<ClusterConnection> {
  const { openCluster } = await import("../cluster-connection.ts");
  return openCluster(context, flags);
}

/** Renders until no question is open: each round may ask what the one before could not. */
async function renderWithAnswers(
  chart: Chart,
  given: GivenValues,
  options: RenderOptions,
  cluster: ClusterConnection | undefined,
): Promise<Rendered> {
  const { render } = await import("../../render/index.ts");
  const now = Date.now();
  let answers: Answers = new Map();
  let asked = options;
  for (let round = 0; round < 32; round++) {
    const rendered = await render(chart, given.values, asked);
    if (rendered.questions.length === 0) return rendered;
    const { answerAll } = await import("../outside-answers.ts");
    answers = await answerAll(rendered.questions, answers, cluster?.client);
    // What is asked next must not depend on chance or time.
    asked = { ...options, answers, clock: { now: () => now }, seed: options.seed ?? now };
  }
  throw new SlipwayError("the templates still had questions after 32 rounds", { code: "render.questions" });
}

async function renderOptions(
  context: Context,
  flags: Flags,
  name: string,
  helmVersion: HelmVersion,
  cluster: ClusterConnection | undefined,
  aids: Aids,
): Promise<RenderOptions> {
  const { postRenderer } = await import("../post-renderer.ts");
  const postRender = await postRenderer(context, flags);
  const objects = await lookupObjects(context, flags);
  return {
    helmVersion,
    release: {
      name,
      namespace: cluster?.namespace ?? (await namespaceOf(context, flags)),
      revision: 1,
      isInstall: !flags.bool("is-upgrade"),
      isUpgrade: flags.bool("is-upgrade"),
    },
    capabilities: await capabilities(flags, helmVersion, cluster),
    lookup: objects ?? (cluster === undefined ? "none" : "ask"),
    dns: flags.bool("enable-dns") ? "ask" : "none",
    skipSchemaValidation: flags.bool("skip-schema-validation"),
    limits: { timeout: flags.duration("render-timeout"), ...(aids.now && { now: aids.now }) },
    loadPorts: () => platformPorts(context),
    random: machineRandom,
    ...(aids.outlines && { outlines: aids.outlines }),
    ...(flags.given.has("seed") ? { seed: flags.int("seed") } : {}),
    ...(postRender === undefined ? {} : { postRender }),
    ...remoteSchemas(context, flags),
  };
}

async function capabilities(
  flags: Flags,
  helmVersion: HelmVersion,
  cluster: ClusterConnection | undefined,
): Promise<Capabilities> {
  if (cluster !== undefined) {
    const { capabilitiesOf } = await import("../outside-answers.ts");
    return capabilitiesOf(cluster.client).catch((error: unknown) => {
      if (helmVersion === 3 || !isSlipwayError(error, "kube.unreachable")) throw error;
      throw new SlipwayError(`cluster reachability check failed: ${error.message}`, error.facts);
    });
  }
  const { defaultCapabilities, parseKubeVersion } = await import("../../render/index.ts");
  const base = defaultCapabilities();
  const wanted = flags.string("kube-version");
  return {
    kubeVersion: wanted === "" ? base.kubeVersion : parseKubeVersion(wanted, helmVersion),
    apiVersions: [...base.apiVersions, ...flags.list("api-versions")],
  };
}

/** The objects of --lookup-from. */
async function lookupObjects(context: Context, flags: Flags): Promise<KubeObject[] | undefined> {
  const names = flags.list("lookup-from");
  if (names.length === 0) return undefined;
  const { parseManifest } = await import("../../manifest/index.ts");
  const objects: KubeObject[] = [];
  for (const file of names.flatMap((name) => filesAt(context, name))) {
    const text = await readText(context, file, "reading what --lookup-from names");
    objects.push(...parseManifest(text).map(({ object }) => object));
  }
  return objects;
}

/** The file itself, or the manifests (`.yaml`, `.yml`, `.json`) right in a folder, by name. */
function filesAt(context: Context, name: string): string[] {
  const { readdirSync, statSync } = process.getBuiltinModule("node:fs");
  const { join, resolve } = process.getBuiltinModule("node:path");
  if (!statSync(resolve(context.cwd, name), { throwIfNoEntry: false })?.isDirectory()) return [name];
  return readdirSync(resolve(context.cwd, name))
    .filter((file) => /\.(ya?ml|json)$/.test(file))
    .toSorted()
    .map((file) => join(name, file));
}

/** Prints the manifests and hooks, whole, chosen, or to files. */
async function print(
  context: Context,
  flags: Flags,
  name: string,
  rendered: Rendered,
  helmVersion: HelmVersion,
): Promise<void> {
  const { joinedText } = await import("../../render/index.ts");
  const { goTrim } = await import("../../manifest/index.ts");
  const crds = flags.bool("include-crds") ? rendered.crds : [];
  const wanted = (hook: Hook) => !(flags.bool("skip-tests") && hook.events.includes("test"));
  const hooks = flags.bool("no-hooks") ? [] : rendered.hooks.filter(wanted);
  const folder = flags.string("output-dir");
  const asDocument = (hook: Hook) => ({ source: hook.path, text: hook.manifest });
  if (folder !== "") {
    await writeFiles(context, flags, folder, name, crds, [...rendered.manifests, ...hooks.map(asDocument)]);
    // Helm prints the empty manifest's line.
    context.out("\n");
    return;
  }
  const manifest = crds.map(joinedText).join("") + rendered.manifest;
  const text = `${goTrim(manifest)}\n${hooks.map((hook) => joinedText(asDocument(hook))).join("")}`;
  const chosen = flags.list("show-only");
  context.out(chosen.length === 0 ? text : await showOnly(text, chosen, helmVersion));
}

/** The documents of the templates that the patterns match, in the order of the patterns. */
async function showOnly(text: string, patterns: readonly string[], helmVersion: HelmVersion): Promise<string> {
  const { splitManifests } = await import("../../manifest/index.ts");
  const { filepathMatch } = await import("../../chart/index.ts");
  const matches = (pattern: string, path: string) => {
    try {
      return filepathMatch(pattern, path);
    } catch {
      return false;
    }
  };
  const documents = splitManifests(text, helmVersion).map((document) => ({
    document,
    path: /# Source: [^/\n]+\/(.+)/.exec(document)?.[1],
  }));
  let out = "";
  for (const pattern of patterns) {
    const found = documents.filter(({ path }) => path !== undefined && matches(pattern, path));
    if (found.length === 0) {
      throw new SlipwayError(`could not find template ${pattern} in chart`, {
        code: "template.not-found",
        path: pattern,
      });
    }
    for (const { document } of found) out += `---\n${document}\n`;
  }
  return out;
}

async function writeFiles(
  context: Context,
  flags: Flags,
  folder: string,
  name: string,
  crds: Rendered["crds"],
  documents: readonly { readonly source: string; readonly text: string }[],
): Promise<void> {
  const { appendFileSync, mkdirSync, writeFileSync } = await import("node:fs");
  const { dirname, join, resolve } = await import("node:path");
  const { toBytes } = await import("../../base/index.ts");
  const { joinedText } = await import("../../render/index.ts");
  const written = new Set<string>();
  const write = (top: string, document: { readonly source: string; readonly text: string }) => {
    const shown = `${top}/${document.source}`;
    const file = resolve(context.cwd, shown);
    mkdirSync(dirname(file), { recursive: true });
    (written.has(file) ? appendFileSync : writeFileSync)(file, toBytes(joinedText(document)));
    written.add(file);
    context.out(`wrote ${shown}\n`);
  };
  for (const crd of crds) write(folder, crd);
  const top = flags.bool("release-name") ? join(folder, name) : folder;
  for (const document of documents) write(top, document);
}
