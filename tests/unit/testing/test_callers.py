"""`cloud.http.as_user`: what it sends is real, on the direct road and on every wire; and in which order things run."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from unit.testing import callers_app as app

from portable.testing import Cloud
from portable.testing.app import load_modules
from portable.testing.http.signing import signed_headers
from portable.testing.session.session import Session

WIRES = (None, "aws", "azure", "gcp")


@pytest.fixture(scope="module")
def session() -> Iterator[Session]:
    found = Session(load_modules([app]))
    yield found
    found.close()


@pytest.fixture(params=WIRES)
def cloud(request: pytest.FixtureRequest, session: Session) -> Iterator[Cloud]:
    app.ran.clear()
    found = Cloud(session.app, session, request.param)
    yield found
    found.close()


def test_a_copy_of_a_signed_request_is_refused_until_its_time_is_over(cloud: Cloud) -> None:
    cloud.secret(app.hook).set("whsec_1")
    now = int(cloud.clock.time())
    sent: dict[str, Any] = {"content": b"5", "headers": signed_headers("stripe", "whsec_1", b"5", now)}
    assert cloud.http.post("/stripe", **sent).expect(201).json() == {"bytes": 1}
    for _ in range(3):
        assert cloud.http.post("/stripe", **sent).expect(409).json() == {"detail": "this request was handled before"}
    other = signed_headers("stripe", "whsec_1", b"5", now + 1)
    cloud.http.post("/stripe", content=b"5", headers=other).expect(201)
    cloud.clock.advance(seconds=301)
    cloud.http.post("/stripe", **sent).expect(401)
    assert app.ran == ["paid", "paid"]
    for row in cloud.table(app.seen).rows():
        assert row["ends"] > cloud.clock.now  # it is remembered for as long as a copy would be accepted


@pytest.mark.parametrize(("body", "status"), [(b"raise", 500), (b"busy", 503)])
def test_a_request_that_failed_may_come_again(cloud: Cloud, body: bytes, status: int) -> None:
    cloud.secret(app.hook).set("whsec_1")
    headers = signed_headers("stripe", "whsec_1", body, int(cloud.clock.time()))
    for _ in range(2):
        cloud.http.post("/stripe", content=body, headers=headers).expect(status)
    assert app.ran == ["paid", "paid"]


def test_a_copy_with_one_of_two_signatures_is_a_copy(session: Session) -> None:
    """A sender signs with both keys while one replaces the other."""
    app.ran.clear()
    cloud = Cloud(session.app, session)
    cloud.secret(app.hook).set("old\nnew")
    now = int(cloud.clock.time())
    old, new = (signed_headers("stripe", key, b"5", now)["stripe-signature"] for key in ("old", "new"))
    both = f"{old},{new.partition(',')[2]}"
    found = [
        cloud.http.post("/stripe", content=b"5", headers={"stripe-signature": sent}).status_code
        for sent in (both, old, new, f"{new},v1=00")
    ]
    assert found == [201, 409, 409, 409]
    cloud.close()


def test_two_copies_at_once_run_once(session: Session) -> None:
    app.ran.clear()
    cloud = Cloud(session.app, session)
    cloud.secret(app.hook).set("whsec_1")
    headers = signed_headers("stripe", "whsec_1", b"5", int(cloud.clock.time()))
    one = lambda: cloud.http.post("/stripe", content=b"5", headers=headers).status_code  # noqa: E731
    assert sorted(cloud.at_once(one, one, one)) == [201, 409, 409]
    assert app.ran == ["paid"]
    cloud.close()


def test_a_signature_without_a_time_is_remembered_for_long(cloud: Cloud) -> None:
    cloud.secret(app.hook).set("secret")
    headers = {**signed_headers("github", "secret", b"{}", 0), "content-type": "application/json"}
    assert cloud.http.post("/github", content=b"{}", headers=headers).expect(200).text == "github"
    cloud.clock.advance(days=89)
    cloud.http.post("/github", content=b"{}", headers={**headers, "x-github-delivery": "another"}).expect(409)
    assert app.ran == ["pushed"]


def test_what_was_refused_or_could_not_be_read_is_not_remembered(cloud: Cloud) -> None:
    cloud.secret(app.hook).set("secret")
    cloud.http.post("/github", content=b"{}", headers={"x-hub-signature-256": "sha256=00"}).expect(401)
    assert cloud.table(app.seen).rows() == []
    headers = {**signed_headers("github", "secret", b"{", 0), "content-type": "application/json"}
    for _ in range(2):
        cloud.http.post("/github", content=b"{", headers=headers).expect(400)


def test_nothing_runs_before_the_caller_is_known(cloud: Cloud) -> None:
    cloud.secret(app.keys).set("ada:k-1\nbob:k-2")
    asked: dict[str, Any] = {"json": {"a": 1}, "headers": {"idempotency-key": "7"}}
    cloud.http.post("/orders", **asked).expect(401)
    cloud.http.post("/orders", content=b"{", headers={"content-type": "application/json"}).expect(401)
    assert app.ran == []
    ada = cloud.http.as_user("ada")
    assert ada.post("/orders", **asked).expect(200).json() == {"of": "ada", "shelf": "shelf"}
    assert app.ran == ["open", "order of ada", "close"]
    assert ada.post("/orders", **asked).expect(200).json()["of"] == "ada"
    assert app.ran == ["open", "order of ada", "close"]


def test_a_stored_reply_is_for_its_caller_only(cloud: Cloud) -> None:
    cloud.secret(app.keys).set("ada:k-1\nbob:k-2")
    asked: dict[str, Any] = {"json": {"a": 1}, "headers": {"idempotency-key": "7"}}
    assert cloud.http.as_user("ada").post("/orders", **asked).expect(200).json()["of"] == "ada"
    assert cloud.http.as_user("bob").post("/orders", **asked).expect(200).json()["of"] == "bob"
    cloud.http.post("/orders", **asked).expect(401)
    cloud.secret(app.keys).set("ada:k-9")  # the key is replaced, and what it led to is still hers
    cloud.http.post("/orders", json={"a": 1}, headers={"idempotency-key": "7", "x-api-key": "k-1"}).expect(401)
    assert cloud.http.as_user("ada").post("/orders", **asked).expect(200).json()["of"] == "ada"
    assert [line for line in app.ran if "order" in line] == ["order of ada", "order of bob"]


def test_a_check_of_the_app_reads_its_tables(cloud: Cloud) -> None:
    cloud.table(app.users).put({"id": "s-1", "name": "ada"})
    for path, text in (("/mine", '["ada","ada","shop","Customer"]'), ("/later", "ada")):
        assert cloud.http.get(path, cookies={"session": "s-1"}).expect(200).text == text
        cloud.http.get(path, cookies={"session": "s-2"}).expect(401)
        cloud.http.get(path).expect(401)  # its own check reads a cookie that was not sent
        for unusable in ("", "x" * 300):  # no key of the table
            cloud.http.get(path, headers={"cookie": f"session={unusable}"}).expect(401)


def test_as_user_stands_for_the_check_of_the_app(cloud: Cloud) -> None:
    bob = cloud.http.as_user("bob", scopes=["x"], plan="gold")
    assert bob.get("/mine").expect(200).json() == ["bob", "bob", "x", "Customer"]
    assert app.ran == []
    assert cloud.http.as_user(app.Account("eve")).get("/later").expect(200).text == "eve"
    with pytest.raises(TypeError, match=r"write as_user\(Account\(…\)\)"):
        cloud.http.as_user("bob").get("/later")


def test_tokens_have_the_issuer_and_the_audience_of_the_stage(cloud: Cloud) -> None:
    cloud.setting("issuer").set("https://id.example/prod")
    cloud.setting("api").set("shop")
    claims = cloud.http.as_user("ada", team="blue", nbf=0).get("/staged").expect(200).json()
    assert (claims["iss"], claims["aud"], claims["sub"]) == ("https://id.example/prod", "shop", "ada")
    assert (claims["team"], claims["exp"] - claims["iat"], "scope" in claims) == ("blue", 3600, False)


def test_the_clock_of_the_test_decides_what_has_expired(session: Session) -> None:
    cloud = Cloud(session.app, session)
    cloud.setting("issuer").set("https://id.example/prod")
    cloud.setting("api").set("shop")
    headers = {"authorization": f"Bearer {cloud.http.token('ada')}"}
    cloud.http.get("/staged", headers=headers).expect(200)
    cloud.clock.advance(minutes=59)
    cloud.http.get("/staged", headers=headers).expect(200)
    cloud.clock.advance(minutes=2)
    cloud.http.get("/staged", headers=headers).expect(401)
    cloud.http.as_user("ada").get("/staged").expect(200)
    cloud.http.as_user("ada", exp=0).get("/staged").expect(401)
    cloud.close()


def test_a_public_route_knows_nobody(cloud: Cloud) -> None:
    for caller in (cloud.http, cloud.http.as_user("ada")):
        assert caller.get("/open").expect(200).text == "open"
        caller.get("/nowhere").expect(404)
        caller.post("/open").expect(405)


def test_a_secret_that_the_test_did_not_set_gets_a_key_for_whoever_calls(session: Session) -> None:
    cloud = Cloud(session.app, session)
    for name in ("ada", "bob", "ada"):
        assert cloud.http.as_user(name).post("/orders", json={}).expect(200).json()["of"] == name
    cloud.secret(app.keys).set("ada:k-1")
    with pytest.raises(LookupError, match='"keys" of this test has no line eve:…; it knows ada'):
        cloud.http.as_user("eve").post("/orders", json={})
    cloud.secret(app.keys).set("k-1")
    assert cloud.http.as_user("eve").post("/orders", json={}).expect(200).json()["of"] == "keys"
    with pytest.raises(TypeError, match="name without a colon"):
        cloud.http.as_user(app.Account("ada")).post("/orders", json={})
    cloud.close()
