/** An exact decimal number, coefficient × 10^exponent, as shopspring/decimal has it under sprig's addf, mulf, divf. */
interface Decimal {
  readonly coefficient: bigint;
  readonly exponent: number;
}

/** The shortest decimal that reads back as the float; NaN and infinities panic in Go, with these words. */
function fromFloat(value: number): Decimal {
  if (!Number.isFinite(value)) {
    throw new Error(`Cannot create a Decimal from ${Number.isNaN(value) ? "NaN" : value > 0 ? "+Inf" : "-Inf"}`);
  }
  const [mantissa, exponent] = value.toExponential().split("e") as [string, string];
  const [whole, fraction = ""] = mantissa.split(".") as [string, string?];
  return { coefficient: BigInt(whole + fraction), exponent: Number(exponent) - fraction.length };
}

/** The nearest float. */
function toFloat(value: Decimal): number {
  return Number(`${value.coefficient}e${value.exponent}`);
}

const power = (exponent: number) => 10n ** BigInt(exponent);

function scaled(value: Decimal, exponent: number): bigint {
  return value.coefficient * power(value.exponent - exponent);
}

function add(a: Decimal, b: Decimal): Decimal {
  const exponent = Math.min(a.exponent, b.exponent);
  return { coefficient: scaled(a, exponent) + scaled(b, exponent), exponent };
}

function multiply(a: Decimal, b: Decimal): Decimal {
  return { coefficient: a.coefficient * b.coefficient, exponent: a.exponent + b.exponent };
}

/** Division rounds half away from zero at the sixteenth decimal place. */
function divide(a: Decimal, b: Decimal): Decimal {
  if (b.coefficient === 0n) throw new Error("decimal division by 0");
  const places = 16;
  const shift = a.exponent - b.exponent + places;
  const top = shift > 0 ? a.coefficient * power(shift) : a.coefficient;
  const bottom = shift < 0 ? b.coefficient * power(-shift) : b.coefficient;
  const quotient = top / bottom;
  const rest = top % bottom;
  const abs = (n: bigint) => (n < 0n ? -n : n);
  const up = abs(rest) * 2n >= abs(bottom);
  const step = top < 0n === bottom < 0n ? 1n : -1n;
  return { coefficient: up ? quotient + step : quotient, exponent: -places };
}

const operations = {
  add,
  subtract: (a: Decimal, b: Decimal) => add(a, { coefficient: -b.coefficient, exponent: b.exponent }),
  multiply,
  divide,
};

/** Folds the floats with one exact decimal operation, and rounds to a float at the end only. */
export function decimalFold(operation: keyof typeof operations, first: number, rest: readonly number[]): number {
  let result = fromFloat(first);
  for (const value of rest) result = operations[operation](result, fromFloat(value));
  return toFloat(result);
}
