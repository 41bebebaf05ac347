"""glibc.py BINARY VERSION: fails if a Linux program needs a newer glibc than VERSION, such as 2.28.

The loader refuses a program if glibc lacks a symbol version that it requires. The ELF section of type SHT_GNU_verneed lists
them: https://refspecs.linuxfoundation.org/LSB_5.0.0/LSB-Core-generic/LSB-Core-generic/symversion.html
"""

import pathlib
import re
import struct
import sys

SHT_GNU_VERNEED = 0x6FFFFFFE


def sections(elf):
    """Type, offset, link and number of entries of each section. Only 64-bit little-endian programs are released."""
    if elf[:6] != b"\x7fELF\x02\x01":
        raise ValueError("not a 64-bit little-endian ELF file")
    [start] = struct.unpack_from("<Q", elf, 0x28)
    size, count = struct.unpack_from("<HH", elf, 0x3A)
    for n in range(count):
        _, kind, _, _, offset, _, link, entries = struct.unpack_from("<IIQQQQII", elf, start + n * size)
        yield kind, offset, link, entries


def needed(elf):
    """Names of the symbol versions that the program requires of libraries."""
    found = list(sections(elf))
    for kind, offset, link, entries in found:
        if kind == SHT_GNU_VERNEED:
            strings = found[link][1]
            for _ in range(entries):
                _, versions, _, first, following = struct.unpack_from("<HHIII", elf, offset)
                version = offset + first
                for _ in range(versions):
                    _, _, _, name, next_version = struct.unpack_from("<IHHII", elf, version)
                    yield elf[strings + name : elf.index(b"\0", strings + name)].decode()
                    version += next_version
                offset += following


def number(version):
    return tuple(int(part) for part in version.split("."))


def main():
    path, most = sys.argv[1:]
    try:
        names = set(needed(pathlib.Path(path).read_bytes()))
    except (ValueError, struct.error) as error:
        sys.exit(f"{path}: {error}")
    glibc = {name for name in names if name.startswith("GLIBC_")}
    versions = [match[1] for name in glibc if (match := re.fullmatch(r"GLIBC_([0-9.]+)", name))]
    if others := sorted(name for name in glibc if not re.fullmatch(r"GLIBC_[0-9.]+", name)):
        # GLIBC_ABI_DT_RELR came with 2.36, and GLIBC_PRIVATE changes with every release.
        sys.exit(f"{path} needs {', '.join(others)}, which glibc {most} may lack: link it without them")
    if not versions:
        sys.exit(f"{path} requires no version of glibc: it was not linked for glibc {most}")
    highest = max(versions, key=number)
    if number(highest) > number(most):
        sys.exit(f"{path} needs glibc {highest}, but must run with {most}")
    print(f"{path} needs glibc {highest} and must run with {most}")


main()
