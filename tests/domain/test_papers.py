"""Papers that several applicants mention: which of them are the same."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipgrants.domain.papers import identity, same_papers, with_bytes
from pipgrants.domain.proposal import Evidence
from pipgrants.domain.vocabulary import EvidenceKind

DAY = date(2026, 2, 16)
LETTER = Evidence("carta 1", EvidenceKind.COMMITMENT_LETTER, "Cámara de Comercio", DAY, Decimal(141_000))


def seal(name: str, text: str) -> str:
    return f"{name}|{text}".replace("/", "")


def are_same(*papers: Evidence) -> bool:
    return len(set(same_papers(identity(paper, seal) for paper in papers).values())) == 1


def test_a_letter_is_the_same_whatever_the_applicants_call_it():
    assert are_same(LETTER, LETTER._replace(identity="annex B", issuer=" CÁMARA  de comercio "))


@pytest.mark.parametrize(
    "other",
    [
        LETTER._replace(issued_on=date(2026, 2, 17)),
        LETTER._replace(committed_amount=Decimal(141_001)),
        LETTER._replace(kind=EvidenceKind.OTHER),
        LETTER._replace(issuer="Cámara de Industria"),
    ],
)
def test_letters_of_another_day_amount_kind_or_issuer_are_others_even_under_the_same_name(other):
    assert not are_same(LETTER, other)


def test_an_amount_is_the_same_however_it_is_written():
    assert are_same(LETTER, LETTER._replace(committed_amount=Decimal("141000.00")))


def test_letters_without_day_and_amount_are_told_apart_by_their_names():
    bare = LETTER._replace(issued_on=None, committed_amount=None)
    assert are_same(bare, bare._replace(identity=" CARTA 1"))
    assert not are_same(bare, bare._replace(identity="carta 2"))


def test_the_same_bytes_are_the_same_paper_whatever_is_said_of_it():
    assert are_same(LETTER._replace(sha256="aa"), Evidence("x", EvidenceKind.OTHER, "Another", sha256="aa"))


def test_papers_alike_are_others_once_the_files_of_all_are_known_and_differ():
    first, second = LETTER._replace(sha256="aa"), LETTER._replace(sha256="bb")
    assert not are_same(first, second)
    assert are_same(first, LETTER)
    assert are_same(first, second, LETTER)


def test_a_file_on_one_side_leaves_papers_alike_the_same():
    attached = with_bytes(identity(LETTER, seal), "aa")
    assert attached == identity(LETTER._replace(sha256="aa"), seal)
    assert len(set(same_papers([attached, identity(LETTER, seal)]).values())) == 1


papers = st.builds(
    Evidence,
    st.sampled_from(["1", "2"]),
    st.just(EvidenceKind.COMMITMENT_LETTER),
    st.sampled_from(["Bank", "Town"]),
    st.sampled_from([None, DAY]),
    st.sampled_from([None, Decimal(5)]),
    st.none(),
    st.sampled_from([None, "aa", "bb"]),
)


@given(st.lists(papers, max_size=8), st.randoms(use_true_random=False))
def test_the_order_of_import_never_decides_which_papers_are_the_same(mentioned, random):
    named = [identity(paper, seal) for paper in mentioned]
    assert same_papers(named) == same_papers(random.sample(named, len(named)))


@given(st.lists(papers, min_size=2, max_size=8))
def test_bytes_and_likeness_join_papers(mentioned):
    named = [(paper, identity(paper, seal)) for paper in mentioned]
    same = same_papers(name for _, name in named)
    for one, first in named:
        for other, second in named:
            if one.sha256 is not None and one.sha256 == other.sha256:
                assert same[first] == same[second]
            if one._replace(sha256=None) == other._replace(sha256=None) and not (one.sha256 and other.sha256):
                assert same[first] == same[second]
