import { messageOf } from "../base/index.ts";
import type { KubeClient } from "../kube/index.ts";
import { type Answer, type Answers, type Capabilities, type Question, questionKey } from "../render/index.ts";

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
  const all = new Map(answers);
  await Promise.all(
    questions.map(async (question) => {
      const answer = question.type === "host" ? await address(question.name) : await lookup(question, client);
      all.set(questionKey(question), answer);
    }),
  );
  return all;
}

/** The first address of a name, as Helm gives it, or nothing. */
async function address(name: string): Promise<Answer> {
  const { lookup: resolve } = await import("node:dns/promises");
  return resolve(name).then(
    (found) => ({ value: found.address }),
    () => ({ value: "" }),
  );
}

async function lookup(question: Question & { type: "lookup" }, client: KubeClient | undefined): Promise<Answer> {
  if (client === undefined) return { value: {} };
  const { isNotFound } = await import("../kube/index.ts");
  // Templates see whole numbers as int64, as client-go reads them.
  const exact = { exact: true };
  try {
    const resource = await client.resourceFor({ apiVersion: question.apiVersion, kind: question.kind });
    const namespace = resource.namespaced && question.namespace !== "" ? question.namespace : undefined;
    if (question.name !== "") return { value: await client.get({ resource, namespace, name: question.name }, exact) };
    const { items, resourceVersion } = await client.listWithVersion(resource, namespace, exact);
    const kind = `${question.kind}List`;
    return { value: { apiVersion: question.apiVersion, kind, metadata: { resourceVersion }, items } };
  } catch (error) {
    if (isNotFound(error)) return { value: {} };
    const gvk = `${question.apiVersion}, Kind=${question.kind}`;
    const missing = (error as { code?: string }).code === "kube.no-match";
    return {
      error: missing ? `unable to get apiresource from unstructured: ${gvk}: ${messageOf(error)}` : messageOf(error),
    };
  }
}
