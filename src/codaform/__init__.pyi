from codaform.diagnostics.diagnostic import Diagnostic as Diagnostic
from codaform.face import FormulaError as FormulaError
from codaform.face import arrow_schema as arrow_schema
from codaform.face import bind as bind
from codaform.face import evaluate as evaluate
from codaform.face import literal as literal
from codaform.face import parse as parse
from codaform.face import show as show
from codaform.model.values import Error as Error
from codaform.model.values import Person as Person
from codaform.model.values import Row as Row
from codaform.project.session import Session as Session
from codaform.semantics.bind import Bound as Bound

Project = Session
__all__: list[str]
__version__: str
