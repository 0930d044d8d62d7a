/** What is compared with the stock tools. Add a case: a name, a budget, and two command lines that do the same work. */
import { execFileSync } from "node:child_process";
import { join } from "node:path";
import { tool } from "../test/tools/tools.ts";
import type { CommandLine } from "./paired.ts";

/** A comparison to run in an empty folder of its own. */
export interface Case {
  readonly name: string;
  /** The tools it needs, by their names in test/tools. */
  readonly tools: readonly string[];
  /** Ours may take this many times the stock tool's CPU time. */
  readonly budget: number;
  /** Makes what is needed in `folder` and answers the two commands; they must print the same (`same` says how). */
  prepare(folder: string): { ours: CommandLine; stock: CommandLine };
  /** Whether the two commands' outputs have to be the same bytes. */
  readonly same: boolean;
  /** For long ones: fewer runs than the usual five that do not count, and eleven pairs. */
  readonly warmUp?: number;
  readonly pairs?: number;
}

const root = join(import.meta.dirname, "..");
/** The program of this clone. */
export const slipway = join(root, "bin", process.platform === "win32" ? "slipway.cmd" : "slipway");

/** Every comparison, the most important first. */
export const cases: readonly Case[] = [
  {
    name: "template, the chart of `helm create`",
    tools: ["helm4"],
    budget: 1.3,
    same: true,
    prepare(folder) {
      execFileSync(tool("helm4").path, ["create", "demo"], { cwd: folder });
      const args = ["template", "demo", "./demo"];
      return {
        ours: { program: slipway, args, cwd: folder },
        stock: { program: tool("helm4").path, args, cwd: folder },
      };
    },
  },
  {
    name: "template, ml-api with prod's values",
    tools: ["helm4"],
    budget: 1.3,
    same: true,
    prepare(folder) {
      const platform = join(root, "platforms", "ml-services");
      const args = [
        "template",
        "prod-ml-api",
        join(platform, "charts/ml-api"),
        "-f",
        join(platform, "values/prod/values.yaml"),
      ];
      return {
        ours: { program: slipway, args, cwd: folder },
        stock: { program: tool("helm4").path, args, cwd: folder },
      };
    },
  },
  {
    name: "version",
    tools: ["helm4"],
    budget: 1,
    same: false,
    prepare(folder) {
      const args = ["version", "--short"];
      return {
        ours: { program: slipway, args, cwd: folder },
        stock: { program: tool("helm4").path, args, cwd: folder },
      };
    },
  },
];
