import { withCondition } from "../conditions.ts";
import type { Loose } from "../strategy.ts";
import type { Store } from "../store.ts";

/**
 * The names of definitions: each belongs to one definition of a group only. A definition that asks for one that is taken
 * keeps what names are free, is not established, and so not served, until the other one goes.
 */

export const definitionTable = "apiextensions.k8s.io/customresourcedefinitions";

const fields = ["plural", "singular", "shortNames", "kind", "listKind", "categories"] as const;

/** Writes the names that a definition gets, and the conditions NamesAccepted and Established, into its status. */
export function acceptNames(store: Store, definition: Loose, now: string): void {
  const { spec, metadata, status } = definition;
  const { resources, kinds } = takenNames(store, spec.group, metadata.name);
  const before: Loose = status?.acceptedNames ?? {};
  const accepted: Loose = {};
  let problem: { reason: string; message: string } | undefined;
  for (const field of fields) {
    const wanted = spec.names[field];
    const used = field === "kind" || field === "listKind" ? kinds : resources;
    const asked: string[] = field === "categories" ? [] : [wanted ?? []].flat();
    const had = new Set<string>([before[field] ?? []].flat());
    const conflicts = asked.filter((name) => !had.has(name) && used.has(name));
    if (conflicts.length === 0) accepted[field] = wanted;
    else {
      if (before[field] !== undefined) accepted[field] = before[field];
      const message = conflicts.map((name) => `${JSON.stringify(name)} is already in use`).join("\n");
      problem = { reason: `${field[0]?.toUpperCase()}${field.slice(1)}Conflict`, message };
    }
    if (accepted[field] === undefined) delete accepted[field];
  }
  accepted.kind ??= "";
  accepted.plural ??= "";
  let conditions: Loose[] = status?.conditions ?? [];
  const set = (type: string, is: boolean, reason: string, message: string) => {
    conditions = withCondition(conditions, { type, status: is ? "True" : "False", reason, message }, now);
  };
  if (problem === undefined) set("NamesAccepted", true, "NoConflicts", "no conflicts found");
  else set("NamesAccepted", false, problem.reason, problem.message);
  // once established, always established
  if (problem === undefined) set("Established", true, "InitialNamesAccepted", "the initial names have been accepted");
  else if (!isEstablished(definition)) set("Established", false, "NotAccepted", "not all names are accepted");
  definition.status = { ...status, conditions, acceptedNames: accepted };
}

/** Whether a definition's types are served. */
export function isEstablished(definition: Loose): boolean {
  return (definition.status?.conditions ?? []).some(
    (one: Loose) => one.type === "Established" && one.status === "True",
  );
}

function takenNames(store: Store, group: string, own: string): { resources: Set<string>; kinds: Set<string> } {
  const resources = new Set<string>();
  const kinds = new Set<string>();
  for (const other of store.table(definitionTable).objects.values() as Iterable<Loose>) {
    if (other.spec.group !== group || other.metadata.name === own) continue;
    const { plural, singular, shortNames = [], kind, listKind } = other.status?.acceptedNames ?? {};
    for (const name of [plural, singular, ...shortNames]) if (name) resources.add(name);
    for (const name of [kind, listKind]) if (name) kinds.add(name);
  }
  return { resources, kinds };
}
