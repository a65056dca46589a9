"""A stub for the rest of AWS: `python -m bench.cognito_stub`, in a process of its own.

Cognito answers each call after 25 ms, however many are in progress; a number on standard input
replaces that, in seconds. CloudFormation answers at once
that the stack `bench-N` has the table `businesses-N`.
"""

import asyncio
import json
import sys
from urllib.parse import parse_qs

delay_seconds = [0.025]  # how long Cognito takes now

# Of both calls, each of which leaves out what the other answers.
ANSWER = {"Groups": [{"GroupName": "businesses"}], "Users": []}
STACK = """<DescribeStacksResponse><DescribeStacksResult><Stacks><member>
<StackName>{stack}</StackName><StackStatus>CREATE_COMPLETE</StackStatus>
<CreationTime>2026-01-01T00:00:00.000Z</CreationTime><Outputs>
<member><OutputKey>BusinessTableName</OutputKey><OutputValue>businesses-{size}</OutputValue></member>
<member><OutputKey>UserPoolId</OutputKey><OutputValue>eu-central-1_bench</OutputValue></member>
</Outputs></member></Stacks></DescribeStacksResult></DescribeStacksResponse>"""


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Answer the requests of one connection, one after another, until it is closed."""
    try:
        while True:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").lower()
            length = int(head.partition("content-length:")[2].partition("\r\n")[0] or 0)
            body = (await reader.readexactly(length)).decode()
            if "x-amz-target: awscognitoidentityproviderservice." in head:
                await asyncio.sleep(delay_seconds[0])
                text = json.dumps(ANSWER)
            else:
                stack = parse_qs(body)["StackName"][0]
                text = STACK.format(stack=stack, size=stack.removeprefix("bench-"))
            writer.write(
                f"HTTP/1.1 200 OK\r\nContent-Length: {len(text)}\r\n\r\n{text}".encode("latin-1")
            )
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionResetError, asyncio.CancelledError):
        writer.close()


async def main() -> None:
    """Print the address and serve until standard input ends."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    while line := await asyncio.to_thread(sys.stdin.readline):
        delay_seconds[0] = float(line)
        print("as asked", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
