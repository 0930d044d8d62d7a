import type { Command } from "../../command.ts";
import { outputFlag } from "../../output.ts";
import { table } from "../../table.ts";
import { age, dirOf, nameOf, noCluster, whichFlags } from "./shared.ts";
import { SlipwayError } from "../../../base/index.ts";

export const command: Command = {
  name: "events",
  short: "what happened in a cluster lately",
  long: "The events of the last hour, oldest first, of every namespace or of the one that -n names.",
  examples: `slipway cluster events

# What went wrong with the pods of a namespace
slipway cluster events -n dev --type Warning --kind Pod`,
  args: "[NAME]",
  arity: [0, 1],
  flags: [
    ...whichFlags,
    outputFlag,
    { name: "type", type: "string", kind: "type", values: ["Normal", "Warning"], usage: "only events of this type" },
    { name: "kind", type: "string", kind: "kind", usage: "only events about this kind" },
    { name: "for", type: "string", kind: "name", usage: "only events about the object of this name" },
  ],
  async run(context, args, flags) {
    const local = await import("../../../cluster/node.ts");
    const name = nameOf(args, flags);
    const cluster = await local.describe(context.env, name, dirOf(flags));
    if (cluster === undefined) throw noCluster(name);
    if (cluster.state !== "running") {
      throw new SlipwayError(`the cluster ${name} is ${cluster.state}`, {
        code: "cluster.stopped",
        fix: `slipway cluster start --name ${name}`,
      });
    }
    const all = await local.events(context.env, name, dirOf(flags), flags.string("namespace"));
    const [type, kind, about] = ["type", "kind", "for"].map((flag) => flags.string(flag));
    const events = all.filter(
      (event) =>
        (!type || event.type === type) &&
        (!kind || event.kind.toLowerCase() === kind.toLowerCase()) &&
        (!about || event.name === about),
    );
    const format = flags.string("output");
    if (format === "json") context.out(`${JSON.stringify(events)}\n`);
    else if (format === "yaml") {
      const { stringify } = await import("../../../goyaml/index.ts");
      context.out(stringify(events));
    } else if (events.length === 0) context.err("No events.\n");
    else {
      const now = Date.now();
      const clock = local.clockFactor(cluster.options.clock) === 1;
      context.out(
        table([
          ["LAST SEEN", "NAMESPACE", "TYPE", "REASON", "OBJECT", "MESSAGE"],
          ...events.map((event) => [
            // On a faster clock the cluster's times are not ours.
            clock ? age(now - Date.parse(event.lastSeen)) : event.lastSeen,
            event.namespace,
            event.type,
            event.reason,
            `${event.kind.toLowerCase()}/${event.name}`,
            event.count > 1 ? `${event.message} (${event.count} times)` : event.message,
          ]),
        ]),
      );
    }
    return 0;
  },
};
