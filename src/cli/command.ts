/** What a command is made of. Help text, completion, docs and parsing all come from this one table. */

/** pflag's types of flags: how a value is read and how repeated ones add up. */
export type FlagType =
  | "bool"
  | "string"
  | "int"
  | "float32" // --qps 2.5
  | "duration" // 5m0s → milliseconds
  | "stringSlice" // -f a,b -f c → [a, b, c]; CSV quoting
  | "stringArray" // --set a=1,b=2 --set c=3 → ["a=1,b=2", "c=3"]
  | "stringToString"; // --labels a=b,c=d

export interface FlagSpec {
  readonly name: string;
  /** One letter. */
  readonly short?: string;
  readonly type: FlagType;
  readonly default?: string | number | boolean;
  readonly usage: string;
  /** The value that a bare `--flag` stands for (pflag's NoOptDefVal): `--dry-run` → "client". */
  readonly bare?: string;
  /** Whether a bare flag takes the word after it where that is one of `values`: `--color never`, `--color web`. */
  readonly mayTakeWord?: boolean;
  readonly hidden?: boolean;
  /** Printed on stderr when the flag is used. */
  readonly deprecated?: string;
  /** Values to complete, where they are known. */
  readonly values?: readonly string[];
  /** Values to complete that have to be looked up, given what else stands on the line. */
  complete?(context: Context, args: readonly string[], flags: Flags): Promise<string[]>;
  /** What help calls the value, where the type's name says too little: `format`, `WaitStrategy`. */
  readonly kind?: string;
  /**
   * For string flags: answers the value to keep, or throws an Error whose message ends
   * `invalid argument "x" for "-o, --output" flag: `.
   */
  check?(text: string): string;
}

/** Parsed flags by name: what the user gave or the default; `given` says which were set. */
export interface Flags {
  readonly given: ReadonlySet<string>;
  bool(name: string): boolean;
  string(name: string): string;
  /** Also for float32 flags. */
  int(name: string): number;
  /** Milliseconds. */
  duration(name: string): number;
  list(name: string): string[];
  map(name: string): Record<string, string>;
}

/** The outside world, as a command sees it. */
export interface Context {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** Data; what scripts read. */
  out(text: string): void;
  /** Progress, warnings, errors. */
  err(text: string): void;
  stdin(): Promise<Uint8Array>;
  /** True when stdout is a terminal. */
  readonly isTTY: boolean;
  /** Colours are wanted: --color, NO_COLOR and the terminal decide. */
  readonly color: boolean;
  /** Width to lay text out for; 100 when stdout is no terminal. */
  readonly columns: number;
  /** The terminal that progress is drawn on (stderr), as large as it is now; undefined when it is none. */
  readonly screen?: { readonly columns: number; readonly rows: number } | undefined;
  /** Aborted by Ctrl-C (SIGINT), SIGTERM, or when nobody reads our output any more. A second Ctrl-C ends the process. */
  readonly signal: AbortSignal;
}

export interface Command {
  /** The word on the command line. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** One line, for lists. */
  readonly short: string;
  readonly long?: string;
  /** Shell lines with a comment above each: help starts with them. */
  readonly examples: string;
  /** `NAME CHART`, for the usage line. */
  readonly args?: string;
  /** Least and most positional arguments; most -1 means any number. */
  readonly arity: readonly [least: number, most: number];
  readonly flags: readonly FlagSpec[];
  readonly hidden?: boolean;
  readonly subcommands?: readonly CommandEntry[];
  /** Answers the exit code; throws SlipwayError for anything that ends in exit code 1. */
  run?(context: Context, args: readonly string[], flags: Flags): Promise<number>;
  /** Completions of positional arguments. */
  complete?(context: Context, args: readonly string[], flags: Flags): Promise<string[]>;
}

/** A line of a command table: enough for help and completion, so that only the command that runs is loaded. */
export interface CommandEntry {
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly short: string;
  readonly hidden?: boolean;
  /** Loads the module; it exports `command`. */
  load(): Promise<{ readonly command: Command }>;
}
