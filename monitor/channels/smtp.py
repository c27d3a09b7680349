"""Handing one mail for one recipient to the mail server, in the caller's thread."""

from __future__ import annotations

import contextlib
import smtplib
import ssl
from collections.abc import Iterator

from monitor.channels.mail import MailRoute
from monitor.channels.troubles import not_sent, smtp_trouble
from monitor.model import NotSent, Receipt, Sent, Trouble
from monitor.text.clean import one_line

_TIMEOUT_SECONDS = 20.0


def send(
    route: MailRoute, recipient: str, mail: bytes, *, timeout: float = _TIMEOUT_SECONDS
) -> Receipt:
    """One transaction with one RCPT, so that one refused address refuses nobody else.

    Before the mail itself is on its way every failure means "certainly not sent"; after that a
    lost connection is ambiguous, since the server may have said yes to nobody.
    """
    try:
        with _connected(route, timeout) as server:
            return _transact(server, route.sender.address, recipient, mail)
    except smtplib.SMTPAuthenticationError as error:
        return smtp_trouble(error.smtp_code, _text(error.smtp_error), stage="our login")
    except smtplib.SMTPResponseException as error:
        return smtp_trouble(error.smtp_code, _text(error.smtp_error), stage="our greeting")
    except smtplib.SMTPNotSupportedError as error:
        return not_sent(Trouble.AUTH, f"{route.host}: {error}")
    except ssl.SSLError as error:
        reason = f"no trusted connection to {route.host}: {error.reason or error}"
        return not_sent(Trouble.TEMPORARY, reason)
    except TimeoutError:
        return not_sent(
            Trouble.TEMPORARY, f"{route.host}:{route.port} did not answer in {timeout:g} s"
        )
    except (OSError, smtplib.SMTPException) as error:
        said = getattr(error, "strerror", None) or error
        return not_sent(Trouble.TEMPORARY, f"{route.host}:{route.port} cannot be reached: {said}")
    except UnicodeError:
        return not_sent(Trouble.PERMANENT, f"{recipient}: the server takes only ASCII before the @")


@contextlib.contextmanager
def _connected(route: MailRoute, timeout: float) -> Iterator[smtplib.SMTP]:
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
        yield server
    finally:
        # The answer to the mail is what counts; a server that hangs up early has given it.
        with contextlib.suppress(smtplib.SMTPException, OSError):
            server.quit()
        server.close()


def _transact(server: smtplib.SMTP, sender: str, recipient: str, mail: bytes) -> Receipt:
    code, answer = server.mail(sender, [f"SIZE={len(mail)}"] if server.has_extn("size") else [])
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
