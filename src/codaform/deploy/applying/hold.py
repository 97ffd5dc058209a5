"""A hold on a doc during a deploy, so that only one of several deploys at once goes on.

Coda has no lock, and no write that depends on a read. But its list of pages, read in its latest state, shows every page
that it accepted before. So each deploy first makes a page of its own, and goes on only if such a list shows no page of
another deploy. Of two deploys, the one that reads the list later sees the page of the other: both can never go on.
The order of the pages, which both see alike, decides which deploy gives way. The ages of pages come from Coda's clock.
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

_BEAT = timedelta(minutes=4)
"""How often a holder gives a sign of life. Rarely, as reads of the latest state wait for every edit."""


ATTEMPTS = 3
"""How often the page is sent if no reply says whether it arrived; the list is read before each time."""


class NotBegun(Failure):
    """A deploy did not begin; nothing was written."""


class Held(NotBegun):
    """Another deploy is at work on the doc."""


class CannotHold(NotBegun):
    """Other deploys would not see that the doc is held."""


class Lost(Failure):
    """The doc is no longer held: nothing more is written."""


def nothing() -> None:
    """Do nothing."""


class Hold:
    """Holds one doc against other deploys, from the first write on. All methods raise `failures.Failure`.

    holder: The mark of the folder; another claim with the same mark is of a killed run, as a folder's journal lets in
    one run at a time. began: Called once the doc is held, before the first write. alone: Whether no other deploy can
    run, so that no hold is necessary.
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
        self.key = secrets.token_hex(8)
        self._patience = patience
        self._began = began
        self._alone = alone
        self._page = ""
        self._created: datetime | None = None
        self._made_at = self._sign_at = 0.0
        self._by_tools = False
        self._busy = False
        self.taken = False
        self.problem = ""

    # ------------------------------------------------------------ taking

    def take(self, by_tools: bool = False) -> None:
        """Hold the doc, unless it is held already. Raises Held if another deploy is at work on it.

        by_tools: Whether the tools make the page, as they write what follows: a token may do both or neither.
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
        """Make the page. If the reply is lost, look for the page; a page that comes late is a copy."""
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
        """The id of a new page, and the id of the accepted change."""
        subtitle = claim_subtitle(self._holder, self.key)
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
        record = self._tools.call(
            "page_create", {"uri": f"coda://docs/{self._doc}", "title": CLAIM_TITLE, "subtitle": subtitle}
        )
        return str(record.get("canvasUri", "") if isinstance(record, dict) else "").rpartition("/")[2]

    def _has_tools(self) -> bool:
        needed = {"page_create": ("uri", "title", "subtitle"), "page_delete": ("uri",)}
        tools = self._tools
        return tools is not None and all(tools.has(tool, *arguments) for tool, arguments in needed.items())

    def _wait_until_alone(self) -> None:
        """Wait until the doc's latest state shows no claim of another deploy. Raises Held if another one is first."""
        pace = self._rest.pace
        until = pace.seconds() + self._patience
        for pause in pace.pauses():
            seen = find_claims(self._latest.pages(self._doc))
            mine = self._mine(seen)
            if mine is None:
                raise CannotHold(f"the page {CLAIM_TITLE} was deleted just after codaform made it; nothing was written")
            self._page, self._created = mine.page, mine.created
            now = self._now()
            others = [claim for claim in seen if claim.holder != self._holder and not claim.lapsed(now)]
            if not others:
                self._clear([claim for claim in seen if claim.holder != self._holder], seen)
                return
            first = others[0]
            if first.order < mine.order or pace.seconds() >= until:
                raise Held(f"{holder_text(first)}; nothing was written")
            pace.sleep(pause)  # the others see this claim and give way

    def _mine(self, seen: list[Claim]) -> Claim | None:
        """The claim of this run; a copy of its page comes later."""
        own = [claim for claim in seen if claim.key == self.key and claim.holder == self._holder]
        return next((claim for claim in own if claim.page == self._page), None if self._page else next(iter(own), None))

    def _now(self) -> datetime | None:
        """The time by Coda's clock, from the time at which it made the page of this run."""
        passed = timedelta(seconds=self._rest.pace.seconds() - self._made_at)
        return self._created + passed if self._created is not None else None

    # ------------------------------------------------------------ holding

    def check(self) -> None:
        """Take the doc before a write if it is not held, and check that it still is. Raises Held and Lost."""
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
            # The plain list may be behind; only the latest state is certain.
            self._must_be_there()
        if silent > _BEAT:
            self._sign_at = self._rest.pace.seconds()
            self._subtitle(self._page, claim_subtitle(self._holder, self.key, self._sign_at - self._made_at))
        if silent > CLAIM_LIFETIME / 2:
            self._must_be_there()

    def _must_be_there(self) -> None:
        seen = find_claims(self._latest.pages(self._doc))
        if self._mine(seen) is None:
            other = next((claim for claim in seen if claim.holder != self._holder), None)
            who = f": {holder_text(other)}" if other is not None else ""
            raise Lost(f"the page {CLAIM_TITLE}, by which this deploy held the doc, was deleted or changed{who}")

    # ------------------------------------------------------------ releasing

    def release(self) -> None:
        """Delete the page, and those of killed runs of the same folder. Raises nothing; `problem` says what could not
        be deleted."""
        if self._alone:
            return
        self._busy = True
        try:
            seen = find_claims((self._latest if self._page else self._rest).pages(self._doc))
            self._clear([claim for claim in seen if claim.holder == self._holder], seen)
        except Failure as failure:
            self.problem = f"the page {CLAIM_TITLE} could not be deleted: {failure}"
        finally:
            self._busy = False
            self.taken, self._page = False, ""

    def _clear(self, these: list[Claim], seen: list[Claim]) -> None:
        """Delete pages of claims; a page with something on it, or a copy under another name, stays and only loses its
        claim."""
        if not these:
            return
        owning = self._pages_with_something()
        for claim in these:
            first = self._page if claim.key == self.key else next(one.page for one in seen if one.key == claim.key)
            ours = CLAIM_TITLE in claim.name or first == claim.page
            if ours and claim.page not in owning:
                self._delete(claim.page)
            else:
                self._subtitle(claim.page, "")

    def _pages_with_something(self) -> set[str]:
        """The pages with something on or below them."""
        found: set[str] = set()
        for listed in (self._latest.tables, self._latest.formulas, self._latest.controls, self._latest.pages):
            parents = (record.get("parent") for record in listed(self._doc))
            found |= {str(parent.get("id")) for parent in parents if isinstance(parent, dict)}
        return found

    def _delete(self, page: str) -> None:
        self._change(lambda: self._rest.delete_page(self._doc, page), "page_delete", {"uri": self._uri(page)})

    def _subtitle(self, page: str, text: str) -> None:
        fields: dict[str, Json] = {"uri": self._uri(page), "updateFields": {"subtitle": text}}
        self._change(lambda: self._rest.update_page(self._doc, page, {"subtitle": text}), "page_update", fields)

    def _change(self, by_rest: Callable[[], object], tool: str, arguments: Mapping[str, Json]) -> None:
        """Change a page by the API that made it, or by the other one if that one may not."""
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
    """Check a hold before every write of the API and of the tools within the block, and release it at the end."""
    with ExitStack() as stack:
        if tools is not None:
            stack.enter_context(tools.guarded(hold.check))
        try:
            yield rest.guarded(hold.check)
        finally:
            with suppress(Failure):
                hold.release()


class HoldWatch:
    """Keeps a writer that holds no doc from writing while a deploy does.

    It makes a page only where one is there already: by Coda's clock, that shows whether the deploy gave a sign of life.
    """

    def __init__(self, rest: Rest, tools: Tools | None, doc: str, patience: float) -> None:
        self._rest = rest
        self._tools = tools
        self._doc = doc
        self._patience = patience
        self._known: set[str] | None = None

    def check(self) -> None:
        """Raise Held if a deploy is at work on the doc, and another Failure if the doc does not say it.

        The list of pages may be a moment behind: the latest state cannot be read while anybody edits the doc, and the
        next check finds a deploy that this one missed.
        """
        if self._known is None:
            seen = find_claims(self._rest.pages(self._doc))
            self._known = {claim.key for claim in seen}
            if seen:
                self._known.add(self._outlived(seen[0]))
            return
        began = (claim for claim in find_claims(self._rest.pages(self._doc)) if claim.key not in self._known)
        if (claim := next(began, None)) is not None:
            raise Held(f"{holder_text(claim, 'a')}; what was not written yet waits")

    def _outlived(self, first: Claim) -> str:
        """Delete the pages of killed deploys; returns the key of the page that this took."""
        hold = Hold(self._rest, self._tools, self._doc, secrets.token_hex(6), self._patience)
        try:
            hold.take()
        except (Held, CannotHold):
            self._known = None
            raise Held(f"{holder_text(first, 'a')}; nothing was written") from None
        finally:
            hold.release()
        return hold.key


def holder_text(claim: Claim, which: str = "another") -> str:
    """The deploy that is at work, and what to do about it. which: The article before its name."""
    since = f" since {claim.created:%Y-%m-%d %H:%M %Z}" if claim.created is not None else ""
    by = f", with the token of {claim.by}" if claim.by else ""
    until = f", or wait until {claim.sign + CLAIM_LIFETIME:%H:%M %Z}" if claim.sign is not None else ""
    gone = f"if that one was killed, delete its page, {claim.name}{until}"
    return f"{which} deploy has been at work on this doc{since}{by}; {gone}"
