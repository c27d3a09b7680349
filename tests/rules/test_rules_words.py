"""Words: what counts as the same word, in the languages the desk reads."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rulebooks import finds, item, matcher

from monitor.text.folding import fold

CASE_AND_ACCENTS = [
    ("missile", "MISSILE"),
    ("Méndez", "MENDEZ"),
    ("Mendez", "Méndez"),
    ("Straße", "STRASSE"),
    ("Łódź", "Lodz"),
    ("Ἀθῆναι", "Αθηναι"),
    ("самолёт", "самолеты"),
    ("Киев", "Ки́ев"),
    ("مُحَمَّد", "محمد"),
    ("أسلحة", "اسلحة"),
    ("سلاح", "ســلاح"),
    ("ایران", "ايران"),
    ("missile", "\uff4d\uff49\uff53\uff53\uff49\uff4c\uff45"),
    ("drone", "dro\u00adne"),
    ("drone", "dro\u200bne"),
    ("US", "U.S."),
    ("D.P.R.K.", "DPRK"),
    ("F-16", "F16s"),
    ("KN23", "KN-23"),
    ("MiG", "MiG-29"),
    ("MiG-29", "MiG\u201129"),
    ("l'Iran", "L\u2019IRAN"),
    ("KN-23", "KN-۲۳"),
]


@pytest.mark.parametrize(("term", "text"), CASE_AND_ACCENTS)
def test_spellings_that_readers_take_for_the_same_are_the_same(term, text):
    assert finds(term, f"... {text}!")


DIFFERENT = [
    ("їжа", "іжа"),
    ("йод", "иод"),
    ("MiG-29", "MiG-31"),
    ("か", "が"),
]


@pytest.mark.parametrize(("term", "text"), DIFFERENT)
def test_letters_that_make_another_word_are_not_the_same(term, text):
    assert not finds(term, text)


EXACT = [
    ("=US", "the US said", True),
    ("=US", "U.S. envoys", True),
    ("=US", "tell us", False),
    ("=US", "Us and them", False),
    ("=arms", "ARMS", True),
    ("=arms", "arm", False),
    ("=Песков", "Песков заявил", True),
    ("=Песков", "зыбучих песков", False),
    ("=судно", "судно", True),
    ("=судно", "суда", False),
    ("=falsely flagged", "falsely flagging", True),
    ("=the =North", "in the North", True),
    ("=the =North", "in the north", False),
    ("=Лавров", "Лавровым", False),
    ("=平壤", "在平壤", True),
]


@pytest.mark.parametrize(("term", "text", "there"), EXACT)
def test_an_equals_sign_asks_for_one_form_and_a_capital_for_case(term, text, there):
    assert finds(term, text) is there


FORMS = {
    "en": {
        "missile": "missiles missile's",
        "smuggle": "smuggling smuggled smuggles",
        "supply": "supplied supplies supplying",
        "UAV": "UAVs uav",
        "sanction": "sanctions sanctioned sanctioning",
    },
    "ru": {
        "снаряд": "снаряды снарядами снарядов СНАРЯДЫ",
        "Россия": "России Россией Россию",
        "северокорейский": "северокорейские северокорейскими",
        "поставить": "поставила поставят поставив",
        "теневой": "теневого теневым",
        "Шойгу": "Шойгу",
    },
    "uk": {
        "ракета": "ракети ракетою ракету ракет",
        "Україна": "України Україною Україні",
        "боєприпас": "боєприпасів боєприпаси",
        "зброя": "зброї зброєю",
        "постачати": "постачає постачала",
    },
    "ar": {
        "صاروخ": "الصاروخ بصاروخ والصاروخ للصاروخ صاروخها",
        "صواريخ": "صواريخها وبالصواريخ بصواريخهم",
        "أسلحة": "الأسلحة وأسلحة بالأسلحة",
        "روسيا": "لروسيا وروسيا بروسيا",
    },
    "fa": {
        "موشک": "موشکها موشک‌ها موشک‌های موشکهای موشک‌هایی موشک‌هایش موشك",
        "موشک‌ها": "موشک موشک‌های",
        "پهپاد": "پهپادها پهپاد‌های",
        "کشتی": "کشتی‌ها کشتيهای",
        "تحریم": "تحریم‌ها تحریمهای تحریم‌هایشان",
        "پل": "پل‌ها پل‌های",
        "ماهواره": "ماهواره‌ها ماهوارهٔ",
        "هواسونگ-۱۸": "هواسونگ-18",
    },
    "he": {
        "טיל": "הטיל וטיל בטיל לטיל כטיל שטיל והטיל ובטיל כשהטיל טִיל",
        "טילים": "הטילים בטילים ומהטילים",
        "סנקציות": "הסנקציות והסנקציות מסנקציות לסנקציות",
        "ספינה": "הספינה לספינה שהספינה",
        "מטענ*": "מטען מטענים מטענו",
        'צה"ל': "צה״ל בצה״ל וצהל",
        "ג'ורג'": "ג׳ורג׳",
    },
    "de": {
        "Rakete": "Raketen RAKETEN",
        "Waffe": "Waffen",
        "Schiff": "Schiffe Schiffen Schiffs",
        "Ausfuhrgenehmigung": "Ausfuhrgenehmigungen",
        "umgehen": "umgehe umgehen",
        "Häfen": "Hafen häfen",
    },
    "fr": {
        "missile": "missiles",
        "sanction": "sanctions",
        "pétrolier": "pétroliers petroliers",
        "fantôme": "fantômes fantome",
        "exporter": "exporté exporte exportée",
        "navire": "navires",
    },
    "es": {
        "misil": "misiles",
        "sanción": "sanciones sancion",
        "buque": "buques",
        "petrolero": "petroleros petrolera",
        "evadir": "evadido evadiendo",
        "satélite": "satélites satelites",
    },
    "it": {
        "missile": "missili",
        "sanzione": "sanzioni",
        "razzo": "razzi razzo",
        "nave": "navi",
        "satellite": "satelliti",
        "esportare": "esportato esportano",
    },
    "pt": {
        "míssil": "missil",
        "sanção": "sanções sancoes",
        "navio": "navios",
        "petroleiro": "petroleiros",
        "exportação": "exportações exportacoes",
        "satélite": "satélites",
        "exportar": "exportado exportou",
    },
    "nl": {
        "raket": "raketten",
        "sanctie": "sancties",
        "schip": "schip",
        "schepen": "schepen",
        "tanker": "tankers",
        "satelliet": "satellieten",
        "vergunning": "vergunningen",
    },
}
IN_ALL_FORMS = [
    (language, term, form)
    for language, terms in FORMS.items()
    for term, forms in terms.items()
    for form in forms.split()
]


@pytest.mark.parametrize(("language", "term", "form"), IN_ALL_FORMS)
def test_a_word_is_found_in_its_forms(language, term, form):
    assert finds(term, f"«{form}»", language)
    assert finds(term, f"x {form}, x", language)


OTHER_WORDS = [
    ("en", "pagan", "propaganda"),
    ("en", "ship", "membership relationship"),
    ("en", "arms", "alarms"),
    ("en", "Oman", "woman Omani"),
    ("en", "coup", "coupon"),
    ("ru", "груз", "Грузии грузин"),
    ("ru", "порт", "спорт транспорт портной"),
    ("ru", "Иран", "Тиран иранский"),
    ("ru", "Ким", "таким кимоно"),
    ("uk", "порт", "спорт транспорт"),
    ("uk", "дрон", "дронт"),
    ("ar", "سلاح", "سلاحف"),
    ("ar", "إيران", "إيراني"),
    ("ar", "سهم", "متهم تفاهم"),
    ("ar", "من", "منها"),
    ("fa", "موشک", "موشکی موش"),
    ("fa", "کشت", "کشتی کشتی‌ها"),
    ("fa", "تن", "تنها"),
    ("fa", "بار", "بارانها باران"),
    ("fa", "ایران", "ایرانیان ویران"),
    ("fa", "پل", "پلیس پلها"),
    ("fa", "تحریم", "حریم تحریک‌ها"),
    ("he", "טיל", "טילון סטיל תיל"),
    ("he", "שמן", "שמנת חשמן"),
    ("he", "נשק", "נשקף חנשק"),
    ("he", "ים", "הים שלום מים"),
    ("he", "ספינה", "ספינות כספי"),
    ("he", "צה״ל", "צהלה"),
    ("he", "מחבל", "חבל"),
    ("de", "Art", "Arzt Artikel"),
    ("de", "Schiff", "Raumschiffer"),
    ("fr", "arme", "armoire alarme"),
    ("fr", "navire", "navigable"),
    ("es", "arma", "armario alarma"),
    ("es", "buque", "busque"),
    ("it", "nave", "navetta neve"),
    ("it", "arma", "armadio armonia"),
    ("pt", "navio", "navalha"),
    ("pt", "arma", "armazém alarme"),
    ("nl", "schip", "schaap"),
    ("nl", "wapen", "wapperen"),
]


@pytest.mark.parametrize(("language", "term", "text"), OTHER_WORDS)
def test_a_word_is_not_found_in_others(language, term, text):
    assert not finds(term, text, language)


@pytest.mark.parametrize(
    "particle",
    ["", "이", "은", "을", "의", "에", "에서", "에게", "으로", "과", "까지", "산", "군이"],
)
def test_a_korean_word_is_found_with_any_particle(particle):
    assert finds("북한", f"어제 북한{particle} 발표했다")
    assert finds("북한", f"대북한{particle}")


SPACES = [
    ("한국", "마련한 국내 대책", False),
    ("신의주", "자신의 주량", False),
    ("이란", "4일 이란 유조선", True),
    ("수출통제", "수출 통제", True),
    ("수출통제", "수출통제를", True),
    ("북한 포탄", "북한포탄", True),
    ("북한 포탄", "북한 포탄을", True),
    ("한국", "한\n국", False),
    ("AIS를 끄", "AIS를 끄고", True),
    ("北 무기", "北무기", True),
]


@pytest.mark.parametrize(("term", "text", "there"), SPACES)
def test_a_short_korean_word_is_one_word_and_a_long_one_a_compound(term, text, there):
    assert finds(term, text) is there


def test_a_false_friend_of_a_short_korean_word_hides_nothing_across_a_space():
    rule = matcher("any: [$v]", v="terms: [이란]\nnot: [일이란]")

    assert rule.match(item("4일 이란 유조선"))
    assert not rule.match(item("배우는 일이란 어렵다"))


EAST_ASIAN = [
    ("朝鲜", "朝鲜向俄罗斯提供炮弹", True),
    ("炮弹", "朝鲜向俄罗斯提供炮弹", True),
    ("朝俄", "朝鲜向俄罗斯提供炮弹", False),
    ("北韓", "北韓飛彈", True),
    ("朝鲜", "朝 鲜", True),
    ("ミサイル", "弾道ミサイルを発射", True),
    ("ミサイル", "ﾐｻｲﾙ", True),
    ("北朝鮮", "北朝鮮が", True),
    ("卫星", "人造卫星", True),
    ("AIS信号", "关闭AIS信号", True),
    ("火星-11", "火星11型", True),
    ("火星11", "火星11型", True),
]


@pytest.mark.parametrize(("term", "text", "there"), EAST_ASIAN)
def test_chinese_and_japanese_terms_are_found_without_spaces(term, text, there):
    assert finds(term, text) is there


def test_a_ukrainian_phrase_is_known_by_any_of_its_words():
    assert finds("супутниковий знімок", "Супутникові знімки показали")
    assert finds("тіньовий танкер", "тіньових танкерів")


def test_a_name_no_dictionary_knows_is_found_as_written_or_by_a_wildcard():
    assert finds("Ким Чен Ын", "Ким Чен Ын")
    assert finds("Ким Чен Ын*", "с Ким Чен Ыном")


LETTERS = st.text(st.sampled_from("abАбיاع한中カé1"), min_size=1, max_size=4)


@given(LETTERS, st.sampled_from([".", ",", "»", "…", "\u3000", "\n", "—", "/", "(", "😀"]))
def test_punctuation_never_hides_a_word(word, sign):
    assert finds(word, f"{sign}{word}{sign} {word}")


def test_a_word_may_carry_a_hundred_thousand_marks_out_of_order():
    """Put in order one by one they would take minutes."""
    assert fold("a" + "\u0301\u0323" * 50_000) == "a"
