import type { KubeObject, Selector } from "./api.ts";

/** One requirement of a label selector. */
export interface Requirement {
  readonly key: string;
  readonly operator: "In" | "NotIn" | "Exists" | "DoesNotExist" | "Gt" | "Lt";
  readonly values: readonly string[];
}

/** labels.Selector's Matches: every requirement must hold. NotIn holds where the label is missing. */
export function matchesLabels(requirements: readonly Requirement[], labels: Record<string, string> = {}): boolean {
  for (const { key, operator, values } of requirements) {
    const value = Object.hasOwn(labels, key) ? labels[key] : undefined;
    switch (operator) {
      case "In":
        if (value === undefined || !values.includes(value)) return false;
        break;
      case "NotIn":
        if (value !== undefined && values.includes(value)) return false;
        break;
      case "Exists":
        if (value === undefined) return false;
        break;
      case "DoesNotExist":
        if (value !== undefined) return false;
        break;
      default: {
        if (value === undefined || !/^[+-]?\d+$/.test(value)) return false;
        const difference = Number(value) - Number(values[0]);
        if (operator === "Gt" ? difference <= 0 : difference >= 0) return false;
      }
    }
  }
  return true;
}

/** metav1.LabelSelector → requirements. */
export function requirementsOf(selector: {
  matchLabels?: Record<string, string>;
  matchExpressions?: { key: string; operator: string; values?: string[] }[];
}): Requirement[] {
  const out: Requirement[] = Object.entries(selector.matchLabels ?? {}).map(([key, value]) => ({
    key,
    operator: "In",
    values: [value],
  }));
  for (const { key, operator, values } of selector.matchExpressions ?? []) {
    out.push({ key, operator: operator as Requirement["operator"], values: values ?? [] });
  }
  return out;
}

/** A selector of either shape → a test of objects. */
export function matcher(selector: Selector | undefined): (object: KubeObject) => boolean {
  if (selector === undefined) return () => true;
  if (typeof selector === "function") return selector;
  const requirements = requirementsOf(selector);
  return (object) => matchesLabels(requirements, object.metadata.labels);
}
