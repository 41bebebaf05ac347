"""What is checked before a deployment: the settings, what is built, its sum, and what is installed for that."""

import hashlib
import json
import pathlib
import re
import struct
import subprocess
import sys
import tempfile
import unittest
import zipfile

import yaml

from scene import ROOT


def python(script, *arguments):
    """Runs a script of delivery/; returns its status and what it said."""
    done = subprocess.run([sys.executable, "-B", ROOT / "delivery" / script, *map(str, arguments)],
                          capture_output=True, text=True)  # fmt: skip
    return done.returncode, done.stdout + done.stderr


class Settings(unittest.TestCase):
    def settings(self, *sections):
        file = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()), "samconfig.toml")
        file.write_text("".join(f"[{name}.global.parameters]\n{text}\n" for name, text in sections))
        return file

    def test_stack_names(self):
        for name, good in [
            ("mailroom", True), ("m", True), ("a" * 20, True), ("mail-2", True),
            ("a" * 21, False), ("Mailroom", False), ("mailroom-", False), ("2mail", False), ("mail_room", False),
            ("", False), ("awsome", False), ("ecs-mail", False), ("fargate", False), ("ssm1", False),
            ("internal-mail", False), ("sthree-x", False), ("amzn-s3-demo-x", False), ("xn--mail", False),
            ("internal", True), ("mailroom\\n", False),
        ]:  # fmt: skip
            status, said = python("settings.py", "stack-name", self.settings(("dev", f'stack_name = "{name}"')), "dev")
            self.assertEqual(status, 0 if good else 1, f"{name}: {said}")
            if not good:
                self.assertIn("[dev.global.parameters]", said)
                self.assertIn("at most 20 characters", said)

    def test_the_repositorys_own_are_fine(self):
        for environment in ("default", "dev", "staging", "prod"):
            self.assertEqual(python("settings.py", "stack-name", ROOT / "samconfig.toml", environment)[0], 0)
        self.assertEqual(python("settings.py", "architecture", ROOT / "samconfig.toml"), (0, "arm64\n"))

    def test_one_architecture_for_all(self):
        x86 = 'stack_name = "b"\nparameter_overrides = ["Architecture=x86_64"]'
        status, said = python("settings.py", "architecture", self.settings(("a", 'stack_name = "a"'), ("b", x86)))
        self.assertEqual((status, "a=arm64, b=x86_64" in said), (1, True), said)
        self.assertEqual(python("settings.py", "architecture", self.settings(("b", x86))), (0, "x86_64\n"))
        for asked, expected in [("x86_64", 0), ("arm64", 1)]:
            status, said = python("settings.py", "write", self.settings(("b", x86)), "b", "/dev/null",
                                  f"Architecture={asked}", "--bucket", "b", "--role-arn", "r")  # fmt: skip
            self.assertEqual(status, expected, said)

    def test_sam_reads_every_value_as_it_was_given(self):
        """Asks the parser of the SAM CLI itself."""
        given = 'stack_name = "a"\nparameter_overrides = ["Stage=dev", "CanaryRate=\\"rate(5 minutes)\\"", "EnableWaf=yes"]'
        file = self.settings(("dev", given))
        written = file.with_name("deploy.yaml")
        values = {"EnableWaf": "", "AlarmEmail": "a+b@example.com", "DomainName": "", "Filter": "a=b,c", "Odd": 'a b"c'}
        status, said = python("settings.py", "write", file, "dev", written,
                              *[f"{name}={value}" for name, value in values.items()], "--bucket", "b", "--role-arn", "r")  # fmt: skip
        self.assertEqual(status, 0, said)
        settings = json.loads(written.read_text())["dev"]["deploy"]["parameters"]
        sam = ROOT / "target/venv-deployment/bin/python"
        self.assertTrue(sam.with_name("sam").exists(), "run tests/deployment/setup.sh")
        program = ("import json, sys; from samcli.cli.types import CfnParameterOverridesType as T; "
                   "print(json.dumps(T().convert(tuple(json.load(sys.stdin)), None, None)))")  # fmt: skip
        done = subprocess.run([sam, "-c", program], input=json.dumps(settings["parameter_overrides"]), text=True,
                              capture_output=True)  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(json.loads(done.stdout), {"Stage": "dev", "CanaryRate": "rate(5 minutes)"} | values)

    def test_names_of_the_template_that_the_scripts_use(self):
        template = (ROOT / "template.yaml").read_text()
        for line in [
            "    AutoPublishAlias: live\n", "      FunctionName: !Sub ${AWS::StackName}-api\n",
            "      FunctionName: !Sub ${AWS::StackName}-worker\n", "\n  LoadBalancer:\n", "\n  ShiftTraffic:\n",
            "\n  PermissionsBoundaryArn:\n", "\n  Architecture:\n",
        ]:  # fmt: skip
            self.assertIn(line, template)
        self.assertIn("    Default: arm64\n", template[template.index("\n  Architecture:\n") :][:400])


class Builds(unittest.TestCase):
    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))

    def test_a_program_that_needs_a_newer_glibc_is_refused(self):
        here = pathlib.Path("/proc/self/exe").resolve()
        status, said = python("glibc.py", here, "99.0")
        self.assertEqual(status, 0, said)
        needed = said.split()[3].rstrip(",")
        self.assertEqual(python("glibc.py", here, needed)[0], 0)
        status, said = python("glibc.py", here, "2.1")
        self.assertEqual((status, "must run with 2.1" in said), (1, True), said)

    def test_versions_of_glibc_that_are_no_numbers(self):
        program = self.directory / "program"
        for names, status, why in [
            (["GLIBC_2.17", "GLIBC_2.28"], 0, "needs glibc 2.28"),
            (["GLIBC_2.17", "GLIBC_2.29"], 1, "needs glibc 2.29"),
            (["GLIBC_2.17", "GLIBC_ABI_DT_RELR"], 1, "GLIBC_ABI_DT_RELR"),
            (["GLIBC_2.17", "GLIBC_PRIVATE"], 1, "GLIBC_PRIVATE"),
            (["GLIBC_2.17", "GCC_3.0"], 0, "needs glibc 2.17"),
        ]:
            program.write_bytes(elf_that_needs(names))
            said = python("glibc.py", program, "2.28")
            self.assertEqual((said[0], why in said[1]), (status, True), said)

    def test_what_is_no_program_of_glibc_is_refused(self):
        (self.directory / "text").write_text("#!/bin/sh\n")
        (self.directory / "static").write_bytes(elf(62))
        for name, why in [("text", "not a 64-bit"), ("static", "no version of glibc")]:
            status, said = python("glibc.py", self.directory / name, "2.28")
            self.assertEqual((status, why in said), (1, True), said)

    def test_a_function_for_another_processor_is_refused(self):
        zipped = self.directory / "f.zip"
        for architecture, machine in [("arm64", 183), ("x86_64", 62)]:
            (self.directory / "bootstrap").write_bytes(elf(machine))
            for asked in ("arm64", "x86_64"):
                status, said = python("zip_function.py", asked, self.directory / "bootstrap", zipped)
                self.assertEqual(status, 0 if asked == architecture else 1, said)
        with zipfile.ZipFile(zipped) as archive:
            self.assertEqual(archive.getinfo("bootstrap").external_attr >> 16, 0o100755)

    def test_a_bundle(self):
        """From what SAM built, which is played, to a bundle."""
        checkout, built = self.directory / "checkout", self.directory / "built"
        subprocess.run(["git", "clone", "--quiet", ROOT, checkout], check=True)
        for copied in (ROOT / "delivery").iterdir():
            if copied.is_file():
                (checkout / "delivery" / copied.name).write_bytes(copied.read_bytes())
        for function in ("ApiFunction", "WorkerFunction", "CanaryFunction"):
            (built / function).mkdir(parents=True)
            (built / function / "bootstrap").write_bytes(elf(183))
        uris = ["      CodeUri: ApiFunction\n", "      CodeUri: WorkerFunction\n", "      CodeUri: CanaryFunction\n"]
        (built / "template.yaml").write_text("".join(uris))
        build = [checkout / "delivery/build.sh", built, sys.executable]
        subprocess.run(build, check=True, capture_output=True)
        bundle = checkout / "target/delivery/bundle"
        self.assertEqual({path.name for path in bundle.iterdir()},
                         {"ApiFunction.zip", "WorkerFunction.zip", "CanaryFunction.zip", "mailroom", "samconfig.toml", "template.yaml", "version"})  # fmt: skip
        self.assertIn("CodeUri: ApiFunction.zip", (bundle / "template.yaml").read_text())
        first = (bundle / "ApiFunction.zip").read_bytes()
        subprocess.run(build, check=True, capture_output=True)
        self.assertEqual(first, (bundle / "ApiFunction.zip").read_bytes(), "the same binary, another zip")


def elf(machine):
    """The header of a program for a processor, without sections."""
    return b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack("<HHIQQQIHHHHHH", 3, machine, 1, 0, 0, 0, 0, 64, 0, 0, 0, 0, 0)


def elf_that_needs(names):
    """A program with the sections .dynstr and .gnu.version_r, which lists these versions of one library."""
    strings = b"\0" + b"".join(name.encode() + b"\0" for name in names)
    needed = struct.pack("<HHIII", 1, len(names), 0, 16, 0)
    for n, name in enumerate(names):
        following = 16 if n + 1 < len(names) else 0
        needed += struct.pack("<IHHII", 0, 0, 2, strings.index(name.encode()), following)
    sections = struct.pack("<IIQQQQIIQQ", 0, 3, 0, 0, 64, len(strings), 0, 0, 1, 0)
    sections += struct.pack("<IIQQQQIIQQ", 0, 0x6FFFFFFE, 0, 0, 64 + len(strings), len(needed), 0, 1, 4, 0)
    header = b"\x7fELF\x02\x01\x01" + bytes(9) + struct.pack(
        "<HHIQQQIHHHHHH", 3, 62, 1, 0, 0, 64 + len(strings + needed), 0, 64, 0, 0, 64, 2, 0)  # fmt: skip
    return header + strings + needed + sections


class TheBundlesSum(unittest.TestCase):
    """An artifact can be replaced while a run waits for its approval; an output of a job can't. The steps run here."""

    def setUp(self):
        self.directory = pathlib.Path(self.enterContext(tempfile.TemporaryDirectory()))
        self.deliver, self.deploy = (yaml.safe_load((ROOT / ".github/workflows" / name).read_text())
                                     for name in ("deliver.yml", "deploy.yml"))  # fmt: skip

    def run_step(self, step, **environment):
        done = subprocess.run(["bash", "-e", "-c", step["run"]], cwd=self.directory, capture_output=True, text=True,
                              env={"PATH": "/usr/bin:/bin", **environment})  # fmt: skip
        return done.returncode

    def test_leaves_the_build_job(self):
        build = self.deliver["jobs"]["build"]
        [step] = [step for step in build["steps"] if step.get("id") == "bundle"]
        tar, output = self.directory / "target/delivery/bundle.tar", self.directory / "output"
        tar.parent.mkdir(parents=True)
        self.assertNotEqual(self.run_step(step, GITHUB_OUTPUT=str(output)), 0, "no bundle")
        tar.write_text("bundle")
        output.unlink(missing_ok=True)
        self.assertEqual(self.run_step(step, GITHUB_OUTPUT=str(output)), 0)
        self.assertEqual(output.read_text(), f"sha256={hashlib.sha256(b'bundle').hexdigest()}\n")
        self.assertEqual(build["outputs"], {"bundle": "${{ steps.bundle.outputs.sha256 }}"})

    def test_is_given_to_every_deployment(self):
        inputs = self.deploy[True]["workflow_call"]["inputs"]  # YAML's `on`
        self.assertTrue(inputs["bundle"]["required"])
        jobs = [job for job in self.deliver["jobs"].values() if job.get("uses", "").endswith("deploy.yml")]
        self.assertEqual(len(jobs), 3)
        for job in jobs:
            self.assertEqual(job["with"]["bundle"], "${{ needs.build.outputs.bundle }}")
            self.assertIn("build", job["needs"])

    def test_is_checked_before_the_bundle_is_used(self):
        for steps, given, tar in [
            (self.deploy["jobs"]["deploy"]["steps"], "${{ inputs.bundle }}", "target/delivery/bundle.tar"),
            (self.deliver["jobs"]["attest"]["steps"], "${{ needs.build.outputs.bundle }}", "bundle.tar"),
        ]:
            [download] = [n for n, step in enumerate(steps) if "download-artifact" in step.get("uses", "")]
            check = steps[download + 1]
            self.assertEqual(check["env"], {"SHA256": given})
            file = self.directory / tar
            file.parent.mkdir(parents=True, exist_ok=True)
            for content, asked, works in [("bundle", "bundle", True), ("other", "bundle", False), ("bundle", None, False)]:
                file.write_text(content)
                asked = hashlib.sha256(asked.encode()).hexdigest() if asked else ""
                self.assertEqual(self.run_step(check, SHA256=asked) == 0, works, (content, asked))


class Requirements(unittest.TestCase):
    """Every package that CI installs is pinned with its hashes, and nothing is built from source."""

    def test_lists_hold_what_they_are_compiled_from_with_hashes(self):
        lists = [ROOT / name for name in git_files("*requirements*.in")]
        self.assertGreater(len(lists), 5)
        for list_in in lists:
            compiled = list_in.with_suffix(".txt").read_text()
            pins = {normal(pin): hashes for pin, hashes in
                    re.findall(r"^(\S+==\S+) \\\n((?:    --hash=sha256:[0-9a-f]{64}(?: \\)?\n?)+)", compiled, re.MULTILINE)}  # fmt: skip
            lines = [line for line in compiled.splitlines() if line and line[0] not in "# -"]
            self.assertEqual(len(lines), len(pins), f"{list_in}: a package without a hash")
            for line in list_in.read_text().splitlines():
                if not line.startswith("#"):
                    self.assertIn(normal(line), pins, f"compile {list_in.relative_to(ROOT)} again")

    def test_nothing_is_installed_without_them(self):
        calls = []
        for name in git_files("*.sh", "*.yml", ".ci/run"):
            text = (ROOT / name).read_text().replace("\\\n", " ")
            calls += [(name, line) for line in text.splitlines() if "pip install" in line and "#" not in line.split("pip")[0]]
        self.assertGreater(len(calls), 4)
        for name, line in calls:
            if name != "tests/python/compile.sh":  # by hand
                self.assertIn("--require-hashes --only-binary :all:", line, name)


def git_files(*patterns):
    done = subprocess.run(["git", "-C", ROOT, "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
                          check=True, capture_output=True, text=True)  # fmt: skip
    return [name for name in done.stdout.splitlines() if (ROOT / name).exists()]


def normal(pin):
    """PyPI takes -, _ and . for the same, and extras are not part of a compiled list."""
    return re.sub(r"[-_.]+", "-", re.sub(r"\[.*\]", "", pin.split("==")[0])).lower() + "==" + pin.split("==")[1]
