"""Whether a check reports the damage that it is there for."""


def seen(name, expected, faults, alone=True):
    """True if the faults hold what is expected and, with `alone`, nothing else."""
    wanted = all if alone else any
    if faults and wanted(expected in fault for fault in faults):
        print(f"seen   {name}: {faults[0]}")
        return True
    print(f"UNSEEN {name}: expected {expected!r}, got {faults}")
    return False
