/** What both servers are asked. A scenario is a generator: it yields calls and is handed each answer. */
import { amissScenarios } from "./amiss.ts";
import { apply, collection, del, get, namespace, partial, patch, post, put, table } from "./calls.ts";
import type { Scenario } from "./calls.ts";
import type { Answer } from "./reference.ts";
import { samples } from "./samples.ts";
import type { Sample } from "./samples.ts";
import { invalidCases } from "./invalid.ts";
import { atFirst, moreProtocol } from "./protocol-more.ts";
import { protocolScenarios } from "./protocol.ts";
import { mutationScenarios } from "./mutations.ts";
import { updateScenarios } from "./updates.ts";

/** The namespace is put in where a sample needs it. */
export function fill(value: unknown): any {
  return JSON.parse(JSON.stringify(value).replaceAll('"NS"', JSON.stringify(namespace)));
}

const parse = (answer: Answer): any => {
  try {
    return JSON.parse(answer.body);
  } catch {
    return {};
  }
};

/** The life of one object, with every verb. */
function life(sample: Sample, which: "minimal" | "full", body: Record<string, unknown>): Scenario {
  const path = collection(sample);
  const name = sample.named ?? `x-${which}`;
  const item = `${path}/${name}`;
  const full = { apiVersion: sample.apiVersion, ...fill(body), metadata: { name, labels: { a: "b" } } };
  return {
    name: `${sample.apiVersion} ${sample.plural} ${which}`,
    *run() {
      yield post(`${path}?dryRun=All`, full);
      yield post(path, full);
      yield post(path, full);
      const got = parse(yield { ...get(item), ...(sample.settled === undefined ? {} : { until: sample.settled }) });
      yield get(item, table);
      yield get(item, partial);
      yield get(`${path}?labelSelector=a%3Db`);
      yield get(`${path}?fieldSelector=metadata.name%3D${name}`, table);
      got.metadata ??= {};
      got.metadata.labels = { ...got.metadata.labels, put: "1" };
      yield put(item, got);
      yield put(item, got);
      yield put(item, {
        ...got,
        metadata: { ...got.metadata, resourceVersion: undefined, labels: { a: "b", put: "2" } },
      });
      yield patch(item, "merge-patch", { metadata: { annotations: { m: "1" }, labels: { put: null } } });
      yield patch(item, "json-patch", [{ op: "add", path: "/metadata/labels/j", value: "1" }]);
      yield patch(item, "json-patch", [{ op: "test", path: "/metadata/labels/j", value: "2" }]);
      yield patch(item, "strategic-merge-patch", { metadata: { labels: { s: "1" } } });
      yield patch(item, "merge-patch", { metadata: { labels: { s: "1" } } });
      yield patch(`${item}?fieldValidation=Strict`, "merge-patch", { metadata: { nonsense: 1 } });
      const head = { apiVersion: sample.apiVersion, kind: got.kind, metadata: { name } };
      yield apply(item, "one", { ...head, metadata: { name, labels: { ap: "1" }, annotations: { x: "1" } } });
      yield apply(item, "two", { ...head, metadata: { name, labels: { ap: "2" } } });
      yield apply(item, "two", { ...head, metadata: { name, labels: { ap: "2" } } }, true);
      yield apply(item, "one", { ...head, metadata: { name, annotations: { y: "1" } } });
      yield del(`${item}?dryRun=All`);
      yield del(item);
      yield get(item);
    },
  };
}

/** What every kind refuses alike. */
function refusals(sample: Sample): Scenario {
  const path = collection(sample);
  const body = { apiVersion: sample.apiVersion, ...fill(sample.minimal) };
  return {
    name: `${sample.apiVersion} ${sample.plural} refusals`,
    *run() {
      yield post(path, body);
      yield post(path, { ...body, metadata: { name: "Bad_Name!" } });
      yield post(path, { ...body, metadata: { name: "ok", labels: { k: "bad value!" } } });
      yield post(path, { ...body, metadata: { name: "ok", namespace: "elsewhere" } });
      yield post(`${path}?fieldValidation=Strict`, { ...body, nonsense: 1, metadata: { name: "ok" } });
      yield post(path, { ...body, metadata: "text" });
      yield get(`${path}/nothing`);
      yield del(`${path}/nothing`);
      yield patch(`${path}/nothing`, "merge-patch", {});
      yield put(`${path}/nothing`, { ...body, metadata: { name: "other" } });
    },
  };
}

/** The namespace and the account that pods need. */
const setup: Scenario = {
  name: "setup",
  *run() {
    yield post("/api/v1/namespaces", { metadata: { name: namespace } });
    yield post(`/api/v1/namespaces/${namespace}/serviceaccounts`, { metadata: { name: "default" } });
  },
};

/** Every scenario; the requests by chance come from the seed, so many of each kind. */
export function scenarios(seed = 1, share = 20): Scenario[] {
  const out: Scenario[] = [atFirst, setup];
  for (const sample of samples) {
    out.push(life(sample, "minimal", sample.minimal));
    if (sample.full !== undefined) out.push(life(sample, "full", sample.full));
    out.push(refusals(sample));
  }
  out.push(...updateScenarios, ...protocolScenarios, ...moreProtocol, ...amissScenarios);
  for (const [name, path, bodies] of invalidCases()) {
    out.push({
      name: `invalid ${name}`,
      *run() {
        for (const body of bodies) yield post(`${path}?dryRun=All`, body);
      },
    });
  }
  out.push(...mutationScenarios(seed, share));
  return out;
}
