"""A user pool of the embedded AWS as the provider of single sign-on."""

import os
from collections.abc import Iterator
from urllib.parse import parse_qsl

import pytest
import requests
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client, override_settings

from aws_setup.local.server import LocalAws
from onboarding_site.signing_in.single_sign_on.discovery import ENDPOINTS, key_of
from tests.onboarding_site.configuration.reading import settings_of
from tests.onboarding_site.signing_in.conftest import URLS
from tests.processes import KEY

SITE = "http://testserver"
BEGIN, CALLBACK = "/single-sign-on/begin/", "/single-sign-on/callback/"
NAME, PASSWORD = "sally@example.com", "Correct-Horse-1979"


@pytest.fixture
def pool(local_aws: LocalAws, db: None) -> Iterator[str]:
    """A pool with Sally, who is in a group; the site's settings name the pool."""
    cognito = local_aws.client("cognito-idp", "eu-central-1")
    pool = cognito.create_user_pool(PoolName="staff", UsernameAttributes=["email"])["UserPool"][
        "Id"
    ]
    client = cognito.create_user_pool_client(
        UserPoolId=pool,
        ClientName="site",
        GenerateSecret=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile"],
        AllowedOAuthFlowsUserPoolClient=True,
        CallbackURLs=[f"{SITE}{CALLBACK}"],
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]
    cognito.admin_create_user(
        UserPoolId=pool,
        Username=NAME,
        UserAttributes=[
            {"Name": "email", "Value": NAME},
            {"Name": "email_verified", "Value": "true"},
        ],
        MessageAction="SUPPRESS",
    )
    cognito.admin_set_user_password(
        UserPoolId=pool, Username=NAME, Password=PASSWORD, Permanent=True
    )
    cognito.create_group(UserPoolId=pool, GroupName="support-eu")
    cognito.admin_add_user_to_group(UserPoolId=pool, Username=NAME, GroupName="support-eu")
    address = local_aws.environment("eu-central-1")["AWS_ENDPOINT_URL"]
    document = requests.get(f"{address}/{pool}/.well-known/openid-configuration", timeout=30).json()
    read = settings_of(
        {
            "ENV_FILE": os.devnull,
            "SECRET_KEY": KEY,
            "OIDC_ISSUER": document["issuer"],
            "OIDC_CLIENT_ID": client["ClientId"],
            "OIDC_CLIENT_SECRET": client["ClientSecret"],
            "OIDC_VIEWER_GROUPS": "support-eu",
            "OIDC_GROUPS_CLAIM": "cognito:groups",
        }
    )
    names = {"MIDDLEWARE", "AUTHENTICATION_BACKENDS", "PASSWORD_SIGN_IN"}
    given = {name: read[name] for name in read if name in names or name.startswith("OIDC_")}
    with override_settings(ROOT_URLCONF=URLS, **given):
        # The issuer is named as at AWS, where this process cannot ask for the document.
        cache.set(key_of(document["issuer"]), {key: document[key] for key in ENDPOINTS.values()})
        yield pool
    cache.clear()


def test_a_member_of_a_group_of_the_pool_signs_in(pool: str) -> None:
    browser = Client()
    there = browser.get(BEGIN).headers["Location"]
    query = there.partition("?")[2]
    login = f"{there.partition('/oauth2/')[0]}/login"
    form = {**dict(parse_qsl(query)), "username": NAME, "password": PASSWORD}
    back = requests.post(login, form, allow_redirects=False, timeout=30).headers["Location"]
    assert back.startswith(f"{SITE}{CALLBACK}?")
    answer = browser.get(back.removeprefix(SITE))
    assert answer.headers["Location"] == "/admin/"
    user = User.objects.get()
    assert (user.username, user.is_staff) == (NAME, True)
    assert [group.name for group in user.groups.all()] == ["Viewer"]
