"""Reports of failures to Sentry, without anything that a person typed.

Loaded by `log` alone, and only where SENTRY_DSN is set.
"""

from typing import Any

import sentry_sdk
from sentry_sdk.integrations.logging import LoggingIntegration

from incubator.core import log

# What says where in the program it went wrong, and nothing of what it was about.
KEPT = frozenset(
    {"event_id", "timestamp", "level", "logger", "platform", "exception", "sdk", "tags"}
)
OF_A_FRAME = frozenset({"filename", "function", "lineno", "module", "in_app", "abs_path"})


def begin(dsn: str, **options: Any) -> None:
    """Report what is logged as an error from now on."""
    sentry_sdk.init(
        dsn,
        default_integrations=False,
        auto_enabling_integrations=False,
        integrations=[LoggingIntegration(level=None)],
        send_default_pii=False,
        include_local_variables=False,
        include_source_context=False,
        max_breadcrumbs=0,
        max_request_body_size="never",
        server_name="",
        before_send=strip,
        **options,
    )


def strip(event: Any, _hint: Any) -> Any:
    """Keep of a report only what is known to hold no one's data."""
    kept = {name: value for name, value in event.items() if name in KEPT}
    message = (event.get("logentry") or {}).get("message") or ""
    # The words of the program, before anything was put into them.
    kept["message"] = log.scrub(str(message))
    kept["tags"] = {**(event.get("tags") or {}), **log.where()}
    for one in (kept.get("exception") or {}).get("values") or []:
        one["value"] = log.scrub(str(one.get("value") or ""))
        for frame in (one.get("stacktrace") or {}).get("frames") or []:
            for name in set(frame) - OF_A_FRAME:
                del frame[name]
    return kept
