import assert from "node:assert/strict";
import { test } from "node:test";
import { runInNewContext } from "node:vm";
import { build } from "esbuild";

const program = `
import { loadFiles, mergeUserValues, render } from "./library.ts";
const text = (s) => new TextEncoder().encode(s);
const chart = loadFiles([
  { name: "Chart.yaml", data: text("apiVersion: v2\\nname: hello\\nversion: 1.0.0\\n") },
  { name: "values.yaml", data: text("who: world\\nwhen: 2020-01-02\\n") },
  { name: "values.schema.json", data: text('{"properties":{"who":{"pattern":"^[a-z]+$"}}}') },
  {
    name: "templates/greeting.yaml",
    data: text("kind: ConfigMap\\ndata:\\n  a: {{ .Values.who | upper }}\\n  b: {{ regexReplaceAll \\"a+\\" \\"baab\\" \\"x\\" }}\\n  c: {{ randAlpha 3 | len }}\\n"),
  },
]);
const release = { name: "demo", namespace: "default", revision: 1, isInstall: true, isUpgrade: false };
globalThis.done = render(chart, mergeUserValues({ set: ["who=you"] }), { release }).then((rendered) => rendered.manifest);
`;

test("the library bundles for a browser and renders where there is no Node", async () => {
  const { outputFiles } = await build({
    stdin: { contents: program, resolveDir: import.meta.dirname, loader: "ts" },
    bundle: true,
    platform: "browser",
    format: "iife",
    write: false,
    // Reached only by functions that are not part of the library, and gone when they are.
    external: ["node:*"],
    logLevel: "silent",
  });
  const code = outputFiles[0]?.text ?? "";
  assert.ok(!/(?:from|require\(|import\()\s*"node:/.test(code), "a node: import is left in the bundle");
  // What a browser has and the language has not.
  const context = { TextEncoder, TextDecoder, URL, btoa, atob, crypto, setTimeout, clearTimeout } as Record<
    string,
    unknown
  >;
  runInNewContext(code, context);
  assert.equal(
    await context["done"],
    "---\n# Source: hello/templates/greeting.yaml\nkind: ConfigMap\ndata:\n  a: YOU\n  b: bxb\n  c: 3\n\n",
  );
});
