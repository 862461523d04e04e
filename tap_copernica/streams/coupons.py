"""The coupons of each campaign."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from typing_extensions import override

from tap_copernica.records import fields as f
from tap_copernica.streams.lists import CouponCampaignsStream
from tap_copernica.streams.per_listed import PerListed

if TYPE_CHECKING:
    from tap_copernica.records.spill import Records


class CouponsStream(PerListed):
    """Coupons; a code is worth money, so `code` is optional."""

    name = "coupons"
    path = "/couponcampaign/{id}/coupons"
    parent = CouponCampaignsStream
    api_versions = ("v3", "v4")
    primary_keys = ("couponcampaign", "ID")
    optional_fields = ("code",)
    cost = "1 per 1000 rows, at least 1 per campaign"
    schema = f.record(
        ID=f.key(f.integer("Id of the coupon, unique in its campaign only.", f.NONE)),
        couponcampaign=f.key(f.integer("Id of the campaign (`coupon_campaigns.ID`).", f.NONE)),
        code=f.text("The code, a credential; optional.", f.PERSON),
        validfrom=f.moment("From when it is valid, in UTC."),
        validuntil=f.moment("Until when it is valid, in UTC, if there is an end."),
        status=f.text("available, sent or redeemed.", f.NONE),
    )

    @override
    def records_of(self, number: int) -> Records:
        made = partial(self.reader.records, couponcampaign=number)
        return self.list_reader.read(self.path.format(id=number), made, self.encode).records
