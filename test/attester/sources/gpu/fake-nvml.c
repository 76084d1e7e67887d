/*
 * A stand-in for libnvidia-ml, built by the test where no NVIDIA driver is at hand. It keeps the real structures and
 * result codes of nvml.h, and answers from the text file named by FAKE_NVML_STATE: lines `KEY VALUE`, the keys of
 * board n starting with `n.`. A key that is not there is a value that the board does not offer.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { OK = 0, INVALID = 2, NOT_SUPPORTED = 3 };

typedef struct {
  uint32_t id, scope;
  int64_t time_us, latency_us;
  uint32_t type, result;
  union { uint32_t u32; uint64_t u64; double f64; } value;
} field_t;

typedef struct {
  uint32_t id, result;
  double value;
  char *short_name, *long_name, *unit;
} metric_t;

typedef struct {
  uint32_t version, count;
  void *before, *now;
  metric_t metrics[333];
} metrics_t;

typedef struct { int board; double seen; } gpm_sample_t;

static int look(const char *key, char *text, size_t size) {
  char line[256], name[128], value[128];
  const char *path = getenv("FAKE_NVML_STATE");
  FILE *file = path ? fopen(path, "r") : NULL;
  int found = 0;
  if (!file) return 0;
  while (!found && fgets(line, sizeof line, file))
    if (sscanf(line, "%127s %127[^\n]", name, value) == 2 && strcmp(name, key) == 0) {
      snprintf(text, size, "%s", value);
      found = 1;
    }
  fclose(file);
  return found;
}

static int number(int board, const char *key, double *value) {
  char name[128], text[128];
  snprintf(name, sizeof name, "%d.%s", board, key);
  if (!look(name, text, sizeof text)) return 0;
  *value = strtod(text, NULL);
  return 1;
}

/* Handles are board numbers plus one, so that none is NULL. */
static int board_of(void *handle) { return (int)(intptr_t)handle - 1; }

/* Hangs for `n.hang` ms and fails with code `n.fail`, where the file says so. */
static int trouble(int board) {
  double value;
  if (number(board, "hang", &value)) usleep((useconds_t)(value * 1000));
  return number(board, "fail", &value) ? (int)value : OK;
}

static int whole(void *handle, const char *key, uint32_t *out) {
  double value;
  int code = trouble(board_of(handle));
  if (code) return code;
  if (!number(board_of(handle), key, &value)) return NOT_SUPPORTED;
  *out = (uint32_t)value;
  return OK;
}

static int text(void *handle, const char *key, char *out, uint32_t size) {
  char name[128];
  snprintf(name, sizeof name, "%d.%s", board_of(handle), key);
  return look(name, out, size) ? OK : NOT_SUPPORTED;
}

int nvmlInit_v2(void) {
  char value[128];
  return look("init", value, sizeof value) ? atoi(value) : OK;
}
int nvmlShutdown(void) { return OK; }

int nvmlDeviceGetCount_v2(uint32_t *count) {
  char value[128];
  *count = look("count", value, sizeof value) ? (uint32_t)atoi(value) : 0;
  return OK;
}

/* A board that fell off the bus has no handle: `n.lost` is the driver's code. */
int nvmlDeviceGetHandleByIndex_v2(uint32_t index, void **handle) {
  double code;
  if (number((int)index, "lost", &code)) return (int)code;
  *handle = (void *)(intptr_t)(index + 1);
  return OK;
}

int nvmlDeviceGetUUID(void *h, char *out, uint32_t size) { return text(h, "uuid", out, size); }
int nvmlDeviceGetName(void *h, char *out, uint32_t size) { return text(h, "name", out, size); }
int nvmlDeviceGetPowerUsage(void *h, uint32_t *mw) { return whole(h, "power", mw); }

int nvmlDeviceGetTotalEnergyConsumption(void *h, uint64_t *mj) {
  double value;
  if (!number(board_of(h), "energy", &value)) return NOT_SUPPORTED;
  *mj = (uint64_t)value;
  return OK;
}

int nvmlDeviceGetTemperature(void *h, uint32_t sensor, uint32_t *celsius) {
  return sensor == 0 ? whole(h, "temperature", celsius) : INVALID;
}

int nvmlDeviceGetUtilizationRates(void *h, uint32_t rates[2]) {
  int code = whole(h, "kernel", &rates[0]);
  return code ? code : whole(h, "memory", &rates[1]);
}

int nvmlDeviceGetMigMode(void *h, uint32_t *current, uint32_t *pending) {
  int code = whole(h, "mig", current);
  *pending = *current;
  return code;
}

int nvmlDeviceGetFieldValues(void *h, int count, field_t *fields) {
  double value, time_ms = 0;
  int board = board_of(h), code = trouble(board);
  if (code) return code;
  number(board, "time", &time_ms);
  for (int i = 0; i < count; i++) {
    field_t *field = &fields[i];
    const char *key = field->id == 82 ? "memory_temperature" : field->id == 83 ? "field_energy"
                    : field->id == 185 ? "average" : field->id == 186 ? "instant" : "";
    field->time_us = (int64_t)(time_ms * 1000);
    field->result = number(board, key, &value) ? OK : NOT_SUPPORTED;
    field->type = field->id == 83 ? 3 : 1;
    /* What a field holds that is not offered is nobody's to read. */
    if (field->result) value = 7;
    if (field->id == 83) field->value.u64 = (uint64_t)value;
    else field->value.u32 = (uint32_t)value;
  }
  return OK;
}

int nvmlGpmQueryDeviceSupport(void *h, uint32_t support[2]) {
  double value;
  if (support[0] != 1) return 25;
  support[1] = number(board_of(h), "gpm.occupancy", &value);
  return OK;
}

int nvmlGpmSampleAlloc(void **sample) { return (*sample = calloc(1, sizeof(gpm_sample_t))) ? OK : 20; }
int nvmlGpmSampleFree(void *sample) { free(sample); return OK; }

int nvmlGpmSampleGet(void *h, gpm_sample_t *sample) {
  sample->board = board_of(h) + 1;
  return trouble(board_of(h));
}

int nvmlGpmMetricsGet(metrics_t *request) {
  gpm_sample_t *before = request->before, *now = request->now;
  if (request->version != 1) return 25;
  if (!before->board || before->board != now->board || before == now) return INVALID;
  for (uint32_t i = 0; i < request->count; i++) {
    metric_t *metric = &request->metrics[i];
    const char *key = metric->id == 2 ? "gpm.active" : metric->id == 3 ? "gpm.occupancy"
                    : metric->id == 10 ? "gpm.dram" : "gpm.tensor";
    metric->value = 7;
    metric->result = number(now->board - 1, key, &metric->value) ? OK : NOT_SUPPORTED;
  }
  return OK;
}
