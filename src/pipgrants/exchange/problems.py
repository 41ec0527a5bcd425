"""The problems of an imported file: dotted codes, their English sentences, and the log that gathers them.

The sentences in other languages stand in ``templates/wording/import.<language>.yaml`` under the same codes.
"""

from __future__ import annotations

from collections.abc import Sequence
from string import Template
from typing import NamedTuple

from pipgrants.errors import ImportRefusedError, Problem

LONGEST_VALUE_SHOWN = 60
MOST_PROBLEMS_LISTED = 1_000
MORE = "import.more_problems"
"""The code that stands for the problems beyond those listed."""
CORRECT_ROWS = "import.correct_rows"
CORRECT_ROWS_OR_ACCEPT = "import.correct_rows_or_accept"

SENTENCES: dict[str, str] = {
    "import.unreadable_file": "the file cannot be read; check its name, and that you may open it",
    "import.unknown_format": "expected a workbook (.xlsx), comma-separated text (.csv, .tsv, .txt), JSON (.json) or a "
    "folder of .csv files",
    "import.no_forms_in_folder": "the folder holds none of the expected files: $expected",
    "import.single_csv": "a form in CSV is a folder of files ($expected); give the folder",
    "import.not_a_workbook": "this is not an .xlsx workbook, or it is damaged; open it and save it again as .xlsx",
    "import.old_or_encrypted": "this is an old .xls workbook or one with a password; save it as .xlsx without password",
    "import.is_a_workbook": "this is a workbook with the name of a text file; rename it to .xlsx",
    "import.macros": "the workbook holds macros; save it as .xlsx without macros",
    "import.external_links": "the workbook is linked to other files; paste the linked cells as values",
    "import.encrypted_part": "the part $part of the workbook is encrypted; save it without password",
    "import.unsafe_path": "the workbook holds a part with an unsafe path ($part); save it again as .xlsx",
    "import.too_many_parts": "the workbook has $seen parts; at most $limit are read",
    "import.unpacks_too_large": "unpacked, the workbook is $seen bytes; at most $limit are read",
    "import.part_too_large": "the part $part of the workbook is too large: at most $limit bytes are read, and $tags "
    "tags at a time; copy the cells as values into a new workbook",
    "import.packed_too_tightly": "the part $part unpacks to $seen times its size; at most $limit times is read",
    "import.xml_entities": "the workbook declares XML entities, which spreadsheets never do; save it again as .xlsx",
    "import.file_too_large": "the file has $seen bytes; at most $limit are read",
    "import.unexpected_sheets": "expected the sheets $expected; the workbook has $seen",
    "import.linked_files": "the folder has links in the place of files: $seen; put the files themselves there",
    "import.unexpected_files": "expected the files $expected; the folder has $seen",
    "import.sheet_twice": "$names have the same name but for capitals and spaces; keep one of them",
    "import.one_sheet_expected": "expected one sheet with data; the workbook has $seen: keep one, or name it under "
    "'sheet' in the mapping",
    "import.merged_cells": "the cells $range are merged; undo the merge and write each cell",
    "import.rows_out_of_order": "row $row stands after row $previous; save the workbook again as .xlsx",
    "import.too_many_rows": "more than $limit rows; split the file",
    "import.too_many_values": "more than $limit values; split the file",
    "import.too_many_columns": "more than $limit columns; delete those that are not of the form",
    "import.not_text": "the file is not $encoding text (byte $byte); save it as CSV UTF-8, or declare its encoding in "
    "a mapping",
    "import.line_too_long": "a line is longer than $limit characters; is this a text file?",
    "import.broken_quotes": "the quotation marks do not balance from here on",
    "import.no_header": "row 1 must hold the names of the columns",
    "import.no_application": "there is no application in it; expected a row for each below the names of the columns "
    "(in the form, from row 3 of the sheet Proposals on)",
    "import.no_mark": "there is no mark in it; expected a row for each below the names of the columns",
    "import.column_without_name": "column $position has no name in row 1",
    "import.column_twice": "two columns have the same name",
    "import.unknown_column": "unknown column; allowed: $allowed",
    "import.missing_column": "the column is missing; the file has: $seen",
    "import.too_many_cells": "the row has $seen cells under $expected columns",
    "import.too_few_cells": "the row has $seen cells under $expected columns; does it lack a separator or a quotation "
    "mark?",
    "import.formula": "the cell holds a formula; copy it and paste it as a value",
    "import.error_value": "the cell holds an error value of the spreadsheet; correct it",
    "import.number_not_exact": "spreadsheets hold at most 15 digits of a number; format the cell as text",
    "import.text_too_long": "the text has $seen characters; expected at most $limit",
    "import.cell_too_long": "the cell has $seen characters; at most $limit are read",
    "import.control_character": "the cell holds a character that is not shown ($character); type the text again",
    "import.not_json": "the file is not JSON from character $position of this line on; check commas, quotation marks "
    "and brackets",
    "import.json_number": "$seen is no number; write digits, or null for what is not known",
    "import.json_nesting": "lists stand in lists deeper than any form does",
    "import.json_key_twice": "a name stands twice in one object",
    "import.json_shape": "expected a list of objects whose values are text, numbers or lists of such objects",
    "import.required": "this cell must be filled in",
    "import.not_a_number": "expected a plain number such as $example",
    "import.decimal_comma": "write the decimals after a point ($suggestion), or declare decimal_mark in a mapping",
    "import.decimal_point": "write the decimals after a point ($suggestion)",
    "import.thousands_mark": "leave out the thousands marks ($suggestion), or declare thousands_mark in a mapping",
    "import.negative_amount": "an amount is not negative",
    "import.amount_too_large": "an amount is at most $limit",
    "import.too_many_decimals": "$currency has $digits decimals",
    "import.not_whole": "expected a whole number from 0 to $limit",
    "import.not_a_date": "expected a date written $expected",
    "import.not_an_instant": "expected a local date and time written YYYY-MM-DD HH:MM",
    "import.clock_change": "this time occurs twice or never in $zone; add its offset, as in 2026-03-29T02:30+01:00",
    "import.unknown_word": "expected one of: $allowed",
    "import.unknown_words": "expected one or more of: $allowed; separate several by ;",
    "import.not_an_email": "expected an e-mail address such as name@example.org",
    "import.not_a_country": "expected a country code of two letters (ISO 3166-1 alpha-2)",
    "import.not_isic": "expected a sector of ISIC revision 4: a letter from A to U, or 2 to 4 digits in one "
    "of its divisions, such as 1079",
    "import.unknown_territory": "the programme does not declare this territory; the code is kept as written",
    "import.not_a_sha256": "expected a SHA-256 hash: 64 digits from 0 to 9 and a to f",
    "import.tax_country_missing": "a tax number needs the country that gave it",
    "import.reference_twice": "this application already stands in row $row",
    "import.stands_twice": "this reference stands twice in the file; give each application its own",
    "import.on_record": "this application is on record already, as $number; leave it out (what answers a request for "
    "clarification goes through: pipgrants proposal clarify)",
    "import.no_profile": "no profile of this reference was received; a full proposal comes under the reference of its "
    "profile",
    "import.not_invited": "the profile $number was not invited to send a full proposal; leave it out",
    "import.another_lead": "the profile of this reference is led by $party; a full proposal comes from the party that "
    "was invited",
    "import.for_office": "only the office fills this in; leave it out, and the moment of import counts as receipt",
    "import.received_in_future": "this is in the future",
    "import.received_before_opening": "this is before the call opened; correct it, or return the application to the "
    "applicant",
    "import.in_the_future": "this is after $day, the day of receipt",
    "import.after_receipt": "this is after $day, the day of receipt: it can only have come later, with an answer",
    "import.party_differs": "$party has $on_record on record, which stays; pipgrants party correct $party changes it",
    "import.possible_duplicate": "$party may be $other on record, $name; pipgrants party duplicates lists both, and "
    "pipgrants party merge makes one of them",
    "import.unknown_reference": "no application has this reference",
    "import.member_twice": "row $row gives the same key to another entity",
    "import.unknown_member": "the application has no member with this key",
    "import.evidence_twice": "row $row gives the same key to another paper",
    "import.unknown_evidence": "the application has no evidence with this key",
    "import.no_lead": "the application has no lead; mark one member with is_lead = yes",
    "import.two_leads": "the application has $count leads; only one member leads",
    "import.score_twice": "row $row already gives this evaluator's mark",
    "import.stated_twice": "row $row already says this",
    "import.number_out_of_bounds": "expected a number from $lowest to $highest with $decimals decimals at most",
    "import.not_a_year": "expected a year of four digits, from 1900 to 2099",
    "import.unknown_indicator": "the logical framework has no such indicator; allowed: $allowed",
    "import.unknown_activity": "the logical framework has no such activity; allowed: $allowed",
    "import.unknown_firm": "no party on record has this number; register the firm first, or say that it is of the "
    "cluster or the comparison group",
    "import.day_to_come": "this is after $day, and still to come",
    "import.year_to_come": "the last year that is over is $year",
    "import.comment_without_mark": "there is a comment and no mark; write the mark too, or n/a where the criterion "
    "does not apply",
    "import.comment_required": "this call asks for a comment on this mark",
    "import.not_assigned": "$evaluator was not assigned $proposal, or declared a conflict of interest",
    "import.another_evaluator": "these are another evaluator's marks",
    "import.no_token": "nothing says that $evaluator gave these marks: the sheet written for them has a token; if you "
    "know that they did, say so with --for $evaluator",
    "import.token_of_another": "this is not the token of the sheet written for $evaluator at this stage; if you know "
    "that the marks are theirs, say so with --for $evaluator",
    "import.no_evaluator": "$evaluator is on record as nobody who evaluates",
    "import.evaluator_otherwise": "another row says otherwise: row $row",
    "import.unknown_criterion": "no criterion of this stage; allowed: $allowed",
    "import.mark_off_scale": "expected a mark from $minimum to $maximum in steps of $step for $criterion",
    "import.no_payment": "there is no payment in it; expected a row for each below the names of the columns",
    "import.nothing_paid": "a payment is above zero",
    "import.unknown_budget_line": "the budget of the project has no such line; it has $allowed",
    "import.outside_project": "costs are eligible if paid from $first to $last",
    "import.ineligible_cost": "the call pays no $category; it pays $allowed",
    "import.above_line": "with this, $seen are spent on line $line; its flexibility ends at $limit",
    "import.payment_repeated": "a payment of this line, day, amount and document is on record, or stands above",
    "import.grant_in_kind": "the grant pays line $line, and pays in cash only; what is in kind is counterpart",
    "import.above_award": "with this, $seen of the grant are spent; the award is $limit",
    "import.unknown_contract": "the project has no such service contract; it has $allowed",
    "import.unsigned_contract": "service contract $contract is not signed",
    "import.before_contract": "service contract $contract is paid from the day of its signature on: $first",
    "import.contract_of_another_component": "service contract $contract is for the component $component, the line "
    "is not",
    "import.above_contract": "with this, $seen are paid under service contract $contract; its amount is $limit",
    "import.no_activity": "there is no activity in it; expected a row for each below the names of the columns",
    "import.no_firm": "there is no firm in it; expected a row for each below the names of the columns",
    "import.activity_not_listed": "the sheet of activities has no $activity",
    "import.activity_on_record": "the activity $activity is on record already; give another code, or leave it out",
    "import.activity_outside_project": "activities of the project are held from $first to $last",
    "import.component_without_budget": "the budget of the project has nothing for this component; it has: $allowed",
    "import.more_in_group": "more than all who were present, who are $people",
    "import.agreed_without_minutes": "nobody agrees to minutes that are not named; name them with the activity",
    "import.no_party": "no party has the number $party; enter it: pipgrants party add NAME --kind KIND",
    "import.not_a_firm": "$party is on record as no firm; in activities it stands among the actors",
    "import.is_a_firm": "$party is a firm, and stands among the firms",
    "import.firm_not_registered": "$firm was not registered with the project on $day: without consent and data there "
    "is no benefit; register it first: pipgrants firm register PROJECT FILE",
    "import.no_consent": "$firm did not agree to give data on $day: without consent and data there is no benefit; it "
    "agrees when it registers: pipgrants firm register PROJECT FILE",
    "import.no_firm_data": "$firm does not give $missing: without consent and data there is no benefit; firms give "
    "them when they register and at each service they use",
    "import.data_of_later_year": "this is after $year, the year in which they are given",
    "import.consent_missing": "no consent of $firm is on record: without consent and data there is no benefit; write "
    "the day on which it agreed to give data",
    "import.consent_after_registration": "a firm agrees to give data when it registers, or before",
    "import.consent_withdrawn": "$firm withdrew its consent on $day: without consent and data there is no benefit; "
    "write the day on which it agreed again",
    "import.registered_in_future": "a firm registers today ($day) at the latest",
    "import.lead_repeated_as_partner": "the lead stands again among its partners; counted once",
    "import.partner_repeated": "the same partner stands twice; counted once",
    "import.not_a_name": "this is no name of a partner; left out",
    "import.undetermined": "the value is not understood and is recorded as unknown",
    "import.budget_sum_differs": "the budget lines add up to $seen, the total amount is $expected",
    "import.grant_sum_differs": "the lines paid by the grant add up to $seen, the grant asked for is $expected",
    "import.parts_differ_from_total": (
        "the counterpart and the grant asked for add up to $seen, the total amount is $expected"
    ),
    "import.more_problems": "and $count more, not listed",
    "import.refused_file": "$file cannot be imported:",
    "import.refused_row": "$file has 1 problem; nothing was stored:",
    "import.refused_rows": "$file has $count problems; nothing was stored:",
    "import.correct_file": "correct the file and import it again; nothing of it was stored",
    "import.correct_rows": "correct the rows named and give the file again",
    "import.correct_rows_or_accept": "correct the rows named, or import the valid rest with --accept-valid",
}


class Place(NamedTuple):
    """Where something stands: the file, its sheet (or JSON list, empty in CSV) and the row, counted from 1."""

    file: str
    sheet: str = ""
    row: int | None = None

    def problem(self, code: str, column: str = "", value: str = "", **values: str) -> Problem:
        """The problem of this code here, worded in English; ``values`` fill the sentence in every language.

        Where it is of no column, the value ``sheet`` tells that the field names the sheet.
        """
        if self.sheet and not column:
            values["sheet"] = self.sheet
        field = f"{self.sheet}.{column}" if self.sheet and column else self.sheet or column
        return Problem(
            file=self.file,
            line=self.row,
            field=field,
            message=Template(SENTENCES[code]).substitute(values),
            value=value[:LONGEST_VALUE_SHOWN],
            code=code,
            values=tuple(values.items()),
        )

    def refusal(self, code: str, column: str = "", value: str = "", **values: str) -> ImportRefusedError:
        """The error that refuses the whole file."""
        problems = [self.problem(code, column, value, **values)]
        return _refusal("import.refused_file", "import.correct_file", problems, file=self.file)


def refusal_of_rows(file: str, problems: Sequence[Problem], next_code: str) -> ImportRefusedError:
    """The error that refuses a file for its rows, those of the file as a whole first; a code says what to do next."""
    in_order = sorted(problems, key=lambda problem: (problem.code == MORE, problem.line or 0))
    count = sum(int(dict(problem.values)["count"]) if problem.code == MORE else 1 for problem in problems)
    code = "import.refused_row" if count == 1 else "import.refused_rows"
    return _refusal(code, next_code, in_order, file=file, count=str(count))


def _refusal(code: str, next_code: str, problems: Sequence[Problem], **values: str) -> ImportRefusedError:
    message = Template(SENTENCES[code]).substitute(values)
    return ImportRefusedError(
        message, problems, next_step=SENTENCES[next_code], codes=(code, next_code), values=tuple(values.items())
    )


class ProblemLog:
    """Gathers the problems and warnings of a file; the first thousand of each are listed, the others counted."""

    def __init__(self, file: str) -> None:
        self._file = file
        self._listed: tuple[list[Problem], list[Problem]] = ([], [])
        self._counts = [0, 0]

    def problem(self, problem: Problem) -> None:
        """Add what keeps a row from being stored."""
        self._add(0, problem)

    def warning(self, warning: Problem) -> None:
        """Add what the reader should know and what blocks nothing."""
        self._add(1, warning)

    def _add(self, kind: int, problem: Problem) -> None:
        self._counts[kind] += 1
        if self._counts[kind] <= MOST_PROBLEMS_LISTED:
            self._listed[kind].append(problem)

    def problems(self) -> tuple[Problem, ...]:
        """The problems in the order in which they were met."""
        return self._all(0)

    def warnings(self) -> tuple[Problem, ...]:
        """The warnings in the order in which they were met."""
        return self._all(1)

    def _all(self, kind: int) -> tuple[Problem, ...]:
        unlisted = self._counts[kind] - len(self._listed[kind])
        rest = [Place(self._file).problem(MORE, count=str(unlisted))] if unlisted else []
        return (*self._listed[kind], *rest)
