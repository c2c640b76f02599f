"""Who somebody is who has signed in, by the table of accounts and the claims of the provider."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.store.ledger.acts import ROLES, Actor
from data.texts import LANGUAGES
from services.access.person import Refusal, User, expired, person_hash, person_of
from services.access.settings import AccessSettings

KEY = b"SIMULASI"
KABUPATEN = ("19.01", "19.02", "19.03")
PLAIN = AccessSettings(sign_in=True, contact="Kesbangpol")
CLAIMED = AccessSettings(
    sign_in=True, role_claim="peran", office_claim="kantor", areas_claim="wilayah"
)
ANI, BUDI = "ani@kpu.example", "budi@kpu.example"
USERS = {
    person_hash(ANI, KEY): User(
        account="kpu.babel.1", office="KPU", role="operator", areas=("19.01",), active=True
    ),
    person_hash(BUDI, KEY): User(
        account="kpu.babel.2", office="KPU", role="admin", areas=(), active=False
    ),
}
SAID = {"email": "x@kpu.example", "peran": "verifikator", "kantor": "Bawaslu Bangka"}


def who(claims: dict[str, Any], settings: AccessSettings = PLAIN) -> Actor | Refusal:
    return person_of(claims, USERS, settings, key=KEY, kabupaten=KABUPATEN)


@pytest.mark.parametrize(
    ("settings", "claims", "reason", "detail"),
    [
        (PLAIN, {"email": "x@kpu.example"}, "unknown", ""),
        (PLAIN, {"email": BUDI}, "inactive", "kpu.babel.2"),
        (PLAIN, {}, "nameless", "email"),
        (PLAIN, {"email": ""}, "nameless", "email"),
        (PLAIN, {"email": ["ani@kpu.example"]}, "nameless", "email"),
        (PLAIN, {"sub": ANI}, "nameless", "email"),
        (PLAIN, {"email": ANI, "email_verified": False}, "unverified", ""),
        (PLAIN, SAID, "unknown", ""),
        (CLAIMED, {"email": "x@kpu.example"}, "unknown", ""),
        (CLAIMED, SAID | {"peran": ""}, "unknown", ""),
        (CLAIMED, SAID | {"peran": "gubernur"}, "role_unknown", "gubernur"),
        (CLAIMED, SAID | {"peran": ["admin", "operator"]}, "role_unknown", "admin, operator"),
        (CLAIMED, SAID | {"peran": "Admin"}, "role_unknown", "Admin"),
        (CLAIMED, SAID | {"kantor": None}, "office_missing", "kantor"),
        (CLAIMED, SAID | {"kantor": "Bapak Andi"}, "office_missing", "kantor"),
        (CLAIMED, SAID | {"wilayah": "19.01|19.99"}, "area_unknown", "19.99"),
        (CLAIMED, SAID | {"email": BUDI}, "inactive", "kpu.babel.2"),
    ],
)
def test_who_may_not_come_in_is_told_why(
    settings: AccessSettings, claims: dict[str, Any], reason: str, detail: str
) -> None:
    found = who(claims, settings)
    assert isinstance(found, Refusal)
    assert (found.reason, found.detail) == (reason, detail)
    for lang in LANGUAGES:
        words = found.words(lang)
        assert found.who in words
        assert detail in words
        assert (settings.contact or "admin") in words


def test_the_table_says_who_somebody_is_also_where_claims_say_something_else() -> None:
    for settings in (PLAIN, CLAIMED):
        for email in (ANI, " Ani@KPU.example ", "ANI@kpu.example"):
            found = who(SAID | {"email": email, "email_verified": True}, settings)
            assert found == Actor("kpu.babel.1", "KPU", "operator", ("19.01",))


@pytest.mark.parametrize(
    ("claims", "role", "areas"),
    [
        ({}, "verifikator", ()),
        ({"peran": ["verifikator"]}, "verifikator", ()),
        ({"peran": ["offline_access", "perencana"]}, "perencana", ()),
        ({"wilayah": "19.02, 19.01"}, "verifikator", ("19.01", "19.02")),
        ({"wilayah": ["19.03", "19.03"]}, "verifikator", ("19.03",)),
        ({"wilayah": None}, "verifikator", ()),
    ],
)
def test_claims_say_role_office_and_areas_of_those_without_an_account(
    claims: dict[str, Any], role: str, areas: tuple[str, ...]
) -> None:
    found = who(SAID | claims, CLAIMED)
    assert isinstance(found, Actor)
    assert (found.office, found.role, found.areas) == ("Bawaslu Bangka", role, areas)
    assert found.account == f"bawaslu.bangka.{person_hash('x@kpu.example', KEY)[:8]}"


def test_a_hash_hangs_on_the_key() -> None:
    assert person_hash(ANI, KEY) != person_hash(ANI, b"other")
    assert who({"email": ANI}) != person_of(
        {"email": ANI}, USERS, PLAIN, key=b"other", kabupaten=KABUPATEN
    )


NOW = datetime(2026, 12, 1, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("iat", "reason"),
    [
        (NOW - timedelta(hours=11, minutes=59), None),
        (NOW, None),
        (NOW + timedelta(minutes=4), None),
        (NOW - timedelta(hours=12), "expired"),
        (NOW - timedelta(days=29), "expired"),
        (NOW + timedelta(hours=1), "expired"),
        ("kemarin", "undated"),
        (True, "undated"),
        (None, "undated"),
    ],
)
def test_a_sign_in_holds_for_some_hours(iat: object, reason: str | None) -> None:
    said = iat.timestamp() if isinstance(iat, datetime) else iat
    found = expired({"email": ANI, "iat": said}, PLAIN, NOW)
    assert (found and found.reason) == reason
    if found:
        assert found.again
        assert ANI in found.words("id")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=12) | st.sampled_from(ROLES),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=4,
)
keys = st.sampled_from(["email", "email_verified", "sub", "peran", "kantor", "wilayah", "iat"])


@given(st.dictionaries(keys, values), st.sampled_from([PLAIN, CLAIMED]))
def test_whatever_a_provider_says_nobody_gets_more_than_is_written(
    claims: dict[str, Any], settings: AccessSettings
) -> None:
    found = who(claims, settings)
    if isinstance(found, Refusal):
        assert found.words("id")
        return
    assert settings is CLAIMED, "nobody of the table is among what is drawn"
    assert found.role in ROLES
    assert found.role in str(claims["peran"])
    assert found.office == claims["kantor"].strip() != ""
    assert set(found.areas) <= set(KABUPATEN)
    assert str(claims["email"]).strip() not in ("", found.account)
