"""What a later report says that was not known: told as an update, or nothing that matters."""

import gzip
import json
from pathlib import Path

import pytest

from monitor.stories.traits import traits
from monitor.stories.updating import figures, sentences, update_in

TITLE = "Tanker with 10,000 barrels held off Caddon Point"
TEXT = (
    "The coastguard of Saltmere has held a tanker with 10,000 barrels of diesel off Caddon Point, "
    "the ministry said on Monday. The ship, the Maren Holt, had switched its transponder off for "
    "nine days. Its owner in Veldt has been on the sanctions list since May. A court will decide "
    "on the cargo next week."
)


def update(text=TEXT, title=TITLE, *, known=((TITLE, TEXT),), same_item=True):
    return update_in(traits(title, text), [traits(*each) for each in known], same_item=same_item)


# --- What is an update -------------------------------------------------------------------------


def test_a_number_that_was_replaced_is_told_with_what_it_counts_and_what_it_was():
    found = update(TEXT.replace("10,000", "12,000"), TITLE.replace("10,000", "12,000"))
    assert found.said == "now says 12,000 barrels, was 10,000"
    assert found.reason == "1 number replaced"


def test_of_several_replaced_numbers_the_first_is_told_and_the_others_are_counted():
    found = update(TEXT.replace("10,000", "12,000").replace("nine", "eleven"))
    assert found.said == "now says 12,000 barrels, was 10,000, and 1 more"


@pytest.mark.parametrize(
    "more",
    [
        " Two of the crew were arrested on Tuesday, and 400 kg of pearls were found on board.",
        " Captain Ilya Brandt told the court that he had been ordered to by a broker in Haldane.",
    ],
)
def test_a_sentence_that_nobody_had_said_is_quoted(more):
    found = update(TEXT + more)
    assert found.said == f'adds: "{more.strip()}"'


@pytest.mark.parametrize("same_item", [True, False])
def test_new_sentences_count_wherever_they_stand(same_item):
    first, rest = TEXT.split(". ", 1)
    more = "The broker in Haldane, Ostrava Lines, denied that it had chartered her."
    assert update(f"{first}. {more} {rest}", same_item=same_item)


@pytest.mark.parametrize(
    "title",
    [
        "CORRECTED - " + TITLE,
        "UPDATE 2-" + TITLE,
        "Correction: " + TITLE,
        "ИСПРАВЛЕНО: " + TITLE,
        "[정정] " + TITLE,
        "更正：" + TITLE,
        "تصحيح: " + TITLE,
    ],
)
def test_a_report_that_says_it_corrects_is_believed(title):
    assert update(title=title, same_item=False).reason == "marked as an update"
    assert update(title=title, known=((title, TEXT),)) is None


def test_a_correction_at_the_end_counts():
    found = update(TEXT + " (Corrects the owner's town in the third sentence.)")
    assert found.reason == "marked as an update"


def test_a_headline_that_denies_what_it_said_is_an_update():
    found = update(title="Coastguard denies holding tanker off Caddon Point")
    assert found.said == "headline now: Coastguard denies holding tanker off Caddon Point"


def test_numbers_of_other_languages_are_seen_as_well():
    text = "Береговая охрана задержала танкер, на борту которого {} баррелей топлива и экипаж."
    known = (("Танкер задержан", text.format("10 тыс.")),)
    assert update(text.format("12 тыс."), "Танкер задержан", known=known)
    text = "해양경찰은 경유 {}배럴을 실은 유조선을 나포했다고 월요일 밝혔다."
    known = (("유조선 나포", text.format("10,000")),)
    found = update(text.format("12,000"), "유조선 나포", known=known)
    assert "12,000" in found.said
    assert "10,000" in found.said


def test_what_any_of_several_reports_had_said_is_not_new():
    more = " Two of the crew were arrested on Tuesday, and 400 kg of pearls were found on board."
    assert update(TEXT + more, known=((TITLE, TEXT), (TITLE, TEXT + more))) is None


def test_what_is_said_is_short_enough_for_a_line():
    long = " He named 33 ships, " + ", ".join(f"the Maren Holt {n}" for n in range(15)) + "."
    assert len(update(TEXT + long).said) < 180


# --- What is none ------------------------------------------------------------------------------


def test_the_same_again_is_no_update():
    assert update() is None
    assert update(known=()) is None


@pytest.mark.parametrize(
    "text",
    [
        TEXT.replace("ministry", "minsitry"),
        TEXT.replace(", ", " - ").replace("  ", " "),
        TEXT.replace(". ", ".\n\n"),
        "SALTMERE, Monday (Wire) - " + TEXT,
        TEXT + " Click here to read the full story on our website. Follow us on 3 channels.",
        TEXT + " (Reporting by Ana Sobel; Editing by Karl Meer)",
        "Updated: 14:05 GMT. " + TEXT,
        "5 min ago. " + TEXT + " 1,204 views, 33 comments.",
        TEXT.split(". ", maxsplit=1)[0] + ".",
        ". ".join(reversed(TEXT.rstrip(".").split(". "))) + ".",
        TEXT.replace("10,000", "10 000"),
        TEXT.replace("10,000 barrels", "10 thousand barrels"),
    ],
)
def test_trivial_edits_are_none(text):
    assert update(text) is None


def test_another_headline_alone_is_none():
    assert update(title="Diesel ship stopped by Saltmere coastguard") is None


@pytest.mark.parametrize(
    "summary",
    [TEXT[:90], TEXT[:90] + "…", TEXT[:90] + " [...]", TEXT.split(". ", maxsplit=1)[0] + "."],
)
def test_the_full_text_after_a_summary_is_none(summary):
    full = TEXT + (
        " The Maren Holt left Port Harrow on 3 March with a crew of 21. Her papers name Ostrava "
        "Lines as the charterer. Insurers in Haldane said that they had no policy for her."
    )
    assert update(full, known=((TITLE, summary),), same_item=False) is None
    assert update(summary, known=((TITLE, full),), same_item=False) is None


def test_a_number_told_less_exactly_is_the_same_number():
    text = "The firm lost 9,729,000 dollars in the quarter, its report of Friday says."
    assert update(text, known=((TITLE, text.replace("9,729,000", "9.7 million")),)) is None


# --- Its parts ---------------------------------------------------------------------------------


def test_figures_have_their_amount_and_what_they_count():
    found = figures("Some 12,000 containers and two ships, worth 3.5 million dollars, at 14:05.")
    assert [(each.amount, each.written) for each in found] == [
        (12_000, "12,000 containers"),
        (2, "two ships"),
        (3_500_000, "3.5 million dollars"),
    ]


def test_types_and_times_are_no_figures():
    assert figures("An F-16 flew at 14:05 on 3/4.") == ()


def test_lines_broken_for_their_length_are_one_sentence():
    text = "The ship was held off\nthe coast. A court\nwill decide."
    assert list(sentences(text)) == ["The ship was held off the coast.", "A court will decide."]


# --- Real news ---------------------------------------------------------------------------------

CORPUS = Path(__file__).parents[3] / "shared" / "corpus" / "dedup"
real = pytest.mark.skipif(not CORPUS.is_dir(), reason="the corpus of real news is not here")


def lines(name):
    with gzip.open(CORPUS / name, "rt") as rows:
        return [json.loads(row) for row in rows]


def both(pair):
    one, other = sorted((pair["a"], pair["b"]), key=lambda each: each["ts"])
    return (other["body"], other["title"]), ((one["title"], one["body"]),)


@real
def test_real_updates_are_found_and_real_repeats_are_none():
    pairs = lines("reuters_natural_pairs-odd.jsonl.gz")
    found = {
        label: [
            update(*fresh, known=known, same_item=False) is not None
            for fresh, known in map(both, (p for p in pairs if p["label"] == label))
        ]
        for label in "UD"
    }
    assert sum(found["U"]) >= 0.95 * len(found["U"])
    assert sum(found["D"]) <= 0.03 * len(found["D"])


@real
def test_edits_of_real_news_are_no_updates_unless_they_add_to_it():
    rows = lines("reuters_synthetic_reprints-500.jsonl.gz")[::4]
    fired = {"U_update": 0, "edited": 0}
    for row in rows:
        variants = row["variants"]
        known = ((variants["R_reorder"]["title"], variants["R_reorder"]["body"]),)
        for name, each in variants.items():
            update_found = update(each["body"], each["title"], known=known, same_item=False)
            fired["U_update" if name == "U_update" else "edited"] += update_found is not None
    assert fired["U_update"] >= 0.95 * len(rows)
    assert fired["edited"] <= 0.01 * len(rows) * 10
