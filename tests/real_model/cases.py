"""Questions whose answer any developer would give, to see whether a model ranks better than chance."""

from dataclasses import dataclass
from random import Random

from flows.catalogue.built_in import built_in_catalogue

#: What a person says, and the skill of the built-in catalogue that it is about.
ASKED: tuple[tuple[str, str], ...] = (
    ("debugging React useEffect infinite loop", "react-hooks"),
    ("my SQL query with three joins is slow", "sql-fundamentals"),
    ("how do I write a Dockerfile for my service", "docker-basics"),
    ("pods keep restarting in my Kubernetes cluster", "kubernetes-workloads"),
    ("merge conflict after rebasing my git branch", "git-collaboration"),
    ("TypeScript says my generic type is not assignable", "typescript-fundamentals"),
    ("users can inject SQL through our login form", "owasp-top-ten"),
    ("my pytest fixtures are a mess", "python-testing"),
    ("center a div with CSS flexbox", "css-layout"),
    ("await does not wait for my promise in JavaScript", "javascript-async"),
    ("train a neural network to classify images", "computer-vision"),
    ("a generator in Python that yields lines", "python-functional-tools"),
    ("deploy with Terraform to AWS", "infrastructure-as-code"),
    ("design a REST API with good status codes", "rest-api-design"),
    ("write a GraphQL resolver", "graphql"),
    ("consume messages from a Kafka topic", "apache-kafka"),
    ("cache answers in Redis", "caching"),
    ("sort a linked list in linear time", "data-structures"),
)
CANDIDATES = 10


@dataclass(frozen=True, slots=True)
class Case:
    """What is asked, the titles to choose from, and the place of the right one."""

    query: str
    titles: tuple[str, ...]
    right: int


def cases(seed: int = 1) -> list[Case]:
    """All questions, each among nine other titles drawn by chance."""
    skills, random = built_in_catalogue().skills, Random(seed)
    found = []
    for query, skill in ASKED:
        others = random.sample(sorted(set(skills) - {skill}), CANDIDATES - 1)
        mixed = random.sample([skill, *others], CANDIDATES)
        found.append(Case(query, tuple(skills[one].title for one in mixed), mixed.index(skill)))
    return found
