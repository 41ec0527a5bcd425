"""Country codes: those of ISO 3166-1, as the time zone database lists them, and Kosovo's."""

from importlib import resources

from pipgrants.domain.countries import COUNTRIES


def test_the_codes_are_those_of_iso_3166_and_xk() -> None:
    text = (resources.files("tzdata") / "zoneinfo" / "iso3166.tab").read_text(encoding="utf-8")
    listed = {line.split("\t")[0] for line in text.splitlines() if not line.startswith("#")}
    assert listed | {"XK"} == COUNTRIES
