# Stands in for a service on a real node: it answers as the service's contract (variable CONTRACT, JSON) says, counts what
# it was asked, and can be told to answer otherwise (tell.py). It ends gracefully: what it has begun to answer, it answers.
#
#   port       where it listens
#   routes     [{path, method?, status?, body?, type?, header?, without?, wrong?, accept?}]; a path may end with *
#   special    "sentiment" or "console": answers that no table can say
#   metrics    the path of its metrics in Prometheus' format
#   statsd     {to, samples}: sends these samples every second
#   exporter   true: a StatsD exporter, whose addresses are its arguments
import http.server
import json
import os
import pathlib
import signal
import socket
import sys
import threading
import time

contract = json.loads(os.environ["CONTRACT"])
told = {}
counts = {}
samples = {}
lock = threading.Lock()


class Handler(http.server.BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        path = self.path.split("?")[0]
        status, text, kind = route(self.command, path, self.headers, body)
        order = told.get(path) or told.get("*")
        if order:
            time.sleep(order.get("delay", 0))
            status, text = order.get("status", status), order.get("body", text)
        with lock:
            counts[(path, status)] = counts.get((path, status), 0) + 1
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    do_GET = do_POST = do_PUT = do_DELETE = do_HEAD = answer

    def log_message(self, *_):
        pass


def route(method, path, headers, body):
    if contract.get("exporter"):
        if path in ("/-/healthy", "/-/ready"):
            return 200, "ok", "text/plain"
        if path == "/metrics":
            return 200, "".join(f"{name} {value}\n" for name, value in sorted(samples.items())), "text/plain"
    if path == contract.get("metrics"):
        lines = [f'stand_in_requests_total{{path="{p}",status="{s}"}} {n}\n' for (p, s), n in sorted(counts.items())]
        return 200, "stand_in_up 1\n" + "".join(lines), "text/plain"
    special = {"sentiment": sentiment, "console": console}.get(contract.get("special"))
    found = special(method, path, headers, body) if special else None
    if found:
        return found
    for entry in contract.get("routes", []):
        pattern = entry["path"]
        if not (path == pattern or pattern.endswith("*") and path.startswith(pattern[:-1])):
            continue
        if entry.get("method", method) != method:
            return 405, "method", "text/plain"
        if entry.get("header"):
            given = headers.get(entry["header"])
            if given is None:
                return entry.get("without", 401), "{}", "application/json"
            if given != entry.get("accept"):
                return entry.get("wrong", 401), "{}", "application/json"
        return entry.get("status", 200), entry.get("body", ""), entry.get("type", "application/json")
    return 404, "not found", "text/plain"


def sentiment(method, path, headers, body):
    key = os.environ.get("MLOPS_API_KEY")
    if path.startswith("/api/v1/") and key and headers.get("X-API-Key") != key:
        return 401, '{"error_code":"E4001"}', "application/json"
    if path == "/api/v1/metrics":
        return 200, "sentiment_model_loaded 1\n", "text/plain"
    if path == "/api/v1/predict":
        try:
            text = json.loads(body)["text"].lower()
        except (ValueError, KeyError):
            return 422, '{"error_code":"E1001"}', "application/json"
        label = "NEGATIVE" if any(word in text for word in ("worst", "bad", "awful", "hate")) else "POSITIVE"
        return 200, json.dumps({"label": label, "score": 0.97, "model_name": "stand-in"}), "application/json"
    return None


def console(method, path, headers, body):
    if path == "/env.js":
        return 200, pathlib.Path("/etc/trufflebox/env.js").read_text(), "application/javascript"
    if path == "/healthz":
        return None
    if path.startswith("/static/"):
        return 404, "not found", "text/plain"
    return 200, '<html><script src="/env.js"></script><div id="root"></div></html>', "text/html"


class Orders(http.server.BaseHTTPRequestHandler):
    def do_POST(self):
        order = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        told.clear()
        told.update(order)
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_):
        pass


class Server(http.server.ThreadingHTTPServer):
    request_queue_size = 256
    # Ending waits for the threads that answer.
    daemon_threads = False
    block_on_close = True


def send_samples(statsd):
    host, port = statsd["to"].rsplit(":", 1)
    out = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    while True:
        for sample in statsd["samples"]:
            try:
                out.sendto(sample.encode(), (host, int(port)))
            except OSError:
                pass
        time.sleep(1)


def take_samples(address):
    host, port = address.rsplit(":", 1)
    source = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    source.bind((host or "0.0.0.0", int(port)))
    while True:
        line = source.recv(65536).decode()
        name = line.split(":")[0].replace(".", "_").replace("-", "_")
        samples[name] = samples.get(name, 0) + 1


def main(arguments):
    port = contract.get("port", 8000)
    if contract.get("exporter"):
        flags = dict(word.lstrip("-").split("=", 1) for word in arguments if "=" in word)
        port = int(flags["web.listen-address"].rsplit(":", 1)[1])
        threading.Thread(target=take_samples, args=(flags["statsd.listen-udp"],), daemon=True).start()
    else:
        orders = http.server.ThreadingHTTPServer(("127.0.0.1", 19000), Orders)
        threading.Thread(target=orders.serve_forever, daemon=True).start()
    if "statsd" in contract:
        threading.Thread(target=send_samples, args=(contract["statsd"],), daemon=True).start()
    server = Server(("0.0.0.0", port), Handler)
    ending = lambda *_: threading.Thread(target=server.shutdown, daemon=True).start()
    signal.signal(signal.SIGTERM, ending)
    signal.signal(signal.SIGINT, ending)
    print(f"listening on {port}", flush=True)
    server.serve_forever(poll_interval=0.05)
    server.server_close()
    print("ended gracefully", flush=True)


main(sys.argv[1:])
