"""zip_function.py ARCHITECTURE BOOTSTRAP ZIP: makes a zip for Lambda, the same for the same binary.

Refuses a binary for another processor than ARCHITECTURE (arm64, x86_64): Lambda would fail at the first call only.
"""

import pathlib
import struct
import sys
import zipfile

MACHINES = {"arm64": 183, "x86_64": 62}  # e_machine in the ELF header

architecture, bootstrap, target = sys.argv[1:]
binary = pathlib.Path(bootstrap).read_bytes()
if binary[:4] != b"\x7fELF" or struct.unpack_from("<H", binary, 18)[0] != MACHINES[architecture]:
    sys.exit(f"{bootstrap} is not an executable for {architecture}: run sam build with Architecture={architecture}")
entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))  # the earliest time that a zip can hold
entry.create_system = 3  # Unix, or the permissions below are ignored
entry.external_attr = 0o100755 << 16  # Lambda runs it
entry.compress_type = zipfile.ZIP_DEFLATED
with zipfile.ZipFile(target, "w") as archive:
    archive.writestr(entry, binary)
