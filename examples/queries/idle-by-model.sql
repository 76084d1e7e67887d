-- Energy that accelerators took while they did nothing, by model: kWh, and the share of all energy.
SELECT
  model,
  round(sum(energy_millijoules) / 3.6e9, 6) AS kwh,
  round(sum(idle_millijoules) / 3.6e9, 6) AS idle_kwh,
  round(100 * sum(idle_millijoules) / nullif(sum(energy_millijoules), 0), 2) AS idle_percent
FROM 'captures.parquet'
GROUP BY model
ORDER BY idle_kwh DESC, model;
