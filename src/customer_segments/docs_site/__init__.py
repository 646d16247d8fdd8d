"""The documentation site: dbt's own page, and the page "Attributes" beside it.

Modules: `inputs` (what a site is made from), `definitions` (tables and their columns), `protection`
(the tests of a column), `profiles` (what a column holds), `ways` (lineage, packed), `page_data`
(all of it), `dbt_page` (dbt's page, offline and linked), `site` (the folder). What the browser does
with it stands in `assets/`.
"""

from customer_segments.docs_site.inputs import SiteError
from customer_segments.docs_site.site import write_site

__all__ = ["SiteError", "write_site"]
