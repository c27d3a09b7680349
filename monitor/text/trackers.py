"""Query parameters that tell how a reader came, not what is read: named ones, never "unknown"."""

from __future__ import annotations

import re
from functools import lru_cache
from urllib.parse import unquote

_PREFIXES = (
    *("utm_", "at_", "mtm_", "pk_", "piwik_", "matomo_", "hsa_", "itm_", "stm_", "ns_", "vero_"),
    *("oly_", "wt_", "trk_", "gaa_", "_hs", "mc_", "mkt_", "xtor", "fb_", "cm_mmc", "__twitter"),
)
_NAMES = frozenset(
    [
        *("_ga", "_gl", "_ke", "_openstat", "__cft__", "__s", "__tn__", "amp_js_v", "algo_pvid"),
        *("cmpid", "cndid", "dclid", "dgcid", "epik", "fbadid", "fbc", "fbclid", "gbraid"),
        *("gclid", "gclsrc", "guccounter", "guce_referrer", "guce_referrer_sig", "icid", "igsh"),
        *("igshid", "ir_adid", "irclickid", "li_fat_id", "lipi", "loclid", "msclkid", "ncid"),
        *("nr_email_referer", "ocid", "rb_clickid", "ref_src", "ref_url", "s_cid", "s_kwcid"),
        *("smtyp", "spm", "sr_share", "srsltid", "sscid", "tblci", "traffic_source", "trk"),
        *("trkcampaign", "ttclid", "twclid", "usqp", "wbraid", "wickedid", "wprov", "yclid"),
        *("ymclid", "ysclid", "zanpid"),
    ]
)
# Names that mean nothing on these sites, and may mean everything on others.
_ON_SITES = {
    "barrons.com": {"mod", "reflink", "st"},
    "bloomberg.com": {"embedded-checkout", "leadsource", "sref", "srnd"},
    "cnki.net": {"language", "uniplatform", "v"},
    "cnn.com": {"eref", "iid"},
    "dailymail.co.uk": {"ico", "ito"},
    "dw.com": {"maca"},
    "economist.com": {"fsrc"},
    "forbes.com": {"sh", "ss"},
    "ft.com": {"ftcamp", "segmentid"},
    "marketwatch.com": {"mod", "reflink", "siteid", "st"},
    "metro.co.uk": {"ico", "ito"},
    "nytimes.com": {"emc", "module", "partner", "pgtype", "smid"},
    "spiegel.de": {"sara_ref"},
    "theguardian.com": {"cmp"},
    "twitter.com": {"s", "t"},
    "washingtonpost.com": {"hpid", "nid", "tid", "wpisrc", "wpmm"},
    "wsj.com": {"mod", "reflink", "st"},
    "x.com": {"s", "t"},
    "yna.co.kr": {"input", "section", "site"},
    "youtube.com": {"ab_channel", "feature", "pp", "si"},
}
# Dropped for a value that names a channel or a host, kept for one that names a thing.
_REFERRERS = frozenset(["from", "origin", "ref", "referer", "referrer", "source", "src", "via"])
_CHANNEL = re.compile(
    r"(?:rss|feeds?|atom|home|homepage|email|mail|newsletter|social|share|push|app|twitter|tw"
    r"|facebook|fb|telegram|tg|vk|whatsapp|linkedin|google|googlenews|yandex|dzen|flipboard"
    # What may follow says where on it, or of which kind: `home-affairs` is a subject.
    r"|smartnews)(?:[-_.](?:alerts?|android|article|bot|bottom|box|brief|briefing|button|buttons"
    r"|campaign|card|com|copy|cpc|daily|desktop|digest|evening|feeds?|featured|footer|header|hero|ios"
    r"|latest|link|list|main|mobile|morning|mrss|news|newsletter|notification|organic|page|paid|post"
    r"|promo|reader|recirc|rss|search|share|sharing|sidebar|social|stories|story|stream|tile|timeline"
    r"|top|tw|twitter|web|weekly|widget|xml))*[-_.]?"
    r"|(?:[a-z0-9-]+\.)+(?!(?:pdf|s?html?|php|aspx?|jsp|xml|json|docx?|xlsx?|txt|jpe?g|png|zip)$)"
    r"[a-z]{2,12}",
    re.IGNORECASE,
)
# Session names, for values that look like one. `sid` is not here: sites number articles by it.
_SESSIONS = frozenset(
    ["asp.net_sessionid", "cftoken", "jsessionid", "oscsid", "phpsessid", "session_id", "sessionid"]
)
_SESSION_VALUE = re.compile(r"(?=.*\d)(?=.*[A-Za-z])[\w.-]{12,}")
# Other dresses of the same article.
_DRESSES = {
    "amp": {"", "1", "true"},
    "outputtype": {"amp"},
    "print": {"", "1", "true", "yes", "y"},
}


def is_tracker(name: str, value: str, host: str) -> bool:
    """Whether `name=value` in an address at `host` does not decide which article is meant.

    `value` is as written, percent-escapes included; `host` is in lower case.
    """
    name = name.lower()
    if name in _NAMES or name.startswith(_PREFIXES) or name in _on_site(host):
        return True
    if name in _REFERRERS:
        return _CHANNEL.fullmatch(unquote(value)) is not None
    if name in _SESSIONS:
        return _SESSION_VALUE.fullmatch(value) is not None
    return value.lower() in _DRESSES.get(name, ())


@lru_cache(maxsize=4_096)
def _on_site(host: str) -> frozenset[str]:
    labels = host.split(".")
    sites = (".".join(labels[at:]) for at in range(len(labels)))
    return frozenset(name for site in sites for name in _ON_SITES.get(site, ()))
