"""The bodies that are sent to the equipment interface, with every bound."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, AwareDatetime, Field

from api.schemas import Body, Name, check_text
from equipment_tracking.pool.model import Evidence
from equipment_tracking.register.catalogue import Check

Code = Annotated[
    str,
    Field(min_length=1, max_length=60, description="A code without blanks, such as `no_power`: never free text."),
    AfterValidator(check_text),
]
Ids = Annotated[list[Name], Field(max_length=50)]


class HavingIn(Body):
    """For which ward; `candidates` are the other assets of the search, best first: whoever is second gets the next."""

    ward: Name = Field(description="Id or name.", examples=["S0"])
    candidates: Ids = Field(default=[], description="Ids of the next best, as the search ranked them.")


class TakeIn(HavingIn):
    """Take it into use."""

    emergency: bool = Field(default=False, description="Out of the emergency reserve.")
    evidence: Evidence = "person"


class ReserveIn(HavingIn):
    """Keep it for a ward."""

    until: AwareDatetime | None = Field(default=None, description="Left out: as long as the hospital's rules say.")


class LendIn(HavingIn):
    """Lend it to a ward."""

    due: AwareDatetime = Field(description="When it is to be back.", examples=["2026-03-02T18:00:00+01:00"])


class WipedIn(Body):
    """Whether the ward has wiped it."""

    wiped: bool = False


class PutDownIn(WipedIn):
    """No longer in use."""

    evidence: Evidence = "person"


class CleanedIn(Body):
    """How it was cleaned."""

    method: Code = Field(examples=["wipe_ethanol"])


class ConfirmIn(Body):
    """What somebody has looked at and found in order."""

    what: list[Check] = Field(min_length=1, max_length=3, examples=[["checked", "charged", "complete"]])


class QuarantineIn(Body):
    """Why it is withdrawn."""

    reason: Code = Field(examples=["contamination"])


class RetireIn(Body):
    """Why it leaves the pool for good."""

    reason: Code = Field(examples=["scrapped"])


class DefectIn(Body):
    """What is wrong with it."""

    fault: Code = Field(examples=["no_power"])
    picture: Annotated[str, Field(max_length=120), AfterValidator(check_text)] = Field(
        default="", description="A reference, never the picture itself."
    )


class EvidenceIn(Body):
    """How somebody knows."""

    evidence: Evidence = "person"


class RepairedIn(Body):
    """What was done."""

    work: Annotated[str, Field(max_length=60), AfterValidator(check_text)] = Field(default="", description="A code.")


class SafetyTestIn(Body):
    """What the electrical safety test said."""

    passed: bool


class PlaceIn(EvidenceIn):
    """Where somebody has looked."""

    place: Name = Field(description="Room or station: id or name.", examples=["S0-utility-clean"])


class CarryIn(Body):
    """From and to where; what is left out is found: the station nearest to where it is, and where it is to go."""

    origin: Name | None = Field(default=None, alias="from", description="Station: id or name.")
    destination: Name | None = Field(default=None, alias="to", description="Station: id or name.")
    due: AwareDatetime | None = None


class BringIn(CarryIn, HavingIn):
    """Have a ready one brought to a ward, to its first station in use unless `to` says another."""


class FetchIn(CarryIn):
    """Have it carried away, to the station nearest to its home unless `to` says another."""

    to_cleaning: bool = Field(default=False, description="It goes to be cleaned.")


class WithdrawIn(Body):
    """Why it need not be carried."""

    reason: Annotated[str, Field(max_length=60), AfterValidator(check_text)] = Field(default="", description="A code.")


class CountIn(Body):
    """How many; 0 ends it."""

    count: int = Field(ge=0, le=1_000, examples=[4])


class RecallIn(Body):
    """A batch that is called back: by type, product, range of serial numbers, or several of them together."""

    reason: Code = Field(examples=["maker_notice_2026_17"])
    type: Annotated[str, Field(max_length=60), AfterValidator(check_text)] = ""
    gtin: Annotated[str, Field(max_length=14), AfterValidator(check_text)] = ""
    serial_from: Annotated[str, Field(max_length=120), AfterValidator(check_text)] = ""
    serial_to: Annotated[str, Field(max_length=120), AfterValidator(check_text)] = ""
