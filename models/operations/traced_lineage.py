"""One row per public column, raw column it comes from and way in which it does."""

from customer_segments.lineage import lineage_table, trace_warehouse


def model(dbt, session):
    """Trace the SQL of every model; fails where a public column cannot be traced."""
    # A table also in a project that makes views of all its models.
    dbt.config(materialized="table")
    dbt.ref("public_tables")
    return lineage_table(trace_warehouse(session))
