import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, timingSafeEqual, verify } from "node:crypto";
import type { KeyObject } from "node:crypto";
import type { Clock } from "../base/index.ts";
import type { Caller } from "./core.ts";
import { keyOf } from "./objects.ts";
import type { Metadata, Store } from "./store.ts";

/** Who sends a request: the cluster's admin by token or certificate, or a service account by its token. */

export const admin: Caller = { name: "kubernetes-admin", groups: ["system:masters", "system:authenticated"] };
export const anonymous: Caller = { name: "system:anonymous", groups: ["system:unauthenticated"] };

export const issuer = "https://kubernetes.default.svc.cluster.local";

/** Service accounts' signing key: EC P-256, as PKCS#8 PEM. */
export function newSigningKey(): string {
  return generateKeyPairSync("ec", { namedCurve: "P-256" }).privateKey.export({
    type: "pkcs8",
    format: "pem",
  }) as string;
}

export interface TokenClaims {
  readonly aud: readonly string[];
  readonly exp: number;
  readonly iat: number;
  readonly iss: string;
  readonly jti: string;
  readonly nbf: number;
  readonly sub: string;
  readonly "kubernetes.io": {
    readonly namespace: string;
    readonly serviceaccount: { readonly name: string; readonly uid: string };
    readonly pod?: { readonly name: string; readonly uid: string };
    readonly secret?: { readonly name: string; readonly uid: string };
  };
}

const encode = (value: unknown): string => Buffer.from(JSON.stringify(value)).toString("base64url");

/** Signs and checks tokens, and knows the admin's. */
export class Authenticator {
  private readonly store: Store;
  private readonly clock: Clock;
  private readonly adminToken: Buffer;
  private readonly privateKey: KeyObject;
  private readonly publicKey: KeyObject;
  /** Tokens that were found good, with the time they end. */
  private readonly checked = new Map<string, { caller: Caller; claims: TokenClaims }>();

  constructor(store: Store, clock: Clock, adminToken: string, signingKey: string) {
    this.store = store;
    this.clock = clock;
    this.adminToken = Buffer.from(adminToken);
    this.privateKey = createPrivateKey(signingKey);
    this.publicKey = createPublicKey(this.privateKey);
  }

  /** The caller of a request; undefined when its credentials are wrong. Without any it is anonymous. */
  caller(
    headers: Readonly<Record<string, string>>,
    certificate?: { commonName: string; organizations: readonly string[] },
  ): Caller | undefined {
    const header = headers["authorization"];
    if (header === undefined || header === "") {
      if (certificate !== undefined) {
        return { name: certificate.commonName, groups: [...certificate.organizations, "system:authenticated"] };
      }
      return anonymous;
    }
    const match = /^bearer +(.+)$/i.exec(header);
    if (match === null) return anonymous;
    return this.token((match[1] as string).trim())?.caller;
  }

  /** The caller and claims of a token. */
  token(text: string): { caller: Caller; claims?: TokenClaims } | undefined {
    const given = Buffer.from(text);
    if (given.length === this.adminToken.length && timingSafeEqual(given, this.adminToken)) return { caller: admin };
    const known = this.checked.get(text) ?? this.verify(text);
    if (known === undefined) return undefined;
    const { claims } = known;
    const now = this.clock.now() / 1000;
    if (claims.exp <= now) {
      this.checked.delete(text);
      return undefined;
    }
    // a token ends with what it is bound to
    const { namespace, serviceaccount, pod, secret } = claims["kubernetes.io"];
    const account = this.store.get("/serviceaccounts", keyOf(namespace, serviceaccount.name));
    if (account?.metadata.uid !== serviceaccount.uid) return undefined;
    for (const [table, bound] of [
      ["/pods", pod],
      ["/secrets", secret],
    ] as const) {
      if (bound !== undefined && this.store.get(table, keyOf(namespace, bound.name))?.metadata.uid !== bound.uid)
        return undefined;
    }
    this.checked.set(text, known);
    return known;
  }

  private verify(text: string): { caller: Caller; claims: TokenClaims } | undefined {
    const [head, body, signature] = text.split(".");
    if (head === undefined || body === undefined || signature === undefined) return undefined;
    try {
      const good = verify(
        "sha256",
        Buffer.from(`${head}.${body}`),
        { key: this.publicKey, dsaEncoding: "ieee-p1363" },
        Buffer.from(signature, "base64url"),
      );
      if (!good) return undefined;
      const claims = JSON.parse(Buffer.from(body, "base64url").toString()) as TokenClaims;
      const { namespace, serviceaccount, pod } = claims["kubernetes.io"];
      const extra: Record<string, string[]> = {
        "authentication.kubernetes.io/credential-id": [`JTI=${claims.jti}`],
        ...(pod === undefined
          ? {}
          : { "authentication.kubernetes.io/pod-name": [pod.name], "authentication.kubernetes.io/pod-uid": [pod.uid] }),
      };
      return {
        claims,
        caller: {
          name: `system:serviceaccount:${namespace}:${serviceaccount.name}`,
          uid: serviceaccount.uid,
          groups: ["system:serviceaccounts", `system:serviceaccounts:${namespace}`, "system:authenticated"],
          extra,
        },
      };
    } catch {
      return undefined;
    }
  }

  /** A service account's token for a Secret: good for ten years, and no longer than both are there. */
  signFor(account: Metadata, secret: Metadata): string {
    const now = Math.floor(this.clock.now() / 1000);
    const namespace = account.namespace ?? "";
    return this.sign({
      aud: [issuer],
      exp: now + 10 * 365 * 86_400,
      iat: now,
      iss: issuer,
      jti: secret.uid ?? "",
      nbf: now,
      sub: `system:serviceaccount:${namespace}:${account.name}`,
      "kubernetes.io": {
        namespace,
        serviceaccount: { name: account.name, uid: account.uid ?? "" },
        secret: { name: secret.name, uid: secret.uid ?? "" },
      },
    });
  }

  sign(claims: TokenClaims): string {
    const text = `${encode({ alg: "ES256", kid: "slipway", typ: "JWT" })}.${encode(claims)}`;
    const signature = sign("sha256", Buffer.from(text), { key: this.privateKey, dsaEncoding: "ieee-p1363" });
    return `${text}.${signature.toString("base64url")}`;
  }
}
