"""Where a template goes if nobody named a bucket: into the call, or the account's own bucket."""

from collections.abc import Callable, Mapping
from typing import Any

from aws_setup.exceptions import TemplateTooLarge
from aws_setup.template.account_bucket import DAYS_KEPT, AccountBucket
from aws_setup.template.delivery import InlineTemplate, TemplateBucket
from aws_setup.terminal.console import Console
from aws_setup.terminal.deploy_result import DeployResult

OFFER = (
    "The template is too large for a call, so CloudFormation has to read it from an S3 bucket.\n"
    "deploy_backend keeps one for that in each account and Region, and uses it from then on:\n"
    "  {bucket}: private, encrypted, TLS only; a template expires after {days} days."
)
MAKE_BUCKET = "Make this bucket?"
MADE = "The bucket {bucket} was made; nothing else was changed."
USES = "The template goes by way of the bucket {bucket}."
DRY_RUN_HINT = (
    "A dry run makes no bucket. Run it without --dry-run, which offers to make {bucket} first and "
    "shows the changes before it asks whether to deploy them; or name one with --template-bucket."
)
DECLINED_HINT = "Agree to make {bucket}, or name another bucket with --template-bucket."


class AccountDelivery:
    """Hands a template over in the call; only one that is too large for it goes into a bucket.

    The account's bucket is made once the operator agrees. client: returns a client of the named
    service. result: names the account by the time of the first delivery.
    """

    def __init__(
        self, client: Callable[[str], Any], console: Console, result: DeployResult, *, dry_run: bool
    ) -> None:
        self._client, self._console, self._result = client, console, result
        self._dry_run = dry_run

    def deliver(self, template: str, parameters: Mapping[str, str]) -> dict[str, Any]:
        """Return `TemplateBody` or `TemplateURL`.

        Raises TemplateTooLarge if no bucket is made, and BucketTaken.
        """
        try:
            return InlineTemplate().deliver(template, parameters)
        except TemplateTooLarge as error:
            s3 = self._client("s3")
            bucket = AccountBucket(s3, self._result.account)
            if not bucket.is_ready():
                self._make(bucket, error)
        said = USES.format(bucket=bucket.name)
        self._console.say(said)
        self._result.notes = [*self._result.notes, said]
        bucket_delivery = TemplateBucket(s3, bucket.name, owner=bucket.account)
        return bucket_delivery.deliver(template, parameters)

    def _make(self, bucket: AccountBucket, reason: TemplateTooLarge) -> None:
        if self._dry_run:
            raise TemplateTooLarge(str(reason), hint=DRY_RUN_HINT.format(bucket=bucket.name))
        self._console.say(OFFER.format(bucket=bucket.name, days=DAYS_KEPT))
        if not self._console.confirm(MAKE_BUCKET):
            raise TemplateTooLarge(str(reason), hint=DECLINED_HINT.format(bucket=bucket.name))
        bucket.make()
        self._result.aws_state = MADE.format(bucket=bucket.name)
        self._console.say(self._result.aws_state)
