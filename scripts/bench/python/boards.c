/*
 * Eight boards that draw 640 W to 647 W from the machine's start on, behind the functions of nvml.h that CodeCarbon and
 * the attester call. Both programs of the benchmark read them, each by its own library.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { OK = 0, NOT_SUPPORTED = 3, BOARDS = 8, WATTS = 640 };

typedef struct { uint64_t total, free, used; } memory_t;

static int board_of(void *handle) { return (int)(intptr_t)handle - 1; }
static uint32_t milliwatts(void *handle) { return (uint32_t)(WATTS + board_of(handle)) * 1000; }

static int say(char *out, uint32_t size, const char *form, int board) {
  snprintf(out, size, form, board);
  return OK;
}

int nvmlInit_v2(void) { return OK; }
int nvmlInitWithFlags(uint32_t flags) { (void)flags; return OK; }
int nvmlShutdown(void) { return OK; }
const char *nvmlErrorString(int code) { return code == OK ? "success" : "not supported"; }

int nvmlDeviceGetCount_v2(uint32_t *count) { *count = BOARDS; return OK; }
int nvmlDeviceGetHandleByIndex_v2(uint32_t index, void **handle) {
  *handle = (void *)(intptr_t)(index + 1);
  return OK;
}

int nvmlDeviceGetUUID(void *h, char *out, uint32_t size) {
  return say(out, size, "GPU-0000000%d-1111-2222-3333-444444444444", board_of(h));
}
int nvmlDeviceGetName(void *h, char *out, uint32_t size) {
  (void)h;
  return say(out, size, "NVIDIA H100 80GB HBM3", 0);
}

int nvmlDeviceGetPowerUsage(void *h, uint32_t *out) { *out = milliwatts(h); return OK; }
int nvmlDeviceGetEnforcedPowerLimit(void *h, uint32_t *out) { (void)h; *out = 700000; return OK; }
int nvmlDeviceGetTotalEnergyConsumption(void *h, uint64_t *millijoules) {
  struct timespec now;
  clock_gettime(CLOCK_BOOTTIME, &now);
  *millijoules = (uint64_t)milliwatts(h) * now.tv_sec + (uint64_t)milliwatts(h) * (now.tv_nsec / 1000) / 1000000;
  return OK;
}

int nvmlDeviceGetTemperature(void *h, uint32_t sensor, uint32_t *out) { (void)h; (void)sensor; *out = 55; return OK; }
int nvmlDeviceGetUtilizationRates(void *h, uint32_t rates[2]) { (void)h; rates[0] = 98; rates[1] = 40; return OK; }
int nvmlDeviceGetComputeMode(void *h, uint32_t *mode) { (void)h; *mode = 0; return OK; }
int nvmlDeviceGetMigMode(void *h, uint32_t *now, uint32_t *next) { (void)h; *now = *next = 0; return OK; }
int nvmlDeviceGetMemoryInfo(void *h, memory_t *out) {
  (void)h;
  *out = (memory_t){80ull << 30, 40ull << 30, 40ull << 30};
  return OK;
}

static int none(uint32_t *count) { *count = 0; return OK; }
int nvmlDeviceGetComputeRunningProcesses_v2(void *h, uint32_t *n, void *p) { (void)h; (void)p; return none(n); }
int nvmlDeviceGetComputeRunningProcesses_v3(void *h, uint32_t *n, void *p) { (void)h; (void)p; return none(n); }
int nvmlDeviceGetGraphicsRunningProcesses_v2(void *h, uint32_t *n, void *p) { (void)h; (void)p; return none(n); }
int nvmlDeviceGetGraphicsRunningProcesses_v3(void *h, uint32_t *n, void *p) { (void)h; (void)p; return none(n); }
