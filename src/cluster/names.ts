/** The rules of names, labels, ports and paths, in apimachinery's words (util/validation). Each answers what is wrong. */

const dns1123Label = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/;
const dns1123Subdomain = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/;
const dns1035Label = /^[a-z]([-a-z0-9]*[a-z0-9])?$/;
const qualifiedNamePart = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/;
const labelValue = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/;

const label1123Message =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
const subdomainMessage =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
const label1035Message =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";

/** validation.MaxLenError. */
export const maxLen = (length: number): string => `must be no more than ${length} ${length === 1 ? "byte" : "bytes"}`;

/** validation.RegexError: the message, examples, the expression. */
export function regexError(message: string, format: string, ...examples: string[]): string {
  if (examples.length === 0) return `${message} (regex used for validation is '${format}')`;
  // upstream's list of examples has a comma and two spaces before each "or"
  const list = examples.map((example) => `'${example}'`).join(",  or ");
  return `${message} (e.g. ${list}, regex used for validation is '${format}')`;
}

export function dns1123LabelProblems(name: string): string[] {
  const out: string[] = [];
  if (name.length > 63) out.push(maxLenCharacters(63));
  if (!dns1123Label.test(name)) {
    out.push(
      dns1123Subdomain.test(name)
        ? "must not contain dots"
        : regexError(label1123Message, "[a-z0-9]([-a-z0-9]*[a-z0-9])?", "my-name", "123-abc"),
    );
  }
  return out;
}

export function dns1123SubdomainProblems(name: string, tooLong = maxLenCharacters): string[] {
  const out: string[] = [];
  if (name.length > 253) out.push(tooLong(253));
  if (!dns1123Subdomain.test(name)) {
    out.push(
      regexError(subdomainMessage, "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", "example.com"),
    );
  }
  return out;
}

export function dns1035LabelProblems(name: string): string[] {
  const out: string[] = [];
  if (name.length > 63) out.push(maxLenCharacters(63));
  if (!dns1035Label.test(name)) {
    out.push(regexError(label1035Message, "[a-z]([-a-z0-9]*[a-z0-9])?", "my-name", "abc-123"));
  }
  return out;
}

/** `prefix/name`, as label and annotation keys are. */
export function qualifiedNameProblems(value: string): string[] {
  const out: string[] = [];
  const parts = value.split("/");
  let name: string;
  if (parts.length === 1) name = parts[0] as string;
  else if (parts.length === 2) {
    const prefix = parts[0] as string;
    name = parts[1] as string;
    if (prefix === "") out.push("prefix part must be non-empty");
    else out.push(...dns1123SubdomainProblems(prefix, maxLen).map((message) => `prefix part ${message}`));
  } else {
    return [
      `a qualified name ${regexError(nameMessage, nameFormat, "MyName", "my.name", "123-abc")} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ];
  }
  if (name === "") out.push("name part must be non-empty");
  else if (name.length > 63) out.push(`name part ${maxLen(63)}`);
  if (!qualifiedNamePart.test(name))
    out.push(`name part ${regexError(nameMessage, nameFormat, "MyName", "my.name", "123-abc")}`);
  return out;
}

const nameFormat = "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]";
const nameMessage =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character";

export function labelValueProblems(value: string): string[] {
  const out: string[] = [];
  if (value.length > 63) out.push(maxLen(63));
  if (!labelValue.test(value)) {
    out.push(
      regexError(
        "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
        "(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?",
        "MyValue",
        "my_value",
        "12345",
      ),
    );
  }
  return out;
}

export function portProblems(port: number): string[] {
  return port >= 1 && port <= 65535 ? [] : ["must be between 1 and 65535, inclusive"];
}

/** Names of ports, IANA_SVC_NAME. */
export function portNameProblems(name: string): string[] {
  const out: string[] = [];
  if (name.length > 15) out.push(maxLenCharacters(15));
  if (!/^[-a-z0-9]+$/.test(name)) out.push("must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)");
  if (!/[a-z]/.test(name)) out.push("must contain at least one letter (a-z)");
  if (name.includes("--")) out.push("must not contain consecutive hyphens");
  if (name.length > 0 && (name.startsWith("-") || name.endsWith("-"))) out.push("must not begin or end with a hyphen");
  return out;
}

export const maxLenCharacters = (length: number): string => `must be no more than ${length} characters`;

export function configMapKeyProblems(value: string): string[] {
  const out: string[] = [];
  if (value.length > 253) out.push(maxLenCharacters(253));
  if (!/^[-._a-zA-Z0-9]+$/.test(value)) {
    out.push(
      regexError(
        "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
        "[-._a-zA-Z0-9]+",
        "key.name",
        "KEY_NAME",
        "key-name",
      ),
    );
  }
  if (value === ".") out.push("must not be '.'");
  if (value === "..") out.push("must not be '..'");
  else if (value.startsWith("..")) out.push("must not start with '..'");
  return out;
}

/** Environment variables since 1.34: any printable ASCII but "=". */
export function relaxedEnvNameProblems(value: string): string[] {
  const out: string[] = [];
  if (value.length === 0) out.push("environment variable name must be non-empty");
  for (const char of value) {
    if (char > "~" || char < " " || char === "=") {
      out.push("a valid environment variable name must consist only of printable ASCII characters other than '='");
      break;
    }
  }
  return out;
}

/** A name that becomes part of a URL's path. */
export function pathSegmentProblems(name: string, prefix = false): string[] {
  if (!prefix && name === ".") return ["may not be '.'"];
  if (!prefix && name === "..") return ["may not be '..'"];
  const out: string[] = [];
  for (const bad of ["/", "%"]) if (name.includes(bad)) out.push(`may not contain '${bad}'`);
  return out;
}

/** With generateName the last letter may be a dash. */
export function masked(name: string): string {
  return name.length > 1 && name.endsWith("-") ? `${name.slice(0, -1)}a` : name;
}

export const subdomainName = (name: string, prefix: boolean): string[] =>
  dns1123SubdomainProblems(prefix ? masked(name) : name);
export const labelName = (name: string, prefix: boolean): string[] =>
  dns1123LabelProblems(prefix ? masked(name) : name);
