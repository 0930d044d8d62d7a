import { ifThere, patiently, type Machinery } from "./machinery.ts";
import { millis } from "./object.ts";
import { kinds } from "./port.ts";

const lifetime = 3_600_000;
const sweep = 300_000;

/** Events live an hour after they were last seen, as with kube-apiserver's default --event-ttl. */
export function startEventExpiry(machinery: Machinery): void {
  const { api, clock } = machinery;
  let cancel = () => {};
  const run = () => {
    patiently(() => {
      const limit = clock.now() - lifetime;
      for (const event of api.list(kinds.events)) {
        const seen =
          millis(event["lastTimestamp"] ?? event["eventTime"]) ?? millis(event.metadata.creationTimestamp) ?? 0;
        if (seen < limit) ifThere(() => api.delete(kinds.events, event.metadata.namespace, event.metadata.name));
      }
    });
    cancel = clock.schedule(sweep, run);
  };
  cancel = clock.schedule(sweep, run);
  machinery.onStop(() => cancel());
}
