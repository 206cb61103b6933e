"""Both languages say everything, and neither mixes with the other."""

import re
from html.parser import HTMLParser
from pathlib import Path

import httpx
import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from portal.app import ROUTERS
from portal.environments import environment
from portal.languages import CATALOGUES, choose, load_languages
from tests.portal.people import Person, read
from tests.portal.served import NOON, serve
from tests.portal.stories import fill

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = sorted((ROOT / "portal" / "templates").rglob("*.html"))
OPTIONS = {"newstyle_gettext": "true", "trimmed": "true", "silent": "false"}
KEYWORDS = {"mark": None, "_": None, "gettext": None, "ngettext": (1, 2)}


@pytest.fixture(scope="module")
def catalogue():
    with (CATALOGUES / "zh" / "LC_MESSAGES" / "messages.po").open("rb") as source:
        return read_po(source, locale="zh")


@pytest.fixture(scope="module")
def marked():
    texts = set()
    for room in ("ingest", "monitor", "portal"):
        methods = [("templates/**.html", "jinja2"), ("node_modules/**", "ignore"), ("**.py", "python")]
        options = {"templates/**.html": OPTIONS}
        found = extract_from_dir(ROOT / room, methods, options, KEYWORDS, strip_comment_tags=True)
        texts |= {text for _file, _line, text, _comments, _context in found}
    return texts


def test_every_text_that_people_read_is_translated(catalogue, marked):
    known = {message.id for message in catalogue if message.id}
    assert len(marked) > 200
    assert marked - known == set(), "missing in the catalogue"
    assert known - marked == set(), "in the catalogue, but nowhere in the source"


def test_no_translation_is_empty_or_only_guessed(catalogue):
    for message in catalogue:
        if message.id:
            strings = [message.string] if isinstance(message.string, str) else message.string
            assert all(strings), message.id
            assert not message.fuzzy, message.id


def test_a_translation_keeps_every_placeholder(catalogue):
    for message in catalogue:
        if message.id:
            source = message.id if isinstance(message.id, str) else message.id[-1]
            translated = message.string if isinstance(message.string, str) else message.string[0]
            holes = r"%\(\w+\)s|\{\w*\}"
            assert sorted(re.findall(holes, source)) == sorted(re.findall(holes, translated)), message.id


def test_chinese_is_written_with_its_own_marks(catalogue):
    for message in catalogue:
        if message.id:
            translated = message.string if isinstance(message.string, str) else message.string[0]
            assert not re.search(r"[\u4e00-\u9fff][,:;?!]|[,:;?!][\u4e00-\u9fff]", translated), translated


def test_no_compiled_catalogue_is_kept():
    assert not list(CATALOGUES.rglob("*.mo"))


class _BareText(HTMLParser):
    """Finds texts and labels that stand in a template as they are; commands and addresses are no language."""

    def __init__(self):
        super().__init__(convert_charrefs=True)
        self.found = []
        self._inside = []

    def handle_starttag(self, tag, attrs):
        self._inside.append(tag)
        spoken = {"aria-label", "title", "alt", "placeholder"}
        self.found += [value for name, value in attrs if name in spoken and re.search(r"[^\W\d_]", value or "")]

    def handle_endtag(self, tag):
        if tag in self._inside:
            del self._inside[self._inside.index(tag) :]

    def handle_data(self, data):
        is_code = {"pre", "code", "script"} & set(self._inside) or data.strip().startswith("?")
        if re.search(r"[^\W\d_]", data) and not is_code:
            self.found.append(data.strip())


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_a_template_holds_no_text_that_cannot_be_translated(template):
    source = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", "", template.read_text(), flags=re.DOTALL)
    reader = _BareText()
    reader.feed(source)
    assert reader.found == []


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_template_can_be_read_in_every_language(template):
    for language in load_languages():
        environment(language).get_template(template.relative_to(ROOT / "portal" / "templates").as_posix())


@pytest.fixture(scope="module")
def portal(tmp_path_factory):
    with serve(tmp_path_factory.mktemp("portal")) as portal:
        fill(portal)
        portal.measure("main/ph", [(NOON, 7.4)])
        yield portal


PAGES = [
    "/", "/alarms", "/alarms?show=all", "/alarms?severity=none", "/alarms/1", "/alarms/2", "/alarms/3", "/alarms/4",
    "/trends", "/foot-bath", "/limits", "/limits/lakeside/main/ph", "/limits/lakeside/main/orp",
    "/limits/lakeside/foot-bath/chlorine", "/hours", "/discovered", "/discovered/lakeside/spa", "/password",
    "/no-such-page",
]  # fmt: skip
FORMS = {
    "/alarms/2/closure": {},
    "/alarms/1/closure": {},
    "/alarms/4/notes": {},
    "/alarms/4/acknowledgement": {},
    "/limits/lakeside/main/ph": {"low": "9", "high": "7", "close_low": "8", "close_high": "1", "deadband": "0.05",
                                 "on_delay": "1", "close_on_delay": "1", "off_delay": "1", "hours": "open"},
    "/limits/lakeside/main/bromine": {"low": "x", "deadband": "-1", "on_delay": "1.5"},
    "/limits/lakeside/main/ph/silence": {"warning": "9", "alarm": "3"},
    "/hours/lakeside": {"opens": "22:00", "closes": "8:00"},
    "/discovered/lakeside/spa": {"kind": "lake"},
    "/password": {"new": "short"},
}  # fmt: skip
# Names, units, formulas and addresses are the same in every language.
SAME = (
    r"mei|lee|lakeside|spa\b|pools/<site>/<place>/<quantity>|pH|ORP|mg/L|mV|NTU|InfluxDB|English|中文|Asia/Shanghai|"
    r"OpenAPI|JavaScript|API|poolkeeper|Quebec Q-2, r\. 39|US MAHC|GB [\d-]+\w*|Q-2, r\. 39|MAHC|Queensland Health|"
    r"WHO 2006|PWTAG|DIN [\d:]+|CJ [\d-]+|\bR[12]\b|\bM-\w+|min/max|Esc"
)


def strangers(text, language):
    """Words of the other language in a page."""
    rest = re.sub(SAME, "", text)
    return re.findall(r"[A-Za-z]{2,}(?: [A-Za-z]+)*" if language == "zh" else r"[\u3000-\u9fff\uff00-\uffef]+", rest)


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_speaks_one_language(portal, language, path):
    mei = Person(portal, f"mei-{language}", "manager", language)
    text = read(mei.get(path).text)
    mei.client.close()
    assert len(text) > 50
    assert strangers(text.replace(f"mei-{language}", ""), language) == []


@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", FORMS)
def test_a_refused_form_speaks_one_language(portal, language, path):
    mei = Person(portal, f"mei-{language}", "manager", language)
    answer = mei.post(path, **FORMS[path])
    mei.client.close()
    assert answer.status_code == 422
    assert strangers(read(answer.text).replace(f"mei-{language}", ""), language) == []


def test_the_login_speaks_the_language_that_the_browser_asks_for(portal):
    for accepts, tag, title in (
        ("zh-CN,zh;q=0.9,en;q=0.8", "zh-CN", "登录"),
        ("en-GB,en;q=0.9", "en", "Sign in"),
        ("de-DE,fr;q=0.9", "zh-CN", "登录"),
        ("en;q=0.2,zh;q=0.7", "zh-CN", "登录"),
        ("en;q=x, *", "zh-CN", "登录"),
    ):
        page = httpx.get(f"{portal.url}/login", headers={"Accept-Language": accepts}).text
        assert f'<html lang="{tag}"' in page
        assert f"<h1>{title}</h1>" in page


def test_the_switch_counts_more_than_the_browser_and_the_account_more_than_both():
    assert choose(None, None, None).key == "zh"
    assert choose(None, None, "en").key == "en"
    assert choose(None, "zh", "en").key == "zh"
    assert choose("en", "zh", "zh").key == "en"
    assert choose("", "xx", "en").key == "en"


def test_the_switch_stays_on_the_page_and_is_remembered_with_the_account(portal):
    sun = Person(portal, "sun", "supervisor", "en")
    answer = sun.post("/language", language="zh", to="/alarms?show=all")
    assert (answer.status_code, answer.headers["location"]) == (303, "/alarms?show=all")
    assert "报警" in sun.see("/alarms")
    again = Person(portal, "sun", "supervisor", "en")
    assert "报警" in again.see("/alarms")
    assert sun.post("/language", language="xx", to="//evil.example").headers["location"] == "/"
    assert "报警" in sun.see("/alarms")
    for person in (sun, again):
        person.client.close()


def test_a_stranger_switches_the_language_too(portal):
    with httpx.Client(base_url=portal.url, headers={"Accept-Language": "zh"}, follow_redirects=True) as stranger:
        assert "Sign in" in stranger.post("/language", data={"language": "en", "to": "/login"}).text


def test_every_page_is_among_those_that_were_read():
    paths = {route.path for router in ROUTERS for route in router.routes if "GET" in route.methods}
    seen = {re.sub(r"\?.*", "", path) for path in PAGES} | {"/login", "/live", "/healthz", "/trends/data"}
    patterns = [re.compile(re.sub(r"\{\w+\}", "[^/]+", path) + "$") for path in paths]
    assert [pattern.pattern for pattern in patterns if not any(pattern.match(path) for path in seen)] == []
