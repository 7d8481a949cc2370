-- DuckDB: do modes come back while a GAN trains, and which loss is better when?
--
--     gan-sweep export quickstart --table runs --output runs.csv
--     gan-sweep export quickstart --table metrics --output metrics.csv
--     duckdb < tests/examples/with_duckdb.sql
--
-- Reads the sweep that `run experiments/quickstart.yaml --profile quick` makes. A Parquet file is read in the
-- same way: FROM 'metrics.parquet'. With DuckDB's extension for SQLite, which it downloads, the database
-- itself is read: ATTACH 'results/gan-sweep.db' AS sweeps (TYPE sqlite, READ_ONLY).

CREATE TEMP TABLE runs AS FROM read_csv('runs.csv');
-- NaN, inf and -inf are numbers to DuckDB.
CREATE TEMP TABLE metrics AS FROM read_csv('metrics.csv', types = {'value': 'DOUBLE'});

CREATE TEMP TABLE covered AS
SELECT r.loss, m.step, count(*) AS n, avg(m.value) AS mean
FROM metrics m JOIN runs r USING (run)
WHERE m.quantity = 'covered'
GROUP BY r.loss, m.step;

FROM covered ORDER BY loss, step;

CREATE TEMP TABLE expected (loss VARCHAR, step BIGINT, n BIGINT, mean DOUBLE);
INSERT INTO expected VALUES
    ('minimax', 250, 16, 1.6875),
    ('minimax', 500, 16, 2.0),
    ('non_saturating', 250, 16, 2.875),
    ('non_saturating', 500, 16, 2.5625);

SELECT CASE count(*) WHEN 0 THEN 'as expected' ELSE error('other rows than expected') END AS checked
FROM ((FROM covered EXCEPT FROM expected) UNION ALL (FROM expected EXCEPT FROM covered));
