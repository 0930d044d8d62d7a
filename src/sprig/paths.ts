import { func, type FuncMap } from "../gotemplate/index.ts";

/** path.Clean: the shortest path with the same meaning. */
export function clean(path: string): string {
  if (path === "") return ".";
  const rooted = path.startsWith("/");
  const out: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") out.push(part);
    else if (out.length > 0 && out.at(-1) !== "..") out.pop();
    else if (!rooted) out.push("..");
  }
  return (rooted ? "/" : "") + out.join("/") || ".";
}

/** path.Base: what follows the last slash, trailing slashes aside. */
function base(path: string): string {
  if (path === "") return ".";
  let end = path.length;
  while (end > 0 && path[end - 1] === "/") end--;
  const trimmed = path.slice(0, end);
  return trimmed.slice(trimmed.lastIndexOf("/") + 1) || "/";
}

/** path.Dir: what comes before the last slash, cleaned. */
function dir(path: string): string {
  return clean(path.slice(0, path.lastIndexOf("/") + 1));
}

/** path.Ext: from the last dot of the last element. */
function ext(path: string): string {
  const name = path.slice(path.lastIndexOf("/") + 1);
  const dot = name.lastIndexOf(".");
  return dot < 0 ? "" : name.slice(dot);
}

/** Go's path functions; the `os…` ones are filepath's, which on Unix are the same, and here are everywhere. */
export function pathFuncs(): FuncMap {
  const one = (call: (path: string) => string) => func(["string"], call, { result: "string" });
  const isAbs = func(["string"], (path) => path.startsWith("/"), { result: "bool" });
  return {
    base: one(base),
    dir: one(dir),
    clean: one(clean),
    ext: one(ext),
    isAbs,
    osBase: one(base),
    osDir: one(dir),
    osClean: one(clean),
    osExt: one(ext),
    osIsAbs: isAbs,
  };
}
