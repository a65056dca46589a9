"""What can go wrong in this package, each with its mend."""


class AwsSetupError(Exception):
    """Base of this package's errors: the message says what happened, `hint` what to do.

    An entry point catches this one name and prints both.
    """

    hint = "Run `manage.py deploy_backend --dry-run` to see where the backend stands."

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class SettingMissing(AwsSetupError):
    """A setting that the command can't do without is empty or unusable."""

    hint = "Set it in the environment or in .env (see .env.example)."


class CredentialsUnusable(AwsSetupError):
    """AWS was not asked, or did not know who asks."""

    hint = "Check with `aws sts get-caller-identity`."


class AwsUnreachable(AwsSetupError):
    """No answer came from AWS."""

    hint = "Check the network, any proxy and AWS_ENDPOINT_URL (unset for AWS itself); run it again."


class AccessRefused(AwsSetupError):
    """AWS knows who asks and refuses the action."""

    hint = "Have the action allowed for these credentials, or use others."


class AwsBusy(AwsSetupError):
    """AWS throttled the call or failed by itself, and the retries did not help."""

    hint = "Wait a minute and run it again; every step may run twice."


class UnexpectedAwsError(AwsSetupError):
    """AWS answered with an error that nothing here knows."""

    hint = "AWS's own words say why. Mend that and run it again; --traceback shows the call."


class TemplateUnusable(AwsSetupError):
    """The template, or a file that it names, can't be made into a body."""

    hint = "Mend the file and run it again."


class LinterMissing(AwsSetupError):
    """cfn-lint is not installed, as on a machine that only serves the site."""

    hint = "Install what deploying needs: pip install -r requirements-deploy.txt"


class TemplateRefused(AwsSetupError):
    """cfn-lint or CloudFormation found the body wrong."""

    hint = (
        "Mend the template; `manage.py deploy_backend --print-template | cfn-lint -` shows it all."
    )


class StackMissing(AwsSetupError):
    """There is no such stack, or it holds nothing yet."""

    hint = "Create it with `manage.py deploy_backend`, or correct BACKEND_STACK_NAME or AWS_REGION."


class UserPoolMissing(AwsSetupError):
    """There is no such user pool."""

    hint = "Correct the id or AWS_REGION; `aws cognito-idp list-user-pools --max-results 60`."


class UserPoolBusy(AwsSetupError):
    """Another change of the pool, or an import of users, runs."""

    hint = "Wait until it is over, then run it again."


class UserPoolRefused(AwsSetupError):
    """Cognito doesn't take what it reports of a pool."""

    hint = "Mend the setting that the message names, in the Cognito console; then run it again."


class SecondFactorsUncertain(AwsSetupError):
    """A pool was changed, and its settings of multi-factor authentication may be lost by it."""


class TableUnusable(AwsSetupError):
    """A table that is there already can't hold the Business records as it is."""


class TriggerTaken(AwsSetupError):
    """The pool has a PostConfirmation function of somebody else's."""


class ExistingResourcesDiffer(AwsSetupError):
    """The stack has another pool or table than the one that is asked for."""


class AdoptionAmbiguous(AwsSetupError):
    """Stacks of this name have left more than one of a kind."""


class RemovalFailed(AwsSetupError):
    """The stack, or something that it left, could not be removed."""


class NoOperator(AwsSetupError):
    """A question would be asked, and the input is not a terminal."""

    hint = "Add --yes to agree to everything, or --dry-run to see the changes."

    def __init__(self, *, hint: str = "") -> None:
        super().__init__(
            "There is nobody to ask, because the input is not a terminal. Nothing was changed.",
            hint=hint,
        )


class WrongStackName(AwsSetupError):
    """Something else than the stack's name was typed."""


class StackNotReady(AwsSetupError):
    """The stack takes no update now. status: the stack's; "" where AWS did not say."""

    def __init__(self, message: str, *, status: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class StackBusy(StackNotReady):
    """Another operation runs on the stack."""

    hint = "Wait until it is over, then run it again; without --dry-run it can be watched."


class StackNotUpdatable(StackNotReady):
    """The stack is in a state that takes no update."""


class PlanFailed(AwsSetupError):
    """CloudFormation could not make a change set."""

    hint = "Mend what AWS names (the template, or a setting such as BUSINESS_GROUP_NAME)."


class ReplacementNotAllowed(AwsSetupError):
    """An update would leave data behind, and nobody is asked about it."""


class PlanOutdated(AwsSetupError):
    """The stack changed after the change set was made."""

    hint = "Run it again and look at the new changes."


class DeployFailed(AwsSetupError):
    """The stack operation ended in a failure.

    cause: the first failure, with AWS's reason.
    aws_state: the stack's state, and what is left over.
    """

    def __init__(self, cause: str, aws_state: str, *, hint: str = "") -> None:
        super().__init__(f"{cause}\n{aws_state}", hint=hint)
        self.cause, self.aws_state = cause, aws_state


class DeployCancelled(AwsSetupError):
    """The operator had the operation cancelled, and it is."""

    hint = "Run it again to deploy."


class CancelRefused(AwsSetupError):
    """The operation is past the point where it can be stopped."""

    hint = "Wait for its end and deploy again what is wanted instead."


class DeployUnfinished(AwsSetupError):
    """The wait ended before the operation did; CloudFormation goes on by itself."""

    hint = "Run it again later: it says whether the operation still runs."
