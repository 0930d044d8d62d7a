# Passes the service's metrics on at :9091/metrics, for a Prometheus, which cannot send the API key that the service wants.
import urllib.error
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path


def fetch():
    headers = {}
    for file in (Path("/run/mlops/api-key"), Path("/vault/secrets/api-key")):
        if file.is_file():
            headers["X-API-Key"] = file.read_text().strip()
    request = urllib.request.Request("http://127.0.0.1:8000/api/v1/metrics", headers=headers)
    with urllib.request.urlopen(request, timeout=8) as answer:
        return 200, answer.headers.get("Content-Type", "text/plain; version=0.0.4"), answer.read()


class Handler(BaseHTTPRequestHandler):
    def do_GET(self):
        try:
            if self.path == "/metrics":
                status, kind, body = fetch()
            elif self.path == "/healthz":
                status, kind, body = 200, "text/plain", b"ok\n"
            else:
                status, kind, body = 404, "text/plain", b"only /metrics is here\n"
        except (urllib.error.URLError, OSError) as error:
            status, kind, body = 502, "text/plain", f"{error}\n".encode()
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


ThreadingHTTPServer(("", 9091), Handler).serve_forever()
