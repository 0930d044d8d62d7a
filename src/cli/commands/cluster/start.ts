import { SlipwayError } from "../../../base/index.ts";
import type { Command, Context, Flags } from "../../command.ts";
import type { ServeOptions } from "../../../cluster/node.ts";
import { dirOf, nameOf, whichFlags } from "./shared.ts";

export const command: Command = {
  name: "start",
  short: "start a cluster and make it current",
  long: `Starts an embedded Kubernetes cluster in a process of its own, waits until it answers, and makes its context current in the
kubeconfig, as kind does; no other entry is touched. A cluster that was stopped goes on where it was, with the options it had.`,
  examples: `# A cluster called default
slipway cluster start

# Three nodes of 8 CPUs in three zones
slipway cluster start --name zones --nodes 3 --node-cpu 8 --node-memory 32Gi --zones a,b,c

# An hour of the cluster's time in a minute
slipway cluster start --clock x60

# In this terminal, until Ctrl-C
slipway cluster start --foreground`,
  args: "[NAME]",
  arity: [0, 1],
  flags: [
    ...whichFlags,
    {
      name: "address",
      type: "string",
      kind: "address",
      default: "127.0.0.1",
      usage: "address to listen on; any other than this machine's own lets others in",
    },
    { name: "port", type: "string", kind: "port", default: "0", usage: "port to listen on; 0 takes one that is free" },
    { name: "nodes", type: "string", kind: "count", default: "2", usage: "simulated nodes" },
    { name: "node-cpu", type: "string", kind: "quantity", default: "32", usage: "CPUs of a node" },
    { name: "node-memory", type: "string", kind: "quantity", default: "128Gi", usage: "memory of a node" },
    { name: "zones", type: "stringSlice", kind: "zone", usage: "zones, dealt to the nodes in turn" },
    {
      name: "clock",
      type: "string",
      kind: "factor",
      usage: "run the cluster's clock faster: x60 makes a minute of it a second",
    },
    {
      name: "honour-probe-delays",
      type: "bool",
      usage: "wait for initialDelaySeconds of probes, which simulated pods otherwise pass over",
    },
    {
      name: "strict-webhooks",
      type: "bool",
      usage: "refuse what webhooks would be asked: their backends are simulated, and are passed over otherwise",
    },
    { name: "foreground", type: "bool", usage: "serve in this process until Ctrl-C" },
    { name: "detach", type: "bool", default: true, usage: "serve in a process of its own" },
    { name: "no-kubeconfig", type: "bool", usage: "leave the kubeconfig alone" },
  ],
  async run(context, args, flags) {
    const local = await import("../../../cluster/node.ts");
    const name = local.checkName(nameOf(args, flags));
    const options = optionsOf(flags);
    local.clockFactor(options.clock);
    const dir = dirOf(flags);
    if (options.address !== undefined && !isLoopback(options.address)) {
      context.err(
        `Warning: the cluster listens on ${options.address}: every machine that reaches it and has its token is its admin.\n`,
      );
    }
    const kubeconfig = flags.bool("no-kubeconfig")
      ? undefined
      : await local.kubeconfigFile(context.env, flags.string("kubeconfig"));
    if (flags.bool("foreground") || !flags.bool("detach"))
      return foreground(context, { name, dir, options, kubeconfig });
    const { cluster, fresh } = await local.startLocal({
      env: context.env,
      name,
      options,
      command: [process.argv[1] as string, "cluster", "serve"],
      ...(dir === undefined ? {} : { dir }),
      ...(kubeconfig === undefined ? {} : { kubeconfig }),
    });
    context.out(`Cluster ${name} ${fresh ? "runs" : "was running already"} at ${cluster.url}\n`);
    if (kubeconfig !== undefined) context.out(`Context ${cluster.context} is current in ${kubeconfig}\n`);
    const ignored = fresh ? [] : differing(options, cluster.options);
    if (ignored.length > 0) {
      context.err(
        `Warning: it goes on with the options it was started with; ${ignored.join(", ")} would count at its next start: slipway cluster stop ${name}, then start it again.\n`,
      );
    }
    context.err(
      "Its pods are simulated: they become ready, unless annotations say otherwise, and nothing runs in them.\n",
    );
    return 0;
  },
};

/** What the user gave; what was not given stays as it was at an earlier start. */
function optionsOf(flags: Flags): ServeOptions {
  const { given } = flags;
  const options: { -readonly [K in keyof ServeOptions]: ServeOptions[K] } = {};
  if (given.has("address")) options.address = flags.string("address");
  if (given.has("port")) options.port = whole(flags, "port", 0, 65535);
  if (given.has("nodes")) options.nodes = whole(flags, "nodes", 1, 5000);
  if (given.has("node-cpu")) options.nodeCpu = flags.string("node-cpu");
  if (given.has("node-memory")) options.nodeMemory = flags.string("node-memory");
  if (given.has("zones")) options.zones = flags.list("zones");
  if (given.has("clock")) options.clock = flags.string("clock");
  if (given.has("honour-probe-delays")) options.honourProbeDelays = flags.bool("honour-probe-delays");
  if (given.has("strict-webhooks")) options.strictWebhooks = flags.bool("strict-webhooks");
  for (const [flag, text] of [
    ["node-cpu", options.nodeCpu],
    ["node-memory", options.nodeMemory],
  ] as const) {
    if (text !== undefined && !/^\d+(\.\d+)?(m|[kMGTPE]i?)?$/.test(text)) {
      throw new SlipwayError(`--${flag} takes a quantity such as 8 or 32Gi, not ${text}`, { code: "cluster.nodes" });
    }
  }
  return options;
}

/** A flag's whole number within bounds; says what it takes otherwise. */
function whole(flags: Flags, flag: string, least: number, most: number): number {
  const text = flags.string(flag);
  const value = /^\d{1,9}$/.test(text) ? Number(text) : -1;
  if (value >= least && value <= most) return value;
  throw new SlipwayError(`--${flag} takes a number from ${least} to ${most}, not ${text === "" ? "nothing" : text}`, {
    code: `cluster.${flag}`,
  });
}

const isLoopback = (address: string): boolean => /^(127\.|localhost$|::1$|\[::1\]$)/.test(address);

/** The flags whose values a running cluster does not have. */
function differing(wanted: ServeOptions, running: ServeOptions): string[] {
  const out: string[] = [];
  for (const key of Object.keys(wanted) as (keyof ServeOptions)[]) {
    if (JSON.stringify(wanted[key]) === JSON.stringify(running[key]) || (key === "port" && wanted.port === 0)) continue;
    out.push(`--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)} ${String(wanted[key])}`);
  }
  return out;
}

interface ForegroundRequest {
  readonly name: string;
  readonly dir: string | undefined;
  readonly options: ServeOptions;
  readonly kubeconfig: string | undefined;
}

async function foreground(context: Context, request: ForegroundRequest): Promise<number> {
  const local = await import("../../../cluster/node.ts");
  const { name, dir, options, kubeconfig } = request;
  const there = await local.describe(context.env, name, dir);
  if (there?.state === "running") {
    throw new SlipwayError(`the cluster ${name} runs already, as process ${there.pid}`, {
      code: "cluster.locked",
      fix: `slipway cluster stop --name ${name}`,
    });
  }
  const folder = local.clusterFolder(context.env, name, dir);
  await local.serveHere(
    { name, folder, options: { ...there?.options, ...options }, say: (text) => context.err(text) },
    context.signal,
    kubeconfig,
    (cluster) => {
      context.out(`Cluster ${name} runs at ${cluster.url}; Ctrl-C stops it\n`);
      if (kubeconfig !== undefined) context.out(`Context ${local.contextName(name)} is current in ${kubeconfig}\n`);
    },
  );
  return 0;
}
