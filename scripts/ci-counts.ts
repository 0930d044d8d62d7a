/** How many checks passed, failed and were skipped. */
export interface Counts {
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
}

/**
 * What a step's output says: the last line of the form `N passed, N failed, N skipped`, else node:test's summary, else
 * the step itself counts as one. A step that ended badly has at least one failure, whatever it printed.
 */
export function countsOf(output: string, ok: boolean): Counts {
  const counts = ownLine(output) ?? nodeTestSummary(output) ?? { passed: ok ? 1 : 0, failed: ok ? 0 : 1, skipped: 0 };
  return ok || counts.failed > 0 ? counts : { ...counts, failed: 1 };
}

/** The sum. */
export function addCounts(a: Counts, b: Counts): Counts {
  return { passed: a.passed + b.passed, failed: a.failed + b.failed, skipped: a.skipped + b.skipped };
}

function ownLine(output: string): Counts | undefined {
  const last = [...output.matchAll(/^(\d+) passed, (\d+) failed, (\d+) skipped\s*$/gm)].at(-1);
  if (last === undefined) return undefined;
  return { passed: Number(last[1]), failed: Number(last[2]), skipped: Number(last[3]) };
}

function nodeTestSummary(output: string): Counts | undefined {
  const number = (name: string) => {
    const match = [...output.matchAll(new RegExp(`^(?:ℹ|#) ${name} (\\d+)\\s*$`, "gm"))].at(-1);
    return match === undefined ? undefined : Number(match[1]);
  };
  const passed = number("pass");
  if (passed === undefined) return undefined;
  return {
    passed,
    failed: (number("fail") ?? 0) + (number("cancelled") ?? 0),
    skipped: (number("skipped") ?? 0) + (number("todo") ?? 0),
  };
}
