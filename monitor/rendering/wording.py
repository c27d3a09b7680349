"""From a digest that was decided to a message in words, whatever the templates do."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from jinja2.sandbox import SandboxedEnvironment

from monitor.errors import Level, Problem, UnusableFiles
from monitor.model import Attachment, Digest, Message
from monitor.rendering.builtin import FORMS, PREFIX, builtin_sources
from monitor.rendering.checking import LARGEST_OUTPUT, explained, problems_of, render
from monitor.rendering.environment import TemplateSource, environment
from monitor.rendering.event import event, thread_of
from monitor.rendering.inlining import inlined
from monitor.rendering.spreadsheet import spreadsheet
from monitor.rendering.subject import subject
from monitor.rendering.view import Page
from monitor.rendering.viewing import SNIPPET, WHOLE_PAGE, Viewing

LARGEST_HTML = 88_000
"""Bytes. Gmail cuts a mail off near 102 kB of HTML; the headers of a relay need some room too."""

LARGEST_FILES = 7_000_000
"""Bytes of all attachments: as a mail they are a third larger, and many servers refuse 10 MB."""

MOST_WRITTEN = 8_000_000
"""Characters of a page that is to be attached."""

_MOST_ON_A_PAGE = 250  # more stories than fit into 88 kB, but for the shortest
_OFTEN_FIT = 130  # where to begin with more stories than can fit
_SHORT_SNIPPET = 90
_MOST_ATTEMPTS = 8

_BLANK_LINES = re.compile(r"\n[ \t]*\n\s*")

Warn = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wording:
    """Compiled templates: what every digest is worded with, swapped whole on reload."""

    sources: Mapping[str, TemplateSource]
    environment: SandboxedEnvironment

    @classmethod
    def compile(cls, sources: Mapping[str, TemplateSource]) -> Wording:
        """Compile the user's templates (name, e.g. `digest.html.j2`, to source) with ours behind.

        Each is rendered with an invented digest, so that a bad template is found before it
        matters. Raises UnusableFiles with every error found.
        """
        everything = _with_builtin(sources)
        env = environment(everything)
        errors = [each for each in problems_of(env, sources) if each.level is Level.ERROR]
        if errors:
            raise UnusableFiles(errors)
        return cls(everything, env)

    @classmethod
    def builtin(cls) -> Wording:
        """The wording without any template of the user's."""
        return cls.compile({})

    def word(self, digest: Digest, *, template: str, key: str, warn: Warn) -> Message:
        """The digest in words: subject, page, plain text, chat text, attachments where needed.

        A template that fails is replaced by ours and, should ours fail, by a plain list;
        `warn` is told so in a sentence. A page is never larger than 88 kB: what does not fit
        is counted, and every story is in an attached page and an attached table.
        """
        viewing = Viewing(digest)
        files: tuple[Attachment, ...] = ()
        if len(viewing.stories) > _MOST_ON_A_PAGE:  # surely too many for a mail
            files = self._attachments(viewing, template, warn)
        named = files[0].name if files else WHOLE_PAGE
        page, html = self._page(viewing, template, named, warn)
        if page.more and not files:
            files = self._attachments(viewing, template, warn)
        snippet = SNIPPET if page.single else _SHORT_SNIPPET
        long = viewing.page(limit=_MOST_ON_A_PAGE, snippet=snippet, attachment=named)
        title = subject(page)
        chat = self._worded("chat", long, template, warn)
        return Message(
            key=key,
            digest_id=digest.id,
            digest_name=digest.name,
            subject=title,
            text=self._worded("txt", page, template, warn) or plain_list(page),
            html=html,
            chat=_BLANK_LINES.sub("\n\n", chat).strip(),
            attachments=files,
            thread=thread_of(digest),
            event=event(digest, title),
        )

    def _page(
        self, viewing: Viewing, template: str, attachment: str, warn: Warn
    ) -> tuple[Page, str]:
        """As much of the digest as fits a mail, and its HTML ("" where no template works)."""
        count = len(viewing.stories)
        limit = count if count <= _MOST_ON_A_PAGE else _OFTEN_FIT
        for name in self._candidates(template, "html", warn):
            page = viewing.page(limit=limit, attachment=attachment)
            for _ in range(_MOST_ATTEMPTS):
                html = self._dressed(name, self._rendered(name, page, warn), warn)
                if not html:
                    break
                size = len(html.encode())
                if size <= LARGEST_HTML:
                    return page, html
                fitting = max(1, int(len(page.shown) * LARGEST_HTML / size * 0.97))
                page = viewing.page(limit=fitting, snippet=_SHORT_SNIPPET, attachment=attachment)
            else:
                warn(f"{self.sources[name].path} cannot be kept under {LARGEST_HTML // 1000} kB")
        return viewing.page(limit=_MOST_ON_A_PAGE, attachment=attachment), ""

    def _dressed(self, name: str, html: str, warn: Warn) -> str:
        """The page with its styles where mail programs look for them."""
        try:
            return inlined(html)
        except Exception as error:  # noqa: BLE001 - a page without styles is better than none
            warn(f"{self.sources[name].path}: its styles cannot be inlined: {error}")
            return html

    def _attachments(self, viewing: Viewing, template: str, warn: Warn) -> tuple[Attachment, ...]:
        """All stories as a page, which browsers style by themselves, and as a table.

        The table alone where both would be more than a mail server takes.
        """
        table = spreadsheet(viewing.digest)
        room = LARGEST_FILES - len(table.content)
        page = viewing.page(limit=len(viewing.stories), whole=True)
        for name in self._candidates(template, "html", _unsaid):
            content = self._rendered(name, page, warn, most=MOST_WRITTEN).encode("utf-8", "replace")
            if 0 < len(content) <= room:
                return (Attachment(name=WHOLE_PAGE, media_type="text/html", content=content), table)
        return (table,)

    def _worded(self, form: str, page: Page, template: str, warn: Warn) -> str:
        candidates = self._candidates(template, form, warn)
        return next(filter(None, (self._rendered(name, page, warn) for name in candidates)), "")

    def _candidates(self, template: str, form: str, warn: Warn) -> Iterator[str]:
        """Names of templates to try: the one asked for, the user's `digest`, ours."""
        asked = f"{template}.{form}.j2"
        if form == "html" and not any(f"{template}.{each}.j2" in self.sources for each in FORMS):
            warn(f"there is no template `{template}`; `digest` was used in its place")
        names = dict.fromkeys((asked, f"digest.{form}.j2"))
        yield from (name for name in names if name in self.sources)
        yield f"{PREFIX}digest.{form}.j2"

    def _rendered(self, name: str, page: Page, warn: Warn, *, most: int = LARGEST_OUTPUT) -> str:
        try:
            return render(self.environment, name, page, most=most)
        except Exception as error:  # noqa: BLE001 - a template can raise anything at all
            problem = explained(error, self.sources[name], self.environment)
            warn(f"{problem.place}: {problem.message}; the next template was used in its place")
            return ""


def _unsaid(_: str) -> None:
    """For what has been said already."""


def check(sources: Mapping[str, TemplateSource]) -> tuple[Problem, ...]:
    """Every mistake in the user's templates, warnings among them."""
    return problems_of(environment(_with_builtin(sources)), sources)


def _with_builtin(sources: Mapping[str, TemplateSource]) -> Mapping[str, TemplateSource]:
    """Our templates under their names and, out of reach of the user's, under `builtin/`."""
    known = builtin_sources()
    ours = {f"{PREFIX}{name}": source for name, source in known.items()}
    return ours | dict(known) | dict(sources)


def plain_list(page: Page) -> str:
    """The words when no template works: every headline with its link."""
    lines = [f"{told.title}\n{told.url}".strip() for told in page.shown]
    alerts = [f"{each.rule}: {each.sentence}" for each in page.alerts]
    more = [f"{page.more:,} more in {page.attachment} and {page.table}"] if page.more else []
    return "\n\n".join([f"{page.title}, {page.date}", *alerts, *lines, *more]) + "\n"
