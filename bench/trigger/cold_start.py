"""How long a cold Lambda takes to load the trigger, compared with making its calls through boto3.

Run it with `.venv/bin/python -m bench.trigger.cold_start`. Each figure is the median of fresh
interpreters on this machine. The ratio is what counts, since a Lambda has only a fraction of this
machine's speed.
"""

import statistics
import subprocess
import sys
import time
from pathlib import Path

RUNS = 15
TRIGGER = Path(__file__).resolve().parents[2] / "aws_setup/triggers/post_confirmation.py"
CASES = {
    "a bare interpreter": "pass",
    "the trigger": f"import runpy; runpy.run_path({str(TRIGGER)!r})",
    "boto3 with a client of SSM and of DynamoDB": (
        "import boto3; s = boto3.Session('k', 's', region_name='eu-central-1');"
        " s.client('ssm'); s.client('dynamodb')"
    ),
}


def median_milliseconds(code: str) -> float:
    """Return the median time of a fresh interpreter that runs the code, in milliseconds."""
    taken = []
    for _ in range(RUNS):
        started = time.perf_counter()
        subprocess.run([sys.executable, "-c", code], check=True)
        taken.append(time.perf_counter() - started)
    return statistics.median(taken) * 1000


def main() -> None:
    """Print a row for each case: the time beyond that of the bare interpreter, and the ratio."""
    took = {name: median_milliseconds(code) for name, code in CASES.items()}
    bare, trigger, _boto3 = took.values()
    print(f"{'':44}{'ms':>6}{'beyond bare':>13}{'ratio':>7}")
    for name, milliseconds in took.items():
        beyond = milliseconds - bare
        ratio = f"{beyond / (trigger - bare):.1f}" if beyond else ""
        print(f"{name:44}{milliseconds:6.0f}{beyond:13.0f}{ratio:>7}")


if __name__ == "__main__":
    main()
