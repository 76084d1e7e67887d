/*
 * DCMI's "Get Power Reading" for OpenIPMI's ipmi_sim, which has none of its own. The watts come from the file named
 * in the simulator's `loadlib` line; a file with `off` makes the BMC say that it does not measure now.
 */
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <OpenIPMI/serv.h>
#include <OpenIPMI/mcserv.h>

enum { DCMI = 0xdc, GET_POWER_READING = 0x02, INVALID_COMMAND = 0xc1, UNSPECIFIED = 0xff, ACTIVE = 0x40 };

static char watts_file[256];

static unsigned char *put(unsigned char *out, uint32_t value, int bytes) {
  for (int i = 0; i < bytes; i++) *out++ = (unsigned char)(value >> (8 * i));
  return out;
}

static void handle(lmc_data_t *mc, msg_t *message, unsigned char *answer, unsigned int *length, void *data) {
  unsigned int watts = 0;
  char text[16] = "";
  unsigned char *out = answer;
  FILE *file;
  (void)mc;
  (void)data;
  *length = 1;
  *answer = INVALID_COMMAND;
  if (message->cmd != GET_POWER_READING) return;
  *answer = UNSPECIFIED;
  if (!(file = fopen(watts_file, "r"))) return;
  if (fscanf(file, "%15s", text) == 1) sscanf(text, "%u", &watts);
  fclose(file);
  *out++ = 0;
  *out++ = DCMI;
  for (int i = 0; i < 4; i++) out = put(out, watts, 2); /* now, least, most, mean */
  out = put(out, (uint32_t)time(NULL), 4);
  out = put(out, 1000, 4); /* period of the mean, ms */
  *out++ = strcmp(text, "off") == 0 ? 0 : ACTIVE;
  *length = (unsigned int)(out - answer);
}

int ipmi_sim_module_init(sys_data_t *sys, const char *options) {
  (void)sys;
  snprintf(watts_file, sizeof watts_file, "%s", options);
  ipmi_emu_register_group_extension_handler(DCMI, handle, NULL);
  return 0;
}

int ipmi_sim_module_print_version(sys_data_t *sys, char *options) {
  (void)sys;
  (void)options;
  return 0;
}
