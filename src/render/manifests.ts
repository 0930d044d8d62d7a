import { SlipwayError, type Span, compareStrings, fromBytes, isSlipwayError, messageOf } from "../base/index.ts";
import type { CrdFile, HelmVersion } from "../chart/index.ts";
import {
  type Hook,
  type ManifestHead,
  goTrim,
  installOrder,
  parseHook,
  readHead,
  sortByKind,
  splitManifests,
} from "../manifest/index.ts";
import type { Rendered, RenderedManifest } from "./types.ts";

/** What becomes of the output of all templates. */
export interface Outcome {
  readonly manifests: readonly RenderedManifest[];
  readonly hooks: readonly Hook[];
}

/** What becomes of nothing. */
export const emptyOutcome: Outcome = { manifests: [], hooks: [] };

/** A document with its `# Source:` line, as Helm prints and stores it. */
export function joinedText(manifest: { readonly source: string; readonly text: string }): string {
  return `---\n# Source: ${manifest.source}\n${manifest.text}\n`;
}

/** A CRD whose text is made when it is asked for: they are megabytes, and `template` usually leaves them out. */
export function crdText({ source, file }: CrdFile): Rendered["crds"][number] {
  let text: string | undefined;
  return {
    source,
    get text() {
      return (text ??= fromBytes(file.data));
    },
  };
}

/** Does a template only define what others use? Its own output is thrown away. */
export const isPartial = (name: string) => name.slice(name.lastIndexOf("/") + 1).startsWith("_");

/** Cuts files into documents, reads their heads, takes hooks out, sorts both. */
export function sortManifests(
  files: ReadonlyMap<string, string>,
  helmVersion: HelmVersion,
  warn: (message: string) => void,
): Outcome {
  const manifests: RenderedManifest[] = [];
  const hooks: Hook[] = [];
  for (const source of [...files.keys()].sort(compareStrings)) {
    const content = files.get(source) as string;
    if (isPartial(source) || goTrim(content) === "") continue;
    for (const text of splitManifests(content, helmVersion)) {
      const head = headOf(source, text, content, helmVersion);
      const hook = parseHook(source, text, head);
      if (hook === undefined) {
        manifests.push({ source, text, kind: head.kind, name: head.name, apiVersion: head.apiVersion });
      } else if (hook === "unknown") {
        const words = head.annotations["helm.sh/hook"] as string;
        warn(`info: skipping unknown hook: ${JSON.stringify(words)}`);
      } else hooks.push(hook);
    }
  }
  const order = installOrder(helmVersion);
  return {
    manifests: sortByKind(manifests, (manifest) => manifest.kind, order),
    hooks: sortByKind(hooks, (hook) => hook.kind, order),
  };
}

/** The head of one document; throws render.yaml with the place in the whole output of its file. */
export function headOf(source: string, text: string, content: string, helmVersion: HelmVersion): ManifestHead {
  try {
    return readHead(text, helmVersion);
  } catch (error) {
    const facts = isSlipwayError(error) ? error.facts : { code: "render.yaml", cause: error };
    throw new SlipwayError(`YAML parse error on ${source}: ${messageOf(error)}`, {
      ...facts,
      code: "render.yaml",
      ...(facts.span === undefined ? {} : { span: outputSpan(source, text, content, facts.span) }),
      doing: `reading what ${source} rendered`,
    });
  }
}

/** A place in a document as a place in the output of its file. */
function outputSpan(source: string, text: string, content: string, span: Span): Span {
  const at = Math.max(0, content.indexOf(text));
  const before = content.slice(0, at).split("\n").length - 1;
  return {
    ...span,
    file: source,
    line: span.line + before,
    ...(span.offset === undefined ? {} : { offset: span.offset + at }),
  };
}
