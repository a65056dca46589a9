"""What can go wrong with the embedded AWS itself."""


class LocalAwsError(Exception):
    """The embedded AWS could not start or serve."""

    hint = "Stop the other one first: a process can run only one embedded AWS."


class PortTaken(LocalAwsError):
    """Another program uses the port."""

    def __init__(self, port: int) -> None:
        self.hint = f"Stop the program that listens on {port}, or choose another port with --port."
        super().__init__(f"Port {port} on 127.0.0.1 is taken. Nothing was started.")


class PortRefused(LocalAwsError):
    """The system does not let this program listen on the port."""

    hint = "Choose a port from 1024 to 65535 with --port, or leave it out for a free one."

    def __init__(self, port: int, reason: str) -> None:
        super().__init__(f"Port {port} on 127.0.0.1 is refused: {reason}. Nothing was started.")


class PackagesMissing(LocalAwsError):
    """A package that the embedded AWS needs, and a server does not, is not installed."""

    hint = "Install what it needs: pip install --no-deps -r aws_setup/local/requirements.txt"

    def __init__(self, module: str) -> None:
        super().__init__(f"The embedded AWS needs the package {module}. Nothing was started.")
