/** What the controllers and nodes see of the API, with the insides of objects as plain JSON. */
import type { Clock, Random } from "../../base/index.ts";
import type { DeleteOptions, Resource } from "../api.ts";
import type { Obj } from "./object.ts";

export { resources as kinds } from "../api.ts";
export type { Resource, DeleteOptions } from "../api.ts";

/** The synchronous, in-memory interface of `../api.ts`. Watch callbacks run within the write that caused them. */
export interface ControllerApi {
  readonly clock: Clock;
  readonly random: Random;
  get(resource: Resource, namespace: string | undefined, name: string): Obj | undefined;
  list(resource: Resource, namespace?: string): readonly Obj[];
  create(resource: Resource, object: Obj): Obj;
  update(resource: Resource, object: Obj): Obj;
  updateStatus(resource: Resource, object: Obj): Obj;
  delete(resource: Resource, namespace: string | undefined, name: string, options?: DeleteOptions): void;
  watch(resource: Resource, on: (event: { type: "ADDED" | "MODIFIED" | "DELETED"; object: Obj }) => void): () => void;
  resources(): readonly Resource[];
  onResourcesChanged(on: () => void): () => void;
}
