"""A mail server on loopback that keeps what arrives and answers as it is told to."""

import contextlib
import socket
import warnings
from email import message_from_bytes
from email.policy import default

with warnings.catch_warnings():
    # aiosmtpd's modules import parts of the standard library that will go in Python 3.14+.
    warnings.simplefilter("ignore", DeprecationWarning)
    from aiosmtpd.controller import Controller
    from aiosmtpd.smtp import SMTP, AuthResult


class Postbox:
    """A handler for aiosmtpd: keeps what arrives and answers as it is told to.

    `taken` is called once a mail is kept, before its sender hears of it.
    """

    def __init__(self):
        self.mails = []
        self.answers = {}
        self.data_answer = "250 kept"
        self.hang_up = False
        self.taken = lambda: None
        self.logins = []
        self.port = 0

    async def handle_RCPT(self, server, session, envelope, address, options):  # noqa: N802 - aiosmtpd
        answer = self.answers.get(address, "250 fine")
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server, session, envelope):  # noqa: N802 - aiosmtpd
        if self.data_answer.startswith("250"):
            mail = message_from_bytes(envelope.content, policy=default)
            self.mails.append((tuple(envelope.rcpt_tos), mail))
            self.taken()
        if self.hang_up:
            server.transport.abort()
        return self.data_answer

    def authenticate(self, server, session, envelope, mechanism, login):
        self.logins.append(login.login)
        return AuthResult(success=login.password == b"right", handled=False)


class _Mailserver(Controller):
    def factory(self):
        return SMTP(
            self.handler,
            authenticator=self.handler.authenticate,
            auth_required=False,
            auth_require_tls=False,
            hostname="mail.example",
        )


@contextlib.contextmanager
def open_postbox(box=None):
    """A mail server that is up, and down again afterwards; `box` is what takes the mails."""
    box = box or Postbox()
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        box.port = free.getsockname()[1]
    server = _Mailserver(box, hostname="127.0.0.1", port=box.port)
    server.start()
    try:
        yield box
    finally:
        server.stop()
