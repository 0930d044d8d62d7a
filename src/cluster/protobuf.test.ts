import assert from "node:assert/strict";
import { test } from "node:test";
import { readProtobuf } from "./protobuf.ts";

/** One field of a message: texts and inner messages by their length, numbers as varints. */
function field(number: number, value: string | number | Buffer): Buffer {
  if (typeof value === "number") return Buffer.from([number * 8, value]);
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([number * 8 + 2, bytes.length]), bytes]);
}

const message = (...fields: Buffer[]): Buffer => Buffer.concat(fields);

function envelope(apiVersion: string, kind: string, object: Buffer): Buffer {
  const typeMeta = message(field(1, apiVersion), field(2, kind));
  const head = Buffer.from("k8s\0");
  const size = Buffer.from(object.length < 128 ? [object.length] : [(object.length & 0x7f) | 0x80, object.length >> 7]);
  return Buffer.concat([head, field(1, typeMeta), Buffer.from([2 * 8 + 2]), size, object]);
}

test("structs that JSON does not show are messages of their own", () => {
  // Ingress: IngressRule holds its http in an IngressRuleValue
  const path = message(field(1, "/"), field(3, "Prefix"));
  const rule = message(field(1, "a.example"), field(2, message(field(1, message(field(1, path))))));
  const ingress = message(field(1, field(1, "site")), field(2, field(3, rule)));
  assert.deepEqual(readProtobuf(envelope("networking.k8s.io/v1", "Ingress", ingress)), {
    apiVersion: "networking.k8s.io/v1",
    kind: "Ingress",
    metadata: { name: "site" },
    spec: { rules: [{ host: "a.example", http: { paths: [{ path: "/", pathType: "Prefix" }] } }] },
  });
  // Pod: a Volume's source, a probe's handler, the reference to a ConfigMap's key
  const volume = message(field(1, "v"), field(2, field(6, field(1, "keys"))));
  const reference = message(field(1, field(1, "settings")), field(2, "a"));
  const env = message(field(1, "A"), field(3, field(3, reference)));
  const probe = message(field(1, field(2, field(1, "/healthz"))), field(2, 5));
  const container = message(field(1, "c"), field(7, env), field(11, probe));
  const pod = message(field(1, field(1, "p")), field(2, message(field(1, volume), field(2, container))));
  assert.deepEqual(readProtobuf(envelope("v1", "Pod", pod))["spec"], {
    volumes: [{ name: "v", secret: { secretName: "keys" } }],
    containers: [
      {
        name: "c",
        env: [{ name: "A", valueFrom: { configMapKeyRef: { name: "settings", key: "a" } } }],
        readinessProbe: { httpGet: { path: "/healthz" }, initialDelaySeconds: 5 },
      },
    ],
  });
});
