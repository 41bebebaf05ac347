"""zip_function.py BOOTSTRAP ZIP: a zip for Lambda that depends on nothing but the binary's bytes."""

import pathlib
import sys
import zipfile

bootstrap, target = sys.argv[1:]
entry = zipfile.ZipInfo("bootstrap", date_time=(1980, 1, 1, 0, 0, 0))  # the earliest that a zip knows
entry.create_system = 3  # Unix, so that the permissions below are read
entry.external_attr = 0o100755 << 16  # Lambda runs it
entry.compress_type = zipfile.ZIP_DEFLATED
with zipfile.ZipFile(target, "w") as archive:
    archive.writestr(entry, pathlib.Path(bootstrap).read_bytes())
