/**
 * The command lines of the requirement documents, taken from their code blocks. The documents lie beside the clone
 * (`../shared/requirements`); what was taken from them is kept in documents/ for clones that stand alone, and compared
 * with the documents where they are there. UPDATE_DOCUMENTS=1 writes it anew.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { root } from "./charts.ts";

/** What to do about a command that cannot run as it stands. The first rule that matches counts. */
export interface Rule {
  readonly match: RegExp;
  /** Why the command is left out. */
  readonly skip?: string;
  /** Replaces what matched. */
  readonly as?: string;
  /** Command lines to run before it: what a reader would have done meanwhile. */
  readonly before?: readonly string[];
}

export interface RequirementDocument {
  /** The file's name in shared/requirements. */
  readonly file: string;
  /** The folder, from the clone's root, in which the commands run (in a copy of it). */
  readonly platform: string;
  /** Command lines to run before the first. */
  readonly before?: readonly string[];
  readonly rules: readonly Rule[];
}

/** The documents; placeholders (`<like-this>`, `${{ github.sha }}`) are filled in everywhere. */
export const documents: readonly RequirementDocument[] = [];

/** The commands of a document in their order, one line each. */
export function commandsOf(file: string): string[] {
  const document = join(root, "..", "shared", "requirements", file);
  const kept = join(import.meta.dirname, "documents", file.replace(/\.md$/, ".txt"));
  if (!existsSync(document))
    return readFileSync(kept, "utf8")
      .split("\n")
      .filter((line) => line !== "");
  const commands = commandsIn(readFileSync(document, "utf8"));
  const text = `${commands.join("\n")}\n`;
  if (process.env["UPDATE_DOCUMENTS"] === "1") {
    mkdirSync(dirname(kept), { recursive: true });
    writeFileSync(kept, text);
  }
  if (!existsSync(kept) || readFileSync(kept, "utf8") !== text)
    throw new Error(`${kept} is not what ${file} says: run this test with UPDATE_DOCUMENTS=1`);
  return commands;
}

const shells = new Set(["bash", "sh", "shell"]);

/** The commands of Markdown's code blocks: shell blocks, `run:` steps in YAML, and what a bare block shows as typed. */
export function commandsIn(markdown: string): string[] {
  const out: string[] = [];
  for (const [, language = "", body = ""] of markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)) {
    if (shells.has(language)) out.push(...linesOf(body));
    else if (language === "yaml") {
      for (const [, , step = ""] of body.matchAll(/^( *)run: \|\n((?:\1 .*\n)+)/gm)) out.push(...linesOf(step));
    } else if (language === "" && /^(helm|kubectl|helmfile) /.test(body)) out.push(...linesOf(body).slice(0, 1));
  }
  return out;
}

function linesOf(body: string): string[] {
  return body
    .replace(/\\\n\s*/g, "")
    .split("\n")
    .map((line) => line.replace(/(^|\s)#.*$/, "").trim())
    .filter((line) => line !== "");
}

/** Fills placeholders in. */
export function filled(command: string): string {
  return command
    .replace(/\$\{\{[^}]*\}\}/g, "a1b2c3d")
    .replace(/<([a-zA-Z_-]+)>/g, (_, name: string) => `a-${name.toLowerCase()}`);
}
