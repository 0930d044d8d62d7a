import { newMap, type GoMap } from "../base/index.ts";
import { func, type FuncMap } from "../gotemplate/index.ts";
import { formatUrl, hostnameOf, parseUrl } from "./go-url.ts";
import { kindOrPanic } from "./values.ts";

function urlParse(text: string): GoMap {
  let url: ReturnType<typeof parseUrl>;
  try {
    url = parseUrl(text);
  } catch (error) {
    throw new Error(`unable to parse url: ${(error as Error).message}`, { cause: error });
  }
  return Object.assign(newMap(), {
    scheme: url.scheme,
    host: url.host,
    hostname: hostnameOf(url.host),
    path: url.path,
    query: url.query,
    opaque: url.opaque,
    fragment: url.fragment,
    userinfo: url.user ?? "",
  });
}

function urlJoin(parts: GoMap): string {
  const text = (key: string) => {
    if (!Object.hasOwn(parts, key)) return "";
    const kind = kindOrPanic(parts[key]);
    if (kind !== "string") throw new Error(`unable to parse ${key} key, must be of type string, but ${kind} found`);
    return parts[key] as string;
  };
  const url = {
    scheme: text("scheme"),
    host: text("host"),
    path: text("path"),
    query: text("query"),
    opaque: text("opaque"),
    fragment: text("fragment"),
    rawPath: "",
    rawFragment: "",
  };
  return formatUrl({ ...url, user: userOf(text("userinfo")) });
}

/** sprig reads the user information by way of a URL made of it. */
function userOf(userinfo: string): string | undefined {
  if (userinfo === "") return undefined;
  try {
    return parseUrl(`proto://${userinfo}@host`).user;
  } catch (error) {
    throw new Error(`unable to parse userinfo in dict: ${(error as Error).message}`, { cause: error });
  }
}

/** urlParse and urlJoin. */
export function urlFuncs(): FuncMap {
  const map = "map[string]interface {}";
  return {
    urlParse: func(["string"], urlParse, { result: map }),
    urlJoin: func([map], urlJoin, { result: "string" }),
  };
}
