import { type Clock, type Random, seededRandom, systemClock, systemRandom } from "../base/index.ts";
import type { HelmVersion } from "../chart/index.ts";
import type { FuncMap } from "../gotemplate/index.ts";
import { sprigFuncs } from "../sprig/index.ts";
import { Engine } from "./engine.ts";
import type { PlatformPorts } from "./types.ts";

/** What functions have of the world. */
interface World {
  readonly clock?: Pick<Clock, "now">;
  readonly random?: Random;
  /** Makes everything random reproducible. */
  readonly seed?: number;
}

interface Table {
  readonly helmVersion: HelmVersion;
  readonly clock: Pick<Clock, "now">;
  readonly random: Random;
  readonly ports: PlatformPorts | undefined;
  readonly funcs: FuncMap;
}

/** The tables that were asked for last: so many. */
let tables: readonly Table[] = [];
const mostTables = 4;

/**
 * All functions that templates may call. Renderings that want the same share one table: it takes a while to make, and
 * every place that calls a function prepares the call once for each table.
 */
export function functions(helmVersion: HelmVersion, world: World = {}, ports?: PlatformPorts): FuncMap {
  const { clock = systemClock, seed } = world;
  const random = seed === undefined ? (world.random ?? systemRandom) : seededRandom(seed);
  const known = tables.find(
    (table) =>
      table.helmVersion === helmVersion && table.clock === clock && table.random === random && table.ports === ports,
  );
  if (known !== undefined) return known.funcs;
  const seeded = seed !== undefined;
  const funcs = { ...sprigFuncs({ clock, random, seeded, helmVersion, ...ports }), ...Engine.functions };
  if (!seeded) tables = [{ helmVersion, clock, random, ports, funcs }, ...tables.slice(0, mostTables - 1)];
  return funcs;
}
