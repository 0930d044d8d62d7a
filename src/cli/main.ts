import { commands } from "./commands/index.ts";
import { processContext } from "./context.ts";
import { run } from "./run.ts";

void run(process.argv.slice(2), commands, processContext()).then((code) => {
  // Everything was written synchronously and every command has awaited its work: idle connections need not keep us.
  process.exit(code);
});
