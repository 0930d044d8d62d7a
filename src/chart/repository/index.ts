export { type RepositoryEntry, type RepositoryPaths, readRepositories, writeRepositories } from "./config.ts";
export { type Access, download } from "./http.ts";
export { dropIndex, updateIndex } from "./index-cache.ts";
export { entryUrl, findEntry, type IndexEntry, parseIndex, type RepositoryIndex } from "./index-file.ts";
export { type LocateOptions, type Located, locateChart, resolveChart, saveArchive } from "./locate.ts";
