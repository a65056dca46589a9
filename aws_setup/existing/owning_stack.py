"""The CloudFormation stack that a resource belongs to, as its tags tell. Pure.

https://docs.aws.amazon.com/AWSCloudFormation/latest/UserGuide/aws-properties-resource-tags.html
"""

from collections.abc import Iterator, Mapping

TAG = "aws:cloudformation:stack-name"
OF_POOL = (
    "User pool {name} belongs to the CloudFormation stack {stack}. The next deployment of {stack} "
    "that changes the pool sets its functions as the template of {stack} says, and so takes the "
    "trigger off. Name the function of the output TriggerFunctionName in that template, or run "
    "`manage.py deploy_backend` after each of its deployments; `manage.py backend_status` says "
    "whether the pool calls the function."
)
OF_TABLE = (
    "Table {name} belongs to the CloudFormation stack {stack}. The next deployment of {stack} that "
    "changes the table's indexes may remove those that --add-indexes adds, and the table goes with "
    "{stack} unless that keeps it. The trigger is not touched."
)


def owner(words: str, name: str, tags: Mapping[str, str], own: str = "") -> Iterator[str]:
    """Yield what to know about a resource that belongs to another stack; nothing if to none.

    words: OF_POOL or OF_TABLE. name: the pool's id, or the table's name. own: the stack that is to
    use it. A table of its own that gave way once may still have its tag, but no deployment touches
    it.
    """
    if (stack := tags.get(TAG)) and stack != own:
        yield words.format(name=name, stack=stack)
