import { basename } from "node:path";
import { type GoMap, newMap, SlipwayError } from "../base/index.ts";
import { type Host } from "./host.ts";
import { environmentData, type LoadedFile, mergedValues } from "./load.ts";
import { type HookSpec } from "./spec.ts";
import { renderText } from "./template.ts";

/** helmfile's events, in the order of a release's life. */
export type HookEvent = "prepare" | "preapply" | "presync" | "postsync" | "preuninstall" | "postuninstall" | "cleanup";

export interface HookRun {
  readonly host: Host;
  readonly file: LoadedFile;
  readonly hooks: readonly HookSpec[] | undefined;
  readonly event: HookEvent;
  /** The command that is being run: apply, sync, … (`.HelmfileCommand`). */
  readonly command: string;
  /** `.Release`, where the hook belongs to one. */
  readonly release?: GoMap;
  /** What went wrong before this event (`.Event.Error`). */
  readonly error?: unknown;
  readonly signal: AbortSignal;
  /** Lines that a hook with `showlogs: true` printed, and those of one that failed. */
  readonly log: (line: string) => void;
  /** Further variables of the commands: HELM_BIN and the like. */
  readonly env: Readonly<Record<string, string>>;
}

/**
 * Runs the hooks of one event, in the file's order, in the helmfile's folder. Commands and arguments are templates.
 * Throws fleet.hook when a command cannot be started or ends with anything but 0.
 */
export async function runHooks(run: HookRun): Promise<void> {
  for (const hook of run.hooks ?? []) {
    if (!hook.events.includes(run.event)) continue;
    if (run.host.env.HELMFILE_DISABLE_HOOKS === "true" || run.host.env.HELMFILE_DISABLE_HOOKS === "1") {
      throw new SlipwayError("HELMFILE_DISABLE_HOOKS is active, hooks are disabled", { code: "fleet.hook" });
    }
    await runHook(hook, run);
  }
}

async function runHook(hook: HookSpec, run: HookRun): Promise<void> {
  const name = hook.name || hook.command || "";
  const data = Object.assign(newMap(), {
    Environment: environmentData(run.file.environment),
    Namespace: "",
    Event: Object.assign(newMap(), { Name: run.event, Error: run.error ?? null }),
    HelmfileCommand: run.command,
    Values: mergedValues(run.file.environment),
    ...(run.release && { Release: run.release }),
  });
  const scope = { dir: run.file.dir, host: run.host, data };
  const command = await renderText(hook.command ?? "", scope);
  const args = await Promise.all((hook.args ?? []).map((arg) => renderText(String(arg), scope)));
  let printed = "";
  const result = await run.host.run(command, args, {
    cwd: run.file.dir,
    env: run.env,
    signal: run.signal,
    output: (text) => void (printed += text),
  });
  const lines = printed.split("\n").filter((line, i, all) => line !== "" || i < all.length - 1);
  const failed = result.code !== 0;
  if (hook.showlogs || failed) for (const line of lines) run.log(`hook[${run.event}] logs | ${line}`);
  if (failed) {
    const why = result.error ?? `exit status ${result.code}`;
    throw new SlipwayError(`hook[${name}]: command \`${command}\` failed: ${why}`, {
      code: "fleet.hook",
      doing: `running the ${run.event} hook of ${basename(run.file.file)}`,
    });
  }
}
