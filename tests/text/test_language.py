"""The language of a text: told by who knows best, and by the letters where nobody does."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from monitor.model import Item
from monitor.text.language import detect_language, language_of, primary_language, with_language

NOW = datetime(2026, 11, 3, 12, tzinfo=UTC)

TEXTS = {
    "Customs seize ferry in Rotterdam": "",
    "Zollbehörde beschlagnahmt Fähre": "",
    "Таможня задержала паром в порту": "ru",
    "Митниця затримала пором у порту міста Київ": "uk",
    "Мытня затрымала паром у порце, заявіў міністр": "be",
    "Царина је задржала трајект у луци": "sr",
    "Кеден паромды порт қаласында ұстады": "kk",
    "세관이 항구에서 여객선을 억류": "ko",
    "삼성 HBM4 공급 계약, NVIDIA와 체결": "ko",
    "海关在港口扣押渡轮": "zh",
    "税関がフェリーを差し押さえた": "ja",
    "東京電力、原発再稼働へ": "ja",
    "احتجزت الجمارك العبارة في الميناء": "ar",
    "گمرک کشتی را در بندر توقیف کرد": "fa",
    "המכס תפס מעבורת בנמל": "he",
    "ศุลกากรยึดเรือข้ามฟากที่ท่าเรือ": "th",
    "Το τελωνείο κατάσχεσε φέρι": "el",
    "NVIDIA, Samsung, Intel and TSMC met in 台北 today": "",
    "12:30 — 45 %": "",
    "": "",
}


@pytest.mark.parametrize(("text", "language"), TEXTS.items())
def test_letters_give_a_language_away_or_they_do_not(text, language):
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("configured", "declared", "text", "language"),
    [
        ("uk", "en", "セメント", "uk"),
        ("", "de-AT", "Fähre beschlagnahmt", "de"),
        ("", "en-US", "세관이 여객선을 억류", "ko"),
        ("", "bg", "Митницата задържа ферибот", "bg"),
        ("", "", "Таможня задержала паром", "ru"),
        ("", "", "Ferry seized", ""),
        ("", "not a language", "Ferry seized", ""),
    ],
)
def test_the_operator_is_believed_first_then_the_feed_unless_the_letters_deny_it(
    configured, declared, text, language
):
    assert language_of(configured, declared=declared, text=text) == language


@pytest.mark.parametrize(
    ("tag", "primary"),
    [
        ("zh-Hant-TW", "zh"),
        ("EN_us", "en"),
        (" ru ", "ru"),
        ("ua", "uk"),
        ("kr", "ko"),
        ("english", ""),
        ("", ""),
        ("x", ""),
        ("*", ""),
    ],
)
def test_a_language_tag_comes_down_to_its_first_part(tag, primary):
    assert primary_language(tag) == primary


TOLD = [
    ("", "Zoll beschlagnahmt ein Schiff", 0.9, "de"),
    ("fr", "Zoll beschlagnahmt ein Schiff", 0.9, "fr"),
    ("", "Zoll beschlagnahmt ein Schiff", 0.6, ""),
    ("", "Zoll beschlagnahmt Schiff", 0.9, ""),
]


@pytest.mark.parametrize(("known", "title", "sure", "language"), TOLD)
def test_a_language_that_is_told_counts_where_nobody_knows_better_and_it_is_sure(
    known, title, sure, language
):
    item = Item(title=title, language=known, published_at=NOW, first_seen_at=NOW)

    assert with_language(item, lambda _: ("de", sure)).language == language
