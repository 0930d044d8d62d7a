import type { Core } from "../core.ts";
import { sameJson } from "../objects.ts";
import { compareVersions } from "../served.ts";
import type { Loose } from "../strategy.ts";
import type { Stored } from "../store.ts";
import { compilePattern, EngineWanted, loadEngine } from "./patterns.ts";
import { servedVersion } from "./version.ts";

/** CustomResourceDefinitions: their types are served as soon as they are stored. */

const table = "apiextensions.k8s.io/customresourcedefinitions";

/**
 * Serves the types of stored definitions from now on. Resolves when what their patterns need is loaded (which is done
 * before anything asks for it: definitions made later load it themselves, on their way in).
 */
export async function serveDefinitions(core: Core): Promise<void> {
  const definitions = core.store.table(table);
  const load = (definition: Stored) => {
    const { spec } = definition as Loose;
    const versions: Loose[] = (spec.versions ?? []).filter((version: Loose) => version.served === true);
    versions.sort((a, b) => compareVersions(a.name, b.name));
    core.types.setCustom(
      definition.metadata.name,
      versions.map((version) => servedVersion(definition, version)),
    );
  };
  let needsEngine = false;
  for (const definition of definitions.objects.values()) {
    load(definition);
    needsEngine ||= hasHardPattern((definition as Loose).spec.versions);
  }
  definitions.listeners.add((event) => {
    const { name } = event.object.metadata;
    if (event.type === "DELETED") {
      core.types.setCustom(name, []);
      // its objects go with it
      const { group, names } = (event.object as Loose).spec;
      core.clock.schedule(0, () => {
        const rest = core.store.table(`${group}/${names.plural}`);
        for (const key of rest.keys.slice()) core.store.remove(rest.name, key);
      });
    } else if (event.previous === undefined || !sameJson(event.previous["spec"], event.object["spec"]))
      load(event.object);
  });
  if (needsEngine) await loadEngine();
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
