"""units.py DIRECTORY: checks the unit graphs BINARY.json there, and the functions in build/."""

import json
import pathlib
import sys
import tomllib

ROOT = pathlib.Path(__file__).resolve().parents[2]
MOST_UNITS = {"api": 214, "worker": 227, "canary": 225}
SHARED = {"crates/email", "crates/runtime", "crates/tokens"}
CANARYS = {"crates/probe"}  # shared with `mailroom check`
# Only the tools and the sandbox need these features.
FORBIDDEN = {
    "aws-config": {"sso"},
    "hyper": {"server", "http2"},
    "hyper-util": {"server", "http2"},
    "tokio": {"process", "signal"},
}
RELEASE = tomllib.loads((ROOT / "Cargo.toml").read_text())["profile"]["release"]


def package(unit):
    """The name in `registry+https://...#tokio@1.0.0` and of `path+file:///.../functions/api#0.1.0`."""
    source, _, rest = unit["pkg_id"].rpartition("#")
    return rest.split("@")[0] if "@" in rest else source.rpartition("/")[2]


def problems(function, units):
    for unit in units:
        name, source = package(unit), unit["pkg_id"]
        if source.startswith("path+"):
            directory = source.removeprefix(f"path+file://{ROOT}/").split("#")[0]
            if directory not in SHARED | {f"functions/{function}"} | (CANARYS if function == "canary" else set()):
                yield f"is built from {directory}"
        if unit["platform"] is None or unit["mode"] != "build":
            continue  # procedural macros and build scripts are not deployed
        for feature in sorted(FORBIDDEN.get(name, set()) & set(unit["features"])):
            yield f"has {name}'s feature {feature}"
        yield from wrong_profile(name, unit["profile"], name == function)
    if len(units) > MOST_UNITS[function]:
        yield f"is built from {len(units)} units, more than {MOST_UNITS[function]}"


def wrong_profile(name, profile, whole):
    """`whole`: also checks the settings that are the same for all crates."""
    wanted = {"opt_level": str(RELEASE["package"].get(name, RELEASE)["opt-level"])}
    if whole:
        # By default, cargo-lambda builds with `abort`: a panic on one record would take its batch along.
        wanted |= {"panic": "unwind", "lto": "fat", "codegen_units": 1}
    for key, value in wanted.items():
        if profile[key] != value:
            yield f"compiles {name} with {key} {profile[key]} instead of {value}"


def main(directory):
    wrong = []
    for function, logical_id in {"api": "ApiFunction", "worker": "WorkerFunction", "canary": "CanaryFunction"}.items():
        units = json.loads((directory / f"{function}.json").read_text())["units"]
        wrong += [f"{function} {problem}" for problem in sorted(set(problems(function, units)))]
        built = (directory / "build" / logical_id / "bootstrap").read_text().strip()
        if built != f"{function} in {ROOT}/functions/{function}":
            wrong.append(f"{logical_id} is {built}")
        print(f"{function}: {len(units)} units")
    if wrong:
        fix = "see `cargo tree -e features,no-dev -p FUNCTION -i CRATE`; a new dependency raises MOST_UNITS in units.py"
        sys.exit("\n".join([*wrong, fix]))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
