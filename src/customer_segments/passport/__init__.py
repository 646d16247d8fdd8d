"""Everything about one customer, with receipts.

`make explain CUSTOMER=12347 SOURCE=online_retail` reads the customer's raw rows, computes every
attribute anew in Python, from the definitions and not from the project's SQL, and says for each
value how it came about, from which rows, and whether the warehouse has the same.

What depends on all customers at once is taken from the warehouse: the day after the last event, the
values that ranks are counted over, centroids, names of segments, and the rules in seeds. What
follows from these for the customer is computed again.

    settings    what the last build was told
    raw_tables  the raw tables, as published
    raw         the raw files, read as text
    cells       text to numbers and dates
    records     raw rows, events, histories: what passes between the modules
    judging     steps that several source systems take with their raw rows
    <system>    one module per source system: its raw rows to events and attributes
    measures    events to recency, frequency, monetary, engagement
    population  what the warehouse says of all customers
    scores      ranks to scores, scores to cells of grids
    segments    features, distances, nearest centroid, rule card
    columns     which columns stand in which table
    recompute   all of it, for one customer or for all
    comparison  recomputed against stored
    passport    one customer: values, receipts, differences
    report      as text, and as JSON
"""
