import assert from "node:assert/strict";
import { test } from "node:test";
import { parse } from "../goyaml/index.ts";
import { addEntry, currentContext, hasContext, removeEntry } from "./kubeconfig-edit.ts";

const entry = { name: "slipway-dev", server: "https://127.0.0.1:6443", ca: "PEM", token: "secret" };

const indented = `# my clusters
apiVersion: v1
clusters:
  - cluster:
      server: https://prod.example # the real one
    name: prod
  # keep me
contexts:
  - name: prod
    context: {cluster: prod, user: admin}
current-context: "prod"   # careful
kind: Config
preferences: {}
users:
  - name: admin
    user:
      token: abc
# the end
`;

const files: Record<string, string> = {
  empty: "",
  kind: `apiVersion: v1
clusters:
- cluster:
    server: https://127.0.0.1:1
  name: kind-kind
contexts:
- context:
    cluster: kind-kind
    user: kind-kind
  name: kind-kind
current-context: kind-kind
kind: Config
users:
- name: kind-kind
  user:
    token: t
`,
  indented,
  "no entries": 'apiVersion: v1\nclusters: []\ncontexts: null\ncurrent-context: ""\nkind: Config\nusers:\n',
  flow: '{"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "x", "cluster": {"server": "https://x"}}], "contexts": [], "users": []}\n',
};

for (const [name, text] of Object.entries(files)) {
  test(`an entry goes in and out: ${name}`, () => {
    const before = currentContext(text);
    const added = addEntry(text, entry);
    assert.equal(currentContext(added), entry.name);
    assert.ok(hasContext(added, entry.name));
    // eslint-disable-next-line @typescript-eslint/no-explicit-any
    const data = JSON.parse(JSON.stringify(parse(added)));
    assert.deepEqual(
      data.clusters.find((item: { name: string }) => item.name === entry.name),
      { name: entry.name, cluster: { server: entry.server, "certificate-authority-data": btoa("PEM") } },
    );
    assert.deepEqual(data.users.find((item: { name: string }) => item.name === entry.name).user, { token: "secret" });
    // Again with another address: replaced, not doubled.
    const moved = addEntry(added, { ...entry, server: "https://127.0.0.1:7000" });
    assert.equal(moved.match(/name: slipway-dev/g)?.length, 3);
    const removed = removeEntry(moved, entry.name, before);
    assert.equal(currentContext(removed), before);
    assert.ok(!removed.includes("slipway-dev"));
    if (name === "kind") assert.equal(removed, text);
    if (name === "empty" || name === "no entries") assert.equal(removed, "");
    if (name === "indented") {
      for (const kept of ["# my clusters", "# the real one", "# keep me", "# careful", "# the end"]) {
        assert.ok(added.includes(kept) && removed.includes(kept), kept);
      }
      assert.equal(removed, text);
    }
  });
}

test("a context that somebody else made current stays so", () => {
  const added = addEntry(files["kind"] as string, entry);
  const switched = added.replace("current-context: slipway-dev", "current-context: kind-kind");
  assert.equal(currentContext(removeEntry(switched, entry.name, "gone")), "kind-kind");
  assert.equal(currentContext(removeEntry(added, entry.name, "gone")), "");
});

test("a file that is no kubeconfig is refused", () => {
  assert.throws(() => addEntry("- a\n- b\n", entry), /not a map/);
  assert.throws(() => addEntry("a: [", entry), /cannot be read/);
});
