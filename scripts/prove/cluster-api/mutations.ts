/** Requests by chance: valid objects with a few fields dropped, changed, mistyped or added. Seeded, so that a run can be repeated. */
import { builtinResources, typeOfKind } from "../../../src/schema/index.ts";
import type { Field, TypeExpr, TypeInfo } from "../../../src/schema/index.ts";
import { Chance } from "../chance.ts";
import { collection, del, get, namespace, post, put } from "./calls.ts";
import type { Scenario } from "./calls.ts";
import { samples } from "./samples.ts";
import type { Sample } from "./samples.ts";

type Data = Record<string, unknown>;

const words = [
  "x",
  "",
  "Bad_Value!",
  "a.b/c",
  "1",
  "a-b",
  "-",
  "UPPER",
  "10.0.0.1",
  "http",
  "/etc",
  "../up",
  "a b",
  "y".repeat(64),
];
const numbers = [-1, 0, 1, 5, 100, 70000, 2147483647];
const quantities = ["1", "1Gi", "-1", "0.5", "1m", "nonsense"];
const ofAnyType = [null, "text", 7, 1.5, true, [], {}, [1], { a: "b" }];

function typeOf(sample: Sample): TypeInfo | undefined {
  const info = builtinResources().find(
    (one) =>
      one.plural === sample.plural && sample.apiVersion === (one.group ? `${one.group}/${one.version}` : one.version),
  );
  return info === undefined ? undefined : typeOfKind(sample.apiVersion, info.kind);
}

/** Some value for a field of this type: often a good one. */
function invent(chance: Chance, type: TypeExpr, field: Field | undefined, depth: number): unknown {
  switch (type.kind) {
    case "struct": {
      const out: Data = {};
      for (const one of type.type.fields) {
        if (depth > 4) break;
        if (one.required || chance.one(8)) out[one.name] = invent(chance, one.type, one, depth + 1);
      }
      return out;
    }
    case "list":
      return chance.one(6) ? [] : [invent(chance, type.items, undefined, depth + 1)];
    case "map":
      return {
        [chance.pick(["a", "example.com/b", "bad key!", "cpu"])]: invent(chance, type.values, undefined, depth + 1),
      };
    default:
  }
  const { scalar } = type;
  if (field?.enum !== undefined && chance.chance(0.7)) return chance.pick(field.enum);
  if (scalar === "bool") return chance.one(2);
  if (scalar === "int32" || scalar === "int64" || scalar === "float64") return chance.pick(numbers);
  if (scalar === "quantity") return chance.pick(quantities);
  if (scalar === "intOrString") return chance.pick([1, "x", "50%", -1, "150%", 70000]);
  if (scalar === "time") return chance.pick(["2024-01-01T00:00:00Z", "yesterday"]);
  if (scalar === "microTime") return chance.pick(["2024-01-01T00:00:00.000000Z", "yesterday"]);
  if (scalar === "bytes") return chance.pick(["YQ==", "!"]);
  return chance.pick(words);
}

interface Spot {
  readonly holder: Data | unknown[];
  readonly key: string | number;
  readonly type: TypeExpr | undefined;
  readonly field: Field | undefined;
  /** The struct's type, where the holder is one. */
  readonly owner: TypeInfo | undefined;
}

/** Every place below the object, but its kind, apiVersion and metadata. */
function spots(object: Data, type: TypeInfo | undefined): Spot[] {
  const out: Spot[] = [];
  const walk = (value: unknown, expr: TypeExpr | undefined, top: boolean) => {
    if (Array.isArray(value)) {
      value.forEach((item, i) => {
        const items = expr?.kind === "list" ? expr.items : undefined;
        out.push({ holder: value, key: i, type: items, field: undefined, owner: undefined });
        walk(item, items, false);
      });
    } else if (typeof value === "object" && value !== null) {
      const owner = expr?.kind === "struct" ? expr.type : undefined;
      for (const key of Object.keys(value)) {
        if (top && ["kind", "apiVersion", "metadata"].includes(key)) continue;
        const field = owner?.byName.get(key);
        const inner = field?.type ?? (expr?.kind === "map" ? expr.values : undefined);
        out.push({ holder: value as Data, key, type: inner, field, owner });
        walk((value as Data)[key], inner, false);
      }
    }
  };
  walk(object, type === undefined ? undefined : { kind: "struct", type, pointer: false, goType: "" }, true);
  return out;
}

function change(chance: Chance, object: Data, type: TypeInfo | undefined): void {
  const all = spots(object, type);
  const known = type?.fields.filter((one) => !["kind", "apiVersion", "metadata", "status"].includes(one.name)) ?? [];
  if (all.length === 0) {
    const field = known.length === 0 ? undefined : chance.pick(known);
    if (field !== undefined) object[field.name] = invent(chance, field.type, field, 0);
    return;
  }
  const spot = chance.pick(all);
  const { holder, key } = spot;
  const set = (value: unknown) => {
    (holder as Data)[key] = value;
  };
  switch (chance.below(10)) {
    case 0:
    case 1:
      if (Array.isArray(holder)) holder.splice(key as number, 1);
      else delete holder[key];
      return;
    case 2:
      set(chance.pick(ofAnyType));
      return;
    case 3:
      if (Array.isArray(holder)) holder.push(structuredClone(holder[key as number]));
      else set(null);
      return;
    case 4:
    case 5:
    case 6: {
      // a field that was not there
      const structs = all.filter((one) => one.owner !== undefined);
      const at = structs.length === 0 ? undefined : chance.pick(structs);
      const fields = at?.owner?.fields.filter((one) => !Object.hasOwn(at.holder, one.name)) ?? [];
      if (at === undefined || fields.length === 0) return;
      const field = chance.pick(fields);
      (at.holder as Data)[field.name] = invent(chance, field.type, field, 0);
      return;
    }
    default:
      set(spot.type === undefined ? chance.pick(ofAnyType) : invent(chance, spot.type, spot.field, 0));
  }
}

function mutated(chance: Chance, object: Data, type: TypeInfo | undefined): Data {
  const copy = structuredClone(object);
  const changes = chance.one(3) ? 2 : 1;
  for (let i = 0; i < changes; i++) change(chance, copy, type);
  return copy;
}

/** For every kind: so many creates and updates of objects that were changed by chance; all as dry runs. */
export function mutationScenarios(seed: number, share: number): Scenario[] {
  const fill = (value: unknown): Data =>
    JSON.parse(JSON.stringify(value).replaceAll('"NS"', JSON.stringify(namespace)));
  return samples.map((sample, index) => ({
    name: `by chance ${sample.apiVersion} ${sample.plural}`,
    *run() {
      const chance = new Chance(seed * 1000 + index);
      const path = collection(sample);
      const type = typeOf(sample);
      const name = sample.named ?? "chance";
      const head = { apiVersion: sample.apiVersion, metadata: { name } };
      const bodies = [sample.minimal, ...(sample.full === undefined ? [] : [sample.full]), ...(sample.more ?? [])].map(
        fill,
      );
      for (let i = 0; i < share; i++)
        yield post(`${path}?dryRun=All`, { ...head, ...mutated(chance, chance.pick(bodies), type) });
      const body = bodies[1] ?? (bodies[0] as Data);
      yield post(path, { ...head, ...body });
      const got = JSON.parse(
        (yield { ...get(`${path}/${name}`), ...(sample.settled === undefined ? {} : { until: sample.settled }) }).body,
      ) as { metadata?: Data };
      const { uid, resourceVersion } = got.metadata ?? {};
      const metadata = { name, uid, resourceVersion };
      const updates = new Chance(seed * 1000 + 500 + index);
      for (let i = 0; i < Math.ceil(share / 2); i++) {
        yield put(`${path}/${name}?dryRun=All`, { ...head, ...mutated(updates, body, type), metadata });
      }
      yield del(`${path}/${name}`);
    },
  }));
}
