import type { Command } from "../../command.ts";

/** What `cluster start` runs in the background: the request stands as JSON in the one argument. */
export const command: Command = {
  name: "serve",
  short: "serve a cluster in this process",
  examples: 'slipway cluster serve \'{"name":"default","folder":"…","options":{}}\'',
  args: "REQUEST",
  arity: [1, 1],
  flags: [],
  hidden: true,
  async run(context, [request = "{}"]) {
    const { serve } = await import("../../../cluster/node.ts");
    await serve({ ...JSON.parse(request), say: (text: string) => context.err(text) }, context.signal);
    return 0;
  },
};
