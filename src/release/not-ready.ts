import { SlipwayError, type Finding } from "../base/index.ts";
import type { ApiObject } from "../kube/index.ts";
import { gvkOf, type Readiness } from "../manifest/index.ts";
import type { Diagnosis } from "./reasons.ts";
import type { Target } from "./targets.ts";

/** How long is waited where no time is given, in milliseconds; Helm's. */
export const defaultWait = 30_000;

/** An object that is waited for, and where it stands. */
export interface AwaitedObject {
  readonly target: Target;
  object: ApiObject | undefined;
  verdict: Readiness;
  diagnosis: Diagnosis;
}

/** How many objects an error names at most: it must fit on one screen. */
const mostLines = 6;

/**
 * The error of a wait: the first cause, then Helm's line for each object that is not ready. `ending` is said last, when
 * time ran out.
 */
export function notReady(rest: readonly AwaitedObject[], ending: string | undefined): SlipwayError {
  const first = firstCause(rest);
  const cause = first === undefined ? undefined : (first.diagnosis.hopeless ?? first.diagnosis.reasons[0]);
  const lines: string[] = [];
  if (first !== undefined && cause !== undefined)
    lines.push(`${first.target.object.kind} ${first.target.name}: ${cause}`);
  for (const { target, verdict } of rest.slice(0, mostLines)) {
    lines.push(
      `resource ${target.object.kind}/${target.resource.namespaced ? target.namespace : ""}/${target.name} not ready. status: ${verdict.status}, message: ${verdict.message}`,
    );
  }
  if (rest.length > mostLines) lines.push(`and ${rest.length - mostLines} more`);
  if (ending !== undefined) lines.push(ending);
  return new SlipwayError(lines.join("\n"), {
    code: ending === undefined ? "release.failed-object" : "release.timeout",
    details: rest.flatMap((entry) => findingsOf(entry)),
  });
}

/** The object that is told first: the one that cannot become ready, else one that failed, else one of which a reason is known. */
export function firstCause(rest: readonly AwaitedObject[]): AwaitedObject | undefined {
  return (
    rest.find((entry) => entry.diagnosis.hopeless !== undefined) ??
    rest.find((entry) => entry.verdict.state === "failed") ??
    rest.find((entry) => entry.diagnosis.reasons.length > 0)
  );
}

function findingsOf(entry: AwaitedObject): Finding[] {
  const path = `${entry.target.object.kind}/${entry.target.namespace}/${entry.target.name}`;
  const code = `release.wait.${gvkOf(entry.target.object).kind.toLowerCase()}`;
  if (entry.diagnosis.reasons.length === 0) return [{ code, severity: "error", message: entry.verdict.message, path }];
  return entry.diagnosis.reasons.map((message) => ({ code, severity: "error", message, path }));
}
