import { writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Dice } from "./chart.ts";
import type { Tool } from "./run.ts";

/** What a walk knows of its release. */
export interface State {
  installed: boolean;
  kept: boolean;
  revisions: number;
  exists?: boolean;
}

/** What a step does. */
export type Action = "install" | "upgrade" | "rollback" | "uninstall" | "test";

/** What could come next, by chance. */
export function chooseAction(dice: Dice, state: State, hasTests: boolean): Action {
  if (!state.exists) return dice.pick(["install", "install", "upgrade"]);
  // From ten revisions on stock Helm takes v9 for the last one where it looks whether a release is uninstalled.
  if (state.revisions >= 9) return "uninstall";
  const actions: Action[] = ["upgrade", "upgrade", "upgrade", "rollback", "rollback", "uninstall"];
  if (state.kept) actions.push("install", "upgrade");
  if (hasTests) actions.push("test");
  if (dice.chance(5)) actions.push("install");
  return dice.pick(actions);
}

/** Notes what a step has brought about. */
export function remember(state: State, action: Action, done: boolean, words: readonly string[]): void {
  if (!done) return;
  if (action === "uninstall") {
    state.installed = false;
    state.kept = words.includes("--keep-history");
  } else state.installed = true;
}

/** The command line of a step, by chance; its files of values go into `folder`. */
export function actionWords(
  dice: Dice,
  action: Action,
  chart: string,
  folder: string,
  step: number,
  stock: Tool,
  state: State,
): string[] {
  switch (action) {
    case "install":
      return [
        "install",
        "rel",
        chart,
        ...valueWords(dice, folder, step, false),
        ...(dice.chance(15) ? ["--no-hooks"] : []),
        ...(dice.chance(6) ? ["--atomic", "--timeout", "8s"] : []),
        ...(dice.chance(5) ? ["--skip-crds"] : []),
        ...(state.kept || dice.chance(10) ? ["--replace"] : []),
      ];
    case "upgrade": {
      const more = dice.pick([
        [],
        [],
        [],
        ["--reuse-values"],
        ["--reset-then-reuse-values"],
        ["--reset-values"],
        ["--no-hooks"],
        ["--description", "by hand"],
        ["--history-max", "3"],
        ["--cleanup-on-fail"],
        ["--labels", "team=a"],
        ["--take-ownership"],
        ["--atomic", "--timeout", "8s"],
      ]);
      const install = !state.exists || dice.chance(40) ? ["--install"] : [];
      const server = stock === "helm4" && dice.chance(15) ? [`--server-side=${dice.pick(["true", "false"])}`] : [];
      return [
        "upgrade",
        "rel",
        chart,
        ...install,
        ...valueWords(dice, folder, step, state.exists === true),
        ...more,
        ...server,
      ];
    }
    case "rollback":
      return [
        "rollback",
        "rel",
        ...(dice.chance(60) && state.revisions > 0 ? [String(1 + dice.below(state.revisions))] : []),
        ...dice.pick([[], [], [], [], ["--no-hooks"], ["--cleanup-on-fail"], ["--history-max", "4"]]),
      ];
    case "uninstall":
      return [
        "uninstall",
        "rel",
        ...(dice.chance(40) && state.revisions < 9 ? ["--keep-history"] : []),
        ...(dice.chance(20) ? ["--no-hooks"] : []),
      ];
    case "test":
      return ["test", "rel"];
  }
}

function valueWords(dice: Dice, folder: string, step: number, exists: boolean): string[] {
  const words: string[] = [];
  if (dice.chance(60)) words.push("--set", `replicas=${1 + dice.below(3)}`);
  if (dice.chance(40))
    words.push(
      "--set",
      `data.${dice.pick(["a", "c", "d"])}=${dice.pick(exists ? ["uno", "due", "null", "true", "12"] : ["uno", "due", "null"])}`,
    );
  if (dice.chance(30)) words.push("--set", `extra=${dice.chance(60)}`);
  if (dice.chance(25)) words.push("--set", `kept=${dice.chance(50)}`);
  if (dice.chance(8)) words.push("--set", "broken=true");
  if (dice.chance(10)) words.push("--set", "invalid=true");
  if (dice.chance(6)) words.push("--set", "badhook=true");
  if (dice.chance(6)) words.push("--set", "hookfail=true");
  if (dice.chance(20)) words.push("--set-string", `image=nginx:${dice.below(3)}`);
  if (dice.chance(15)) words.push("--set", `port=${dice.pick([80, 81, 8000])}`);
  if (dice.chance(25)) {
    const file = join(folder, `values-${step}.yaml`);
    writeFileSync(file, `data:\n  b: "from file ${step}"\n  e: null\nlist: [${dice.below(9)}]\n`);
    words.push("-f", file);
  }
  return words;
}
