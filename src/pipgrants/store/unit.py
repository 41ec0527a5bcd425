"""The unit of work: one transaction with the repositories and the trail of a workspace."""

from __future__ import annotations

from functools import cached_property

from sqlalchemy import Connection

from pipgrants.errors import NotFoundError
from pipgrants.store.actors import Actors
from pipgrants.store.answers import Answers
from pipgrants.store.appeals import Appeals
from pipgrants.store.calls import Calls
from pipgrants.store.contracts import Contracts
from pipgrants.store.delegations import Delegations
from pipgrants.store.evaluations import Evaluations
from pipgrants.store.evaluators import Evaluators
from pipgrants.store.evidence import EvidencePapers
from pipgrants.store.group_conflicts import GroupConflicts
from pipgrants.store.keys import Keys
from pipgrants.store.knowledge import Knowledge
from pipgrants.store.ledger import Ledger
from pipgrants.store.letters import Letters
from pipgrants.store.measurements import Measurements
from pipgrants.store.packages import Packages
from pipgrants.store.participation import Participation
from pipgrants.store.parties import Parties
from pipgrants.store.projects import Projects
from pipgrants.store.proposals import Proposals
from pipgrants.store.stored import Stored


class Unit:
    """What one transaction reads and writes."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self.ledger = Ledger(connection)

    @cached_property
    def actors(self) -> Actors:
        """The people."""
        return Actors(self._connection)

    @cached_property
    def delegations(self) -> Delegations:
        """Roles held for somebody else."""
        return Delegations(self._connection)

    @cached_property
    def keys(self) -> Keys:
        """The public keys of people."""
        return Keys(self._connection)

    @cached_property
    def calls(self) -> Calls:
        """Programmes, calls, definitions."""
        return Calls(self._connection)

    @cached_property
    def parties(self) -> Parties:
        """Parties and exclusions."""
        return Parties(self._connection)

    @cached_property
    def proposals(self) -> Proposals:
        """Proposals and their lines."""
        return Proposals(self._connection)

    @cached_property
    def answers(self) -> Answers:
        """What applicants answered to clarification requests."""
        return Answers(self._connection)

    @cached_property
    def appeals(self) -> Appeals:
        """Appeals against decisions."""
        return Appeals(self._connection)

    @cached_property
    def evidence(self) -> EvidencePapers:
        """The papers of proposals, and for whom contested ones count."""
        return EvidencePapers(self._connection)

    @cached_property
    def evaluations(self) -> Evaluations:
        """Assignments and marks."""
        return Evaluations(self._connection)

    @cached_property
    def evaluators(self) -> Evaluators:
        """The profiles of evaluators."""
        return Evaluators(self._connection)

    @cached_property
    def packages(self) -> Packages:
        """Rankings and packages."""
        return Packages(self._connection)

    @cached_property
    def projects(self) -> Projects:
        """Projects and their money."""
        return Projects(self._connection)

    @cached_property
    def contracts(self) -> Contracts:
        """Service contracts of projects."""
        return Contracts(self._connection)

    @cached_property
    def group_conflicts(self) -> GroupConflicts:
        """Conflicts within the groups of projects."""
        return GroupConflicts(self._connection)

    @cached_property
    def participation(self) -> Participation:
        """Technical teams, firms and activities of projects."""
        return Participation(self._connection)

    @cached_property
    def knowledge(self) -> Knowledge:
        """Opportunities and best practices."""
        return Knowledge(self._connection)

    @cached_property
    def measurements(self) -> Measurements:
        """What is monitored of projects."""
        return Measurements(self._connection)

    @cached_property
    def letters(self) -> Letters:
        """Letters' records."""
        return Letters(self._connection)

    @cached_property
    def stored(self) -> Stored:
        """Every row as it stands."""
        return Stored(self._connection)

    def setting(self, name: str) -> str:
        """A setting of the workspace. Raises NotFoundError."""
        row = self._connection.exec_driver_sql("SELECT value FROM setting WHERE name = ?", (name,)).first()
        if row is None:
            raise NotFoundError(f"the workspace has no setting {name!r}")
        return str(row[0])

    def set(self, name: str, value: str) -> None:
        """Keeps a setting."""
        self._connection.exec_driver_sql("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))
