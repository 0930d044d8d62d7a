import { ifThere, type Machinery } from "./machinery.ts";
import { keyOf, type Obj } from "./object.ts";
import { kinds } from "./port.ts";

const nameAnnotation = "kubernetes.io/service-account.name";
const uidAnnotation = "kubernetes.io/service-account.uid";
const tokenType = "kubernetes.io/service-account-token";

/** A token for a service account, bound to the Secret that carries it. */
export type IssueToken = (account: Obj, secret: Obj) => string;

/**
 * Fills Secrets of type kubernetes.io/service-account-token with a token, the root certificate and the namespace; one whose
 * account is gone goes too, as the token controller has it.
 */
export function startTokens(machinery: Machinery, caBundle: string, issue: IssueToken): void {
  const { api } = machinery;
  const secrets = machinery.informer(kinds.secrets);
  const accounts = machinery.informer(kinds.serviceAccounts);
  const accountOf = (secret: Obj) => `${secret.metadata.namespace}/${secret.metadata.annotations?.[nameAnnotation]}`;
  const queue = machinery.queue("token-controller", (key) => {
    const secret = secrets.get(key);
    if (secret === undefined || secret["type"] !== tokenType || secret.metadata.deletionTimestamp !== undefined) return;
    const account = accounts.get(accountOf(secret));
    const uid = secret.metadata.annotations?.[uidAnnotation];
    if (account === undefined || (uid !== undefined && uid !== account.metadata.uid)) {
      // Only a Secret that once belonged to an account goes with it; a new one may be early.
      if (uid !== undefined) ifThere(() => api.delete(kinds.secrets, secret.metadata.namespace, secret.metadata.name));
      return;
    }
    const ca = btoa(caBundle);
    if (secret.data?.token !== undefined && secret.data["ca.crt"] === ca && uid !== undefined) return;
    const annotations = { ...secret.metadata.annotations, [uidAnnotation]: account.metadata.uid ?? "" };
    const token: string = secret.data?.token ?? btoa(issue(account, secret));
    const data = { ...secret.data, token, "ca.crt": ca, namespace: btoa(secret.metadata.namespace ?? "") };
    ifThere(() => api.update(kinds.secrets, { ...secret, metadata: { ...secret.metadata, annotations }, data }));
  });
  secrets.on(({ type, object }) => {
    if (type !== "DELETED" && object["type"] === tokenType) queue.add(keyOf(object));
  });
  accounts.on(({ object }) => {
    for (const secret of secrets.list(object.metadata.namespace)) {
      if (secret["type"] === tokenType && accountOf(secret) === keyOf(object)) queue.add(keyOf(secret));
    }
  });
}
