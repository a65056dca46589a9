"""How a resource's failure is worded in CloudFormation's stack events."""

import uuid

CODES = {  # HandlerErrorCode by HTTP status
    401: "AccessDenied",
    403: "AccessDenied",
    404: "NotFound",
    409: "GeneralServiceException",
}


class ResourceFailed(ValueError):
    """A resource's failure, worded as in CloudFormation's stack events."""

    def __init__(self, status: int, message: str, service: str = "AppSync", code: str = "") -> None:
        code = code or CODES.get(status, "InvalidRequest")
        super().__init__(
            f'Resource handler returned message: "{message} (Service: {service}, Status Code: '
            f'{status}, Request ID: {uuid.uuid4()})" (RequestToken: {uuid.uuid4()}, '
            f"HandlerErrorCode: {code})"
        )
