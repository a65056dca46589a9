"""The orders in which a list can be read, as an address names them."""

from enum import StrEnum

UNSORTED = ("First", "Last")  # what the first and the last page of such a list are called


class Order(StrEnum):
    """One index, read in one direction. The value is that of the parameter in an address."""

    NEWEST = "-created"
    OLDEST = "created"
    A_TO_Z = "name"
    Z_TO_A = "-name"

    @property
    def column(self) -> str:
        """What the list is sorted by: "created" or "name"."""
        return self.value.removeprefix("-")

    @property
    def is_descending(self) -> bool:
        """Whether a column's greatest value, such as the latest time, comes first."""
        return self.value.startswith("-")

    @property
    def is_by_time(self) -> bool:
        """Whether the list is sorted by creation."""
        return self.column == "created"

    @property
    def ends(self) -> tuple[str, str]:
        """What the first and the last page are called."""
        names = {Order.NEWEST: ("Newest", "Oldest"), Order.OLDEST: ("Oldest", "Newest")}
        return names.get(self, UNSORTED)
