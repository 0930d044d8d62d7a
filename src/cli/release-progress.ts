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
  private readonly context: Context;
  private pending: readonly WaitState[] = [];
  private goal: "ready" | "gone" = "ready";
  private timer: NodeJS.Timeout | undefined;
  private loud = false;

  /** `label` is put before each line: the release, where several are at work. */
  constructor(context: Context, options: { debug?: boolean; label?: string } = {}) {
    this.debug = options.debug ?? false;
    this.label = options.label === undefined ? "" : `${options.label}: `;
    this.live = options.label === undefined && drawsLive(context);
    this.block = new LiveBlock(context);
    this.context = context;
  }

  /**
   * Follows an operation to its end; does not throw what the operation throws. Where `release` is given, it says, as Helm
   * does, that this was cancelled when the command is: by Ctrl-C, or because nobody reads the output any more (`| head`).
   */
  async follow(events: AsyncIterable<ReleaseEvent>, release?: string): Promise<void> {
    const cancelled = () => this.line(`Release ${release} has been cancelled.`);
    // Whoever asks for the signal takes Ctrl-C upon himself.
    const signal = release === undefined ? undefined : this.context.signal;
    signal?.addEventListener("abort", cancelled, { once: true });
    try {
      for await (const event of events) this.tell(event);
    } finally {
      signal?.removeEventListener("abort", cancelled);
      this.end();
    }
  }

  /** Tells of one event, where an operation is not followed as a whole. */
  tell(event: ReleaseEvent): void {
    if (event.type === "phase" || (event.type === "hook" && event.state !== "started")) this.rest();
    if (event.type !== "waiting") {
      const line = lineOf(event, this.debug);
      if (line !== undefined) this.line(line);
      return;
    }
    this.pending = event.objects;
    this.goal = event.until ?? "ready";
    if (this.loud) return this.show();
    this.timer ??= setTimeout(
      () => {
        this.loud = true;
        this.show();
      },
      this.live ? quietLive : quiet,
    );
  }

  /** Nothing follows. */
  end(): void {
    clearTimeout(this.timer);
    this.block.clear();
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
    if (this.live) return this.block.show(waitTree(this.pending, this.block.rows, this.goal));
    for (const object of this.pending) {
      const key = `${object.kind}/${object.namespace}/${object.name}`;
      const text = object.state === "ready" ? this.goal : whyNot(object);
      const before = this.told.get(key);
      if (before === text || (before === undefined && object.state === "ready")) continue;
      this.told.set(key, text);
      this.line(`${object.kind}/${object.name}: ${text}`);
    }
  }

  private line(text: string): void {
    this.block.print(text.replace(/^/gm, this.label));
  }
}

/** The line that an event is worth, if any; `debug` asks for the small ones too. */
export function lineOf(event: ReleaseEvent, debug: boolean): string | undefined {
  switch (event.type) {
    case "warning":
      return `WARNING: ${event.text.replace(/^(warning|info): /, "")}`;
    case "notice":
      return event.text;
    case "log":
      return `${event.pod}/${event.container}: ${event.line}`;
    case "hook":
      return event.state === "failed" || event.state === "cancelled" || debug ? hookText(event) : undefined;
    case "object":
      return debug ? `${event.object.kind}/${event.object.name} ${event.action}` : undefined;
    default:
      return undefined;
  }
}

/** Where a hook stands. */
export function hookText({ event, hook, state }: Extract<ReleaseEvent, { type: "hook" }>): string {
  const name = `hook ${event} ${hook.kind}/${hook.name}`;
  return state === "cancelled" ? `${name}: cancelled; it may still run in the cluster` : `${name} ${state}`;
}

/** What an object is like that is not ready, and the most telling reason. */
export function whyNot({ message, reasons }: WaitState): string {
  return `${message}${reasons[0] === undefined ? "" : ` (${reasons[0]})`}`;
}

const marks = { ready: "✓", waiting: "…", failed: "✗" } as const;

/**
 * What is waited for, as lines: what has failed first, then what is not ready yet, each with its reasons under it. Where
 * not all of it fits into so many lines, each has its first reason alone, and the last ones are only counted.
 */
export function waitTree(
  objects: readonly WaitState[],
  rows = Number.POSITIVE_INFINITY,
  goal: "ready" | "gone" = "ready",
): string[] {
  const waiting = objects.filter((object) => object.state !== "ready");
  const left = [...waiting.filter(isFailed), ...waiting.filter((object) => !isFailed(object))];
  const head = `Waiting: ${objects.length - left.length} of ${objects.length} ${goal}`;
  const whole = left.flatMap((object) => branch(object, 3));
  if (left.length <= mostObjects && whole.length < rows) return [head, ...whole];
  const lines = [head];
  let shown = 0;
  for (const object of left.slice(0, mostObjects)) {
    const more = branch(object, 1);
    // The last line is for what is left out; one object is shown however low the window is.
    if (shown > 0 && lines.length + more.length >= rows) break;
    lines.push(...more);
    shown++;
  }
  if (left.length > shown) lines.push(`  and ${left.length - shown} more`);
  return lines;
}

function isFailed({ state }: WaitState): boolean {
  return state === "failed";
}

function branch({ kind, name, state, message, reasons }: WaitState, most: number): string[] {
  const shown = reasons.slice(0, most);
  return [
    `  ${marks[state]} ${kind}/${name}  ${message.split("\n")[0] ?? ""}`,
    ...shown.map((reason, index) => `      ${index === shown.length - 1 ? "└" : "├"} ${reason.split("\n")[0] ?? ""}`),
  ];
}
