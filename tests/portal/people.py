"""People in front of the portal: a browser that is signed in at once, and what they see."""

import re
from html.parser import HTMLParser
from typing import Any

import httpx

from monitor.records import writing
from portal import accounts, sessions
from portal.accounts import Account
from tests.portal.served import NOON, Portal

NO_PASSWORD = "signed in without one"


class Person:
    """Somebody who is signed in. `post` sends a form as the page would, with the session's word."""

    def __init__(self, portal: Portal, name: str, role: str, language: str = "en") -> None:
        with writing(portal.records) as session:
            account = accounts.find_account(session, name)
            if account is None:
                account = Account(name=name, role=role, password=NO_PASSWORD, language=language, created=NOON)
                session.add(account)
                session.flush()
            word = sessions.begin(session, account.id, portal.now)
            session.flush()
            visitor = sessions.find(session, word, portal.now)
        self.csrf = visitor.csrf
        self.session_id = visitor.session_id
        headers = {"Accept": "text/html", "Accept-Language": language}
        self.client = httpx.Client(base_url=portal.url, cookies={sessions.COOKIE: word}, headers=headers, timeout=30)
        portal.clients.append(self.client)

    def get(self, path: str, **options: Any) -> httpx.Response:
        return self.client.get(path, **options)

    def post(self, path: str, **form: str) -> httpx.Response:
        return self.client.post(path, data={"csrf": self.csrf} | form)

    def see(self, path: str) -> str:
        """The words of a page."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[-500:])
        return read(answer.text)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.words: list[str] = []
        self._hidden = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._hidden += tag in ("script", "style")
        values = dict(attrs)
        self.words += [text for name in ("aria-label", "title", "alt", "placeholder") if (text := values.get(name))]

    def handle_endtag(self, tag: str) -> None:
        self._hidden -= tag in ("script", "style")

    def handle_data(self, data: str) -> None:
        if not self._hidden:
            self.words.append(data)


def read(html: str) -> str:
    """What a person reads of a page, or hears: its texts and labels."""
    reader = _Reader()
    reader.feed(html)
    return re.sub(r"\s+", " ", " ".join(reader.words))


def field(html: str, name: str) -> str:
    """What stands in a field of a form."""
    tag = re.search(rf'<input[^>]* name="{name}"[^>]*>', html)
    assert tag, name
    return re.search(r'value="([^"]*)"', tag[0])[1]
