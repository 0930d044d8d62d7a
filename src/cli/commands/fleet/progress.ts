import type { FleetEvent, FleetRelease, Outcome } from "../../../fleet/index.ts";
import type { ReleaseEvent, WaitState } from "../../../release/index.ts";
import type { Context } from "../../command.ts";
import { LiveBlock, drawsLive } from "../../live-block.ts";
import { ReleaseProgress, hookText, lineOf, whyNot } from "../../release-progress.ts";

/**
 * Tells on stderr what a fleet is doing: on a terminal one line a release, kept up to date; elsewhere what a release by
 * itself would tell, behind its name. Gives the listener and a function that ends the display.
 */
export function fleetProgress(context: Context, debug = false): { emit: (event: FleetEvent) => void; end: () => void } {
  const lines = new Map<string, string>();
  const live = drawsLive(context);
  const block = new LiveBlock(context);
  const followers = new Map<string, ReleaseProgress>();
  const print = (line: string) => block.print(line);
  const say = (release: FleetRelease, text: string) => {
    const line = `${release.name}: ${text}`;
    if (lines.get(release.id) === line) return;
    lines.set(release.id, line);
    if (live) block.show([...lines.values()]);
    else print(line);
  };
  // Who is done has a line that stays, above those still at work: these alone have to fit on the screen.
  const finish = (outcome: Outcome) => {
    lines.delete(outcome.release.id);
    if (live) block.show([...lines.values()]);
    print(`${outcome.release.name}: ${ending(outcome)}`);
  };
  const followed = (release: FleetRelease): ReleaseProgress => {
    const follower = followers.get(release.id) ?? new ReleaseProgress(context, { label: release.name, debug });
    followers.set(release.id, follower);
    return follower;
  };
  const progress = (release: FleetRelease, event: ReleaseEvent) => {
    // "installing…" says as much.
    if (event.type === "notice" && event.text.endsWith(" does not exist. Installing it now.")) return;
    if (!live) return followed(release).tell(event);
    if (event.type === "waiting") return say(release, waiting(event.objects));
    if (event.type === "hook") return say(release, hookText(event));
    const line = lineOf(event, debug);
    if (line !== undefined) print(`${release.name}: ${line}`);
  };
  return {
    emit(event) {
      switch (event.type) {
        case "repositories":
          return print(`Fetched what these repositories offer: ${event.names.join(", ")}`);
        case "started":
          return say(event.release, `${beginnings[event.action]}…`);
        case "log":
          return print(event.release ? `${event.release.name}: ${event.line}` : event.line);
        case "finished":
          followers.get(event.outcome.release.id)?.end();
          return finish(event.outcome);
        case "progress":
          return progress(event.release, event.event);
      }
    },
    end() {
      for (const follower of followers.values()) follower.end();
    },
  };
}

const beginnings = { install: "installing", upgrade: "upgrading", uninstall: "uninstalling", none: "nothing to do" };

/** What a release still waits for, the first objects by name with their most telling reason. */
function waiting(objects: readonly WaitState[]): string {
  const left = objects.filter(({ state }) => state !== "ready");
  if (left.length === 0) return `all ${objects.length} objects are ready`;
  const shown = left.slice(0, 2).map((object) => `${object.kind}/${object.name}: ${whyNot(object)}`);
  const more = left.length > shown.length ? ` and ${left.length - shown.length} more` : "";
  return `waiting for ${shown.join("; ")}${more}`;
}

function ending({ action, took, revision, error }: Outcome): string {
  const seconds = `${(took / 1000).toFixed(1)} s`;
  // The whole error, with what explains it, follows when the fleet has ended.
  if (error !== undefined) return `FAILED after ${seconds}`;
  if (action === "none") return "unchanged";
  const what = action === "uninstall" ? "uninstalled" : `deployed, revision ${revision?.version ?? "?"}`;
  return `${what}, ${seconds}`;
}
