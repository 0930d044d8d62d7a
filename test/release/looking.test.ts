import assert from "node:assert/strict";
import { test } from "node:test";
import { SlipwayError } from "../../src/base/index.ts";
import { get, history, install, list, status, type ReleaseSite } from "../../src/release/index.ts";
import { chartOf, configMap, openLab } from "./lab.ts";

const looks: Readonly<Record<string, { requests: number; look: (site: ReleaseSite) => Promise<unknown> }>> = {
  list: { requests: 1, look: (site) => list(site) },
  history: { requests: 1, look: (site) => history(site, "web") },
  get: { requests: 2, look: (site) => get(site, "web") },
  "get of a revision": { requests: 1, look: (site) => get(site, "web", { revision: 1 }) },
  // What is served, in two requests, and the live object besides.
  status: { requests: 5, look: (site) => status(site, "web") },
};

test("looking at releases takes few requests, one by one", async () => {
  await using lab = await openLab();
  await install(lab.site, { name: "web", chart: chartOf({ "cm.yaml": configMap("cm") }) }).result;
  for (const [name, { requests, look }] of Object.entries(looks)) {
    const asked: string[] = [];
    const client = lab.connect(async (request) => {
      asked.push(`${request.method} ${request.path}`);
      return await lab.transport(request);
    });
    await look({ ...lab.site, client });
    assert.equal(asked.length, requests, `${name}: ${asked.join("\n")}`);
  }
});

test("a cluster that nobody answers for is told in Helm's words, whatever is asked of it", async () => {
  await using lab = await openLab();
  const client = lab.connect(() =>
    Promise.reject(new SlipwayError("dial tcp: connection refused", { code: "kube.unreachable" })),
  );
  const words = { code: "kube.unreachable", message: /^kubernetes cluster unreachable: .*connection refused$/ };
  for (const { look } of Object.values(looks)) await assert.rejects(look({ ...lab.site, client }), words);
  // Before a word about a name that cannot be.
  await assert.rejects(get({ ...lab.site, client }, "No_Name"), words);
  await assert.rejects(get(lab.site, "No_Name"), { message: /^releaseContent: Release name is invalid: No_Name/ });
  await assert.rejects(get(lab.site, "web"), { code: "release.not-found" });
});
