import type { GoMap } from "../base/index.ts";
import type { Chart } from "../chart/index.ts";

export function checkSchemas(_chart: Chart, _values: GoMap, _options: unknown): void {}
