"""One whole morning's digest, invented: forty stories in eight languages, and all else."""

from dataclasses import replace
from datetime import timedelta

from invented_digests import NOW, digest, reported, story

from monitor.model import (
    Abroad,
    Alert,
    AlertId,
    Cause,
    Line,
    RuleCard,
    RuleId,
    RuleVolume,
    Section,
    Severity,
    StoryId,
)

MORNING = NOW.replace(hour=6)  # seven in Vienna
ARMS = RuleCard(id=RuleId("arms"), title="Arms transfers", why="Munitions and missiles on the move")
SHIPS = RuleCard(id=RuleId("ships"), title="Ships under sanctions", why="Tankers that change names")
CHIPS = RuleCard(id=RuleId("chips"), title="Chips and export control", why="Machine tools, too")
PORTS = RuleCard(id=RuleId("ports"), title="Ports closed or reopened")

# (headline, the words that matched, language, source, severity)
_ARMS = [
    ("Freighter with munitions seized off Cape Harrow", ["munitions"], "en", "Harrow Ledger", 4),
    ("Missile parts found in a cargo of tractor spares", ["Missile"], "en", "Northern Wire", 3),
    ("В порту Новый Мыс задержано судно с боеприпасами", ["боеприпасами"], "ru", "Вестник Мыса", 3),
    ("북부 항구서 탄약 상자 운송 재개", ["탄약"], "ko", "한밭일보", 2),
    ("شحنة ذخائر تصل إلى ميناء الرمل", ["ذخائر"], "ar", "صحيفة الرمل", 2),
    ("海角港查获可疑弹药货柜", ["弹药"], "zh", "海角日报", 2),
    ("משלוח תחמושת נעצר בנמל החדש", ["תחמושת"], "he", "עיתון הנמל", 2),
    ("Munitionszug hält drei Tage vor der Grenze", ["Munitionszug"], "de", "Grenzbote", 1),
    ("Des munitions découvertes sous un chargement de blé", ["munitions"], "fr", "Le Phare", 1),
    ("محموله مهمات در بندر شمالی توقیف شد", ["مهمات"], "fa", "روزنامه بندر", 1),
]
_SHIPS = [
    ("Tanker Amber Dawn renamed for the fourth time in a year", ["renamed"], "en", "Ship Notes", 3),
    ("Three tankers go dark between Harrow and Sandholm", ["go dark"], "en", "Northern Wire", 1),
    ("Танкер «Тихий» сменил флаг в нейтральных водах", ["сменил флаг"], "ru", "Вестник Мыса", 1),
    ("Insurer leaves the fleet of Pale Star Shipping", ["Pale Star"], "en", "Quay & Co", 1),
]
_CHIPS = [
    ("Lathe maker fined for sales through a shell company", ["Lathe"], "en", "Trade Monitor", 2),
    ("半导体设备经第三国转运被查", ["半导体设备"], "zh", "海角日报", 1),
    ("수출 통제 명단에 공작기계 12종 추가", ["수출 통제"], "ko", "한밭일보", 1),
]


def _stories(rows, rule, first):
    for number, (title, words, language, source, severity) in enumerate(rows, start=first):
        yield story(
            title,
            number=number,
            matched=words,
            rule=rule,
            severity=Severity(severity),
            language=language,
            source=source,
            url=f"https://paper{number}.example/news/{number}",
            lead=f"{title}. Officials at the harbour spoke of twelve crates, and of a captain who "
            "had papers for something else; the owner of the ship could not be reached.",
            published_at=MORNING - timedelta(hours=number),
            first_seen_at=MORNING - timedelta(hours=number),
        )


def morning_edition():
    arms = list(_stories(_ARMS, "arms", 1))
    ships = list(_stories(_SHIPS, "ships", 21))
    chips = list(_stories(_CHIPS, "chips", 31))
    others = tuple(
        reported(
            "Freighter seized with crates of munitions",
            number=100 + n,
            source=source,
            url=f"https://other{n}.example/1",
        )
        for n, source in enumerate(["Quay & Co", "Sandholm Post", "Le Phare", "Grenzbote"])
    )
    said = "now says 12 crates, was 10"
    arms[0] = replace(
        arms[0],
        others=others,
        abroad=(Abroad(language="ru", reports=3), Abroad(language="zh", reports=1)),
        lines=(
            Line(cause=Cause.STORY),
            Line(cause=Cause.UPDATE, item_id=others[0].item_id, update_id=1, said=said),
            Line(cause=Cause.REPORT, item_id=others[1].item_id),
        ),
    )
    ships[0] = replace(
        ships[0],
        told_at=MORNING - timedelta(days=1),
        others=(reported("Amber Dawn to be renamed", number=120, first_seen_at=NOW - 9 * _DAY),),
        lines=(Line(cause=Cause.UPDATE, said="now says fourth time, was third", update_id=2),),
    )
    chips[1] = replace(
        chips[1], told_at=MORNING - timedelta(days=2), lines=(Line(cause=Cause.FOLLOW_UP),)
    )
    rest = [
        story(
            f"Harbour {name} {what}",
            number=41 + n,
            matched=["Harbour"],
            rule="ports",
            source="Port Authority",
            published_at=MORNING - timedelta(hours=3 + n // 4),
        )
        for n, (name, what) in enumerate(
            (name, what)
            for name in ("Sandholm", "Lower Quay", "New Cape", "Rocky Bay", "Whitesand")
            for what in ("closed for two hours", "reopened to ferries", "closed by fog", "dredged")
        )
    ]
    late = [
        story(
            "An inspection in October found unlabelled crates",
            number=90,
            matched=["crates"],
            published_at=MORNING - timedelta(days=23),
        ),
    ]
    alert = Alert(
        id=AlertId(1),
        rule=ARMS.id,
        alert="spike x4",
        severity=Severity.HIGH,
        sentence="14 matches in the last hour; usual for a Monday 05:00 UTC is 1.5.",
        reason="The rule asks to be told at spike x4.",
        fired_at=MORNING - timedelta(minutes=40),
        examples=tuple(each.lead.item for each in arms[:2]),
    )
    return replace(
        digest(
            rest=rest,
            zone="Europe/Vienna",
            sections=(
                Section(rule=ARMS, stories=tuple(arms)),
                Section(rule=SHIPS, stories=tuple(ships)),
                Section(rule=CHIPS, stories=tuple(chips)),
            ),
            notes=[
                "Rocky Bay Gazette has failed for 19h: no answer.",
                "Sandholm Post answers, but has been silent for 9 days.",
            ],
            rules=(ARMS, SHIPS, CHIPS, PORTS),
            planned_at=MORNING,
            since_at=MORNING - timedelta(days=1),
            next_at=MORNING + timedelta(days=1),
        ),
        late=tuple(late),
        alerts=(alert,),
        volumes=(
            _volume(ARMS, 3, 5, 2, 4, 0, 1, 3, 6, 4, 2, 1, 5, 3, 31, usual=3.0, unusual=True),
            _volume(PORTS, 18, 22, 20, 4, 3, 19, 25, 21, 17, 20, 2, 5, 19, 20, usual=18.0),
            _volume(SHIPS, 1, 0, 0, 2, 1, 1, 0, 3, 1, 0, 0, 1, 2, 4, usual=1.0),
            _volume(CHIPS, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 2, 0, 3),
        ),
        more_volumes=2,
        next_runs=tuple(MORNING + timedelta(days=n) for n in (1, 2, 3)),
        why="due at 2026-11-23 07:00 CET",
        merges=("2026-11-21-31aa", "2026-11-22-09f0"),
    )


_DAY = timedelta(days=1)


def _volume(rule, *days, usual=None, unusual=False):
    return RuleVolume(rule=rule, days=days, usual=usual, unusual=unusual)


def of_many(count, *, title="Container ship number {} has left port with a cargo of munitions"):
    """A digest of so many stories, of which forty stand in sections."""
    stories = [
        replace(
            story(
                title.format(n),
                number=n,
                matched=["munitions"] if "munitions" in title else [],
                severity=Severity.CRITICAL if n < 3 else Severity.LOW,
                url=f"https://paper{n % 90}.example/2026/11/23/a-container-ship-has-left-port/{n}",
                source=f"Paper {n % 90}",
                lead="The ship had been in port for a week, and nobody had asked for its papers.",
                published_at=NOW - timedelta(minutes=n % 1400),
            ),
            id=StoryId(n),
        )
        for n in range(count)
    ]
    return digest(*stories[:40], rest=stories[40:], rules=(ARMS,))
