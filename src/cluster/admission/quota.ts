import { formatQuantity, updateManagedFields } from "../../manifest/index.ts";
import type { Quantity } from "../../manifest/index.ts";
import type { Core, WriteContext } from "../core.ts";
import { addUsage, concerns, inScope, minus, missingOfPod, plus, readUsage, showUsage, usageOf } from "../quota.ts";
import type { Usage } from "../quota.ts";
import type { ServedType } from "../served.ts";
import { forbidden } from "../status.ts";
import type { Stored } from "../store.ts";
import type { Loose } from "../strategy.ts";

/** ResourceQuota: refuses what a namespace's quotas have no room for, and counts what it lets in. */

/** Kinds whose changes are counted, too. */
const changing = new Set(["/services", "/persistentvolumeclaims"]);

export function checkQuotas(
  core: Core,
  operation: "CREATE" | "UPDATE",
  type: ServedType,
  object: Stored,
  old: Stored | undefined,
  context: WriteContext,
): void {
  const quotas = core.store.table("/resourcequotas");
  if (quotas.keys.length === 0 || (operation === "UPDATE" && !changing.has(type.table))) return;
  const namespace = object.metadata.namespace ?? "";
  const now = core.clock.now();
  const charged: { quota: Loose; used: Usage }[] = [];
  for (const quota of quotas.objects.values() as Iterable<Loose>) {
    if (quota.metadata.namespace !== namespace || quota.metadata.deletionTimestamp !== undefined) continue;
    // only what the controller has counted once is enforced
    const hard = readUsage(quota.status?.hard);
    const names = Object.keys(hard).filter((name) => concerns(type.table, name));
    if (names.length === 0 || !inScope(quota, type.table, object)) continue;
    const refuse = (why: string) => forbidden(type, object.metadata.name ?? "", why);
    const { name } = quota.metadata;
    const missing = type.table === "/pods" ? missingOfPod(object, names) : undefined;
    if (missing !== undefined) throw refuse(`failed quota: ${name}: ${missing}`);
    const used = readUsage(quota.status?.used);
    const unknown = names.filter((one) => used[one] === undefined);
    if (unknown.length > 0) throw refuse(`status unknown for quota: ${name}, resources: ${unknown.sort().join(",")}`);
    const delta = usageOf(type.table, object, now);
    if (old !== undefined) {
      for (const [one, value] of Object.entries(usageOf(type.table, old, now)))
        delta[one] = minus(delta[one] ?? { nano: 0n, format: value.format }, value);
    }
    const asked = names.filter((one) => (delta[one]?.nano ?? 0n) !== 0n);
    const over = asked.filter((one) => {
      const more = delta[one] as Quantity;
      return more.nano > 0n && plus(used[one], more).nano > (hard[one] as Quantity).nano;
    });
    if (over.length > 0) {
      over.sort();
      const list = (from: Usage) => over.map((one) => `${one}=${formatQuantity(from[one] as Quantity)}`).join(",");
      throw refuse(`exceeded quota: ${name}, requested: ${list(delta)}, used: ${list(used)}, limited: ${list(hard)}`);
    }
    if (asked.length === 0) continue;
    addUsage(used, Object.fromEntries(asked.map((one) => [one, delta[one] as Quantity])));
    charged.push({ quota, used });
  }
  if (!context.dryRun) for (const { quota, used } of charged) charge(core, quota, used);
}

function charge(core: Core, quota: Loose, used: Usage): void {
  const type = core.types.at("v1", "resourcequotas") as ServedType;
  const next: Loose = {
    ...quota,
    metadata: { ...quota.metadata },
    status: { ...quota.status, used: showUsage(used) },
  };
  next.metadata.managedFields = updateManagedFields(quota, next, type.shape, {
    manager: "kube-apiserver",
    apiVersion: "v1",
    time: core.now(),
    subresource: "status",
  });
  core.store.put(type.table, `${quota.metadata.namespace}/${quota.metadata.name}`, next);
}
