import { dns1123SubdomainProblems, portProblems } from "../names.ts";
import type { Loose } from "../strategy.ts";
import { invalidValue, required } from "./common.ts";
import type { Out } from "./common.ts";

/** Where a webhook is called: a URL, or a Service (apiserver's util/webhook). */

const form = "; desired format: https://host[/path]";

export function webhookUrl(text: string, at: string, out: Out): void {
  const parts = /^(?:([a-zA-Z][a-zA-Z0-9+.-]*):)?(?:\/\/([^/?#]*))?([^?#]*)(?:\?([^#]*))?(?:#(.*))?$/s.exec(text);
  if (parts === null || /[\u0000-\u001f\u007f]/.test(text)) {
    out.push(required(at, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URL${form}`));
    return;
  }
  const [, scheme = "", authority = "", , query = "", fragment = ""] = parts;
  const user = authority.includes("@") ? authority.slice(0, authority.lastIndexOf("@")) : undefined;
  const host = user === undefined ? authority : authority.slice(user.length + 1);
  if (/[ <>"]/.test(host)) {
    const bad = (/[ <>"]/.exec(host) as RegExpExecArray)[0];
    out.push(
      required(
        at,
        `url must be a valid URL: parse ${JSON.stringify(text)}: invalid character ${JSON.stringify(bad)} in host name${form}`,
      ),
    );
    return;
  }
  if (scheme.toLowerCase() !== "https")
    out.push(invalidValue(at, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`));
  if (host === "") out.push(invalidValue(at, host, `host must be specified${form}`));
  if (user !== undefined) out.push(invalidValue(at, user, "user information is not permitted in the URL"));
  if (fragment !== "") out.push(invalidValue(at, fragment, "fragments are not permitted in the URL"));
  if (query !== "") out.push(invalidValue(at, query, "query parameters are not permitted in the URL"));
}

/** Upstream's callers hand over name and namespace in the other order: the words name the other field. */
export function webhookService(service: Loose, at: string, out: Out): void {
  if (!service.namespace) out.push(required(`${at}.name`));
  if (!service.name) out.push(required(`${at}.namespace`));
  const port = service.port ?? 0;
  const problems = portProblems(port);
  if (problems.length > 0) out.push(invalidValue(`${at}.port`, port, `port is not valid: ${problems.join(", ")}`));
  const path: string = service.path ?? "";
  if (path === "" || path === "/") return;
  if (path === "//") {
    out.push(invalidValue(`${at}.path`, path, "segment[0] may not be empty"));
    return;
  }
  if (!path.startsWith("/")) out.push(invalidValue(`${at}.path`, path, "must start with a '/'"));
  const steps = path.slice(1).replace(/\/$/, "").split("/");
  for (const [i, step] of steps.entries()) {
    if (step === "") out.push(invalidValue(`${at}.path`, path, `segment[${i}] may not be empty`));
    else
      for (const problem of dns1123SubdomainProblems(step))
        out.push(invalidValue(`${at}.path`, path, `segment[${i}]: ${problem}`));
  }
}
