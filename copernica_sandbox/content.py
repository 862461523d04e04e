"""Made-up but realistic content.

Links, mail programs, addresses, subjects. No value belongs to anybody.

Addresses come from the ranges reserved for documentation (RFC 5737, RFC 3849), host names end in
``.example``.
"""

from __future__ import annotations

from functools import lru_cache

from copernica_sandbox.numbers import mix

_PATHS = (
    "/",
    "/new",
    "/sale?utm_source=copernica&utm_medium=email&utm_campaign={mailing}",
    "/account/preferences?profile={{$profile.id}}",
    "/products/{number}",
    "/products/{number}?ref=mail&size=L%2FXL",
    "/blog/stories/{number}/read-more",
    "/caf\u00e9/menu?utm_content=button+1",
    "/view/online/{mailing}",
)
_HOSTS = ("https://shop.example", "https://www.shop.example", "https://blog.shop.example")
_WINDOWS = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko)"
_ANDROID = "Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 (KHTML, like Gecko)"
_APPLE = "Mozilla/5.0 ({device}) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_IPHONE_17 = _APPLE.format(device="iPhone; CPU iPhone OS 17_5 like Mac OS X")
_IPHONE_16 = _APPLE.format(device="iPhone; CPU iPhone OS 16_6 like Mac OS X")
# User agent, device class, and how many in a hundred use it.
_AGENTS = (
    (f"{_IPHONE_17} Mobile/15E148", "mobile", 28),
    (f"{_IPHONE_16} Version/16.6 Mobile/15E148 Safari/604.1", "mobile", 8),
    (f"{_WINDOWS} Chrome/125.0.0.0 Safari/537.36", "desktop", 18),
    (f"{_WINDOWS} Chrome/125.0.0.0 Safari/537.36 Edg/125.0.0.0", "desktop", 8),
    (
        f"{_ANDROID} Chrome/125.0.0.0 Mobile Safari/537.36",
        "mobile",
        16,
    ),
    (_APPLE.format(device="Macintosh; Intel Mac OS X 10_15_7"), "desktop", 8),
    ("Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ImageProxy)", "unknown", 6),
    (_APPLE.format(device="iPad; CPU OS 17_5 like Mac OS X") + " Mobile/15E148", "tablet", 3),
    ("Microsoft Office/16.0 (Windows NT 10.0; Microsoft Outlook 16.0.17628)", "desktop", 3),
    ("ExampleMail/1.0", "unknown", 1),
    ("", "unknown", 1),
)
# In varied accounts: what opens or clicks instead of so many in a hundred recipients.
_MACHINES = {
    "impressions": (
        ("Mozilla/5.0", 14),  # Apple's Mail Privacy Protection
        (
            "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)",
            6,
        ),
    ),
    "clicks": (("Mozilla/5.0 (compatible; ExampleLinkScanner/1.0)", 3),),
}
_BY_DRAW = tuple((agent, device) for agent, device, weight in _AGENTS for _ in range(weight))
BOUNCES = {
    "nohost": "the host was not found",
    "unreachable": "no connection could be made",
    "mailerror": "the address does not exist",
    "nodata": "the mailbox is full",
    "error": "refused by policy",
    "other": "unknown error",
}
_SENDERS = ("Shop", "Shop \u2013 nieuws", 'Anna "from" the shop', "Caf\u00e9 De Zon")
_SUBJECTS = (
    "News from the shop",
    "{$profile.firstname}, the sale has started",
    "Nieuw: onze voorjaarscollectie \u2013 nu met 20% korting",
    "Your order and \u20ac 5 for the next one",
    "\u2600\ufe0f Summer is here",
    'Last chance: "buy one, get one"',
    "Uitnodiging voor de opening in caf\u00e9 'De Zon'",
)


@lru_cache(maxsize=4096)
def links(noise: int, mailing: int) -> tuple[str, ...]:
    """Return the links in one mailing, the most clicked first."""
    size = 3 + noise % 5
    return tuple(
        _HOSTS[mix(noise, 31, i) % len(_HOSTS)]
        + _PATHS[mix(noise, 32, i) % len(_PATHS)].format(
            mailing=mailing, number=mix(noise, 33, i) % 900 + 100
        )
        for i in range(size)
    )


def link(noise: int, mailing: int, draw: int) -> str:
    """Return one of a mailing's links; the first ones are drawn most often."""
    choice = links(noise, mailing)
    return choice[min(draw % len(choice), draw // 16 % len(choice))]


def agent(draw: int) -> tuple[str, str]:
    """Return a user agent and its device class.

    Classes are ``desktop``, ``tablet``, ``mobile`` and ``unknown``.
    """
    return _BY_DRAW[draw % len(_BY_DRAW)]


def machine(kind: str, draw: int) -> str | None:
    """Return the user agent of the machine that opens or clicks for a recipient; None for most of them."""
    place = draw // 128 % 100
    for agent_of_machine, share in _MACHINES.get(kind, ()):
        if place < share:
            return agent_of_machine
        place -= share
    return None


def address(draw: int) -> str:
    """Return an IPv4 address (three in four) or an IPv6 address of the documentation ranges."""
    if draw % 4:
        network = ("192.0.2", "198.51.100", "203.0.113")[draw // 4 % 3]
        return f"{network}.{draw // 12 % 254 + 1}"
    return f"2001:db8:{draw // 4 % 65536:x}::{draw // 262144 % 65535 + 1:x}"


def bounce(draw: int) -> tuple[str, str, str]:
    """Return the enhanced status code, the class and the text of an error."""
    kind = tuple(BOUNCES)[draw % len(BOUNCES)]
    code = ("5.1.1", "5.2.2", "5.4.4", "5.7.1")[draw // 8 % 4]
    return code, kind, f"{code} <recipient{draw % 997}@mail.example>: {BOUNCES[kind]}"


def sender(draw: int) -> dict[str, str]:
    """Return the name and address a mailing came from."""
    name = _SENDERS[draw % len(_SENDERS)]
    return {"name": name, "email": f"news{draw % 3}@shop.example"}


def subject(draw: int) -> str:
    """Return the subject line of a mailing, personalisation unresolved as the API shows it."""
    return _SUBJECTS[draw % len(_SUBJECTS)]
