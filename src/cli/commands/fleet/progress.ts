import type { FleetEvent, FleetRelease, Outcome } from "../../../fleet/index.ts";
import type { WaitState } from "../../../release/index.ts";
import type { Context } from "../../command.ts";

/**
 * Tells on stderr what a fleet is doing: on a terminal one line a release, kept up to date; elsewhere a line for each
 * change that matters. Gives the listener and a function that ends the display.
 */
export function fleetProgress(context: Context): { emit: (event: FleetEvent) => void; end: () => void } {
  const lines = new Map<string, string>();
  const live = context.isTTY && !context.env["CI"];
  let drawn = 0;
  const draw = () => {
    if (!live) return;
    const up = drawn > 0 ? `\x1b[${drawn}A` : "";
    const texts = [...lines.values()].map((line) => `\x1b[2K${line.slice(0, context.columns - 1)}\n`);
    context.err(up + texts.join(""));
    drawn = texts.length;
  };
  const say = (release: FleetRelease, text: string) => {
    const line = `${release.name}: ${text}`;
    if (lines.get(release.id) === line) return;
    lines.set(release.id, line);
    if (live) draw();
    else context.err(`${line}\n`);
  };
  const print = (line: string) => {
    if (live && drawn > 0) context.err(`\x1b[${drawn}A\x1b[J`);
    drawn = 0;
    context.err(`${line}\n`);
    draw();
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
          return say(event.outcome.release, ending(event.outcome));
        case "progress":
          return tell(event, say, print);
      }
    },
    end() {
      drawn = 0;
    },
  };
}

const beginnings = { install: "installing", upgrade: "upgrading", uninstall: "uninstalling", none: "nothing to do" };

function tell(
  { release, event }: Extract<FleetEvent, { type: "progress" }>,
  say: (release: FleetRelease, text: string) => void,
  print: (line: string) => void,
): void {
  switch (event.type) {
    case "waiting":
      return say(release, waiting(event.objects));
    case "hook":
      return say(release, `${event.event} hook ${event.hook.kind}/${event.hook.name} ${event.state}`);
    case "log":
      return print(`${release.name}: ${event.pod}/${event.container} | ${event.line}`);
    case "warning":
      return print(`${release.name}: WARNING: ${event.text}`);
    default:
  }
}

/** What a release still waits for, the first objects by name with their most telling reason. */
function waiting(objects: readonly WaitState[]): string {
  const left = objects.filter(({ state }) => state !== "ready");
  if (left.length === 0) return `all ${objects.length} objects are ready`;
  const shown = left
    .slice(0, 2)
    .map(({ kind, name, message, reasons }) => `${kind}/${name} (${reasons[0] ?? message})`);
  const more = left.length > shown.length ? ` and ${left.length - shown.length} more` : "";
  return `waiting for ${shown.join(", ")}${more}`;
}

function ending({ action, took, revision, error }: Outcome): string {
  const seconds = `${(took / 1000).toFixed(1)} s`;
  if (error !== undefined) return `FAILED after ${seconds}: ${error instanceof Error ? error.message : String(error)}`;
  if (action === "none") return "unchanged";
  const what = action === "uninstall" ? "uninstalled" : `deployed, revision ${revision?.version ?? "?"}`;
  return `${what}, ${seconds}`;
}
