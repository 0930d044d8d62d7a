/** Shapes of requests. */
import type { Answer, Call } from "./reference.ts";

export type Scenario = { readonly name: string; run(): Generator<Call, void, Answer> };

export const namespace = "diff";
const json = { "content-type": "application/json", accept: "application/json" };

export function root(apiVersion: string): string {
  return apiVersion.includes("/") ? `/apis/${apiVersion}` : `/api/${apiVersion}`;
}

export function collection(sample: { apiVersion: string; plural: string; namespaced: boolean }): string {
  return sample.namespaced
    ? `${root(sample.apiVersion)}/namespaces/${namespace}/${sample.plural}`
    : `${root(sample.apiVersion)}/${sample.plural}`;
}

export const post = (path: string, body: unknown): Call => ({
  method: "POST",
  path,
  headers: json,
  body: JSON.stringify(body),
});
export const put = (path: string, body: unknown): Call => ({
  method: "PUT",
  path,
  headers: json,
  body: JSON.stringify(body),
});
export const get = (path: string, accept = "application/json"): Call => ({ method: "GET", path, headers: { accept } });
export const del = (path: string, body?: unknown): Call =>
  body === undefined
    ? { method: "DELETE", path, headers: json }
    : { method: "DELETE", path, headers: json, body: JSON.stringify(body) };
export const patch = (
  path: string,
  kind: "json-patch" | "merge-patch" | "strategic-merge-patch",
  body: unknown,
): Call => ({
  method: "PATCH",
  path,
  headers: { ...json, "content-type": `application/${kind}+json` },
  body: typeof body === "string" ? body : JSON.stringify(body),
});
export const apply = (path: string, manager: string, body: unknown, force = false): Call => ({
  method: "PATCH",
  path: `${path}?fieldManager=${manager}${force ? "&force=true" : ""}`,
  headers: { ...json, "content-type": "application/apply-patch+yaml" },
  body: typeof body === "string" ? body : JSON.stringify(body),
});

export const table = "application/json;as=Table;v=v1;g=meta.k8s.io,application/json";
export const partial = "application/json;as=PartialObjectMetadata;v=v1;g=meta.k8s.io,application/json";
export const partialList = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io,application/json";
