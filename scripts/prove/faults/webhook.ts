import { generateKeyPairSync, sign } from "node:crypto";
import type { IncomingMessage, ServerResponse } from "node:http";
import { createServer } from "node:https";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { makeCertificate, pem } from "../../../src/base/index.ts";
import type { KubeClient } from "../../../src/kube/index.ts";

/** A real validating webhook that allows everything, but for one call, which it never answers. */
export interface TimingOutWebhook {
  /** Lets the n-th call from now time out; none with 0. */
  arm(at: number): void;
  /** What the call was about that timed out. */
  readonly struck: string | undefined;
  /** Takes its registration away, then itself. */
  close(): Promise<void>;
}

const path = "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations";

/** Serves a webhook on loopback and registers it for everything that is written in a namespace. */
export async function openWebhook(client: KubeClient, namespace: string): Promise<TimingOutWebhook> {
  const { privateKey, publicKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
  const name = { commonName: "webhook" };
  const certificate = pem(
    "CERTIFICATE",
    makeCertificate(
      {
        serial: Uint8Array.of(1, 2, 3),
        issuer: name,
        subject: name,
        notBefore: Date.now() - 3_600_000,
        notAfter: Date.now() + 86_400_000,
        spki: publicKey.export({ type: "spki", format: "der" }),
        isCA: true,
        keyUsage: [0, 2, 5],
        serverAuth: true,
        addresses: [Uint8Array.of(127, 0, 0, 1)],
      },
      { algorithm: "ecdsa", sign: (data) => sign("sha256", data, privateKey) },
    ),
  );
  let left = 0;
  let struck: string | undefined;
  const key = privateKey.export({ type: "pkcs8", format: "pem" });
  const review = async (body: string): Promise<string | undefined> => {
    const { request } = JSON.parse(body) as {
      request: { uid: string; operation: string; name: string; kind: { kind: string } };
    };
    if (left > 0 && --left === 0) {
      struck = `${request.operation} ${request.kind.kind}/${request.name}`;
      return undefined;
    }
    const response = { uid: request.uid, allowed: true };
    return JSON.stringify({ apiVersion: "admission.k8s.io/v1", kind: "AdmissionReview", response });
  };
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const answer = await review(await text(request));
    // Without an answer the API server gives up after the webhook's timeout.
    if (answer === undefined) return;
    response.writeHead(200, { "content-type": "application/json" });
    response.end(answer);
  };
  const server = createServer({ cert: certificate, key }, (request, response) => {
    serve(request, response).catch(() => response.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const { port } = server.address() as AddressInfo;
  await client.json({
    method: "POST",
    path,
    body: {
      apiVersion: "admissionregistration.k8s.io/v1",
      kind: "ValidatingWebhookConfiguration",
      metadata: { name: `faults-${port}` },
      webhooks: [
        {
          name: "check.example.com",
          clientConfig: {
            url: `https://127.0.0.1:${port}/`,
            caBundle: Buffer.from(certificate).toString("base64"),
          },
          rules: [
            { apiGroups: ["*"], apiVersions: ["*"], operations: ["CREATE", "UPDATE", "DELETE"], resources: ["*"] },
          ],
          namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": namespace } },
          failurePolicy: "Fail",
          sideEffects: "None",
          timeoutSeconds: 1,
          admissionReviewVersions: ["v1"],
          // Records and leases are written in peace: their loss is what the other faults are about.
          objectSelector: { matchExpressions: [{ key: "owner", operator: "NotIn", values: ["helm"] }] },
        },
      ],
    },
  });
  return {
    arm(at) {
      left = at;
      struck = undefined;
    },
    get struck() {
      return struck;
    },
    async close() {
      await client.json({ method: "DELETE", path: `${path}/faults-${port}` });
      server.closeAllConnections();
      server.close();
    },
  };
}
