"""nginx with the block that deploy/nginx/ has for it, in front of a site that a test runs."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from aws_setup.demo.certificate import write_certificate
from tests.browser.find_chromium import is_root
from tests.processes import REPOSITORY
from tests.servers.ports import free_port

BLOCK = REPOSITORY / "deploy" / "nginx" / "onboarding.conf"
# What surrounds the block in Debian's nginx.conf, with every file in one folder.
AROUND = """
{user}
worker_processes 1;
pid {folder}/nginx.pid;
error_log {folder}/error.log warn;
daemon off;
events {{}}
http {{
    include /etc/nginx/mime.types;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/onboarding.conf;
}}
"""


@contextmanager
def nginx(folder: Path, site: str) -> Iterator[tuple[str, str]]:
    """Run nginx in front of the site; yield its two addresses."""
    secure, plain = free_port(), free_port()
    certificate, key = write_certificate(folder, "127.0.0.1", now=datetime.now(UTC))
    text = BLOCK.read_text(encoding="utf-8")
    for shipped, here in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl;": f"listen 127.0.0.1:{secure} ssl;",
        "unix:/run/onboarding.sock": site,
        "onboarding.example.org;": "localhost;",
        "/etc/ssl/onboarding/fullchain.pem": str(certificate),
        "/etc/ssl/onboarding/key.pem": str(key),
        "/var/log/nginx/": f"{folder}/",
    }.items():
        assert shipped in text, shipped
        text = text.replace(shipped, here)
    (folder / "onboarding.conf").write_text(text, encoding="utf-8")
    around = AROUND.format(folder=folder, user="user root;" if is_root() else "")
    (folder / "nginx.conf").write_text(around, encoding="utf-8")
    program = shutil.which("nginx", path=f"{os.environ['PATH']}:/usr/sbin")
    assert program
    command = [program, "-e", str(folder / "error.log"), "-c", str(folder / "nginx.conf")]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    with subprocess.Popen(command) as process:
        try:
            yield f"https://localhost:{secure}", f"http://localhost:{plain}"
        finally:
            process.terminate()
