import type { KubeClient } from "../kube/index.ts";
import { type Answers, type Capabilities, type Question, questionKey } from "../render/index.ts";

/** What a cluster can do, as templates see it. */
export async function capabilitiesOf(client: KubeClient): Promise<Capabilities> {
  const [version, apiVersions] = await Promise.all([client.version(), client.apiVersions()]);
  const normalized = /^v?\d+(\.\d+){0,2}/.exec(version.gitVersion)?.[0] ?? version.gitVersion;
  return {
    kubeVersion: { version: version.gitVersion, major: version.major, minor: version.minor, normalized },
    apiVersions,
  };
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
