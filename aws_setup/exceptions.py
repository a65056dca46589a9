"""The errors of this package. Each says what to do about it."""


class AwsSetupError(Exception):
    """Base class of this package's errors. The message says what happened, `hint` what to do.

    Entry points catch this class and print both.
    """

    hint = "Run `manage.py deploy_backend --dry-run` to see the state of the backend."

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        if hint:
            self.hint = hint


class SettingMissing(AwsSetupError):
    """A setting that the command needs is empty or unusable."""

    hint = "Set it in the environment or in .env (see .env.example)."


class CredentialsUnusable(AwsSetupError):
    """There are no credentials, or AWS does not accept them."""

    hint = "Check with `aws sts get-caller-identity`."


class AwsUnreachable(AwsSetupError):
    """AWS did not answer."""

    hint = "Check the network, any proxy and AWS_ENDPOINT_URL (unset for AWS itself); run it again."


class AccessRefused(AwsSetupError):
    """AWS accepts the credentials but refuses the action."""

    hint = "Have the action allowed for these credentials, or use others."


class AwsBusy(AwsSetupError):
    """AWS throttled the call or had a fault of its own, and retrying did not help."""

    hint = "Wait a minute and run it again; it is safe for every step to run twice."


class UnexpectedAwsError(AwsSetupError):
    """AWS answered with an error that this package does not know."""

    hint = "AWS's message says why. Fix that and run it again; --traceback shows the call."


class TemplateUnusable(AwsSetupError):
    """The template, or a file that it names, can't be rendered."""

    hint = "Fix the file and run it again."


class TemplateTooLarge(TemplateUnusable):
    """The template is too large for the way in which CloudFormation was to get it."""

    hint = "Name an S3 bucket of the same Region with --template-bucket."


class BucketTaken(AwsSetupError):
    """The bucket that would hold the template belongs to somebody else."""

    hint = "Name another S3 bucket of the same Region with --template-bucket."


class LinterMissing(AwsSetupError):
    """cfn-lint is not installed, as on a machine that only serves the site."""

    hint = "Install what deploying needs: pip install -r requirements-deploy.txt"


class TemplateRefused(AwsSetupError):
    """cfn-lint or CloudFormation found errors in the rendered template."""

    hint = (
        "Fix the template; `manage.py deploy_backend --print-template | cfn-lint -` lists all "
        "errors."
    )


class StackMissing(AwsSetupError):
    """The stack does not exist, or it has no outputs yet."""

    hint = "Create it with `manage.py deploy_backend`, or correct BACKEND_STACK_NAME or AWS_REGION."


class UserPoolMissing(AwsSetupError):
    """The user pool does not exist."""

    hint = "Correct the id or AWS_REGION; `aws cognito-idp list-user-pools --max-results 60`."


class UserPoolBusy(AwsSetupError):
    """Somebody else is changing the pool, or importing users into it."""

    hint = "Wait until it is over, then run it again."


class UserPoolRefused(AwsSetupError):
    """Cognito does not accept the settings that it reports for a pool."""

    hint = "Fix the setting that the message names in the Cognito console, then run it again."


class UserPoolUnusable(AwsSetupError):
    """An existing user pool in which the stack could not onboard anybody, whatever is set there."""

    hint = "Name another pool with --user-pool-id, or leave it out for a new one."


class SecondFactorsUncertain(AwsSetupError):
    """A pool was changed, and that may have reset its multi-factor authentication."""


class TableUnusable(AwsSetupError):
    """An existing table can't hold the Business records as it is."""


class TriggerTaken(AwsSetupError):
    """The pool already calls somebody else's PostConfirmation function."""


class ExistingResourcesDiffer(AwsSetupError):
    """The stack uses a different pool or table from the one in the options."""


class AdoptionAmbiguous(AwsSetupError):
    """Earlier stacks of this name left more than one resource of a kind."""


class RemovalFailed(AwsSetupError):
    """The stack, or something that it left behind, could not be removed."""


class NoOperator(AwsSetupError):
    """There is a question to ask, but the input is not a terminal."""

    hint = "Add --yes to agree to everything, or --dry-run to see the changes."

    def __init__(self, *, hint: str = "") -> None:
        super().__init__(
            "There is nobody to ask, because the input is not a terminal. Nothing was changed.",
            hint=hint,
        )


class WrongStackName(AwsSetupError):
    """Something other than the stack's name was typed."""


class StackNotReady(AwsSetupError):
    """The stack can't be updated now. status: the stack's; "" if AWS did not say."""

    def __init__(self, message: str, *, status: str = "", hint: str = "") -> None:
        super().__init__(message, hint=hint)
        self.status = status


class StackBusy(StackNotReady):
    """Another operation is running on the stack."""

    hint = "Wait until it is over, then run it again; without --dry-run it can be watched."


class StackNotUpdatable(StackNotReady):
    """The stack is in a state that allows no update."""


class StackOfOthers(AwsSetupError):
    """The stack of that name holds something else than this backend."""

    hint = "Correct BACKEND_STACK_NAME or AWS_REGION; a new backend needs a name that is free."


class PlanFailed(AwsSetupError):
    """CloudFormation could not make a change set."""

    hint = "Fix what AWS names: the template, or a setting such as BUSINESS_GROUP_NAME."


class ConsentMissing(AwsSetupError):
    """Data would stay behind, or the user pool would lose settings, and nobody can be asked."""


class PlanOutdated(AwsSetupError):
    """The stack was changed after the change set had been made."""

    hint = "Run it again and look at the new changes."


class DeployFailed(AwsSetupError):
    """The stack operation failed.

    cause: the first failure, with AWS's reason.
    aws_state: the state of the stack, and what the operation left behind.
    """

    def __init__(self, cause: str, aws_state: str, *, hint: str = "") -> None:
        super().__init__(f"{cause}\n{aws_state}", hint=hint)
        self.cause, self.aws_state = cause, aws_state


class DeployCancelled(AwsSetupError):
    """The operation was cancelled, as the operator wanted."""

    hint = "Run it again to deploy."


class CancelRefused(AwsSetupError):
    """It is too late to cancel the operation."""

    hint = "Wait until it ends, then deploy what you want instead."


class DeployUnfinished(AwsSetupError):
    """The wait ended before the operation did, and CloudFormation goes on by itself."""

    hint = "Run it again later; it says whether the operation is still running."
