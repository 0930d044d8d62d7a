# In the place of uvicorn: `python -m uvicorn …` starts the stand-in.
import os
import sys

os.execv(sys.executable, [sys.executable, "/app/stand-in.py"])
