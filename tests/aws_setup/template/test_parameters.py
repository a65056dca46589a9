"""What the settings say, as the template's parameters."""

from typing import Any

import pytest

from aws_setup.exceptions import SettingMissing
from aws_setup.template.parameters import backend_parameters


@pytest.mark.parametrize("address", ["", "ops@example.com"])
def test_an_alarm_address_may_be_left_out(settings: Any, address: str) -> None:
    settings.ALARM_EMAIL = address
    assert backend_parameters()["AlarmEmail"] == address


@pytest.mark.parametrize("address", ["not an address", "a@example.com, b@example.com", "ops@"])
def test_what_is_no_address_is_refused_and_not_repeated(settings: Any, address: str) -> None:
    settings.ALARM_EMAIL = address
    with pytest.raises(SettingMissing, match=r"ALARM_EMAIL is not an e-mail address\.") as caught:
        backend_parameters()
    assert address not in f"{caught.value} {caught.value.hint}"


def test_a_pool_sends_by_ses_if_an_identity_is_set(settings: Any) -> None:
    settings.EMAIL_IDENTITY_ARN = "arn:aws:ses:eu-central-1:123456789012:identity/example.com"
    settings.EMAIL_FROM = "Example <hello@example.com>"
    parameters = backend_parameters()
    assert parameters["EmailIdentityArn"] == settings.EMAIL_IDENTITY_ARN
    assert parameters["EmailFrom"] == settings.EMAIL_FROM
