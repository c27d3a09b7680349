"""The door to py3langid, an extra: which language a text is in, where its letters do not say."""

from __future__ import annotations

from collections.abc import Collection
from functools import lru_cache
from importlib import import_module
from importlib.util import find_spec
from threading import Lock

from monitor.text.language import Tell

# Languages of the world's news that share the Latin letters. They are always among those
# thought of: asked for English and Korean alone, it would take German for English.
_ALWAYS = "cs da de en es fi fr hu id it nl no pl pt ro sv tr vi"
# Feeds are read side by side: the first text of each would open it anew.
_OPENING = Lock()


def is_installed() -> bool:
    """Whether the extra is there."""
    try:
        return find_spec("py3langid") is not None
    except ValueError:  # something else has taken its place
        return False


def teller(languages: Collection[str]) -> Tell | None:
    """Tells the likeliest of these languages and of the usual ones; None without the extra.

    It is opened when first asked: NumPy and the model take half a second and 90 MB.
    """
    if not is_installed():
        return None
    wanted = frozenset({*languages, *_ALWAYS.split()})

    def tell(text: str) -> tuple[str, float]:
        with _OPENING:
            classify = _opened(wanted)
        return classify(text)

    return tell


# Each holds a model of its own: a changed list of languages lets the one before go.
@lru_cache(maxsize=1)
def _opened(languages: frozenset[str]) -> Tell:
    module = import_module("py3langid.langid")
    identifier = module.LanguageIdentifier.from_model_file(module.MODEL_FILE, norm_probs=True)
    identifier.set_languages(languages & set(identifier.labels))
    classify: Tell = identifier.classify
    return classify
