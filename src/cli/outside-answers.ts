import type { KubeClient } from "../kube/index.ts";
import { type Answers, type Capabilities, type Question, questionKey } from "../render/index.ts";

/** What a cluster can do, as templates see it. Throws `kube.unreachable` in Helm's words. */
export async function capabilitiesOf(client: KubeClient): Promise<Capabilities> {
  const { checkReachable } = await import("../release/index.ts");
  const { serverVersion } = await import("../render/index.ts");
  const version = await checkReachable(client, undefined);
  return { kubeVersion: serverVersion(version), apiVersions: await client.apiVersions() };
}

/** Fetches the answers to what templates asked; lookups are empty where there is no client. */
export async function answerAll(
  questions: readonly Question[],
  answers: Answers,
  client: KubeClient | undefined,
): Promise<Answers> {
  const { answerQuestion } = await import("../release/index.ts");
  const all = new Map(answers);
  await Promise.all(
    questions.map(async (question) => all.set(questionKey(question), await answerQuestion(client, question))),
  );
  return all;
}
