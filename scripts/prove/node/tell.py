# python tell.py '{"/health": {"status": 500, "body": "…", "delay": 2}}': what the stand-in beside it answers from now on; {} as before.
import sys
import urllib.request

urllib.request.urlopen(urllib.request.Request("http://127.0.0.1:19000", data=sys.argv[1].encode(), method="POST"), timeout=10)
