"""`make candidates`: try all methods of the segmentations that compare several, and show the best.

Usage: python -m customer_segments.candidates [any option of `dbt build`]

Runs the fits with var candidate_search: full, in the warehouse that `make build` made. Everything
that was tried is kept in `operations.candidate_searches`.
"""

import os
import sys
from pathlib import Path

import duckdb
import yaml

from customer_segments import build
from customer_segments.warehouse import WarehouseError, connect, warehouse_path

BEST = """
with numbered as (
    select
        *,
        row_number() over (
            partition by segmentation, source_system
            order by chosen desc, admissible desc, silhouette desc nulls last, candidate_id
        ) as rank
    from operations.candidate_searches
    where build_id = (select max_by(build_id, searched_at) from operations.candidate_searches)
)

select
    segmentation,
    candidate_id || case when chosen then ' (chosen)' else '' end,
    cluster_count,
    round(silhouette, 3),
    round(space_silhouette, 3),
    round(smallest_share, 3),
    round(noise_share, 3),
    round(seed_ari, 3),
    count(*) over (partition by segmentation, source_system)
from numbered
where rank <= 10
order by segmentation, source_system, rank
"""

HEADING = ("silhouette", "in its space", "smallest", "noise", "between seeds")


def report(connection: duckdb.DuckDBPyConnection) -> str:
    """Show the chosen and the best of the last search, by segmentation."""
    blocks: dict[str, list[str]] = {}
    for segmentation, name, count, *numbers, _ in connection.execute(BEST).fetchall():
        lines = blocks.setdefault(
            segmentation,
            [f"{segmentation:<44} clusters " + " ".join(f"{title:>13}" for title in HEADING)],
        )
        cells = " ".join(f"{'-' if number is None else number:>13}" for number in numbers)
        lines.append(f"  {name:<42} {'-' if count is None else count:>8} {cells}")
    return "\n\n".join("\n".join(lines) for lines in blocks.values())


def main(arguments: list[str]) -> int:
    """Search, then show the best; return dbt's status, or 2 if it cannot start."""
    try:
        connect(warehouse_path(), read_only=True).close()
        variables = _variables()
    except (WarehouseError, OSError, ValueError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 2
    os.environ.pop("VARS_FILE", None)
    status = build.main(
        [
            "--select",
            "tag:contest+",
            "--vars",
            yaml.safe_dump(variables | {"candidate_search": "full"}),
            *arguments,
        ]
    )
    if status == 0:
        with connect(warehouse_path(), read_only=True) as connection:
            print(f"\nThe best in the standardised features:\n\n{report(connection)}")
        print('\nAll that was tried: make query SQL="from operations.candidate_searches"')
    return status


def _variables() -> dict[str, object]:
    """The variables of the user's file, if there is one."""
    file = os.environ.get("VARS_FILE", "")
    if not file:
        return {}
    build.vars_arguments(file)  # refuses what is no mapping
    return yaml.safe_load(Path(file).read_text(encoding="utf-8"))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
