"""The verdict on the code of one item, in the words of the reliability reference, section 6.4. A count never says "fake": it says
what was counted, and whom to ask."""

from __future__ import annotations

from gateway.pages.languages import Language
from gateway.verification.journey import Story
from gateway.verification.scanned import NEVER_ISSUED, Looks, ScannedItem
from gateway.verification.sentences import party_name
from gateway.verification.verdict import Verdict, verdict_of_records


def verdict_of_item(item: ScannedItem, story: Story, fresh: bool, language: Language) -> Verdict:
    """What speaks against the lot's records stands above what is known of the item."""
    text = language.text
    records = verdict_of_records(story, fresh, language)
    if records is not None:
        return _with_serial(records, item, fresh, language)
    if item.state in NEVER_ISSUED:
        return Verdict(
            "unknown",
            text("Not issued"),
            text("the code is unknown to this registry"),
            (text("The lot below is recorded, but no pack of it was given this serial."), _whom(story, language)),
        )
    if item.state == "voided":
        return Verdict(
            "check",
            text("Check: voided label"),
            text("its packer declared this label spoiled"),
            (text("No pack should bear it."), _whom(story, language)),
        )
    if item.state == "elsewhere":
        return _unverified(
            text("another gateway gave the packs of this lot their serials"), _whom(story, language), language
        )
    again = text("Try again in a few minutes.")
    if not item.final:
        return _unverified(text("the record that issued this code is not final yet"), again, language)
    if item.looks is None:
        return _unverified(text("whether this code was seen before is not known"), again, language)
    if item.looks.unusual:
        return _unusual(*item.looks.unusual, story, language)
    return _registered(item.looks, story, language)


def _registered(looks: Looks, story: Story, language: Language) -> Verdict:
    text = language.text
    issuer = text("Issued by {party} for this lot.", party=party_name(story.get("origin"), language))
    caution = text("A code can be copied: look at the seal and at the shop.")
    if looks.visits <= 0 or looks.first is None:
        since = text("Nobody else has looked at this code since {date}.", date=language.day(looks.since))
        return Verdict("registered", text("Registered"), text("first look"), (f"{issuer} {since}", caution))
    seen = language.count(
        "seen before ({n} time, first on {date})",
        "seen before ({n} times, first on {date})",
        looks.visits,
        date=language.day(looks.first),
    )
    return Verdict("registered", text("Registered"), seen, (issuer, caution))


def _unusual(networks: int, days: int, story: Story, language: Language) -> Verdict:
    text = language.text
    return Verdict(
        "check",
        text("Check: unusual pattern"),
        text("more looks at this code than one pack explains"),
        (
            text(
                "From {networks} networks on {days} days of the last 30. It may stand on several packs,"
                " or have been shown to many.",
                networks=language.number(networks),
                days=language.number(days),
            ),
            _whom(story, language),
        ),
    )


def _unverified(why: str, line: str, language: Language) -> Verdict:
    return Verdict("unverified", language.text("Could not verify now"), why, (line,))


def _whom(story: Story, language: Language) -> str:
    return language.text(
        "Look at the seal, and ask {party}, naming the serial.", party=party_name(story.get("origin"), language)
    )


def _with_serial(records: Verdict, item: ScannedItem, fresh: bool, language: Language) -> Verdict:
    """A recall is as urgent on a pack whose code is wrong; that it is wrong is said too, where it is known."""
    if not fresh or item.state not in NEVER_ISSUED:
        return records
    line = language.text("Besides, no pack of this lot was given this serial.")
    return Verdict(records.tone, records.word, records.rest, (*records.lines, line), records.links)
