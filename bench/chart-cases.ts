/** Comparisons over public charts, which are not part of this repository: `npm run bench -- --charts FOLDER`. */
import { spawnSync } from "node:child_process";
import { cpSync, existsSync, globSync, mkdirSync, readFileSync } from "node:fs";
import { basename, dirname, join } from "node:path";
import { buildSync } from "esbuild";
import { parse } from "../src/goyaml/index.ts";
import { tool } from "../test/tools/tools.ts";
import { type Case, slipway } from "./cases.ts";

/** How many charts the comparison of one process with many runs takes. */
const many = 200;

/** The comparisons that a folder of charts allows. */
export function chartCases(folder: string): Case[] {
  const found = globSync("**/Chart.yaml", { cwd: folder })
    .map((path) => join(folder, dirname(path)))
    .toSorted();
  const stack = found.find((path) => basename(path) === "kube-prometheus-stack");
  const one = stack === undefined ? [] : [oneChart(stack, found), withoutOutlines(oneChart(stack, found))];
  return [...one, manyCharts(found)];
}

/** `template` of kube-prometheus-stack, with its dependencies taken from the same folder of charts. */
function oneChart(chart: string, found: readonly string[]): Case {
  return {
    name: "template, kube-prometheus-stack",
    tools: ["helm4"],
    budget: 0.75,
    // Its Grafana makes a password at random.
    same: false,
    prepare(folder) {
      const copy = join(folder, basename(chart));
      cpSync(chart, copy, { recursive: true, dereference: true });
      const { dependencies = [] } = parse(readFileSync(join(copy, "Chart.yaml"), "utf8")) as {
        dependencies?: { name: string }[];
      };
      for (const { name } of dependencies) {
        const from = found.find((path) => basename(path) === name);
        const to = join(copy, "charts", name);
        if (from === undefined || existsSync(join(to, "Chart.yaml"))) continue;
        mkdirSync(dirname(to), { recursive: true });
        cpSync(from, to, { recursive: true, dereference: true });
      }
      const args = ["template", "r", copy];
      return {
        ours: { program: slipway, args, cwd: folder },
        stock: { program: tool("helm4").path, args, cwd: folder },
      };
    },
  };
}

/** The same without the outlines that earlier runs kept (src/cli/outline-cache.ts): what a chart costs that is new here. */
function withoutOutlines(subject: Case): Case {
  return {
    ...subject,
    name: `${subject.name}, no outlines kept`,
    // Told, not asked for: the budget is for a chart that is rendered again.
    budget: 1.3,
    prepare(folder) {
      const { ours, stock } = subject.prepare(folder);
      return {
        ours: { ...ours, program: "env", args: ["SLIPWAY_OUTLINE_CACHE=off", ours.program, ...ours.args] },
        stock,
      };
    },
  };
}

/** The first charts that stock Helm renders, all in one process of ours, and in one run of Helm each. */
function manyCharts(found: readonly string[]): Case {
  return {
    name: `rendering ${many} public charts: one process, and as many runs of helm`,
    tools: ["helm4"],
    budget: 0.1,
    same: false,
    warmUp: 0,
    pairs: 3,
    prepare(folder) {
      const helm = tool("helm4").path;
      const charts: string[] = [];
      for (const chart of found) {
        if (charts.length === many) break;
        if (makesKeys(chart)) continue;
        if (spawnSync(helm, ["template", "r", chart], { stdio: "ignore" }).status === 0) charts.push(chart);
      }
      // As programs use the library: bundled, not as TypeScript whose types are stripped at every start.
      buildSync({
        entryPoints: [join(import.meta.dirname, "render-many.ts")],
        bundle: true,
        splitting: true,
        format: "esm",
        platform: "node",
        minify: true,
        outdir: join(folder, "bundle"),
        outExtension: { ".js": ".mjs" },
      });
      const loop = `for chart in "$@"; do "$0" template r "$chart" >/dev/null 2>&1 || exit 1; done`;
      return {
        ours: {
          program: process.execPath,
          args: [join(folder, "bundle", "render-many.mjs"), ...charts],
          cwd: folder,
        },
        stock: { program: "/bin/sh", args: ["-c", loop, helm, ...charts], cwd: folder },
      };
    },
  };
}

/** Charts that make keys or password hashes say how fast those are made, which is the same library's work everywhere. */
function makesKeys(chart: string): boolean {
  return globSync("**/templates/**/*.{yaml,yml,tpl,txt}", { cwd: chart }).some((path) =>
    /genPrivateKey|genCA|genSelfSignedCert|genSignedCert|htpasswd|bcrypt/.test(readFileSync(join(chart, path), "utf8")),
  );
}
