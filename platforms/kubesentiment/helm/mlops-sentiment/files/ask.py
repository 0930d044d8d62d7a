# A probe: python ask.py PATH SECONDS asks the service beside it with its API key, and fails unless it answers 2xx in time.
import sys
import urllib.request
from pathlib import Path

path, seconds = sys.argv[1], float(sys.argv[2])
headers = {}
for file in (Path("/run/mlops/api-key"), Path("/vault/secrets/api-key")):
    if file.is_file():
        headers["X-API-Key"] = file.read_text().strip()
urllib.request.urlopen(urllib.request.Request(f"http://127.0.0.1:8000{path}", headers=headers), timeout=seconds).read()
