import { commands } from "./commands/index.ts";
import { processContext } from "./context.ts";
import { run } from "./run.ts";

// Exit by code, not by process.exit: what is still being written gets out, and nothing that runs is cut off.
process.exitCode = await run(process.argv.slice(2), commands, processContext());
