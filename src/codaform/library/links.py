"""Links and media: addresses, and what is shown from them."""

from codaform.library.function import Row, function
from codaform.model.number_text import number_text
from codaform.model.values import EvaluationError
from codaform.text import shorten

_UNRESERVED = "!'()*-._~"
"""The signs that JavaScript's encodeURIComponent keeps, beside ASCII letters and digits."""

_LARGEST = 100_000
"""Pixels of a drawing's side."""


@function("Hyperlink")
def hyperlink(url: str, text: str = "") -> str:
    """A link, shown as a text of choice.

    url: The address.
    text: The text to show; the address if left out.

    Assumed: as a plain text a link is what is shown of it, and the address behind it is lost.

    >>> Hyperlink("https://example.com", "our site")
    "our site"
    >>> Hyperlink("https://example.com")
    "https://example.com"
    >>> Hyperlink("", "our site")
    blank
    >>> List("a.example.com", "b.example.com").Hyperlink()
    ["a.example.com", "b.example.com"]
    """
    return text or url


@function("Image", certainty="recalled")
def image(url: str, width: float | None = None, height: float | None = None, style: str | None = None) -> str:
    """The picture at an address; its value here is the address.

    url: The address of the picture.
    width: How wide it is shown, in pixels.
    height: How high it is shown, in pixels.
    style: How it fills its place.

    >>> Image("https://example.com/logo.png", 40, 40)
    "https://example.com/logo.png"
    >>> Image("")
    blank
    >>> List("a.png", "b.png").Image()
    ["a.png", "b.png"]
    """
    return url


@function("Embed", certainty="recalled")
def embed(url: str, width: float | None = None, height: float | None = None, force: bool = False) -> str:
    """The page at an address, shown within the doc; its value here is the address.

    url: The address of the page.
    width: How wide it is shown, in pixels.
    height: How high it is shown, in pixels.
    force: Whether to show it also where Coda knows no way to embed it.

    >>> Embed("https://example.com/film", 640, 360, true)
    "https://example.com/film"
    >>> Embed("")
    blank
    >>> List("a.example.com", "b.example.com").Embed()
    ["a.example.com", "b.example.com"]
    """
    return url


@function("Rectangle", certainty="recalled-weak")
def rectangle(width: float, height: float, color: str = "black") -> str:
    """A rectangle of one colour, as the address of a picture that holds its own drawing.

    width: How wide it is, in pixels.
    height: How high it is, in pixels.
    color: Its colour, as `#00ff00` or by name; black if left out.

    The order of the three was seen in use. Assumed: the drawing and its default colour.

    >>> Rectangle(20, 10, "red").StartsWith("data:image/svg+xml,")
    true
    >>> Rectangle(20, 10).DecodeFromUrl().ContainsText("height='10'")
    true
    >>> Rectangle("", 10)
    blank
    >>> Rectangle(-1, 10)
    error: out-of-range
    """
    return _drawing(width, height, "<rect width='100%' height='100%'", color)


@function("Circle", certainty="recalled-weak")
def circle(radius: float, color: str = "black") -> str:
    """A disc of one colour, as the address of a picture that holds its own drawing.

    radius: From its middle to its edge, in pixels.
    color: Its colour, as `#00ff00` or by name; black if left out.

    Assumed: the parameters, the drawing and its default colour.

    >>> Circle(5, "#00ff00").DecodeFromUrl().ContainsText("width='10'")
    true
    >>> Circle("")
    blank
    >>> List(1, 2).Circle().Count()
    2
    """
    return _drawing(2 * radius, 2 * radius, "<circle cx='50%' cy='50%' r='50%'", color)


@function("Polygon", certainty="recalled-weak")
def polygon(points: list[float | None], color: str = "black") -> str | None:
    """A shape with straight edges and one colour, as the address of a picture that holds its own drawing.

    points: The corners: how far to the right, how far down, and so on in pairs, in pixels.
    color: Its colour, as `#00ff00` or by name; black if left out.

    Assumed: that it exists, its parameters, the drawing and its default colour.

    >>> Polygon(List(0, 0, 10, 0, 5, 8)).DecodeFromUrl().ContainsText("points='0,0 10,0 5,8'")
    true
    >>> Polygon("")
    blank
    >>> Polygon(List(1, 2, 3))
    error: wrong-value
    """
    corners = [0.0 if number is None else number for number in points]
    if not corners:
        return None
    if len(corners) % 2:
        raise EvaluationError("wrong-value", f"{len(corners)} numbers make no pairs, and each corner is a pair")
    if not all(abs(number) <= _LARGEST for number in corners):
        raise EvaluationError("out-of-range", f"a corner lies farther off than {_LARGEST} pixels")
    pairs = [f"{number_text(x)},{number_text(y)}" for x, y in zip(corners[::2], corners[1::2], strict=True)]
    return _drawing(max(corners[::2]), max(corners[1::2]), f"<polygon points='{' '.join(pairs)}'", color)


@function("EncodeForUrl", certainty="recalled")
def encode_for_url(text: str) -> str:
    """The text for use in an address: everything but letters, digits and a few signs as percent codes.

    text: The text to encode.

    >>> EncodeForUrl("50% off & more")
    "50%25%20off%20%26%20more"
    >>> EncodeForUrl("é")
    "%C3%A9"
    >>> EncodeForUrl("")
    blank
    >>> List("a b", "c").EncodeForUrl()
    ["a%20b", "c"]
    """
    from urllib.parse import quote

    return quote(text, safe=_UNRESERVED, errors="replace")


@function("DecodeFromUrl", certainty="recalled-weak")
def decode_from_url(text: str) -> str:
    """The text that was encoded for an address.

    text: The encoded text.

    Assumed: a plus sign stays one, and a broken percent code is an error, as in JavaScript.

    >>> DecodeFromUrl("50%25%20off%20%26%20more")
    "50% off & more"
    >>> DecodeFromUrl("100%")
    error: wrong-value
    >>> DecodeFromUrl("")
    blank
    >>> List("a%20b", "c").DecodeFromUrl()
    ["a b", "c"]
    """
    import re
    from urllib.parse import unquote_to_bytes

    try:
        if re.search("%(?![0-9A-Fa-f]{2})", text):
            raise ValueError
        return unquote_to_bytes(text).decode()
    except ValueError:
        raise EvaluationError("wrong-value", f'"{shorten(text)}" has a percent code without a character') from None


@function("ObjectLink", certainty="recalled")
def object_link(row: Row) -> str:
    """The address of a row.

    row: The row.

    Assumed: outside Coda a row has no address of its own; what is given here tells one row from another, no more.
    Coda also links tables and pages; a table gives the addresses of its rows here.

    >>> Projects.First().ObjectLink()
    "#Projects/1"
    >>> ObjectLink("")
    blank
    >>> Projects.ObjectLink().Count()
    2
    """
    from urllib.parse import quote

    return f"#{quote(row.table, safe='')}/{row.id}"


def _drawing(width: float, height: float, shape: str, color: str) -> str:
    from html import escape
    from urllib.parse import quote

    if not (0 <= width <= _LARGEST and 0 <= height <= _LARGEST):
        raise EvaluationError("out-of-range", f"a picture has 0 to {_LARGEST} pixels each way")
    size = f"width='{number_text(width)}' height='{number_text(height)}'"
    drawing = f"<svg xmlns='http://www.w3.org/2000/svg' {size}>{shape} fill='{escape(color)}'/></svg>"
    return f"data:image/svg+xml,{quote(drawing, errors='replace')}"
