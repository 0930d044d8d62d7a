/**
 * Kubernetes' rules for names of objects, by kind, in the words of its API machinery. Answers every rule that a name
 * breaks.
 */
export function nameProblems(kind: string, name: string): string[] {
  switch (kind.toLowerCase()) {
    case "service":
      return dns1035Label(name);
    case "namespace":
      return dns1123Label(name);
    case "certificatesigningrequest":
      return [];
    case "role":
    case "clusterrole":
    case "rolebinding":
    case "clusterrolebinding":
      return pathSegment(name);
    default:
      return dns1123Subdomain(name);
  }
}

const label = "[a-z0-9]([-a-z0-9]*[a-z0-9])?";

function dns1123Subdomain(name: string): string[] {
  const format = `${label}(\\.${label})*`;
  const rule =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character";
  return problems(name, 253, format, rule, "'example.com'");
}

function dns1123Label(name: string): string[] {
  const rule =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character";
  if (name.length <= 63 && matches(label, name)) return [];
  // A name that would do as a subdomain has a dot too many.
  if (matches(`${label}(\\.${label})*`, name)) return [...tooLong(name, 63), "must not contain dots"];
  return problems(name, 63, label, rule, "'my-name',  or '123-abc'");
}

function dns1035Label(name: string): string[] {
  const rule =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character";
  return problems(name, 63, "[a-z]([-a-z0-9]*[a-z0-9])?", rule, "'my-name',  or 'abc-123'");
}

function pathSegment(name: string): string[] {
  if (name === "." || name === "..") return [`may not be '${name}'`];
  return ["/", "%"].filter((part) => name.includes(part)).map((part) => `may not contain '${part}'`);
}

function problems(name: string, most: number, format: string, rule: string, examples: string): string[] {
  const list = tooLong(name, most);
  if (!matches(format, name)) list.push(`${rule} (e.g. ${examples}, regex used for validation is '${format}')`);
  return list;
}

function tooLong(name: string, most: number): string[] {
  return new TextEncoder().encode(name).length > most ? [`must be no more than ${most} bytes`] : [];
}

function matches(format: string, name: string): boolean {
  // Names longer than any rule allows need no pattern.
  return name.length <= 1024 && new RegExp(`^(?:${format})$`).test(name);
}
