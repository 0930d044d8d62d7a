import * as lateManifest from "../manifest/index.ts";
import * as lateSchema from "../schema/index.ts";
import type { ApiObject } from "./types.ts";

/**
 * Whether a server-side apply of `config` by `manager` would change nothing of the live object, not even who owns what:
 * computed by the server's own rules. False whenever it cannot be known here: kinds without built-in types, objects
 * that this manager never applied, configurations that carry status.
 */
export function applyChangesNothing(
  live: ApiObject,
  config: { apiVersion: string; kind: string },
  manager: string,
): boolean {
  const type = lateSchema.typeOfKind(config.apiVersion, config.kind);
  if (type === undefined || "status" in config || live.metadata.deletionTimestamp !== undefined) return false;
  const isOwn = (entry: { manager?: string; operation?: string; subresource?: string }) =>
    entry.manager === manager && entry.operation === "Apply" && (entry.subresource ?? "") === "";
  const before = live.metadata.managedFields?.find(isOwn);
  if (before === undefined || before.apiVersion !== config.apiVersion) return false;
  try {
    const applied = lateManifest.serverSideApply(live, config, lateManifest.shapeOf(type), {
      manager,
      apiVersion: config.apiVersion,
      time: "",
      force: false,
    });
    const after = applied.managedFields.find(isOwn);
    return (
      applied.object === undefined &&
      applied.conflicts.length === 0 &&
      after !== undefined &&
      lateManifest.sameJson(before.fieldsV1, after.fieldsV1)
    );
  } catch {
    // What does not fit the type is for the server to refuse.
    return false;
  }
}
