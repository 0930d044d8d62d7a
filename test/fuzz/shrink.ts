import type { Coded, TemplateCase } from "./oracle.ts";

/** Smaller cases than this one: without a piece of a template, without a template, with less or simpler data. */
export function smallerCases(one: TemplateCase): TemplateCase[] {
  const out: TemplateCase[] = [];
  const templates = one.templates ?? [];
  templates.forEach(([name], i) => {
    if (templates.length > 1 && name !== one.exec) out.push({ ...one, templates: templates.filter((_, j) => j !== i) });
  });
  templates.forEach(([name, text], i) => {
    const replace = (shorter: string) => {
      if (shorter.isWellFormed()) add(shorter);
    };
    const add = (shorter: string) =>
      out.push({ ...one, templates: templates.map((pair, j) => (j === i ? [name, shorter] : pair)) });
    for (let size = Math.ceil(text.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
      for (let at = 0; at < text.length; at += size) replace(text.slice(0, at) + text.slice(at + size));
    }
    // Whole actions and parenthesised parts.
    for (const match of text.matchAll(/\{\{.*?\}\}|\([^()]*\)|"(\\.|[^"\\])*"/gs)) {
      replace(text.slice(0, match.index) + text.slice(match.index + match[0].length));
      if (match[0].startsWith("("))
        replace(text.slice(0, match.index) + match[0].slice(1, -1) + text.slice(match.index + match[0].length));
    }
  });
  const { format, args } = one;
  if (format !== undefined) {
    for (let at = 0; at < format.length; at++) {
      const shorter = format.slice(0, at) + format.slice(at + 1);
      if (shorter.isWellFormed()) out.push({ ...one, format: shorter });
    }
  }
  if (args !== undefined) for (const fewer of smallerData(args)) out.push({ ...one, args: fewer as readonly Coded[] });
  for (const data of smallerData(one.data ?? null)) out.push({ ...one, data });
  if (one.missingKey !== undefined && one.missingKey !== "default") out.push({ ...one, missingKey: "default" });
  return out;
}

function smallerData(data: Coded): Coded[] {
  if (typeof data === "string") return data === "" ? [] : [""];
  if (typeof data === "number") return data === 0 ? [] : [0];
  if (typeof data !== "object" || data === null) return [];
  if (Array.isArray(data)) {
    const list = data as readonly Coded[];
    return [
      ...list.map((_, i) => list.filter((_item, j) => j !== i)),
      ...list.flatMap((item, i) =>
        smallerData(item).map((smaller) => list.map((other, j) => (j === i ? smaller : other))),
      ),
    ];
  }
  const object = data as Readonly<Record<string, Coded>>;
  if (typeof object["k"] === "string") {
    return object["k"] === "named" || object["k"] === "pair" ? [null] : [];
  }
  const entries = Object.entries(object);
  return [
    ...entries.map(([key]) => Object.fromEntries(entries.filter(([other]) => other !== key))),
    ...entries.flatMap(([key, value]) => smallerData(value).map((smaller) => ({ ...object, [key]: smaller }))),
  ];
}

/** The size that shrinking brings down. */
export function caseSize(one: TemplateCase): number {
  const texts = (one.templates ?? []).reduce((sum, [, text]) => sum + text.length, (one.format ?? "").length);
  return texts * 4 + JSON.stringify([one.data ?? null, one.args ?? null]).length;
}
