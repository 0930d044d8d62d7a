/** Reading flag values as Go's strconv, time and encoding/csv do, with their error texts. Kept tiny: it is on every start. */

/** strconv.Quote, for error texts. */
export function goQuote(text: string): string {
  let out = '"';
  for (const char of text) {
    const code = char.codePointAt(0) as number;
    if (char === '"' || char === "\\") out += `\\${char}`;
    else if (char === "\n") out += "\\n";
    else if (char === "\r") out += "\\r";
    else if (char === "\t") out += "\\t";
    else if (code < 0x20 || code === 0x7f) out += `\\x${code.toString(16).padStart(2, "0")}`;
    else out += char;
  }
  return `${out}"`;
}

/** strconv.ParseBool. */
export function parseBool(text: string): boolean {
  switch (text) {
    case "1":
    case "t":
    case "T":
    case "true":
    case "TRUE":
    case "True":
      return true;
    case "0":
    case "f":
    case "F":
    case "false":
    case "FALSE":
    case "False":
      return false;
    default:
      throw new Error(`strconv.ParseBool: parsing ${goQuote(text)}: invalid syntax`);
  }
}

/** strconv.ParseInt(text, 0, 64): signs, 0x, 0o, 0b, a leading 0, and underscores between digits. */
export function parseInteger(text: string): number {
  const fail = (why: string) => new Error(`strconv.ParseInt: parsing ${goQuote(text)}: ${why}`);
  const match = /^([+-]?)(0[xX](?:_?[\da-fA-F])+|0[bB](?:_?[01])+|0[oO]?(?:_?[0-7])+|0|[1-9](?:_?\d)*)$/.exec(text);
  if (match === null) throw fail("invalid syntax");
  let digits = (match[2] as string).replaceAll("_", "");
  if (/^0\d/.test(digits)) digits = `0o${digits.slice(1)}`;
  const value = match[1] === "-" ? -BigInt(digits) : BigInt(digits);
  if (BigInt.asIntN(64, value) !== value) throw fail("value out of range");
  return Number(value);
}

/** strconv.ParseFloat for what people write in flags: decimal, with an exponent. */
export function parseFloat32(text: string): number {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/.test(text)) {
    throw new Error(`strconv.ParseFloat: parsing ${goQuote(text)}: invalid syntax`);
  }
  const value = Math.fround(Number(text));
  if (!Number.isFinite(value)) throw new Error(`strconv.ParseFloat: parsing ${goQuote(text)}: value out of range`);
  return value;
}

const units: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  "\u00b5s": 1e-3,
  "\u03bcs": 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** time.ParseDuration, in milliseconds. */
export function parseDuration(text: string): number {
  const invalid = () => new Error(`time: invalid duration ${goQuote(text)}`);
  const sign = /^[+-]/.test(text) ? (text[0] as string) : "";
  let rest = text.slice(sign.length);
  if (rest === "0") return 0;
  if (rest === "") throw invalid();
  let total = 0;
  while (rest !== "") {
    const number = /^(\d*)(?:\.(\d*))?/.exec(rest) as RegExpExecArray;
    if (!number[1] && !number[2]) throw invalid();
    rest = rest.slice(number[0].length);
    const unit = (/^[^.\d]*/.exec(rest) as RegExpExecArray)[0];
    if (unit === "") throw new Error(`time: missing unit in duration ${goQuote(text)}`);
    const factor = units[unit];
    if (factor === undefined) throw new Error(`time: unknown unit ${goQuote(unit)} in duration ${goQuote(text)}`);
    total += Number(number[0] === "." ? 0 : number[0]) * factor;
    rest = rest.slice(unit.length);
  }
  // int64 nanoseconds are the limit.
  if (total > 9_223_372_036_854.775) throw invalid();
  return sign === "-" ? -total : total;
}

/** time.Duration's String: 300000 → `5m0s`. */
export function formatDuration(ms: number): string {
  const sign = ms < 0 ? "-" : "";
  const abs = Math.abs(ms);
  if (abs === 0) return "0s";
  const trim = (value: number) => String(Number(value.toFixed(9)));
  if (abs < 1e-3) return `${sign}${trim(abs * 1e6)}ns`;
  if (abs < 1) return `${sign}${trim(abs * 1e3)}µs`;
  if (abs < 1000) return `${sign}${trim(abs)}ms`;
  const hours = Math.floor(abs / 3_600_000);
  const minutes = Math.floor((abs % 3_600_000) / 60_000);
  const seconds = `${trim((abs % 60_000) / 1000)}s`;
  if (hours > 0) return `${sign}${hours}h${minutes}m${seconds}`;
  return minutes > 0 ? `${sign}${minutes}m${seconds}` : sign + seconds;
}

/** encoding/csv's first record of a text, as pflag reads string slices; "" is no value at all. */
export function parseCsvRecord(text: string): string[] {
  if (text === "") return [];
  if (!text.includes('"')) {
    const line = text.split("\n").find((candidate) => candidate !== "" && candidate !== "\r");
    if (line === undefined) throw new Error("EOF");
    return line.replace(/\r$/, "").split(",");
  }
  return parseQuotedRecord(text.replaceAll("\r\n", "\n"));
}

function parseQuotedRecord(source: string): string[] {
  const text = source.replace(/^\n+/, "");
  const startLine = source.length - text.length + 1;
  const fields: string[] = [];
  let line = startLine;
  let lineStart = 0;
  let at = 0;
  const fail = (position: number, why: string) => {
    const column = new TextEncoder().encode(text.slice(lineStart, position)).length + 1;
    const record = line === startLine ? "" : `record on line ${startLine}; `;
    return new Error(`${record}parse error on line ${line}, column ${column}: ${why}`);
  };
  for (;;) {
    if (text[at] !== '"') {
      const end = /[,\n]|$/g;
      end.lastIndex = at;
      const stop = (end.exec(text) as RegExpExecArray).index;
      const field = text.slice(at, stop);
      const quote = field.indexOf('"');
      if (quote >= 0) throw fail(at + quote, 'bare " in non-quoted-field');
      fields.push(field);
      if (text[stop] !== ",") return fields;
      at = stop + 1;
      continue;
    }
    let field = "";
    at++;
    for (;;) {
      const char = text[at];
      if (char === undefined) throw fail(at, 'extraneous or missing " in quoted-field');
      if (char === '"') {
        if (text[at + 1] !== '"') break;
        at++;
      }
      field += char;
      at++;
      if (char === "\n" && at < text.length) {
        line++;
        lineStart = at;
      }
    }
    fields.push(field);
    const next = text[at + 1];
    if (next === undefined || next === "\n") return fields;
    if (next !== ",") throw fail(at, 'extraneous or missing " in quoted-field');
    at += 2;
  }
}
