"""Quizzes on the wire."""

from marshmallow import Schema, fields, validate

from app.schemas.common import AnswerSchema, identifier
from app.schemas.learning_paths import GoalSchema

MAX_LENGTH = 30


class QuizRequest(Schema):
    """Who wants to be asked about what; one of skill and goal is named."""

    userId = identifier(required=True, metadata={"example": "dev-123"})
    skill = identifier(metadata={"description": "a skill of the catalogue", "example": "react-hooks"})
    goal = identifier(metadata={"description": "a goal or a skill of the catalogue; instead of skill"})
    length = fields.Integer(
        strict=True,
        validate=validate.Range(min=1, max=MAX_LENGTH),
        metadata={"description": "questions; default 5"},
    )
    includeAnswers = fields.Boolean(metadata={"description": "send the answer key too; default false"})
    catalogue = identifier(metadata={"description": "default: built-in"})


class OptionSchema(Schema):
    """One of four options."""

    id = fields.String(required=True)
    text = fields.String(required=True)


class QuestionSchema(Schema):
    """A question, and why it was chosen."""

    id = fields.String(required=True)
    skill = fields.String(required=True)
    stem = fields.String(required=True, metadata={"description": "text; may have lines of code"})
    options = fields.List(fields.Nested(OptionSchema), required=True)
    difficulty = fields.Integer(required=True, metadata={"description": "1 easy to 5 hard"})
    expectedSuccess = fields.Float(
        required=True, metadata={"description": "chance that this person is right, 0.25 to 1"}
    )
    reason = fields.String(required=True)
    evidence = fields.List(fields.String(), required=True)
    generated = fields.Boolean(
        metadata={"description": "true for what a language model wrote and somebody accepted"}
    )


class KeySchema(Schema):
    """The right option of a question."""

    questionId = fields.String(required=True)
    optionId = fields.String(required=True)
    explanation = fields.String(required=True)


class QuizAnswer(AnswerSchema):
    """A quiz; its decisionId is the id to which answers are sent."""

    userId = fields.String(required=True)
    goal = fields.Nested(GoalSchema, required=True)
    catalogue = fields.String(required=True)
    length = fields.Integer(required=True, metadata={"description": "how many were asked for"})
    heldBack = fields.Integer(
        required=True, metadata={"description": "questions left out since they were answered right lately"}
    )
    questions = fields.List(fields.Nested(QuestionSchema), required=True)
    answerKey = fields.List(fields.Nested(KeySchema))


class ChoiceSchema(Schema):
    """What a person chose."""

    questionId = identifier(required=True)
    optionId = identifier(required=True)


class QuizAnswersRequest(Schema):
    """A person's answers to a quiz, all or some of them."""

    userId = identifier(required=True)
    answers = fields.List(
        fields.Nested(ChoiceSchema), required=True, validate=validate.Length(min=1, max=MAX_LENGTH)
    )


class ScoreSchema(Schema):
    """How the quiz went."""

    right = fields.Integer(required=True)
    answered = fields.Integer(required=True)
    questions = fields.Integer(required=True)
    share = fields.Float(required=True, metadata={"description": "right ones among all questions, 0 to 1"})


class ResultSchema(Schema):
    """One answered question."""

    questionId = fields.String(required=True)
    correct = fields.Boolean(required=True)
    correctOptionId = fields.String(required=True)
    explanation = fields.String(required=True)


class MasteryChangeSchema(Schema):
    """What the answers changed about a skill."""

    skill = fields.String(required=True)
    before = fields.Float(required=True)
    after = fields.Float(required=True)
    observations = fields.Integer(required=True)


class DueSchema(Schema):
    """When to come back to a skill."""

    skill = fields.String(required=True)
    dueAt = fields.String(required=True, metadata={"format": "date-time"})
    why = fields.String(required=True)


class GradedQuiz(Schema):
    """The graded quiz, what it changed, and when to review."""

    quizId = fields.String(required=True)
    score = fields.Nested(ScoreSchema, required=True)
    results = fields.List(fields.Nested(ResultSchema), required=True)
    mastery = fields.List(fields.Nested(MasteryChangeSchema), required=True)
    review = fields.List(fields.Nested(DueSchema), required=True)
    stored = fields.Integer(required=True)
    duplicates = fields.Integer(
        required=True, metadata={"description": "answers to questions that had been answered before"}
    )
