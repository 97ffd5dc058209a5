"""A doc held while it is written to, so that of several deploys at once only one goes on.

Coda has no lock and no write that depends on a read. What it has is a list of pages that, asked for its latest state,
shows every page whose making was accepted before. So everybody who wants to write first makes a page of his own, and
goes on only when such a list shows no page of anybody else's. Of two, the one whose list was read later has seen the
other's page: both can never go on. Which of two gives way is decided by the order of their pages, which both see alike.
No clock of a machine counts: ages are told by when Coda says that the pages were made.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime, timedelta

from codaform.coda.door.claims import CLAIM_LIFETIME, CLAIM_TEXT, CLAIM_TITLE, Claim, claim_subtitle, find_claims
from codaform.coda.door.failures import CannotReach, Failure, NotAllowed, ServerDown, ToolFailed, ToolMissing
from codaform.coda.door.rest import Record, Rest
from codaform.coda.door.tools import Tools
from codaform.coda.wire.json_data import Json

BEAT = timedelta(minutes=4)
"""After how long a holder gives a sign of life. Seldom: every edit lets reads of the latest state wait."""


ATTEMPTS = 3
"""How often the page is sent of which nobody knows whether it arrived, each time after looking that it did not."""


class NotBegun(Failure):
    """Why a deploy did not begin; nothing was written."""


class Held(NotBegun):
    """Somebody else is at work on the doc."""


class CannotHold(NotBegun):
    """Nobody would see that the doc is held."""


class Lost(Failure):
    """The doc is not held any more: nothing more is written."""


def nothing() -> None:
    """Nothing."""


class Hold:
    """Holds one doc against other deploys, from the first write on. Everything raises `failures.Failure`.

    holder: Stands for the folder; a claim of the same folder is one of a run that was killed, since a folder's journal
    lets in one run at a time. began: Called when the doc is held, before anything is written to it.
    alone: Whether nobody else can be at work, so that there is nothing to hold it against.
    """

    def __init__(
        self,
        rest: Rest,
        tools: Tools | None,
        doc: str,
        holder: str,
        patience: float,
        began: Callable[[], None] = nothing,
        alone: bool = False,
    ) -> None:
        self._rest = rest
        self._latest = rest.fresh(patience)
        self._tools = tools
        self._doc = doc
        self._holder = holder
        self._key = secrets.token_hex(8)
        self._patience = patience
        self._began = began
        self._alone = alone
        self._page = ""
        self._created: datetime | None = None
        self._made_at = self._sign_at = 0.0
        self._by_tools = False
        self._busy = False
        self.taken = False
        self.left = ""

    # ------------------------------------------------------------ taking

    def take(self, by_tools: bool = False) -> None:
        """Hold the doc, where it is not held yet. Raises Held where somebody else is at work on it.

        by_tools: Whether the page is made by the tools, as what is to be written next: who may not do the one may not
        do the other.
        """
        if self.taken or self._busy:
            return
        self._busy = True
        self._by_tools = by_tools and self._has_tools()
        try:
            if not self._alone:
                self._claim()
                self._wait_until_alone()
            self._began()
            self.taken = True
        finally:
            self._busy = False

    def _claim(self) -> None:
        """Make the page. Where nobody knows whether it was made, it is looked for; one that comes late is a copy."""
        request: str | None = None
        for attempt in range(1, ATTEMPTS + 1):
            try:
                self._page, request = self._make()
            except (CannotReach, ServerDown) as lost:
                mine = self._mine(find_claims(self._latest.pages(self._doc)))
                if mine is None and (not lost.uncertain or attempt == ATTEMPTS):
                    raise
                self._page = mine.page if mine is not None else ""
            if self._page:
                break
        self._made_at = self._sign_at = self._rest.pace.seconds()
        if request is not None and not self._rest.finish(request, self._patience):
            said = f"not confirmed within {self._patience:g} seconds; nothing was written"
            raise CannotHold(f"the page that holds the doc was accepted, {said}")

    def _make(self) -> tuple[str, str | None]:
        """The id of a new page, and what was accepted."""
        subtitle = claim_subtitle(self._holder, self._key)
        if self._by_tools:
            return self._made_by_tool(subtitle), None
        content: Record = {"type": "canvas", "canvasContent": {"format": "markdown", "content": CLAIM_TEXT}}
        try:
            accepted = self._rest.create_page(
                self._doc, {"name": CLAIM_TITLE, "subtitle": subtitle, "pageContent": content}
            )
        except NotAllowed as refused:
            if not self._has_tools():
                said = "without one, two deploys at once would not see each other: nothing was written"
                help = "a token that makes pages helps, or --alone where no other deploy runs"
                raise CannotHold(f"no page can be made that holds the doc ({refused}); {said}; {help}") from None
            self._by_tools = True
            return self._made_by_tool(subtitle), None
        return str(accepted.reply.get("id")), accepted.request

    def _made_by_tool(self, subtitle: str) -> str:
        assert self._tools is not None
        told = self._tools.call(
            "page_create", {"uri": f"coda://docs/{self._doc}", "title": CLAIM_TITLE, "subtitle": subtitle}
        )
        return str(told.get("canvasUri", "") if isinstance(told, dict) else "").rpartition("/")[2]

    def _has_tools(self) -> bool:
        needed = {"page_create": ("uri", "title", "subtitle"), "page_delete": ("uri",)}
        tools = self._tools
        return tools is not None and all(tools.has(tool, *arguments) for tool, arguments in needed.items())

    def _wait_until_alone(self) -> None:
        """Go on only where the doc's latest state shows no claim of anybody else's."""
        pace = self._rest.pace
        until = pace.seconds() + self._patience
        for pause in pace.pauses():
            seen = find_claims(self._latest.pages(self._doc))
            mine = self._mine(seen)
            if mine is None:
                raise CannotHold(
                    f"somebody deleted the page {CLAIM_TITLE} a moment after it was made; nothing was written"
                )
            self._page, self._created = mine.page, mine.created
            now = self._now()
            others = [claim for claim in seen if claim.holder != self._holder and not claim.lapsed(now)]
            if not others:
                self._clear([claim for claim in seen if claim.holder != self._holder], seen)
                return
            first = others[0]
            if first.order < mine.order or pace.seconds() >= until:
                raise Held(f"{_told(first)}; nothing was written")
            pace.sleep(pause)  # the others see this claim, and give way

    def _mine(self, seen: list[Claim]) -> Claim | None:
        """Among claims, the one of this run; a copy that somebody made of it comes later."""
        own = [claim for claim in seen if claim.key == self._key and claim.holder == self._holder]
        return next((claim for claim in own if claim.page == self._page), None if self._page else next(iter(own), None))

    def _now(self) -> datetime | None:
        """The moment by Coda's clock, as far as the page of this run tells it."""
        passed = timedelta(seconds=self._rest.pace.seconds() - self._made_at)
        return self._created + passed if self._created is not None else None

    # ------------------------------------------------------------ holding

    def check(self) -> None:
        """Before a write: take the doc where it is not held yet, and look whether it still is. Raises Held and Lost."""
        if self._busy:
            return
        self.take()
        if self._alone:
            return
        self._busy = True
        try:
            self._look()
        finally:
            self._busy = False

    def _look(self) -> None:
        silent = timedelta(seconds=self._rest.pace.seconds() - self._sign_at)
        if self._mine(find_claims(self._rest.pages(self._doc))) is None:
            # What is not asked for the latest may be behind; only that tells for sure.
            self._must_be_there()
        if silent > BEAT:
            self._sign_at = self._rest.pace.seconds()
            self._subtitle(self._page, claim_subtitle(self._holder, self._key, self._sign_at - self._made_at))
        if silent > CLAIM_LIFETIME / 2:
            self._must_be_there()

    def _must_be_there(self) -> None:
        seen = find_claims(self._latest.pages(self._doc))
        if self._mine(seen) is None:
            other = next((claim for claim in seen if claim.holder != self._holder), None)
            who = f": {_told(other)}" if other is not None else ""
            raise Lost(f"somebody deleted or changed the page {CLAIM_TITLE}, by which this deploy held the doc{who}")

    # ------------------------------------------------------------ letting go

    def release(self) -> None:
        """Take the page away again, with those that killed runs of the same folder have left. What could not be taken
        away is in `left`; nothing is raised."""
        if self._alone:
            return
        self._busy = True
        try:
            seen = find_claims((self._latest if self._page else self._rest).pages(self._doc))
            self._clear([claim for claim in seen if claim.holder == self._holder], seen)
        except Failure as failure:
            self.left = f"the page {CLAIM_TITLE} could not be taken away: {failure}"
        finally:
            self._busy = False
            self.taken, self._page = False, ""

    def _clear(self, these: list[Claim], seen: list[Claim]) -> None:
        """Take pages of claims away; one on which something stands by now, or a copy under another name, is kept as a
        page and claims nothing any more."""
        if not these:
            return
        owning = self._pages_with_something()
        for claim in these:
            first = self._page if claim.key == self._key else next(one.page for one in seen if one.key == claim.key)
            ours = CLAIM_TITLE in claim.name or first == claim.page
            if ours and claim.page not in owning:
                self._delete(claim.page)
            else:
                self._subtitle(claim.page, "")

    def _pages_with_something(self) -> set[str]:
        """The pages that something lies on or below."""
        found: set[str] = set()
        for listed in (self._latest.tables, self._latest.formulas, self._latest.controls, self._latest.pages):
            parents = (told.get("parent") for told in listed(self._doc))
            found |= {str(parent.get("id")) for parent in parents if isinstance(parent, dict)}
        return found

    def _delete(self, page: str) -> None:
        self._change(lambda: self._rest.delete_page(self._doc, page), "page_delete", {"uri": self._uri(page)})

    def _subtitle(self, page: str, text: str) -> None:
        fields: dict[str, Json] = {"uri": self._uri(page), "updateFields": {"subtitle": text}}
        self._change(lambda: self._rest.update_page(self._doc, page, {"subtitle": text}), "page_update", fields)

    def _change(self, by_rest: Callable[[], object], tool: str, arguments: Mapping[str, Json]) -> None:
        """Change a page by the API that made it, or by the other one where that is not allowed to."""
        if not self._by_tools:
            with suppress(NotAllowed):
                by_rest()
                return
        if self._tools is None:
            by_rest()
            return
        try:
            self._tools.call(tool, arguments)
        except (NotAllowed, ToolMissing, ToolFailed):
            by_rest()

    def _uri(self, page: str) -> str:
        return f"coda://docs/{self._doc}/canvases/{page}"


@contextmanager
def guarded(hold: Hold, rest: Rest, tools: Tools | None) -> Iterator[Rest]:
    """The API of which every write is checked by a hold, and so is every write by the tools, until the block is left;
    then the doc is let go."""
    with ExitStack() as stack:
        if tools is not None:
            stack.enter_context(tools.guarded(hold.check))
        try:
            yield rest.guarded(hold.check)
        finally:
            with suppress(Failure):
                hold.release()


def _told(claim: Claim) -> str:
    """Who is at work, and what to do about it."""
    since = f" since {claim.created:%Y-%m-%d %H:%M %Z}" if claim.created is not None else ""
    by = f", with the token of {claim.by}" if claim.by else ""
    until = f", or wait until {claim.sign + CLAIM_LIFETIME:%H:%M %Z}" if claim.sign is not None else ""
    gone = f"if that one was killed, delete its page, {claim.name}{until}"
    return f"another deploy has been at work on this doc{since}{by}; {gone}"
