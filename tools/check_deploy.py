"""Ask other people's programs what they think of deploy/: `python -m tools.check_deploy [--all]`.

Those that the machine does not have are named and left out; with --all that is an error. None needs a cluster, a
container engine that runs, or root.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "deploy"
MOST_EXPOSED = 2.0  # systemd's own scale: 0 is none, 10 is a program of root's without any limit


def asked(*command: str | Path, cwd: Path = FOLDER) -> str:
    """What the program says. Raises SystemExit with it if it finds fault."""
    done = subprocess.run([str(word) for word in command], cwd=cwd, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(str(word) for word in command)}\n{done.stdout}{done.stderr}")
    return done.stdout + done.stderr


def rules(promtool: str) -> str:
    asked(promtool, "check", "config", "monitoring/prometheus.yaml")
    asked(promtool, "test", "rules", "monitoring/imagend.rules.test.yaml")
    return asked(promtool, "check", "rules", "monitoring/imagend.rules.yaml").split("SUCCESS: ")[1].strip()


def units(analyze: str) -> str:
    """With a program that is there in the place of ours, and with each drop-in where it belongs."""
    exposed = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for file in FOLDER.glob("systemd/*.service"):
            text = file.read_text("utf-8").replace("/opt/imagend/bin/imagend", "/bin/true")
            (folder / file.name).write_text(text, "utf-8")
        for unit, drop_in in (("imagend", "gateway"), ("imagend-worker", "gpu")):
            (folder / f"{unit}.service.d").mkdir()
            for file in (None, FOLDER / "systemd" / f"{drop_in}.conf"):
                if file is not None:
                    shutil.copy(file, folder / f"{unit}.service.d")
                said = asked(analyze, "verify", "--man=no", folder / f"{unit}.service", cwd=folder)
                if said.strip():
                    raise SystemExit(said)
            found = asked(analyze, "security", "--offline=true", "--no-pager", FOLDER / f"systemd/{unit}.service")
            [level] = re.findall(r"Overall exposure level for .*: ([\d.]+)", found)
            if float(level) > MOST_EXPOSED:
                raise SystemExit(found)
            exposed.append(f"{unit} {level}")
    return f"exposure: {', '.join(exposed)}"


def manifests(kubectl: str) -> str:
    folders = sorted(file.parent for file in FOLDER.glob("kubernetes/*/kustomization.yaml"))
    kinds = sum(asked(kubectl, "kustomize", folder).count("\nkind: ") for folder in folders)
    return f"{len(folders)} folders, {kinds} objects"


def images(hadolint: str) -> str:
    asked(hadolint, "--ignore", "DL3008", *FOLDER.glob("oci/Dockerfile*"))  # the system's release pins its packages
    return "no fault"


def shell(shellcheck: str) -> str:
    asked(shellcheck, *FOLDER.glob("compose/*.sh"))
    return "no fault"


def compose(docker: str) -> str:
    """The plug-in reads the file with its schema; no daemon is asked."""
    if subprocess.run([docker, "compose", "version"], capture_output=True, check=False).returncode:
        return "not asked: docker has no compose here"
    asked(docker, "compose", "-f", "compose/compose.yaml", "config", "--quiet")
    return "valid"


PROGRAMS: dict[str, Callable[[str], str]] = {
    "promtool": rules, "systemd-analyze": units, "kubectl": manifests, "hadolint": images, "shellcheck": shell,
    "docker": compose,
}  # fmt: skip


def main() -> None:
    missing = 0
    for name, check in PROGRAMS.items():
        program = shutil.which(name)
        missing += program is None
        print(f"{name:<16} {check(program) if program else 'not on this machine'}", flush=True)
    if missing and "--all" in sys.argv[1:]:
        raise SystemExit(f"{missing} programs are missing")


if __name__ == "__main__":
    main()
