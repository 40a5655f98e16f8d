"""How many of what a list holds: the words of each kind of list, for one and for several."""

from collections.abc import Callable, Mapping

from flask_babel import gettext as _, ngettext

Counted = Callable[[int], str]

NEW: Mapping[str, Counted] = {
    "ideas": lambda n: ngettext("%(num)d new idea", "%(num)d new ideas", n),
    "visits": lambda n: ngettext("%(num)d new visit", "%(num)d new visits", n),
    "companies": lambda n: ngettext("%(num)d new company", "%(num)d new companies", n),
    "applications": lambda n: ngettext("%(num)d new application", "%(num)d new applications", n),
    "jobs": lambda n: ngettext("%(num)d new record of jobs", "%(num)d new records of jobs", n),
}
BRING_IN: Mapping[str, Counted] = {
    "ideas": lambda n: ngettext("Import %(num)d idea", "Import %(num)d ideas", n),
    "visits": lambda n: ngettext("Import %(num)d visit", "Import %(num)d visits", n),
    "companies": lambda n: ngettext("Import %(num)d company", "Import %(num)d companies", n),
    "applications": lambda n: ngettext(
        "Import %(num)d application", "Import %(num)d applications", n
    ),
    "jobs": lambda n: ngettext(
        "Import %(num)d record of jobs", "Import %(num)d records of jobs", n
    ),
}
DONE: Mapping[str, Counted] = {
    "ideas": lambda n: ngettext("%(num)d idea was imported.", "%(num)d ideas were imported.", n),
    "visits": lambda n: ngettext("%(num)d visit was imported.", "%(num)d visits were imported.", n),
    "companies": lambda n: ngettext(
        "%(num)d company was imported.", "%(num)d companies were imported.", n
    ),
    "applications": lambda n: ngettext(
        "%(num)d application was imported.", "%(num)d applications were imported.", n
    ),
    "jobs": lambda n: ngettext(
        "%(num)d record of jobs was imported.", "%(num)d records of jobs were imported.", n
    ),
}
PLAIN: Mapping[str, Counted] = {
    "ideas": lambda n: ngettext("%(num)d idea", "%(num)d ideas", n),
    "visits": lambda n: ngettext("%(num)d visit", "%(num)d visits", n),
    "companies": lambda n: ngettext("%(num)d company", "%(num)d companies", n),
    "applications": lambda n: ngettext("%(num)d application", "%(num)d applications", n),
    "jobs": lambda n: ngettext("%(num)d record of jobs", "%(num)d records of jobs", n),
}
# Where one looks at what a list brought: the button, and the address without the region.
SEEN: Mapping[str, tuple[Callable[[], str], str]] = {
    "ideas": (lambda: _("To the board"), "/?region="),
    "visits": (lambda: _("To the visits"), "/besok?region="),
    "companies": (lambda: _("To the companies"), "/bedrifter?region="),
    "applications": (lambda: _("To the applications"), "/soknader?region="),
    "jobs": (lambda: _("To the jobs"), "/arbeidsplasser?region="),
}
SAID: Mapping[str, Callable[[], str]] = {
    "ideas": lambda: _("The headers say that this is a list of ideas."),
    "visits": lambda: _("The headers say that this is a list of visits."),
    "companies": lambda: _("The headers say that this is a list of companies."),
    "applications": lambda: _("The headers say that this is a list of applications."),
    "jobs": lambda: _("The headers say that this is a list of jobs."),
    "archive": lambda: _(
        "This is an export of the program: the ideas come with all that happened to them, and "
        "with companies, applications, jobs and visits."
    ),
}


def of(words: Mapping[str, Counted], holds: str, number: int) -> str:
    """Say how many, in the words of a kind of list; an export is counted by its ideas."""
    return words["ideas" if holds == "archive" else holds](number)
