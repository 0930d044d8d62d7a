import type { Loose } from "../strategy.ts";
import { forbiddenCause, invalidValue, nonNegative, oneOf, portNumOrName, portNumber, required } from "./common.ts";
import type { Out } from "./common.ts";

/** Probes and lifecycle handlers of containers. */

function httpGet(action: Loose, path: string, out: Out): void {
  if (!action.path) out.push(required(`${path}.path`));
  portNumOrName(action.port ?? 0, `${path}.port`, out);
  oneOf(action.scheme, ["HTTP", "HTTPS"], `${path}.scheme`, out);
  for (const header of action.httpHeaders ?? []) {
    if (!/^[-A-Za-z0-9]+$/.test(header.name ?? "")) {
      out.push(
        invalidValue(
          `${path}.httpHeaders`,
          header.name ?? "",
          "a valid HTTP header must consist of alphanumeric characters or '-' (e.g. 'X-Header-Name', regex used for validation is '[-A-Za-z0-9]+')",
        ),
      );
    }
  }
}

/** Exactly one handler. */
export function handler(probe: Loose, path: string, out: Out, grace: number | undefined): void {
  let count = 0;
  const more = (kind: string): boolean => {
    if (count > 0) {
      out.push(forbiddenCause(`${path}.${kind}`, "may not specify more than 1 handler type"));
      return false;
    }
    count++;
    return true;
  };
  if (probe.exec !== undefined && more("exec") && (probe.exec.command ?? []).length === 0)
    out.push(required(`${path}.exec.command`));
  if (probe.httpGet !== undefined && more("httpGet")) httpGet(probe.httpGet, `${path}.httpGet`, out);
  if (probe.tcpSocket !== undefined && more("tcpSocket"))
    portNumOrName(probe.tcpSocket.port ?? 0, `${path}.tcpSocket.port`, out);
  if (probe.grpc !== undefined && grace === undefined && more("grpc"))
    portNumber(probe.grpc.port ?? 0, `${path}.grpc.port`, out);
  if (probe.sleep !== undefined && grace !== undefined && more("sleep")) {
    const seconds = probe.sleep.seconds ?? 0;
    if (seconds < 0 || seconds > grace) {
      out.push(
        invalidValue(
          `${path}.sleep`,
          seconds,
          `must be non-negative and less than terminationGracePeriodSeconds (${grace})`,
        ),
      );
    }
  }
  if (count === 0) out.push(required(path, "must specify a handler type"));
}

/** A probe: one handler, and times that make sense for its kind. */
export function probe(
  value: Loose,
  path: string,
  kind: "livenessProbe" | "readinessProbe" | "startupProbe",
  out: Out,
): void {
  if (value === undefined) return;
  handler(value, path, out, undefined);
  for (const field of [
    "initialDelaySeconds",
    "timeoutSeconds",
    "periodSeconds",
    "successThreshold",
    "failureThreshold",
  ]) {
    nonNegative(value[field], `${path}.${field}`, out);
  }
  if (value.terminationGracePeriodSeconds !== undefined && value.terminationGracePeriodSeconds <= 0) {
    out.push(
      invalidValue(
        `${path}.terminationGracePeriodSeconds`,
        value.terminationGracePeriodSeconds,
        "must be greater than 0",
      ),
    );
  }
  if (kind === "readinessProbe") {
    if (value.terminationGracePeriodSeconds !== undefined) {
      out.push(
        invalidValue(
          `${path}.terminationGracePeriodSeconds`,
          value.terminationGracePeriodSeconds,
          "must not be set for readinessProbes",
        ),
      );
    }
  } else if (value.successThreshold !== 1)
    out.push(invalidValue(`${path}.successThreshold`, value.successThreshold, "must be 1"));
}
