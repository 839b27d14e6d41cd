"""Who is in the demo data: four organisations whose people differ by role and seniority.

Whoever tries the service finds somebody to plan for, a team with strengths and gaps, one with
contracts that run out, and one so small that there is little to compare with.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """One person. ``goals`` give the skills that they practise.

    ``exactly`` has the last word: hidden mastery and number of attempts, by skill id.
    """

    id: str
    name: str
    level: str
    goals: tuple[str, ...] = ()
    exactly: Mapping[str, tuple[float, int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Team:
    """People who work together."""

    id: str
    name: str
    people: tuple[Person, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Organisation:
    """An organisation.

    Everybody knows the ``shared`` skills well, has lately been asked to do work that needs the
    ``assigned`` ones, prepared or not, and has never met those that it ``lacks``.
    """

    id: str
    name: str
    teams: tuple[Team, ...]
    shared: frozenset[str] = frozenset()
    assigned: frozenset[str] = frozenset()
    lacks: frozenset[str] = frozenset()

    @property
    def people(self) -> tuple[Person, ...]:
        """Everybody, team by team."""
        return tuple(person for team in self.teams for person in team.people)


def _person(id_: str, name: str, level: str, *goals: str, **exactly: tuple[float, int]) -> Person:
    """Skill ids have hyphens, which Python's names cannot have."""
    known = {skill_id.replace("_", "-"): seen for skill_id, seen in exactly.items()}
    return Person(id=id_, name=name, level=level, goals=goals, exactly=known)


JUNIOR_WEB_DEVELOPER = _person(
    "dev-123",
    "Alex Kim",
    "junior",
    programming_basics=(0.98, 57),
    javascript_fundamentals=(0.985, 41),
    html_fundamentals=(0.97, 22),
    css_fundamentals=(0.95, 18),
    git_basics=(0.92, 12),
    command_line=(0.92, 9),
    debugging_basics=(0.88, 15),
    python_basics=(0.45, 4),
    react_fundamentals=(0.5, 6),
    react_hooks=(0.3, 3),
)

TYPESCRIPT_ENGINEER = _person(
    "enterprise-user-001",
    "Tomás Herrera",
    "mid",
    "typescript",
    javascript_fundamentals=(0.98, 64),
    javascript_async=(0.95, 33),
    typescript_fundamentals=(0.95, 38),
    typescript_advanced=(0.62, 7),
    nodejs_fundamentals=(0.94, 31),
    nodejs_apis=(0.88, 17),
    unit_testing=(0.92, 21),
)

DEMO = Organisation(
    id="demo",
    name="Demo Organisation",
    teams=(
        Team(
            id="web",
            name="Web",
            people=(
                JUNIOR_WEB_DEVELOPER,
                TYPESCRIPT_ENGINEER,
                _person("dev-124", "Mina Okafor", "junior", "frontend"),
                _person("dev-125", "Jonas Weber", "senior", "frontend"),
                _person("dev-127", "Luca Moretti", "mid", "fullstack"),
                _person("dev-134", "Yara Haddad", "mid", "frontend"),
                _person("dev-135", "Oskar Nowak", "senior", "fullstack"),
                _person("dev-136", "Lina Sørensen", "junior", "frontend"),
                _person("dev-137", "Rafael Souza", "mid", "frontend", "typescript"),
            ),
        ),
        Team(
            id="platform",
            name="Platform",
            people=(
                _person("dev-126", "Priya Nair", "mid", "backend", "python"),
                _person("dev-128", "Sara Lindqvist", "mid", "devops"),
                _person("dev-133", "Diego Ramos", "senior", "tech-lead", "backend"),
                _person("dev-138", "Tariq Aziz", "senior", "devops"),
                _person("dev-139", "Noor Bakker", "junior", "python"),
                _person("dev-140", "Ewa Kowalczyk", "mid", "go"),
                _person("dev-141", "Samuel Adeyemi", "mid", "site-reliability-engineering"),
                _person("dev-142", "Ines Duarte", "junior", "backend"),
            ),
        ),
        Team(
            id="data-and-mobile",
            name="Data and Mobile",
            people=(
                _person("dev-129", "Chen Wei", "mid", "data-engineering"),
                _person("dev-130", "Amara Diallo", "senior", "machine-learning"),
                _person("dev-131", "Piotr Zielinski", "junior", "android"),
                _person("dev-132", "Hannah Cohen", "mid", "security"),
                _person("dev-143", "Mateo Rivas", "mid", "data-science"),
                _person("dev-144", "Freya Olsen", "mid", "ai-engineering"),
                _person("dev-145", "Kenji Mori", "junior", "ios"),
                _person("dev-146", "Zofia Lis", "junior", "data-science"),
            ),
        ),
    ),
)

#: A web team before its move to services: strong in React and REST, and asked for what it has
#: no foundation for. Kubernetes is new to seven of the ten.
MIGRATING_COMPANY = Organisation(
    id="enterprise-789",
    name="Harbour Logistics",
    shared=frozenset({"react-fundamentals", "react-hooks", "http-apis", "rest-api-design"}),
    assigned=frozenset({"kubernetes-basics", "event-driven-architecture"}),
    lacks=frozenset({"microservices", "apache-kafka", "distributed-tracing"}),
    teams=(
        Team(
            id="microservices-migration",
            name="Microservices migration",
            people=(
                _person("e789-ava", "Ava Thompson", "senior", "frontend", "fullstack"),
                _person("e789-bilal", "Bilal Hussain", "senior", "fullstack"),
                _person("e789-chloe", "Chloé Martin", "mid", "frontend"),
                _person("e789-daniel", "Daniel Osei", "mid", "fullstack", kubernetes_basics=(0.75, 14)),
                _person("e789-elif", "Elif Yilmaz", "senior", "backend"),
                _person("e789-felix", "Felix Braun", "mid", "frontend", "typescript"),
                _person("e789-grace", "Grace Njeri", "senior", "fullstack", kubernetes_basics=(0.8, 16)),
                _person(
                    "e789-hiro",
                    "Hiro Tanaka",
                    "mid",
                    "devops",
                    kubernetes_basics=(0.93, 29),
                    docker_basics=(0.97, 41),
                ),
                _person("e789-ivan", "Ivan Horvat", "junior", "frontend"),
                _person("e789-jana", "Jana Dvořák", "mid", "frontend"),
            ),
        ),
    ),
)

#: An insurer with courses bought for its people; the security training is still before most.
INSURER = Organisation(
    id="corp-123",
    name="Alder Insurance",
    lacks=frozenset({"security-awareness"}),
    teams=(
        Team(
            id="policies",
            name="Policies",
            people=(
                TYPESCRIPT_ENGINEER,
                _person("c123-ines", "Inês Carvalho", "mid", "java"),
                _person("c123-kofi", "Kofi Mensah", "senior", "java", "architecture"),
                _person("c123-aisha", "Aisha Rahman", "junior", "java"),
                _person("c123-bruno", "Bruno Keller", "mid", "java"),
                _person("c123-clara", "Clara Jensen", "mid", "typescript"),
                _person("c123-dmitri", "Dmitri Volkov", "senior", "backend"),
                _person("c123-emma", "Emma Dubois", "junior", "typescript"),
                _person("c123-farid", "Farid Mansour", "mid", "kotlin"),
            ),
        ),
        Team(
            id="claims",
            name="Claims",
            people=(
                _person("c123-nadia", "Nadia Petrova", "junior", "csharp"),
                _person("c123-gita", "Gita Sharma", "mid", "csharp"),
                _person("c123-henrik", "Henrik Aalto", "senior", "csharp"),
                _person("c123-ida", "Ida Bergström", "mid", "frontend"),
                _person("c123-joao", "João Almeida", "mid", "frontend"),
                _person("c123-lena", "Lena Fischer", "junior", "testing"),
                _person("c123-kwame", "Kwame Boateng", "mid", "testing"),
                _person("c123-lucia", "Lucía Romero", "junior", "frontend"),
                _person("c123-mehdi", "Mehdi Karimi", "mid", "javascript"),
            ),
        ),
        Team(
            id="infrastructure",
            name="Infrastructure",
            people=(
                _person("c123-marco", "Marco Rossi", "mid", "sql", "data-engineering"),
                _person("c123-omar", "Omar Haddad", "mid", "cloud"),
                _person("c123-petra", "Petra Novotná", "senior", "cloud"),
                _person("c123-quinn", "Quinn Murphy", "junior", "devops"),
                _person("c123-rosa", "Rosa Marchetti", "mid", "security"),
                _person("c123-stefan", "Stefan Popescu", "mid", "sql"),
                _person("c123-uli", "Uli Hartmann", "junior", "cloud"),
                _person("c123-thandi", "Thandi Dlamini", "senior", "data-engineering"),
            ),
        ),
    ),
)

STUDIO = Organisation(
    id="studio-2",
    name="Lantern Studio",
    teams=(
        Team(
            id="everybody",
            name="Everybody",
            people=(
                _person("studio-uma", "Uma Fernando", "senior", "fullstack"),
                _person("studio-vik", "Viktor Lund", "junior", "frontend"),
            ),
        ),
    ),
)

ORGANISATIONS = (DEMO, MIGRATING_COMPANY, INSURER, STUDIO)
MEMBERS = tuple((organisation, person) for organisation in ORGANISATIONS for person in organisation.people)
