"""What of an address the program looks at: what it never reads cannot change what it says."""

from werkzeug.datastructures import ImmutableMultiDict

EVERYTHING = "*"


class Looked(ImmutableMultiDict):
    """What an address asks; notes what of it the program looks at."""

    at = set()

    def __getitem__(self, name):
        Looked.at.add(name)
        return super().__getitem__(name)

    def getlist(self, name, type=None):
        Looked.at.add(name)
        return super().getlist(name, type)

    def __contains__(self, name):
        Looked.at.add(name)
        return super().__contains__(name)

    def __iter__(self):
        Looked.at.add(EVERYTHING)
        return super().__iter__()

    def items(self, multi=False):
        Looked.at.add(EVERYTHING)
        return super().items(multi)

    def to_dict(self, flat=True):
        Looked.at.add(EVERYTHING)
        return super().to_dict(flat)
