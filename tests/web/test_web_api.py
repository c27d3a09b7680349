"""The API is what its document says: every operation, asked in every way the document allows."""

import json
import re
import warnings

import pytest
import requests
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from offices import FULL, READ
from schemathesis.specs.openapi.checks import positive_data_acceptance

from monitor.web.action import action_shelf
from monitor.web.openapi import document, operations
from monitor.web.page import page_shelf
from monitor.web.panel import panel_shelf

pytestmark = pytest.mark.slow

OPERATIONS = sorted(operations())
THOROUGHLY = settings(
    max_examples=12,
    derandomize=True,
    database=None,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)


@pytest.fixture(scope="module")
def place(make_shared_office):
    return make_shared_office()


@pytest.fixture(scope="module")
def schema(place):
    """The document as it is served."""
    return schemathesis.openapi.from_dict(place.api("/openapi.json").json)


def test_the_document_holds_every_page_panel_and_action():
    assert len(OPERATIONS) == len(page_shelf()) + len(panel_shelf()) + len(action_shelf())


def test_every_reference_leads_somewhere():
    """Also where two types are called the same."""
    text = json.dumps(document())
    named = set(re.findall(r'"#/components/schemas/([^"]+)"', text))
    assert named <= document()["components"]["schemas"].keys()


@pytest.mark.parametrize("token", [FULL, READ], ids=["full", "read"])
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_answers_as_the_document_says(place, schema, operation, token):
    method, path = operation.split(" ", 1)
    described = schema[path][method]

    @THOROUGHLY
    @given(case=described.as_strategy())
    def asked(case):
        # What fits the document can still make no sense: a day that is over, a rule with mistakes.
        response = case.call(base_url=place.url, headers={"Authorization": f"Bearer {token}"})
        assert response.status_code < 500 or response.status_code in (502, 503)
        if response.status_code == 422:
            # What can be read may still make no sense, and says why. (JSON Schema takes 1.0 for
            # an integer, which no program sends.)
            assert not re.search(r"(?<!got `float`) - at `\$", response.json()["error"])
        case.validate_response(response, excluded_checks=[positive_data_acceptance])

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        asked()


@pytest.mark.parametrize("page", page_shelf(), ids=lambda page: page.name)
def test_what_a_page_shows_is_as_the_document_says(place, schema, page):
    path = (page.example or page.path) if page.path != "/" else "/overview"
    described = schema["/api/v1" + re.sub(r":\w+}", "}", page.api_path.removeprefix("/api/v1"))]
    headers = {"Authorization": f"Bearer {FULL}"}
    if page.name == "sent":
        digests = requests.get(f"{place.url}/api/v1/digests", headers=headers, timeout=30).json()
        path = f"/sent/{digests['past'][0]['id']}"
    response = requests.get(f"{place.url}/api/v1{path}", headers=headers, timeout=30)
    assert response.status_code == 200
    described["GET"].validate_response(response)


def test_what_is_not_known_is_refused_by_name(place):
    answer = place.do("/feeds/poll", nothing="x")
    assert (answer.status, answer.json["status"]) == (422, 422)
    assert "`nothing`" in answer.json["error"]


def test_an_answer_that_is_known_is_not_sent_again(place):
    tag = place.api("/digests").headers["etag"]
    again = place.api("/digests", If_None_Match=f"W/{tag}")
    assert (again.status, again.text) == (304, "")


def test_the_document_needs_a_token_too(place):
    assert place.api("/openapi.json", token=None).status == 401
    assert place.api("/openapi.json", token=READ).json["openapi"] == document()["openapi"]
