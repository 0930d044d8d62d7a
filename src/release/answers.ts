import { SlipwayError, messageOf, newMap } from "../base/index.ts";
import { isNotFound, type KubeClient } from "../kube/index.ts";
import type { Answer, Question } from "../render/index.ts";

/**
 * What templates ask of the outside, answered: `lookup` by the cluster (whole numbers as int64, as client-go reads them;
 * what does not exist as an empty map, and everything where there is no cluster), `getHostByName` by the system's resolver (the first address, or nothing).
 */
export async function answerQuestion(
  client: KubeClient | undefined,
  question: Question,
  signal?: AbortSignal,
): Promise<Answer> {
  if (question.type === "host") {
    const { lookup } = await import("node:dns/promises");
    return await lookup(question.name).then(
      ({ address }) => ({ value: address }),
      () => ({ value: "" }),
    );
  }
  if (client === undefined) return { value: newMap() };
  const call = signal === undefined ? {} : { signal };
  const exact = { ...call, exact: true };
  try {
    const resource = await client.resourceFor({ apiVersion: question.apiVersion, kind: question.kind }, call);
    const namespace = resource.namespaced && question.namespace !== "" ? question.namespace : undefined;
    if (question.name !== "") return { value: await client.get({ resource, namespace, name: question.name }, exact) };
    const { items, resourceVersion } = await client.listWithVersion(resource, namespace, exact);
    return {
      value: { apiVersion: question.apiVersion, kind: `${question.kind}List`, metadata: { resourceVersion }, items },
    };
  } catch (error) {
    signal?.throwIfAborted();
    // What does not exist is an empty map; a kind that is not served, or may not be read, is an error of the template.
    if (isNotFound(error)) return { value: newMap() };
    if (error instanceof SlipwayError && error.code === "kube.no-match") {
      return {
        error: `unable to get apiresource from unstructured: ${question.apiVersion}, Kind=${question.kind}: ${messageOf(error)}`,
      };
    }
    return { error: messageOf(error) };
  }
}
