/**
 * `npm run tools [-- NAME…]`: builds the stock tools and oracles that tests compare with (see test/tools/tools.ts).
 * `--ci` also builds kubelab's control plane where the kit is there, and counts a machine without Go as skipped.
 */
import { kubelab } from "../test/tools/kubelab.ts";
import { build, hasGo, toolNames } from "../test/tools/tools.ts";

const ci = process.argv.includes("--ci");
const given = process.argv.slice(2).filter((word) => word !== "--ci");
const names = given.length > 0 ? given : toolNames();
const say = (line: string) => process.stderr.write(`${line}\n`);
let [passed, failed, skipped] = [0, 0, 0];

if (!hasGo()) {
  say("The tools to compare with are Go programs, and there is no Go here.");
  if (ci) skipped = names.length;
  else failed = names.length;
} else {
  for (const name of names) {
    try {
      process.stdout.write(`${name}: ${build(name, say)}\n`);
      passed++;
    } catch (error) {
      say(`Error: ${(error as Error).message}`);
      failed++;
    }
  }
}
if (ci) {
  try {
    const cluster = kubelab();
    process.stdout.write(`kubelab: ${cluster.skip === false ? cluster.path : cluster.skip}\n`);
    if (cluster.skip === false) passed++;
    else skipped++;
  } catch (error) {
    say(`Error: ${(error as Error).message}`);
    failed++;
  }
}
process.stdout.write(`${passed} passed, ${failed} failed, ${skipped} skipped\n`);
process.exitCode = failed === 0 ? 0 : 1;
