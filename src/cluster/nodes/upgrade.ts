/** Upgraded requests: exec, attach and port-forward of pods. */
import type { Duplex } from "node:stream";
import { messageOf } from "../../base/index.ts";
import type { Json, Obj } from "../controllers/object.ts";
import { kinds, type ControllerApi } from "../controllers/port.ts";
import { readRequest, type RequestInfo } from "../server/request.ts";
import type { ApiRequest } from "../server/respond.ts";
import { badRequest, notFound, StatusError, type Status } from "../status.ts";
import { execProtocols, serveExec } from "./exec.ts";
import { forwardProtocols, serveChannels, serveTunnel, tunnelProtocol } from "./port-forward.ts";
import { statusesOf } from "./logs.ts";
import { acceptWebSocket, chooseProtocol } from "./websocket.ts";

/**
 * Takes an upgraded connection over, when it is one of ours; answers false for any other.
 *
 * @param permit throws the refusal of a request whose sender may not do that
 */
export function upgrade(
  api: ControllerApi,
  request: ApiRequest,
  socket: Duplex,
  head: Buffer,
  permit: (info: RequestInfo) => void,
): boolean {
  const info = readRequest(request.method, request.path);
  const ours = ["exec", "attach", "portforward"].includes(info.subresource);
  if (!info.isResource || info.group !== "" || info.plural !== "pods" || !ours) return false;
  try {
    permit(info);
    const pod = api.get(kinds.pods, info.namespace, info.name);
    if (pod === undefined) throw notFound(kinds.pods, info.name);
    serve(request, info, pod, socket, head);
  } catch (error) {
    refuse(socket, error);
  }
  return true;
}

function serve(request: ApiRequest, info: RequestInfo, pod: Obj, socket: Duplex, head: Buffer): void {
  if ((request.headers["upgrade"] ?? "").toLowerCase() !== "websocket") {
    throw badRequest("only WebSocket upgrades are served by the embedded cluster");
  }
  const forward = info.subresource === "portforward";
  const container = forward ? undefined : containerOf(pod, info.query.get("container") ?? undefined);
  if (forward && pod.status?.phase !== "Running") {
    throw badRequest(`unable to forward port because pod is not running. Current status=${pod.status?.phase}`);
  }
  const spoken = forward ? forwardProtocols : execProtocols;
  const protocol = chooseProtocol(request.headers["sec-websocket-protocol"], spoken);
  if (protocol === undefined) throw badRequest(`unable to upgrade: none of ${spoken.join(", ")} was offered`);
  const connection = acceptWebSocket(request.headers, socket, head, protocol);
  if (connection === undefined) throw badRequest("unable to upgrade: the WebSocket handshake is not one of version 13");
  if (protocol === tunnelProtocol) return serveTunnel(connection, pod);
  if (forward) {
    const ports = info.query
      .getAll("ports")
      .flatMap((it) => it.split(","))
      .map(Number);
    return serveChannels(connection, pod, ports);
  }
  const on = (name: string) => ["1", "true"].includes(info.query.get(name) ?? "");
  serveExec(connection, pod, {
    container: container as string,
    command: info.query.getAll("command"),
    stdin: on("stdin"),
    tty: on("tty"),
  });
}

/** The container that is meant; it must run. */
function containerOf(pod: Obj, given: string | undefined): string {
  const { name } = pod.metadata;
  const list: Json[] = [
    ...(pod.spec.containers ?? []),
    ...(pod.spec.initContainers ?? []),
    ...(pod.spec.ephemeralContainers ?? []),
  ];
  const wanted =
    given ?? pod.metadata.annotations?.["kubectl.kubernetes.io/default-container"] ?? pod.spec.containers[0]?.name;
  if (!list.some((it) => it.name === wanted)) throw badRequest(`container ${wanted} is not valid for pod ${name}`);
  const phase = pod.status?.phase;
  if (phase === "Succeeded" || phase === "Failed") {
    throw badRequest(`cannot exec into a container in a completed pod; current phase is ${phase}`);
  }
  const status = statusesOf(pod).find((it) => it.name === wanted);
  if (status?.state?.running === undefined) throw badRequest(`container not found (${JSON.stringify(wanted)})`);
  return wanted;
}

/** A refusal before the upgrade is an ordinary answer with a Status. */
function refuse(socket: Duplex, error: unknown): void {
  const status: Status =
    error instanceof StatusError
      ? error.status
      : {
          kind: "Status",
          apiVersion: "v1",
          metadata: {},
          status: "Failure",
          message: messageOf(error),
          reason: "InternalError",
          code: 500,
        };
  const body = JSON.stringify(status);
  socket.end(
    [
      `HTTP/1.1 ${status.code ?? 500} ${status.reason ?? "Error"}`,
      "Content-Type: application/json",
      `Content-Length: ${Buffer.byteLength(body)}`,
      "Connection: close",
      "",
      body,
    ].join("\r\n"),
  );
}
