import type { Core } from "../core.ts";
import { sameJson } from "../objects.ts";
import { compareVersions } from "../served.ts";
import type { Loose } from "../strategy.ts";
import type { Stored } from "../store.ts";
import { definitionResource, endDefinition, soonOrLater } from "./end.ts";
import { acceptNames, definitionTable, isEstablished } from "./names.ts";
import { compilePattern, EngineWanted, loadEngine } from "./patterns.ts";
import { servedVersion } from "./version.ts";

/** CustomResourceDefinitions: their types are served as soon as they are stored. */

/**
 * Serves the types of stored definitions from now on. Resolves when what their patterns need is loaded (which is done
 * before anything asks for it: definitions made later load it themselves, on their way in).
 */
export async function serveDefinitions(core: Core): Promise<void> {
  const definitions = core.store.table(definitionTable);
  const load = (given: Stored) => {
    const { spec, status } = given as Loose;
    const definition = { ...given, spec: { ...spec, names: status?.acceptedNames ?? spec.names } };
    const versions: Loose[] = isEstablished(given)
      ? (spec.versions ?? []).filter((version: Loose) => version.served === true)
      : [];
    versions.sort((a, b) => compareVersions(a.name, b.name));
    core.types.setCustom(
      definition.metadata.name,
      versions.map((version) => servedVersion(definition, version)),
    );
  };
  const end = (name: string) => soonOrLater(core, () => endDefinition(core, name));
  let needsEngine = false;
  for (const definition of definitions.objects.values()) {
    load(definition);
    needsEngine ||= hasHardPattern((definition as Loose).spec.versions);
    if (definition.metadata.deletionTimestamp !== undefined) end(definition.metadata.name);
  }
  definitions.listeners.add(({ type, object, previous }) => {
    const { name } = object.metadata;
    if (type === "DELETED") {
      core.types.setCustom(name, []);
      soonOrLater(core, () => {
        dropRest(core, object);
        renameOthers(core, (object as Loose).spec.group);
      });
      return;
    }
    const changed = (part: (one: Loose) => unknown) =>
      previous === undefined || !sameJson(part(previous), part(object));
    if (changed((one) => [one.spec, one.status?.acceptedNames, isEstablished(one)])) load(object);
    if (object.metadata.deletionTimestamp !== undefined && previous?.metadata.deletionTimestamp === undefined)
      end(name);
  });
  if (needsEngine) await loadEngine();
}

/** What is left of the objects of a definition that somebody has ended by hand. */
function dropRest(core: Core, definition: Stored): void {
  const { group, names } = (definition as Loose).spec;
  if (core.store.get(definitionTable, definition.metadata.name) !== undefined) return;
  const rest = core.store.table(`${group}/${names.plural}`);
  for (const key of rest.keys.slice()) core.store.remove(rest.name, key);
}

/** Names have become free: definitions that wait for one may get it. */
function renameOthers(core: Core, group: string): void {
  for (const definition of core.store.table(definitionTable).objects.values()) {
    const { spec, status } = definition as Loose;
    const waits = status?.conditions?.some((one: Loose) => one.type === "NamesAccepted" && one.status !== "True");
    if (spec.group !== group || waits !== true) continue;
    const next: Loose = { ...definition };
    acceptNames(core.store, next, core.now());
    core.registry.update(definitionResource, next as Stored, "status");
  }
}

/** Is there a pattern that only the engine can match? */
function hasHardPattern(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  if (Array.isArray(value)) return value.some(hasHardPattern);
  const { pattern } = value as Loose;
  if (typeof pattern === "string") {
    try {
      compilePattern(pattern);
    } catch (error) {
      if (error instanceof EngineWanted) return true;
    }
  }
  return Object.values(value).some(hasHardPattern);
}
