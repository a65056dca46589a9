"""`make audit`: what is known against the locked packages, or that nothing could be learned.

pip-audit takes a package that its database does not answer for as one without vulnerabilities, and
npm ends in the same way for a vulnerability and for no network. So both are asked for JSON.
"""

import argparse
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
# A server, what its settings can switch on, a machine that deploys, and the embedded AWS.
LISTS = (
    "requirements.txt",
    "deploy/requirements.txt",
    "requirements-deploy.txt",
    "aws_setup/local/requirements.txt",
)
NPM = "package-lock.json"
CLEAN, VULNERABLE, NOT_CHECKED = 0, 1, 2


class Unknown(Exception):
    """Nothing was learned of some packages; the text says why, in a line."""


def main() -> int:
    """Print a line for each list and each vulnerability; return the status to exit with."""
    parser = argparse.ArgumentParser(prog="make audit", description=__doc__)
    parser.add_argument("lists", nargs="*", default=[*LISTS, NPM])
    parser.add_argument("--osv-url", help="Ask this database in place of PyPI's.")
    parser.add_argument("--registry", help="Ask this registry of npm's.")
    options = parser.parse_args()
    found = unknown = 0
    for name in options.lists:
        try:
            if name == NPM:
                number, vulnerabilities = npm(options.registry)
            else:
                number, vulnerabilities = python(name, options.osv_url)
        except Unknown as error:
            unknown += 1
            say(f"{name}: NOT CHECKED. {error}")
            continue
        found += len(vulnerabilities)
        say(f"{name}: {number} packages, {len(vulnerabilities)} known vulnerabilities")
        for line in vulnerabilities:
            say(f"  {line}")
    if unknown:
        say(
            f"{unknown} of {len(options.lists)} lists were not checked, so nothing is known of"
            " them. Run make audit where the databases can be reached."
        )
    return VULNERABLE if found else NOT_CHECKED if unknown else CLEAN


def python(name: str, osv_url: str | None) -> tuple[int, list[str]]:
    """Return how many packages a list has, and a line for each vulnerability. Raises Unknown."""
    service = ["-s", "osv", "--osv-url", osv_url] if osv_url else []
    command = [sys.executable, "-m", "pip_audit", "--progress-spinner", "off", "--format", "json"]
    answer = asked([*command, "--disable-pip", "--require-hashes", "-r", name, *service])
    packages = answer.get("dependencies")
    if packages is None:
        raise Unknown(f"pip-audit ended with: {answer['said']}")
    skipped = [each["skip_reason"] for each in packages if "skip_reason" in each]
    if skipped:
        raise Unknown(f"{len(skipped)} of {len(packages)} packages: {skipped[0]}, for example.")
    return len(packages), [
        f"{each['name']} {each['version']}: {problem['id']}, mended in"
        f" {', '.join(problem['fix_versions']) or 'no version so far'}"
        for each in packages
        for problem in each["vulns"]
    ]


def npm(registry: str | None) -> tuple[int, list[str]]:
    """Return the same for what checks the resolvers. Raises Unknown."""
    elsewhere = ["--registry", registry, "--fetch-retries", "0"] if registry else []
    answer = asked(["npm", "audit", "--json", "--package-lock-only", *elsewhere])
    if "vulnerabilities" not in answer:
        why = answer.get("message") or answer.get("error", {}).get("summary") or answer["said"]
        raise Unknown(f"npm ended with: {why}")
    return answer["metadata"]["dependencies"]["total"], [
        f"{name}: {each['severity']}, in {each['range']}"
        for name, each in answer["vulnerabilities"].items()
    ]


def asked(command: list[str]) -> dict[str, Any]:
    """Return what a command answers as JSON, and as `said` the last line that it wrote."""
    try:
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return {"said": f"there is no command {command[0]}"}
    said = next(reversed([*lines(done.stderr)]), f"status {done.returncode}, without a word")
    try:
        answer = json.loads(done.stdout)
    except ValueError:
        answer = {}
    return {"said": said, **answer}


def lines(text: str) -> Iterator[str]:
    """Yield the lines that are not empty."""
    return filter(None, map(str.strip, text.splitlines()))


def say(line: str) -> None:
    """Write a line of the report."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    sys.exit(main())
