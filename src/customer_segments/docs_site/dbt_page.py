"""dbt's own documentation page: kept from asking other hosts, and linked to the page Attributes."""

from customer_segments.docs_site.inputs import SiteError

# The page brings all it needs along, and the code of a tracker that counts its readers where a
# project does not forbid it: whatever a later dbt does with that, the browser asks no other host.
POLICY = (
    '<meta http-equiv="Content-Security-Policy" content="default-src data: blob:;'
    " script-src 'unsafe-inline' 'unsafe-eval'; style-src 'unsafe-inline'\">"
)
LINK = (
    '<a href="attributes.html" style="position:fixed;top:0;right:24px;z-index:1000;'
    "padding:3px 12px 4px;border-radius:0 0 6px 6px;background:#11577a;color:#fff;"
    'font:13px/1.4 system-ui,sans-serif;text-decoration:none">Attributes</a>'
)
HEAD = '<meta charset="utf-8">'
BODY_END = "</body>"


def linked_page(page: str) -> str:
    """Add the policy and the link to dbt's static page.

    Raises:
        SiteError: the page is not built as dbt 1.11 builds it.
    """
    head, charset, rest = page.partition(HEAD)
    body, end, after = rest.rpartition(BODY_END)
    if not charset or not end:
        raise SiteError(
            f"static_index.html has no {HEAD} or no {BODY_END}: it is not the page of the dbt in"
            " requirements.lock. Run `make docs`."
        )
    return f"{head}{charset}{POLICY}{body}{LINK}{end}{after}"
