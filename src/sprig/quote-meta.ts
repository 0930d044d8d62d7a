import { func } from "../gotemplate/index.ts";

/** regexp.QuoteMeta: a backslash before each of Go's metacharacters. It needs no regular expressions of Go's. */
export const regexQuoteMeta = func(["string"], (text: string) => text.replace(/[\\.+*?()|[\]{}^$]/g, "\\$&"), {
  result: "string",
});
