"""How long it takes to find that a stack needs no change, compared with AWS's tool: `make bench`.

This runs `deploy_backend --dry-run` and `sam deploy --no-execute-changeset`, each on a stack of its
own that it deployed before from the same template, in the same embedded AWS. Each run is a process
of its own, timed from start to end. sam (aws-sam-cli) has its own virtual environment. It sends the
template as YAML, which is too long for one call, so it needs a bucket. Ours checks the template
with cfn-lint first; sam does that in a separate command, `sam validate --lint`, which is measured
separately.

Exits with 1 if ours takes 3 s or longer or makes more than 6 calls, or if either finds a change.
"""

import os
import subprocess
import sys
import time
import venv
from pathlib import Path
from statistics import median

from aws_setup.local.server import LocalAws
from aws_setup.template.packaging import render_template

REPOSITORY = Path(__file__).resolve().parent.parent
CACHE = Path(__file__).resolve().parent / ".cache"
SAM = "aws-sam-cli==1.170.0"
REGION = "eu-central-1"
BUCKET = "bench-sam"
ROUNDS = 9
MOST_SECONDS = 3.0
MOST_CALLS = 6
KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT")


def main() -> int:
    """Print the table; return 1 if ours is too slow or makes too many calls."""
    sam = _sam()
    body = CACHE / "template.yaml"
    body.write_text(render_template(), encoding="utf-8")
    ours = [sys.executable, "manage.py", "deploy_backend"]
    named = ["--template-file", str(body), "--region", REGION]
    theirs = [
        str(sam), "deploy", *named, "--stack-name", "bench-sam", "--s3-bucket", BUCKET,
        "--capabilities", "CAPABILITY_IAM", "--parameter-overrides", "GroupName=businesses",
        "--no-confirm-changeset", "--no-fail-on-empty-changeset",
    ]  # fmt: skip
    validate = [str(sam), "validate", "--lint", *named]
    with LocalAws() as aws:
        _create_bucket(aws)
        variables = _environment(aws)
        _run([*ours, "--yes"], variables, expected="GraphqlUrl")
        _run(theirs, variables, expected="Successfully created")
        measured: dict[str, list[tuple[float, int]]] = {}
        for number in range(ROUNDS):
            for name, command, expected in (
                ("deploy_backend --dry-run", [*ours, "--dry-run"], "No changes."),
                ("sam deploy", [*theirs, "--no-execute-changeset"], "No changes to deploy"),
                ("sam validate --lint", validate, "is a valid SAM Template"),
            ):
                aws.faults.clear()
                seconds = _run(command, variables, expected=expected)
                measured.setdefault(name, []).append((seconds, len(aws.faults.history)))
            print(f"\rMeasuring, round {number + 1} of {ROUNDS}", end="", flush=True)
    print()
    return _report(measured)


def _create_bucket(aws: LocalAws) -> None:
    placed = {"LocationConstraint": REGION}
    aws.client("s3", REGION).create_bucket(Bucket=BUCKET, CreateBucketConfiguration=placed)


def _sam() -> Path:
    """Return the path of the program, which is installed the first time."""
    folder = CACHE / "sam"
    done = folder / f"{SAM}.installed"
    binaries = folder / ("Scripts" if os.name == "nt" else "bin")
    if not done.exists():
        print(f"Installing {SAM} into {folder.relative_to(REPOSITORY)} (a minute or two, once)")
        venv.create(folder, clear=True, with_pip=True)
        python = str(binaries / "python")
        install = ("-m", "pip", "install", "--quiet", "--disable-pip-version-check")
        subprocess.run([python, *install, SAM], check=True)
        done.touch()
    return binaries / "sam"


def _environment(aws: LocalAws) -> dict[str, str]:
    return {
        **{name: os.environ[name] for name in KEPT if name in os.environ},
        **aws.environment(REGION),
        "ENV_FILE": os.devnull,
        "XDG_CACHE_HOME": str(CACHE / "user"),
        "SECRET_KEY": "only-for-the-bench-0123456789-abcdefghijklmnopqrstuvwxyz",
        "BACKEND_STACK_NAME": "bench-ours",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "SAM_CLI_TELEMETRY": "0",
        "SAM_CLI_CHECK_UPDATES": "0",
    }


def _run(command: list[str], variables: dict[str, str], *, expected: str) -> float:
    """Return the seconds from the start of the process to its end."""
    began = time.perf_counter()
    done = subprocess.run(
        command, cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False
    )
    seconds = time.perf_counter() - began
    if done.returncode or expected not in done.stdout:
        sys.exit(f"{' '.join(command)} did not print {expected!r}:\n{done.stdout}{done.stderr}")
    return seconds


def _report(measured: dict[str, list[tuple[float, int]]]) -> int:
    print(f"An unchanged stack: medians of {ROUNDS}, {os.cpu_count()} cores\n")
    print("| Command | Seconds | Slowest | AWS calls |\n|---|---|---|---|")
    for name, runs in measured.items():
        seconds = [each for each, _ in runs]
        calls = max(count for _, count in runs)
        print(f"| `{name}` | {median(seconds):.2f} | {max(seconds):.2f} | {calls} |")
    ours = measured["deploy_backend --dry-run"]
    too_slow = median(seconds for seconds, _ in ours) >= MOST_SECONDS
    return int(too_slow or max(count for _, count in ours) > MOST_CALLS)


if __name__ == "__main__":
    sys.exit(main())
