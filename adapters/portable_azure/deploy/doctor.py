"""The script that loads a bundle as Azure's worker does. It runs in a clean process, in the bundle's folder."""

from __future__ import annotations

SCRIPT = """
import json, os, sys
root = os.getcwd()
sys.path[:] = [path for path in sys.path if path not in ("", root)]
sys.path.insert(0, os.path.join(root, ".python_packages", "lib", "site-packages"))
sys.path.append(root)
import function_app
from azure.functions import FunctionRegister
apps = [value for value in vars(function_app).values() if isinstance(value, FunctionRegister)]
if len(apps) != 1:
    sys.exit(f"function_app.py has {len(apps)} function apps, but the worker needs exactly one")
found = []
for function in apps[0].get_functions():
    trigger = next(b for b in json.loads(function.get_function_json())["bindings"] if b["type"].endswith("Trigger"))
    found.append(f"{function.get_function_name()} ({trigger['type']})")
print("function_app.py loads: " + ", ".join(found))
"""
"""Does what the worker does at its start: dependencies first on the path, the app's folder last, then indexing
(azure-functions-python-worker, DependencyManager and loader.index_function_app)."""
