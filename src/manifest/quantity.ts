/** resource.Quantity: numbers with a suffix, kept exactly, printed in Kubernetes' canonical form. */

export interface Quantity {
  /** The value in nano units (1 = 10⁻⁹): exact for everything the API keeps. */
  readonly nano: bigint;
  readonly format: "DecimalSI" | "BinarySI" | "DecimalExponent";
}

const form = /^([+-]?)(\d*)(?:\.(\d*))?(.*)$/s;
const decimal: Record<string, number> = { n: -9, u: -6, m: -3, "": 0, k: 3, M: 6, G: 9, T: 12, P: 15, E: 18 };
const binary: Record<string, bigint> = {
  Ki: 1n << 10n,
  Mi: 1n << 20n,
  Gi: 1n << 30n,
  Ti: 1n << 40n,
  Pi: 1n << 50n,
  Ei: 1n << 60n,
};
const giga = 1_000_000_000n;
/** Quantities never go beyond this many units: larger ones are cut, as upstream does. */
const most = (1n << 63n) - 1n;

export const badQuantity =
  "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'";
export const badSuffix = "unable to parse quantity's suffix";

/** Parses a quantity; throws a plain Error with upstream's words. Fractions below a nano unit are rounded up. */
export function parseQuantity(text: string): Quantity {
  if (!/^[+-]?[0-9.]+[eEinumkKMGTP]*[-+]?[0-9]*$/.test(text)) throw new Error(badQuantity);
  const [, sign, whole = "", fraction = "", suffix = ""] = form.exec(text) as RegExpExecArray;
  if (whole === "" && fraction === "") throw new Error(badQuantity);
  let format: Quantity["format"] = "DecimalSI";
  let exponent = 0;
  let factor = 1n;
  if (suffix in binary) {
    format = "BinarySI";
    factor = binary[suffix] as bigint;
  } else if (suffix in decimal) exponent = decimal[suffix] as number;
  else {
    const scientific = /^[eE]([+-]?\d+)$/.exec(suffix);
    if (scientific === null) throw new Error(badSuffix);
    format = "DecimalExponent";
    exponent = Number(scientific[1]);
    if (Math.abs(exponent) > 1000) throw new Error(badQuantity);
  }
  let value = BigInt(whole + fraction || "0") * factor;
  const shift = exponent - fraction.length + 9;
  if (shift >= 0) value *= 10n ** BigInt(shift);
  else {
    const divisor = 10n ** BigInt(-shift);
    const rest = value % divisor;
    value /= divisor;
    if (rest > 0n) value += 1n;
  }
  if (value > most * giga) value = most * giga;
  if (sign === "-") value = -value;
  return { nano: value, format };
}

const decimalSuffixes = ["n", "u", "m", "", "k", "M", "G", "T", "P", "E"];
const binarySuffixes = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];

/** The canonical form: no fraction, the largest suffix that keeps the value exact. */
export function formatQuantity({ nano, format }: Quantity): string {
  if (nano === 0n) return "0";
  const negative = nano < 0n;
  const size = negative ? -nano : nano;
  const sign = negative ? "-" : "";
  // binary form is only for whole numbers of at least 1024
  if (format === "BinarySI" && size >= 1024n * giga && size % giga === 0n) {
    let value = size / giga;
    let step = 0;
    while (step < 6 && value % 1024n === 0n) {
      value /= 1024n;
      step++;
    }
    return `${sign}${value}${binarySuffixes[step]}`;
  }
  let value = size;
  let step = 0;
  while (step < 9 && value % 1000n === 0n) {
    value /= 1000n;
    step++;
  }
  if (format === "DecimalExponent") {
    const power = (step - 3) * 3;
    return power === 0 ? `${sign}${value}` : `${sign}${value}e${power}`;
  }
  return `${sign}${value}${decimalSuffixes[step]}`;
}

/** Text → canonical text. */
export function canonicalQuantity(text: string): string {
  // the most frequent ones are canonical already
  if (/^[1-9]\d{0,2}(Mi|Gi|m|)$/.test(text) && !text.startsWith("1024")) return text;
  return formatQuantity(parseQuantity(text));
}

/** Whole units, rounded up: what Quantity.Value() gives. */
export function quantityValue(text: string | number): number {
  const { nano } = parseQuantity(String(text));
  const whole = nano / giga;
  return Number(nano > 0n && nano % giga !== 0n ? whole + 1n : whole);
}

/** Thousandths, rounded up: what Quantity.MilliValue() gives. */
export function milliValue(text: string | number): number {
  const { nano } = parseQuantity(String(text));
  const whole = nano / 1_000_000n;
  return Number(nano > 0n && nano % 1_000_000n !== 0n ? whole + 1n : whole);
}

/** Below zero, zero or above, as Cmp gives. */
export function compareQuantities(a: string, b: string): number {
  const left = parseQuantity(a).nano;
  const right = parseQuantity(b).nano;
  return left < right ? -1 : left > right ? 1 : 0;
}
