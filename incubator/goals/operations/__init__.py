"""Write programmes, their goals, and which programmes claim a result."""

from incubator.goals.operations.attributions import Claim, attribute
from incubator.goals.operations.programmes import (
    Area,
    ProgrammeValues,
    create_programme,
    edit_programme,
    mark_of as mark_of_programme,
    stored_values,
)
from incubator.goals.operations.targets import (
    GoalValues,
    edit_goal,
    mark_of as mark_of_goal,
    remove_goal,
    set_goal,
    values_of,
)

__all__ = [
    "Area",
    "Claim",
    "GoalValues",
    "ProgrammeValues",
    "attribute",
    "create_programme",
    "edit_goal",
    "edit_programme",
    "mark_of_goal",
    "mark_of_programme",
    "remove_goal",
    "set_goal",
    "stored_values",
    "values_of",
]
