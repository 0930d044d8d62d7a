import type { ReleaseEvent, WaitState } from "../release/index.ts";
import type { Context } from "./command.ts";
import { LiveBlock, drawsLive } from "./live-block.ts";

/** Nothing is said of a wait that is over sooner than this, in milliseconds; on a terminal a tree appears sooner. */
const quiet = 1500;
const quietLive = 300;

/** How many objects of a wait a terminal shows. */
const mostObjects = 16;

/**
 * Tells people on stderr what an operation does: warnings, notices, logs of hooks, and, once a wait takes a while, what
 * is not ready and why. On a terminal that is a tree that is drawn anew whenever it changes and goes away at the end;
 * elsewhere a line for each object, whenever its own changes. Nothing of it is for programs.
 */
export class ReleaseProgress {
  private readonly debug: boolean;
  private readonly label: string;
  private readonly told = new Map<string, string>();
  private readonly live: boolean;
  private readonly block: LiveBlock;
  private pending: readonly WaitState[] = [];
  private timer: NodeJS.Timeout | undefined;
  private loud = false;

  /** `label` is put before each line: the release, where several are at work. */
  constructor(context: Context, options: { debug?: boolean; label?: string } = {}) {
    this.debug = options.debug ?? false;
    this.label = options.label === undefined ? "" : `${options.label}: `;
    this.live = options.label === undefined && drawsLive(context);
    this.block = new LiveBlock(context);
  }

  /** Follows an operation to its end; does not throw what the operation throws. */
  async follow(events: AsyncIterable<ReleaseEvent>): Promise<void> {
    try {
      for await (const event of events) this.tell(event);
    } finally {
      clearTimeout(this.timer);
      this.block.clear();
    }
  }

  private tell(event: ReleaseEvent): void {
    switch (event.type) {
      case "warning":
        return this.line(`WARNING: ${event.text}`);
      case "notice":
        return this.line(event.text);
      case "log":
        return this.line(`${event.pod}/${event.container}: ${event.line}`);
      case "hook":
        if (event.state !== "started") this.rest();
        if (event.state === "failed" || this.debug)
          this.line(`hook ${event.event} ${event.hook.kind} ${event.hook.name} ${event.state}`);
        return;
      case "object":
        if (this.debug) this.line(`${event.object.kind} ${event.object.name} ${event.action}`);
        return;
      case "waiting":
        this.pending = event.objects;
        if (this.loud) return this.show();
        this.timer ??= setTimeout(
          () => {
            this.loud = true;
            this.show();
          },
          this.live ? quietLive : quiet,
        );
        return;
      case "phase":
        return this.rest();
      default:
    }
  }

  /** A wait is over. */
  private rest(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.loud = false;
    this.told.clear();
    this.block.clear();
  }

  private show(): void {
    if (this.live) return this.block.show(waitTree(this.pending));
    for (const object of this.pending) {
      const key = `${object.kind}/${object.namespace}/${object.name}`;
      const why = object.reasons[0] === undefined ? "" : ` (${object.reasons[0]})`;
      const text = object.state === "ready" ? "ready" : `${object.message}${why}`;
      const before = this.told.get(key);
      if (before === text || (before === undefined && object.state === "ready")) continue;
      this.told.set(key, text);
      this.line(`${object.kind} ${object.name}: ${text}`);
    }
  }

  private line(text: string): void {
    this.block.print(`${this.label}${text}`);
  }
}

const marks = { ready: "✓", waiting: "…", failed: "✗" } as const;

/** What is waited for, as lines: what is not ready first, each with its reasons under it. */
export function waitTree(objects: readonly WaitState[]): string[] {
  const left = objects.filter((object) => object.state !== "ready");
  const lines = [`Waiting: ${objects.length - left.length} of ${objects.length} ready`];
  for (const { kind, name, state, message, reasons } of left.slice(0, mostObjects)) {
    lines.push(`  ${marks[state]} ${kind}/${name}  ${message.split("\n")[0] ?? ""}`);
    for (const [index, reason] of reasons.slice(0, 3).entries()) {
      const last = index === Math.min(reasons.length, 3) - 1;
      lines.push(`      ${last ? "└" : "├"} ${reason.split("\n")[0] ?? ""}`);
    }
  }
  if (left.length > mostObjects) lines.push(`  and ${left.length - mostObjects} more`);
  return lines;
}
