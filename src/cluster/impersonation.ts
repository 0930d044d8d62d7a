import type { Caller } from "./core.ts";
import type { Attributes } from "./rbac.ts";
import { badRequest, forbidden } from "./status.ts";

/** `Impersonate-*` headers: acting as somebody else, where the caller may (`kubectl --as`, `--as-group`, `--as-uid`). */

const extraPrefix = "impersonate-extra-";

/** Header values that were sent several times come joined. */
const several = (text: string | undefined): string[] => (text === undefined ? [] : text.split(", "));

function decodeKey(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

const goStrings = (list: readonly string[]): string =>
  list.length === 0 ? "[]string(nil)" : `[]string{${list.map((one) => JSON.stringify(one)).join(", ")}}`;

/**
 * Who the request is to be handled as: the caller itself without such headers. Throws a StatusError where the headers
 * name no user, or the caller may not `impersonate` all of what they name.
 */
export function impersonated(
  caller: Caller,
  headers: Readonly<Record<string, string>>,
  allowed: (attributes: Attributes) => { allowed: boolean; reason: string },
): Caller {
  const user = headers["impersonate-user"] ?? "";
  const uid = headers["impersonate-uid"] ?? "";
  const groups = several(headers["impersonate-group"]);
  const extra: Record<string, string[]> = {};
  for (const name of Object.keys(headers)) {
    if (name.startsWith(extraPrefix)) extra[decodeKey(name.slice(extraPrefix.length))] = several(headers[name]);
  }
  const extras = Object.entries(extra);
  if (user === "") {
    if (uid === "" && groups.length === 0 && extras.length === 0) return caller;
    const shown = extras.map(([key, values]) => `${JSON.stringify(key)}:${goStrings(values)}`).join(", ");
    throw badRequest(
      `requested &user.DefaultInfo{Name:"", UID:${JSON.stringify(uid)}, Groups:${goStrings(groups)}, Extra:map[string][]string${shown === "" ? "(nil)" : `{${shown}}`}} without impersonating a user name`,
    );
  }
  const account = /^system:serviceaccount:([^:]+):([^:]+)$/.exec(user);
  const need = (group: string, resource: string, name: string, subresource = "", namespace = "") => {
    const { allowed: good, reason } = allowed({ verb: "impersonate", group, resource, subresource, name, namespace });
    if (good) return;
    const full = subresource === "" ? resource : `${resource}/${subresource}`;
    const place = namespace === "" ? "at the cluster scope" : `in the namespace ${JSON.stringify(namespace)}`;
    throw forbidden(
      { group, plural: resource },
      name,
      `User ${JSON.stringify(caller.name)} cannot impersonate resource ${JSON.stringify(full)} in API group ${JSON.stringify(group)} ${place}${reason === "" ? "" : `: ${reason}`}`,
    );
  };
  if (account === null) need("", "users", user);
  else need("", "serviceaccounts", account[2] ?? "", "", account[1]);
  for (const group of groups) need("", "groups", group);
  for (const [key, values] of extras) {
    for (const value of values) need("authentication.k8s.io", "userextras", value, key);
  }
  if (uid !== "") need("authentication.k8s.io", "uids", uid);
  return {
    name: user,
    groups: withImplied(user, groups, account?.[1]),
    ...(uid === "" ? {} : { uid }),
    ...(extras.length === 0 ? {} : { extra }),
  };
}

/** The groups that a user of this name has by itself. */
function withImplied(user: string, groups: readonly string[], namespace: string | undefined): string[] {
  const own =
    groups.length === 0 && namespace !== undefined
      ? ["system:serviceaccounts", `system:serviceaccounts:${namespace}`]
      : [...groups];
  if (user === "system:anonymous") {
    if (!own.includes("system:unauthenticated")) own.push("system:unauthenticated");
  } else if (!own.includes("system:authenticated") && !own.includes("system:unauthenticated")) {
    own.push("system:authenticated");
  }
  return own;
}
