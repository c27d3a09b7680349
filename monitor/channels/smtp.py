"""Handing mails to the mail server, one recipient at a time, in the caller's thread."""

from __future__ import annotations

import contextlib
import smtplib
import ssl

from monitor.channels.mail import MailRoute
from monitor.channels.troubles import not_sent, smtp_trouble
from monitor.model import NotSent, Receipt, Sent, Trouble
from monitor.text.clean import one_line

_TIMEOUT_SECONDS = 20.0


class Session:
    """A connection to a mail server: made when the first mail is to go, kept for those after it.

    Used in one thread. Servers hang up on idle clients and after so many mails: then the next
    mail makes a new connection.
    """

    def __init__(self, route: MailRoute, *, timeout: float = _TIMEOUT_SECONDS) -> None:
        self._route = route
        self._timeout = timeout
        self._server: smtplib.SMTP | None = None

    def send(self, recipient: str, mail: bytes) -> Receipt:
        """One transaction with one RCPT, so that one refused address refuses nobody else.

        Before the mail itself is on its way every failure means "certainly not sent"; after
        that a lost connection is ambiguous, since the server may have said yes to nobody.
        """
        receipt = self._try(recipient, mail)
        if receipt is None:
            self.close()
            receipt = self._try(recipient, mail)
        return receipt or not_sent(
            Trouble.TEMPORARY, f"{self._route.host}:{self._route.port} hung up before the mail"
        )

    def _try(self, recipient: str, mail: bytes) -> Receipt | None:
        """The receipt; None when a connection that had been kept turned out to be gone."""
        route, kept = self._route, self._server is not None
        try:
            if self._server is None:
                self._server = _connect(route, self._timeout)
            receipt = _transact(self._server, route.sender.address, recipient, mail)
        except smtplib.SMTPServerDisconnected as error:
            self.close()
            return None if kept else _unreached(route, error)
        except Exception as error:
            self.close()
            failed = _failed(route, recipient, error, self._timeout)
            if failed is None:
                raise
            return failed
        if isinstance(receipt, NotSent):
            self._reset(receipt)
        return receipt

    def _reset(self, receipt: NotSent) -> None:
        """After a refusal: the next mail begins anew, on a new connection if need be."""
        if self._server is None or receipt.trouble in (Trouble.AMBIGUOUS, Trouble.TEMPORARY):
            self.close()
            return
        try:
            self._server.rset()
        except (smtplib.SMTPException, OSError):
            self.close()

    def close(self) -> None:
        """Say goodbye. The answers to the mails are what counts, not that to this."""
        server, self._server = self._server, None
        if server is not None:
            with contextlib.suppress(smtplib.SMTPException, OSError):
                server.quit()
            server.close()


def _failed(route: MailRoute, recipient: str, error: Exception, timeout: float) -> NotSent | None:
    """What an error from before the mail was on its way says; None of one that says nothing."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return smtp_trouble(error.smtp_code, _text(error.smtp_error), stage="our login")
        case smtplib.SMTPResponseException():
            return smtp_trouble(error.smtp_code, _text(error.smtp_error), stage="our greeting")
        case smtplib.SMTPNotSupportedError():
            return not_sent(Trouble.AUTH, f"{route.host}: {error}")
        case ssl.SSLError():
            reason = f"no trusted connection to {route.host}: {error.reason or error}"
            return not_sent(Trouble.TEMPORARY, reason)
        case TimeoutError():
            reason = f"{route.host}:{route.port} did not answer in {timeout:g} s"
            return not_sent(Trouble.TEMPORARY, reason)
        case OSError() | smtplib.SMTPException():
            return _unreached(route, error)
        case UnicodeError():
            reason = f"{recipient}: the server takes only ASCII before the @"
            return not_sent(Trouble.PERMANENT, reason)
        case _:
            return None


def _unreached(route: MailRoute, error: Exception) -> NotSent:
    said = getattr(error, "strerror", None) or error
    return not_sent(Trouble.TEMPORARY, f"{route.host}:{route.port} cannot be reached: {said}")


def _connect(route: MailRoute, timeout: float) -> smtplib.SMTP:
    context = ssl.create_default_context()
    if not route.verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    server: smtplib.SMTP
    if route.mode == "ssl":
        server = smtplib.SMTP_SSL(route.host, route.port, timeout=timeout, context=context)
    else:
        server = smtplib.SMTP(route.host, route.port, timeout=timeout)
    try:
        server.ehlo_or_helo_if_needed()
        if route.mode == "starttls":
            server.starttls(context=context)
            server.ehlo()
        if route.user:
            server.login(route.user, route.password)
    except BaseException:
        server.close()
        raise
    return server


def _transact(server: smtplib.SMTP, sender: str, recipient: str, mail: bytes) -> Receipt:
    code, answer = server.mail(sender, [f"SIZE={len(mail)}"] if server.has_extn("size") else [])
    if code == 421:  # RFC 5321, 3.8: it is about to hang up, perhaps after so many mails
        raise smtplib.SMTPServerDisconnected(f"421 {_text(answer)}")
    if code != 250:
        return smtp_trouble(code, _text(answer), stage=f"the sender {sender}")
    code, answer = server.rcpt(recipient)
    if code not in (250, 251):
        return smtp_trouble(code, _text(answer), stage=f"the recipient {recipient}")
    return _hand_over(server, mail)


def _hand_over(server: smtplib.SMTP, mail: bytes) -> Receipt:
    try:
        code, answer = server.data(mail)
    except smtplib.SMTPDataError as error:
        return smtp_trouble(error.smtp_code, _text(error.smtp_error), stage="DATA")
    except (OSError, smtplib.SMTPServerDisconnected):
        return NotSent(
            trouble=Trouble.AMBIGUOUS,
            reason="the connection was lost after the mail was handed over; it may have arrived",
        )
    if code != 250:
        return smtp_trouble(code, _text(answer), stage="the mail")
    return Sent(answer=f"{code} {_text(answer)}")


def _text(answer: bytes | str) -> str:
    return one_line(answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer)[
        :200
    ]
