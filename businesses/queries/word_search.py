"""The search for words inside names, which no index serves, among the newest records."""

from dataclasses import dataclass
from typing import Any, Self

from businesses.queries.business_sources import BY_CREATED_AT
from businesses.records.business import TYPENAME
from businesses.records.search_keys import search_key

MOST_WORDS = 10


@dataclass(frozen=True, slots=True)
class Words:
    """What every record that is found holds in its name or its e-mail address, in any order.

    words: as search keys. username: the beginning of the owner's username, as typed, which is
    another way for a record to be found; "" for none.
    """

    words: tuple[str, ...]
    username: str = ""

    @classmethod
    def of(cls, term: str) -> Self:
        """Return the words of a search term. A username holds no white space."""
        words = [word for word in search_key(term).split(" ") if word]
        return cls(tuple(words[:MOST_WORDS]), "" if " " in term.strip() else term.strip())

    def are_in(self, *texts: str) -> bool:
        """Return whether each word is in one of the texts."""
        keys = [search_key(text) for text in texts if text]
        return bool(self.words) and all(any(word in key for key in keys) for word in self.words)

    def query(self) -> dict[str, Any]:
        """Return the arguments of a Query for businesses, newest first. There is a word.

        A filter may name no key attribute of the index that is read; these are none of this one's.
        https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_Query.html
        """
        numbers = range(len(self.words))
        # AND binds more tightly than OR, and DynamoDB refuses parentheses that change nothing.
        holds = [f"contains(#nameKey, :word{n}) OR contains(#emailKey, :word{n})" for n in numbers]
        condition = " AND ".join(f"({each})" for each in holds) if len(holds) > 1 else holds[0]
        names = {name: name[1:] for name in ("#nameKey", "#emailKey")}
        values = {f":word{n}": {"S": self.words[n]} for n in numbers}
        if self.username:
            names["#owner"], values[":username"] = "owner", {"S": f"::{self.username}"}
            condition = f"{condition} OR contains(#owner, :username)"
        return {
            "IndexName": BY_CREATED_AT.name,
            "KeyConditionExpression": "#partition = :partition",
            "FilterExpression": condition,
            "ExpressionAttributeNames": {**names, "#partition": BY_CREATED_AT.partition},
            "ExpressionAttributeValues": {**values, ":partition": {"S": TYPENAME}},
            "ScanIndexForward": False,
        }
