"""A password in the URL of a storage is never shown, not even in part."""

from urllib.parse import quote

import pytest

from nasbench_mvit.errors import StoreError
from nasbench_mvit.search.store.database import failure
from nasbench_mvit.search.store.location import Location

SECRET = "Zq9xw7"  # noqa: S105 - of nobody


def at(url: str) -> Location:
    return Location(url=url, exclusive=False)


@pytest.mark.parametrize("sign", ["@", "@/", "@:", "@?", "/@", "@@"])
@pytest.mark.parametrize("rest", ["host:5432/nas", "host/nas?sslmode=require", "127.0.0.1:1/nas"])
def test_an_at_sign_in_a_password_is_refused_with_how_to_write_it(sign: str, rest: str) -> None:
    location = at(f"postgresql://me:p{sign}{SECRET}@{rest}")
    for use in (lambda: location.file, lambda: str(location)):
        with pytest.raises(StoreError, match="%40") as caught:
            use()
        assert SECRET not in str(caught.value)


@pytest.mark.parametrize("sign", [":", "/", "%40", "%", "?", "#", "%2F", "\n", "{", "&"])
def test_other_signs_in_a_password_are_kept_and_not_shown(sign: str) -> None:
    location = at(f"postgresql://me:p{sign}{SECRET}@host:5432/nas")
    assert str(location) == "postgresql://***@host:5432/nas"
    assert location.file is None
    password = f"p{sign}{SECRET}".replace("%40", "@").replace("%2F", "/")
    said = failure(location, OSError(f"no login with {password} or {quote(password, safe='')}"))
    assert SECRET not in said
    assert "no login with ***" in said


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        (f"postgresql://host/nas?password=a@{SECRET}", "postgresql://host/nas"),
        (f"postgresql:///nas?user=me&sslpassword={SECRET}", "postgresql:///nas"),
        (f"mysql+pymysql://{SECRET}@host/nas", "mysql+pymysql://***@host/nas"),
        ("sqlite:////home/me@work/study.db", "sqlite:////home/me@work/study.db"),
        ("sqlite:///study.db?timeout=9", "sqlite:///study.db?timeout=9"),
    ],
)
def test_options_and_users_are_not_shown_and_paths_are(url: str, shown: str) -> None:
    assert str(at(url)) == shown


def test_a_password_among_the_options_does_not_reach_a_message() -> None:
    location = at(f"postgresql://host/nas?password={SECRET}&sslmode=require")
    said = failure(location, OSError(f"{SECRET} was refused, sslmode require"))
    assert SECRET not in said
    assert "sslmode require" in said


@pytest.mark.parametrize(
    "url", ["nonsense", f"postgresql://me:{SECRET}@host:port/nas", "a://b:c:d"]
)
def test_what_is_no_url_is_refused_without_it(url: str) -> None:
    with pytest.raises(StoreError, match="SQLAlchemy URL") as caught:
        str(at(url))
    assert SECRET not in str(caught.value)
