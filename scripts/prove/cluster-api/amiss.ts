import { apply, del, get, namespace, patch, post, put, root } from "./calls.ts";
import type { Scenario } from "./calls.ts";

/** Requests that something is wrong with, in form or in type, where it is not validation that says so. */

const place = `${root("v1")}/namespaces/${namespace}`;
const pods = `${place}/pods`;
const deployments = `${root("apps/v1")}/namespaces/${namespace}/deployments`;

const merges: Scenario = {
  name: "merges amiss",
  *run() {
    const volumes = [{ name: "v", emptyDir: {} }];
    const container = { name: "c", image: "c:1", ports: [{ containerPort: 80 }], env: [{ name: "A", value: "b" }] };
    yield post(pods, { metadata: { name: "amiss" }, spec: { containers: [container], volumes } });
    yield post(`${place}/services`, {
      metadata: { name: "amiss" },
      spec: { selector: { a: "b" }, ports: [{ port: 80 }] },
    });
    const of = (fields: object) => ({ containers: [{ name: "c", ...fields }] });
    const specs = [
      of({ ports: {} }),
      of({ ports: [null] }),
      of({ ports: [1] }),
      of({ env: [{ value: "b" }] }),
      of({ env: [null] }),
      of({ env: ["a"] }),
      of({ env: [[]] }),
      of({ $patch: "odd" }),
      { containers: [[]] },
      { containers: null },
      { containers: "a" },
      { containers: [{ $patch: "delete" }] },
      { $patch: "odd" },
      { $retainKeys: "a" },
      { "$setElementOrder/containers": "x" },
      { "$deleteFromPrimitiveList/x": [1] },
      { tolerations: [{}] },
      { volumes: [{ name: "v", $retainKeys: [1] }] },
      { volumes: [{ emptyDir: {} }] },
      { tolerations: ["a"] },
      { "$setElementOrder/containers": [{ name: "z" }], containers: [{ name: "c" }] },
    ];
    for (const spec of specs) yield patch(`${pods}/amiss`, "strategic-merge-patch", { spec });
    const bodies = [
      { spec: { ports: [[1.5]] } },
      { metadata: { finalizers: [1] } },
      { metadata: { finalizers: [{}] } },
    ];
    for (const body of bodies) yield patch(`${place}/services/amiss`, "strategic-merge-patch", body);
    yield del(`${pods}/amiss?gracePeriodSeconds=0`);
    yield del(`${place}/services/amiss`);
  },
};

const configurations: Scenario = {
  name: "configurations amiss",
  *run() {
    const item = `${place}/configmaps/amiss`;
    const head = { apiVersion: "v1", kind: "ConfigMap" };
    const applied = (body: object) => apply(item, "one", { ...head, ...body });
    const named = (fields: object) => applied({ metadata: { name: "amiss", ...fields } });
    const unnamed = [{}, { metadata: {} }, { metadata: { name: "" } }, { metadata: { name: null } }];
    for (const body of unnamed) yield applied(body);
    yield applied({ metadata: { generateName: "x" } });
    yield named({});
    for (const body of unnamed) yield applied(body);
    const metadata: unknown[] = [
      [],
      "a",
      { name: 1 },
      { name: { a: 1 } },
      { name: { toString: 1 } },
      { name: {} },
      { name: "other" },
    ];
    for (const one of metadata) yield applied({ metadata: one });
    const fields = [
      { uid: 1 },
      { namespace: {} },
      { annotations: [] },
      { resourceVersion: {} },
      { labels: { a: {} } },
      { managedFields: {} },
      { managedFields: [] },
      { creationTimestamp: {} },
      { creationTimestamp: 1 },
      { creationTimestamp: "x" },
      { generation: "a" },
      { generation: 1.5 },
      { ownerReferences: [{ uid: 1 }] },
      { ownerReferences: [1] },
      { finalizers: ["a/b", "a/b"] },
      { finalizers: [{}] },
    ];
    for (const one of fields) yield named(one);
    const rest = [{ data: { a: 1 } }, { data: { a: true } }, { data: { a: null } }, { data: [] }, { immutable: "a" }];
    for (const one of rest) yield applied({ metadata: { name: "amiss" }, ...one });
    for (const one of [{ immutable: 1 }, { binaryData: { a: "%%" } }, { properties: 1 }, { a: { b: 1 } }])
      yield applied(one);
    yield del(item);
  },
};

const sent: Scenario = {
  name: "sent amiss",
  *run() {
    yield post(pods, { metadata: { name: "amiss" }, spec: { containers: [{ name: "c", image: "c:1" }] } });
    const binding = { apiVersion: "v1", kind: "Binding" };
    const targets = [{ target: "x" }, { target: { name: 1 } }, { target: [] }, { target: null }, { metadata: 1 }, {}];
    for (const one of targets) yield post(`${pods}/amiss/binding`, { ...binding, ...one });
    for (const metadata of [{ name: "zz" }, { name: "amiss", uid: "zz" }, { name: "amiss", namespace: "b" }])
      yield post(`${pods}/amiss/binding`, { ...binding, metadata, target: { name: "n" } });
    yield post(`${pods}/amiss/binding`, { metadata: { name: "amiss" }, target: {} });
    yield post(`${pods}/amiss/binding`, { apiVersion: "v1", kind: "Pod", metadata: { name: "b" } });
    yield post(`${place}/bindings`, { ...binding, target: { name: "n" } });
    const options = [
      "x",
      { gracePeriodSeconds: "x" },
      { gracePeriodSeconds: -1 },
      { propagationPolicy: "Odd" },
      { dryRun: ["x"] },
      { dryRun: "x" },
      { preconditions: { uid: "no" } },
      { preconditions: { uid: 1 } },
    ];
    for (const deleteOptions of options)
      yield post(`${pods}/amiss/eviction`, { apiVersion: "policy/v1", kind: "Eviction", deleteOptions });
    const kinds = [
      ["v1", "Pod"],
      ["v1", "Eviction"],
      ["apps/v1", "Deployment"],
      ["policy/v1beta1", "Eviction"],
    ];
    for (const [apiVersion, kind] of kinds)
      yield post(`${pods}/amiss/eviction`, { apiVersion, kind, metadata: { name: "other" } });
    yield post(`${pods}/nothing/eviction`, { metadata: { name: "nothing" } });
    const bound = [
      "a",
      {},
      { kind: "Pod" },
      { kind: "Pod", apiVersion: "v1", name: "nothing" },
      { kind: "Odd", name: "a" },
      { kind: "Pod", apiVersion: "v1", name: "amiss", uid: "1" },
      { kind: "Node", apiVersion: "v1", name: "a" },
    ];
    const specs: unknown[] = ["x", { expirationSeconds: "x" }, { expirationSeconds: 1.5 }, { audiences: "a" }];
    specs.push({ audiences: [1] }, null, ...bound.map((boundObjectRef) => ({ boundObjectRef })));
    const token = `${place}/serviceaccounts/default/token`;
    for (const spec of specs) yield post(token, { spec });
    for (const metadata of [{ name: "other" }, { namespace: "other" }, []]) yield post(token, { metadata });
    yield post(token, { apiVersion: "v1", kind: "Pod" });
    yield post(token, { status: "x" });
    yield put(`${deployments}/nothing/scale`, { spec: "x" });
    yield put(`${root("v1")}/namespaces/${namespace}/finalize`, { metadata: { name: "other" } });
    yield del(`${pods}/amiss?gracePeriodSeconds=0`);
  },
};

const options: Scenario = {
  name: "options amiss",
  *run() {
    const item = `${place}/configmaps/nothing`;
    const head = { kind: "DeleteOptions", apiVersion: "v1" };
    const bodies = [
      { gracePeriodSeconds: "x" },
      { ...head, preconditions: "x" },
      { ...head, preconditions: { uid: 1 } },
      { ...head, dryRun: "x" },
      { ...head, dryRun: [1] },
      { ...head, propagationPolicy: 1 },
      { kind: 1 },
      [],
      null,
      1,
      { ...head, orphanDependents: "x" },
      { ...head, apiVersion: "apps/v1" },
      { ...head, apiVersion: "a/b/c" },
      { kind: "Pod", apiVersion: "v1" },
      { ...head, unknown: 1 },
    ];
    for (const body of bodies) yield del(item, body);
    for (const query of ["gracePeriodSeconds=x", "propagationPolicy=x", "orphanDependents=x", "dryRun=x"])
      yield del(`${item}?${query}`);
    for (const query of ["dryRun=x", "fieldValidation=x", "fieldManager=%00"]) {
      yield post(`${place}/configmaps?${query}`, { metadata: { name: "nothing" } });
      yield put(`${item}?${query}`, { metadata: { name: "nothing" } });
      yield patch(`${item}?${query}`, "merge-patch", {});
    }
    for (const query of ["x", "-1", "99999999", "0"]) yield get(`${item}?resourceVersion=${query}`);
  },
};

const kinds: Scenario = {
  name: "kinds amiss",
  *run() {
    const elsewhere = [
      ["v1", "Service"],
      ["v1", "Deployment"],
      ["v1", "Pod"],
      ["apps/v1", "Pod"],
      ["batch/v1", "Job"],
      ["x/v1", "Job"],
      ["apps/v1beta1", "Deployment"],
      ["extensions/v1beta1", "Deployment"],
      ["autoscaling/v1", "Scale"],
    ];
    for (const [apiVersion, kind] of elsewhere) {
      yield post(deployments, { apiVersion, kind });
      yield put(`${deployments}/x/scale`, { apiVersion, kind });
    }
    for (const path of ["apiextensions.k8s.io/v1/customresourcedefinitions", "apiregistration.k8s.io/v1/apiservices"])
      yield post(`/apis/${path}`, { apiVersion: "v1", kind: "Pod" });
    yield post(`${place}/events`, { apiVersion: "events.k8s.io/v1", kind: "Event" });
    yield post(`/apis/events.k8s.io/v1/namespaces/${namespace}/events`, { apiVersion: "v1", kind: "Event" });
    yield post("/apis/authorization.k8s.io/v1/selfsubjectaccessreviews", { apiVersion: "v1", kind: "Pod" });
  },
};

export const amissScenarios: readonly Scenario[] = [merges, configurations, sent, options, kinds];
