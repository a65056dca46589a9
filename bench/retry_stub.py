"""A stub of what a retry calls, in a process of its own: `python -m bench.retry_stub`.

AppSync answers after 150 ms, DynamoDB at once: every record is stuck, and nobody has a Business.
The stub prints its address. For each line that it reads, it then prints as JSON when mutations
arrived since the line before (seconds on the monotonic clock). It ends when its input ends.
"""

import asyncio
import json
import sys
import time

from aiohttp import web

from tests.businesses.onboardings import onboarding

SECONDS = 0.15


def main() -> None:
    """Serve until the input ends."""
    asyncio.run(_serve())


async def _serve() -> None:
    stub = Stub()
    application = web.Application()
    application.router.add_post("/graphql", stub.graphql)
    application.router.add_post("/", stub.dynamodb)
    runner = web.AppRunner(application, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    [(_, port)] = runner.addresses
    print(f"http://127.0.0.1:{port}", flush=True)
    while await asyncio.to_thread(sys.stdin.readline):
        arrivals, stub.arrivals = stub.arrivals, []
        print(json.dumps(arrivals), flush=True)
    await runner.cleanup()


class Stub:
    """The two services. arrivals: when mutations arrived."""

    def __init__(self) -> None:
        self.arrivals: list[float] = []
        self._item = onboarding(1).to_item()

    async def graphql(self, request: web.Request) -> web.Response:
        """Answer the mutation, as slowly as AppSync does."""
        self.arrivals.append(time.monotonic())
        await request.read()
        await asyncio.sleep(SECONDS)
        return web.json_response({"data": {"createBusinessInGroup": True}})

    async def dynamodb(self, request: web.Request) -> web.Response:
        """Answer BatchGetItem and UpdateItem."""
        asked = await request.json()
        if request.headers["X-Amz-Target"].endswith("UpdateItem"):
            values = asked["ExpressionAttributeValues"]
            item = {**self._item, **asked["Key"], "status": values[":status"]}
            answer = {"Attributes": item}
        else:
            [(table, wanted)] = asked["RequestItems"].items()
            found = [{**self._item, **key} for key in wanted["Keys"] if "sub" in key]
            answer = {"Responses": {table: found}, "UnprocessedKeys": {}}
        return web.json_response(answer, content_type="application/x-amz-json-1.0")


if __name__ == "__main__":
    main()
