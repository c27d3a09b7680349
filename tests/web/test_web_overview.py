"""The overview: figures, needs and rules, as a page and as JSON."""


def test_it_shows_what_was_matched_and_what_needs_attention(office):
    page = office.get("/")
    assert page.status == 200
    assert "Needs attention" in page.text
    assert "russia-north-korea-arms" in page.text


def test_the_api_shows_the_same(office):
    seen = office.api("/overview").json
    assert seen["feeds"] == 13
    assert all(len(rule["days"]) == 30 for rule in seen["rules"])
    assert sum(rule["month"] for rule in seen["rules"]) > 5


def test_an_answer_that_is_known_is_not_sent_again(office):
    first = office.api("/openapi.json")
    again = office.api("/openapi.json", If_None_Match=first.headers["etag"])
    assert (again.status, again.text) == (304, "")
