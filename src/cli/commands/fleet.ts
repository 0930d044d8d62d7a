import type { Command } from "../command.ts";
import { fleetFlags } from "./fleet/flags.ts";

/** `slipway fleet`: helmfile's work, in this process. */
export const command: Command = {
  name: "fleet",
  short: "the releases of a helmfile, worked on together",
  examples: `# Bring everything that a helmfile names up to date
slipway fleet --file deployments/dev/helmfile.yaml apply

# Only some of its releases
slipway fleet --file deployments/dev/helmfile.yaml --selector service=ml-api apply

# What it would install
slipway fleet --file deployments/dev/helmfile.yaml template`,
  long:
    "Reads helmfiles as helmfile does (environments, bases, templates, selectors, needs, hooks) and does its work " +
    "without starting helm. An address of a repository may be given by the environment: SLIPWAY_REPOSITORY_<NAME>.",
  arity: [0, 0],
  flags: fleetFlags,
  subcommands: [
    { name: "apply", short: "install or upgrade what has changed", load: () => import("./fleet/apply.ts") },
    { name: "destroy", short: "uninstall the releases", load: () => import("./fleet/destroy.ts") },
    { name: "list", short: "the releases of the file", load: () => import("./fleet/list.ts") },
    { name: "status", short: "how the releases stand on the cluster", load: () => import("./fleet/status.ts") },
    { name: "sync", short: "install or upgrade every release", load: () => import("./fleet/sync.ts") },
    { name: "template", short: "what the charts of the releases become", load: () => import("./fleet/template.ts") },
  ],
};
