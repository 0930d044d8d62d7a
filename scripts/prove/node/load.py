# python load.py URL SECONDS: asks without a pause from eight threads, each request on a connection of its own; prints counts as JSON.
import collections
import json
import sys
import threading
import time
import urllib.error
import urllib.request

url, seconds = sys.argv[1], float(sys.argv[2])
counts = collections.Counter()
end = time.monotonic() + seconds


def ask():
    while time.monotonic() < end:
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                answer.read()
                counts[str(answer.status)] += 1
        except urllib.error.HTTPError as error:
            counts[str(error.code)] += 1
        except OSError as error:
            counts[str(getattr(error, "reason", error))] += 1
        time.sleep(0.01)


threads = [threading.Thread(target=ask) for _ in range(8)]
for thread in threads:
    thread.start()
for thread in threads:
    thread.join()
print(json.dumps(counts), flush=True)
