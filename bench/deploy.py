"""How long a first deployment takes, and to find that a stack needs no change: `make bench`.

It is compared with AWS's tool. This runs `deploy_backend --dry-run` and
`sam deploy --no-execute-changeset`, each on a stack of its own that it deployed before from the
same template, in the same embedded AWS. Each run is a process of its own, timed from start to end.
 sam (aws-sam-cli) has its own virtual environment. It sends the
template as YAML, which is too long for one call, so it needs a bucket. Ours checks the template
with cfn-lint first, when it deploys it for the first time; sam does that in a separate command,
`sam validate --lint`, which is measured separately. The processor's seconds depend less on what
else the machine does.

Exits with 1 if ours takes more than 0.6 of sam's time, or 0.5 for a first deployment, if it makes
more than 6 calls, or if either finds a change.
"""

import os
import shutil
import subprocess
import sys
import time
import venv
from dataclasses import dataclass
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
MOST_OF_SAM, MOST_OF_FIRST, MOST_CALLS = 0.6, 0.5, 6
OURS, SAM_DEPLOY = "deploy_backend --dry-run", "sam deploy --no-execute-changeset"
OURS_FIRST, SAM_FIRST = "deploy_backend --yes, first", "sam deploy, first"
KEPT = ("PATH", "HOME", "LANG", "SYSTEMROOT")


@dataclass(frozen=True)
class Run:
    """One run of a command: seconds from its start to its end, and the processor's."""

    seconds: float
    processor_seconds: float
    calls: int = 0


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
        shutil.rmtree(CACHE / "user", ignore_errors=True)  # what was linted
        measured = {
            OURS_FIRST: [_run(aws, [*ours, "--yes"], variables, expected="GraphqlUrl")],
            SAM_FIRST: [_run(aws, theirs, variables, expected="Successfully created")],
        }
        for number in range(ROUNDS):
            for name, command, expected in (
                (OURS, [*ours, "--dry-run"], "No changes."),
                (SAM_DEPLOY, [*theirs, "--no-execute-changeset"], "No changes to deploy"),
                ("sam validate --lint", validate, "is a valid SAM Template"),
            ):
                run = _run(aws, command, variables, expected=expected)
                measured.setdefault(name, []).append(run)
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


def _run(aws: LocalAws, command: list[str], variables: dict[str, str], *, expected: str) -> Run:
    """Run a command to its end. Exits if it does not print what is expected."""
    aws.faults.clear()
    began, worked = time.perf_counter(), _worked()
    done = subprocess.run(
        command, cwd=REPOSITORY, env=variables, capture_output=True, text=True, check=False
    )
    run = Run(time.perf_counter() - began, _worked() - worked, len(aws.faults.history))
    if done.returncode or expected not in done.stdout:
        sys.exit(f"{' '.join(command)} did not print {expected!r}:\n{done.stdout}{done.stderr}")
    return run


def _worked() -> float:
    """Return the seconds that the processor has worked for processes that ended."""
    times = os.times()
    return times.children_user + times.children_system


def _report(measured: dict[str, list[Run]]) -> int:
    print(f"An unchanged stack: medians of {ROUNDS}, {os.cpu_count()} cores\n")
    print(
        "| Command | Seconds | Slowest | Processor's seconds | AWS calls |\n|---|---|---|---|---|"
    )
    for name, runs in measured.items():
        worked = median(each.processor_seconds for each in runs)
        slowest, calls = max(each.seconds for each in runs), max(each.calls for each in runs)
        print(f"| `{name}` | {_median(runs):.2f} | {slowest:.2f} | {worked:.2f} | {calls} |")
    ratio = _median(measured[OURS]) / _median(measured[SAM_DEPLOY])
    first = _median(measured[OURS_FIRST]) / _median(measured[SAM_FIRST])
    print(f"\nOurs takes {ratio:.2f} of sam's time, and {first:.2f} for a first deployment.")
    calls = max(each.calls for each in measured[OURS])
    return int(ratio > MOST_OF_SAM or first > MOST_OF_FIRST or calls > MOST_CALLS)


def _median(runs: list[Run]) -> float:
    return median(each.seconds for each in runs)


if __name__ == "__main__":
    sys.exit(main())
