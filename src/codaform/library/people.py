"""People: who looks at the doc."""

from codaform.library.function import Context, Person, function


@function("User", volatile=True, certainty="documented")
def user(context: Context) -> Person | None:
    """The person who looks at the doc.

    The API reads the doc without a viewer: the result is blank there.

    >>> User()
    @Ada Ruiz
    >>> User().Email
    "ada@example.com"
    >>> User().IsBlank()
    false
    """
    return context.user


@function("AllUsers", volatile=True, certainty="recalled-weak")
def all_users(context: Context) -> list[Person]:
    """The people who have access to the doc.

    Assumed: here it is the person who views the doc, the only one known.

    >>> AllUsers()
    [@Ada Ruiz]
    >>> AllUsers().Count()
    1
    """
    return [] if context.user is None else [context.user]


@function("IsSignedIn", volatile=True, certainty="recalled-weak")
def is_signed_in(context: Context) -> bool:
    """Whether the person who looks at the doc is known.

    Assumed: false when User is blank.

    >>> IsSignedIn()
    true
    >>> Not(IsSignedIn())
    false
    """
    return context.user is not None
