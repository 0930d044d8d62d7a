import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { test } from "node:test";
import type { Command, CommandEntry } from "../command.ts";
import { completions } from "../completions.ts";
import { run } from "../run.ts";
import { memoryContext } from "../testing/memory-context.ts";
import { version } from "../version.ts";
import { commands } from "./index.ts";

async function everyCommand(
  entries: readonly CommandEntry[] = commands,
  path: readonly string[] = [],
): Promise<{ path: readonly string[]; entry: CommandEntry; command: Command }[]> {
  const found = [];
  for (const entry of entries) {
    const { command } = await entry.load();
    const here = [...path, entry.name];
    found.push({ path: here, entry, command }, ...(await everyCommand(command.subcommands ?? [], here)));
  }
  return found;
}

test("every command is what its line in the table says, and its help fits", async () => {
  const globals = ["help", "h"];
  for (const { path, entry, command } of await everyCommand()) {
    const name = path.join(" ");
    assert.equal(command.name, entry.name, name);
    assert.equal(command.short, entry.short, name);
    assert.ok(command.run !== undefined || (command.subcommands?.length ?? 0) > 0, `${name} does nothing`);
    const names = command.flags.map((flag) => flag.name);
    const letters = command.flags.flatMap((flag) => flag.short ?? []);
    assert.equal(new Set(names).size, names.length, `${name} has a flag twice`);
    assert.equal(new Set(letters).size, letters.length, `${name} has a letter twice`);
    assert.ok(!names.some((flag) => globals.includes(flag)), name);
    // __complete takes its words as they are.
    if (name === "__complete") continue;
    const context = memoryContext();
    assert.equal(await run([...path, "--help"], commands, context), 0, name);
    assert.match(context.stdout, /^Examples:\n {2}\S/, name);
    // A cell of its own line may be long; wrapped text may not.
    for (const line of context.stdout.split("\n")) assert.ok(line.length <= 125, `${name}: ${line}`);
  }
});

test("a revision is read as Go reads it, however long it is", async () => {
  for (const [text, words] of [
    ["x", "invalid syntax"],
    ["9".repeat(321), "value out of range"],
    ["+9223372036854775808", "value out of range"],
  ] as const) {
    const context = memoryContext();
    assert.equal(await run(["rollback", "web", text], commands, context), 1);
    assert.ok(context.stderr.includes(`strconv.Atoi: parsing "${text}": ${words}`), context.stderr);
  }
});

test("the version is package.json's", async () => {
  const { version: published } = JSON.parse(readFileSync(join(import.meta.dirname, "../../../package.json"), "utf8"));
  assert.equal(version, published);
  const cases: [words: string[], out: RegExp][] = [
    [["version", "--short"], /^v\d+\.\d+\.\d+\n$/],
    [["version"], /^slipway v\d+\.\d+\.\d+ \(as Helm v4\.3\.1, Kubernetes API v1\.37, Node v\d+/],
    [["version", "-o", "json"], /^\{"version":"v.*"helm_version":"v4\.3\.1"/],
    [["version", "-o", "yaml"], /^version: v.*\nhelm_version: v4\.3\.1\n/],
    [["version", "--template", "{{.Version}} as {{.HelmVersion}}"], /^v\S+ as v4\.3\.1$/],
  ];
  for (const [words, out] of cases) {
    const context = memoryContext();
    assert.equal(await run(words, commands, context), 0, context.stderr);
    assert.match(context.stdout, out);
  }
});

test("env prints Helm's names, from flags, environment and defaults", async () => {
  const env = { HOME: "/home/me", HELM_KUBECONTEXT: "prod", HELM_MAX_HISTORY: "5", XDG_CACHE_HOME: "/cache" };
  const context = memoryContext({ env });
  await run(["env", "-n", "shop"], commands, context);
  for (const line of [
    'HELM_NAMESPACE="shop"',
    'HELM_KUBECONTEXT="prod"',
    'HELM_MAX_HISTORY="5"',
    'HELM_QPS="0.00"',
    'HELM_BURST_LIMIT="100"',
  ]) {
    assert.ok(context.stdout.includes(`${line}\n`), line);
  }
  if (process.platform === "linux") {
    assert.ok(context.stdout.includes('HELM_REPOSITORY_CACHE="/cache/helm/repository"\n'));
    assert.ok(context.stdout.includes('HELM_CONFIG_HOME="/home/me/.config/helm"\n'));
  }
  const one = memoryContext({ env });
  await run(["env", "HELM_KUBECONTEXT"], commands, one);
  assert.equal(one.stdout, "prod\n");
});

test("whatever looks at releases tells of its failure as data where data is asked for", async () => {
  const words = ["--kubeconfig", "/nowhere", "--kube-apiserver", "http://127.0.0.1:1", "-o", "json"];
  for (const line of [
    ["list"],
    ["status", "nope"],
    ["history", "nope"],
    ["get", "values", "nope"],
    ["get", "metadata", "nope"],
    ["recover", "nope"],
    ["rbac", "nodir"],
    ["diff", "rollback", "nope"],
    ["list", "--kube-context", "nope"],
  ]) {
    const [plain, data] = [memoryContext(), memoryContext()];
    const codes = [
      await run([...line, ...words.slice(0, -2)], commands, plain),
      await run([...line, ...words], commands, data),
    ];
    assert.deepEqual([codes, plain.stdout, data.stderr], [[1, 1], "", plain.stderr], line.join(" "));
    const { error } = JSON.parse(data.stdout);
    assert.ok(data.stderr.startsWith(`Error: ${error.message}\n`), line.join(" "));
  }
});

test("completion knows commands, flags and their values", async () => {
  const cases: [words: string[], values: string[]][] = [
    [["vers"], ["version"]],
    [["completion", "p"], ["powershell"]],
    [["version", "--sh"], ["--short"]],
    [["version", "-o", "j"], ["json"]],
    [["version", "--output=y"], ["--output=yaml"]],
    [
      ["--color", "a"],
      ["auto", "always"],
    ],
    [["-n", "x", "vers"], ["version"]],
    [["env", "HELM_NAME"], ["HELM_NAMESPACE"]],
    [["nonsense", ""], []],
  ];
  for (const [words, values] of cases) {
    const found = await completions(words, commands, memoryContext());
    assert.deepEqual(
      found.values.map((line) => line.split("\t")[0]),
      values,
      words.join(" "),
    );
  }
  const context = memoryContext();
  await run(["__complete", "version", "--", "--sh"], commands, context);
  assert.match(context.stdout, /:[04]\n$/);
  for (const shell of ["bash", "zsh", "fish", "powershell"]) {
    const script = memoryContext();
    assert.equal(await run(["completion", shell], commands, script), 0);
    assert.match(script.stdout, /slipway __complete/);
  }
});
