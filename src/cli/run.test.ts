import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { SlipwayError } from "../base/index.ts";
import type { Command, CommandEntry, Context, Flags } from "./command.ts";
import { formatFlag } from "./output.ts";
import { run } from "./run.ts";
import { memoryContext } from "./testing/memory-context.ts";

function entry(command: Command): CommandEntry {
  return { name: command.name, short: command.short, load: async () => ({ command }) };
}

function command(
  name: string,
  body: (context: Context, args: readonly string[], flags: Flags) => number | Promise<number>,
): Command {
  return {
    name,
    short: `short of ${name}`,
    examples: `slipway ${name} x`,
    args: "NAME [CHART]",
    arity: [1, 2],
    flags: [{ name: "set", type: "stringArray", usage: "values" }],
    run: async (...given) => body(...given),
  };
}

const table: readonly CommandEntry[] = [
  entry(
    command("install", (context, args, flags) => {
      context.out(`${args.join("+")} ${flags.string("namespace")} ${flags.list("set").join("+")}`);
      return 0;
    }),
  ),
  entry({
    name: "get",
    short: "parts",
    examples: "slipway get values x",
    arity: [0, 0],
    flags: [],
    subcommands: [entry(command("values", () => 3))],
  }),
];

async function cli(words: string[], entries = table, options: Partial<Context> = {}) {
  const context = memoryContext(options);
  const code = await run(words, entries, context);
  return { code, out: context.stdout, err: context.stderr };
}

test("a command is found wherever its word stands", async () => {
  for (const line of [
    "install a b -n x --set k=v",
    "-n x install a b --set=k=v",
    "--debug -nx install --set k=v a b",
  ]) {
    assert.deepEqual(await cli(line.split(" ")), { code: 0, out: "a+b x k=v", err: "" }, line);
  }
  assert.equal((await cli(["get", "-n", "values", "values", "x"])).code, 3);
});

test("settings come from HELM_* where no flag is given", async () => {
  assert.equal((await cli(["install", "a"], table, { env: { HELM_NAMESPACE: "there" } })).out, "a there ");
  assert.equal((await cli(["install", "a", "-nhere"], table, { env: { HELM_NAMESPACE: "there" } })).out, "a here ");
});

test("wrong use exits with 1, says what is wrong and where help is", async () => {
  const cases: [line: string, err: string][] = [
    [
      "instal",
      `Error: unknown command "instal" for "slipway"\n\nDid you mean this?\n\tinstall\n\nRun 'slipway --help' for usage.\n`,
    ],
    ["frob", `Error: unknown command "frob" for "slipway"\nRun 'slipway --help' for usage.\n`],
    [
      "get valuse",
      `Error: unknown command "valuse" for "slipway get"\n\nDid you mean this?\n\tvalues\n\nRun 'slipway get --help' for usage.\n`,
    ],
    [
      "install",
      `Error: "slipway install" requires at least 1 argument\n\nUsage:  slipway install NAME [CHART] [flags]\nRun 'slipway install --help' for usage.\n`,
    ],
    [
      "install a b c",
      `Error: "slipway install" accepts at most 2 arguments\n\nUsage:  slipway install NAME [CHART] [flags]\nRun 'slipway install --help' for usage.\n`,
    ],
    ["install --frob a", `Error: unknown flag: --frob\nRun 'slipway install --help' for usage.\n`],
  ];
  for (const [line, err] of cases) assert.deepEqual(await cli(line.split(" ")), { code: 1, out: "", err }, line);
});

test("help is printed on stdout with exit code 0", async () => {
  for (const line of [
    "",
    "--help",
    "-h",
    "help",
    "get",
    "get --help",
    "help get values",
    "install -h",
    "install a b c d --help",
  ]) {
    const { code, out, err } = await cli(line.split(" ").filter((word) => word !== ""));
    assert.deepEqual([code, err], [0, ""], line);
    assert.match(out, /^Examples:\n {2}\S/, line);
    assert.match(out, /\nGlobal flags:\n/, line);
  }
});

test("an error shows its place in the source and what to do, and a stack only with --debug", async () => {
  const folder = mkdtempSync(join(tmpdir(), "slipway-cli-"));
  writeFileSync(join(folder, "values.yaml"), "a: 1\n\tb: 2\n");
  const failing = [
    entry(
      command("fail", () => {
        throw new SlipwayError("yaml: line 2: found a tab", {
          code: "yaml.parse",
          doing: "reading values.yaml",
          span: { file: "values.yaml", line: 2, column: 2, length: 2 },
          fix: "Use spaces.",
          details: [{ code: "x", severity: "error", message: "one thing", path: "a.b" }],
        });
      }),
    ),
    entry(
      command("bug", () => {
        throw new TypeError("undefined is not a function");
      }),
    ),
  ];
  try {
    const plain = await cli(["fail", "x"], failing, { cwd: folder });
    assert.equal(plain.code, 1);
    assert.equal(
      plain.err,
      "Error: yaml: line 2: found a tab\n  while reading values.yaml\n  --> values.yaml:2:2\n    |\n  2 | \tb: 2\n    | \t^^\n" +
        "  - a.b: one thing\n  Use spaces.\n",
    );
    assert.match((await cli(["fail", "x", "--debug"], failing, { cwd: folder })).err, /\n {4}at /);
    assert.equal(
      (await cli(["bug", "x"], failing)).err,
      "Error: undefined is not a function\n  This looks like a fault in Slipway itself; --debug shows where.\n",
    );
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("what a program printed last ends an error: further causes and advice stand before it", async () => {
  const failing = [
    entry(
      command("fail", () => {
        const details = ["first cause", "another"].map(
          (message) => ({ code: "x", severity: "error", message }) as const,
        );
        const tail = "last lines of pod web-1:\n  app: gone";
        throw new SlipwayError(`Deployment web: first cause\nnot ready\n${tail}`, {
          code: "release.failed-object",
          fix: "Look.",
          details,
          tail,
        });
      }),
    ),
  ];
  assert.equal(
    (await cli(["fail", "x"], failing)).err,
    "Error: Deployment web: first cause\nnot ready\n  - another\n  Look.\nlast lines of pod web-1:\n  app: gone\n",
  );
});

test("what fails is data on stdout too where -o asks for data, and only there", async () => {
  const output = formatFlag(["yaml", "json"], "print");
  const refused = new SlipwayError("no such thing", { code: "release.not-found", fix: "Look again.", cause: "x" });
  const failing = [
    entry({
      ...command("fail", () => {
        throw refused;
      }),
      flags: [output],
    }),
  ];
  const err = "Error: no such thing\n  Look again.\n";
  const error = { message: "no such thing", code: "release.not-found", fix: "Look again." };
  const json = await cli(["fail", "x", "-o", "json"], failing);
  assert.deepEqual({ ...json, out: JSON.parse(json.out) }, { code: 1, out: { error }, err });
  const yaml = "error:\n  code: release.not-found\n  fix: Look again.\n  message: no such thing\n";
  assert.deepEqual(await cli(["fail", "x", "-o", "yaml"], failing), { code: 1, out: yaml, err });
  // What -o is by default asks for nothing; a line that is wrong is not run at all.
  assert.deepEqual(await cli(["fail", "x"], failing), { code: 1, out: "", err });
  for (const wrong of [["fail"], ["fail", "x", "--frob"], ["frob"]])
    assert.deepEqual([(await cli([...wrong, "-o", "json"], failing)).out, wrong], ["", wrong]);
});

test("a reader that went away is no error, and Ctrl-C is 130", async () => {
  const quiet = (code: string) =>
    entry(
      command(code.slice(4), () => {
        throw new SlipwayError(code, { code });
      }),
    );
  assert.deepEqual(await cli(["closed", "x"], [quiet("cli.closed")]), { code: 141, out: "", err: "" });
  assert.deepEqual((await cli(["interrupted", "x"], [quiet("cli.interrupted")])).code, 130);
});

test("colours follow --color, NO_COLOR and the terminal", async () => {
  const colour = [entry(command("c", (context) => (context.color ? 7 : 8)))];
  const cases: [words: string[], env: Record<string, string>, isTTY: boolean, code: number][] = [
    [[], {}, true, 7],
    [[], {}, false, 8],
    [["--color", "always"], {}, false, 7],
    [["--colour=never"], {}, true, 8],
    [["--no-color"], {}, true, 8],
    [[], { NO_COLOR: "1" }, true, 8],
    [[], { HELM_COLOR: "always" }, false, 7],
  ];
  for (const [words, env, isTTY, code] of cases)
    assert.equal((await cli(["c", "x", ...words], colour, { env, isTTY })).code, code);
});
