"""Views of the board that are kept under a name."""

import sqlalchemy as sa

from incubator.core.db import Base, Id, Mapped, UserKey, mapped_column
from incubator.core.facts import Recorded


class SavedView(Recorded, Base):
    """A named address of the board: a person's own, or shared with all who work in the region."""

    __tablename__ = "saved_views"

    id: Mapped[Id]
    region_id: Mapped[int] = mapped_column(sa.ForeignKey("regions.id"), index=True)
    owner_id: Mapped[UserKey]  # nobody: it is shared
    name: Mapped[str]
    name_key: Mapped[str]
    query: Mapped[str]  # of the address, without the region
    is_default: Mapped[bool] = mapped_column(default=False)

    @property
    def is_shared(self) -> bool:
        return self.owner_id is None
