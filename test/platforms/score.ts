/** Rendered manifests under stock kube-score; what is let pass is listed in score-exceptions.ts with its reason. */
import { runProgram } from "./render.ts";
import { exceptions, type Exception } from "./score-exceptions.ts";

interface Scored {
  readonly object_name: string;
  readonly checks:
    | readonly {
        readonly check: { readonly id: string };
        readonly grade: number;
        readonly skipped: boolean;
        readonly comments: readonly { readonly path: string; readonly summary: string }[] | null;
      }[]
    | null;
}

/** A finding that no exception covers, as one line. */
export interface Score {
  readonly findings: readonly string[];
  readonly used: ReadonlySet<Exception>;
}

/** Kubernetes' objects whose grade is "ok" or "almost ok" are passed over, as kube-score itself does. */
const warning = 5;

/**
 * @param where `chart/case`, which exceptions may name
 * @param manifests one or more YAML documents. kube-score compares namespaces as they are written; charts write their
 *   release's or leave it out, which is the same: it is left out everywhere.
 */
export async function score(kubeScore: string, where: string, namespace: string, manifests: string): Promise<Score> {
  const ran = await runProgram(
    kubeScore,
    ["score", "--output-format", "json", "--kubernetes-version", "v1.36", "--color", "never", "-"],
    { input: manifests.replaceAll(new RegExp(`^  namespace: "?${namespace}"?\n`, "gm"), "") },
  );
  const used = new Set<Exception>();
  const findings: string[] = [];
  if (!ran.out.trimStart().startsWith("[") && ran.out.trim() !== "null")
    return { findings: [ran.err || ran.out], used };
  for (const { object_name: object, checks } of (JSON.parse(ran.out) ?? []) as Scored[]) {
    for (const { check, grade, skipped, comments } of checks ?? []) {
      if (skipped || grade > warning) continue;
      for (const { path, summary } of comments?.length ? comments : [{ path: "", summary: "" }]) {
        const line = `${object}${path === "" ? "" : ` (${path})`}: ${check.id}: ${summary}`;
        const found = exceptions.find(
          (item) => item.check === check.id && (item.where?.test(where) ?? true) && (item.line?.test(line) ?? true),
        );
        if (found === undefined) findings.push(line);
        else used.add(found);
      }
    }
  }
  return { findings, used };
}
