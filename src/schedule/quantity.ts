const suffixes: Readonly<Record<string, number>> = {
  "": 1,
  n: 1e-9,
  u: 1e-6,
  m: 1e-3,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  P: 1e15,
  E: 1e18,
  Ki: 2 ** 10,
  Mi: 2 ** 20,
  Gi: 2 ** 30,
  Ti: 2 ** 40,
  Pi: 2 ** 50,
  Ei: 2 ** 60,
};

/** A resource.Quantity as a number in its base unit; undefined when it is none. */
export function parseQuantity(text: string | number | undefined): number | undefined {
  if (typeof text === "number") return text;
  if (text === undefined) return undefined;
  const match = /^([+-]?(?:\d+\.?\d*|\.\d+))(?:([eE][+-]?\d+)|([a-zA-Z]*))$/.exec(text.trim());
  if (match === null) return undefined;
  const mantissa = Number(match[1]);
  if (match[2] !== undefined) return mantissa * 10 ** Number(match[2].slice(1));
  const factor = suffixes[match[3] ?? ""];
  return factor === undefined ? undefined : mantissa * factor;
}

/** A quantity in thousandths, rounded up, as MilliValue; 0 when there is none. */
export function milliValue(text: string | number | undefined): number {
  const value = parseQuantity(text);
  return value === undefined ? 0 : Math.ceil(Number((value * 1000).toPrecision(15)));
}

/** A quantity in whole units, rounded up, as Value; 0 when there is none. */
export function wholeValue(text: string | number | undefined): number {
  const value = parseQuantity(text);
  return value === undefined ? 0 : Math.ceil(Number(value.toPrecision(15)));
}

/** The amount of a named resource: cpu in thousandths, the rest in whole units. */
export function amountOf(resource: string, text: string | number | undefined): number {
  return resource === "cpu" ? milliValue(text) : wholeValue(text);
}
