/** Programs of the machine that tests call. */
import { spawnSync } from "node:child_process";

/** True when a program can be called by its name. */
export function hasProgram(name: string): boolean {
  return spawnSync(name, ["--version"], { stdio: "ignore" }).status === 0;
}
