import type { ReleaseEvent, WaitState } from "../release/index.ts";
import type { Context } from "./command.ts";

/** Nothing is said of a wait that is over sooner than this, in milliseconds. */
const quiet = 1500;

/**
 * Tells people on stderr what an operation does: warnings, notices, logs of hooks, and, once a wait takes a while,
 * a line for each object that is not ready and why, whenever that changes. Nothing of it is for programs.
 */
export class ReleaseProgress {
  private readonly context: Context;
  private readonly debug: boolean;
  private readonly label: string;
  private readonly told = new Map<string, string>();
  private pending: readonly WaitState[] = [];
  private timer: NodeJS.Timeout | undefined;
  private loud = false;

  /** `label` is put before each line: the release, where several are at work. */
  constructor(context: Context, options: { debug?: boolean; label?: string } = {}) {
    this.context = context;
    this.debug = options.debug ?? false;
    this.label = options.label === undefined ? "" : `${options.label}: `;
  }

  /** Follows an operation to its end; does not throw what the operation throws. */
  async follow(events: AsyncIterable<ReleaseEvent>): Promise<void> {
    try {
      for await (const event of events) this.tell(event);
    } finally {
      clearTimeout(this.timer);
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
        if (event.state === "failed" || this.debug)
          this.line(`hook ${event.event} ${event.hook.kind} ${event.hook.name} ${event.state}`);
        return;
      case "object":
        if (this.debug) this.line(`${event.object.kind} ${event.object.name} ${event.action}`);
        return;
      case "waiting":
        this.pending = event.objects;
        if (this.loud) return this.show();
        this.timer ??= setTimeout(() => {
          this.loud = true;
          this.show();
        }, quiet);
        return;
      case "phase":
        clearTimeout(this.timer);
        this.timer = undefined;
        this.loud = false;
        this.told.clear();
        return;
      default:
    }
  }

  private show(): void {
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
    this.context.err(`${this.label}${text}\n`);
  }
}
