-- Temperatures by rack, °C: how far above its inlet air each rack's accelerators run.
-- racks.csv is yours: a line for each device, with the columns device and rack.
SELECT
  coalesce(rack, 'not in racks.csv') AS rack,
  count(DISTINCT captures.device) AS devices,
  min(inlet_celsius) AS least_inlet,
  max(inlet_celsius) AS most_inlet,
  round(quantile_cont(accelerator_celsius, 0.99), 2) AS p99_accelerator,
  max(accelerator_celsius) AS most_accelerator,
  round(max(accelerator_celsius - inlet_celsius), 2) AS most_rise
FROM 'captures.parquet' AS captures
LEFT JOIN read_csv('racks.csv', header = true, all_varchar = true) AS racks ON racks.device = captures.device
GROUP BY ALL
ORDER BY rack;
