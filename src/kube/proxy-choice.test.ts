import assert from "node:assert/strict";
import { test } from "node:test";
import { proxyFor } from "./proxy-choice.ts";

test("NO_PROXY names hosts, domains, addresses and networks, with ports or without, as Go's net/http reads it", async () => {
  for (const [noProxy, server, through] of [
    ["", "https://k8s.example", true],
    ["*", "https://k8s.example", false],
    ["k8s.example", "https://k8s.example", false],
    ["k8s.example", "https://a.k8s.example", false],
    ["s.example", "https://k8s.example", true],
    [".k8s.example", "https://k8s.example", true],
    [".k8s.example", "https://a.k8s.example", false],
    ["*.k8s.example", "https://a.k8s.example", false],
    ["K8S.Example", "https://k8s.EXAMPLE", false],
    ["other, k8s.example:6443", "https://k8s.example:6443", false],
    ["k8s.example:6443", "https://k8s.example", true],
    ["k8s.example:443", "https://k8s.example", false],
    ["192.0.2.0/24", "https://192.0.2.7:6443", false],
    ["192.0.2.0/24", "https://192.0.3.7:6443", true],
    ["192.0.2.7", "https://192.0.2.7", false],
    ["192.0.2.0/64", "https://192.0.2.7", true],
    ["2001:db8::/129,192.0.2.0/24", "https://192.0.2.7", false],
    ["2.7", "https://192.0.2.7", true],
    ["2001:db8::/32", "https://[2001:db8::1]", false],
    ["2001:db8::1", "https://[2001:db8::1]", false],
    ["[2001:db8::1]:443", "https://[2001:db8::1]", false],
    ["", "https://localhost:6443", false],
    ["", "https://127.0.0.9", false],
    ["", "https://[::1]", false],
  ] as const) {
    const chosen = await proxyFor({}, new URL(server), { HTTPS_PROXY: "proxy:3128", NO_PROXY: noProxy });
    assert.equal(chosen?.href, through ? "http://proxy:3128/" : undefined, `NO_PROXY=${noProxy} ${server}`);
  }
});

test("the proxy is the kubeconfig's, else that of the server's scheme, in lower case first", async () => {
  const [server, plain] = [new URL("https://k8s.example"), new URL("http://k8s.example")];
  const env = { HTTPS_PROXY: "", https_proxy: "http://s:1", HTTP_PROXY: "http://p:2" };
  assert.equal((await proxyFor({}, server, env))?.host, "s:1");
  assert.equal((await proxyFor({}, server, { https_proxy: "", HTTPS_PROXY: "socks5://t:3" }))?.protocol, "socks5:");
  assert.equal((await proxyFor({}, plain, env))?.host, "p:2");
  const named = { "proxy-url": "http://own:9" };
  assert.equal((await proxyFor(named, new URL("https://127.0.0.1"), { NO_PROXY: "*" }))?.host, "own:9");
  // As Go reads addresses: what escapes nothing is none, which a kubeconfig is refused for.
  assert.equal(await proxyFor({}, server, { HTTPS_PROXY: "http://u:100%@proxy" }), undefined);
  assert.equal((await proxyFor({}, server, { HTTPS_PROXY: "http://u:100%25@proxy" }))?.host, "proxy");
  await assert.rejects(proxyFor({ "proxy-url": "socks5://u:100%@proxy" }, server, {}), /could not parse: socks5/);
});
