-- Power by phase of the work, W: the mean over time, and what 95 of 100 captures stay below.
-- A capture's mean power is of the time since the one before; the first capture of a run has none.
WITH spans AS (
  SELECT
    phase,
    mean_power_milliwatts / 1000 AS watts,
    energy_millijoules AS millijoules,
    date_diff('millisecond', lag(time) OVER (PARTITION BY device, run ORDER BY sequence), time) AS milliseconds
  FROM 'captures.parquet'
)
SELECT
  phase,
  count(*) AS captures,
  round(sum(millijoules) / nullif(sum(milliseconds), 0), 3) AS mean_watts,
  round(quantile_cont(watts, 0.95), 3) AS p95_watts,
  round(max(watts), 3) AS most_watts
FROM spans
WHERE milliseconds IS NOT NULL
GROUP BY phase
ORDER BY phase;
