import assert from "node:assert/strict";
import { test } from "node:test";
import type { KubeObject } from "../manifest/index.ts";
import type { FirstSight } from "./container-trouble.ts";
import { diagnose, type EventNote } from "./reasons.ts";

const now = Date.parse("2026-01-01T00:10:00Z");
const web: KubeObject = { apiVersion: "apps/v1", kind: "Deployment", metadata: { name: "web" } };

function podWith(status: object, more: object = {}): KubeObject {
  return { apiVersion: "v1", kind: "Pod", metadata: { name: "web-1", namespace: "a" }, status, ...more };
}
const inState = (state: object, more: object = {}) =>
  podWith({
    containerStatuses: [{ name: "app", image: "ghcr.io/x/app:v1", restartCount: 0, ready: false, state, ...more }],
  });
const event = (reason: string, message: string, kind = "Pod", name = "web-1"): EventNote => ({
  kind,
  name,
  type: "Warning",
  reason,
  message,
  seen: now,
});

// The words are those of kubelets and containerd on real nodes, which differ from version to version.
const notFound =
  'rpc error: code = NotFound desc = failed to pull and unpack image "ghcr.io/x/app:v1": failed to resolve reference "ghcr.io/x/app:v1": ghcr.io/x/app:v1: not found';
const cases: [name: string, pod: KubeObject, events: EventNote[], first: string][] = [
  [
    "what containerd says of an image, without what stands before it",
    inState({ waiting: { reason: "ErrImagePull", message: notFound } }),
    [],
    'pod web-1: container app: cannot pull image "ghcr.io/x/app:v1": failed to resolve reference "ghcr.io/x/app:v1": ghcr.io/x/app:v1: not found',
  ],
  [
    "a back-off that says nothing itself: its event does",
    inState({ waiting: { reason: "ImagePullBackOff", message: 'Back-off pulling image "ghcr.io/x/app:v1"' } }),
    [
      event("Failed", `Failed to pull image "ghcr.io/x/app:v1": ${notFound}`),
      event("Failed", "Error: ImagePullBackOff"),
    ],
    'pod web-1: container app: cannot pull image "ghcr.io/x/app:v1": failed to resolve reference "ghcr.io/x/app:v1": ghcr.io/x/app:v1: not found',
  ],
  [
    "a pull secret that is missing is named where the registry refuses",
    inState({ waiting: { reason: "ErrImagePull", message: "failed to authorize: 401 Unauthorized" } }),
    [
      event(
        "FailedToRetrieveImagePullSecret",
        "Unable to retrieve some image pull secrets (regcred); attempting to pull the image may not succeed.",
      ),
    ],
    'pod web-1: container app: cannot pull image "ghcr.io/x/app:v1": failed to authorize: 401 Unauthorized (Unable to retrieve some image pull secrets (regcred))',
  ],
  [
    "a command that is not there",
    inState(
      { waiting: { reason: "CrashLoopBackOff", message: "back-off 20s restarting failed container" } },
      {
        restartCount: 2,
        lastState: {
          terminated: {
            exitCode: 128,
            reason: "StartError",
            message: 'failed to create containerd task: exec: "serve": executable file not found in $PATH',
          },
        },
      },
    ),
    [],
    'pod web-1: container app: keeps crashing (2 restarts), last: StartError (exit code 128): failed to create containerd task: exec: "serve": executable file not found in $PATH',
  ],
  [
    "a container that its liveness probe killed",
    inState(
      { waiting: { reason: "CrashLoopBackOff" } },
      { restartCount: 4, lastState: { terminated: { exitCode: 137, reason: "Error" } } },
    ),
    [event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503")],
    "pod web-1: container app: keeps crashing (4 restarts), last: exit code 137 after Liveness probe failed: HTTP probe failed with statuscode: 503",
  ],
  [
    "one that had no memory left was not killed by its probe",
    inState(
      { waiting: { reason: "CrashLoopBackOff" } },
      { restartCount: 4, lastState: { terminated: { exitCode: 137, reason: "OOMKilled" } } },
    ),
    [event("Unhealthy", "Liveness probe failed: HTTP probe failed with statuscode: 503")],
    "pod web-1: container app: keeps crashing (4 restarts), last: OOMKilled (exit code 137)",
  ],
  [
    "a pod that was evicted",
    podWith({ phase: "Failed", reason: "Evicted", message: "The node was low on resource: ephemeral-storage." }),
    [],
    "pod web-1: Evicted: The node was low on resource: ephemeral-storage.",
  ],
];

for (const [name, pod, events, first] of cases)
  test(`reasons: ${name}`, () => assert.equal(diagnose({ object: web, pods: [pod], events }, now).reasons[0], first));

test("an object that is being deleted says what keeps it; a custom resource its condition's reason where there are no words", () => {
  const metadata = { name: "x", deletionTimestamp: "2026-01-01T00:00:00Z", finalizers: ["example.com/hold"] };
  assert.deepEqual(diagnose({ object: { ...web, metadata }, pods: [], events: [] }, now).reasons, [
    "is being deleted, and kept by example.com/hold",
  ]);
  const conditions = [{ type: "Ready", status: "False", reason: "PredictorNotReady", message: "" }];
  const object = {
    apiVersion: "serving.kserve.io/v1beta1",
    kind: "InferenceService",
    metadata: { name: "x" },
    status: { conditions },
  };
  assert.deepEqual(diagnose({ object, pods: [], events: [] }, now).reasons, ["PredictorNotReady"]);
});

test("an image is given up after a second try where the registry refuses it, after four where it may be back", () => {
  const backOff = (message: string) => inState({ waiting: { reason: "ImagePullBackOff", message } });
  for (const [message, patience] of [
    ["ghcr.io/x/app:v1: not found", 8],
    ["pull access denied, repository does not exist", 8],
    ["no match for platform in manifest", 8],
    ["dial tcp: lookup ghcr.io: i/o timeout", 120],
    ["toomanyrequests: retry-after: 123", 120],
    ["received unexpected HTTP status: 503 Service Unavailable", 120],
  ] as const) {
    const seen = new Map<string, FirstSight>();
    const after = (seconds: number) =>
      diagnose({ object: web, pods: [backOff(message)], events: [] }, now + seconds * 1000, seen).hopeless;
    assert.equal(after(0), undefined, message);
    assert.equal(after(patience - 1), undefined, message);
    assert.match(after(patience) ?? "", /cannot pull image/, message);
  }
});
