import type { Command } from "../../command.ts";
import { platformPorts } from "../../platform-ports.ts";
import { remoteSchemas } from "../../remote-schemas.ts";
import { repositoryPaths } from "../../repository-flags.ts";
import { fleetFlags, needsFlags, open, renderFlags } from "./flags.ts";
import { extraValues } from "./extra.ts";
import { hookEnv } from "./run.ts";

export const command: Command = {
  name: "template",
  short: "what the charts of the releases become",
  examples: "slipway fleet --file deployments/dev/helmfile.yaml template",
  arity: [0, 0],
  flags: [
    ...fleetFlags,
    ...needsFlags,
    ...renderFlags,
    { name: "include-crds", type: "bool", usage: "print the charts' crds/ too" },
    { name: "skip-deps", type: "bool", hidden: true, usage: "has no effect; nothing is fetched that is not needed" },
  ],
  async run(context, _args, flags) {
    const { fleet, host } = await open(context, flags);
    const { templateFleet } = await import("../../../fleet/index.ts");
    const rendered = templateFleet(fleet, {
      source: { host, paths: repositoryPaths(flags), signal: context.signal },
      extra: await extraValues(context, flags),
      includeCrds: flags.bool("include-crds"),
      render: { loadPorts: () => platformPorts(context), ...remoteSchemas(context, flags) },
      hooks: {
        signal: context.signal,
        env: await hookEnv(context, flags),
        log: (line) => context.err(`${line}\n`),
      },
    });
    for await (const { release, text } of rendered) {
      context.err(`Templating release=${release.name}, chart=${release.chart}\n`);
      // helmfile ends each release with an empty line.
      context.out(`${text}\n`);
    }
    return 0;
  },
};
