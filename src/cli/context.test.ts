import assert from "node:assert/strict";
import { test } from "node:test";
import { isSlipwayError } from "../base/index.ts";
import { processContext } from "./context.ts";
import { run } from "./run.ts";
import { signals } from "./signals.ts";

test("a run that a signal ends says which, and exits as shells say of that signal", async () => {
  for (const name of ["SIGINT", "SIGTERM"] as const) {
    const others = process.listeners(name);
    const context = processContext();
    const { signal } = context;
    // Only its own: whoever runs the tests listens too.
    for (const listener of process.listeners(name).filter((each) => !others.includes(each))) {
      listener(name);
      process.off(name, listener);
    }
    assert.ok(isSlipwayError(signal.reason, "cli.interrupted"), name);
    let said = "";
    const command = {
      name: "wait",
      short: "waits",
      examples: "slipway wait",
      arity: [0, 0],
      flags: [],
      run: () => Promise.reject(signal.reason),
    } as const;
    const entry = { name: "wait", short: "waits", load: async () => ({ command }) };
    const err = (text: string) => {
      said += text;
    };
    const told = Object.defineProperty(Object.create(context), "err", { value: err });
    assert.equal(await run(["wait"], [entry], told), signals[name].code);
    assert.equal(said, `Error: ${signals[name].words}\n`);
  }
});
