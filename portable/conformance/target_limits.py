"""HTTP: how many calls a route takes. No window of its length holds more, on every target."""
# ruff: noqa: D102  (the name of a test is its sentence)

from __future__ import annotations

import pytest

from portable.conformance.target_cases import TargetTests, World
from portable.persistence.sliding import counted
from portable.persistence.table import Table
from portable.testing.http.client import HttpResponse

CALLS = Table("suite-calls", key="id", ttl="ends")


def is_full(answer: HttpResponse, reached: str, seconds: int) -> None:
    """Fail unless the answer refuses a call, and tells to come again in about so many seconds."""
    wait = int(answer.expect(429).headers["retry-after"])
    assert seconds - 5 <= wait <= seconds + 1
    assert answer.json() == {"detail": f"the limit of {reached} is reached, try again in {wait} s"}


class LimitTests(TargetTests):
    """`limit=` has one meaning, whatever stands before the function."""

    kind = "limit"
    about = "limits of calls, which a table counts"
    modules = "target_limits"
    within = "http"

    def called(self, world: World, ip: str, times: int) -> list[HttpResponse]:
        """Return the answers to some calls from an address."""
        return [world.cloud.http.get("/limits/address", client_ip=ip) for _ in range(times)]

    def test_each_address_has_so_many_calls(self, world: World) -> None:
        for ip in ("203.0.113.7", "2001:db8:0:1::7"):
            first, second, third = self.called(world, ip, 3)
            assert (first.expect(200).text, second.expect(200).text) == ("in", "in")
            assert first.headers["ratelimit-policy"] == '"ip:2/m";q=2;w=60, "ip:3/h";q=3;w=3600'
            assert first.headers["ratelimit"].startswith('"ip:2/m";r=1;t=')
            is_full(third, "2/m", 60)
            assert third.headers["ratelimit"].startswith('"ip:2/m";r=0;t=')
        is_full(self.called(world, "2001:db8:0:1:ffff::1", 1)[0], "2/m", 60)  # it is of the same network
        self.called(world, "2001:db8:0:2::7", 1)[0].expect(200)

    @pytest.mark.parametrize(("ago", "left", "reached"), [(50, 1, ("2/m", 10)), (70, 2, ("2/m and 3/h", 3530))])
    def test_a_call_counts_for_one_window_and_no_longer(
        self, world: World, ago: int, left: int, reached: tuple[str, int]
    ) -> None:
        """The earlier call is put into the table, because a host process has a clock of its own."""
        then = int((world.cloud.clock.time() - ago) * 1000)
        row = {"id": ":limit/by-address/ip:198.51.100.7", "calls": counted(b"", [(2, 60), (3, 3600)], then)}
        world.cloud.table(CALLS).put(row)
        *let_in, refused = self.called(world, "198.51.100.7", left + 1)
        assert [answer.status_code for answer in let_in] == [200] * left
        is_full(refused, *reached)

    def test_who_calls_is_known_before_the_call_is_counted(self, world: World) -> None:
        world.cloud.secret("suite-key").set("ada:k-1\nbob:k-2")
        for _ in range(4):
            world.cloud.http.get("/limits/mine").expect(401)
        ada, bob = world.cloud.http.as_user("ada"), world.cloud.http.as_user("bob")
        assert ada.get("/limits/mine").expect(200).text == "ada"
        assert ada.post("/limits/mine", json={"a": 1}).expect(200).json() == {"ada": 1}
        ada.post("/limits/mine", json={"a": "b"}).expect(400)  # it was let in, so it counts
        for answer in (ada.get("/limits/mine"), ada.post("/limits/mine", json={"a": 1})):
            is_full(answer, "3/m", 60)
        assert bob.get("/limits/mine").expect(200).headers["ratelimit"].startswith('"shared:3/m";r=2;t=')
        assert "ratelimit" not in world.cloud.http.get("/limits/open").expect(200).headers

    def test_a_refused_call_runs_nothing_and_can_be_read_by_the_browser(self, world: World) -> None:
        sent = {"origin": "https://shop.example", "accept": "application/problem+json"}
        for team in ("red", "blue"):
            world.cloud.http.get("/limits/guarded", headers={**sent, "x-team": team}).expect(418)
        refused = world.cloud.http.get("/limits/guarded", headers={**sent, "x-team": "green"}).expect(429)
        assert refused.headers["content-type"] == "application/problem+json"
        assert (refused.json()["status"], refused.json()["title"]) == (429, "Too Many Requests")
        assert refused.headers["access-control-allow-origin"] == "https://shop.example"

    def test_callers_of_the_apps_own_kind_are_counted_apart(self, world: World) -> None:
        for headers in ({"x-team": "red"}, {}):
            world.cloud.http.get("/limits/guarded", headers=headers).expect(418)
        assert {row["id"] for row in world.cloud.table(CALLS).rows()} == {
            ":limit/guarded/route",
            ":limit/guarded/own:red",
            ":limit/guarded/own",
        }

    def test_a_mounted_app_takes_so_many_calls(self, world: World) -> None:
        answers = [world.cloud.http.get(f"/limits/app/{number}") for number in range(3)]
        assert [answer.status_code for answer in answers] == [200, 200, 429]
        assert answers[1].headers["ratelimit"].startswith('"route:2/m";r=0;t=')

    def test_a_stream_tells_what_is_left(self, world: World) -> None:
        answer = world.cloud.http.get("/limits/streamed").expect(200)
        assert (answer.text, answer.headers["ratelimit-policy"]) == ("ab", '"route:600/h";q=600;w=3600')
