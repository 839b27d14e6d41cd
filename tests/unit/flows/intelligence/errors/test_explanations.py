"""Finding explanations among texts of any origin."""

from flows.intelligence.errors.bridge import expansion
from flows.intelligence.errors.explanations import Explanation, Explanations, query_terms

TEXTS = Explanations(
    [
        Explanation("hash", "Only objects that never change can be used as a key of a dict."),
        Explanation("key", "A `KeyError` is raised when the dict has no such key."),
        Explanation("literal", "Swap both sides.\n\n1| 3 = a\n   ^"),
        Explanation("name", "The variable `add_toy` was never given a value."),
        Explanation("bracket", "The closing curly bracket belongs to nothing."),
    ]
)


def test_the_type_of_the_error_leads() -> None:
    """An explanation that names the exception comes before one that shares a word."""
    assert TEXTS.rank("KeyError: 'x'")[0] == "key"


def test_an_identifier_is_found_as_it_is_written() -> None:
    """The quoted name tells which explanation is meant."""
    assert TEXTS.rank("NameError: name 'add_toy' is not defined")[0] == "name"


def test_code_is_found_by_what_the_parser_says_of_it() -> None:
    """The explanation shows code only; today's parser puts the message to it, also in old wording."""
    assert TEXTS.rank("SyntaxError: can't assign to literal")[0] == "literal"


def test_a_sign_is_found_by_its_name() -> None:
    """A bracket in quotes finds the prose that calls it a bracket."""
    assert TEXTS.rank("SyntaxError: unmatched '}'")[0] == "bracket"


def test_the_knowledge_base_bridges_words() -> None:
    """Message and explanation share no word; the entry that the message matches has both."""
    message = "TypeError: unhashable type: 'list'"
    assert TEXTS.rank(message, "")[0] != "key"
    assert TEXTS.rank(message, expansion(message))[0] == "hash"


def test_nothing_known_leaves_the_message_alone() -> None:
    """A message that no pattern matches is not expanded."""
    assert expansion("what a lovely day") == ""


def test_all_explanations_are_ranked() -> None:
    """Without any sign they come in the order of the collection."""
    assert TEXTS.rank("zzz") == ["hash", "key", "literal", "name", "bracket"]


def test_the_types_of_values_weigh_less() -> None:
    """The type that a message quotes is the value at hand and not the error."""
    terms = query_terms("TypeError: 'int' object is not callable")
    assert terms["!TypeError"] == 2.0
    assert terms["call"] == 1.0
    assert terms["int"] == 0.7


def test_an_expansion_never_outweighs_the_message() -> None:
    """Few words weigh at most .5 each, many together .8 of the message."""
    assert query_terms("boom", "loud noise") == {"boom": 1.0, "loud": 0.4, "nois": 0.4}
    assert query_terms("boom crash bang", "noise")["nois"] == 0.5
    assert query_terms("boom", "boom") == {"boom": 1.0}
