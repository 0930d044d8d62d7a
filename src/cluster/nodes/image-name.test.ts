import assert from "node:assert/strict";
import { test } from "node:test";
import { imageNameProblem } from "./image-name.ts";

test("names of images are read as distribution/reference reads them", () => {
  const hash = "a".repeat(64);
  const bad = "invalid reference format";
  const cases: [string, string | undefined][] = [
    ["nginx", undefined],
    ["nginx:1.27", undefined],
    ["a__b/c--d.e:V_1", undefined],
    ["localhost/x", undefined],
    ["Registry.example.com:5000/x/y:1", undefined],
    ["[::1]:5000/x", undefined],
    [`x@sha256:${hash}`, undefined],
    [`x:1@sha256:${hash}`, undefined],
    ["", bad],
    ["x:", bad],
    ["x:{{ tag }}", bad],
    ["x y", bad],
    ["a___b", bad],
    ["/x", bad],
    ["x//y", bad],
    ["x/", bad],
    ["https://example.com/x", bad],
    ["x@sha256:abc", bad],
    ["Nginx", "invalid reference format: repository name (library/Nginx) must be lowercase"],
    ["ex.com/Foo:1", "invalid reference format: repository name (Foo) must be lowercase"],
    ["A_b.c/x", "repository name must be lowercase"],
    [hash, `invalid repository name (${hash}), cannot specify 64-byte hexadecimal strings`],
    [`x@sha256:${hash.slice(1)}`, "invalid checksum digest length"],
    [`x@sha256:${hash.toUpperCase()}`, "invalid checksum digest format"],
    [`x@md5:${hash.slice(32)}`, "unsupported digest algorithm"],
    ["x".repeat(300), "repository name must not be more than 255 characters"],
  ];
  for (const [name, problem] of cases) assert.equal(imageNameProblem(name), problem, name);
});
