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
    "out_of_reach": _l("The database cannot be reached right now. Try again in a moment."),
    "erased_already": _l("This person is erased already."),
    "not_confirmed": _l("Write the name exactly as it stands above."),
    "close_first": _l("Close the account first, and hand over what the person owns."),
    "no_such_file": _l("There is no such file."),
    "no_such_idea": _l("There is no such idea here."),
    "no_such_tag": _l("There is no such tag here."),
    "tag_missing": _l("Write a tag."),
    "tag_too_long": _l("A tag has at most %(most)s characters."),
    "no_such_comment": _l("There is no such comment here."),
    "comment_missing": _l("Write something."),
    "comment_too_long": _l("A comment has at most %(most)s characters."),
    "comment_not_yours": _l("Somebody else wrote this comment."),
    "no_such_link": _l("There is no such link here."),
    "linked_already": _l("The two ideas are linked so already."),
    "is_archived": _l("This idea is archived already."),
    "not_archived": _l("This idea is not archived."),
    "same_idea": _l("This is the same idea. Choose another one."),
    "ideas_changed": _l("Somebody changed one of the ideas. Look at them again."),
    "one_region": _l("Choose ideas of one region at a time."),
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
    "no_such_meeting": _l("There is no such meeting here."),
    "no_such_item": _l("This does not stand on the agenda."),
    "meeting_over": _l("The meeting is closed. Its minutes stand."),
    "meeting_not_empty": _l("Something is decided or noted already. Close the meeting instead."),
    "idea_not_chosen": _l("Choose one of the ideas that are offered."),
    "note_conflict": _l("Somebody else wrote here meanwhile. Look at it and try again."),
    "meeting_running": _l("A meeting is running already."),
    "no_such_visit": _l("There is no such visit here."),
    "visit_taken_back": _l("This visit was taken back."),
    "not_your_visit": _l("This visit belongs to another organisation."),
    "too_many_regions": _l("Choose one region: at most %(most)s are looked at together."),
    "period_too_long": _l("Choose a period of at most %(most)s years."),
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
    "no_such_view": _l("There is no such view here."),
    "view_name_taken": _l("Another view has this name."),
    "too_many_views": _l("There are %(most)s views already. Delete one first."),
    "board_is_sorted": _l("The order cannot be changed while the board is sorted."),
    "same_stage": _l("The card stands in this stage already."),
    "closed_meanwhile": _l("Somebody closed this card first."),
    "no_such_incubation": _l("There is no such agreement with the incubator."),
    "before_admission": _l("That is before the company was admitted."),
    "not_running": _l("The company was not in the incubator on that day."),
    "month_not_over": _l("This month is not over. Choose one that is."),
    "mail_on_its_way": _l("This mail is on its way already."),
    "recipient_off": _l("This person gets no report: it was stopped, or mail came back."),
    "too_many_comments": _l("There are too many comments on this report."),
    "summary_approved": _l("This report is approved already. Build a new version to change it."),
    "summary_not_approved": _l("This report is a draft: there is nothing to archive yet."),
    "summary_not_drawn": _l("The charts and the PDF could not be drawn. Try again in a while."),
    "summary_built_anew": _l("The draft was built anew. Look at it again before you approve."),
    "recipient_known": _l("This address gets the report already."),
    "too_many_recipients": _l("No partner can have so many recipients. Use an address of a group."),
    "amount_missing": _l("Write the amount that was granted."),
    "amount_above_nothing": _l("Write an amount above nothing."),
    "no_such_application": _l("There is no such application here."),
    "no_such_payment": _l("There is no such payment, or it was taken away."),
    "no_such_instrument": _l("There is no such funding scheme."),
    "no_such_frame": _l("There is no such frame."),
    "no_such_organisation": _l("There is no such organisation."),
    "not_your_application": _l(
        "Somebody else owns this application. Ask them, or a developer, to change it."
    ),
    "application_voided": _l("This application was taken away: it was entered by mistake."),
    "application_changed": _l(
        "Something has happened to this application meanwhile. Look at it and try again."
    ),
    "application_conflict": _l("Somebody else changed the same. Choose what is to stand."),
    "application_title_missing": _l(
        "Write what the application is about, since no idea stands behind it."
    ),
    "status_cannot_follow": _l("An application that is %(before)s cannot become %(to)s."),
    "deadline_not_passed": _l(
        "An unsent application lapses when its deadline has passed. Withdraw it instead."
    ),
    "grant_was_used": _l(
        "Something of the grant was paid. Write down what went back before the grant lapses."
    ),
    "before_latest_of_application": _l(
        "The date is before the latest that happened to the application (%(latest)s). "
        "Choose that day or a later one."
    ),
    "payment_without_grant": _l(
        "Nothing had been granted by that day. Write down the grant before what was paid of it."
    ),
    "paid_above_granted": _l("That is more than was granted: %(left)s can still be paid."),
    "returned_above_paid": _l("That is more than was paid by that day: %(kept)s can go back."),
    "more_was_returned": _l(
        "More has been returned than would have been paid then. Take that away first."
    ),
    "frame_taken": _l("There is a frame for this year and deadline already. Change that one."),
    "bad_year": _l("Write the year with four digits."),
    "no_such_series": _l("There is no such series of figures."),
    "no_such_figure": _l("There is no such figure, or it was taken back."),
    "bad_series_key": _l(
        "Write the key with small letters a to z, digits and _, as net_migration."
    ),
    "series_taken": _l("There is a series with this key already."),
    "source_missing": _l("Write where the figures come from."),
    "bad_address": _l("Write the whole address, with https:// first."),
    "jobs_missing": _l("Write how many jobs."),
    "heads_are_whole": _l(
        "People are counted whole. Count parts of a job as full-time equivalents."
    ),
    "two_decimals": _l("Write at most two decimals."),
    "more_than_all": _l("Women and men together are more than the number."),
    "too_far_ahead": _l("The date is too far ahead. Check the year."),
    "no_such_jobs": _l("There is no such record of jobs here."),
    "not_your_jobs": _l("Somebody else entered this. Ask them, or a manager, to change it."),
    "realised_already": _l("These jobs are realised already."),
    "jobs_realised_from_it": _l("Jobs were realised from this record. Take those back first."),
    "no_region": _l("You do not work in any region yet. Ask an administrator to add you to one."),
    "target_missing": _l("Write a target above nothing."),
    "place_missing": _l("Say which region or county the goal is for."),
    "programme_place_missing": _l("Choose at least one place where the programme works."),
    "goal_outside_programme": _l("A goal must lie within the period of its programme."),
    "no_net_number": _l("Only new jobs have a net number: new less lost."),
    "rounds_not_whole": _l(
        "A goal that begins anew must begin on the first day of a calendar period of that length, "
        "and end on the last day of one."
    ),
    "path_and_rounds": _l("Targets for each year are for a goal of the whole period."),
    "path_years": _l("Give a target for every year of the goal, or for none."),
    "path_sum": _l("The years add up to %(total)s, and the goal asks for %(target)s."),
    "rule_before_another": _l("The rule cannot count from a day before the one that it follows."),
    "rule_after_the_end": _l("The goal has ended by then."),
    "no_such_focus_area": _l("There is no such focus area here."),
    "no_such_programme": _l("There is no such programme here."),
    "focus_area_used": _l(
        "An idea or a goal has this focus area. Give it a last day instead of taking it away."
    ),
    "focus_area_twice": _l("Two focus areas have the same name."),
    "funder_twice": _l("The same funder stands there twice."),
    "claimed_twice": _l("The same programme stands there twice."),
    "several_leads": _l("Only one programme can lead."),
    "bad_share": _l("A share is a whole percent from 1 to 100."),
    "region_missing": _l("Choose where the person works."),
    "municipalities_missing": _l("Write at least one municipality."),
    "orgnr_of_another": _l("Another organisation has this organisation number."),
    "set_by_environment": _l("The environment sets this; it is changed there."),
    "elsewhere_failed": _l("Your organisation did not confirm who you are. Try again."),
    "email_not_verified": _l(
        "Your organisation does not say that your e-mail address is verified."
    ),
    "not_known_here": _l(
        "Nobody here has the e-mail address that your organisation gave. Ask for an invitation."
    ),
    "bad_invitation": _l(
        "This invitation does not work: it was used, is too old, or a newer one was sent. "
        "Ask an administrator for a new one."
    ),
    "invited_no_more": _l("This person can sign in already, or the account is closed."),
    "last_administrator": _l(
        "Nobody else can administer Idéløypa. Make somebody else an administrator first."
    ),
    "own_account": _l("You cannot close your own account. Ask another administrator."),
    "own_second_factor": _l("Change your own way of signing in under Sign-in and security."),
    "no_second_factor": _l("Nothing but the password is set up for this person."),
    "no_such_passkey": _l("This passkey is gone already."),
    "closed_already": _l("This account is closed already."),
    "open_already": _l("This account is open already."),
    "heir_missing": _l("Choose who takes over, or that nobody does."),
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
    "no_such_event": _l("There is no such event in the history of this idea."),
    "corrected_meanwhile": _l("Somebody corrected this first. Look at the history again."),
    "same_day": _l("This is the date that it has already."),
    "before_registration": _l(
        "The idea was registered on %(day)s. Choose that day or a later one."
    ),
    "before_previous_event": _l(
        "What came before it happened on %(day)s. Choose that day or a later one."
    ),
    "after_next_event": _l(
        "What came after it happened on %(day)s. Choose that day or an earlier one."
    ),
    "registration_stands": _l(
        "This is the registration of the idea itself, and cannot be corrected here."
    ),
    "went_on_after": _l("More has happened since it was reopened. Correct what came last first."),
    "launched_after": _l("The first sale rests on this. Remove the launch first."),
    "in_the_future": _l("The date is in the future. Choose today or an earlier day."),
    "reason_missing": _l("Write why, in a few words."),
    "stage_changed": _l("Somebody changed this stage first. Look at what stands there now."),
    "label_too_long": _l("Write a name of at most %(most)s letters."),
    "before_latest_terms": _l(
        "The stage was changed from %(latest)s. Choose that day or a later one."
    ),
    "over_limit": _l(
        "The stage should hold at most %(limit)s, and %(count)s stand there. "
        "Write why one more is right."
    ),
    "some_cannot": _l("Some of the cards cannot. Nothing was changed."),
    "assigned_meanwhile": _l("Somebody gave this card another owner first."),
    "none_chosen": _l("Choose at least one card."),
    "too_many_chosen": _l("Choose at most %(most)s cards at a time."),
    "nothing_to_change": _l("All of them are like that already."),
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
    "cards_built_upon": _l(
        "This cannot be undone any more: something later builds on it, on %(cards)s."
    ),
    "already_undone": _l("This is undone already."),
    "cannot_undo": _l("This kind of change cannot be undone."),
    "unknown_municipality": _l("There is no municipality called %(number)s, or with that number."),
    "several_municipalities": _l("Several have that name. Write the number: %(found)s."),
    "municipality_taken": _l("%(name)s lies in another region already."),
    "future_date": _l("The date is in the future; figures exist up to today."),
    "period_order": _l("The period ends before it begins."),
    "token_scope_missing": _l("Choose what the key may be used for."),
    "token_scope_not_yours": _l("A key may never do more than you may."),
    "token_day_over": _l("That day is over. Choose a later one."),
    "key_lasts_too_long": _l("This is more than a key may last at most."),
    "token_day_too_far": _l("A key lasts for %(days)s days at most. Choose an earlier day."),
    "too_many_tokens": _l("You have %(most)s keys already. Withdraw one that is not in use."),
    "no_such_token": _l("There is no such key."),
    "key_used_otherwise": _l("This key came with another request before. Use a new one."),
    "bad_input": _l("What was sent has another shape than the document asks for."),
    "bad_cursor": _l("This cursor is none. Begin again without it."),
    "not_json": _l("Send the body as JSON, with Content-Type: application/json."),
    "too_many_requests": _l("Too many requests. Wait a minute and try again."),
    "not_found_there": _l("There is no such thing in this region."),
    "webhook_not_https": _l("Write the whole address, with https:// first."),
    "too_many_webhooks": _l("You have %(most)s webhooks already. End one first."),
    "no_such_webhook": _l("There is no such webhook."),
    "bad_date": _l("This is no date. Write it as 21.11.2026."),
}


def sentence(code: str, details: Mapping[str, Any] | None = None) -> str:
    """Give the sentence for a code, in the language of the request."""
    text = str(SENTENCES.get(code, SENTENCES["failed"]))
    try:
        return text % dict(details or {})
    except KeyError:
        return text
