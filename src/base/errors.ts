/** A place in a text: 1-based line and column (columns count UTF-16 units), `offset` is 0-based. */
export interface Span {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly offset?: number;
  /** Length of the marked text in UTF-16 units; 1 where only a point is known. */
  readonly length?: number;
}

/** What an error knows beyond its words. Everything is optional but the code. */
export interface ErrorFacts {
  /** Stable, dotted, lower-case: `chart.missing-chart-yaml`, `template.exec`, `kube.conflict`. */
  readonly code: string;
  /** Where in the user's input. */
  readonly span?: Span;
  /** A path inside a document or the values: `spec.replicas`, `image.tag`. */
  readonly path?: string;
  /** What was being done, as a clause: `reading the values file prod.yaml`. */
  readonly doing?: string;
  /** One sentence that says what to do about it. */
  readonly fix?: string;
  /** The end of the message, where that is what a program printed last: whatever else there is to say goes before it. */
  readonly tail?: string;
  /** Everything that is wrong, where several things are. */
  readonly details?: readonly Finding[];
  readonly cause?: unknown;
}

/** One thing that is wrong or worth knowing, as data; words and colours are added where it is shown. */
export interface Finding {
  readonly code: string;
  readonly severity: "error" | "warning" | "info";
  readonly message: string;
  readonly span?: Span;
  readonly path?: string;
  readonly fix?: string;
}

/**
 * The one error class of Slipway: an ordinary Error whose message is what stock Helm or Kubernetes would say,
 * and whose `facts` are data for whoever shows it.
 */
export class SlipwayError extends Error {
  readonly facts: ErrorFacts;
  constructor(message: string, facts: ErrorFacts) {
    super(message, facts.cause === undefined ? undefined : { cause: facts.cause });
    this.name = "SlipwayError";
    this.facts = facts;
  }
  get code(): string {
    return this.facts.code;
  }
}

/** True for an error of ours, with the given code where one is named. */
export function isSlipwayError(error: unknown, code?: string): error is SlipwayError {
  return error instanceof SlipwayError && (code === undefined || error.code === code);
}

/** The words of any thrown thing. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

const errnoReasons: Readonly<Record<string, string>> = {
  ENOENT: "no such file or directory",
  EACCES: "permission denied",
  EISDIR: "is a directory",
  ENOTDIR: "not a directory",
  ELOOP: "too many levels of symbolic links",
};

/** Why a system call failed, as Go words it: `no such file or directory`. */
export function errnoWords(error: unknown): string {
  return errnoReasons[(error as { code?: string }).code ?? ""] ?? messageOf(error);
}

/** A file that could not be read, as Go words it: `open x: no such file or directory`. */
export function fileErrorWords(error: unknown, path: string): string {
  const call = (error as { code?: string }).code === "EISDIR" ? "read" : "open";
  return `${call} ${path}: ${errnoWords(error)}`;
}
