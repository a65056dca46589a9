"""S3's check of who owns a bucket, which ministack lacks.

https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-owner-condition.html
"""

from ministack.services import s3

from aws_setup.local.http import Request, Response

EXPECTED_OWNER = "x-amz-expected-bucket-owner"
DENIED = (
    b'<?xml version="1.0" encoding="UTF-8"?>\n'
    b"<Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>"
)


def refusal(request: Request) -> Response | None:
    """Return S3's refusal of a call whose bucket belongs to another account than it expects.

    A bucket that does not exist is for S3 to report.
    """
    expected = request.headers.get(EXPECTED_OWNER)
    bucket = request.path.lstrip("/").partition("/")[0]
    owner = s3._bucket_owner_account(bucket) if expected else None  # noqa: SLF001
    if owner in {None, expected}:
        return None
    body = b"" if request.method == "HEAD" else DENIED
    return Response(status=403, headers=[(b"content-type", b"application/xml")], body=body)
