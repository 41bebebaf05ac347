"""zip_function.py ARCHITECTURE BOOTSTRAP ZIP: a zip for Lambda that depends on nothing but the binary's bytes.

Refuses a binary for another processor than ARCHITECTURE (arm64, x86_64): Lambda would find out at the first call.
"""

import pathlib
import struct
import sys
import zipfile

MACHINES = {"arm64": 183, "x86_64": 62}  # e_machine in the ELF header

architecture, bootstrap, target = sys.argv[1:]
binary = pathlib.Path(bootstrap).read_bytes()
if binary[:4] != b"\x7fELF" or struct.unpack_from("<H", binary, 18)[0] != MACHINES[architecture]:
    sys.exit(f"{bootstrap} is not a program for {architecture}: run sam build with Architecture={architecture}")
entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))  # the earliest that a zip knows
entry.create_system = 3  # Unix, so that the permissions below are read
entry.external_attr = 0o100755 << 16  # Lambda runs it
entry.compress_type = zipfile.ZIP_DEFLATED
with zipfile.ZipFile(target, "w") as archive:
    archive.writestr(entry, binary)
