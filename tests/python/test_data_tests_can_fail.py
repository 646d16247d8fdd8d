"""The data tests notice what they are there for: a warehouse is damaged, and exactly they fail."""

from __future__ import annotations

import re

import duckdb

# Damage, and the start of the names of the tests that must notice it.
DAMAGE = {
    "delete from staging.stg_credit_card__card_holders where customer_id = 'C10001'": [
        "every_line_is_staged_stg_credit_card"
    ],
    "update staging.stg_superstore__order_lines set ship_date = order_date + 30"
    " where row_id = (select min(row_id) from staging.stg_superstore__order_lines)": [
        "dates_are_day_first"
    ],
    "update marts.customer_monetary set net_amount = net_amount + 0.00001"
    " where source_system = 'bank' and customer_id = (select min(customer_id)"
    " from marts.customer_monetary where source_system = 'bank')": ["net_is_gross_less_returned"],
    "update marts.customer_monetary set outflow_amount = outflow_amount + 0.00001"
    " where source_system = 'bank' and customer_id = (select max(customer_id)"
    " from marts.customer_monetary where source_system = 'bank')": [
        "customer_marts_hold_the_used_money"
    ],
    "update marts.control_totals set used = used - 1, difference = 1"
    " where source_table = 'SearchInfo'": ["nothing_is_lost"],
    "insert into marts.customers from marts.customers limit 1": ["unique_key_customers_"],
    "update marts.customer_scores set frequency_score = 6 where frequency_score = 5": [
        "scores_are_1_to_5"
    ],
    "delete from marts.customer_grid_segments where grid = 'rf25' and source_system = 'ad_clicks'"
    " and customer_id = (select min(customer_id) from marts.customer_grid_segments"
    " where source_system = 'ad_clicks')": ["every_grid_covers_every_scored_customer"],
    "update segmentation.segment_memberships set distance = distance + 1e-9"
    " where segmentation = 'rfe_kmeans'": ["sql_assigns_as_python_does"],
    "update marts.segment_rule_cards set precision = precision / 2": [
        "rule_cards_hold_what_the_fit_promised"
    ],
    "update segmentation.segment_names set base_name = 'Lost' where base_name = 'Champions'": [
        "words_of_lapse_and_newness_are_earned"
    ],
    "update marts.segmentation_distributions set fit_customer_count = fit_customer_count - 1"
    " where bin = 1 and measure = 'recency_log'": ["bins_hold_every_customer_of_the_fit"],
    "update marts.segmentation_distributions set smallest_value = lower_bound"
    " where bin = 10 and measure = 'monetary_log'": ["bins_hold_their_values"],
    "delete from marts.attribute_lineage where model = 'customers' and column_name = 'age'": [
        "every_public_column_is_traced"
    ],
    "update marts.customer_engagement set customer_id = '007' where customer_id = (select"
    " min(customer_id) from marts.customer_engagement where source_system = 'bank')": [
        "relationships_of_key_customer_engagement"
    ],
}


def test_each_damage_is_noticed_by_its_test_and_by_no_other(sample, build):
    path = sample.copy(build.folder / "damaged")
    with duckdb.connect(str(path)) as connection:
        for damage in DAMAGE:
            connection.execute(damage)
    checked = build("damaged", tests="only", fails=True)
    failed = set(re.findall(r"of \d+ FAIL \d+ (\w+)", checked.output))
    expected = [name for names in DAMAGE.values() for name in names]
    for name in expected:
        assert any(test.startswith(name) for test in failed), name
    assert [test for test in failed if not test.startswith(tuple(expected))] == []
