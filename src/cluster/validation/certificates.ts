import { dns1123LabelProblems, dns1123SubdomainProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import { duplicate, forbiddenCause, invalidValue, notSupported, oneOf, required } from "./common.ts";
import type { Out } from "./common.ts";

/** CertificateSigningRequests. The request's signature is not checked, its form is. */

const usages = [
  "any",
  "cert sign",
  "client auth",
  "code signing",
  "content commitment",
  "crl sign",
  "data encipherment",
  "decipher only",
  "digital signature",
  "email protection",
  "encipher only",
  "ipsec end system",
  "ipsec tunnel",
  "ipsec user",
  "key agreement",
  "key encipherment",
  "microsoft sgc",
  "netscape sgc",
  "ocsp signing",
  "s/mime",
  "server auth",
  "signing",
  "timestamping",
];

const head = "-----BEGIN CERTIFICATE REQUEST-----";
const shortest = 600;

export function signingRequest({ spec = {}, status = {} }: Loose, out: Out): void {
  const request: string = spec.request ?? "";
  const text = Buffer.from(request, "base64").toString();
  if (!text.includes(head) || !text.includes("-----END CERTIFICATE REQUEST-----")) {
    const shown = spec.request === undefined || spec.request === null ? null : request;
    out.push(invalidValue("spec.request", shown, "PEM block type must be CERTIFICATE REQUEST"));
  }
  const given: string[] = spec.usages ?? [];
  if (given.length === 0) out.push(required("spec.usages"));
  for (const [i, usage] of given.entries()) oneOf(usage, usages, `spec.usages[${i}]`, out);
  for (const [i, usage] of given.entries())
    if (given.indexOf(usage) < i) out.push(duplicate(`spec.usages[${i}]`, usage));
  if (spec.signerName === "kubernetes.io/legacy-unknown") {
    const why = "the legacy signerName is not allowed via this API version";
    out.push(invalidValue("spec.signerName", spec.signerName, why));
  } else signerName(spec.signerName ?? "", "spec.signerName", out);
  const seconds = spec.expirationSeconds;
  if (seconds !== undefined && seconds < shortest) {
    const why = "may not specify a duration less than 600 seconds (10 minutes)";
    out.push(invalidValue("spec.expirationSeconds", seconds, why));
  }
  conditions(status.conditions ?? [], out);
}

function conditions(list: Loose[], out: Out): void {
  const at = "status.conditions";
  const types = list.map((one) => one.type ?? "");
  for (const [i, one] of list.entries()) {
    const type: string = types[i] as string;
    if (type === "") out.push(required(`${at}[${i}].type`));
    const good = ["Approved", "Denied", "Failed"].includes(type) ? ["True"] : ["False", "True", "Unknown"];
    if (!one.status) out.push(required(`${at}[${i}].status`));
    else if (!good.includes(one.status)) out.push(notSupported(`${at}[${i}].status`, one.status, good));
    const other = type === "Approved" ? "Denied" : type === "Denied" ? "Approved" : undefined;
    if (other !== undefined && types.slice(0, i).includes(other))
      out.push(invalidValue(at, type, "Approved and Denied conditions are mutually exclusive"));
    if (types.indexOf(type) < i) out.push(duplicate(`${at}[${i}].type`, type));
  }
}

const ofType = (object: Loose, type: string): Loose[] =>
  (object.status?.conditions ?? []).filter((one: Loose) => one.type === type);

/** What was decided stays; only `approval` decides, only `status` brings a certificate. */
export function signingRequestUpdate(object: Loose, old: Loose, part: "" | "approval" | "status", out: Out): void {
  signingRequest(object, out);
  for (const type of ["Approved", "Denied", "Failed"]) {
    if (ofType(object, type).length < ofType(old, type).length)
      out.push(
        forbiddenCause("status.conditions", `updates may not remove a condition of type ${JSON.stringify(type)}`),
      );
  }
  if (part !== "approval") {
    for (const type of ["Approved", "Denied"]) {
      if (ofType(object, type).length > ofType(old, type).length)
        out.push(
          forbiddenCause("status.conditions", `updates may not add a condition of type ${JSON.stringify(type)}`),
        );
    }
  }
  const [before, after] = [old.status?.certificate ?? "", object.status?.certificate ?? ""];
  if (before === after) return;
  if (part !== "status") out.push(forbiddenCause("status.certificate", "updates may not set certificate content"));
  else if (before !== "")
    out.push(forbiddenCause("status.certificate", "updates may not modify existing certificate content"));
}

/** `example.com/signer-name` */
function signerName(name: string, at: string, out: Out): void {
  if (name === "") {
    out.push(required(at));
    return;
  }
  const segments = name.split("/");
  if (segments.length !== 2) {
    const why = "must be a fully qualified domain and path of the form 'example.com/signer-name'";
    out.push(invalidValue(at, name, why));
    return;
  }
  const [domain, path] = segments as [string, string];
  const check = (text: string, rule: (label: string) => string[]) => {
    for (const label of text.split(".")) {
      const problems = rule(label);
      for (const problem of problems)
        out.push(invalidValue(at, text, `validating label ${JSON.stringify(label)}: ${problem}`));
      if (problems.length > 0) return;
    }
  };
  check(domain, dns1123LabelProblems);
  if (!domain.includes("."))
    out.push(invalidValue(at, domain, "should be a domain with at least two segments separated by dots"));
  check(path, (label) => dns1123SubdomainProblems(label));
}
