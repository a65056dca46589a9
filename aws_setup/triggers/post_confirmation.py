"""The user pool's PostConfirmation trigger: onboards the business that has just confirmed.

It calls the mutation createBusinessInGroup. Whatever goes wrong, the person is confirmed and must
not see an error, so a failure becomes a record in the Onboarding table, for staff to retry, and the
event is returned unchanged. All of this may run twice, even at the same time.

It is one file that uses only the standard library, because it is part of the template, and because
loading an SDK takes longer than the calls do. Environment: GRAPHQL_URL_PARAMETER (the name of an
SSM parameter), GROUP_NAME, ONBOARDING_TABLE, URL_SUFFIX (the end of AWS's host names); AWS_REGION
and credentials, which Lambda sets; and AWS_ENDPOINT_URL, as in any AWS client.
https://docs.aws.amazon.com/cognito/latest/developerguide/user-pool-lambda-post-confirmation.html
"""

import hashlib
import hmac
import json
import os
import queue
import random
import re
import ssl
import sys
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime
from http.client import HTTPConnection, HTTPException, HTTPSConnection
from typing import Any
from urllib.parse import urlsplit

MUTATION = (
    "mutation Onboard($email: AWSEmail!, $groupName: String!, $name: String!, $sub: ID!,"
    " $username: String!) { createBusinessInGroup(email: $email, groupName: $groupName,"
    " name: $name, sub: $sub, username: $username) }"
)
JSON = "application/x-amz-json-"
OK, NOT_FOUND = 200, 404  # of HTTP
CONTENT_TYPES = {"appsync": "application/json", "ssm": f"{JSON}1.1", "dynamodb": f"{JSON}1.0"}

# Seconds. Of the time that Lambda has left, MARGIN stays unused, because Cognito started to count
# earlier, and RECORD is reserved for writing the record. CALL is the limit of one call, and short
# enough for another one after a call that hangs.
MARGIN, RECORD, CALL, CONNECT, PAUSE = 0.3, 1.0, 2.5, 1.0, 0.1

# Throttling, and what a service calls its own fault; AppSync passes on the error types of Cognito
# and DynamoDB, and gives one type to many of the latter, which only the message tells apart. Any
# other type is a refusal, which would only be repeated by a second try.
TRANSIENT = re.compile(
    r"Throttl|TooManyRequests|LimitExceeded|ThroughputExceeded|TransactionConflict|ExecutionTimeout"
    r"|Internal(Failure|Error|ServerError)|ServiceUnavailable|HttpStatus(429|5\d\d)"
)
BUSY = re.compile(r"Throughput exceeds|Rate exceeded|Status Code: 5\d\d")

# Both last as long as the container. Lambda gives it a full CPU while it starts.
TLS = ssl.create_default_context()
GRAPHQL_URLS: dict[str, str] = {}  # by the name of the SSM parameter

Response = tuple[int, bytes]  # status and body


class CallError(Exception):
    """A call failed. type: the service's name for the error, or ours. message: for staff.

    transient: the call may succeed a moment later. stale: nothing answers at this address.
    """

    def __init__(
        self, type_: str, message: str, *, transient: bool = False, stale: bool = False
    ) -> None:
        self.type, self.message = type_, message[:1000]
        self.transient, self.stale = transient, stale
        super().__init__(f"{type_}: {self.message}")


def pause_shortly() -> None:
    """Wait for one to two times PAUSE, so that throttled callers don't all return at once."""
    time.sleep(random.uniform(PAUSE, 2 * PAUSE))  # noqa: S311 - not a secret


def handler(event: Any, context: Any, pause: Callable[[], None] = pause_shortly) -> Any:
    """Onboard the user who confirmed a sign-up. Returns `event` unchanged. Never raises."""
    try:
        client = event["callerContext"].get("clientId") or ""  # an administrator has none
        is_ours = re.search(os.environ.get("CLIENT_ID_PATTERN", ""), client)
        if event["triggerSource"] == "PostConfirmation_ConfirmSignUp" and is_ours:
            seconds = context.get_remaining_time_in_millis() / 1000
            onboard(event, time.monotonic() + seconds - MARGIN, pause)
    except Exception as error:  # noqa: BLE001 - the person would see it, which helps nobody
        user = event.get("userName") if isinstance(event, dict) else None
        log(level="CRITICAL", message="Broken; NOT recorded.", username=user, error=repr(error))
    return event


def onboard(event: dict[str, Any], end: float, pause: Callable[[], None]) -> None:
    """Call the mutation. If that fails, record the failure; if that fails too, log the user.

    end: the time.monotonic() by which everything must be done.
    """
    started, arguments = time.monotonic(), mutation_arguments(event)
    line: dict[str, Any] = {key: arguments[key] for key in ("sub", "username")}
    line |= {"userPoolId": event.get("userPoolId"), "attempt": 1}
    level, message = "INFO", "Onboarded."
    try:
        call_mutation(arguments, end - RECORD, pause, line)
    except Exception as error:  # noqa: BLE001 - a bug of ours must not lose the person, either
        unknown = CallError(type(error).__name__, str(error))
        failure = error if isinstance(error, CallError) else unknown
        line |= {"type": failure.type, "reason": failure.message}
        try:
            level, message = "ERROR", record(failure, arguments, end)
        except Exception as fault:  # noqa: BLE001 - for the same reason
            level, message = "CRITICAL", f"Failed; NOT recorded: {type(fault).__name__}: {fault}"
    log(level=level, message=message, **line, duration_seconds=round(time.monotonic() - started, 3))


def mutation_arguments(event: dict[str, Any]) -> dict[str, str]:
    """Return the mutation's arguments from the event; "" for each that is missing."""
    attributes = event["request"]["userAttributes"]
    email = attributes.get("email") or ""
    given = attributes.get("given_name", ""), attributes.get("family_name", "")
    names = [attributes.get("custom:business_name"), attributes.get("name")]
    names += [" ".join(given), email.partition("@")[0]]
    return {
        "email": email,
        "groupName": os.environ["GROUP_NAME"],
        "name": next((name.strip() for name in names if name and name.strip()), ""),
        "sub": attributes.get("sub") or "",
        "username": event.get("userName") or "",
    }


def call_mutation(
    arguments: dict[str, str], until: float, pause: Callable[[], None], line: dict[str, Any]
) -> None:
    """Call the mutation at most twice, and count in line["attempt"]. Raises CallError."""
    for key in ("sub", "email"):
        if not arguments[key].strip():
            raise CallError(f"Missing{key.title()}", f"The user has no {key}.")
    try:
        create_business(arguments, until, look_again=True)
    except CallError as failure:
        if not failure.transient or time.monotonic() + 4 * PAUSE > until:
            raise
        log(level="WARNING", message="Failed; trying once more.", type=failure.type, **line)
        pause()
        line["attempt"] = 2
        create_business(arguments, until, look_again=False)


def create_business(arguments: dict[str, str], until: float, *, look_again: bool) -> None:
    """Call the mutation once. Raises CallError, also for any answer other than true.

    look_again: if nothing answers, read the URL again, and repeat the call if it has changed.
    """
    url, request = graphql_url(until), {"query": MUTATION, "variables": arguments}
    try:
        answer = call("appsync", request, until, url=url)
    except CallError as failure:
        if look_again and failure.stale and graphql_url(until, anew=True) != url:
            return create_business(arguments, until, look_again=False)
        raise
    if answer.get("errors"):
        raise refusal(OK, answer)
    if answer.get("data") != {"createBusinessInGroup": True}:
        raise CallError("UnexpectedAnswer", "The mutation answered neither true nor an error.")
    return None


def graphql_url(until: float, *, anew: bool = False) -> str:
    """Return the API's URL from the SSM parameter, read once per container. Raises CallError."""
    name = os.environ["GRAPHQL_URL_PARAMETER"]
    if anew or name not in GRAPHQL_URLS:
        answer = call("ssm", {"Name": name}, until, target="AmazonSSM.GetParameter")
        url, env = answer["Parameter"]["Value"], os.environ
        host = f"[a-z0-9]+.appsync-api.{env['AWS_REGION']}.{env['URL_SUFFIX']}".replace(".", r"\.")
        # Whoever can write the parameter must not get the people's data.
        if not re.fullmatch(f"https://{host}/graphql", url):
            raise CallError("UnexpectedUrl", f"{name} names no API of this Region.")
        GRAPHQL_URLS[name] = url
    return GRAPHQL_URLS[name]


def record(failure: CallError, arguments: dict[str, str], until: float) -> str:
    """Write the failure to the table, unless its record is settled. Returns a log message.

    Raises CallError.
    """
    update = failed_onboarding(failure, arguments, datetime.now(UTC))
    again = True
    while True:
        try:
            call("dynamodb", update, until, target="DynamoDB_20120810.UpdateItem")
        except CallError as error:
            if error.type == "ConditionalCheckFailedException":
                return "Failed; the record was settled before and stays."
            if not (again and error.transient):
                raise
            again = False
        else:
            return "Failed; recorded."


def failed_onboarding(
    failure: CallError, arguments: dict[str, str], at: datetime
) -> dict[str, Any]:
    """Return the UpdateItem request that records a failure, unless another status is recorded.

    A missing argument is written as "", so that the attribute exists and the API names it when it
    refuses a retry. The number of attempts is not limited here: a user is confirmed once, so the
    trigger adds one attempt or, if Cognito repeats its call, three.
    """
    now = {"S": at.isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    reason = {"type": {"S": failure.type}, "message": {"S": failure.message}}
    attempt = {"at": now, "by": {"S": "trigger"}, "outcome": {"S": "FAILED"}, **reason}
    new: dict[str, Any] = {key: {"S": value} for key, value in arguments.items() if key != "sub"}
    new |= {"status": {"S": "FAILED"}, "source": {"S": "trigger"}, "reason": {"M": reason}}
    new |= {"updatedAt": now, "attempts": {"L": [{"M": attempt}]}, "firstFailedAt": now}
    old = {
        "attempts": "list_append(if_not_exists(#attempts, :none), :attempts)",
        "firstFailedAt": "if_not_exists(#firstFailedAt, :firstFailedAt)",
    }
    sets = ", ".join(f"#{key} = {old.get(key, f':{key}')}" for key in new)
    return {
        "TableName": os.environ["ONBOARDING_TABLE"],
        "Key": {"sub": {"S": arguments["sub"]}},
        "UpdateExpression": f"SET {sets}",
        "ConditionExpression": "attribute_not_exists(#status) OR #status = :status",
        "ExpressionAttributeNames": {f"#{key}": key for key in new},
        "ExpressionAttributeValues": {":none": {"L": []}, **{f":{k}": v for k, v in new.items()}},
    }


def call(
    service: str, request: object, until: float, *, url: str = "", target: str = ""
) -> dict[str, Any]:
    """POST `request`, signed. Returns the JSON object of the answer; {} if it holds none.

    If an endpoint is set, the call goes there, but the signed Host stays that of the service.
    Raises CallError.
    """
    env, body = os.environ, json.dumps(request).encode()
    region = env["AWS_REGION"]
    url = url or f"https://{service}.{region}.{env['URL_SUFFIX']}/"
    _, host, path, _, _ = urlsplit(url)
    optional = {"X-Amz-Target": target, "X-Amz-Security-Token": env.get("AWS_SESSION_TOKEN")}
    headers = {name: value for name, value in optional.items() if value}
    headers |= {"Host": host, "Content-Type": CONTENT_TYPES[service]}
    headers["X-Amz-Date"] = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    keys = env["AWS_ACCESS_KEY_ID"], env["AWS_SECRET_ACCESS_KEY"]
    headers["Authorization"] = authorization(path, headers, body, (region, service), keys)
    via = env.get(f"AWS_ENDPOINT_URL_{service.upper()}") or env.get("AWS_ENDPOINT_URL") or url
    status, text = send(via, ("POST", path, body, headers), until)
    try:
        answer = json.loads(text)
    except ValueError:
        answer = None
    answer = answer if isinstance(answer, dict) else {}
    if status == OK:
        return answer
    raise refusal(status, answer)


def authorization(
    path: str, headers: dict[str, str], body: bytes, scope: tuple[str, str], keys: tuple[str, str]
) -> str:
    """Sign a POST with Signature Version 4. Returns its Authorization header.

    headers: all are signed; Host and X-Amz-Date are required. scope: Region, service.
    keys: access key id, secret access key.
    https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_sigv-create-signed-request.html
    """
    signed = {name.lower(): " ".join(value.split()) for name, value in headers.items()}
    names = ";".join(sorted(signed))
    lines = "".join(f"{name}:{signed[name]}\n" for name in sorted(signed))
    digest = hashlib.sha256(body).hexdigest()
    request = hashlib.sha256(f"POST\n{path}\n\n{lines}\n{names}\n{digest}".encode()).hexdigest()
    at, key = signed["x-amz-date"], f"AWS4{keys[1]}".encode()
    steps = at[:8], *scope, "aws4_request"
    for step in steps:
        key = hmac.digest(key, step.encode(), "sha256")
    text = f"AWS4-HMAC-SHA256\n{at}\n{'/'.join(steps)}\n{request}"
    signature = hmac.digest(key, text.encode(), "sha256").hex()
    credential = "/".join((keys[0], *steps))
    return f"AWS4-HMAC-SHA256 Credential={credential}, SignedHeaders={names}, Signature={signature}"


def send(via: str, request: tuple[str, str, bytes, dict[str, str]], until: float) -> Response:
    """Send http.client's `request` to the host of the URL `via`. Raises CallError.

    It runs in a thread, because a socket's timeout covers neither the lookup of the host nor an
    answer that arrives byte by byte. A thread that is left behind ends with that timeout.
    """
    parts, seconds = urlsplit(via), min(CALL, max(until - time.monotonic(), 0))
    connection = HTTPConnection(parts.netloc)
    if parts.scheme != "http":
        connection = HTTPSConnection(parts.netloc, context=TLS)
    outcomes: queue.SimpleQueue[Response | CallError] = queue.SimpleQueue()

    def run() -> None:
        outcomes.put(exchange(connection, request, seconds))

    try:
        if seconds:
            threading.Thread(target=run, daemon=True).start()
        outcome = outcomes.get(timeout=seconds)
    except queue.Empty:
        text = f"{parts.netloc} did not answer within {seconds:.1f} s."
        raise CallError("Timeout", text, transient=True) from None
    if isinstance(outcome, CallError):
        raise outcome
    return outcome


def exchange(connection: HTTPConnection, request: Any, seconds: float) -> Response | CallError:
    """Do what `send` does, without its time limit, and return an error instead of raising it."""
    connected, connection.timeout = False, min(CONNECT, seconds)
    try:
        connection.connect()
        connected = True
        connection.sock.settimeout(seconds)
        connection.request(*request)
        response = connection.getresponse()
        return response.status, response.read()
    except (OSError, HTTPException, ValueError) as error:
        broken = "Timeout" if isinstance(error, TimeoutError) else "ConnectionBroken"
        kind = broken if connected else "Unreachable"
        text = f"{connection.host}: {error!r}"
        return CallError(kind, text, transient=True, stale=not connected)
    finally:
        connection.close()


def refusal(status: int, answer: dict[str, Any]) -> CallError:
    """Return the CallError for an error answer of GraphQL or of a service."""
    errors = answer.get("errors")
    error = errors[0] if isinstance(errors, list) else answer
    unnamed = "GraphQLError" if status == OK else f"HttpStatus{status}"
    # A service may put its namespace first: "com.amazonaws.dynamodb.v20120810#TheException".
    kind = (error.get("errorType") or error.get("__type") or unnamed).rpartition("#")[2]
    message = error.get("message") or error.get("Message") or f"HTTP status {status}."
    transient = TRANSIENT.search(f"{kind} HttpStatus{status}") or BUSY.search(message)
    return CallError(kind, message, transient=bool(transient), stale=status == NOT_FOUND)


def log(**fields: object) -> None:
    """Write one line of JSON to stdout, with e-mail addresses hidden."""
    hide = re.compile(r"[^\s@]+@[^\s@]+").sub
    line = {k: hide("[e-mail]", v) if isinstance(v, str) else v for k, v in fields.items()}
    sys.stdout.write(json.dumps(line, default=str) + "\n")
    sys.stdout.flush()
