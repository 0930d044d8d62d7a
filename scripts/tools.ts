/** `npm run tools [-- NAME…]`: builds the stock tools and oracles that tests compare with (see test/tools/tools.ts). */
import { build, hasGo, toolNames } from "../test/tools/tools.ts";

const names = process.argv.length > 2 ? process.argv.slice(2) : toolNames();
if (!hasGo()) {
  process.stderr.write("Error: the tools to compare with are Go programs; install Go first.\n");
  process.exitCode = 1;
} else {
  for (const name of names) {
    try {
      process.stdout.write(`${name}: ${build(name, (line) => process.stderr.write(`${line}\n`))}\n`);
    } catch (error) {
      process.stderr.write(`Error: ${(error as Error).message}\n`);
      process.exitCode = 1;
    }
  }
}
