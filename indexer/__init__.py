"""How do passages become a directory that can be searched?"""

import os

# From 1.29 ONNX Runtime sends what it opens (hashes of the model, the system) to its makers unless this is set before
# it is imported, and nothing of this house imports it but this room. `disable_telemetry_events` comes too late.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"
