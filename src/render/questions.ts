import { type GoMap, isMap, newMap } from "../base/index.ts";
import type { KubeObject } from "../manifest/index.ts";

/** Something a template asked of the world outside. */
export type Question =
  | {
      readonly type: "lookup";
      readonly apiVersion: string;
      readonly kind: string;
      readonly namespace: string;
      /** Empty for a list. */
      readonly name: string;
    }
  | { readonly type: "host"; readonly name: string };

/** An answer: for `lookup` the object (or list) or nothing found, for a host its address; or why there is none. */
export type Answer = { readonly value: unknown } | { readonly error: string };

/** Answers by {@link questionKey}. */
export type Answers = ReadonlyMap<string, Answer>;

/** The key of a question in {@link Answers}. */
export function questionKey(question: Question): string {
  return question.type === "host"
    ? `host ${question.name}`
    : `lookup ${question.apiVersion} ${question.kind} ${question.namespace}/${question.name}`;
}

/** How `lookup` and `getHostByName` are answered. */
export interface AskingOptions {
  /**
   * `none`: as Helm without a cluster, always empty. `ask`: from the answers; what is missing is noted. Or a list of
   * objects to look in.
   */
  readonly lookup?: "none" | "ask" | readonly KubeObject[];
  /** `none` (Helm without --enable-dns): always empty. `ask`: from the answers. */
  readonly dns?: "none" | "ask";
  readonly answers?: Answers;
}

/** Answers what templates ask, and notes what it could not answer. */
export class Asking {
  readonly #options: AskingOptions;
  readonly #open = new Map<string, Question>();

  constructor(options: AskingOptions) {
    this.#options = options;
  }

  /** What was asked and not answered, in order. */
  get open(): Question[] {
    return [...this.#open.values()];
  }

  /** Helm's `lookup`: an object, a list when no name is given, an empty map where nothing was found. */
  lookup(apiVersion: string, kind: string, namespace: string, name: string): GoMap {
    const from = this.#options.lookup ?? "none";
    if (from === "none") return newMap();
    if (from !== "ask") return lookIn(from, apiVersion, kind, namespace, name);
    const value = this.#answer({ type: "lookup", apiVersion, kind, namespace, name });
    return isMap(value) ? value : newMap();
  }

  /** Helm's `getHostByName`: an address, or nothing. */
  host(name: string): string {
    if (this.#options.dns !== "ask") return "";
    const value = this.#answer({ type: "host", name });
    return typeof value === "string" ? value : "";
  }

  #answer(question: Question): unknown {
    const key = questionKey(question);
    const answer = this.#options.answers?.get(key);
    if (answer === undefined) {
      this.#open.set(key, question);
      return undefined;
    }
    if ("error" in answer) throw new Error(answer.error);
    return answer.value;
  }
}

function lookIn(
  objects: readonly KubeObject[],
  apiVersion: string,
  kind: string,
  namespace: string,
  name: string,
): GoMap {
  const found = objects.filter(
    (object) =>
      object.apiVersion === apiVersion &&
      object.kind === kind &&
      (namespace === "" || (object.metadata.namespace ?? "") === "" || object.metadata.namespace === namespace) &&
      (name === "" || object.metadata.name === name),
  );
  if (name !== "") return (found[0] as GoMap | undefined) ?? newMap();
  return Object.assign(newMap(), {
    apiVersion,
    kind: `${kind}List`,
    metadata: Object.assign(newMap(), { resourceVersion: "" }),
    items: found,
  });
}
