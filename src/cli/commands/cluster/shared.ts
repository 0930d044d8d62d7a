import { SlipwayError } from "../../../base/index.ts";
import type { Flags, FlagSpec } from "../../command.ts";
import type { LocalCluster } from "../../../cluster/node.ts";

export const nameFlag: FlagSpec = {
  name: "name",
  type: "string",
  kind: "name",
  default: "default",
  usage: "the cluster's name",
};

export const dirFlag: FlagSpec = {
  name: "dir",
  type: "string",
  kind: "folder",
  usage: "the cluster's own folder, instead of one by its name under $SLIPWAY_HOME or the data folder of the user",
};

/** Both flags that say which cluster is meant. */
export const whichFlags: readonly FlagSpec[] = [nameFlag, dirFlag];

/** The cluster's name: `slipway cluster stop small` or `--name small`. Throws where they disagree. */
export function nameOf(args: readonly string[], flags: Flags): string {
  const [given] = args;
  const name = flags.string("name");
  if (given === undefined || given === name) return name;
  if (!flags.given.has("name")) return given;
  throw new SlipwayError(`two names are given: ${given} and --name ${name}`, { code: "cluster.name" });
}

/** --dir, where it was given. */
export function dirOf(flags: Flags): string | undefined {
  const dir = flags.string("dir");
  return dir === "" ? undefined : dir;
}

export function noCluster(name: string): SlipwayError {
  return new SlipwayError(`there is no cluster ${JSON.stringify(name)}`, {
    code: "cluster.not-found",
    fix: "slipway cluster list shows those that are there",
  });
}

/** A cluster as -o json prints it. */
export function asData(cluster: LocalCluster): object {
  const { name, state, url, pid, startedAt, context, kubeconfig, folder, options } = cluster;
  return {
    name,
    state,
    ...(url === undefined ? {} : { url }),
    ...(pid === undefined ? {} : { pid }),
    ...(startedAt === undefined ? {} : { startedAt: new Date(startedAt).toISOString() }),
    context,
    ...(kubeconfig === undefined ? {} : { kubeconfig }),
    folder,
    options,
  };
}

/** `3m12s`, as kubectl prints ages. */
export function age(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  if (seconds < 120) return `${seconds}s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 10) return seconds % 60 === 0 ? `${minutes}m` : `${minutes}m${seconds % 60}s`;
  if (minutes < 180) return `${minutes}m`;
  const hours = Math.floor(minutes / 60);
  return hours < 48 ? `${hours}h` : `${Math.floor(hours / 24)}d`;
}
