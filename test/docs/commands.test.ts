/** Every command that the documents show in an `sh` block runs and succeeds; every file and script they name is there. */
import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { describe, test } from "node:test";
import { promisify } from "node:util";

const root = join(import.meta.dirname, "..", "..");
const documents = ["README.md", "CONTRIBUTING.md", ...globSync(["docs/*.md", "platforms/*/README.md"], { cwd: root })];

/** Run by tests of their own, or this run itself. */
const elsewhere = new Set(["npm start", "npm test"]);

function commandsOf(document: string): string[] {
  const text = readFileSync(join(root, document), "utf8");
  return [...text.matchAll(/^```sh\n([\s\S]*?)^```/gm)]
    .flatMap((match) => (match[1] as string).split("\n"))
    .map((line) => line.replace(/\s+# .*$/, "").trim())
    .filter((line) => line !== "" && !line.startsWith("#") && !elsewhere.has(line));
}

const posix = process.platform === "win32" ? "POSIX shell lines" : false;

describe("commands", { concurrency: 2, skip: posix }, () => {
  for (const document of documents) {
    const commands = commandsOf(document);
    if (commands.length === 0) continue;
    test(`the commands of ${document}`, async (t) => {
      const home = mkdtempSync(join(tmpdir(), "slipway-docs-"));
      const path = [join(root, "bin"), dirname(process.execPath), process.env["PATH"]].join(delimiter);
      const env = { PATH: path, HOME: home, KUBECONFIG: join(home, "kubeconfig"), SLIPWAY_HOME: join(home, "slipway") };
      const cwd = join(root, dirname(document));
      const sh = (line: string) => promisify(execFile)("sh", ["-c", line], { cwd, env, timeout: 120_000 });
      const cluster = commands.some((line) => /\b(apply|install|list|status)\b/.test(line));
      try {
        if (cluster) await sh("slipway cluster start");
        for (const line of commands) await t.test(line, async () => void (await sh(line)));
      } finally {
        if (cluster) await sh("slipway cluster delete");
        rmSync(home, { recursive: true, force: true });
      }
    });
  }
});

test("the files, folders and npm scripts that documents name are there", () => {
  const { scripts } = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  for (const document of documents) {
    const text = readFileSync(join(root, document), "utf8");
    const base = dirname(document);
    for (const [, name] of text.matchAll(/`npm run ([\w:-]+)/g))
      assert.ok(name !== undefined && name in scripts, `${document}: npm run ${name}`);
    const named = [...text.matchAll(/`((?:src|test|scripts|bench|docs|bin|platforms|\.ci)\/[\w./-]+)`/g)].map(
      (match) => match[1] as string,
    );
    const linked = [...text.matchAll(/\]\((?!https?:|#)([^)#]+)/g)].map((match) => join(base, match[1] as string));
    for (const name of [...named, ...linked]) assert.ok(existsSync(join(root, name)), `${document} names ${name}`);
  }
});
