/** Formats that drafts before 2019-09 assert. Each answers why a text does not fit, or undefined. */
type Check = (text: string) => string | undefined;

function jsonPointer(text: string): string | undefined {
  if (text === "") return undefined;
  if (!text.startsWith("/")) return "not starting with /";
  return /~(?![01])/.test(text) ? "~ must be followed by 0 or 1" : undefined;
}

function relativePointer(text: string): string | undefined {
  const digits = /^\d*/.exec(text)?.[0] ?? "";
  if (digits === "") return "must start with non-negative integer";
  if (digits.length > 1 && digits.startsWith("0")) return "starts with zero";
  const rest = text.slice(digits.length);
  return rest === "#" ? undefined : jsonPointer(rest);
}

function uuid(text: string): string | undefined {
  const sizes = [8, 4, 4, 4, 12];
  const groups = text.split("-");
  if (groups.length !== sizes.length) return `must have ${sizes.length} elements`;
  for (const [i, group] of groups.entries()) {
    if (new TextEncoder().encode(group).length !== sizes[i]) {
      return `element ${i + 1} must be ${sizes[i]} characters long`;
    }
    const bad = /[^0-9a-fA-F]/u.exec(group)?.[0];
    if (bad !== undefined) return `non-hex character ${quoteRune(bad)}`;
  }
  return undefined;
}

const quoteRune = (char: string) =>
  char === "'" ? "'\\''" : `'${JSON.stringify(char).slice(1, -1).replace('\\"', '"')}'`;

function duration(text: string): string | undefined {
  if (!text.startsWith("P")) return "must start with P";
  const rest = text.slice(1);
  if (rest === "") return "nothing after P";
  if (rest.endsWith("W")) {
    const weeks = rest.slice(0, -1);
    return weeks === "" ? "no number in week" : /^\d+$/.test(weeks) ? undefined : "invalid week";
  }
  const all = ["YMD", "HMS"];
  for (const [i, part] of rest.split("T").entries()) {
    if (i !== 0 && part === "") return "no time elements";
    if (i >= all.length) return "more than one T";
    let units = all[i] as string;
    for (let left = part; left !== "";) {
      const digits = /^\d*/.exec(left)?.[0] ?? "";
      if (digits === "") return "missing number";
      left = left.slice(digits.length);
      if (left === "") return "missing unit";
      const unit = left[0] as string;
      const at = units.indexOf(unit);
      if (at < 0) {
        return (all[i] as string).includes(unit)
          ? `unit ${quoteRune(unit)} out of order`
          : `invalid unit ${quoteRune(unit)}`;
      }
      units = units.slice(at + 1);
      left = left.slice(1);
    }
  }
  return undefined;
}

function ipv4(text: string): string | undefined {
  const groups = text.split(".");
  if (groups.length !== 4) return "expected four decimals";
  for (const group of groups) {
    if (group.length > 1 && group.startsWith("0")) return "leading zeros";
    if (!/^[+-]?\d+$/.test(group)) return `strconv.Atoi: parsing ${JSON.stringify(group)}: invalid syntax`;
    const value = Number(group);
    if (value < 0 || value > 255) return "decimal must be between 0 and 255";
  }
  return undefined;
}

function ipv6(text: string): string | undefined {
  if (!text.includes(":")) return "missing colon";
  if (text.includes("%")) return "zone id is not a part of ipv6 address";
  const fail = `ParseAddr(${JSON.stringify(text)}): unable to parse IP`;
  const halves = text.split("::");
  if (halves.length > 2) return fail;
  const groups = halves.map((half) => (half === "" ? [] : half.split(":")));
  const flat = groups.flat();
  const last = flat.at(-1) ?? "";
  let size = flat.length;
  if (last.includes(".")) {
    if (ipv4(last) !== undefined) return fail;
    flat.pop();
    size += 1;
  }
  if (!flat.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group))) return fail;
  return halves.length === 2 ? (size <= 7 ? undefined : fail) : size === 8 ? undefined : fail;
}

function hostname(text: string): string | undefined {
  const name = text.replace(/\.$/, "");
  if (name.length > 253) return "more than 253 characters long";
  for (const label of name.split(".")) {
    if (label.length < 1 || label.length > 63) return "label must be 1 to 63 characters long";
    if (label.startsWith("-")) return "label starts with hyphen";
    if (label.endsWith("-")) return "label ends with hyphen";
    const bad = /[^a-zA-Z0-9-]/u.exec(label)?.[0];
    if (bad !== undefined) return `invalid character ${quoteRune(bad)}`;
  }
  return undefined;
}

function email(text: string): string | undefined {
  if (text.length > 254) return "more than 255 characters long";
  const at = text.lastIndexOf("@");
  if (at < 0) return "missing @";
  const local = text.slice(0, at);
  const domain = text.slice(at + 1);
  if (local.length > 64) return "local part more than 64 characters long";
  if (local.length > 1 && local.startsWith('"') && local.endsWith('"')) {
    if (/[\\"]/.test(local.slice(1, -1))) return "backslash and quote are not allowed within quoted local part";
  } else {
    if (local.startsWith(".")) return "starts with dot";
    if (local.endsWith(".")) return "ends with dot";
    if (local.includes("..")) return "consecutive dots";
    const bad = /[^a-zA-Z0-9.!#$%&'*+\-/=?^_`{|}~]/u.exec(local)?.[0];
    if (bad !== undefined) return `invalid character ${quoteRune(bad)}`;
  }
  if (domain.startsWith("[") && domain.endsWith("]")) {
    const address = domain.slice(1, -1);
    const six = address.startsWith("IPv6:");
    const problem = six ? ipv6(address.slice(5)) : ipv4(address);
    return problem === undefined ? undefined : `invalid ipv${six ? 6 : 4} address: ${problem}`;
  }
  const problem = hostname(domain);
  return problem === undefined ? undefined : `invalid domain: ${problem}`;
}

/** Go's time.Parse with the layout `2006-01-02`: it stops at the first part that does not fit. */
function date(text: string): string | undefined {
  const failed = `parsing time ${JSON.stringify(text)}`;
  const cannot = (rest: string, part: string) =>
    `${failed} as "2006-01-02": cannot parse ${JSON.stringify(rest)} as ${JSON.stringify(part)}`;
  if (!/^\d{4}/.test(text)) return cannot(text, "2006");
  if (text[4] !== "-") return cannot(text.slice(4), "-");
  if (!/^\d\d/.test(text.slice(5))) return cannot(text.slice(5), "01");
  const month = Number(text.slice(5, 7));
  if (month < 1 || month > 12) return `${failed}: month out of range`;
  if (text[7] !== "-") return cannot(text.slice(7), "-");
  if (!/^\d\d/.test(text.slice(8))) return cannot(text.slice(8), "02");
  if (text.length > 10) return `${failed}: extra text: ${JSON.stringify(text.slice(10))}`;
  const day = Number(text.slice(8));
  const days = new Date(Date.UTC(Number(text.slice(0, 4)), month, 0)).getUTCDate();
  return day < 1 || day > days ? `${failed}: day out of range` : undefined;
}

function time(text: string): string | undefined {
  if (text.length < 9) return "less than 9 characters long";
  if (text[2] !== ":" || text[5] !== ":") return "missing colon in correct place";
  const hms = text.slice(0, 8).split(":");
  if (!hms.every((part) => /^[+-]?\d+$/.test(part))) return "invalid hour/min/sec";
  let [h, m] = hms.map(Number) as [number, number, number];
  const s = Number(hms[2]);
  if (h < 0 || m < 0 || s < 0) return "non-positive hour/min/sec";
  if (h > 23 || m > 59 || s > 60) return "hour/min/sec out of range";
  let rest = text.slice(8);
  if (rest.startsWith(".")) {
    const digits = /^\d*/.exec(rest.slice(1))?.[0] ?? "";
    if (digits === "") return "no digits in second fraction";
    rest = rest.slice(1 + digits.length);
  }
  if (rest !== "z" && rest !== "Z") {
    if (rest.length !== 6) return "offset must be 6 characters long";
    if (rest[0] !== "+" && rest[0] !== "-") return "offset must begin with plus/minus";
    if (rest[3] !== ":") return "missing colon in offset in correct place";
    const zone = rest.slice(1).split(":");
    if (!zone.every((part) => /^\d+$/.test(part))) return "invalid hour/min in offset";
    const [zh, zm] = zone.map(Number) as [number, number];
    if (zh > 23 || zm > 59) return "hour/min in offset out of range";
    let minutes = h * 60 + m + (rest[0] === "+" ? -1 : 1) * (zh * 60 + zm);
    if (minutes < 0) minutes += 24 * 60;
    [h, m] = [Math.trunc(minutes / 60), minutes % 60];
  }
  return s >= 60 && (h !== 23 || m !== 59) ? "invalid leap second" : undefined;
}

function dateTime(text: string): string | undefined {
  if (text.length < 20) return "less than 20 characters long";
  if (!/[tT]/.test(text[10] as string)) return "11th character must be t or T";
  const day = date(text.slice(0, 10));
  if (day !== undefined) return `invalid date element: ${day}`;
  const hour = time(text.slice(11));
  return hour === undefined ? undefined : `invalid time element: ${hour}`;
}

/** What Go's net/url refuses, as far as it matters here. */
function url(text: string): string | undefined {
  const parse = (why: string) => `parse ${JSON.stringify(text)}: ${why}`;
  // eslint-disable-next-line no-control-regex
  if (/[\u0000-\u001f\u007f]/.test(text)) return parse("net/url: invalid control character in URL");
  if (text.startsWith(":")) return parse("missing protocol scheme");
  const escape = /%(?![0-9a-fA-F]{2}).{0,2}/s.exec(text)?.[0];
  if (escape !== undefined) return parse(`invalid URL escape ${JSON.stringify(escape)}`);
  const first = /^[^/?#]*/.exec(text)?.[0] ?? "";
  if (first.includes(":") && !/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(first)) {
    return parse("first path segment in URL cannot contain colon");
  }
  const authority = /^(?:[a-zA-Z][a-zA-Z0-9+.-]*:)?\/\/([^/?#]*)/.exec(text)?.[1];
  const host = authority?.slice(authority.lastIndexOf("@") + 1);
  const bad = host === undefined ? undefined : /[ "<>\\^`{|}]/.exec(host)?.[0];
  return bad === undefined ? undefined : parse(`invalid character ${JSON.stringify(bad)} in host name`);
}

const uri: Check = (text) => url(text) ?? (/^[a-zA-Z][a-zA-Z0-9+.-]*:/.test(text) ? undefined : "relative url");
const uriReference: Check = (text) => (text.includes("\\") ? "contains \\" : url(text));

function uriTemplate(text: string): string | undefined {
  const problem = url(text);
  if (problem !== undefined) return problem;
  for (const step of text.split("/")) {
    let open = false;
    for (const char of step) {
      if (char !== "{" && char !== "}") continue;
      if ((char === "{") === open) return "nested curly braces";
      open = !open;
    }
    if (open) return "no matching closing brace";
  }
  return undefined;
}

function period(text: string): string | undefined {
  const slash = text.indexOf("/");
  if (slash < 0) return "missing slash";
  const start = text.slice(0, slash);
  const end = text.slice(slash + 1);
  const told = (which: string, problem: string | undefined) =>
    problem === undefined ? undefined : `invalid ${which}: ${problem}`;
  if (start.startsWith("P")) return told("start duration", duration(start)) ?? told("end date-time", dateTime(end));
  const first = told("start date-time", dateTime(start));
  if (first !== undefined) return first;
  return end.startsWith("P") ? told("end duration", duration(end)) : told("end date-time", dateTime(end));
}

function semver(text: string): string | undefined {
  let core = text;
  const plus = core.indexOf("+");
  if (plus >= 0) {
    const build = core.slice(plus + 1);
    if (build === "") return "build is empty";
    for (const id of build.split(".")) {
      if (id === "") return "build identifier is empty";
      const bad = /[^0-9a-zA-Z-]/u.exec(id)?.[0];
      if (bad !== undefined) return `invalid character ${quoteRune(bad)} in build identifier`;
    }
    core = core.slice(0, plus);
  }
  const dash = core.indexOf("-");
  if (dash >= 0) {
    for (const id of core.slice(dash + 1).split(".")) {
      if (id === "") return "pre-release identifier is empty";
      const bad = /[^0-9a-zA-Z-]/u.exec(id)?.[0];
      if (bad !== undefined) return `invalid character ${quoteRune(bad)} in pre-release identifier`;
      if (/^0\d+$/.test(id)) return "pre-release numeric identifier starts with zero";
    }
    core = core.slice(0, dash);
  }
  const parts = core.split(".");
  if (parts.length !== 3) return "versionCore must have 3 numbers separated by dot";
  for (const [i, part] of parts.entries()) {
    const name = ["major", "minor", "patch"][i];
    if (part === "") return `${name} is empty`;
    if (part.length > 1 && part.startsWith("0")) return `${name} starts with zero`;
    if (!/^\d+$/.test(part)) return `${name} contains non-digit`;
  }
  return undefined;
}

/** The formats by name; `regex` is checked by whoever compiles patterns. */
export const formats: Readonly<Record<string, Check>> = {
  "json-pointer": jsonPointer,
  "relative-json-pointer": relativePointer,
  uuid,
  duration,
  period,
  ipv4,
  ipv6,
  hostname,
  email,
  date,
  time,
  "date-time": dateTime,
  uri,
  iri: uri,
  "uri-reference": uriReference,
  "iri-reference": uriReference,
  "uri-template": uriTemplate,
  semver,
};
