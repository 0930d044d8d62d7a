import assert from "node:assert/strict";
import { test } from "node:test";
import { SlipwayError } from "../../src/base/index.ts";
import { wellKnown, type Transport } from "../../src/kube/index.ts";
import {
  history,
  install,
  recover,
  rollback,
  uninstall,
  upgrade,
  type Operation,
  type ReleaseSite,
} from "../../src/release/index.ts";
import { chartOf, configMap, deployment, openLab, withoutRight, type Lab } from "./lab.ts";

/** Version 1 has `old` beside four others, version 2 `new`; each with a hook for every event there is. */
const events = "pre-install,post-install,pre-upgrade,pre-rollback,post-rollback,pre-delete,post-delete";
const chart = (version: number, more: Record<string, string> = {}) => {
  const out: Record<string, string> = { "hook.yaml": configMap("hook", `"x"`, { "helm.sh/hook": events }), ...more };
  for (let i = 0; i < 4; i++) out[`cm${i}.yaml`] = configMap(`cm-${i}`, `"v${version}"`);
  out["own.yaml"] = configMap(version === 1 ? "old" : "new", `"v${version}"`);
  return chartOf(out);
};
const never = { "d.yaml": deployment("d", { annotations: { "sim.slipway.dev/never-ready": "true" } }) };

/** What a run may do next, and which version is there then; 0 for none. */
interface Next {
  readonly run: (site: ReleaseSite) => Promise<unknown>;
  readonly leaves: 0 | 1 | 2;
}
const nexts = {
  install: { run: (site) => install(site, { name: "r", chart: chart(2) }).result, leaves: 2 },
  upgrade: { run: (site) => upgrade(site, { name: "r", chart: chart(2) }).result, leaves: 2 },
  back: { run: (site) => upgrade(site, { name: "r", chart: chart(1) }).result, leaves: 1 },
  upgradeInstall: { run: (site) => upgrade(site, { name: "r", chart: chart(2), install: true }).result, leaves: 2 },
  uninstall: { run: (site) => uninstall(site, { name: "r", ignoreNotFound: true }).result, leaves: 0 },
  rollback: { run: (site) => rollback(site, { name: "r", revision: 1 }).result, leaves: 1 },
  recover: {
    run: async (site) => {
      await recover(site, "r").result;
      await upgrade(site, { name: "r", chart: chart(2), install: true }).result;
    },
    leaves: 2,
  },
} satisfies Record<string, Next>;

interface Verb {
  readonly name: string;
  readonly before?: (site: ReleaseSite) => Promise<unknown>;
  readonly cut: (site: ReleaseSite) => Operation<unknown>;
  readonly next: readonly Next[];
  /** Whether the release may be known to nobody after the cut, so that what needs one is refused. */
  readonly mayBeUnknown?: boolean;
}
const twice = async (site: ReleaseSite) => {
  await install(site, { name: "r", chart: chart(1) }).result;
  await upgrade(site, { name: "r", chart: chart(2) }).result;
};

const verbs: Verb[] = [
  {
    name: "an installation",
    cut: (site) => install(site, { name: "r", chart: chart(1) }),
    next: [nexts.install, nexts.upgradeInstall, nexts.uninstall, nexts.recover],
    mayBeUnknown: true,
  },
  {
    name: "a rollback",
    before: twice,
    cut: (site) => rollback(site, { name: "r", revision: 1 }),
    next: [nexts.rollback, nexts.upgrade, nexts.uninstall, nexts.recover],
  },
  {
    name: "an uninstallation",
    before: twice,
    cut: (site) => uninstall(site, { name: "r", wait: "watcher" }),
    next: [nexts.uninstall, nexts.upgradeInstall, nexts.install, nexts.back, nexts.recover],
    mayBeUnknown: true,
  },
  {
    name: "an upgrade that is rolled back",
    before: (site) => install(site, { name: "r", chart: chart(1) }).result,
    cut: (site) => upgrade(site, { name: "r", chart: chart(2, never), rollbackOnFailure: true, timeout: 20_000 }),
    next: [nexts.upgrade, nexts.back, nexts.rollback, nexts.uninstall],
  },
];

/** `npm run prove:cut-off`: everything that may come next is tried at every request, not one after the other in turn. */
const everyOne = process.env["SLIPWAY_CUT_OFF"] === "all";

/** What comes next, by an account with rights on leases and by one without. */
function combinations(lab: Lab, { next }: Verb, allowed: number): { next: Next; way: Transport }[] {
  const ways = [lab.transport, withoutRight(lab, ({ path }) => path.includes("/leases"))];
  if (everyOne) return next.flatMap((one) => ways.map((way) => ({ next: one, way })));
  const way = ways[Math.floor(allowed / next.length) % 2] as Transport;
  return [{ next: next[allowed % next.length] as Next, way }];
}

const killed = () => new SlipwayError("killed", { code: "test.killed" });
/** A transport that serves `allowed` requests and then is dead for good, as a killed process is. */
function mortal(way: Transport, allowed: number): { transport: Transport; used: () => number } {
  let used = 0;
  return {
    used: () => used,
    transport: async (request) => {
      if (used >= allowed) return await new Promise<never>((_, reject) => setImmediate(() => reject(killed())));
      used++;
      return await way(request);
    },
  };
}

const isOurs = ({ metadata }: { metadata: { name: string } }) =>
  !["kube-root-ca.crt", "foreign"].includes(metadata.name);

/** What an upgrade that simply failed had brought stays, as with Helm: it was cut off after that was on record, before its rollback. */
const onlyFailed = (revisions: readonly { status: string; description: string }[]) =>
  revisions.some(({ status }) => status === "failed") &&
  !revisions.some(({ description }) => /^Interrupted|^Rollback/.test(description));

async function clear(lab: Lab): Promise<void> {
  for (const kind of [wellKnown.configMaps, wellKnown.secrets, wellKnown.leases])
    for (const object of await lab.client.list(kind, "default"))
      if (isOurs(object)) await lab.client.delete({ resource: kind, namespace: "default", name: object.metadata.name });
}

for (const verb of verbs) {
  test(`${verb.name} killed at any request: whatever comes next succeeds, and nothing is left over`, async () => {
    await using lab = await openLab();
    const foreign = { apiVersion: "v1", kind: "ConfigMap", metadata: { name: "foreign" } };
    await lab.client.create(wellKnown.configMaps, "default", foreign);
    let over = false;
    for (let allowed = 1; !over; allowed++) {
      for (const { next, way } of combinations(lab, verb, allowed)) {
        await verb.before?.(lab.site);
        const { transport, used } = mortal(way, allowed);
        const client = lab.connect(transport);
        await verb.cut({ ...lab.site, client }).result.catch(() => {});
        over = used() < allowed;
        const label = `killed after ${allowed} requests, then ${Object.entries(nexts).find(([, one]) => one === next)?.[0]}`;
        const known = await history(lab.site, "r").then(
          (revisions) => revisions.length > 0 && (revisions.at(-1)?.status !== "deployed" || verb.before !== undefined),
          () => false,
        );
        // What was finished, or never begun, is not at stake here.
        const refusal = await next.run({ ...lab.site, client: lab.connect(way) }).then(
          () => undefined,
          (error: Error) => error,
        );
        if (refusal !== undefined) {
          const expected = /cannot reuse a name that is still in use|release: not found|has no deployed releases/;
          assert.match(refusal.message, expected, label);
          const done = await history(lab.site, "r").then(
            (revisions) => revisions.at(-1)?.status === "deployed",
            () => true,
          );
          assert.ok(done && (verb.mayBeUnknown || known), `${label}: ${refusal.message}`);
          await uninstall(lab.site, { name: "r", ignoreNotFound: true }).result;
        }
        const revisions = await history(lab.site, "r").catch(() => []);
        const statuses = revisions.map(({ status }) => status);
        const leaves = refusal === undefined ? next.leaves : 0;
        assert.deepEqual(
          statuses.filter((status) => /^pending|uninstalling/.test(status)),
          [],
          label,
        );
        assert.equal(
          statuses.filter((status) => status === "deployed").length,
          leaves === 0 ? 0 : 1,
          `${label}: ${statuses.join()}`,
        );
        assert.deepEqual(await lab.client.list(wellKnown.leases, "default"), [], label);
        const maps = (await lab.client.list(wellKnown.configMaps, "default")).filter(
          (object) => isOurs(object) && object.metadata.name !== "hook",
        );
        const expected =
          leaves === 0
            ? []
            : ["cm-0", "cm-1", "cm-2", "cm-3", leaves === 1 ? "old" : "new"].map((name) => `${name}=v${leaves}`);
        assert.deepEqual(
          maps
            .map(({ metadata, data }) => `${metadata.name}=${(data as { value: string }).value}`)
            .filter((text) => leaves !== 1 || text !== "new=v2" || !onlyFailed(revisions)),
          expected,
          label,
        );
        assert.ok(await lab.configMap("foreign").then(() => true), label);
        await uninstall(lab.site, { name: "r", ignoreNotFound: true }).result;
        await clear(lab);
      }
    }
  });
}
