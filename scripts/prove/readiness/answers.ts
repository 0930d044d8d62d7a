import { readiness, type KubeObject } from "../../../src/manifest/index.ts";
import type { Question } from "./objects.ts";

/** What stock Helm says: kstatus' status and words, or whether it is ready by the rules of Helm 3. */
export interface Answer {
  readonly status?: string;
  readonly message?: string;
  readonly ready?: boolean;
  readonly error?: string;
  /** It fell over something that no server would store. */
  readonly panic?: string;
}

/** How our judgement differs from stock Helm's, in words; undefined when it does not. */
export function differs({ rules, jobs, object, others }: Question, answer: Answer): string | undefined {
  if (answer.panic !== undefined) return undefined;
  const beside: readonly KubeObject[] = others;
  const ours = readiness(object, rules, {
    jobs,
    now: Date.now(),
    replicaSet: beside.find(({ kind }) => kind === "ReplicaSet"),
    pods: beside.filter(({ kind }) => kind === "Pod"),
  });
  const same =
    rules === "kstatus"
      ? ours.status === answer.status && ours.message === answer.message
      : answer.error === undefined
        ? (ours.state === "ready") === answer.ready && ours.state !== "failed"
        : ours.state === "failed";
  return same ? undefined : `${rules} ${object.kind}: ${JSON.stringify(answer)}, ours ${JSON.stringify(ours)}`;
}
