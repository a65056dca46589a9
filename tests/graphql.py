"""Makes GraphQL calls like a client of the API, over HTTP to the embedded AWS."""

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import urllib3
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

CREATE = """
mutation Create($email: AWSEmail!, $groupName: String!, $name: String!, $sub: ID!,
                $username: String!) {
  createBusinessInGroup(email: $email, groupName: $groupName, name: $name, sub: $sub,
                        username: $username)
}
"""
GET = "query Get($id: ID!) { getBusiness(id: $id) { id owner name email groupName createdAt } }"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What the API answered."""

    status: int
    body: dict[str, Any]

    @property
    def data(self) -> Any:
        """The data."""
        return self.body.get("data")

    @property
    def error_types(self) -> list[str]:
        """The type of each error."""
        return [error["errorType"] for error in self.body.get("errors", [])]


class GraphqlClient:
    """Calls one API. It connects to the embedded AWS but sends the API's own host name.

    endpoint_url: "" connects to the API's own host in a real account.
    """

    def __init__(self, endpoint_url: str, graphql_url: str, region: str) -> None:
        self._endpoint_url, self._graphql_url, self._region = endpoint_url, graphql_url, region

    def signed(self, credentials: Credentials, query: str, variables: dict[str, Any]) -> Answer:
        """Call with an IAM signature."""
        body = json.dumps({"query": query, "variables": variables})
        headers = {"content-type": "application/json", "host": self._host}
        request = AWSRequest("POST", self._graphql_url, headers, body)
        SigV4Auth(credentials, "appsync", self._region).add_auth(request)
        return self._post(dict(request.headers.items()), body)

    def with_token(self, token: str, query: str, variables: dict[str, Any]) -> Answer:
        """Call with a user pool token; "" calls without any authorization."""
        headers = {"content-type": "application/json", "host": self._host}
        if token:
            headers["authorization"] = token
        return self._post(headers, json.dumps({"query": query, "variables": variables}))

    @property
    def _host(self) -> str:
        return urlsplit(self._graphql_url).netloc

    def _post(self, headers: dict[str, str], body: str) -> Answer:
        own = urlsplit(self._graphql_url)
        url = (self._endpoint_url or f"{own.scheme}://{own.netloc}") + own.path
        with urllib3.PoolManager() as http:
            response = http.request("POST", url, body=body.encode(), headers=headers)
            return Answer(status=response.status, body=response.json())
