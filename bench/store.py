"""The records to measure with, in dynalite from npm, which keeps its tables in bench/.cache."""

import json
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from random import Random
from typing import Any

import boto3
from botocore.config import Config

from businesses.records.business import Business, format_time

CACHE = Path(__file__).resolve().parent / ".cache"
DYNALITE = "dynalite@4.0.0"
REGION = "eu-central-1"
BATCH_SIZE = 25  # the most that one BatchWriteItem allows
AT_ONCE = 4

INDEXES = {
    "byCreatedAt": ("__typename", "createdAt"),
    "byEmail": ("__typename", "emailKey"),
    "byName": ("__typename", "nameKey"),
    "byOwner": ("owner", "createdAt"),
}
FIRST_WORDS = (
    "Alder", "Birch", "Cedar", "Dogwood", "Elm", "Fir", "Ginkgo", "Hazel", "Ivy", "Juniper",
)  # fmt: skip
SECOND_WORDS = ("Bakery", "Books", "Cycles", "Florist", "Garage", "Joinery", "Press", "Studio")


def table_name(size: int) -> str:
    """Return the name of the table with this number of records."""
    return f"businesses-{size}"


def records(size: int) -> Iterator[Business]:
    """Yield the same businesses each time: about ten a minute, many in the same second."""
    random = Random(size)
    at = datetime(2026, 1, 1, tzinfo=UTC)
    for number in range(size):
        at += timedelta(seconds=random.choice((0, 0, 3, 21)))
        sub = f"{random.getrandbits(128):032x}"
        sub = "-".join((sub[:8], sub[8:12], sub[12:16], sub[16:20], sub[20:]))
        name = f"{random.choice(FIRST_WORDS)} {random.choice(SECOND_WORDS)} {number}"
        yield Business(
            id=sub,
            owner=f"{sub}::{sub}",
            name=name,
            email=f"{name.lower().replace(' ', '.')}@example.com",
            group_name="businesses",
            created_at=format_time(at),
            updated_at=format_time(at),
        )


@contextmanager
def serve_tables(sizes: tuple[int, ...]) -> Iterator[str]:
    """Serve a table of each size, filled the first time; yield dynalite's address."""
    with _dynalite() as address:
        client = boto3.Session().client(
            "dynamodb",
            region_name=REGION,
            endpoint_url=address,
            aws_access_key_id="bench",
            aws_secret_access_key="bench",
            config=Config(max_pool_connections=AT_ONCE),
        )
        for size in sizes:
            filled = CACHE / f"{table_name(size)}.filled"
            if not filled.exists():
                _fill(client, size)
                filled.touch()
        client.close()
        yield address


@contextmanager
def _dynalite() -> Iterator[str]:
    node, npm = shutil.which("node"), shutil.which("npm")
    if not node or not npm:
        sys.exit("Node is not on PATH. `make bench` puts the one in .venv there.")
    program = CACHE / "node_modules" / "dynalite" / "cli.js"
    if not program.exists():
        CACHE.mkdir(exist_ok=True)
        (CACHE / "package.json").write_text(json.dumps({"private": True}), encoding="utf-8")
        subprocess.run(
            [npm, "install", "--silent", "--no-audit", "--no-fund", "--ignore-scripts", DYNALITE],
            cwd=CACHE,
            check=True,
        )
    # The wheel's `node` is a script that starts the program; ending it would not end the program.
    node = subprocess.check_output([node, "-p", "process.execPath"], text=True).strip()
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with subprocess.Popen(
        [
            node, str(program), "--host", "127.0.0.1", "--port", str(port),
            "--path", str(CACHE / "tables"), "--createTableMs", "0", "--deleteTableMs", "0",
        ],
        stdout=subprocess.PIPE,
        text=True,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        if not process.stdout.readline():
            sys.exit("dynalite did not start; its own message is above.")
        try:
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()


def _fill(client: Any, size: int) -> None:
    """Write one table, after deleting what an interrupted run left of it."""
    name = table_name(size)
    if name in client.list_tables()["TableNames"]:
        client.delete_table(TableName=name)
        client.get_waiter("table_not_exists").wait(TableName=name, WaiterConfig={"Delay": 1})
    keys = {"id", *(key for index in INDEXES.values() for key in index)}
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "id", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in sorted(keys)],
        GlobalSecondaryIndexes=[
            {
                "IndexName": index,
                "KeySchema": [
                    {"AttributeName": partition, "KeyType": "HASH"},
                    {"AttributeName": sort, "KeyType": "RANGE"},
                ],
                "Projection": {"ProjectionType": "ALL"},
            }
            for index, (partition, sort) in INDEXES.items()
        ],
    )
    client.get_waiter("table_exists").wait(TableName=name, WaiterConfig={"Delay": 1})

    def write(batch: list[Business]) -> int:
        requests = [{"PutRequest": {"Item": record.to_item()}} for record in batch]
        answer = client.batch_write_item(RequestItems={name: requests})
        assert not answer["UnprocessedItems"]
        return len(batch)

    written = 0
    source = records(size)
    with ThreadPoolExecutor(AT_ONCE) as pool:
        while group := list(islice(source, BATCH_SIZE * 40)):
            batches = [group[i : i + BATCH_SIZE] for i in range(0, len(group), BATCH_SIZE)]
            written += sum(pool.map(write, batches))
            print(f"\rWriting {written:,} of {size:,} records (once)", end="", flush=True)
    print()
