import { withCluster } from "./cluster-connection.ts";
import type { Context, Flags } from "./command.ts";

/** The releases of the namespace: `web<TAB>chart-1.0.0 -> deployed`, as Helm completes them. */
export async function releaseNames(context: Context, flags: Flags): Promise<string[]> {
  return await withCluster(context, flags, async ({ site }) => {
    const { list } = await import("../release/index.ts");
    const { chartName } = await import("./commands/list.ts");
    const releases = await list(site, { signal: context.signal });
    return releases.map((release) => `${release.name}\t${chartName(release)} -> ${release.status}`);
  });
}

/** Completes RELEASE where a command takes one, or several when `many`. */
export function completeRelease(many = false) {
  return async (context: Context, args: readonly string[], flags: Flags): Promise<string[]> => {
    if (args.length > 0 && !many) return [];
    const names = await releaseNames(context, flags);
    return names.filter((line) => !args.includes(line.split("\t")[0] as string));
  };
}

/** The revisions of a release, newest first: `3<TAB>App: 1.0, Chart: web-1.0.0, superseded`. */
export async function revisionsOfRelease(context: Context, name: string, flags: Flags): Promise<string[]> {
  return await withCluster(context, flags, async ({ site }) => {
    const { history } = await import("../release/index.ts");
    const { appVersion, chartName } = await import("./commands/list.ts");
    const revisions = await history(site, name, { signal: context.signal });
    return revisions
      .toReversed()
      .map(
        (revision) =>
          `${revision.version}\tApp: ${appVersion(revision)}, Chart: ${chartName(revision)}, ${revision.status}`,
      );
  });
}

/** Completes RELEASE and then one of its revisions. */
export async function completeRevision(context: Context, args: readonly string[], flags: Flags): Promise<string[]> {
  const [name] = args;
  if (name === undefined) return await releaseNames(context, flags);
  return args.length === 1 ? await revisionsOfRelease(context, name, flags) : [];
}

/** Completes `--revision` of the release that is named. */
export async function completeRevisionFlag(context: Context, args: readonly string[], flags: Flags): Promise<string[]> {
  return args[0] === undefined ? [] : await revisionsOfRelease(context, args[0], flags);
}

/** The namespaces of the cluster. */
export async function namespaceNames(context: Context, flags: Flags): Promise<string[]> {
  return await withCluster(context, flags, async ({ client }) => {
    const { wellKnown } = await import("../kube/index.ts");
    const all = await client.list(wellKnown.namespaces, undefined, { metadataOnly: true, signal: context.signal });
    return all.map((namespace) => namespace.metadata.name);
  });
}

/** The contexts of the kubeconfig, with the cluster each is for. */
export async function contextNames(context: Context, flags: Flags): Promise<string[]> {
  const { readKubeconfigFiles } = await import("../kube/index.ts");
  const kubeconfig = flags.string("kubeconfig");
  const { contexts } = await readKubeconfigFiles({ env: context.env, ...(kubeconfig === "" ? {} : { kubeconfig }) });
  return Object.entries(contexts).map(([name, entry]) => `${name}\t${entry.cluster ?? ""}`);
}
