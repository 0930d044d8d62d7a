/** The platforms' GitHub workflows keep the house rules: no rights but those a job asks for, actions pinned, an end in time. */
import assert from "node:assert/strict";
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import { parse } from "../../src/goyaml/index.ts";
import { root } from "./charts.ts";

interface Workflow {
  readonly permissions?: object;
  readonly jobs: Readonly<
    Record<
      string,
      {
        readonly "timeout-minutes"?: number;
        readonly "runs-on"?: string;
        readonly steps?: readonly { readonly uses?: string; readonly run?: string; readonly env?: object }[];
      }
    >
  >;
}

for (const file of globSync("platforms/*/.github/workflows/*.{yaml,yml}", { cwd: root }).toSorted()) {
  test(file, () => {
    const { permissions, jobs } = parse(readFileSync(join(root, file), "utf8")) as Workflow;
    assert.deepEqual(Object.keys(permissions ?? { missing: true }), [], "permissions: {} at the top");
    for (const [name, job] of Object.entries(jobs)) {
      assert.ok((job["timeout-minutes"] ?? 0) > 0, `${name} has no timeout-minutes`);
      assert.doesNotMatch(job["runs-on"] ?? "", /latest/, `${name} runs on a moving image`);
      for (const { uses, run = "" } of job.steps ?? []) {
        if (uses !== undefined) assert.match(uses, /^\.\/|@[0-9a-f]{40}$/, `${name}: ${uses} is not pinned`);
        // What others write travels by the environment: in a script it would be code.
        assert.doesNotMatch(run, /\$\{\{/, `${name}: an expression stands in a script`);
      }
    }
  });
}
