"""The sentence for each code of a refusal: what is wrong and what to do."""

from collections.abc import Mapping
from typing import Any

from flask_babel import lazy_gettext as _l

SENTENCES = {
    "sign_in": _l("Sign in to go on."),
    "not_permitted": _l("Your role does not allow this. Ask an administrator if you need it."),
    "other_region": _l("This belongs to a region where you do not work."),
    "not_yours": _l("Somebody else owns this idea. Ask them, or a developer, to change it."),
    "not_found": _l("There is no such page. It may have been moved, or the address is wrong."),
    "no_such_file": _l("There is no such file."),
    "no_such_idea": _l("There is no such idea here."),
    "no_such_company": _l("There is no such company."),
    "company_merged": _l("This company was merged with %(name)s. Look there."),
    "companies_changed": _l("Somebody changed one of the companies. Look at them again."),
    "same_company": _l("This is the same company. Choose another one."),
    "both_in_the_incubator": _l(
        "Both companies are in the incubator now. End one of the agreements first, then merge."
    ),
    "bad_industry_code": _l("This is no industry code. Write it as 16.100."),
    "bad_number": _l("This number cannot be right."),
    "bad_telephone": _l("This is no telephone number. Write its digits."),
    "no_such_region": _l("There is no such region, or you do not work there."),
    "no_such_stage": _l("There is no such stage."),
    "no_such_change": _l("There is no such change."),
    "no_such_metric": _l("There is no such figure."),
    "no_such_import": _l("There is no such import, or its file is not kept any more."),
    "no_such_step": _l("There is no such next step."),
    "no_such_person": _l("There is no such person here."),
    "no_such_contact": _l("There is no such contact at the company."),
    "no_such_visit": _l("There is no such visit here."),
    "visit_taken_back": _l("This visit was taken back."),
    "not_your_visit": _l("This visit belongs to another organisation."),
    "too_many_rows": _l("The list is too long. Narrow it to at most %(most)s rows."),
    "company_missing": _l("Choose a company, or write the name of a new one."),
    "too_long_ago": _l("The date is too long ago. Check the year."),
    "step_missing": _l("Write what is to be done."),
    "already_done": _l("This is done already."),
    "followup_done": _l("%(who)s has marked this as done already."),
    "followup_moved": _l("%(who)s has moved this first: it is due %(on)s now."),
    "followup_handed_over": _l("%(who)s has handed this over first: %(to)s has it now."),
    "followup_voided": _l("%(who)s has removed this: it was a mistake."),
    "followup_changed": _l("%(who)s has changed this first. Look at it and try again."),
    "followup_conflict": _l("Somebody else changed the same. Choose what is to stand."),
    "no_such_feed": _l("There is no such calendar, or its link was withdrawn."),
    "bad_link": _l("This link is not whole. Copy all of it from the mail."),
    "same_stage": _l("The card stands in this stage already."),
    "closed_meanwhile": _l("Somebody closed this card first."),
    "no_such_incubation": _l("There is no such agreement with the incubator."),
    "before_admission": _l("That is before the company was admitted."),
    "not_running": _l("The company was not in the incubator on that day."),
    "amount_missing": _l("Write the amount that was granted."),
    "jobs_missing": _l("Write how many jobs."),
    "no_region": _l("You do not work in any region yet. Ask an administrator to add you to one."),
    "target_missing": _l("Write a target above nothing."),
    "place_missing": _l("Say which region or county the goal is for."),
    "region_missing": _l("Choose where the person works."),
    "municipalities_missing": _l("Write the number of at least one municipality."),
    "other_person": _l("Somebody else is signed in here now."),
    "wrong_method": _l("This address cannot be opened like that. Go back and use the button."),
    "too_large": _l("What you sent is too large. Send at most 25 MB."),
    "bad_request": _l("The request could not be read. Load the page anew and try again."),
    "failed": _l("Something went wrong on our side. Nothing was changed. Try again in a while."),
    "changed_meanwhile": _l(
        "Somebody else changed this at the same time. Look at it and try again."
    ),
    "moved_meanwhile": _l("Somebody else moved this card first."),
    "gate_incomplete": _l("The stage needs something more before the card can stand there."),
    "before_latest_event": _l(
        "The date is before the latest that happened to this card (%(latest)s). "
        "Choose that day or a later one."
    ),
    "sale_before_move": _l(
        "The first sale is before the day on which the card moves (%(latest)s). "
        "Give the day of the sale, or an earlier one, as the date of the move."
    ),
    "in_the_future": _l("The date is in the future. Choose today or an earlier day."),
    "reason_missing": _l("Write why, in a few words."),
    "title_missing": _l("Write what the idea is called."),
    "bad_orgnr": _l("This is no valid organisation number. It has nine digits; check them."),
    "orgnr_taken": _l("Another company already has this organisation number."),
    "unknown_language": _l("Choose bokmål or English."),
    "not_an_email": _l("This is no e-mail address."),
    "email_taken": _l("Somebody already signs in with this e-mail address."),
    "password_too_short": _l("The password needs at least %(least)s characters."),
    "not_empty": _l("The administrator is made already. Sign in instead."),
    "name_missing": _l("Write a name."),
    "name_taken": _l("This name is taken."),
    "not_open": _l("The idea is not open. Open it again first."),
    "already_open": _l("The idea is open already."),
    "built_upon": _l("This cannot be undone any more: something later builds on it."),
    "already_undone": _l("This is undone already."),
    "cannot_undo": _l("This kind of change cannot be undone."),
    "unknown_municipality": _l("There is no municipality with number %(number)s."),
    "municipality_taken": _l("%(name)s lies in another region already."),
    "future_date": _l("The date is in the future; figures exist up to today."),
    "period_order": _l("The period ends before it begins."),
    "bad_date": _l("This is no date. Write it as 21.11.2026."),
}


def sentence(code: str, details: Mapping[str, Any] | None = None) -> str:
    """Give the sentence for a code, in the language of the request."""
    text = str(SENTENCES.get(code, SENTENCES["failed"]))
    try:
        return text % dict(details or {})
    except KeyError:
        return text
