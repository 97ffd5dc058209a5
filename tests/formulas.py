"""Random formulas, for every test that wants some: as trees, as text, with comments, as soups of tokens."""

from __future__ import annotations

from hypothesis import strategies as st

from codaform.model.number_text import number_text
from codaform.source import Source
from codaform.syntax import ast
from codaform.syntax.printer import show

# ---------------------------------------------------------------- letters and words

# Controls would be lost in the eye of whoever reads a failing example; what the parser does with them is tested apart.
LETTERS = st.characters(exclude_categories=("Cs", "Cc"))

BARE = st.from_regex(r"[A-Za-z_][A-Za-z0-9_]{0,6}", fullmatch=True)

NAMES = st.one_of(
    st.sampled_from(["Hours", "Status", "Tasks", "Due Date", "and", "thisRow", "Größe", "✅", "1. half", "a]b", "[x"]),
    BARE,
    # A backslash before a bracket is the escape of the bracket: no such name can be told from it.
    st.text(LETTERS, min_size=1, max_size=8).filter(lambda name: name.strip() == name != "" and "\\" not in name),
).filter(lambda name: not name.startswith("@"))

KEYWORDS = ("thisRow", "thisTable", "CurrentValue", "thisDocument", "thisPage")
RESERVED = frozenset(["and", "or", "not", "true", "false", *map(str.lower, KEYWORDS)])

FUNCTIONS = st.one_of(
    st.sampled_from(["Sum", "Filter", "If", "upper", "LEFT", "_Bold", "Not", "thisRows"]),
    BARE.filter(lambda name: name.lower() not in RESERVED - {"true", "false"}),
)

TEXTS = st.one_of(
    st.sampled_from(["", "Coda", "it's", 'say "yes"', "// no comment", "/* none */", "[name]", "one\ntwo", "😀"]),
    st.text(LETTERS, max_size=12),
).filter(lambda text: "\\" not in text and not ("'" in text and '"' in text))

NUMBERS = st.one_of(
    st.integers(0, 10**9).map(float),
    st.floats(0, 1e9, allow_nan=False).map(lambda value: round(value, 4)).filter(lambda value: "e" not in repr(value)),
)

LEVELS = {"AND": 1, "OR": 1, "NOT": 2, "=": 3, "!=": 3, "<": 3, "<=": 3, ">": 3, ">=": 3, "&": 4, "+": 5, "-": 5}
LEVELS |= {"*": 6, "/": 6, "^": 7}
SIGNED, CHAINED, ATOM = 8, 9, 10


# ---------------------------------------------------------------- trees


def text_literal(text: str) -> ast.Literal:
    """A text as the parser reads it back: with the quotes that it needs none of inside."""
    quote = "'" if '"' in text else '"'
    return ast.Literal(text, f"{quote}{text}{quote}")


LEAVES = st.one_of(
    TEXTS.map(text_literal),
    NUMBERS.map(lambda value: ast.Literal(value, number_text(value))),
    st.integers(0, 400).map(lambda value: ast.Literal(value / 100, f"{value}%")),
    st.booleans().map(lambda value: ast.Literal(value, str(value).lower())),
    st.sampled_from(KEYWORDS).map(ast.Keyword),
    st.builds(ast.Name, NAMES, st.just(False)),
    st.builds(ast.Name, NAMES, st.just(True)),
)


def level(node: ast.Expression | ast.Argument) -> int:
    """How tightly a node holds its parts together; an operand that holds them less tightly needs parentheses."""
    match node:
        case ast.Operation("+" | "-", operands) if len(operands) == 1:
            return SIGNED
        case ast.Operation(sign):
            return LEVELS[sign]
        case ast.Member() | ast.Call():
            return CHAINED
    return ATOM


def within(node: ast.Expression, least: int) -> ast.Expression:
    """The node as an operand that has to hold together at least so tightly."""
    return node if level(node) >= least else ast.Group(node)


def operation(sign: str, left: ast.Expression, right: ast.Expression) -> ast.Operation:
    """An operation with the parentheses that it needs: most go from left to right, comparisons in neither direction."""
    own = LEVELS[sign]
    sides = {"^": (own + 1, own)}.get(sign, (own + 1, own + 1) if own == LEVELS["="] else (own, own + 1))
    return ast.Operation(sign, (within(left, sides[0]), within(right, sides[1])))


def prefix(sign: str, operand: ast.Expression) -> ast.Operation:
    """A sign or NOT before its operand. `NOT (x)` would be read as the function."""
    if sign != "NOT":
        return ast.Operation(sign, (within(operand, SIGNED),))
    return ast.Operation(sign, (operand if starts_bare(operand) else ast.Literal(True, "true"),))


def starts_bare(node: ast.Expression) -> bool:
    """Whether NOT can stand before the node: it binds tightly enough and begins with no parenthesis."""
    first: ast.Expression | ast.Argument = node
    while parts := ast.children(first):
        if isinstance(first, ast.Call) and first.receiver is None:
            break
        if isinstance(first, ast.Group):
            return False
        if isinstance(first, ast.Operation) and len(first.operands) == 1:
            break
        first = parts[0]
    return level(node) >= LEVELS["NOT"]


def call(
    function: str, receiver: ast.Expression | None, args: list[ast.Expression], names: list[str], pack: str
) -> ast.Call:
    """A call; its last arguments are given by name."""
    named = [ast.Argument(ast.Name(name), args.pop()) for name in names[: len(args)]]
    owner = None if receiver is None else within(receiver, CHAINED)
    return ast.Call(function, owner, (*args, *named), pack)


def larger(inner: st.SearchStrategy[ast.Expression]) -> st.SearchStrategy[ast.Expression]:
    """Nodes made of nodes."""
    signs = st.sampled_from([sign for sign in LEVELS if sign != "NOT"])
    packs = st.one_of(st.just(""), st.just(""), st.just(""), NAMES)
    names = st.lists(BARE.filter(lambda name: name.lower() not in RESERVED), max_size=2)
    return st.one_of(
        st.builds(operation, signs, inner, inner),
        st.builds(prefix, st.sampled_from(["-", "+", "NOT"]), inner),
        st.builds(ast.Group, inner),
        st.builds(lambda target, name: ast.Member(within(target, CHAINED), ast.Name(name)), inner, NAMES),
        st.builds(call, FUNCTIONS, st.none() | inner, st.lists(inner, max_size=3), names, packs),
    )


def trees(max_leaves: int = 12) -> st.SearchStrategy[ast.Expression]:
    """Random trees that can be written as they are."""
    return st.recursive(LEAVES, larger, max_leaves=max_leaves)


# ---------------------------------------------------------------- texts


def text_of(node: ast.Expression, width: int = 80) -> str:
    """The text of a tree that was never text."""
    return show(ast.Formula(node, (), Source("random", "")), width)


def formulas(max_leaves: int = 12) -> st.SearchStrategy[str]:
    """Texts of random trees: each is a formula, few mean something."""
    return trees(max_leaves).map(text_of)


TOKENS = (
    *"()[].,:+-*/^&=<>%$@!'\"?;{}\\",
    *(
        "!=",
        "<=",
        ">=",
        "<>",
        "&&",
        "||",
        "==",
        "::",
        "//",
        "/*",
        "*/",
        "\n",
        " ",
        "  ",
        "\t",
        "\u00a0",
        "“",
        "’",
        "≤",
        "é",
    ),
    *("AND", "or", "Not", "thisRow", "thisTable", "CurrentValue", "true", "False", "thisRowand"),
    *("Hours", "Tasks", "Status", "Sum(", "Filter(", "If(", ".Name", "[Due Date]", "[@Plan]", "Pack::F("),
    *("1", "2.5", ".5", "1e3", "100%", "$7", "3.", '"text"', "'text'", '"', "// note\n", "/* note */"),
)


def soups(max_size: int = 40) -> st.SearchStrategy[str]:
    """Tokens in a row without sense: few are formulas, and none may surprise the parser."""
    return st.lists(st.sampled_from(TOKENS), max_size=max_size).map("".join)


COMMENTS = st.one_of(
    st.text(st.sampled_from("abc /*'\"[(é"), max_size=8).map(lambda text: f"// {text.rstrip()}".rstrip() + "\n"),
    st.text(st.sampled_from("abc\n '\"[(é"), max_size=8).map(lambda text: f"/* {text} */"),
)


PIECES = (("Hours",), ("1",), ('"a"',), ("Sum", "(", "1", ",", "2", ")"), ("Tasks", ".", "Hours"), ("(", "3", ")"))


@st.composite
def commented(draw: st.DrawFn) -> str:
    """A formula with comments around any of its tokens."""
    gap = st.one_of(st.sampled_from(["", " ", "\n", "  "]), COMMENTS)
    text = draw(gap)
    for index, piece in enumerate(draw(st.lists(st.sampled_from(PIECES), min_size=1, max_size=5))):
        signs = [draw(st.sampled_from(["+", "&", "*", "AND"]))] if index else []
        for token in (*signs, *piece):
            text += f" {token} {draw(gap)}"
    return text
