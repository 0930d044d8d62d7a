/** The signals that cancel a run: what is said of it, and the exit code that a shell gives to a process they ended. */
export const signals = {
  SIGINT: { words: "interrupted", code: 130 },
  SIGTERM: { words: "terminated", code: 143 },
  SIGHUP: { words: "hung up", code: 129 },
} as const;

/** The exit code of a run that the signal of this name ended; SIGINT's where none is known. */
export function signalCode(name: unknown): number {
  return Object.entries(signals).find(([known]) => known === name)?.[1].code ?? signals.SIGINT.code;
}
