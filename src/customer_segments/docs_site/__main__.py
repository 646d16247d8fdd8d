"""`make docs`: write the documentation site into a folder that opens from disk.

Usage: python -m customer_segments.docs_site [--target DIR] [--out DIR]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from customer_segments.docs_site.inputs import SiteError
from customer_segments.docs_site.site import write_site
from customer_segments.warehouse import PROJECT_DIR, WarehouseError, warehouse_path


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the site and say where it is; 2 where something that it is made from is missing."""
    parser = argparse.ArgumentParser(
        prog="python -m customer_segments.docs_site", description="Write the documentation site."
    )
    target = PROJECT_DIR / "target"
    parser.add_argument("--target", type=Path, default=target, help="where dbt wrote its files")
    parser.add_argument("--out", type=Path, help="folder of the site (default: TARGET/site)")
    options = parser.parse_args(arguments)
    out = options.out or options.target / "site"
    try:
        write_site(options.target, warehouse_path(), out)
    except (SiteError, WarehouseError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    print(f"Open {out / 'index.html'} in a browser; each attribute is in attributes.html.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
