"""Refusals and roles in the words of the pages: what is wrong, and what to do."""

from __future__ import annotations

from typing import Final

from gateway.auth.roles import PersonRole
from gateway.pages.languages import Language, mark
from ledger.errors import Refusal

ROLES: Final = {
    PersonRole.RECORDER: (mark("Recorder"), mark("harvests, losses, observations, corrections")),
    PersonRole.SHIPPER: (mark("Shipper"), mark("hands over, receives, sells")),
    PersonRole.PROCESSOR: (mark("Processor"), mark("processes and packs")),
    PersonRole.MANAGER: (mark("Manager"), mark("everything, recalls and people too")),
    PersonRole.AUDITOR: (mark("Auditor"), mark("reads what was disclosed to them")),
    PersonRole.OPERATOR: (mark("Operator"), mark("admits parties, invites their managers")),
}

_SCOPES: Final = {"party": mark("one party"), "product": mark("one product"), "area": mark("one area")}

_SAID: Final = {
    "SignInRefused": mark("Name or password is not right. Check both; capital letters count in the password."),
    "SecondFactorRefused": mark("That code is not right, or was used already. Wait for the next one and type it."),
    "SecondFactorMissing": mark("The second factor was never set up. Ask another operator for a new invitation."),
    "InvitationRefused": mark(
        "This code is wrong, too old or was used already. Ask whoever invited you for a new invitation."
    ),
    "FormRefused": mark("The form could not be taken. Open the page again, allow cookies, and try once more."),
    "NotYourParty": mark("This belongs to somebody else. You see and change only what is your party's."),
    "NotYourRole": mark("Your role does not allow this. Ask a manager of your party."),
    "OperatorOnly": mark("Only an operator may do this."),
    **dict.fromkeys(
        ("UnknownParty", "UnknownProduct", "NotAnIdentifier", "WrongCheckDigit"),
        mark("There is nothing of this name here. Go back to the list and choose again."),
    ),
}
_REASONS: Final = {
    "short": mark("The password is too short. Take at least 10 letters: a few words are easy to remember."),
    "long": mark("The password is too long. Take at most 200 letters."),
    "plain": mark("The password is too easy to guess. Take a few words that others would not think of."),
    "name": mark("A name is needed, of at most 60 letters."),
    "roles": mark("Choose at least one role."),
    "scope": mark("Say what the auditor is to see: a party, a product or an area, and which."),
    "operator": mark("An operator is invited anew: only so do they get a second factor."),
    "ended": mark("There is no such person any more. Open the list of people again."),
    "self": mark("This cannot be changed by yourself. Ask another manager or operator."),
}


def scope_said(scope: str, language: Language) -> str:
    kind, _, what = scope.partition(" ")
    return f"{language.text(_SCOPES[kind])}: {what}"


def said(refusal: Refusal, language: Language) -> str:
    """One or two sentences."""
    if refusal.law == "TooManyTries":
        minutes = -(-int(refusal.numbers["seconds"]) // 60)
        return language.count(
            "Too many tries. Try again in {n} minute.", "Too many tries. Try again in {n} minutes.", minutes
        )
    message = _SAID.get(refusal.law) or _REASONS.get(str(refusal.numbers.get("reason")))
    return language.text(message or mark("This cannot be done. Go back and try again."))
