/** Accept headers → what a client gets. */

export interface Wanted {
  readonly format: "json" | "yaml";
  /** `as=Table` and the like. */
  readonly as?: "Table" | "PartialObjectMetadata" | "PartialObjectMetadataList" | "APIGroupDiscoveryList";
  readonly group?: string;
  readonly version?: string;
}

interface Clause {
  readonly type: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly quality: number;
}

function clauses(accept: string): Clause[] {
  const out: Clause[] = [];
  for (const part of accept.split(",")) {
    const [type = "", ...rest] = part.split(";").map((text) => text.trim());
    const parameters: Record<string, string> = {};
    let quality = 1;
    for (const text of rest) {
      const at = text.indexOf("=");
      const key = text.slice(0, at).toLowerCase();
      const value = text.slice(at + 1);
      if (key === "q") quality = Number(value);
      else parameters[key] = value;
    }
    out.push({ type: type.toLowerCase(), parameters, quality: Number.isNaN(quality) ? 1 : quality });
  }
  // the order given decides between equals
  return out
    .map((clause, i) => ({ clause, i }))
    .sort((a, b) => b.clause.quality - a.clause.quality || a.i - b.i)
    .map(({ clause }) => clause);
}

/** The first acceptable form, or undefined when there is none. */
export function negotiate(accept: string | undefined, transforms: readonly string[]): Wanted | undefined {
  if (accept === undefined || accept === "") return { format: "json" };
  for (const { type, parameters } of clauses(accept)) {
    const format =
      type === "application/json" || type === "*/*" || type === "application/*"
        ? "json"
        : type === "application/yaml"
          ? "yaml"
          : undefined;
    if (format === undefined) continue;
    const { as, g, v } = parameters;
    if (as === undefined) return { format };
    if (!transforms.includes(as)) continue;
    if (as === "APIGroupDiscoveryList" ? g !== "apidiscovery.k8s.io" : g !== "meta.k8s.io") continue;
    if (v !== "v1" && !(as === "APIGroupDiscoveryList" && v === "v2") && v !== "v1beta1") continue;
    if (as === "APIGroupDiscoveryList" && v !== "v2") continue;
    return { format, as: as as "Table", ...(g === undefined ? {} : { group: g }), version: v };
  }
  return undefined;
}
