"""What a process reads before its first request or job, which would otherwise wait for it."""

import gc

from flows.catalogue.built_in import built_in_catalogue
from flows.catalogue.built_in_models import built_in_models
from flows.catalogue.question_bank import built_in_questions
from flows.intelligence.errors.knowledge import built_in_knowledge
from flows.intelligence.teams.project_match import built_in_matcher

PACKAGE_DATA = (built_in_catalogue, built_in_knowledge, built_in_questions, built_in_models, built_in_matcher)


def warm_up() -> None:
    """Read the package's data, and before a fork, so that children share it.

    What is there by then stays. Left to the collector, it would be gone through again whenever
    a job has made some thousands of objects, which takes ten times as long as the job.
    """
    for read in PACKAGE_DATA:
        read()
    gc.collect()
    gc.freeze()
