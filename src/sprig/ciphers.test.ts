import assert from "node:assert/strict";
import { createCipheriv, createHash, createHmac, scryptSync } from "node:crypto";
import { test } from "node:test";
import { seededRandom } from "../base/index.ts";
import { decryptCbc, encryptCbc } from "./aes.ts";
import { hex, hmacSha256, sha1, sha256, sha512 } from "./hashes.ts";
import { scrypt } from "./scrypt.ts";

const random = seededRandom(11);

test("digests are Node's, around every block boundary", () => {
  for (const size of [0, 1, 3, 55, 56, 63, 64, 65, 111, 112, 119, 120, 127, 128, 129, 1000]) {
    const data = random.bytes(size);
    for (const [name, digest] of [
      ["sha1", sha1],
      ["sha256", sha256],
      ["sha512", sha512],
    ] as const) {
      assert.equal(hex(digest(data)), createHash(name).update(data).digest("hex"), `${name} of ${size} bytes`);
    }
    assert.equal(hex(hmacSha256(data, data)), createHmac("sha256", data).update(data).digest("hex"));
  }
});

test("AES-256-CBC is Node's, both ways", () => {
  for (const blocks of [1, 2, 7]) {
    const [key, iv, data] = [random.bytes(32), random.bytes(16), random.bytes(16 * blocks)];
    const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(false);
    const wanted = Buffer.concat([cipher.update(data), cipher.final()]);
    const got = encryptCbc(key, iv, data);
    assert.equal(hex(got), wanted.toString("hex"));
    assert.equal(hex(decryptCbc(key, iv, got)), hex(data));
  }
});

test("scrypt is Node's", () => {
  for (const [n, r, p] of [
    [16, 1, 1],
    [64, 8, 2],
    [1024, 3, 3],
  ] as const) {
    const [password, salt] = [random.bytes(9), random.bytes(17)];
    assert.equal(
      hex(scrypt(password, salt, n, r, p, 64)),
      scryptSync(password, salt, 64, { N: n, r, p }).toString("hex"),
    );
  }
});
