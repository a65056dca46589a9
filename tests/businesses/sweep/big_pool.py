"""A stub of AWS with any number of users, which are computed and so take no memory.

`python -m tests.businesses.sweep.big_pool USERS` serves one until standard input ends.
"""

import asyncio
import json
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

POOL, GROUP, BUSINESSES, ONBOARDINGS = "eu-central-1_big", "businesses", "business", "onboarding"
STACK = """<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
<StackName>onboarding</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
<CreationTime>2026-01-01T00:00:00.000Z</CreationTime><Outputs>{}</Outputs>
</member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""
OUTPUTS = {
    "UserPoolId": POOL,
    "GroupName": GROUP,
    "BusinessTableName": BUSINESSES,
    "OnboardingTableName": ONBOARDINGS,
}
CREATED = "2026-11-01T09:00:00.000Z"
EPOCH = datetime(2026, 11, 1, 9, tzinfo=UTC).timestamp()

# Numbers within each hundred users; users who are not named here are onboarded.
UNCONFIRMED, DISABLED = {0, 1, 2, 3}, {4}
OUTSIDE, WITHOUT_BUSINESS, DRIFTED = {5}, {6}, {7}
FAILED_YET_FINE, DISMISSED, FEDERATED, FAILED = {8}, {9}, {10, 11}, {12}

NOT_MEMBERS = UNCONFIRMED | DISABLED | OUTSIDE | DRIFTED | DISMISSED | FAILED
NO_BUSINESS = UNCONFIRMED | DISABLED | OUTSIDE | WITHOUT_BUSINESS | DISMISSED | FAILED
RECORDS = {8: "FAILED", 9: "DISMISSED", 12: "FAILED"}


def sub_of(number: int) -> str:
    return f"{number:08x}-0000-4000-8000-{number:012x}"


def number_of(sub: str) -> int:
    return int(sub[:8], 16)


class BigPool:
    """Gives the answers and counts the calls; written items are kept by the user's number.

    hold_at: the number of the ListUsers call that is never answered; `held` is set when it comes.
    throttle_every: every which call to Cognito is throttled; 0 for none.
    """

    def __init__(self, users: int, *, hold_at: int = 0, throttle_every: int = 0) -> None:
        self.users = users
        self.calls: Counter[str] = Counter()
        self.written: dict[int, dict[str, Any]] = {}
        self.held = threading.Event()
        self._hold_at = hold_at
        self._throttle_every = throttle_every

    @property
    def members(self) -> int:
        """The number of users in the group, if `users` is a multiple of a hundred."""
        return self.users // 100 * (100 - len(NOT_MEMBERS))

    def answer(self, operation: str, request: Any) -> Any:
        """Return the answer, or None if the call is never answered."""
        self.calls[operation] += 1
        if operation.startswith("List") and self._throttle_every:
            self.calls["any"] += 1
            if self.calls["any"] % self._throttle_every == 0:
                return {"__type": "TooManyRequestsException", "message": "Too many requests"}
        if operation == "ListUsers" and self.calls[operation] == self._hold_at:
            self.held.set()
            return None
        return getattr(self, f"_{operation}")(request)

    def _PutMetricData(self, _: Any) -> Any:  # noqa: N802
        return {"__type": "AccessDenied", "message": "The site's policy is an older one."}

    def _DescribeUserPool(self, _: Any) -> Any:  # noqa: N802
        return {"UserPool": {"Id": POOL, "EstimatedNumberOfUsers": self.users}}

    def _ListUsers(self, request: Any) -> Any:  # noqa: N802
        start = int(request.get("PaginationToken", "0"))
        end = min(start + request["Limit"], self.users)
        answer: dict[str, Any] = {"Users": [self._user(number) for number in range(start, end)]}
        return answer | ({"PaginationToken": str(end)} if end < self.users else {})

    def _ListUsersInGroup(self, request: Any) -> Any:  # noqa: N802
        number, users = int(request.get("NextToken", "0")), list[Any]()
        while number < self.users and len(users) < request["Limit"]:
            if number % 100 not in NOT_MEMBERS:
                users.append(self._user(number))
            number += 1
        return {"Users": users} | ({"NextToken": str(number)} if number < self.users else {})

    def _user(self, number: int) -> Any:
        sub, kind = sub_of(number), number % 100
        status = "UNCONFIRMED" if kind in UNCONFIRMED else "CONFIRMED"
        values = {"sub": sub, "email": f"u{number}@example.com", "custom:business_name": f"B{kind}"}
        return {
            "Username": sub,
            "UserStatus": "EXTERNAL_PROVIDER" if kind in FEDERATED else status,
            "Enabled": kind not in DISABLED,
            "UserCreateDate": EPOCH,
            "UserLastModifiedDate": EPOCH,
            "Attributes": [{"Name": name, "Value": value} for name, value in values.items()],
        }

    def _BatchGetItem(self, request: Any) -> Any:  # noqa: N802
        [(table, asked)] = request["RequestItems"].items()
        key, item = ("id", self._business) if table == BUSINESSES else ("sub", self._onboarding)
        subs = [each[key]["S"] for each in asked["Keys"]]
        assert len(subs) <= 100
        assert asked["ConsistentRead"]
        found = [each for each in (item(number_of(sub)) for sub in subs) if each]
        return {"Responses": {table: found}, "UnprocessedKeys": {}}

    def _Query(self, request: Any) -> Any:  # noqa: N802
        """Answer that no dismissed record expires soon, and who is out of their group."""
        if request["ExpressionAttributeValues"][":status"] == {"S": "DISMISSED"}:
            assert request["FilterExpression"] == "NOT #expiry >= :expiry"
            return {"Items": [], "Count": 0, "ScannedCount": 0}
        written = self.written.values()
        found = [each for each in written if each["status"] == {"S": "OUT_OF_GROUP"}]
        return {"Items": found, "Count": len(found), "ScannedCount": len(found)}

    def _business(self, number: int) -> Any:
        if number % 100 in NO_BUSINESS:
            return None
        values = {"id": sub_of(number), "groupName": GROUP, "createdAt": CREATED}
        return {name: {"S": value} for name, value in values.items()}

    def _onboarding(self, number: int) -> Any:
        if number in self.written:
            return self.written[number]
        status = RECORDS.get(number % 100)
        if not status:
            return None
        values = {"sub": sub_of(number), "status": status, "updatedAt": CREATED}
        values |= {"email": f"u{number}@example.com", "groupName": GROUP}
        values["username"] = values["sub"]
        return {name: {"S": value} for name, value in values.items()} | {"attempts": {"L": []}}

    def _UpdateItem(self, request: Any) -> Any:  # noqa: N802
        names, values = request["ExpressionAttributeNames"], request["ExpressionAttributeValues"]
        item = {
            names[f"#{name[1:]}"]: value
            for name, value in values.items()
            if f"#{name[1:]}" in names
        }
        item |= request["Key"]
        self.written[number_of(item["sub"]["S"])] = item
        return {"Attributes": item}


async def _serve_connection(
    pool: BigPool, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> None:
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
            fields = dict(line.lower().split(": ", 1) for line in head.split("\r\n")[1:-2])
            body = await reader.readexactly(int(fields["content-length"]))
            status, text = 200, _stack()
            if "x-amz-target" in fields:
                target = head[head.lower().index("x-amz-target: ") :].split("\r\n")[0]
                answer = pool.answer(target.rpartition(".")[2], json.loads(body))
                if answer is None:
                    await asyncio.Event().wait()
                status, text = 400 if "__type" in answer else 200, json.dumps(answer)
            writer.write(
                f"HTTP/1.1 {status} X\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode(
                    "latin-1"
                )
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionResetError, asyncio.CancelledError):
        pass
    finally:
        writer.close()


def _stack() -> str:
    return STACK.format(
        "".join(
            f"<member><OutputKey>{key}</OutputKey><OutputValue>{value}</OutputValue></member>"
            for key, value in OUTPUTS.items()
        )
    )


@contextmanager
def serving(pool: BigPool) -> Iterator[str]:
    """Serve the pool in a thread; yield its address."""
    loop = asyncio.new_event_loop()

    async def start() -> asyncio.Server:
        return await asyncio.start_server(
            lambda reader, writer: _serve_connection(pool, reader, writer), "127.0.0.1", 0
        )

    async def stop(server: asyncio.Server) -> None:
        server.close()
        for task in asyncio.all_tasks() - {asyncio.current_task()}:
            task.cancel()
            await asyncio.wait([task])

    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    server = asyncio.run_coroutine_threadsafe(start(), loop).result()
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        asyncio.run_coroutine_threadsafe(stop(server), loop).result()
        loop.call_soon_threadsafe(loop.stop)
        thread.join()
        loop.close()


def main() -> None:
    """Print the address; once standard input ends, print the counts of the calls."""
    pool = BigPool(int(sys.argv[1]))
    with serving(pool) as url:
        print(url, flush=True)  # noqa: T201
        sys.stdin.read()
    print(json.dumps(pool.calls))  # noqa: T201


if __name__ == "__main__":
    main()
