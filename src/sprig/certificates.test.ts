import assert from "node:assert/strict";
import { createPrivateKey, createPublicKey, X509Certificate } from "node:crypto";
import { before, test } from "node:test";
import { isSlipwayError, seededRandom } from "../base/index.ts";
import { loadFamilies } from "./index.ts";
import { nodeKeys } from "./node.ts";
import { render } from "./testing.ts";

before(() => loadFamilies(["keys", "versions"]));

/** The PEM texts that a template prints, split at bars. */
const parts = (template: string, seed = 1): string[] =>
  render(template, { keys: nodeKeys, random: seededRandom(seed), seeded: true }).split("|");

test("a chain verifies: the CA signs the leaf, the keys fit, names and days are as asked", () => {
  const [caText, caKey, leafText, leafKey] = parts(
    `{{ $ca := genCA "my ca" 365 }}{{ $c := genSignedCert "leaf.example" (list "10.0.0.1" "::1") (list "leaf.example" "*.leaf") 10 $ca }}` +
      `{{ $ca.Cert }}|{{ $ca.Key }}|{{ $c.Cert }}|{{ $c.Key }}`,
  ) as [string, string, string, string];
  const ca = new X509Certificate(caText);
  const leaf = new X509Certificate(leafText);
  assert.ok(ca.ca && !leaf.ca);
  assert.ok(ca.verify(ca.publicKey) && leaf.verify(ca.publicKey) && leaf.checkIssued(ca));
  assert.ok(ca.checkPrivateKey(createPrivateKey(caKey)) && leaf.checkPrivateKey(createPrivateKey(leafKey)));
  assert.equal(leaf.issuer, "CN=my ca");
  assert.equal(leaf.subjectAltName, "DNS:leaf.example, DNS:*.leaf, IP Address:10.0.0.1, IP Address:0:0:0:0:0:0:0:1");
  assert.equal(leaf.validFrom, "Jun  1 12:00:00 2024 GMT");
  assert.equal(leaf.validTo, "Jun 11 12:00:00 2024 GMT");
});

test("every kind of key signs itself, and is printed in its traditional form", () => {
  for (const [type, label] of [
    ["ecdsa", "EC PRIVATE KEY"],
    ["ed25519", "PRIVATE KEY"],
  ]) {
    const [cert, key, given] = parts(
      `{{ $k := genPrivateKey "${type}" }}{{ $c := genSelfSignedCertWithKey "x" nil nil 1 $k }}{{ $c.Cert }}|{{ $c.Key }}|{{ $k }}`,
    ) as [string, string, string];
    assert.ok(key.startsWith(`-----BEGIN ${label}-----\n`));
    assert.equal(key, given);
    assert.ok(new X509Certificate(cert).verify(createPublicKey(key)));
  }
});

test("with a seed all keys are derived from it", () => {
  for (const type of ["rsa", "ecdsa", "ed25519"]) {
    // genPrivateKey makes rsa keys of 4096 bits, which takes seconds; genCA's have 2048.
    const call = type === "rsa" ? `(genCA "x" 1).Key` : `genPrivateKey "${type}"`;
    const key = (seed: number) => parts(`{{ ${call} }}`, seed)[0] as string;
    assert.equal(key(3), key(3), type);
    assert.notEqual(key(3), key(4), type);
    assert.equal(createPrivateKey(key(3)).asymmetricKeyType, type === "ecdsa" ? "ec" : type);
  }
  assert.equal(parts(`{{ (genCA "x" 1).Cert }}`, 5)[0], parts(`{{ (genCA "x" 1).Cert }}`, 5)[0]);
});

test("without a key port the function says so", () => {
  const noKeys = (error: unknown): boolean => {
    for (let at = error; at instanceof Error; at = at.cause) if (isSlipwayError(at, "sprig.no-keys")) return true;
    return false;
  };
  assert.throws(() => render(`{{ genCA "x" 1 }}`), noKeys);
  assert.throws(
    () => render(`{{ genCA "x" 1 }}`),
    /genCA needs keys and signatures, which this environment does not offer/,
  );
  assert.equal(render(`{{ genPrivateKey "x" }}`), "Unknown type x");
});

test("a certificate's key must be the one in it", () => {
  const [cert, key] = parts(`{{ $ca := genCA "a" 1 }}{{ $ca.Cert | b64enc }}|{{ (genCA "b" 1).Key | b64enc }}`);
  assert.throws(
    () => parts(`{{ genSignedCert "x" nil nil 1 (buildCustomCert "${cert}" "${key}") }}`),
    /error creating certificate: x509: provided PrivateKey doesn't match parent's PublicKey/,
  );
});
