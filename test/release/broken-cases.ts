import assert from "node:assert/strict";
import { test } from "node:test";
import { install, upgrade, type InstallOptions, type ReleaseSite } from "../../src/release/index.ts";
import { chartOf, openLab, type Lab } from "./lab.ts";

/** A release that cannot become ready, and the first line of what is said of it. */
export interface Case {
  readonly name: string;
  readonly templates: Record<string, string>;
  /** What stands in the cluster before. */
  readonly before?: (lab: Lab) => Promise<void>;
  /** Installed first, so that the failing step is an upgrade. */
  readonly first?: Record<string, string>;
  readonly options?: Partial<InstallOptions>;
  /** As whom and how it is deployed; the admin otherwise. */
  readonly as?: (lab: Lab) => Promise<ReleaseSite>;
  readonly lab?: { readonly strictWebhooks: boolean };
  readonly says: RegExp;
  /** Fails before the timeout of five minutes, after at most so many seconds. */
  readonly within?: number;
  /** Is waited for so many seconds at least: it might have come up. */
  readonly notBefore?: number;
}

/** An annotation that tells the embedded cluster how a pod behaves. */
export const sim = (key: string, value: string) => ({ [`sim.slipway.dev/${key}`]: value });
/** A Job's template; `annotations` are its pods', as YAML. */
export const job = (annotations: string, spec = "") =>
  `apiVersion: batch/v1\nkind: Job\nmetadata: {name: j}\nspec:\n  backoffLimit: 0\n${spec}  template:\n    metadata: {annotations: {${annotations}}}\n    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;
/** A Job that fails, as a hook of an event. */
export const hookJob = (event: string) =>
  `apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: migrate\n  annotations: {helm.sh/hook: ${event}}\nspec:\n  backoffLimit: 0\n  template:\n    metadata: {annotations: {"sim.slipway.dev/fail": "true"}}\n    spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}\n`;
/** Makes an object that stands there before. */
export const standing = (path: string, body: object) => async (lab: Lab) => {
  await lab.client.json({ method: "POST", path, body });
};
/** A quota of the namespace. */
export const quota = (hard: Record<string, string>) =>
  standing("/api/v1/namespaces/default/resourcequotas", {
    apiVersion: "v1",
    kind: "ResourceQuota",
    metadata: { name: "q" },
    spec: { hard },
  });

/** Runs each case as a test. */
export function testBroken(cases: readonly Case[]): void {
  for (const entry of cases) {
    test(`broken release: ${entry.name}`, async () => {
      await using lab = await openLab(entry.lab);
      await entry.before?.(lab);
      const site = entry.as === undefined ? lab.site : await entry.as(lab);
      const options = { name: "r", chart: chartOf(entry.templates), wait: "watcher" as const, ...entry.options };
      if (entry.first !== undefined)
        await install(lab.site, { name: "r", chart: chartOf(entry.first), wait: "watcher" }).result;
      const began = { cpu: process.cpuUsage(), clock: lab.clock.now() };
      const operation = entry.first === undefined ? install(site, options) : upgrade(site, options);
      await assert.rejects(operation.result, (error: Error) => {
        assert.match(error.message.split("\n")[0] as string, entry.says);
        assert.ok(error.message.split("\n").length <= 24, error.message);
        return true;
      });
      const seconds = (lab.clock.now() - began.clock) / 1000;
      assert.ok(seconds <= (entry.within ?? 300) && seconds >= (entry.notBefore ?? 0), `told after ${seconds} s`);
      // Under two seconds of work, however busy the machine.
      assert.ok(process.cpuUsage(began.cpu).user < 2_000_000);
    });
  }
}
