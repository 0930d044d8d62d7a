import type { Strategy } from "../strategy.ts";

/** What is particular to each built-in kind, by `group/plural`. */
export const strategies: Readonly<Record<string, Strategy>> = {};
