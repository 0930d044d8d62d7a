import { SlipwayError } from "../base/index.ts";
import { lines } from "../kube/index.ts";
import type { Session } from "./session.ts";

/** How many lines of a failing pod stand in an error. */
const tailLines = 10;

/**
 * The last lines that containers of a pod printed, as the end of an error: `last lines of pod web-x:` and the lines. `previous`
 * reads what the run before the present one printed, where there is one. "" when there is nothing to read, or no right to.
 */
export async function lastLines(
  session: Session,
  pod: { readonly namespace: string; readonly name: string },
  containers: readonly string[],
  previous = false,
): Promise<string> {
  const out: string[] = [];
  for (const container of containers) {
    const read = async (earlier: boolean) => {
      const body = await session.client.logs(pod.namespace, pod.name, { container, tailLines, previous: earlier });
      for await (const line of lines(body)) out.push(`  ${container}: ${line}`);
    };
    // No log is no news.
    await read(previous).catch(() => (previous ? read(false).catch(() => {}) : undefined));
  }
  return out.length === 0 ? "" : `last lines of pod ${pod.name}:\n${out.slice(-tailLines).join("\n")}`;
}

/** An error with these lines after its own words; `facts.tail` has them too. */
export function withTail(error: unknown, tail: string): unknown {
  if (tail === "" || !(error instanceof SlipwayError)) return error;
  return new SlipwayError(`${error.message}\n${tail}`, { ...error.facts, tail });
}
