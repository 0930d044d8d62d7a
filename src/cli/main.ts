import { commands } from "./commands/index.ts";
import { processContext } from "./context.ts";
import { run } from "./run.ts";

void run(process.argv.slice(2), commands, processContext()).then((code) => {
  process.exitCode = code;
});
