/**
 * What the requirement document asks for, taken from its code blocks: the tree, the example values, the commands. The
 * document lies beside the clone; what was taken is kept in rfc.json for clones that stand alone, and compared with the
 * document where it is there. UPDATE_DOCUMENTS=1 writes it anew.
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../platforms/charts.ts";

export interface Rfc {
  /** Files of the tree, from the folder `bharatmlstack/helm/`. */
  readonly files: readonly string[];
  /** The YAML block with example values. */
  readonly values: string;
  /** `helm …` as it stands in the text. */
  readonly commands: readonly string[];
}

export function readRfc(): Rfc {
  const document = join(root, "..", "shared", "requirements", "bharatmlstack-helm-rfc.md");
  const kept = join(import.meta.dirname, "rfc.json");
  if (existsSync(document)) {
    const text = `${JSON.stringify(taken(readFileSync(document, "utf8")), null, 2)}\n`;
    if (process.env["UPDATE_DOCUMENTS"] === "1") writeFileSync(kept, text);
    if (!existsSync(kept) || readFileSync(kept, "utf8") !== text)
      throw new Error(`${kept} is not what the document says: run this test with UPDATE_DOCUMENTS=1`);
  }
  return JSON.parse(readFileSync(kept, "utf8")) as Rfc;
}

function taken(markdown: string): Rfc {
  const blocks = [...markdown.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, language, body]) => ({
    language,
    body: body ?? "",
  }));
  const tree = blocks.find(({ body }) => /^[├└]──/m.test(body))?.body ?? "";
  const values = blocks.find(({ language }) => language === "yaml")?.body ?? "";
  const commands = [...markdown.replaceAll(/^```[\s\S]*?^```/gm, "").matchAll(/`(helm [^`]+)`/g)].map(
    ([, command]) => command as string,
  );
  return { files: filesOf(tree), values, commands: [...new Set(commands)] };
}

/** The files of a drawn tree, with their folders. */
function filesOf(tree: string): string[] {
  const path: string[] = [];
  const files: string[] = [];
  for (const line of tree.split("\n")) {
    const drawn = /^([│ ]*)[├└]── ([\w.-]+)(\/?)/.exec(line);
    if (drawn === null) continue;
    const [, indent = "", name = "", folder] = drawn;
    path.length = indent.length / 4;
    path.push(name);
    if (folder === "") files.push(path.join("/"));
  }
  return files;
}
