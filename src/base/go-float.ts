/**
 * strconv.FormatFloat(value, verb, -1, 64): the shortest digits that read back to the same value, in Go's layouts.
 * `g` takes an exponent when it is below -4 or at least 6 (strconv: "if precision was the shortest possible, use
 * precision 6 for this decision"), `e` always, `f` never. Exponents have a sign and at least two digits.
 */
export function formatFloat(value: number, verb: "g" | "e" | "f"): string {
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "+Inf";
  if (value === -Infinity) return "-Inf";
  const sign = value < 0 || Object.is(value, -0) ? "-" : "";
  const { digits, exponent } = shortest(Math.abs(value));
  const scientific = verb === "e" || (verb === "g" && (exponent < -4 || exponent >= 6));
  return sign + (scientific ? layoutE(digits, exponent) : layoutF(digits, exponent));
}

/** The shortest decimal digits d and the exponent e of value = 0.d × 10^(e+1); zero is "0" and 0. */
function shortest(value: number): { digits: string; exponent: number } {
  // toExponential() without an argument gives as many digits as necessary: the same shortest digits as Go's.
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  return { digits: mantissa.replace(".", ""), exponent: Number(exponent) };
}

function layoutE(digits: string, exponent: number): string {
  const head = digits.length > 1 ? `${digits[0]}.${digits.slice(1)}` : digits;
  const power = String(Math.abs(exponent)).padStart(2, "0");
  return `${head}e${exponent < 0 ? "-" : "+"}${power}`;
}

function layoutF(digits: string, exponent: number): string {
  if (exponent < 0) return `0.${"0".repeat(-exponent - 1)}${digits}`;
  if (digits.length <= exponent + 1) return digits + "0".repeat(exponent + 1 - digits.length);
  return `${digits.slice(0, exponent + 1)}.${digits.slice(exponent + 1)}`;
}
