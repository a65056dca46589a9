"""A provider of single sign-on for tests: real HTTP, real signatures, the code flow with PKCE.

It plays a person who is logged in there and agrees at once. Its faults are those that a provider,
or somebody in its place, may have.
https://openid.net/specs/openid-connect-core-1_0.html#CodeFlowAuth
"""

import base64
import hashlib
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from jwt.algorithms import ECAlgorithm, RSAAlgorithm

CLIENT, SECRET = "onboarding", "the-client's-secret"
RSA_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)
EC_KEY = ec.generate_private_key(ec.SECP256R1())
STRANGERS_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


@dataclass
class Provider:
    """The provider. person: the claims of whoever is logged in there; None if nobody is."""

    issuer: str = ""
    person: dict[str, Any] | None = None
    algorithm: str = "RS256"
    key: Any = RSA_KEY
    claims: dict[str, Any] = field(default_factory=dict)  # in place of the ID token's right ones
    userinfo: dict[str, Any] = field(default_factory=dict)
    status: dict[str, int] = field(default_factory=dict)  # by path, in place of 200
    discovery: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # the paths, in order

    def document(self) -> dict[str, Any]:
        paths = {"authorization_endpoint": "authorize", "token_endpoint": "token"}
        paths |= {"jwks_uri": "jwks", "userinfo_endpoint": "userinfo"}
        found = {name: f"{self.issuer}/{path}" for name, path in paths.items()}
        return {"issuer": self.issuer, **found, **self.discovery}

    def jwks(self) -> dict[str, Any]:
        return {
            "keys": [
                {**RSAAlgorithm.to_jwk(RSA_KEY.public_key(), as_dict=True), "kid": "RS256"},
                {**ECAlgorithm.to_jwk(EC_KEY.public_key(), as_dict=True), "kid": "ES256"},
            ]
        }

    def authorize(self, query: dict[str, str]) -> str:
        """Return where the browser is sent back to."""
        assert query["client_id"] == CLIENT
        assert query["response_type"] == "code"
        assert query["code_challenge_method"] == "S256"
        assert "openid" in query["scope"].split()
        back = {"state": query["state"]}
        if self.person is None:
            assert query.get("prompt") == "none", "a person would have to log in"
            return f"{query['redirect_uri']}?{urlencode({**back, 'error': 'login_required'})}"
        code = secrets.token_urlsafe()
        self.codes[code] = query
        return f"{query['redirect_uri']}?{urlencode({**back, 'code': code})}"

    def token(self, form: dict[str, str]) -> tuple[int, dict[str, Any]]:
        query = self.codes.pop(form["code"], None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).decode().rstrip("=")
        if (
            query is None
            or form["grant_type"] != "authorization_code"
            or (form["client_id"], form["client_secret"]) != (CLIENT, SECRET)
            or form["redirect_uri"] != query["redirect_uri"]
            or challenge != query["code_challenge"]
        ):
            return 400, {"error": "invalid_grant"}
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            **(self.person or {}),
            **self.claims,
        }
        present = {name: value for name, value in claims.items() if value is not None}
        token = jwt.encode(present, self.key, self.algorithm, headers={"kid": self.algorithm})
        return 200, {"id_token": token, "access_token": "access", "token_type": "Bearer"}


class Handler(BaseHTTPRequestHandler):
    """Answers for the provider of its server."""

    server: Any

    def do_GET(self) -> None:
        provider, parts = self.server.provider, urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        if parts.path == "/authorize":
            self._answer(302, None, {"Location": provider.authorize(query)})
        elif parts.path == "/.well-known/openid-configuration":
            self._answer(200, provider.document())
        elif parts.path == "/jwks":
            self._answer(200, provider.jwks())
        elif parts.path == "/userinfo":
            assert self.headers["Authorization"] == "Bearer access"
            self._answer(200, {"sub": (provider.person or {})["sub"], **provider.userinfo})

    def do_POST(self) -> None:
        text = self.rfile.read(int(self.headers["Content-Length"])).decode()
        form = {name: values[0] for name, values in parse_qs(text).items()}
        self._answer(*self.server.provider.token(form))

    def _answer(self, status: int, body: Any, headers: dict[str, str] | None = None) -> None:
        path = urlsplit(self.path).path
        self.server.provider.asked.append(path)
        self.send_response(self.server.provider.status.get(path, status))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Type", "application/json")
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def serving() -> Iterator[Provider]:
    """Serve a provider on a free port."""
    server: Any = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.provider = Provider(f"http://127.0.0.1:{server.server_port}")
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield server.provider
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
