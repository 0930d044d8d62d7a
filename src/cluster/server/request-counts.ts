import type { Core } from "../core.ts";
import { subresourceOf } from "../served.ts";
import type { RequestInfo } from "./request.ts";

/** `/metrics`: what the API server counts of itself, under upstream's names, in Prometheus' text format. */

const methods: Readonly<Record<string, string>> = {
  create: "POST",
  get: "GET",
  list: "LIST",
  watch: "WATCH",
  update: "PUT",
  patch: "PATCH",
  delete: "DELETE",
  deletecollection: "DELETECOLLECTION",
  post: "POST",
  put: "PUT",
};

/** Requests by what they asked for and how they were answered. */
export class RequestCounts {
  readonly #core: Core;
  readonly #counts = new Map<string, number>();

  constructor(core: Core) {
    this.#core = core;
  }

  /** Counts one answer. Only resources that exist get a series of their own. */
  add(info: RequestInfo, code: number): void {
    const type = info.isResource ? this.#core.types.at(info.apiVersion, info.plural) : undefined;
    const known = type !== undefined && info.subresource !== "" && subresourceOf(type, info.subresource) !== undefined;
    const dryRun = info.query.get("dryRun") === "All" ? "All" : "";
    const scope = type === undefined ? "" : scopeOf(info);
    const subresource = known ? info.subresource : "";
    // one short text each: this is on the way of every request
    const key = `${code} ${dryRun} ${type?.group ?? ""} ${type?.plural ?? ""} ${scope} ${subresource} ${methods[info.verb] ?? "other"} ${type?.version ?? ""}`;
    this.#counts.set(key, (this.#counts.get(key) ?? 0) + 1);
  }

  /** The page. */
  text(version: string): string {
    const objects = [...this.#core.store.allTables()]
      .filter((table) => table.keys.length > 0)
      .map((table) => {
        const slash = table.name.indexOf("/");
        const labels = { group: table.name.slice(0, slash), resource: table.name.slice(slash + 1) };
        return `${series("apiserver_resource_objects", labels)} ${table.keys.length}`;
      });
    const { user, system } = process.cpuUsage();
    return [
      ...family("apiserver_request_total", "counter", "Answered requests.", this.#lines()),
      ...family("apiserver_resource_objects", "gauge", "Stored objects by resource.", objects.sort()),
      ...family("kubernetes_build_info", "gauge", "Always 1; the version is in its labels.", [
        `${series("kubernetes_build_info", { git_version: version, platform: "slipway" })} 1`,
      ]),
      ...family("process_cpu_seconds_total", "counter", "CPU time of the whole process, user and system.", [
        `process_cpu_seconds_total ${(user + system) / 1e6}`,
      ]),
      ...family("process_resident_memory_bytes", "gauge", "Resident memory of the whole process.", [
        `process_resident_memory_bytes ${process.memoryUsage.rss()}`,
      ]),
      "",
    ].join("\n");
  }

  #lines(): string[] {
    const lines = [...this.#counts].map(([key, count]) => {
      const [
        code = "",
        dry_run = "",
        group = "",
        resource = "",
        scope = "",
        subresource = "",
        verb = "",
        version = "",
      ] = key.split(" ");
      const labels = { code, component: "apiserver", dry_run, group, resource, scope, subresource, verb, version };
      return `${series("apiserver_request_total", labels)} ${count}`;
    });
    return lines.sort();
  }
}

function scopeOf(info: RequestInfo): string {
  if (info.name !== "" || info.verb === "create") return "resource";
  return info.namespace === "" ? "cluster" : "namespace";
}

function series(name: string, labels: Readonly<Record<string, string>>): string {
  return `${name}{${Object.entries(labels)
    .map(([key, value]) => `${key}=${JSON.stringify(value)}`)
    .join(",")}}`;
}

function family(name: string, type: string, help: string, lines: readonly string[]): string[] {
  return lines.length === 0 ? [] : [`# HELP ${name} ${help}`, `# TYPE ${name} ${type}`, ...lines];
}
