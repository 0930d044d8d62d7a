import { formatFloat as shortestFloat } from "../../base/index.ts";

/** A decimal number: digits d₁d₂… stand for 0.d₁d₂… × 10^point. */
interface Decimal {
  digits: string;
  point: number;
}

/** The exact decimal expansion of a positive finite float. */
function exactDecimal(value: number): Decimal {
  const view = new DataView(new ArrayBuffer(8));
  view.setFloat64(0, value);
  const bits = view.getBigUint64(0);
  const biased = Number((bits >> 52n) & 0x7ffn);
  let mantissa = bits & 0xfffffffffffffn;
  let exponent = biased - 1075;
  if (biased === 0) exponent = -1074;
  else mantissa |= 1n << 52n;
  if (mantissa === 0n) return { digits: "", point: 0 };
  if (exponent >= 0) {
    const text = (mantissa << BigInt(exponent)).toString();
    return { digits: text.replace(/0+$/, ""), point: text.length };
  }
  // m / 2^k = m × 5^k / 10^k
  const text = (mantissa * 5n ** BigInt(-exponent)).toString();
  return { digits: text.replace(/0+$/, ""), point: text.length + exponent };
}

/** The shortest digits that read back to the same float (of 64 or 32 bits). */
function shortestDecimal(value: number, bits: 32 | 64): Decimal {
  if (value === 0) return { digits: "", point: 0 };
  let text = value.toExponential();
  if (bits === 32) {
    for (let digits = 0; digits < 9; digits++) {
      text = value.toExponential(digits);
      if (Math.fround(Number(text)) === value) break;
    }
  }
  const [mantissa, exponent] = text.split("e") as [string, string];
  return { digits: mantissa.replace(".", "").replace(/0+$/, ""), point: Number(exponent) + 1 };
}

/** Rounds to `count` digits, halves to even, as strconv does on exact decimals. */
function round(decimal: Decimal, count: number): Decimal {
  const { digits, point } = decimal;
  if (count >= digits.length) return decimal;
  if (count < 0) return { digits: "", point: 0 };
  const next = digits.charCodeAt(count) - 48;
  const exactlyHalf = next === 5 && count + 1 === digits.length;
  const up = exactlyHalf ? count > 0 && (digits.charCodeAt(count - 1) & 1) === 1 : next >= 5;
  if (!up) return { digits: digits.slice(0, count).replace(/0+$/, ""), point };
  if (count === 0) return { digits: "1", point: point + 1 };
  const raised = (BigInt(digits.slice(0, count)) + 1n).toString();
  return { digits: raised.replace(/0+$/, ""), point: raised.length > count ? point + 1 : point };
}

function layoutE(decimal: Decimal, precision: number, letter: string): string {
  const first = decimal.digits[0] ?? "0";
  const rest = decimal.digits.slice(1, precision + 1).padEnd(precision, "0");
  const exponent = decimal.digits === "" ? 0 : decimal.point - 1;
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${first}${precision > 0 ? `.${rest}` : ""}${letter}${exponent < 0 ? "-" : "+"}${power}`;
}

function layoutF(decimal: Decimal, precision: number): string {
  const { digits, point } = decimal;
  const whole = point > 0 ? digits.slice(0, point).padEnd(point, "0") : "0";
  if (precision <= 0) return whole;
  let fraction = "";
  if (point < 0) fraction = "0".repeat(Math.min(-point, precision));
  fraction += digits.slice(Math.max(point, 0), Math.max(point, 0) + precision - fraction.length);
  return `${whole}.${fraction.padEnd(precision, "0")}`;
}

/** Mantissa and exponent of a float as strconv's %b and %x take them apart. */
function takeApart(value: number, bits: 32 | 64): { mantissa: bigint; exponent: number } {
  const view = new DataView(new ArrayBuffer(8));
  if (bits === 32) {
    view.setFloat32(0, value);
    const word = view.getUint32(0);
    const biased = (word >>> 23) & 0xff;
    const fraction = BigInt(word & 0x7fffff);
    return biased === 0
      ? { mantissa: fraction, exponent: -126 }
      : { mantissa: fraction | 0x800000n, exponent: biased - 127 };
  }
  view.setFloat64(0, value);
  const word = view.getBigUint64(0);
  const biased = Number((word >> 52n) & 0x7ffn);
  const fraction = word & 0xfffffffffffffn;
  return biased === 0
    ? { mantissa: fraction, exponent: -1022 }
    : { mantissa: fraction | (1n << 52n), exponent: biased - 1023 };
}

function layoutX(value: number, precision: number, letter: "x" | "X", bits: 32 | 64): string {
  const mantissaBits = bits === 32 ? 23 : 52;
  let { mantissa, exponent } = takeApart(value, bits);
  if (mantissa === 0n) exponent = 0;
  // Shift so that the leading 1, if any, stands at bit 60.
  mantissa <<= BigInt(60 - mantissaBits);
  while (mantissa !== 0n && (mantissa & (1n << 60n)) === 0n) {
    mantissa <<= 1n;
    exponent--;
  }
  if (precision >= 0 && precision < 15) {
    const shift = BigInt(precision * 4);
    const extra = (mantissa << shift) & ((1n << 60n) - 1n);
    mantissa >>= 60n - shift;
    if ((extra | (mantissa & 1n)) > 1n << 59n) mantissa++;
    mantissa <<= 60n - shift;
    if ((mantissa & (1n << 61n)) !== 0n) {
      mantissa >>= 1n;
      exponent++;
    }
  }
  let out = `0x${(mantissa >> 60n).toString()}`;
  let fraction = (mantissa & ((1n << 60n) - 1n)).toString(16).padStart(15, "0");
  if (precision < 0) fraction = fraction.replace(/0+$/, "");
  else fraction = fraction.slice(0, precision).padEnd(precision, "0");
  if (fraction !== "") out += `.${fraction}`;
  out += `p${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
  return letter === "X" ? out.toUpperCase() : out;
}

/**
 * strconv.FormatFloat: any of the verbs b e E f g G x X, a precision (-1: the shortest that reads back) and a size.
 */
export function formatFloatAs(value: number, verb: string, precision: number, bits: 32 | 64 = 64): string {
  if (precision < 0 && bits === 64 && (verb === "g" || verb === "e" || verb === "f")) return shortestFloat(value, verb);
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  return sign + formatPositive(Math.abs(value), verb, precision, bits);
}

function formatPositive(value: number, verb: string, precision: number, bits: 32 | 64): string {
  if (verb === "b") {
    const { mantissa, exponent } = takeApart(value, bits);
    const power = exponent - (bits === 32 ? 23 : 52);
    return `${mantissa}p${power < 0 ? "" : "+"}${power}`;
  }
  if (verb === "x" || verb === "X") return layoutX(value, precision, verb, bits);
  const shortest = precision < 0;
  let decimal = shortest ? shortestDecimal(value, bits) : exactDecimal(value);
  switch (verb) {
    case "e":
    case "E":
      if (shortest) return layoutE(decimal, Math.max(decimal.digits.length - 1, 0), verb);
      return layoutE(round(decimal, precision + 1), precision, verb);
    case "f":
      if (shortest) return layoutF(decimal, Math.max(decimal.digits.length - decimal.point, 0));
      return layoutF(round(decimal, decimal.point + precision), precision);
    default: {
      if (precision === 0) precision = 1;
      if (!shortest) decimal = round(decimal, precision);
      const count = decimal.digits.length;
      let limit = shortest ? 6 : precision;
      if (limit > count && count >= decimal.point) limit = count;
      if (shortest) limit = 6;
      const exponent = decimal.digits === "" ? -1 : decimal.point - 1;
      if (exponent < -4 || exponent >= limit) {
        return layoutE(
          decimal,
          Math.max(Math.min(shortest ? count : precision, count) - 1, 0),
          verb === "G" ? "E" : "e",
        );
      }
      return layoutF(decimal, Math.max(count - decimal.point, 0));
    }
  }
}
