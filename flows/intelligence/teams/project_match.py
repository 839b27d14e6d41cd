"""From the name that somebody gives a project to the kind of project it most probably is.

In this order: the same name; the nearest kind by Okapi BM25 (Robertson and Zaragoza, 2009) over
its title and words; a kind whose name is spelt almost so; skills that the name itself mentions.
"""

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import cache

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.model import Catalogue
from flows.catalogue.nearest import nearest
from flows.catalogue.projects import Project, built_in_projects
from flows.errors import UnknownName

K1, B = 1.2, 0.75  #: The usual values of BM25.
#: A kind is near when it explains at least this share of what the name's words say (their idf).
LEAST_EXPLAINED = 0.5
LEAST_LIKENESS = 0.85  #: From here on a name is a misspelt one.
SHORTEST_STEM = 3
NEAREST = 3
#: A word in more kinds or skills than this (``migration``, ``basics``) names none of them.
MOST_KINDS_OF_A_WORD, MOST_SKILLS_OF_A_WORD = 2, 5

BY_NAME, BY_WORDS, BY_SPELLING, BY_SKILLS = "name", "words", "spelling", "skills"

#: Words that any project's name may have.
SAYS_NOTHING = frozenset(
    re.findall(
        r"\w+",
        "a an and app application by for from in initiative into my new next of on our phase program "
        "programme project system team the to update upgrade using with",
    )
)


@dataclass(frozen=True, slots=True)
class ProjectMatch:
    """The kind of project that a name stands for.

    ``by`` says how it was found: ``name``, ``words``, ``spelling``, or ``skills`` for one that
    is made of the skills in the name. ``score`` is the share of the name that it explains, 0 to 1.
    """

    project: Project
    by: str
    score: float


class ProjectMatcher:
    """Kinds of projects and skills, ready to be searched by words."""

    def __init__(self, projects: Mapping[str, Project], catalogue: Catalogue) -> None:
        self.projects, self._skills = projects, catalogue.skills
        self._texts = {
            p.id: Counter(words_of(" ".join([p.id, p.title, *p.words]))) for p in projects.values()
        }
        self._kinds_of = Counter(word for text in self._texts.values() for word in text)
        self._mean = sum(text.total() for text in self._texts.values()) / len(projects)
        self._naming = self._words_that_name_skills(catalogue)

    def match(self, name: str) -> ProjectMatch:
        """The kind of project that ``name`` means; raises UnknownName with the nearest kinds."""
        found = (
            self._by_name(name) or self._by_words(name) or self._by_spelling(name) or self._by_skills(name)
        )
        if found is None:
            raise UnknownName("project", name, self._nearest(name), field="project")
        return found

    def _by_name(self, name: str) -> ProjectMatch | None:
        """A kind of that name, or one made of the skill of that name."""
        wanted = _letters(name)
        for project in self.projects.values():
            if wanted in (_letters(project.id), _letters(project.title)):
                return ProjectMatch(project, BY_NAME, 1.0)
        skills = [s.id for s in self._skills.values() if wanted in (_letters(s.id), _letters(s.title))]
        return ProjectMatch(_made_of(name, skills), BY_SKILLS, 1.0) if skills else None

    def _by_words(self, name: str) -> ProjectMatch | None:
        asked = sorted(set(words_of(name)))
        score, key = min((-self._bm25(asked, text), key) for key, text in self._texts.items())
        if score == 0:
            return None
        known = math.fsum(self._idf(word) for word in asked if word in self._texts[key])
        explained = known / math.fsum(map(self._idf, asked))
        if explained < LEAST_EXPLAINED:
            return None
        return ProjectMatch(self.projects[key], BY_WORDS, round(explained, 2))

    def _by_spelling(self, name: str) -> ProjectMatch | None:
        wanted = _letters(name)
        likeness, key = max(
            (SequenceMatcher(None, wanted, _letters(text)).ratio(), project.id)
            for project in self.projects.values()
            for text in (project.id, project.title)
        )
        if likeness < LEAST_LIKENESS:
            return None
        return ProjectMatch(self.projects[key], BY_SPELLING, round(likeness, 2))

    def _by_skills(self, name: str) -> ProjectMatch | None:
        """A kind made of the skills that are mentioned."""
        asked = set(words_of(name))
        skills = {skill_id: words & asked for skill_id, words in self._naming.items() if words & asked}
        if not skills:
            return None
        explained = len(set().union(*skills.values())) / len(asked)
        return ProjectMatch(_made_of(name, skills), BY_SKILLS, round(explained, 2))

    def _nearest(self, name: str) -> list[str]:
        """Kinds that share words with the name, else those spelt most alike."""
        asked = sorted(set(words_of(name)))
        scored = sorted((-self._bm25(asked, text), key) for key, text in self._texts.items())
        return [key for score, key in scored[:NEAREST] if score < 0] or nearest(name, self.projects)

    def _bm25(self, asked: list[str], text: Counter[str]) -> float:
        length = K1 * (1 - B + B * text.total() / self._mean)
        return math.fsum(self._idf(w) * text[w] * (K1 + 1) / (text[w] + length) for w in asked if text[w])

    def _idf(self, word: str) -> float:
        """A word that no kind has counts like one that a single kind has."""
        holding = self._kinds_of[word] or 1
        return math.log(1 + (len(self._texts) - holding + 0.5) / (holding + 0.5))

    def _words_that_name_skills(self, catalogue: Catalogue) -> dict[str, set[str]]:
        """Words of each skill's id that tell it from most others: ``kafka``, and not ``basics``."""
        words = {skill_id: set(words_of(skill_id)) for skill_id in catalogue.skills}
        shared = Counter(word for found in words.values() for word in found)
        return {
            skill_id: {
                word
                for word in found
                if shared[word] <= MOST_SKILLS_OF_A_WORD and self._kinds_of[word] <= MOST_KINDS_OF_A_WORD
            }
            for skill_id, found in words.items()
        }


@cache
def built_in_matcher() -> ProjectMatcher:
    """The matcher over the kinds of projects that come with the service, made once per process."""
    return ProjectMatcher(built_in_projects(), built_in_catalogue())


def words_of(text: str) -> list[str]:
    """Words that say something, without the endings by which forms of one word differ."""
    return [_stem(w) for w in re.findall(r"[^\W_]+", text.casefold()) if w not in SAYS_NOTHING]


def _made_of(name: str, skills: Iterable[str]) -> Project:
    """A kind that needs these skills, all as much as each other; nothing is known of its risk."""
    weights = dict.fromkeys(skills, 1.0)
    title = " ".join(name.split())
    return Project(id="-".join(weights), title=title, words=(title,), risk="", skills=weights)


def _letters(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())


def _stem(word: str) -> str:
    """A plural's ending goes, and both spellings of -ise and -ize become one."""
    word = word.replace("isation", "ization").replace("ise", "ize")
    for ending, instead in (("ies", "y"), ("s", "")):
        if word.endswith(ending) and len(word) - len(ending) >= SHORTEST_STEM and not word.endswith("ss"):
            return word.removesuffix(ending) + instead
    return word
